/*
 * Every dialogue with several windows, the wire taken whole and byte by byte,
 * and cut after every line of the server: what is said of a recipient must be
 * true each time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "dialogs.h"

#define LINES_MAX	64

/* A server that plays a dialogue, fed with the octets that we write. */
struct server {
	const struct dialog	*dialog;
	struct buf		 line, got;
	size_t			 window;
	int			 chunking;
	size_t			 chunk;		/* octets of BDAT to come */
	int			 in_data, has_dot, body_said, hung_up, quit;
	int			 challenged;	/* the last reply was 334 */
	int			 mail_refused;
	size_t			 mails, accepted;	/* MAIL, RCPT */
	char			 who[8];	/* accepted: first letters */
	char			*queue[LINES_MAX];
	size_t			 head, tail;
};

static void
reply(struct server *sv, const char *text)
{
	size_t n;

	if (text == NULL || sv->hung_up)
		return;
	sv->challenged = sv->dialog->login != NULL &&
	    strncmp(text, "334", 3) == 0;
	for (;; text += n + 1) {
		n = strcspn(text, "\n");
		if (strcmp(text, "HANGUP") == 0) {
			sv->hung_up = 1;
			return;
		}
		assert_true(sv->tail < LINES_MAX);
		sv->queue[sv->tail++] = mem_strn(text, n);
		if (text[n] == '\0')
			return;
	}
}

/* What no client may do, whatever the server said. */
static void
assert_manners(const struct server *sv, const char *line)
{
	/* In the middle of a login it would be a response. */
	assert_false(sv->challenged && strcmp(line, "QUIT") == 0);
	/* Nobody is there to get it. */
	if (sv->window == 1 && (strcmp(line, "DATA") == 0 ||
	    strncmp(line, "BDAT", 4) == 0))
		assert_true(sv->accepted > 0 && !sv->mail_refused);
}

/* CHUNKING is one more line. */
static void
offer(struct server *sv, const char *r)
{
	struct buf more = BUF_MAX(2000);
	size_t n = strcspn(r, "\n");

	buf_addf(&more, "250-%.*s\n250%cCHUNKING%s", (int)n - 4, r + 4,
	    r[n] == '\0' ? ' ' : '-', r + n);
	reply(sv, buf_str(&more));
	buf_free(&more);
}

/* A limit comes before any rule. */
static const char *
limit(const struct server *sv, const char *line)
{
	const struct dialog *d = sv->dialog;

	if (strncmp(line, "MAIL", 4) == 0 && d->mail_limit > 0 &&
	    sv->mails >= d->mail_limit)
		return "451 4.3.0 enough for today";
	if (strncmp(line, "RCPT", 4) == 0 && d->rcpt_limit > 0 &&
	    sv->accepted >= d->rcpt_limit)
		return "452 4.5.3 too many recipients";
	return NULL;
}

static void
note_envelope(struct server *sv, const char *line, int accepted)
{
	if (strncmp(line, "MAIL", 4) == 0) {
		sv->mail_refused = !accepted;
		sv->mails++;
		sv->accepted = 0;
		sv->body_said = 0;
	}
	if (strncmp(line, "RCPT", 4) == 0 && accepted &&
	    sv->accepted < sizeof(sv->who))
		sv->who[sv->accepted++] = line[9];
}

static void
on_command(struct server *sv, const char *line)
{
	const char *r = limit(sv, line);

	if (r == NULL)
		r = dialog_reply(sv->dialog, line);
	assert_manners(sv, line);
	note_envelope(sv, line, r != NULL && r[0] == '2');
	if (strncmp(line, "BDAT", 4) == 0) {
		assert_true(sv->chunking);
		assert_non_null(strstr(line, " LAST"));
		sv->chunk = (size_t)atoi(line + 5);
		assert_true(sv->chunk > 0);
		return;
	}
	sv->in_data = strcmp(line, "DATA") == 0 && strncmp(r, "354", 3) == 0;
	if (sv->chunking && line[0] != '\0' && line[1] == 'H' &&
	    strncmp(r, "250", 3) == 0 && strncmp(line, "HELO", 4) != 0)
		offer(sv, r);
	else
		reply(sv, r);
}

/* All of the message is here. */
static void
on_end(struct server *sv)
{
	const struct dialog *d = sv->dialog;
	char who[8] = ".<a@";
	size_t i;

	sv->has_dot = 1;
	if (sv->chunking && dialog_rules(d, "BDAT"))
		reply(sv, dialog_reply(d, "BDAT"));
	else if (sv->chunking && (sv->accepted == 0 || sv->mail_refused))
		reply(sv, "503 5.5.1 nobody is to get it");
	else if (!d->lmtp || sv->accepted == 0)
		reply(sv, dialog_reply(d, "."));
	else
		for (i = 0; i < sv->accepted; i++) {
			who[2] = sv->who[i];
			reply(sv, dialog_reply(d, who));
		}
}

static void
on_line(struct server *sv)
{
	const char *line = buf_str(&sv->line);

	if (sv->in_data && strcmp(line, ".") == 0) {
		/* Even an empty message would reach those accepted. */
		assert_false(sv->mail_refused && sv->accepted > 0);
		sv->in_data = 0;
		on_end(sv);
	} else if (sv->in_data) {
		buf_addf(&sv->got, "%s\r\n", line + (line[0] == '.'));
		if (!sv->body_said++)
			reply(sv, dialog_reply(sv->dialog, "(body)"));
	} else if (strcmp(line, "QUIT") == 0) {
		assert_manners(sv, line);
		sv->quit = 1;
		reply(sv, "221 bye");
	} else
		on_command(sv, line);
}

static void
on_chunk(struct server *sv, char c)
{
	buf_addc(&sv->got, c);
	if (!sv->body_said++)
		reply(sv, dialog_reply(sv->dialog, "(body)"));
	if (--sv->chunk == 0)
		on_end(sv);
}

static void
serve(struct server *sv, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && !sv->hung_up; i++) {
		if (sv->chunk > 0) {
			on_chunk(sv, p[i]);
			continue;
		}
		if (p[i] != '\n') {
			buf_addc(&sv->line, p[i]);
			continue;
		}
		/* Only CRLF ends a line. */
		assert_true(sv->line.len > 0 &&
		    sv->line.data[sv->line.len - 1] == '\r');
		buf_cut(&sv->line, sv->line.len - 1);
		assert_null(memchr(buf_str(&sv->line), '\r', sv->line.len));
		on_line(sv);
		buf_clear(&sv->line);
	}
}

static void
server_free(struct server *sv)
{
	while (sv->head < sv->tail)
		free(sv->queue[sv->head++]);
	buf_free(&sv->line);
	buf_free(&sv->got);
}

enum pace { WHOLE, BY_BYTE, BODY_WHOLE };	/* the wire; and the body */

struct play {
	size_t		 window;	/* of the session */
	enum pace	 pace;
	size_t		 cut;		/* hang up after so many lines */
	int		 chunking;
};

struct outcome {
	struct envelope	 env;
	struct err	 err;
	size_t		 lines;		/* of the server, read */
	int		 finished;	/* not cut, not stalled */
	int		 has_dot;	/* the server has the whole message */
	int		 answered;	/* and its reply was read */
	int		 more;
	size_t		 at;		/* in the body that is sent */
	unsigned	 bodies;
	char		 got[128];
};

/* Hand over one line of the server, if there is one. */
static int
listen_once(struct server *sv, struct session *s, struct outcome *o)
{
	char *line;

	if (sv->head == sv->tail)
		return 0;
	line = sv->queue[sv->head++];
	if (o->has_dot && sv->head == sv->tail)
		o->answered = 1;
	session_line(s, line, strlen(line));
	free(line);
	o->lines++;
	return 1;
}

static void
speak(struct server *sv, struct session *s, enum pace pace)
{
	size_t n = pace != WHOLE ? 1 : session_out(s)->len;

	serve(sv, session_out(s)->data, n);
	session_wrote(s, n);
}

static void
feed(struct session *s, enum pace pace, struct outcome *o)
{
	size_t left, n, *at = &o->at;

	if (o->bodies != s->bodies)
		*at = 0;
	o->bodies = s->bodies;
	left = sizeof(dialog_message) - 1 - *at;
	n = pace == BY_BYTE && left > 1 ? 1 : left;
	if (pace == BODY_WHOLE) {
		session_body(s, dialog_message, left);
		if (session_want(s) == SESSION_BODY)
			session_body_end(s);
	} else if (n == 0)
		session_body_end(s);
	else
		session_body(s, dialog_message + *at, n);
	*at += n;
}

/* One step.  Returns 0 when nothing more happens. */
static int
step(const struct play *p, struct server *sv, struct session *s,
    struct transaction *tr, struct outcome *o)
{
	assert_true(p->window == 0 || s->lane.owed <= p->window);
	if (session_want(s) == SESSION_CLOSE)
		return 0;
	if (p->pace != WHOLE && o->lines < p->cut && listen_once(sv, s, o))
		return 1;
	if (session_out(s)->len > 0) {
		speak(sv, s, p->pace);
		o->has_dot = sv->has_dot;
		return 1;
	}
	if (session_want(s) == SESSION_STARTTLS_NOW)
		session_tls_up(s);
	else if (session_want(s) == SESSION_READY && tr->env != NULL) {
		session_mail(s, tr);
		tr->env = NULL;
	} else if (session_want(s) == SESSION_READY)
		session_quit(s);
	else if (session_want(s) == SESSION_BODY)
		feed(s, p->pace, o);
	else
		return o->lines < p->cut && listen_once(sv, s, o);
	return 1;
}

static void
play(const struct dialog *d, const struct play *p, struct outcome *o)
{
	static const struct err gone = { ERR_TEMP, "cut: no reply to the "
	    "message" };
	struct sasl_params login = dialog_login(d);
	struct session_params params = { .helo = "client.example",
	    .tls = d->tls, .auth = d->login != NULL ? &login : NULL,
	    .window = p->window, .lmtp = d->lmtp };
	struct transaction tr = { .env = &o->env, .last = 1,
	    .size = d->size > 0 ? (unsigned)d->size :
	    sizeof(dialog_message) - 1, .eightbit = d->eightbit,
	    .dsn_notify = d->notify };
	struct server sv = { .dialog = d, .line = BUF_MAX(2000),
	    .got = BUF_MAX(2000), .window = p->window,
	    .chunking = p->chunking };
	struct session s;

	*o = (struct outcome){ .lines = 0 };
	dialog_envelope(d, &o->env);
	session_init(&s, &params);
	reply(&sv, dialog_reply(d, "(connect)"));
	while (step(p, &sv, &s, &tr, o))
		;
	o->finished = session_want(&s) == SESSION_CLOSE;
	session_lost(&s, &gone);
	assert_int_equal(session_want(&s), SESSION_CLOSE);
	o->err = s.err;
	o->more = s.more;
	strlcpy(o->got, buf_str(&sv.got), sizeof(o->got));
	session_free(&s);
	server_free(&sv);
}

/* What may be said of a recipient when the line broke early. */
static void
assert_honest(const struct dialog *d, const struct outcome *o, size_t i)
{
	enum rcpt_status got = o->env.rcpt[i].status;

	switch (got) {
	case RCPT_WAITING:
		/* A server that has it all may have accepted it. */
		if ((d->want[i] == RCPT_SENT || d->want[i] == RCPT_IN_DOUBT) &&
		    d->rcpt_limit == 0 && d->copies == 0)
			assert_false(o->has_dot);
		return;
	case RCPT_IN_DOUBT:
		assert_true(o->has_dot);
		assert_true(!o->answered || d->rcpt_limit > 0 ||
		    d->copies != 0 || d->want[i] == RCPT_IN_DOUBT);
		assert_non_null(o->env.rcpt[i].why);
		return;
	case RCPT_ACCEPTED:
		fail_msg("accepted is no end");
		return;
	case RCPT_SENT:
		assert_true(o->has_dot);
		/* FALLTHROUGH */
	case RCPT_TEMPFAIL:
	case RCPT_PERMFAIL:
		assert_int_equal(got, d->want[i]);
		return;
	}
}

static void
assert_copies(const char *got, int n)
{
	size_t len = sizeof(dialog_message) - 1;

	for (n = n > 0 ? n : 1; n > 0; n--, got += len)
		assert_int_equal(strncmp(got, dialog_message, len), 0);
	assert_string_equal(got, "");
}

static void
assert_outcome(const struct dialog *d, const struct outcome *o)
{
	size_t i;

	for (i = 0; i < DIALOG_RCPTS; i++) {
		assert_int_equal(o->env.rcpt[i].status, d->want[i]);
		assert_int_equal(o->env.rcpt[i].kind, d->kind[i]);
		if (d->kind[i] != ERR_NONE)
			assert_non_null(o->env.rcpt[i].why);
		if (d->want[i] == RCPT_SENT && d->copies >= 0)
			assert_copies(o->got, d->copies);
	}
	assert_int_equal(o->more, d->more);
	assert_int_equal(o->err.kind, d->err);
	if (d->words != NULL)
		assert_non_null(strstr(o->err.text, d->words));
}

/* The whole of it, and cut after every line. */
static void
play_all(const struct dialog *d, struct play *p)
{
	struct outcome o;
	size_t i, total;

	p->cut = SIZE_MAX;
	play(d, p, &o);
	assert_outcome(d, &o);
	total = o.lines;
	envelope_free(&o.env);
	for (p->cut = 0; p->cut < total; p->cut++) {
		play(d, p, &o);
		for (i = 0; i < DIALOG_RCPTS; i++)
			assert_honest(d, &o, i);
		assert_true(o.finished || o.err.kind != ERR_NONE);
		envelope_free(&o.env);
	}
}

static void
test_dialog(void **state)
{
	static const size_t windows[] = { 1, 2, 0 };
	const struct dialog *d = *state;
	struct play p;
	size_t w;

	for (w = 0; w < 18; w++) {
		p = (struct play){ windows[w / 3 % 3], (enum pace)(w % 3),
		    SIZE_MAX, w >= 9 };
		if (d->early && p.pace == WHOLE)
			continue;
		if (dialog_rules(d, p.chunking ? "DATA" : "BDAT"))
			continue;
		play_all(d, &p);
	}
}

/* Two transactions, the first of which failed: RSET comes between. */
static void
test_second_transaction(void **state)
{
	static const struct dialog d = { .name = "second", .rule = {
	    { "EHLO", EHLO_ALL }, { "RCPT TO:<a@", "550 5.1.1 no" },
	    { "DATA", "503 no" } } };
	struct session_params params = { .helo = "client.example" };
	struct server sv = { .dialog = &d, .line = BUF_MAX(2000),
	    .got = BUF_MAX(2000) };
	struct envelope env = ENVELOPE_INIT;
	struct transaction tr = { .env = &env, .size = 19 };
	struct outcome o = { .lines = 0 };
	struct play p = { .cut = SIZE_MAX };
	struct session s;
	int said_rset = 0;

	(void)state;
	envelope_sender(&env, "");
	envelope_add(&env, "a@x.example", "a@x.example");
	session_init(&s, &params);
	reply(&sv, dialog_reply(&d, "(connect)"));
	while (session_want(&s) != SESSION_READY)
		assert_true(step(&p, &sv, &s, &tr, &o));
	session_mail(&s, &tr);
	tr.env = NULL;
	while (session_want(&s) != SESSION_READY)
		assert_true(step(&p, &sv, &s, &tr, &o));
	assert_int_equal(env.rcpt[0].status, RCPT_PERMFAIL);
	envelope_add(&env, "b@x.example", "b@x.example");
	tr.env = &env;
	session_mail(&s, &tr);
	said_rset = strncmp(buf_str(session_out(&s)), "RSET\r\n", 6) == 0;
	assert_true(said_rset);
	session_free(&s);
	server_free(&sv);
	envelope_free(&env);
}

/* A CRLF in an address never reaches the wire. */
static void
test_smuggling(void **state)
{
	static const struct dialog d = { .name = "smuggling",
	    .rule = { { "EHLO", EHLO_ALL }, { "DATA", "503 no" } } };
	struct session_params params = { .helo = "client.example" };
	struct server sv = { .dialog = &d, .line = BUF_MAX(2000),
	    .got = BUF_MAX(2000) };
	struct envelope env = ENVELOPE_INIT;
	struct transaction tr = { .env = &env, .size = 19, .last = 1 };
	struct outcome o = { .lines = 0 };
	struct play p = { .cut = SIZE_MAX };
	struct session s;

	(void)state;
	envelope_sender(&env, "me@example.org");
	envelope_add(&env, "a@x>\r\nRCPT TO:<evil@x", "a@x");
	session_init(&s, &params);
	reply(&sv, dialog_reply(&d, "(connect)"));
	while (step(&p, &sv, &s, &tr, &o))
		;
	assert_int_equal(session_want(&s), SESSION_CLOSE);
	assert_int_equal(env.rcpt[0].status, RCPT_PERMFAIL);
	assert_int_equal(env.rcpt[0].kind, ERR_DATA);
	assert_false(sv.has_dot);
	session_free(&s);
	server_free(&sv);
	envelope_free(&env);
}

/* One octet short of the dot's end nothing is in doubt. */
static void
test_edge_of_doubt(void **state)
{
	static const char *const lines[] = { "220 x", "250 x", "250 ok",
	    "250 ok", "354 go" };
	static const struct err gone = { ERR_TEMP, "gone" };
	struct session_params params = { .helo = "x", .window = 1 };
	struct envelope env;
	struct transaction tr = { .env = &env, .size = 2, .last = 1 };
	struct session s;
	size_t i, short_by;

	(void)state;
	for (short_by = 0; short_by < 2; short_by++) {
		env = (struct envelope)ENVELOPE_INIT;
		envelope_sender(&env, "");
		envelope_add(&env, "a@x.example", "a@x.example");
		session_init(&s, &params);
		for (i = 0; i < 5; i++) {
			session_line(&s, lines[i], strlen(lines[i]));
			if (session_want(&s) == SESSION_READY)
				session_mail(&s, &tr);
			session_wrote(&s, session_out(&s)->len);
		}
		session_body(&s, "x\r\n", 3);
		session_body_end(&s);
		session_wrote(&s, session_out(&s)->len - short_by);
		assert_int_equal(session_in_doubt(&s), short_by == 0);
		session_lost(&s, &gone);
		assert_int_equal(env.rcpt[0].status, short_by == 0 ?
		    RCPT_IN_DOUBT : RCPT_WAITING);
		session_free(&s);
		envelope_free(&env);
	}
}

static void
lines(struct session *s, const char *all)
{
	size_t n;

	for (; *all != '\0'; all += n + (all[n] != '\0')) {
		char *line;

		n = strcspn(all, "\n");
		line = mem_strn(all, n);
		session_line(s, line, n);
		free(line);
	}
}

/* As far as the first transaction, with everything offered. */
static void
to_ready(struct session *s, struct envelope *env, const char *offered)
{
	static const struct session_params params = { .helo = "x" };
	struct buf ehlo = BUF_MAX(2000);

	*env = (struct envelope)ENVELOPE_INIT;
	envelope_sender(env, "me@x.example");
	envelope_add(env, "a@x.example", "a@x.example");
	envelope_add(env, "b@y.example", "b@y.example");
	envelope_add(env, "c@x.example", "c@x.example");
	session_init(s, &params);
	lines(s, "220 x");
	session_wrote(s, session_out(s)->len);
	buf_addf(&ehlo, "250-x\n%s", offered);
	lines(s, buf_str(&ehlo));
	buf_free(&ehlo);
	assert_int_equal(session_want(s), SESSION_READY);
}

/* The whole transaction leaves at once, and is in doubt until it is answered,
 * whatever was said of its beginning. */
static void
test_one_flight(void **state)
{
	static const struct {
		const char		*replies;
		enum rcpt_status	 want[3];
	} rows[] = {
		{ "", DOUBT3 }, { "250 ok", DOUBT3 },
		{ "250 ok\n250 ok\n550 no", { RCPT_IN_DOUBT, RCPT_PERMFAIL,
		    RCPT_IN_DOUBT } },
		{ "250 ok\n250 ok\n550 no\n250 ok\n250 ok", { RCPT_SENT,
		    RCPT_PERMFAIL, RCPT_SENT } },
		{ "250 ok\n250 ok\n550 no\n250 ok\n451 no", { RCPT_TEMPFAIL,
		    RCPT_PERMFAIL, RCPT_TEMPFAIL } },
		{ "354 what", DOUBT3 }, { "250 ok\n354 what", DOUBT3 },
		{ "550 no", PERM3 }, { "451 later", TEMP3 },
		{ "550 no\n250 ok\n250 ok\n250 ok\n250 ok", DOUBT3 },
		{ "550 no\n503 no\n503 no\n503 no\n250 ok", PERM3 },
		{ "421 down", WAIT3 }, { "250 ok\n421 down", WAIT3 },
		{ "250 ok\n250 ok\n250 ok\n250 ok\n421 down", TEMP3 },
	};
	static const struct err gone = { ERR_TEMP, "gone" };
	struct envelope env;
	struct transaction tr = { .env = &env, .size = 5, .last = 1 };
	struct session s;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		to_ready(&s, &env, "250-PIPELINING\n250 CHUNKING");
		session_mail(&s, &tr);
		assert_int_equal(session_want(&s), SESSION_BODY);
		session_body(&s, "\r\n.\r\n", 5);
		assert_string_equal(buf_str(session_out(&s)),
		    "MAIL FROM:<me@x.example>\r\nRCPT TO:<a@x.example>\r\n"
		    "RCPT TO:<b@y.example>\r\nRCPT TO:<c@x.example>\r\n"
		    "BDAT 5 LAST\r\n\r\n.\r\nQUIT\r\n");
		session_wrote(&s, session_out(&s)->len - 6);
		assert_true(session_in_doubt(&s));
		session_wrote(&s, 6);
		lines(&s, rows[i].replies);
		session_lost(&s, &gone);
		for (k = 0; k < 3; k++)
			assert_int_equal(env.rcpt[k].status, rows[i].want[k]);
		assert_int_equal(s.more, 0);
		session_free(&s);
		envelope_free(&env);
	}
}

/* A message over SESSION_FLIGHT_MAX waits for one who gets it. */
static void
test_long_message(void **state)
{
	struct envelope env;
	struct transaction tr = { .env = &env, .last = 1,
	    .size = SESSION_FLIGHT_MAX + 1 };
	struct session s;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		to_ready(&s, &env, "250-PIPELINING\n250 CHUNKING");
		session_mail(&s, &tr);
		assert_int_equal(session_want(&s), SESSION_IO);
		session_wrote(&s, session_out(&s)->len);
		assert_int_equal(session_want(&s), SESSION_IO);
		lines(&s, "250 ok\n550 no\n550 no");
		assert_int_equal(session_want(&s), SESSION_IO);
		lines(&s, i == 0 ? "250 ok" : "550 no");
		assert_string_equal(buf_str(session_out(&s)), i == 0 ?
		    "BDAT 262145 LAST\r\n" : "QUIT\r\n");
		session_free(&s);
		envelope_free(&env);
	}
}

/* Before its end a refusal of the message is one, and anything else is none;
 * nothing is in doubt. */
static void
test_chunk_interrupted(void **state)
{
	static const struct { const char *line; enum rcpt_status want; }
	    rows[] = { { "552 5.3.4 too big", RCPT_PERMFAIL },
		{ "451 later", RCPT_TEMPFAIL }, { "250 ok", RCPT_WAITING } };
	struct envelope env;
	struct transaction tr = { .env = &env, .last = 1, .size = 5 };
	struct session s;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		to_ready(&s, &env, "250-PIPELINING\n250 CHUNKING");
		session_mail(&s, &tr);
		session_body(&s, "\r\n.\r", 4);
		session_wrote(&s, session_out(&s)->len);
		lines(&s, "250 ok\n250 ok\n250 ok\n250 ok");
		assert_false(session_in_doubt(&s));
		lines(&s, rows[i].line);
		assert_int_equal(session_want(&s), SESSION_CLOSE);
		assert_int_equal(session_out(&s)->len, 0);
		assert_int_equal(env.rcpt[0].status, rows[i].want);
		session_free(&s);
		envelope_free(&env);
	}
}

/* A reply that was there before the command that it would answer is none. */
static void
test_too_soon(void **state)
{
	static const char *const offers[] = { "250 PIPELINING",
	    "250-PIPELINING\n250 CHUNKING" };
	struct session_params params = { .helo = "x" };
	struct envelope env;
	struct transaction tr = { .env = &env, .last = 1, .size = 5 };
	struct session s;
	size_t i;

	(void)state;
	session_init(&s, &params);
	lines(&s, "220 x\n250 PIPELINING");
	assert_int_equal(s.err.kind, ERR_PROTOCOL);
	assert_int_equal(session_want(&s), SESSION_CLOSE);
	session_free(&s);
	for (i = 0; i < 2; i++) {
		to_ready(&s, &env, offers[i]);
		session_mail(&s, &tr);
		lines(&s, "550 5.7.1 what");
		assert_int_equal(s.err.kind, ERR_PROTOCOL);
		assert_int_equal(env.rcpt[0].status, RCPT_WAITING);
		session_free(&s);
		envelope_free(&env);
	}
}

/* The message was refused, and the reply before that was one too many. */
static void
test_one_too_many(void **state)
{
	static const struct {
		const char		*replies;
		enum rcpt_status	 want;
		enum err_kind		 err;
	} rows[] = {
		{ "250 ok\n221 bye", RCPT_SENT, ERR_NONE },
		{ "250 ok\n500 what", RCPT_SENT, ERR_NONE },
		{ "250 ok\n421 bye", RCPT_SENT, ERR_NONE },
		{ "250 ok\n554 no\n221 bye", RCPT_IN_DOUBT, ERR_PROTOCOL },
		{ "250 ok\n451 no\n221 bye", RCPT_IN_DOUBT, ERR_PROTOCOL },
		{ "250 ok\n221 bye\n221 bye", RCPT_SENT, ERR_NONE },
		{ "550 no\n554 no\n221 bye", RCPT_PERMFAIL, ERR_PROTOCOL },
	};
	static const struct err gone = { ERR_TEMP, "gone" };
	struct envelope env;
	struct transaction tr = { .env = &env, .last = 1, .size = 2 };
	struct session s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		to_ready(&s, &env, "250-PIPELINING\n250 CHUNKING");
		session_mail(&s, &tr);
		session_body(&s, "\r\n", 2);
		session_wrote(&s, session_out(&s)->len);
		lines(&s, "250 ok\n250 ok\n250 ok\n250 ok");
		lines(&s, rows[i].replies);
		session_lost(&s, &gone);
		assert_int_equal(env.rcpt[0].status, rows[i].want);
		assert_int_equal(s.err.kind, rows[i].err);
		assert_int_equal(env.rcpt[0].now, 0);
		session_free(&s);
		envelope_free(&env);
	}
}

/* What one session has found out the next need not. */
static void
test_known_limit(void **state)
{
	static const struct { const char *limit; size_t known, want; }
	    rows[] = {
		{ "", 2, 2 }, { " RCPTMAX=1", 2, 1 }, { " RCPTMAX=3", 2, 2 },
		{ " RCPTMAX=2", 0, 2 },
	};
	struct envelope env;
	struct transaction tr = { .env = &env, .size = 2, .last = 1 };
	struct buf offered = BUF_MAX(200);
	struct session s;
	size_t i, n;
	const char *p;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&offered);
		buf_addf(&offered, "250-PIPELINING\n250-CHUNKING\n"
		    "250 LIMITS%s", rows[i].limit);
		to_ready(&s, &env, buf_str(&offered));
		s.params.rcpt_max = rows[i].known;
		session_mail(&s, &tr);
		session_body(&s, "\r\n", 2);
		p = buf_str(session_out(&s));
		for (n = 0; (p = strstr(p, "RCPT TO")) != NULL; p++)
			n++;
		assert_int_equal(n, rows[i].want);
		assert_null(strstr(buf_str(session_out(&s)), "QUIT"));
		assert_int_equal(s.rcpt_max, rows[i].want);
		session_free(&s);
		envelope_free(&env);
	}
	buf_free(&offered);
}

/* RFC 9422 4.3: one domain at a time. */
static void
test_domains(void **state)
{
	static const struct { const char *limit, *first; } rows[] = {
		{ "250 LIMITS RCPTDOMAINMAX=1", "RCPT TO:<a@x.example>\r\n"
		    "RCPT TO:<c@x.example>\r\n" },
		{ "250 LIMITS RCPTDOMAINMAX=2", "RCPT TO:<a@x.example>\r\n"
		    "RCPT TO:<b@y.example>\r\nRCPT TO:<c@x.example>\r\n" },
	};
	struct envelope env;
	struct transaction tr = { .env = &env, .size = 2 };
	struct buf offered = BUF_MAX(200);
	struct session s;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		buf_clear(&offered);
		buf_addf(&offered, "250-PIPELINING\n250-CHUNKING\n%s",
		    rows[i].limit);
		to_ready(&s, &env, buf_str(&offered));
		session_mail(&s, &tr);
		assert_non_null(strstr(buf_str(session_out(&s)),
		    rows[i].first));
		assert_non_null(strstr(buf_str(session_out(&s)), "BDAT"));
		session_body(&s, "\r\n", 2);
		session_wrote(&s, session_out(&s)->len);
		lines(&s, "250 ok\n250 ok\n250 ok\n250 ok");
		if (i == 1)
			lines(&s, "250 ok");
		assert_int_equal(session_want(&s), i == 0 ? SESSION_BODY :
		    SESSION_READY);
		if (i == 0)
			assert_string_equal(buf_str(session_out(&s)),
			    "MAIL FROM:<me@x.example>\r\nRCPT TO:"
			    "<b@y.example>\r\nBDAT 2 LAST\r\n");
		session_free(&s);
		envelope_free(&env);
	}
	buf_free(&offered);
}

/* Idle, and told something: 421 is an end, anything else an error. */
static void
test_unasked(void **state)
{
	static const struct { const char *line; enum err_kind kind; } rows[] = {
		{ "421 idle", ERR_TEMP }, { "250 hello?", ERR_PROTOCOL },
	};
	struct session_params params = { .helo = "x" };
	struct session s;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		session_init(&s, &params);
		session_line(&s, "220 x", 5);
		session_wrote(&s, session_out(&s)->len);
		session_line(&s, "250 x", 5);
		assert_int_equal(session_want(&s), SESSION_READY);
		session_line(&s, rows[i].line, strlen(rows[i].line));
		assert_int_equal(s.err.kind, rows[i].kind);
		session_free(&s);
	}
}

/* After a login that was refused the server is told good-bye. */
static void
test_parting(void **state)
{
	static const char *const lines[] = { "220 x", "250-x",
	    "250 AUTH PLAIN", "535 5.7.8 no" };
	static const struct dialog d = { .name = "x" };
	struct sasl_params login = { .user = "me", .protected = 1,
	    .ask = dialog_password, .arg = (void *)(uintptr_t)&d };
	struct session_params params = { .helo = "x", .auth = &login };
	struct session s;
	size_t i;

	(void)state;
	session_init(&s, &params);
	for (i = 0; i < 4; i++) {
		session_wrote(&s, session_out(&s)->len);
		session_line(&s, lines[i], strlen(lines[i]));
	}
	assert_string_equal(buf_str(session_out(&s)), "QUIT\r\n");
	session_wrote(&s, session_out(&s)->len);
	assert_int_equal(session_want(&s), SESSION_CLOSE);
	session_free(&s);
}

/* A timeout is a ceiling: it shortens a wait and never lengthens one. */
static void
test_patience(void **state)
{
	struct session_params params = { .helo = "x" };
	struct session s;

	(void)state;
	session_init(&s, &params);
	assert_int_equal(session_patience(&s), 300);
	session_free(&s);
	params.timeout_s = 7;
	session_init(&s, &params);
	assert_int_equal(session_patience(&s), 7);
	session_free(&s);
	params.timeout_s = 1000;
	session_init(&s, &params);
	assert_int_equal(session_patience(&s), 300);
	assert_string_equal(session_lack(&s), "no greeting");
	session_free(&s);
}

int
main(void)
{
	static struct CMUnitTest tests[NDIALOGS + 13] = {
		{ "second transaction", test_second_transaction, 0, 0, 0 },
		{ "smuggling", test_smuggling, 0, 0, 0 },
		{ "edge of doubt", test_edge_of_doubt, 0, 0, 0 },
		{ "unasked", test_unasked, 0, 0, 0 },
		{ "patience", test_patience, 0, 0, 0 },
		{ "parting", test_parting, 0, 0, 0 },
		{ "one flight", test_one_flight, 0, 0, 0 },
		{ "long message", test_long_message, 0, 0, 0 },
		{ "chunk interrupted", test_chunk_interrupted, 0, 0, 0 },
		{ "domains", test_domains, 0, 0, 0 },
		{ "one too many", test_one_too_many, 0, 0, 0 },
		{ "too soon", test_too_soon, 0, 0, 0 },
		{ "known limit", test_known_limit, 0, 0, 0 },
	};
	size_t i;

	for (i = 0; i < NDIALOGS; i++)
		tests[i + 13] = (struct CMUnitTest){ dialogs[i].name,
		    test_dialog, NULL, NULL,
		    (void *)(uintptr_t)&dialogs[i] };
	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
