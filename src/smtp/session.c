#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "smtp/command.h"
#include "smtp/phases.h"

#define BODY_SECONDS	180		/* RFC 5321 4.5.3.2.5 */
#define TLS_SECONDS	120
#define CODE_LEN	4		/* "250 " */
#define PARTING_SECONDS	10		/* nothing is owed any more */

static enum phase on_quit(struct session *, size_t);
static enum phase say_quit(struct session *);

/* What each phase puts on the wire, if anything. */
static phase_say *const says[] = {
	[PH_EHLO]	= opening_ehlo,
	[PH_HELO]	= opening_helo,
	[PH_STARTTLS]	= opening_starttls,
	[PH_AUTH]	= opening_auth,
	[PH_RSET]	= transaction_rset,
	[PH_ENVELOPE]	= transaction_envelope,
	[PH_QUIT]	= say_quit,
	[PH_CLOSED]	= NULL,
};

/* Who takes in the reply to what, how long it may take (RFC 5321 4.5.3.2, in
 * seconds), and what is missing without it. */
static const struct {
	phase_on	*on;
	unsigned	 patience;
	const char	*lack;
} verbs[] = {
	[V_GREETING]	= { opening_on_greeting, 300,
	    "no greeting" },
	[V_EHLO]	= { opening_on_ehlo, 300,
	    "no reply to EHLO" },
	[V_HELO]	= { opening_on_helo, 300,
	    "no reply to HELO" },
	[V_STARTTLS]	= { opening_on_starttls, 120,
	    "no reply to STARTTLS" },
	[V_AUTH]	= { opening_on_auth, 180,
	    "no reply to AUTH" },
	[V_CANCEL]	= { opening_on_cancel, 180,
	    "no reply to AUTH" },
	[V_MAIL]	= { transaction_on_mail, 300,
	    "no reply to MAIL" },
	[V_RCPT]	= { transaction_on_rcpt, 300,
	    "no reply to RCPT" },
	[V_DATA]	= { transaction_on_data, 120,
	    "no reply to DATA" },
	[V_DOT]		= { transaction_on_dot, 600,
	    "no reply to the message" },
	[V_NO_MESSAGE]	= { transaction_on_no_message, 600,
	    "no reply to the message" },
	[V_RSET]	= { transaction_on_rset, 300,
	    "no reply to RSET" },
	[V_QUIT]	= { on_quit, PARTING_SECONDS,
	    "no reply to QUIT" },
};

static enum phase
say_quit(struct session *s)
{
	if (!s->quit_said)
		phase_say_word(s, V_QUIT, "QUIT");
	s->quit_said = 1;
	return PH_QUIT;
}

/* What is no good-bye may be the answer to something else: see unasked(). */
static enum phase
on_quit(struct session *s, size_t unused)
{
	(void)unused;
	s->odd_parting = reply_class(&s->reply) != 2;
	return PH_QUIT;
}

/* Say all that may be said now. */
static void
proceed(struct session *s)
{
	enum phase before;

	do {
		before = s->phase;
		if (says[before] != NULL)
			s->phase = says[before](s);
	} while (s->phase != before);
}

void
session_init(struct session *s, const struct session_params *p)
{
	*s = (struct session){
		.params = *p, .phase = PH_GREETING, .last = REPLY_INIT,
		.reply = REPLY_INIT, .ehlo = EHLO_INIT, .unanswered = 1,
		.out = BUF_SECRET(SESSION_OUT_MAX),
		.held = BUF_SECRET(SASL_RESPONSE_MAX),
		.told = TOLD_INIT,
		.crossed = BUF_MAX(REPLY_TEXT_MAX),
		.tls_up = p->tls == SESSION_TLS,
	};
	lane_push(&s->lane, V_GREETING, 0);
}

enum session_want
session_want(const struct session *s)
{
	switch (s->phase) {
	case PH_HANDSHAKE:
		return SESSION_STARTTLS_NOW;
	case PH_READY:
		return SESSION_READY;
	case PH_BODY:
		return s->out.len < SESSION_RECORD ? SESSION_BODY : SESSION_IO;
	case PH_QUIT:
		return s->out.len == 0 ? SESSION_CLOSE : SESSION_IO;
	case PH_CLOSED:
		return SESSION_CLOSE;
	case PH_GREETING:
	case PH_EHLO:
	case PH_HELO:
	case PH_STARTTLS:
	case PH_AUTH:
	case PH_LOGIN:
	case PH_RSET:
	case PH_ENVELOPE:
	case PH_DOT:
		break;
	}
	return SESSION_IO;
}

unsigned
session_can(const struct session *s)
{
	return s->ehlo.can;
}

void
session_mail(struct session *s, const struct transaction *tr)
{
	assert(s->phase == PH_READY);
	s->tr = *tr;
	s->phase = transaction_begin(s);
	proceed(s);
}

void
session_quit(struct session *s)
{
	assert(s->phase == PH_READY);
	s->phase = PH_QUIT;
	proceed(s);
}

/* For who looks on. */
static void
mark(struct session *s, enum session_mark what)
{
	if (s->params.mark != NULL)
		s->params.mark(s->params.mark_arg, what, s);
}

void
session_tls_up(struct session *s)
{
	assert(s->phase == PH_HANDSHAKE);
	s->tls_up = 1;
	mark(s, SESSION_SECURED);
	s->phase = PH_EHLO;
	proceed(s);
}

/*
 * Where a refusal answers QUIT, and then comes the good-bye, a reply was one
 * too many, and the refusal may be that of the message.
 */
static enum phase
one_too_many(struct session *s)
{
	struct envelope *env = s->tr.env;
	size_t i;

	if (!s->odd_parting || reply_class(&s->reply) != 2 || env == NULL)
		return s->phase;
	err_set(&s->err, ERR_PROTOCOL, "the server sent a reply too many");
	for (i = 0; i < env->nrcpt; i++)
		if (env->rcpt[i].status == RCPT_SENT &&
		    env->rcpt[i].where == NULL)		/* it was here */
			envelope_mark(env, i, RCPT_IN_DOUBT, ERR_TEMP,
			    s->err.text);
	return phase_hang_up(s);
}

/* A reply to no command of ours. */
static enum phase
unasked(struct session *s)
{
	if (s->phase == PH_QUIT)
		return one_too_many(s);
	if (s->phase == PH_BODY && !s->body.chunk)
		return transaction_interrupted(s);
	if (s->reply.code == 421)
		return phase_refused(s, STAGE_SESSION, "");
	return phase_fail(s, ERR_PROTOCOL, "the server sent a reply that "
	    "nobody asked for: %s", reply_words(&s->reply));
}

/* Is nothing of what was said since the last reply out yet?  (A message may
 * be refused before its end.) */
static int
is_early(const struct session *s)
{
	return s->out.len > 0 && s->written == s->idle_at &&
	    lane_head(&s->lane) != V_DOT;
}

/* 421 may answer anything, and ends the session (RFC 5321 4.2.3). */
static enum phase
answer(struct session *s, enum verb verb, size_t i)
{
	if (s->reply.code == 421 && verb != V_DOT && verb != V_QUIT) {
		s->all_out = 0;		/* it came too late */
		if (verb == V_MAIL && s->done > 0)
			s->more = 1;	/* it has had its fill of us */
		else
			phase_refused(s, STAGE_SESSION, "");
		return phase_hang_up(s);
	}
	return verbs[verb].on(s, i);
}

/* What the reply to that means for who looks on. */
static void
mark_reply(struct session *s, enum verb verb)
{
	if (reply_class(&s->reply) != 2)
		return;
	if (verb == V_GREETING)
		mark(s, SESSION_GREETED);
	else if (verb == V_EHLO || verb == V_HELO)
		mark(s, SESSION_HELLO);
	else if (verb == V_AUTH && s->mechanism[0] != '\0')
		mark(s, SESSION_LOGGED_IN);
}

static void
keep_last(struct session *s)
{
	struct reply r = s->last;

	s->last = s->reply;
	s->reply = r;
}

/* A challenge is for who answers it, and for nobody else. */
static void
hide_challenge(struct session *s)
{
	if (s->reply.code != 334 || s->reply.text.len == 0)
		return;
	buf_clear(&s->reply.text);
	buf_adds(&s->reply.text, "***");
}

/* What begins in one line of a reply may end in the next. */
static void
cross_out_all(struct session *s)
{
	struct buf *text = &s->reply.text;

	if (s->reply.code != 334 && s->told.words.len > 0 &&
	    strchr(buf_str(text), '\n') != NULL)
		told_cross_out(&s->told, text->data, text->len);
}

static void
take_reply(struct session *s)
{
	enum verb verb = V_GREETING;
	size_t i = 0;

	if (s->unanswered)
		s->turns++;
	s->unanswered = 0;
	s->replies++;
	cross_out_all(s);
	if (s->lane.owed == 0 || is_early(s)) {
		hide_challenge(s);
		s->phase = unasked(s);
	} else {
		verb = lane_pop(&s->lane, &i);
		if (verb != V_AUTH)
			hide_challenge(s);
		if (s->lane.owed == 0)
			s->idle_at = s->written;
		s->phase = answer(s, verb, i);
		mark_reply(s, verb);
	}
	hide_challenge(s);
	if (verb != V_QUIT)
		keep_last(s);
	reply_clear(&s->reply);
	proceed(s);
}

/* Does the line begin as a reply does?  Its code is no secret. */
static int
has_code(const char *line, size_t n)
{
	return n >= CODE_LEN && str_digit(line[0]) && str_digit(line[1]) &&
	    str_digit(line[2]) && (line[3] == ' ' || line[3] == '-');
}

/* Some servers echo what they refuse.  Returns the line without that. */
static const char *
cross_out(struct session *s, const char *line, size_t n)
{
	size_t at = has_code(line, n) ? CODE_LEN : 0;

	buf_clear(&s->crossed);
	if (s->told.words.len == 0 || n == 0 ||
	    buf_add(&s->crossed, line, n) == -1)
		return line;
	told_cross_out(&s->told, s->crossed.data + at, n - at);
	return s->crossed.data;
}

/*
 * Returns the line as it may be shown, having shown it.  A challenge is not:
 * with the response to it, or SCRAM's own proof, a password can be guessed.
 */
static const char *
overhear(struct session *s, const char *line, size_t n)
{
	if (s->phase == PH_LOGIN && str_begins(line, n, "334")) {
		log_dialogue("S: 334%.1s%s", line + 3, n > CODE_LEN ? "***" :
		    "");
		return line;
	}
	line = cross_out(s, line, n);
	if (log_wants_dialogue())
		log_dialogue("S: %s", str_shown(line, n));
	return line;
}

void
session_line(struct session *s, const char *line, size_t n)
{
	if (s->phase == PH_CLOSED)
		return;
	switch (reply_feed(&s->reply, overhear(s, line, n), n)) {
	case REPLY_MORE:
		break;
	case REPLY_DONE:
		take_reply(s);
		break;
	case REPLY_BAD:
		line = cross_out(s, line, n);
		phase_fail(s, ERR_PROTOCOL, "the server does not speak SMTP: "
		    "\"%s\"", str_shown(line, n));
		s->phase = phase_hang_up(s);
		break;
	}
}

const struct buf *
session_out(const struct session *s)
{
	return &s->out;
}

void
session_wrote(struct session *s, size_t n)
{
	buf_eat(&s->out, n);
	s->written += n;
	s->unanswered = 1;
	if (s->dot_end != 0 && s->written >= s->dot_end) {
		s->dot_end = 0;
		transaction_all_out(s);
	}
	proceed(s);
}

/* Is this the last that we have to say? */
static int
may_part(const struct session *s)
{
	return s->tr.last && transaction_room(s) && !transaction_left(s);
}

static void
end_body(struct session *s)
{
	s->dot_end = s->written + s->out.len;
	log_dialogue("C: (message%s)", s->body.chunk ? "" : " and dot");
	s->phase = PH_DOT;
	if (may_part(s))
		say_quit(s);
}

char *
session_room(struct session *s, size_t *n)
{
	uint64_t left = s->tr.size - s->fed;

	assert(s->phase == PH_BODY);
	*n = SESSION_BLOCK;
	if (!s->body.chunk)
		return NULL;
	if (left < SESSION_BLOCK)
		*n = (size_t)left;
	return buf_room(&s->out, *n);
}

void
session_body(struct session *s, const char *p, size_t n)
{
	int r;

	assert(s->phase == PH_BODY && n <= SESSION_BLOCK);
	/* More than was announced would be taken for commands. */
	assert(!s->body.chunk || n <= s->tr.size - s->fed);
	s->fed += n;
	r = body_add(&s->body, &s->out, p, n);
	assert(r == 0);
	(void)r;
	if (s->body.chunk && s->fed == s->tr.size)
		end_body(s);
}

void
session_body_end(struct session *s)
{
	int r;

	assert(s->phase == PH_BODY && !s->body.chunk);
	r = body_end(&s->body, &s->out);
	assert(r == 0);
	(void)r;
	lane_push(&s->lane, V_DOT, 0);
	end_body(s);
}

void
session_lost(struct session *s, const struct err *why)
{
	if (s->phase == PH_QUIT)
		s->phase = PH_CLOSED;
	if (s->phase == PH_CLOSED)
		return;
	if (s->err.kind == ERR_NONE)
		s->err = *why;
	s->phase = phase_hang_up(s);
}

int
session_in_doubt(const struct session *s)
{
	return s->all_out;
}

void
session_finish(struct session *s)
{
	s->no_more = 1;
}

int
session_owed(const struct session *s)
{
	return s->lane.owed > 0;
}

unsigned
session_patience(const struct session *s)
{
	unsigned n = s->phase == PH_BODY ? BODY_SECONDS :
	    s->phase == PH_HANDSHAKE ? TLS_SECONDS : PARTING_SECONDS;

	if (s->lane.owed > 0)
		n = verbs[lane_head(&s->lane)].patience;
	if (s->params.timeout_s > 0 && s->params.timeout_s < n)
		n = s->params.timeout_s;
	return n;
}

const char *
session_lack(const struct session *s)
{
	if (s->lane.owed > 0)
		return verbs[lane_head(&s->lane)].lack;
	return s->phase == PH_BODY ? "it takes no more of the message" :
	    "no end in sight";
}

int
session_is_final(const struct session *s)
{
	return s->login != NULL && login_is_final(s->login, &s->last);
}

void
session_free(struct session *s)
{
	login_free(s->login);
	s->login = NULL;
	reply_free(&s->reply);
	reply_free(&s->last);
	ehlo_free(&s->ehlo);
	buf_free(&s->out);
	buf_free(&s->held);
	told_free(&s->told);
	buf_free(&s->crossed);
}
