#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/identity.h"
#include "app/job.h"
#include "app/report.h"
#include "app/signals.h"
#include "app/state.h"
#include "app/talk.h"
#include "app/tofu.h"
#include "app/trust.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/knownfile.h"
#include "smtp/drive.h"

#define WORDS_MAX	(64 * 1024)
#define SHOW_MAX	(16 * 1024)
#define HELO_MAX	255

struct trust {
	const struct account	*account;
	struct buf		 pins;		/* given, a space between */
	struct buf		 agreed;	/* to in this call, as in
						 * known_hosts */
	struct place		 place;
	char			 peer[256];
	struct tls_cert		 cert;		/* of who answered */
	char			 key[KNOWNHOSTS_PLACE_MAX];	/* of it, in
							 * known_hosts */
};

/* Fits tls_params.judge: whoever it is, we want to see it. */
static int
look(void *arg, const struct tls_cert *cert, struct err *e)
{
	struct trust *t = arg;

	(void)e;
	t->cert = *cert;
	return 0;
}

/* As far as TLS, and back. */
static void
converse(struct trust *t, int fd, struct err *e)
{
	const struct account *a = t->account;
	int64_t deadline = talk_patience(a, CLOCK_NEVER);
	struct tls_params tls = talk_tls(a, &t->place);
	struct drive_params drives = { .stop = &signals_stop, .tls = &tls,
	    .deadline = deadline };
	struct buf helo = BUF_MAX(HELO_MAX);
	struct session_params p = { .tls = t->place.tls,
	    .timeout_s = a->timeout, .lmtp = talk_is_lmtp(a) };
	struct conn *conn = conn_new(fd);
	struct session s;

	tls.pins = tls.cert_file = tls.key_file = NULL;
	tls.judge = look;
	tls.dane = 0;
	tls.judge_arg = t;
	tls.judge_id = "";
	tls.stop = &signals_stop;
	identity_helo(&helo, a, fd);
	p.helo = buf_str(&helo);
	session_init(&s, &p);
	if (p.tls == SESSION_TLS && conn_starttls(conn, &tls, deadline,
	    e) == -1)
		session_lost(&s, e);
	while (session_want(&s) != SESSION_CLOSE) {
		if (session_want(&s) == SESSION_READY)
			session_quit(&s);
		drive(conn, &s, NULL, &drives);
	}
	*e = s.err;
	session_free(&s);
	conn_free(conn);
	buf_free(&helo);
}

/* Who is there?  Once a certificate was shown, the rest does not matter. */
static int
meet(struct trust *t, struct err *e)
{
	const struct account *a = t->account;
	struct dial_params to = talk_way(a, &t->place);
	struct dialed line = { .fd = -1 };

	to.stop = &signals_stop;
	to.deadline = talk_patience(a, CLOCK_NEVER);
	t->cert = (struct tls_cert){ .not_before = -1 };
	log_story("connecting to %s", t->place.where);
	if (dial(&to, &line, e) == -1)
		return -1;
	log_story("connected to %s", line.peer);
	strlcpy(t->peer, line.peer, sizeof(t->peer));
	converse(t, line.fd, e);
	dial_done(&line);
	if (signals_stop)
		return err_set(e, ERR_TEMP, "interrupted; nothing is kept");
	if (t->cert.pin[0] == '\0')
		return e->kind != ERR_NONE ? -1 : err_set(e, ERR_PROTOCOL,
		    "the server has shown no certificate");
	if (e->kind != ERR_NONE)
		log_story("%s: %s", t->place.where, e->text);
	*e = (struct err)ERR_INIT;
	return 0;
}

/* Of this place, in this very call? */
static int
is_agreed(const struct trust *t, const char *pin)
{
	struct knownhost k;
	size_t i;

	for (i = 0; knownhosts_find(buf_str(&t->agreed), t->agreed.len, t->key,
	    i, &k); i++)
		if (strcmp(k.pin, pin) == 0)
			return 1;
	return 0;
}

/* What is known of the place so far, in lines of text; and this very key, if it
 * is.  Returns how many others are, but for those of other servers by the same
 * name that were agreed to in this call; or -1 with *e set. */
static int
recall(struct trust *t, struct buf *text, struct knownhost *same,
    struct err *e)
{
	struct buf known = BUF_MAX(KNOWNHOSTS_MAX);
	char *path = state_path(TOFU_FILE);
	int others = 0, r = knownfile_read(path, &known, e);
	struct knownhost k;
	size_t i;

	same->since[0] = '\0';
	for (i = 0; r == 0 && knownhosts_find(buf_str(&known), known.len,
	    t->key, i, &k); i++) {
		if (strcmp(k.pin, t->cert.pin) == 0)
			*same = k;
		else if (!is_agreed(t, k.pin))
			others++;
		buf_addf(text, "known is     %s since %s\n", k.pin, k.since);
	}
	free(path);
	buf_free(&known);
	return r == -1 ? -1 : others;
}

static int
keep(struct trust *t, const char *others, struct err *e)
{
	if (tofu_keep(t->key, t->cert.pin, others, e) == -1)
		return -1;
	buf_addf(&t->agreed, "%s %s now\n", t->key, t->cert.pin);
	printf("%s: %s is trusted from now on\n", t->place.where,
	    t->cert.pin);
	return 0;
}

/* In the place of what is known, but for what was agreed to in this call. */
static int
replace(struct trust *t, struct err *e)
{
	struct buf stay = BUF_MAX(WORDS_MAX);
	struct knownhost k;
	size_t i;
	int r;

	for (i = 0; knownhosts_find(buf_str(&t->agreed), t->agreed.len, t->key,
	    i, &k); i++)
		buf_addf(&stay, "%s ", k.pin);
	r = keep(t, buf_str(&stay), e);
	buf_free(&stay);
	return r;
}

/* The caller knows the key. */
static int
compare(struct trust *t, struct err *e)
{
	const char *words = buf_str(&t->pins);
	size_t n;

	for (; *words != '\0'; words += n + strspn(words + n, " ")) {
		n = strcspn(words, " ");
		if (n == strlen(t->cert.pin) && strncmp(words, t->cert.pin,
		    n) == 0)
			return keep(t, buf_str(&t->pins), e);
	}
	return err_set(e, ERR_PROTOCOL, "its key is %s, and that was not "
	    "given; nothing is kept", t->cert.pin);
}

static int
nobody(const struct trust *t, struct err *e)
{
	struct buf command = BUF_MAX(8192);

	tofu_command(&command, t->account->name);
	err_set(e, ERR_PROTOCOL, "its key is %s, and there is no terminal to "
	    "ask on; if you know that from the server, run: %s %s",
	    t->cert.pin, buf_str(&command), t->cert.pin);
	buf_free(&command);
	return -1;
}

/* A person may. */
static int
ask_person(struct trust *t, const struct buf *known, int others,
    struct err *e)
{
	struct buf text = BUF_MAX(SHOW_MAX);
	struct ask q = { .stop = &signals_stop, .exact = t->cert.pin,
	    .other = others > 0 ? "add" : NULL, .question = others > 0 ?
	    "Trust it in the place of what is known (yes, no; add: beside "
	    "it)? " : known->len > 0 ?
	    "Trust this key too (yes, no, or the key itself)? " :
	    "Trust this key (yes, no, or the key itself)? " };
	enum ask_answer answer;

	tofu_show(&text, &t->cert, t->place.where, t->peer);
	buf_adds(&text, buf_str(known));
	if (others > 0)
		buf_adds(&text, "\nIT IS NOT THE KEY THAT IS KNOWN.  "
		    "Somebody may be between you and the server.\nSay no "
		    "unless you know from the server that it has this "
		    "one.\n");
	q.text = buf_str(&text);
	answer = ask(&q);
	buf_free(&text);
	switch (answer) {
	case ASK_YES:
		return replace(t, e);
	case ASK_OTHER:
		return keep(t, NULL, e);
	case ASK_NOBODY:
		return nobody(t, e);
	case ASK_STOPPED:
		return err_set(e, ERR_TEMP, "interrupted; nothing is kept");
	case ASK_NO:
	case ASK_NOTHING:
		break;
	}
	return err_set(e, ERR_PROTOCOL, "its key was not trusted; nothing is "
	    "kept");
}

static int
name_key(struct trust *t, struct err *e)
{
	struct buf b = BUF_MAX(sizeof(t->key) - 1);
	int r = knownhosts_place(&b, t->place.name, t->place.port);

	strlcpy(t->key, buf_str(&b), sizeof(t->key));
	buf_free(&b);
	return r == 0 ? 0 : err_set(e, ERR_CONFIG, "a key is kept for a "
	    "name: write \"host NAME\" or \"tls_host_override NAME\"");
}

static int
visit(struct trust *t, struct err *e)
{
	struct buf known = BUF_MAX(SHOW_MAX / 2);
	struct knownhost same;
	int others, r = -1;

	if (name_key(t, e) == -1 || meet(t, e) == -1)
		return -1;
	others = recall(t, &known, &same, e);
	if (others == -1)
		goto out;
	if (t->pins.len > 0)
		r = compare(t, e);
	else if (same.since[0] != '\0') {
		printf("%s: %s is known since %s\n", t->place.where,
		    same.pin, same.since);
		r = 0;
	} else
		r = ask_person(t, &known, others, e);
out:
	buf_free(&known);
	return r;
}

static void
tell(const struct trust *t, const struct err *e)
{
	struct buf b = BUF_MAX(4096);

	buf_addf(&b, "%s: %s: %s", t->account->name, t->place.where, e->text);
	report_error(buf_str(&b));
	buf_free(&b);
}

/* A key is not looked at where the account does not say so. */
static void
advise(const struct account *a)
{
	char where[512];

	if (a->tls_trust != NULL && strcmp(a->tls_trust, "tofu") == 0)
		return;
	printf("to go by it, write \"tls_trust tofu\"%s %s\n",
	    a->tls_fingerprint != NULL ? " in the place of tls_fingerprint" :
	    !a->tls_certcheck ? " in the place of \"tls_certcheck off\"" : "",
	    account_place(a, a->tls_fingerprint != NULL ? "tls_fingerprint" :
	    !a->tls_certcheck ? "tls_certcheck" : "tls_trust", where,
	    sizeof(where)));
}

/* Every server of the account.  Returns the kind of the worst failure. */
static enum err_kind
tour(struct trust *t)
{
	enum err_kind kind = ERR_NONE;
	struct route route;
	struct err e;
	int found, kept = 0;

	route_begin(&route, t->account);
	for (;;) {
		e = (struct err)ERR_INIT;
		found = route_next(&route, &t->place, talk_patience(
		    t->account, CLOCK_NEVER), &signals_stop, &e);
		if (found == 0)
			break;
		if (found == 1 && visit(t, &e) == 0) {
			kept++;
			continue;
		}
		tell(t, &e);
		kind = err_worse(kind, e.kind);
		if (signals_stop)
			break;
	}
	if (kept > 0)
		advise(t->account);
	return kind;
}

/* The words of the command line: an account, and keys. */
static int
take_words(struct trust *t, const struct cli *c, const char **account,
    struct err *e)
{
	size_t i, names = 0;

	*account = c->account;
	for (i = 0; i < c->narg; i++) {
		if (!str_begins(c->arg[i], strlen(c->arg[i]),
		    KNOWNHOSTS_PIN)) {
			*account = c->arg[i];
			names++;
		} else if (!knownhosts_is_pin(c->arg[i], strlen(c->arg[i])))
			return err_set(e, ERR_USAGE, "--trust: \"%s\" is no "
			    "key: want pin-sha256: and 44 letters",
			    str_shown(c->arg[i], strlen(c->arg[i])));
		else if (buf_addf(&t->pins, t->pins.len > 0 ? " %s" : "%s",
		    c->arg[i]) == -1)
			return err_set(e, ERR_USAGE, "--trust: too many keys");
	}
	if (names + (c->account != NULL) > 1)
		return err_set(e, ERR_USAGE, "--trust: want one account");
	return 0;
}

static int
prepare(struct trust *t, struct job *j, struct err *e)
{
	const char *name;

	if (take_words(t, j->cli, &name, e) == -1 ||
	    job_account(j, name, e) == -1)
		return -1;
	t->account = j->account;
	if (j->account->tls)
		return 0;
	return err_set(e, ERR_CONFIG, "account %s has \"tls off\", so that "
	    "its server has no key", str_shown(j->account->name,
	    strlen(j->account->name)));
}

int
trust(const struct cli *c)
{
	struct job j = JOB_INIT(c, &signals_stop);
	struct trust t = { .pins = BUF_MAX(WORDS_MAX),
	    .agreed = BUF_MAX(KNOWNHOSTS_MAX) };
	struct err e = ERR_INIT;
	enum err_kind kind;

	signals_catch();
	if (prepare(&t, &j, &e) == -1) {
		report_error(e.text);
		kind = e.kind;
	} else
		kind = tour(&t);
	buf_free(&t.pins);
	buf_free(&t.agreed);
	job_free(&j);
	return err_exit(kind);
}
