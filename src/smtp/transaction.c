#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "smtp/command.h"
#include "smtp/phases.h"

/* Room for a flight of commands; what does not fit waits for the wire. */
#define FLIGHT_MAX	SESSION_RECORD
/* Recipients not answered yet.  Postfix takes so many in one transaction, and
 * so many too many before it hangs up: the first 452 must be here by then. */
#define RCPTS_OWED_MAX	1000

/* Replies that may be owed at a time: the window of RFC 2920. */
static size_t
window(const struct session *s)
{
	if (!phase_may(s, EHLO_PIPELINING))
		return 1;
	return s->params.window > 0 ? s->params.window : SIZE_MAX;
}

int
transaction_room(const struct session *s)
{
	return s->lane.owed < window(s) && lane_room(&s->lane);
}

/* Of two limits, where 0 is none. */
static size_t
least(size_t a, size_t b)
{
	return a == 0 || (b > 0 && b < a) ? b : a;
}

static int
same_domain(const struct envelope *env, size_t i, size_t k)
{
	const char *a = strrchr(env->rcpt[i].addr, '@');
	const char *b = strrchr(env->rcpt[k].addr, '@');

	return a == NULL || b == NULL ? a == b : str_same(a, b);
}

/* RFC 9422 4.3: is the domain of recipient i one of this transaction, or can
 * it be? */
static int
domain_fits(const struct session *s, size_t i)
{
	size_t k, max = s->ehlo.domain_max;

	if (max == 0)
		return 1;
	for (k = 0; k < s->domains; k++)
		if (same_domain(s->tr.env, s->domain[k], i))
			return 1;
	return s->domains < max && s->domains < SESSION_DOMAINS_MAX;
}

static void
note_domain(struct session *s, size_t i)
{
	size_t k;

	for (k = 0; k < s->domains; k++)
		if (same_domain(s->tr.env, s->domain[k], i))
			return;
	if (s->ehlo.domain_max > 0)
		s->domain[s->domains++] = i;
}

/* The next recipient for this transaction, or nrcpt. */
static size_t
next_rcpt(struct session *s)
{
	const struct envelope *env = s->tr.env;

	if (s->rcpt_max > 0 && s->said >= s->rcpt_max)
		return env->nrcpt;
	while (s->next_rcpt < env->nrcpt &&
	    (env->rcpt[s->next_rcpt].status != RCPT_WAITING ||
	    env->rcpt[s->next_rcpt].now || !domain_fits(s, s->next_rcpt)))
		s->next_rcpt++;
	return s->next_rcpt;
}

int
transaction_left(const struct session *s)
{
	const struct envelope *env = s->tr.env;
	size_t i;

	for (i = 0; i < env->nrcpt; i++)
		if (env->rcpt[i].status == RCPT_WAITING && !env->rcpt[i].now)
			return 1;
	return 0;
}

static enum phase
begin(struct session *s)
{
	s->next_rcpt = s->said = s->accepted = s->refused = s->domains = 0;
	s->mail_said = s->mail_refused = s->data_said = s->all_out = 0;
	s->pausing = 0;
	return s->dirty ? PH_RSET : PH_ENVELOPE;
}

static enum phase
leave(const struct session *s)
{
	return s->tr.last || s->quit_said || s->more ? PH_QUIT : PH_READY;
}

enum phase
transaction_begin(struct session *s)
{
	s->queue_id[0] = '\0';
	s->more = 0;
	s->rcpt_max = least(s->ehlo.rcpt_max, s->params.rcpt_max);
	envelope_end(s->tr.env);
	if (wishes_check(s) == -1 || !transaction_left(s))
		return leave(s);
	return begin(s);
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

/* Another one is not to be had on this connection. */
static int
worn_out(const struct session *s)
{
	return s->quit_said || s->more || s->no_more ||
	    (s->ehlo.mail_max > 0 && s->done >= s->ehlo.mail_max);
}

/* Every reply is in: what is left makes another transaction. */
static enum phase
finished(struct session *s, int clean)
{
	int left;

	envelope_end(s->tr.env);
	s->dirty = !clean;
	s->all_out = 0;
	s->done++;
	left = transaction_left(s);
	if (left && !worn_out(s))
		return begin(s);
	s->more = left;
	return leave(s);
}

/* May the message follow before we know that anybody is to get it? */
static int
in_one_flight(const struct session *s)
{
	return !phase_may(s, EHLO_CHUNKING) || s->tr.size <= SESSION_FLIGHT_MAX;
}

/* DATA or BDAT may end the flight as long as somebody may yet be accepted. */
static int
may_say_data(const struct session *s)
{
	if (s->mail_refused)
		return 0;
	return in_one_flight(s) ? s->said > s->refused : s->accepted > 0;
}

static enum phase
begin_body(struct session *s)
{
	s->body = (struct body){ .chunk = phase_may(s, EHLO_CHUNKING) };
	s->fed = 0;
	s->bodies++;
	return PH_BODY;
}

static enum phase
say_data(struct session *s)
{
	s->data_said = 1;
	if (!phase_may(s, EHLO_CHUNKING)) {
		phase_say_word(s, V_DATA, "DATA");
		return PH_ENVELOPE;
	}
	/* A number always fits. */
	command_add(&s->out, "BDAT %" PRIu64 " LAST", s->tr.size);
	lane_push(&s->lane, V_DOT, 0);
	return begin_body(s);
}

/* Many recipients at a time, not one for each reply: small segments are what a
 * server with little room drops. */
static int
too_many_owed(struct session *s)
{
	size_t owed = s->said - s->accepted - s->refused;

	if (owed >= RCPTS_OWED_MAX)
		s->pausing = 1;
	else if (owed <= RCPTS_OWED_MAX / 2)
		s->pausing = 0;
	return s->pausing;
}

enum phase
transaction_envelope(struct session *s)
{
	size_t i;

	while (!s->data_said && transaction_room(s) &&
	    s->out.len < FLIGHT_MAX) {
		if (!s->mail_said)
			wishes_mail(s);
		else if (!s->mail_refused &&
		    (i = next_rcpt(s)) < s->tr.env->nrcpt) {
			if (too_many_owed(s))
				break;
			note_domain(s, i);
			s->next_rcpt++;
			wishes_rcpt(s, i);
		} else if (may_say_data(s))
			return say_data(s);
		else
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

/* The whole transaction was. */
static void
refused_now(struct session *s)
{
	envelope_mark_now(s->tr.env, failure(&s->reply),
	    reply_kind(&s->reply, STAGE_MAIL), reply_words(&s->reply));
}

/* A sender was taken before, on this connection: so it has had its fill. */
static enum phase
worn_out_now(struct session *s)
{
	envelope_mark_now(s->tr.env, RCPT_WAITING, ERR_NONE, NULL);
	s->more = 1;
	return s->phase;
}

enum phase
transaction_on_mail(struct session *s, size_t unused)
{
	int class = reply_class(&s->reply);

	(void)unused;
	if (class == 2)
		return s->phase;
	if (class == 3)
		return phase_refused(s, STAGE_MAIL, "in reply to MAIL: ");
	s->mail_refused = 1;
	log_story("sender <%s> refused: %s", str_shown(s->tr.env->sender,
	    strlen(s->tr.env->sender)), reply_words(&s->reply));
	if (class == 4 && s->done > 0)
		return worn_out_now(s);
	refused_now(s);
	/* Those in later transactions would fare no better. */
	envelope_move(s->tr.env, RCPT_WAITING, failure(&s->reply),
	    reply_kind(&s->reply, STAGE_MAIL), reply_words(&s->reply));
	return s->phase;
}

/* RFC 5321 4.5.3.1.10: this one is for another transaction.  A 552 says so
 * only with its enhanced code. */
static int
too_many(const struct session *s)
{
	const struct reply *r = &s->reply;

	if (s->accepted == 0)
		return 0;
	return (r->code == 452 && (r->dsn[0] == '\0' ||
	    strcmp(r->dsn, "4.5.3") == 0)) ||
	    (r->code == 552 && strcmp(r->dsn, "5.5.3") == 0);
}

static void
put_back(struct session *s, size_t i)
{
	s->tr.env->rcpt[i].now = 0;
	envelope_mark(s->tr.env, i, RCPT_WAITING, ERR_NONE, NULL);
	s->rcpt_max = least(s->rcpt_max, s->accepted);
}

static void
refuse_rcpt(struct session *s, size_t i)
{
	s->tr.env->rcpt[i].now = 0;
	envelope_mark(s->tr.env, i, failure(&s->reply),
	    reply_kind(&s->reply, STAGE_RCPT), reply_words(&s->reply));
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
		env->rcpt[i].now &= class == 2;
	else if (class == 2 && !s->all_out)
		envelope_mark(env, i, RCPT_ACCEPTED, ERR_NONE, NULL);
	else if (class != 2 && too_many(s))
		put_back(s, i);
	else if (class != 2)
		refuse_rcpt(s, i);
	return s->phase;
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
	if (s->reply.code == 354)
		return begin_body(s);
	if (class != 4 && class != 5)
		return phase_refused(s, STAGE_MAIL, "in reply to DATA: ");
	refused_now(s);
	return finished(s, 0);
}

enum phase
transaction_on_no_message(struct session *s, size_t unused)
{
	(void)unused;
	return finished(s, 0);
}

void
transaction_all_out(struct session *s)
{
	s->all_out = 1;
	s->next_rcpt = 0;		/* for LMTP's replies */
	if (!s->mail_refused)
		envelope_mark_now(s->tr.env, RCPT_IN_DOUBT, ERR_TEMP, NULL);
}

/* The rest of the message is not wanted, and the line cannot be used again. */
enum phase
transaction_interrupted(struct session *s)
{
	int class = reply_class(&s->reply);

	if (class != 4 && class != 5)
		phase_refused(s, STAGE_MAIL, "before the message was sent: ");
	else if (!s->mail_refused) {
		refused_now(s);
		envelope_end(s->tr.env);
		s->more = transaction_left(s);
	}
	return phase_hang_up(s);
}

/* Nobody can know what a server means that refuses MAIL and takes the rest. */
static enum phase
accepted_unsent(struct session *s)
{
	envelope_mark_now(s->tr.env, RCPT_IN_DOUBT, ERR_TEMP,
	    "the server refused the sender and then took the message");
	return finished(s, 1);
}

/* As many of them as there is room for whole. */
static void
take_queue_id(struct session *s)
{
	char id[sizeof(s->queue_id)];
	size_t had = strlen(s->queue_id);

	reply_queue_id(&s->reply, id, sizeof(id));
	if (id[0] == '\0' || had + 1 + strlen(id) >= sizeof(s->queue_id))
		return;
	if (had > 0)
		s->queue_id[had++] = ',';
	strlcpy(s->queue_id + had, id, sizeof(s->queue_id) - had);
}

/* 421 for the message is the end of the session too: for those who were not in
 * the transaction it is the reason. */
static enum phase
closing(struct session *s)
{
	if (!s->params.lmtp)
		envelope_end(s->tr.env);
	if (transaction_left(s))
		phase_refused(s, STAGE_SESSION, "");
	return phase_hang_up(s);
}

/* RFC 2033 4.2: a reply for each recipient that was accepted, in order. */
static enum phase
on_dot_of_one(struct session *s)
{
	struct envelope *env = s->tr.env;
	size_t i = s->next_rcpt;

	while (!env->rcpt[i].now)
		i++;
	env->rcpt[i].now = 0;
	s->next_rcpt = i + 1;
	if (reply_class(&s->reply) == 2) {
		envelope_mark(env, i, RCPT_SENT, ERR_NONE, NULL);
		take_queue_id(s);
	} else
		envelope_mark(env, i, failure(&s->reply),
		    reply_kind(&s->reply, STAGE_RCPT), reply_words(&s->reply));
	if (s->reply.code == 421)
		return closing(s);
	if (--s->accepted == 0)
		return finished(s, 1);
	lane_again(&s->lane, V_DOT);
	return s->phase;
}

enum phase
transaction_on_dot(struct session *s, size_t unused)
{
	int class = reply_class(&s->reply);

	(void)unused;
	if (!s->all_out)
		return transaction_interrupted(s);
	/* 221 answers a QUIT, and so does not accept anything. */
	if (class == 3 || s->reply.code == 221)
		return phase_fail(s, ERR_PROTOCOL, "in reply to the message: "
		    "%s", reply_words(&s->reply));
	if (s->mail_refused && class == 2 && s->accepted > 0)
		return accepted_unsent(s);
	if (s->mail_refused || s->accepted == 0)
		return finished(s, 0);
	if (s->params.lmtp)
		return on_dot_of_one(s);
	if (class == 2) {
		envelope_mark_now(s->tr.env, RCPT_SENT, ERR_NONE, NULL);
		take_queue_id(s);
	} else
		refused_now(s);
	/* After a BDAT that failed only RSET is safe (RFC 3030 2). */
	return s->reply.code == 421 ? closing(s) :
	    finished(s, class == 2 || !s->body.chunk);
}
