/*
 * The dialogues again, over a socket: the server in a thread, its replies
 * written whole and byte by byte; and what only a socket can do to us: silence,
 * a hang-up while we write, a signal on either side of the dot.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "dialogs.h"
#include "smtp/drive.h"

#define BIG		(8 * 1024 * 1024)	/* more than a socket holds */
#define DRIP_MS		300
#define PATIENCE_MS	20000		/* so long is a failure */

struct server {
	const struct dialog	*dialog;
	FILE			*in;
	int			 fd;
	int			 by_byte;
	int			 in_data, body_said;
	pthread_t		 client;
	int			 stop_at_dot;	/* send a signal there */
	int			 stop_at_data;
	int			 mute_at_dot;
	int			 drip;		/* a byte each DRIP_MS */
	int			 read_no_more;	/* of the message */
	int			 chunking;
	int			 narrow;	/* buffers of 4 KiB */
	size_t			 many;		/* recipients more */
	size_t			 rcpts;		/* RCPT commands seen */
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

/* The reply that follows comes when the signal was seen. */
static void
interrupt(const struct server *sv)
{
	pthread_kill(sv->client, SIGTERM);
	while (!stop)
		poll(NULL, 0, 1);
}

/* Each of our own bytes in a segment of its own, as far as a socket has any;
 * nothing is wrong with a client that hung up. */
static void
put(struct server *sv, const char *p, size_t n)
{
	size_t i, step = sv->by_byte ? 1 : n;

	for (i = 0; i < n; i += step) {
		if (sv->drip)
			poll(NULL, 0, DRIP_MS);
		if (send(sv->fd, p + i, step, MSG_NOSIGNAL) == -1)
			return;
	}
}

/* All lines at once, so that none is late.  Returns 0, or -1 when the line is
 * to be closed. */
static int
reply(struct server *sv, const char *text)
{
	struct buf lines = BUF_MAX(64 * 1024);
	size_t n = 0;
	int r = 0;

	for (; text != NULL; text = text[n] == '\0' ? NULL : text + n + 1) {
		if (strcmp(text, "HANGUP") == 0) {
			r = -1;
			break;
		}
		n = strcspn(text, "\n");
		buf_addf(&lines, "%.*s\r\n", (int)n, text);
	}
	if (lines.len > 0)
		put(sv, lines.data, lines.len);
	buf_free(&lines);
	return r;
}

/* CHUNKING is one more line of what is offered. */
static int
offer(struct server *sv, const char *r)
{
	struct buf more = BUF_MAX(2000);
	size_t n = strcspn(r, "\n");
	int result;

	buf_addf(&more, "250-%.*s\n250%cCHUNKING%s", (int)n - 4, r + 4,
	    r[n] == '\0' ? ' ' : '-', r + n);
	result = reply(sv, buf_str(&more));
	buf_free(&more);
	return result;
}

static int
on_chunk(struct server *sv, const char *line)
{
	char octet;
	size_t n = (size_t)atoi(line + 5);

	for (; n > 0; n--) {
		if (fread(&octet, 1, 1, sv->in) != 1)
			return -1;
		if (!sv->body_said++ && reply(sv, dialog_reply(sv->dialog,
		    "(body)")) == -1)
			return -1;
	}
	if (sv->stop_at_dot)
		interrupt(sv);
	return sv->mute_at_dot ? 0 : reply(sv, dialog_reply(sv->dialog, "."));
}

static int
on_line(struct server *sv, const char *line)
{
	const char *r;

	if (strncmp(line, "BDAT", 4) == 0)
		return on_chunk(sv, line);
	if (sv->in_data && strcmp(line, ".") == 0) {
		sv->in_data = 0;
		if (sv->stop_at_dot)
			interrupt(sv);
		return sv->mute_at_dot ? 0 :
		    reply(sv, dialog_reply(sv->dialog, "."));
	}
	if (sv->in_data && sv->read_no_more) {
		poll(&(struct pollfd){ sv->fd, 0, 0 }, 1, PATIENCE_MS);
		return -1;			/* they hung up at last */
	}
	if (sv->in_data)
		return sv->body_said++ ? 0 :
		    reply(sv, dialog_reply(sv->dialog, "(body)"));
	if (strcmp(line, "QUIT") == 0 && !sv->mute_at_dot)
		return reply(sv, "221 bye");
	r = strcmp(line, "QUIT") == 0 ? NULL :
	    dialog_reply(sv->dialog, line);
	sv->in_data = strcmp(line, "DATA") == 0 && r != NULL &&
	    strncmp(r, "354", 3) == 0;
	if (sv->in_data && sv->stop_at_data)
		interrupt(sv);
	sv->rcpts += strncmp(line, "RCPT", 4) == 0;
	if (sv->chunking && strncmp(line, "EHLO", 4) == 0 && r != NULL &&
	    strncmp(r, "250", 3) == 0)
		return offer(sv, r);
	return reply(sv, r);
}

static void *
serve(void *arg)
{
	struct server *sv = arg;
	char line[2048];

	if (reply(sv, dialog_reply(sv->dialog, "(connect)")) == 0)
		while (fgets(line, sizeof(line), sv->in) != NULL) {
			line[strcspn(line, "\r\n")] = '\0';
			if (on_line(sv, line) == -1)
				break;
		}
	shutdown(sv->fd, SHUT_RDWR);
	return NULL;
}

/* A message of at least that many octets. */
static void
make_message(struct message *msg, size_t n)
{
	static const char head[] = "Subject: x\n\n", line[] =
	    "some more of the same\n";
	struct err e = ERR_INIT;
	FILE *f = tmpfile();
	size_t i;

	assert_non_null(f);
	fputs(head, f);
	for (i = 0; i < n; i += sizeof(line) - 1)
		fputs(line, f);
	rewind(f);
	assert_int_equal(message_read(msg,
	    &(struct message_input){ .fd = fileno(f) }, &e), 0);
	fclose(f);
}

struct outcome {
	struct envelope	 env;
	struct err	 err;
	int64_t		 ms;
};

static void
converse(struct session *s, struct conn *conn, struct message *msg,
    struct outcome *o)
{
	struct drive_params p = { .deadline = clock_in(PATIENCE_MS),
	    .stop = &stop };
	struct transaction tr = { .env = &o->env, .last = 1,
	    .size = message_size(msg) };
	int64_t start = clock_ms();
	int given = 0;

	while (session_want(s) != SESSION_CLOSE) {
		if (session_want(s) == SESSION_READY && !given++)
			session_mail(s, &tr);
		else if (session_want(s) == SESSION_READY)
			session_quit(s);
		drive(conn, s, msg, &p);
	}
	o->ms = clock_ms() - start;
	o->err = s->err;
}

static void
make_narrow(const int *fd)
{
	int i, size = 4096;

	for (i = 0; i < 2; i++)
		assert_int_equal(setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF,
		    &size, sizeof(size)), 0);
}

static void
add_many(struct envelope *env, size_t n)
{
	char addr[64];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(addr, sizeof(addr), "user%zu@many.example", i);
		envelope_add(env, addr, addr);
	}
}

static void
play(struct server *sv, unsigned timeout_s, size_t filler, struct outcome *o)
{
	struct sasl_params login = dialog_login(sv->dialog);
	struct session_params params = { .helo = "client.example",
	    .auth = sv->dialog->login != NULL ? &login : NULL,
	    .timeout_s = timeout_s, .tls = sv->dialog->tls };
	struct message msg;
	struct session s;
	struct conn *conn;
	pthread_t thread;
	int fd[2];

	make_message(&msg, filler);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	if (sv->narrow)
		make_narrow(fd);
	assert_int_not_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), -1);
	stop = 0;
	sv->fd = fd[1];
	sv->client = pthread_self();
	sv->in = fdopen(dup(fd[1]), "r");
	assert_int_equal(pthread_create(&thread, NULL, serve, sv), 0);

	*o = (struct outcome){ .ms = 0 };
	dialog_envelope(sv->dialog, &o->env);
	add_many(&o->env, sv->many);
	session_init(&s, &params);
	conn = conn_new(fd[0]);
	converse(&s, conn, &msg, o);
	session_free(&s);
	conn_free(conn);
	assert_int_equal(pthread_join(thread, NULL), 0);
	fclose(sv->in);
	close(fd[1]);
	message_free(&msg);
}

static void
test_dialog(void **state)
{
	const struct dialog *d = *state;
	struct outcome o;
	size_t i;
	int by_byte;

	for (by_byte = 0; by_byte < 4; by_byte++) {
		struct server sv = { .dialog = d, .by_byte = by_byte & 1,
		    .chunking = by_byte >> 1 };

		if (sv.chunking && dialog_rules(d, "DATA"))
			continue;
		if (sv.chunking && d->want[0] == RCPT_PERMFAIL &&
		    d->err == ERR_NONE)
			continue;	/* this server would take it all */

		play(&sv, 0, 0, &o);
		for (i = 0; i < DIALOG_RCPTS; i++) {
			assert_int_equal(o.env.rcpt[i].status, d->want[i]);
			assert_int_equal(o.env.rcpt[i].kind, d->kind[i]);
		}
		assert_int_equal(o.err.kind, d->err);
		if (d->words != NULL)
			assert_non_null(strstr(o.err.text, d->words));
		envelope_free(&o.env);
	}
}

/* Where the server falls silent the wait ends, within its limit. */
static void
test_silence(void **state)
{
	static const struct dialog rows[] = {
		{ .name = "greeting", .rule = { { "(connect)", NULL } },
		    .words = "no greeting within 1 second" },
		{ .name = "half a greeting",
		    .rule = { { "(connect)", "220-hello" } },
		    .words = "no greeting" },
		{ .name = "EHLO", .rule = { { "EHLO", NULL } },
		    .words = "no reply to EHLO" },
		{ .name = "AUTH", .login = "PLAIN",
		    .rule = { { "EHLO", EHLO_ALL }, { "AUTH", NULL } },
		    .words = "no reply to AUTH" },
		{ .name = "MAIL", .rule = { { "MAIL", NULL } },
		    .words = "no reply to MAIL" },
		{ .name = "RCPT", .rule = { { "RCPT", NULL } },
		    .words = "no reply to RCPT" },
		{ .name = "DATA", .rule = { { "DATA", NULL } },
		    .words = "no reply to DATA" },
	};
	struct outcome o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server sv = { .dialog = &rows[i] };

		play(&sv, 1, 0, &o);
		assert_int_equal(o.err.kind, ERR_TEMP);
		assert_non_null(strstr(o.err.text, rows[i].words));
		assert_true(o.ms >= 900 && o.ms < 5000);
		assert_int_equal(o.env.rcpt[0].status, RCPT_WAITING);
		envelope_free(&o.env);
	}
}

/* Silence after the dot is doubt. */
static void
test_silence_after_dot(void **state)
{
	static const struct dialog d = { .name = "x",
	    .rule = { { "EHLO", EHLO_ALL } } };
	struct server sv = { .dialog = &d, .mute_at_dot = 1 };
	struct outcome o;

	(void)state;
	play(&sv, 1, 0, &o);
	assert_int_equal(o.err.kind, ERR_TEMP);
	assert_int_equal(o.env.rcpt[0].status, RCPT_IN_DOUBT);
	envelope_free(&o.env);
}

/* The reason that a server gives before it hangs up on a writer is read. */
static void
test_refused_while_writing(void **state)
{
	static const struct dialog d = { .name = "x", .rule = {
	    { "EHLO", EHLO_NONE }, { "(body)", "552 5.3.4 too much" } } };
	struct server sv = { .dialog = &d };
	struct outcome o;

	(void)state;
	play(&sv, 0, 60000, &o);
	assert_int_equal(o.env.rcpt[2].status, RCPT_PERMFAIL);
	assert_non_null(strstr(o.env.rcpt[2].why, "552 5.3.4"));
	envelope_free(&o.env);
}

/* ... and also when the line is gone by the time that we write on. */
static void
test_refused_and_hung_up(void **state)
{
	static const struct dialog d = { .name = "x", .rule = {
	    { "EHLO", EHLO_NONE },
	    { "(body)", "552 5.3.4 too much\nHANGUP" } } };
	struct server sv = { .dialog = &d };
	struct outcome o;

	(void)state;
	play(&sv, 0, BIG, &o);
	assert_int_equal(o.env.rcpt[2].status, RCPT_PERMFAIL);
	assert_non_null(strstr(o.env.rcpt[2].why, "552 5.3.4"));
	envelope_free(&o.env);
}

/* A server that takes no more of the message holds us up only so long. */
static void
test_full_line(void **state)
{
	static const struct dialog d = { .name = "x" };
	struct server sv = { .dialog = &d, .read_no_more = 1 };
	struct outcome o;

	(void)state;
	play(&sv, 1, BIG, &o);
	assert_int_equal(o.err.kind, ERR_TEMP);
	assert_non_null(strstr(o.err.text, "takes no more of the message"));
	assert_int_equal(o.env.rcpt[0].status, RCPT_WAITING);
	assert_true(o.ms >= 900 && o.ms < 5000);
	envelope_free(&o.env);
}

/* A byte now and then does not make a wait longer. */
static void
test_drip(void **state)
{
	static const struct dialog d = { .name = "x" };
	struct server sv = { .dialog = &d, .by_byte = 1, .drip = 1 };
	struct outcome o;

	(void)state;
	play(&sv, 1, 0, &o);
	assert_int_equal(o.err.kind, ERR_TEMP);
	assert_non_null(strstr(o.err.text, "no greeting within 1 second"));
	assert_true(o.ms < 2000);
	envelope_free(&o.env);
}

/* RFC 3207 4.2: what came before TLS is nobody's. */
static void
test_injected(void **state)
{
	static const struct dialog d = { .name = "x", .rule = {
	    { "EHLO", EHLO_TLS }, { "STARTTLS", "220 go\n250 injected" } },
	    .tls = SESSION_STARTTLS };
	struct server sv = { .dialog = &d };
	struct outcome o;

	(void)state;
	play(&sv, 0, 0, &o);
	assert_int_equal(o.err.kind, ERR_PROTOCOL);
	assert_non_null(strstr(o.err.text, "between STARTTLS and TLS"));
	envelope_free(&o.env);
}

/* A signal before the message: the dot never goes out. */
static void
test_stop_before_dot(void **state)
{
	static const struct dialog d = { .name = "x",
	    .rule = { { "EHLO", EHLO_ALL } } };
	struct server sv = { .dialog = &d, .stop_at_data = 1 };
	struct outcome o;

	(void)state;
	play(&sv, 0, 0, &o);
	assert_int_equal(o.err.kind, ERR_TEMP);
	assert_non_null(strstr(o.err.text, "interrupted; nothing was sent"));
	assert_int_equal(o.env.rcpt[0].status, RCPT_WAITING);
	envelope_free(&o.env);
}

/* After it the reply is awaited, and the truth told. */
static void
test_stop_after_dot(void **state)
{
	static const struct dialog d = { .name = "x",
	    .rule = { { "EHLO", EHLO_ALL } } };
	struct server sv = { .dialog = &d, .stop_at_dot = 1 };
	struct outcome o;

	(void)state;
	play(&sv, 0, 0, &o);
	assert_int_equal(o.err.kind, ERR_NONE);
	assert_int_equal(o.env.rcpt[0].status, RCPT_SENT);
	envelope_free(&o.env);
}

/* A server that does not read while it writes, and has little room for what it
 * does not read. */
static void
test_ten_thousand(void **state)
{
	static const struct dialog d = { .name = "x", .rule = {
	    { "EHLO", EHLO_ALL }, { "RCPT TO:<user7@", "550 5.1.1 no" } } };
	struct outcome o;
	int chunking;

	(void)state;
	for (chunking = 0; chunking < 2; chunking++) {
		struct server sv = { .dialog = &d, .chunking = chunking,
		    .narrow = 1, .many = 10000 };

		play(&sv, 0, 900, &o);
		assert_int_equal(o.err.kind, ERR_NONE);
		assert_int_equal(sv.rcpts, 10003);
		assert_int_equal(envelope_count(&o.env, RCPT_SENT), 10002);
		assert_int_equal(o.env.rcpt[3 + 7].status, RCPT_PERMFAIL);
		envelope_free(&o.env);
	}
}

/* A signal when all is out is no reason not to listen. */
static void
test_stop_after_chunk(void **state)
{
	static const struct dialog d = { .name = "x",
	    .rule = { { "EHLO", EHLO_ALL } } };
	struct server sv = { .dialog = &d, .stop_at_dot = 1, .chunking = 1 };
	struct outcome o;

	(void)state;
	play(&sv, 0, 0, &o);
	assert_int_equal(o.err.kind, ERR_NONE);
	assert_int_equal(o.env.rcpt[0].status, RCPT_SENT);
	envelope_free(&o.env);
}

/* Silence after a flight is doubt, for the message may be there. */
static void
test_silence_after_flight(void **state)
{
	static const struct dialog d = { .name = "x", .rule = {
	    { "EHLO", "250-x\n250 PIPELINING" }, { "MAIL", NULL },
	    { "RCPT", NULL } } };
	struct server sv = { .dialog = &d, .mute_at_dot = 1, .chunking = 1 };
	struct outcome o;

	(void)state;
	play(&sv, 1, 0, &o);
	assert_int_equal(o.err.kind, ERR_TEMP);
	assert_non_null(strstr(o.err.text, "no reply to MAIL"));
	assert_int_equal(o.env.rcpt[0].status, RCPT_IN_DOUBT);
	envelope_free(&o.env);
}

int
main(void)
{
	static struct CMUnitTest tests[NDIALOGS + 12] = {
		{ "silence", test_silence, 0, 0, 0 },
		{ "silence after the dot", test_silence_after_dot, 0, 0, 0 },
		{ "refused while writing", test_refused_while_writing,
		    0, 0, 0 },
		{ "refused and hung up on", test_refused_and_hung_up,
		    0, 0, 0 },
		{ "full line", test_full_line, 0, 0, 0 },
		{ "drip", test_drip, 0, 0, 0 },
		{ "injected", test_injected, 0, 0, 0 },
		{ "stop before the dot", test_stop_before_dot, 0, 0, 0 },
		{ "stop after the dot", test_stop_after_dot, 0, 0, 0 },
		{ "ten thousand recipients", test_ten_thousand, 0, 0, 0 },
		{ "stop after the chunk", test_stop_after_chunk, 0, 0, 0 },
		{ "silence after a flight", test_silence_after_flight,
		    0, 0, 0 },
	};
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i, n = 12;

	sigaction(SIGTERM, &sa, NULL);
	for (i = 0; i < NDIALOGS; i++)
		if (dialogs[i].tls == SESSION_PLAIN && !dialogs[i].early &&
		    dialogs[i].size == 0 && !dialogs[i].eightbit &&
		    dialogs[i].notify == NULL && !dialogs[i].lmtp &&
		    dialogs[i].rcpt_limit == 0 && dialogs[i].copies == 0 &&
		    !dialog_rules(&dialogs[i], "BDAT"))
			tests[n++] = (struct CMUnitTest){ dialogs[i].name,
			    test_dialog, NULL, NULL,
			    (void *)(uintptr_t)&dialogs[i] };
	return _cmocka_run_group_tests("drive", tests, n, NULL, NULL);
}
