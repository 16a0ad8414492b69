#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "mail/xtext.h"
#include "smtp/command.h"
#include "smtp/phases.h"

/* Room for a flight of commands; what does not fit waits for the wire. */
#define FLIGHT_MAX	(16 * 1024)
#define ORCPT_MAX	500		/* RFC 3461 4.2 */

static int
may(const struct session *s, unsigned what)
{
	return (s->ehlo.can & what) != 0;
}

/* Replies that may be owed at a time: the window of RFC 2920. */
static size_t
window(const struct session *s)
{
	if (!may(s, EHLO_PIPELINING))
		return 1;
	return s->params.window > 0 ? s->params.window : SIZE_MAX;
}

static int
room(const struct session *s)
{
	return s->lane.owed < window(s) && lane_room(&s->lane) &&
	    s->out.len < FLIGHT_MAX;
}

/* This message cannot go, whatever the recipient. */
static enum phase
refuse_all(struct session *s, enum err_kind kind, const char *why)
{
	envelope_move(s->tr.env, RCPT_WAITING, RCPT_PERMFAIL, kind, why);
	return s->tr.last ? PH_QUIT : PH_READY;
}

/* RFC 6531 3.4: what needs SMTPUTF8 goes with it or not at all. */
static enum phase
refuse_utf8(struct session *s)
{
	static const char why[] = "5.6.7 the address needs SMTPUTF8, which "
	    "the server does not offer";
	struct envelope *env = s->tr.env;
	size_t i;

	for (i = 0; i < env->nrcpt; i++)
		if (env->rcpt[i].status == RCPT_WAITING &&
		    str_has_8bit(env->rcpt[i].addr))
			envelope_mark(env, i, RCPT_PERMFAIL, ERR_DATA, why);
	if (str_has_8bit(env->sender))
		return refuse_all(s, ERR_DATA, "5.6.7 the sender's address "
		    "needs SMTPUTF8, which the server does not offer");
	return PH_ENVELOPE;
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

static enum phase
too_big(struct session *s)
{
	struct buf why = BUF_MAX(256);
	enum phase next;

	buf_addf(&why, "5.3.4 the message has %" PRIu64 " octets, and the "
	    "server takes %" PRIu64 " at most", s->tr.size, s->ehlo.size);
	next = refuse_all(s, ERR_UNAVAIL, buf_str(&why));
	buf_free(&why);
	return next;
}

static enum phase
check(struct session *s)
{
	if (s->ehlo.size > 0 && s->tr.size > s->ehlo.size)
		return too_big(s);
	if (s->tr.eightbit && !may(s, EHLO_8BITMIME))
		return refuse_all(s, ERR_DATA, "5.6.3 the message has 8-bit "
		    "text, and the server takes 7-bit only; encode it as "
		    "quoted-printable or base64");
	return s->use_utf8 || !wants_utf8(&s->tr) ? PH_ENVELOPE :
	    refuse_utf8(s);
}

/* The next recipient that is to be tried, or nrcpt. */
static size_t
next_rcpt(struct session *s)
{
	const struct envelope *env = s->tr.env;

	while (s->next_rcpt < env->nrcpt &&
	    env->rcpt[s->next_rcpt].status != RCPT_WAITING)
		s->next_rcpt++;
	return s->next_rcpt;
}

enum phase
transaction_begin(struct session *s)
{
	const struct transaction *tr = &s->tr;
	int wants_dsn = tr->dsn_notify != NULL || tr->dsn_ret != NULL ||
	    tr->dsn_envid != NULL;
	enum phase next;

	s->next_rcpt = s->said = s->accepted = s->refused = 0;
	s->mail_said = s->mail_refused = s->data_said = 0;
	s->queue_id[0] = '\0';
	s->use_utf8 = may(s, EHLO_SMTPUTF8) && wants_utf8(tr);
	s->use_dsn = may(s, EHLO_DSN) && wants_dsn;
	if (wants_dsn && !s->use_dsn)
		log_story("the server offers no DSN; no report was asked for");
	next = check(s);
	if (next == PH_ENVELOPE && next_rcpt(s) == tr->env->nrcpt)
		return tr->last ? PH_QUIT : PH_READY;
	return next == PH_ENVELOPE && s->dirty ? PH_RSET : next;
}

enum phase
transaction_rset(struct session *s)
{
	if (s->lane.owed == 0)
		phase_say_word(s, V_RSET, "RSET");
	return PH_RSET;
}

enum phase
transaction_on_rset(struct session *s, size_t unused)
{
	(void)unused;
	s->dirty = 0;
	if (reply_class(&s->reply) == 2)
		return PH_ENVELOPE;
	return phase_refused(s, STAGE_SESSION, "RSET refused: ");
}

/* Every reply is in.  What comes next hangs on whether more is to come. */
static enum phase
finished(struct session *s, int clean)
{
	s->dirty = !clean;
	return s->tr.last ? PH_QUIT : PH_READY;
}

static const char *
upper(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		buf_addc(b, *s >= 'a' && *s <= 'z' ?
		    (char)(*s - 'a' + 'A') : *s);
	return buf_str(b);
}

static void
say_mail(struct session *s)
{
	const struct transaction *tr = &s->tr;
	struct buf line = BUF_MAX(COMMAND_MAX), ret = BUF_MAX(8);
	int fits = buf_addf(&line, "MAIL FROM:<%s>", tr->env->sender) == 0;

	s->mail_said = 1;
	if (may(s, EHLO_SIZE))
		buf_addf(&line, " SIZE=%" PRIu64, tr->size);
	if (tr->eightbit)
		buf_adds(&line, " BODY=8BITMIME");
	if (s->use_utf8)
		buf_adds(&line, " SMTPUTF8");
	if (s->use_dsn && tr->dsn_ret != NULL)
		buf_addf(&line, " RET=%s", upper(&ret, tr->dsn_ret));
	if (s->use_dsn && tr->dsn_envid != NULL)
		buf_addf(&line, " ENVID=%s", tr->dsn_envid);
	if (fits && command_add(&s->out, "%s", buf_str(&line)) == 0)
		lane_push(&s->lane, V_MAIL, 0);
	else {
		s->mail_refused = 1;
		envelope_move(tr->env, RCPT_WAITING, RCPT_PERMFAIL, ERR_DATA,
		    "the sender's address does not fit a command line");
	}
	buf_free(&line);
	buf_free(&ret);
}

/* RFC 3461 4.1, 4.2; RFC 6533 3 */
static void
add_dsn(const struct session *s, struct buf *line, const struct rcpt *r)
{
	struct buf notify = BUF_MAX(64), orcpt = BUF_MAX(ORCPT_MAX);
	const char *given = r->given != NULL ? r->given : r->addr;
	int r8 = str_has_8bit(given);

	if (!s->use_dsn)
		return;
	if (s->tr.dsn_notify != NULL)
		buf_addf(line, " NOTIFY=%s", upper(&notify, s->tr.dsn_notify));
	buf_adds(&orcpt, r8 ? "utf-8;" : "rfc822;");
	if ((r8 ? xtext_add_utf8(&orcpt, given, strlen(given)) :
	    xtext_add(&orcpt, given, strlen(given))) == 0)
		buf_addf(line, " ORCPT=%s", buf_str(&orcpt));
	buf_free(&notify);
	buf_free(&orcpt);
}

static void
say_rcpt(struct session *s, size_t i)
{
	struct envelope *env = s->tr.env;
	struct buf line = BUF_MAX(COMMAND_MAX);
	int fits = buf_addf(&line, "RCPT TO:<%s>", env->rcpt[i].addr) == 0;

	add_dsn(s, &line, &env->rcpt[i]);
	if (fits && command_add(&s->out, "%s", buf_str(&line)) == 0) {
		lane_push(&s->lane, V_RCPT, i);
		s->said++;
	} else
		envelope_mark(env, i, RCPT_PERMFAIL, ERR_DATA,
		    "the address does not fit a command line");
	buf_free(&line);
}

/* DATA may end the flight as long as somebody may yet be accepted. */
static int
may_say_data(const struct session *s)
{
	return !s->mail_refused && s->said > s->refused;
}

enum phase
transaction_envelope(struct session *s)
{
	while (!s->data_said && room(s)) {
		if (!s->mail_said)
			say_mail(s);
		else if (!s->mail_refused &&
		    next_rcpt(s) < s->tr.env->nrcpt)
			say_rcpt(s, s->next_rcpt++);
		else if (may_say_data(s)) {
			phase_say_word(s, V_DATA, "DATA");
			s->data_said = 1;
		} else
			break;
	}
	if (s->lane.owed > 0 || s->data_said || s->out.len > 0)
		return PH_ENVELOPE;
	return finished(s, 0);
}

/* The state of a recipient whose mail was refused with this reply. */
static enum rcpt_status
failure(const struct reply *r)
{
	return reply_class(r) == 5 ? RCPT_PERMFAIL : RCPT_TEMPFAIL;
}

enum phase
transaction_on_mail(struct session *s, size_t unused)
{
	(void)unused;
	if (reply_class(&s->reply) == 2)
		return PH_ENVELOPE;
	if (reply_class(&s->reply) == 3)
		return phase_refused(s, STAGE_MAIL, "in reply to MAIL: ");
	s->mail_refused = 1;
	log_story("sender <%s> refused: %s", str_shown(s->tr.env->sender,
	    strlen(s->tr.env->sender)), reply_words(&s->reply));
	envelope_move(s->tr.env, RCPT_WAITING, failure(&s->reply),
	    reply_kind(&s->reply, STAGE_MAIL), reply_words(&s->reply));
	return PH_ENVELOPE;
}

enum phase
transaction_on_rcpt(struct session *s, size_t i)
{
	struct envelope *env = s->tr.env;
	int class = reply_class(&s->reply);

	if (class == 3)
		return phase_refused(s, STAGE_RCPT, "in reply to RCPT: ");
	if (class == 2)
		s->accepted++;
	else
		s->refused++;
	if (s->mail_refused)
		return PH_ENVELOPE;
	if (class == 2)
		envelope_mark(env, i, RCPT_ACCEPTED, ERR_NONE, NULL);
	else
		envelope_mark(env, i, failure(&s->reply),
		    reply_kind(&s->reply, STAGE_RCPT), reply_words(&s->reply));
	return PH_ENVELOPE;
}

/*
 * With DATA in the flight, 354 may come though nobody is there to get the
 * message.  Where no RCPT was accepted a lone dot ends that; where one was,
 * though MAIL was not, even an empty message would go to somebody.
 */
static enum phase
not_wanted(struct session *s)
{
	if (s->accepted > 0)
		return phase_hang_up(s);
	phase_say_word(s, V_NO_MESSAGE, ".");
	return PH_ENVELOPE;
}

enum phase
transaction_on_data(struct session *s, size_t unused)
{
	int class = reply_class(&s->reply);

	(void)unused;
	if (s->mail_refused || s->accepted == 0)
		return s->reply.code == 354 ? not_wanted(s) : finished(s, 0);
	if (s->reply.code == 354) {
		s->body = (struct body){ 0 };
		return PH_BODY;
	}
	if (class != 4 && class != 5)
		return phase_refused(s, STAGE_MAIL, "in reply to DATA: ");
	envelope_move(s->tr.env, RCPT_ACCEPTED, failure(&s->reply),
	    reply_kind(&s->reply, STAGE_MAIL), reply_words(&s->reply));
	return finished(s, 0);
}

enum phase
transaction_on_no_message(struct session *s, size_t unused)
{
	(void)unused;
	return finished(s, 0);
}

enum phase
transaction_interrupted(struct session *s)
{
	int class = reply_class(&s->reply);

	if (class == 4 || class == 5)
		envelope_move(s->tr.env, RCPT_ACCEPTED, failure(&s->reply),
		    reply_kind(&s->reply, STAGE_MAIL), reply_words(&s->reply));
	else
		phase_refused(s, STAGE_MAIL, "before the message was sent: ");
	return phase_hang_up(s);
}

enum phase
transaction_on_dot(struct session *s, size_t unused)
{
	int class = reply_class(&s->reply);

	(void)unused;
	if (s->dot_end != 0)
		return transaction_interrupted(s);
	/* 221 answers a QUIT, and so does not accept anything. */
	if (class == 3 || s->reply.code == 221)
		return phase_fail(s, ERR_PROTOCOL, "in reply to the message: "
		    "%s", reply_words(&s->reply));
	if (class == 2) {
		envelope_move(s->tr.env, RCPT_IN_DOUBT, RCPT_SENT, ERR_NONE,
		    NULL);
		reply_queue_id(&s->reply, s->queue_id, sizeof(s->queue_id));
	} else
		envelope_move(s->tr.env, RCPT_IN_DOUBT, failure(&s->reply),
		    reply_kind(&s->reply, STAGE_MAIL), reply_words(&s->reply));
	return s->reply.code == 421 ? phase_hang_up(s) : finished(s, 1);
}
