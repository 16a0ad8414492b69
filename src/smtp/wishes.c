#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/size.h"
#include "base/str.h"
#include "mail/xtext.h"
#include "smtp/command.h"
#include "smtp/phases.h"

#define ORCPT_MAX	500		/* RFC 3461 4.2 */

/* This message cannot go, whatever the recipient. */
static int
refuse_all(struct session *s, enum err_kind kind, const char *why)
{
	envelope_move(s->tr.env, RCPT_WAITING, RCPT_PERMFAIL, kind, why);
	return -1;
}

static int
too_big(struct session *s)
{
	struct buf why = BUF_MAX(256);

	if (s->ehlo.size == 0 || s->tr.size <= s->ehlo.size)
		return 0;
	buf_adds(&why, "5.3.4 the message has ");
	size_add(&why, s->tr.size);
	buf_adds(&why, ", and the server takes ");
	size_add(&why, s->ehlo.size);
	buf_adds(&why, " at most");
	refuse_all(s, ERR_UNAVAIL, buf_str(&why));
	buf_free(&why);
	return -1;
}

static int
has_require_tls(const struct transaction *tr)
{
	return tr->require_tls;
}

static int
has_priority(const struct transaction *tr)
{
	return tr->priority != NULL;
}

static int
has_deliver_by(const struct transaction *tr)
{
	return tr->deliver_by != NULL;
}

static int
has_hold_for(const struct transaction *tr)
{
	return tr->hold_for != NULL;
}

static int
has_hold_until(const struct transaction *tr)
{
	return tr->hold_until != NULL;
}

static int
has_binary(const struct transaction *tr)
{
	return tr->binary;
}

static int
has_8bit(const struct transaction *tr)
{
	return tr->eightbit && !tr->binary;
}

/* What is asked for, and not without: RFC 8689 4.2.1 gives 5.7.30, and
 * RFC 3463 3.4 the others. */
static const struct wish {
	int		(*wanted)(const struct transaction *);
	unsigned	 bits;
	enum err_kind	 kind;
	const char	*why;
} wishes[] = {
	{ has_require_tls, EHLO_REQUIRETLS, ERR_UNAVAIL, "5.7.30 the server "
	    "does not offer REQUIRETLS; without it, mail may go on in the "
	    "clear: see \"requiretls\" in posthorn.conf(5)" },
	{ has_priority, EHLO_PRIORITY, ERR_UNAVAIL, "5.3.3 the server does "
	    "not offer MT-PRIORITY; see \"priority\" in posthorn.conf(5)" },
	{ has_deliver_by, EHLO_DELIVERBY, ERR_UNAVAIL, "5.3.3 the server does "
	    "not offer DELIVERBY; see \"deliver_by\" in posthorn.conf(5)" },
	{ has_hold_for, EHLO_HOLD, ERR_UNAVAIL, "5.3.3 the server does not "
	    "offer FUTURERELEASE, and would send at once; see \"hold_for\" "
	    "in posthorn.conf(5)" },
	{ has_hold_until, EHLO_HOLD, ERR_UNAVAIL, "5.3.3 the server does not "
	    "offer FUTURERELEASE, and would send at once; see \"hold_until\" "
	    "in posthorn.conf(5)" },
	{ has_binary, EHLO_BINARYMIME | EHLO_CHUNKING, ERR_DATA, "5.6.3 the "
	    "message has over-long lines or NULs, and the server does not "
	    "offer BINARYMIME; encode it as base64" },
	{ has_8bit, EHLO_8BITMIME, ERR_DATA, "5.6.3 the message has 8-bit "
	    "text, and the server takes 7-bit only; encode it as "
	    "quoted-printable or base64" },
};

/* RFC 2852 4, RFC 4865 4.1: what is offered has limits. */
static int
check_times(struct session *s)
{
	const struct transaction *tr = &s->tr;
	const struct ehlo *e = &s->ehlo;
	struct buf why = BUF_MAX(256);
	long long n = 0;

	if (tr->deliver_by != NULL && strstr(tr->deliver_by, ";R") != NULL &&
	    str_number_n(tr->deliver_by, strcspn(tr->deliver_by, ";"), 1,
	    INT32_MAX, &n) == 0 && n < (long long)e->by_min)
		buf_addf(&why, "5.3.3 the server delivers within %u seconds at "
		    "the soonest, not %lld; see \"deliver_by\"", e->by_min, n);
	else if (tr->hold_for != NULL && e->hold_max > 0 &&
	    str_number(tr->hold_for, 1, INT32_MAX, &n) == 0 &&
	    (uint64_t)n > e->hold_max)
		buf_addf(&why, "5.3.3 the server holds mail for %" PRIu64
		    " seconds at most, not %lld; see \"hold_for\"",
		    e->hold_max, n);
	else if (tr->hold_until != NULL &&
	    strlen(e->hold_until) == strlen(tr->hold_until) &&
	    strcmp(tr->hold_until, e->hold_until) > 0)
		buf_addf(&why, "5.3.3 the server holds mail until %s at most, "
		    "not %s; see \"hold_until\"", str_shown(e->hold_until,
		    strlen(e->hold_until)), tr->hold_until);
	if (why.len > 0)
		refuse_all(s, ERR_UNAVAIL, buf_str(&why));
	n = why.len > 0 ? -1 : 0;
	buf_free(&why);
	return (int)n;
}

static int
wants_utf8(const struct transaction *tr)
{
	size_t i;

	if (tr->utf8 || str_has_8bit(tr->env->sender))
		return 1;
	for (i = 0; i < tr->env->nrcpt; i++)
		if (str_has_8bit(tr->env->rcpt[i].addr))
			return 1;
	return 0;
}

/* RFC 6531 3.4: what needs SMTPUTF8 goes with it or not at all. */
static int
check_utf8(struct session *s)
{
	static const char why[] = "5.6.7 the address needs SMTPUTF8, which "
	    "the server does not offer";
	struct envelope *env = s->tr.env;
	int wanted = wants_utf8(&s->tr);
	size_t i;

	s->use_utf8 = phase_may(s, EHLO_SMTPUTF8) && wanted;
	if (s->use_utf8 || !wanted)
		return 0;
	for (i = 0; i < env->nrcpt; i++)
		if (env->rcpt[i].status == RCPT_WAITING &&
		    str_has_8bit(env->rcpt[i].addr))
			envelope_mark(env, i, RCPT_PERMFAIL, ERR_DATA, why);
	if (str_has_8bit(env->sender))
		return refuse_all(s, ERR_DATA, "5.6.7 the sender's address "
		    "needs SMTPUTF8, which the server does not offer");
	return 0;
}

int
wishes_check(struct session *s)
{
	const struct transaction *tr = &s->tr;
	int wants_dsn = tr->dsn_notify != NULL || tr->dsn_ret != NULL ||
	    tr->dsn_envid != NULL;
	size_t i;

	s->use_dsn = phase_may(s, EHLO_DSN) && wants_dsn;
	if (wants_dsn && !s->use_dsn)
		log_story("the server offers no DSN; no report was asked for");
	if (too_big(s) == -1)
		return -1;
	if (tr->require_tls && !s->tls_up)	/* RFC 8689 4.2.1 */
		return refuse_all(s, ERR_UNAVAIL, "5.7.30 REQUIRETLS is for a "
		    "connection with TLS; turn tls on");
	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		if (wishes[i].wanted(tr) && !phase_may(s, wishes[i].bits))
			return refuse_all(s, wishes[i].kind, wishes[i].why);
	if (check_times(s) == -1)
		return -1;
	return check_utf8(s);
}

static const char *
upper(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		buf_addc(b, *s >= 'a' && *s <= 'z' ?
		    (char)(*s - 'a' + 'A') : *s);
	return buf_str(b);
}

/* A word and its value, if it has one. */
static void
add_param(struct buf *line, const char *name, const char *value)
{
	if (value != NULL)
		buf_addf(line, " %s=%s", name, value);
}

/* RFC 3461 4.3, 4.4 */
static void
add_mail_dsn(const struct session *s, struct buf *line)
{
	struct buf ret = BUF_MAX(8);

	if (s->use_dsn && s->tr.dsn_ret != NULL)
		add_param(line, "RET", upper(&ret, s->tr.dsn_ret));
	if (s->use_dsn)
		add_param(line, "ENVID", s->tr.dsn_envid);
	buf_free(&ret);
}

/* RFC 4954 5: xtext, but "<>" stays as it is. */
static void
add_auth(const struct session *s, struct buf *line)
{
	struct buf text = BUF_MAX(COMMAND_MAX);
	const char *who = s->tr.auth;

	if (who == NULL)
		return;
	if (!phase_may(s, EHLO_AUTH))
		log_story("the server offers no AUTH; it was not told whose "
		    "message this is");
	else if (strcmp(who, "<>") == 0 ||
	    xtext_add(&text, who, strlen(who)) == 0)
		add_param(line, "AUTH", text.len > 0 ? buf_str(&text) : who);
	buf_free(&text);
}

static void
add_mail_params(const struct session *s, struct buf *line)
{
	const struct transaction *tr = &s->tr;

	if (phase_may(s, EHLO_SIZE))
		buf_addf(line, " SIZE=%" PRIu64, tr->size);
	if (tr->binary)
		buf_adds(line, " BODY=BINARYMIME");
	else if (tr->eightbit)
		buf_adds(line, " BODY=8BITMIME");
	if (s->use_utf8)
		buf_adds(line, " SMTPUTF8");
	add_mail_dsn(s, line);
	add_auth(s, line);
	if (tr->require_tls)
		buf_adds(line, " REQUIRETLS");
	add_param(line, "MT-PRIORITY", tr->priority);
	add_param(line, "BY", tr->deliver_by);
	add_param(line, "HOLDFOR", tr->hold_for);
	add_param(line, "HOLDUNTIL", tr->hold_until);
}

void
wishes_mail(struct session *s)
{
	struct envelope *env = s->tr.env;
	struct buf line = BUF_MAX(COMMAND_MAX);
	int fits = buf_addf(&line, "MAIL FROM:<%s>", env->sender) == 0;

	s->mail_said = 1;
	add_mail_params(s, &line);
	if (fits && command_add(&s->out, "%s", buf_str(&line)) == 0)
		lane_push(&s->lane, V_MAIL, 0);
	else {
		s->mail_refused = 1;
		refuse_all(s, ERR_DATA, "the sender's address does not fit a "
		    "command line");
	}
	buf_free(&line);
}

/* RFC 3461 4.1, 4.2; RFC 6533 3 */
static void
add_rcpt_dsn(const struct session *s, struct buf *line, const struct rcpt *r)
{
	struct buf notify = BUF_MAX(64), orcpt = BUF_MAX(ORCPT_MAX);
	const char *given = r->given != NULL ? r->given : r->addr;
	int r8 = str_has_8bit(given);

	if (!s->use_dsn)
		return;
	if (s->tr.dsn_notify != NULL)
		add_param(line, "NOTIFY", upper(&notify, s->tr.dsn_notify));
	buf_adds(&orcpt, r8 ? "utf-8;" : "rfc822;");
	if ((r8 ? xtext_add_utf8(&orcpt, given, strlen(given)) :
	    xtext_add(&orcpt, given, strlen(given))) == 0)
		add_param(line, "ORCPT", buf_str(&orcpt));
	buf_free(&notify);
	buf_free(&orcpt);
}

void
wishes_rcpt(struct session *s, size_t i)
{
	struct envelope *env = s->tr.env;
	struct buf line = BUF_MAX(COMMAND_MAX);
	int fits = buf_addf(&line, "RCPT TO:<%s>", env->rcpt[i].addr) == 0;

	add_rcpt_dsn(s, &line, &env->rcpt[i]);
	if (fits && command_add(&s->out, "%s", buf_str(&line)) == 0) {
		lane_push(&s->lane, V_RCPT, i);
		env->rcpt[i].now = 1;
		s->said++;
	} else
		envelope_mark(env, i, RCPT_PERMFAIL, ERR_DATA,
		    "the address does not fit a command line");
	buf_free(&line);
}
