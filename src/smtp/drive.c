#include <assert.h>
#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "smtp/drive.h"

#define GRACE_MS	10000		/* for the reply to the dot */
#define LOOK_BLOCKS	16		/* of the message between two looks */

struct pump {
	struct conn		*conn;
	struct session		*session;
	struct message		*msg;
	struct message_reader	 reader;
	unsigned		 bodies;	/* begun */
	struct drive_params	 params;
	int64_t			 limit;		/* of this wait */
	unsigned		 replies;	/* seen when limit was set */
	int			 blocked;	/* no room to write */
	unsigned		 blocks;	/* of body since a look */
};

static void
restart_clock(struct pump *p)
{
	p->replies = p->session->replies;
	p->limit = clock_in((int64_t)session_patience(p->session) * 1000);
}

static void
lost(struct pump *p, struct err *e)
{
	session_lost(p->session, e);
}

/* Hand over the lines that are here.  Returns how many. */
static size_t
take_lines(struct pump *p)
{
	struct err e = ERR_INIT;
	const char *line;
	size_t n, len;
	int r = 0;

	/* What follows a 220 to STARTTLS must stay where TLS sees it. */
	for (n = 0; session_want(p->session) != SESSION_STARTTLS_NOW; n++) {
		r = conn_line(p->conn, &line, &len, &e);
		if (r != 1)
			break;
		session_line(p->session, line, len);
	}
	if (r == -1)
		lost(p, &e);
	if (p->replies != p->session->replies)
		restart_clock(p);
	return n;
}

/* Returns 1 when something came, 0 when not, -1 when nothing more will. */
static int
fill(struct pump *p, struct err *e)
{
	ssize_t n = conn_fill(p->conn, e);

	if (n == 0)
		return err_set(e, ERR_TEMP, "the server hung up: %s",
		    session_lack(p->session));
	if (n == -1)
		err_suffix(e, ": %s", session_lack(p->session));
	return n == CONN_AGAIN ? 0 : n > 0 ? 1 : -1;
}

static void
silent(struct pump *p)
{
	unsigned seconds = session_patience(p->session);
	struct err e = ERR_INIT;

	if (clock_left(p->params.deadline) == 0)
		err_set(&e, ERR_TEMP, "out of time: %s",
		    session_lack(p->session));
	else
		err_set(&e, ERR_TEMP, "the server is silent: %s within %u "
		    "second%s", session_lack(p->session), seconds,
		    seconds == 1 ? "" : "s");
	lost(p, &e);
}

static void
pull(struct pump *p)
{
	int64_t until = clock_first(p->limit, p->params.deadline);
	struct err e = ERR_INIT;
	int r;

	if (take_lines(p) > 0)
		return;
	if (session_want(p->session) == SESSION_CLOSE)
		return;
	/* A line that always has something to read has no end by itself. */
	r = clock_left(until) == 0 ? 0 :
	    conn_wait(p->conn, p->blocked, until, p->params.stop);
	if (r == 0)
		silent(p);
	if (r <= 0)
		return;
	if (r & POLLOUT)
		p->blocked = 0;
	if (r & ~POLLOUT && fill(p, &e) == -1)
		lost(p, &e);
	else
		take_lines(p);		/* before anything more goes out */
}

/* The server may have said why before it closed the line. */
static void
broken(struct pump *p, struct err *e)
{
	struct err ignored = ERR_INIT;

	do
		take_lines(p);
	while (session_want(p->session) != SESSION_CLOSE &&
	    fill(p, &ignored) == 1);
	lost(p, e);
}

static void
push(struct pump *p)
{
	const struct buf *out = session_out(p->session);
	struct err e = ERR_INIT;
	ssize_t n = conn_send(p->conn, out->data, out->len, &e);

	if (n == CONN_AGAIN)
		p->blocked = 1;
	else if (n == -1) {
		err_suffix(&e, ": %s", session_lack(p->session));
		broken(p, &e);
	} else {
		session_wrote(p->session, (size_t)n);
		restart_clock(p);
	}
}

/* What has come by now answers no message, for its end is not out. */
static void
look(struct pump *p)
{
	struct err e = ERR_INIT;
	int r = fill(p, &e);

	take_lines(p);
	if (r == -1)
		lost(p, &e);
	p->blocks = 0;
}

/* After DATA no reply is owed before the dot, so that one may end it. */
static int
must_look(struct pump *p, ssize_t n)
{
	return ++p->blocks == LOOK_BLOCKS ||
	    (n == 0 && !session_owed(p->session));
}

static void
feed(struct pump *p)
{
	size_t size;
	char block[SESSION_BLOCK], *room = session_room(p->session, &size);
	struct err e = ERR_INIT;
	ssize_t n;

	if (p->bodies != p->session->bodies)
		message_rewind(&p->reader, p->msg);
	p->bodies = p->session->bodies;
	if (room == NULL)
		room = block;
	n = message_next(&p->reader, room, size, &e);
	if (must_look(p, n))
		look(p);
	if (session_want(p->session) != SESSION_BODY)
		return;
	if (n == -1)
		lost(p, &e);
	else if (n == 0)
		session_body_end(p->session);
	else
		session_body(p->session, room, (size_t)n);
}

static void
shake_hands(struct pump *p)
{
	struct err e = ERR_INIT;

	if (conn_starttls(p->conn, p->params.tls, clock_first(p->limit,
	    p->params.deadline), &e) == -1) {
		lost(p, &e);
		return;
	}
	log_story("%s", conn_describe(p->conn));
	session_tls_up(p->session);
	restart_clock(p);
}

/* A signal came.  Before the dot that is the end; after it we want to know. */
static void
stopped(struct pump *p)
{
	struct err e = ERR_INIT;

	p->params.stop = NULL;
	p->params.deadline = clock_first(p->params.deadline,
	    clock_in(GRACE_MS));
	session_finish(p->session);
	if (session_in_doubt(p->session))
		return;
	err_set(&e, ERR_TEMP, "interrupted; nothing was sent");
	lost(p, &e);
}

void
drive(struct conn *conn, struct session *s, struct message *msg,
    const struct drive_params *params)
{
	struct pump p = { .conn = conn, .session = s, .params = *params,
	    .msg = msg };
	enum session_want want;

	restart_clock(&p);
	for (;;) {
		if (p.params.stop != NULL && *p.params.stop)
			stopped(&p);
		want = session_want(s);
		if (want == SESSION_READY || want == SESSION_CLOSE)
			break;
		if (want == SESSION_STARTTLS_NOW)
			shake_hands(&p);
		else if (want == SESSION_BODY)
			feed(&p);
		else if (session_out(s)->len > 0 && !p.blocked)
			push(&p);
		else
			pull(&p);
	}
	/* Nothing that TLS may still hold shall go out behind our back. */
	if (s->err.kind != ERR_NONE || s->hung_up)
		conn_cut(conn);
}
