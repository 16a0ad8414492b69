#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/checkline.h"
#include "app/deliver.h"
#include "app/marks.h"
#include "app/remedy.h"
#include "app/ticket.h"
#include "app/watch.h"
#include "base/clock.h"
#include "base/size.h"
#include "base/str.h"
#include "net/x509.h"

#define DAY		86400
#define DAYS_TO_ACT	14	/* to see to a new certificate */
#define WORDS_MAX	2048

static const char *const names[] = {
	[WATCH_NAME] = "name", [WATCH_CONNECT] = "connect",
	[WATCH_TLS] = "tls", [WATCH_GREETING] = "greeting",
	[WATCH_HELLO] = "ehlo", [WATCH_LOGIN] = "login",
};

/* What is to come, by the kind of TLS: RFC 3207 4.2 has a second EHLO. */
static const struct plan {
	enum watch_step	 step[7];
	size_t		 n;
} plans[] = {
	[SESSION_PLAIN] = { { WATCH_NAME, WATCH_CONNECT, WATCH_GREETING,
	    WATCH_HELLO, WATCH_LOGIN }, 5 },
	[SESSION_STARTTLS] = { { WATCH_NAME, WATCH_CONNECT, WATCH_GREETING,
	    WATCH_HELLO, WATCH_TLS, WATCH_HELLO, WATCH_LOGIN }, 7 },
	[SESSION_TLS] = { { WATCH_NAME, WATCH_CONNECT, WATCH_TLS,
	    WATCH_GREETING, WATCH_HELLO, WATCH_LOGIN }, 6 },
};

struct checkline {
	const struct account	*account;
	struct place		 place;
	const struct plan	*plan;
	size_t			 at;		/* the next of it */
	int64_t			 since;		/* the last step */
	struct tls_facts	 facts;
};

static int64_t
lap(struct checkline *l)
{
	int64_t before = l->since;

	l->since = clock_ms();
	return l->since - before;
}

/* Names are for TCP, and logins for accounts that have one. */
static int
is_planned(const struct checkline *l, enum watch_step step)
{
	const struct account *a = l->account;

	if (step == WATCH_NAME)
		return a->socket == NULL && a->connect_command == NULL;
	return step != WATCH_LOGIN || a->auth != NULL;
}

static void
on_place(void *arg, const struct place *p)
{
	static const char *const how[] = {
		[SESSION_PLAIN] = "without TLS", [SESSION_TLS] = "TLS",
		[SESSION_STARTTLS] = "STARTTLS",
	};
	struct checkline *l = arg;
	enum session_tls tls = p->tls;

	if (tls == SESSION_PLAIN && l->account->tls)	/* not known */
		tls = SESSION_TLS;
	l->place = *p;
	l->plan = &plans[tls];
	l->at = 0;
	buf_clear(&l->facts.chain);
	l->facts = (struct tls_facts){ .chain = l->facts.chain,
	    .cert = { .not_before = -1, .not_after = -1 } };
	mark_head("  %s, %s%s%s", p->where, how[tls], p->by_srv != NULL ?
	    ", by srv:" : "", p->by_srv != NULL ? p->by_srv : "");
}

/* ------------------------------------------------------------------ TLS */

static void
tell_chain(const struct buf *chain)
{
	const char *p = buf_str(chain);
	size_t n;

	for (; *p != '\0'; p += n + (p[n] != '\0')) {
		n = strcspn(p, "\n");
		mark_more("%.*s", (int)n, p);
	}
}

/* The first of the chain to end, where all of it was looked at. */
static void
tell_expiry(const struct tls_facts *f)
{
	int64_t until = f->expires > 0 && f->expires != INT64_MAX ?
	    f->expires : f->cert.not_after, left = until - time(NULL);
	char day[64];

	if (until <= 0)
		return;
	x509_time(day, sizeof(day), until);
	if (left < 0)
		mark_step(MARK_CARE, names[WATCH_TLS], MARK_NO_TIME,
		    "the certificate has expired, %s", day);
	else
		mark_step(left < DAYS_TO_ACT * DAY ? MARK_CARE : MARK_GOOD,
		    names[WATCH_TLS], MARK_NO_TIME, "the certificate expires "
		    "in %" PRId64 " day%s, %s", left / DAY, left / DAY == 1 ?
		    "" : "s", day);
}

static void
tell_tls(const struct checkline *l)
{
	const struct tls_facts *f = &l->facts;

	if (strcmp(f->protocol, "TLS1.0") == 0 ||
	    strcmp(f->protocol, "TLS1.1") == 0)
		mark_step(MARK_CARE, names[WATCH_TLS], MARK_NO_TIME,
		    "%s is broken (RFC 8996)", f->protocol);
	tell_chain(&f->chain);
	if (f->verified == 0)
		mark_step(MARK_CARE, names[WATCH_TLS], MARK_NO_TIME,
		    "nothing is verified, so that anybody may answer; if this "
		    "is the server, write: tls_fingerprint %s", f->cert.sha256);
	tell_expiry(f);
}

/* Tickets come when the server pleases, and are kept at the end. */
static void
tell_resumption(const struct checkline *l)
{
	char *path = ticket_path(l->account, l->place.host[0] != '\0' ?
	    l->place.host : l->place.where, l->place.port);

	if (path == NULL)
		return;
	if (access(path, F_OK) == 0)
		mark_step(MARK_GOOD, "resumption", MARK_NO_TIME,
		    "the next connection can resume this session");
	else
		mark_step(MARK_UNTRIED, "resumption", MARK_NO_TIME,
		    "no session was kept; the next connection begins anew");
	free(path);
}

/* ----------------------------------------------------------------- SMTP */

/* The words of a reply, one a line but the first, as a list. */
static void
add_words(struct buf *b, const struct reply *r)
{
	const char *p = strchr(buf_str(&r->text), '\n');
	size_t n;

	while (p != NULL) {
		n = strcspn(++p, "\n");
		buf_addf(b, "%s%s", b->len > 0 ? ", " : "", str_shown(p, n));
		p = p[n] == '\n' ? p + n : NULL;
	}
}

static void
tell_hello(const struct session *s, int64_t ms)
{
	struct buf words = BUF_MAX(WORDS_MAX), size = BUF_MAX(SIZE_WORDS_MAX);

	add_words(&words, &s->reply);
	mark_step(MARK_GOOD, names[WATCH_HELLO], ms, "%s", words.len > 0 ?
	    buf_str(&words) : "nothing more than mail");
	if (s->ehlo.size > 0) {
		size_add(&size, s->ehlo.size);
		mark_more("messages of up to %s", buf_str(&size));
	}
	buf_free(&words);
	buf_free(&size);
}

/* What goes over a line that anybody may listen to. */
static void
tell_open(const struct checkline *l, const struct session *s)
{
	static const char *const open[] = { "PLAIN", "LOGIN", "OAUTHBEARER",
	    "XOAUTH2" };
	const char *what = "what is sent can be read on the way, and changed";
	size_t i;

	if (l->account->tls || l->account->socket != NULL ||
	    l->account->connect_command != NULL)
		return;
	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (strcmp(s->mechanism, open[i]) == 0)
			what = "the password can be read on the way";
	mark_step(MARK_CARE, names[WATCH_LOGIN], MARK_NO_TIME,
	    "\"tls off\" with a login: %s; turn tls on", what);
}

static void
tell_step(struct checkline *l, enum watch_step step, const char *about,
    const struct session *s)
{
	const char *user = l->account->user;
	int64_t ms = lap(l);

	switch (step) {
	case WATCH_NAME:
	case WATCH_CONNECT:
		mark_step(MARK_GOOD, names[step], ms, "%s", about);
		break;
	case WATCH_TLS:
		mark_step(MARK_GOOD, names[step], ms, "%s", about);
		tell_tls(l);
		break;
	case WATCH_GREETING:
		mark_step(MARK_GOOD, names[step], ms, "%d %s", s->reply.code,
		    str_shown(buf_str(&s->reply.text), s->reply.text.len));
		break;
	case WATCH_HELLO:
		tell_hello(s, ms);
		break;
	case WATCH_LOGIN:
		mark_step(MARK_GOOD, names[step], ms, "%s%sby %s", user != NULL
		    ? str_shown(user, strlen(user)) : "", user != NULL ? " " :
		    "", s->mechanism);
		tell_open(l, s);
		break;
	}
}

static void
on_step(void *arg, enum watch_step step, const char *about,
    const struct session *s)
{
	struct checkline *l = arg;

	while (l->at < l->plan->n && l->plan->step[l->at++] != step)
		;
	tell_step(l, step, about, s);
}

/* What comes first failed, and what comes after it was not tried. */
static void
tell_failure(struct checkline *l, const struct err *why)
{
	struct buf text = BUF_MAX(2 * ERR_TEXT_MAX);
	enum mark mark = MARK_BAD;
	enum watch_step step;

	for (; l->at < l->plan->n; l->at++) {
		step = l->plan->step[l->at];
		if (!is_planned(l, step))
			continue;
		if (mark == MARK_UNTRIED)
			mark_step(mark, names[step], MARK_NO_TIME,
			    "not tried");
		else {
			remedy_add(&text, l->account, step, why);
			mark_step(mark, names[step], lap(l), "%s",
			    buf_str(&text));
		}
		if (mark == MARK_BAD && step == WATCH_TLS)
			tell_chain(&l->facts.chain);
		mark = MARK_UNTRIED;
	}
	if (mark == MARK_BAD)
		mark_step(mark, "quit", lap(l), "%s", why->text);
	buf_free(&text);
}

static void
on_left(void *arg, const struct delivery *d)
{
	struct checkline *l = arg;

	if (d->err.kind != ERR_NONE)
		tell_failure(l, &d->err);
	else
		tell_resumption(l);
	l->since = clock_ms();
}

enum err_kind
checkline(const struct account *a)
{
	struct checkline l = { .account = a, .since = clock_ms(),
	    .facts = TLS_FACTS_INIT };
	struct watch w = { .place = on_place, .step = on_step,
	    .left = on_left, .arg = &l, .facts = &l.facts };
	struct delivery d = { .account = a, .watch = &w };

	deliver(&d, NULL, NULL);
	buf_free(&l.facts.chain);
	return d.err.kind;
}
