#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/conn.h"

#define LONG	60000		/* no test should ever need it */

/* A connection, and the descriptor of who is at its other end. */
static struct conn *
pair(int *peer)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
	*peer = fd[1];
	return conn_new(fd[0]);
}

static void
say(int peer, const char *text, size_t n)
{
	assert_int_equal(send(peer, text, n, MSG_NOSIGNAL), n);
}

static const struct row {
	const char	*name;
	const char	*in;
	size_t		 n;
	const char	*want;		/* lines, each in brackets */
	size_t		 nwant;
} rows[] = {
	{ "a line", LIT("250 ok\r\n"), LIT("[250 ok]") },
	{ "a lone LF", LIT("250 ok\n"), LIT("[250 ok]") },
	{ "two lines", LIT("250-a\r\n250 b\r\n"), LIT("[250-a][250 b]") },
	{ "mixed ends", LIT("a\nb\r\nc\n"), LIT("[a][b][c]") },
	{ "an empty line", LIT("\r\n"), LIT("[]") },
	{ "empty lines", LIT("\n\r\n\n"), LIT("[][][]") },
	{ "no line end yet", LIT("250 ok"), LIT("") },
	{ "a CR and no LF yet", LIT("250 ok\r"), LIT("") },
	{ "a line and a half", LIT("a\r\nb"), LIT("[a]") },
	{ "a CR in a line", LIT("a\rb\r\n"), LIT("[a\rb]") },
	{ "two CRs", LIT("a\r\r\n"), LIT("[a\r]") },
	{ "a NUL", LIT("a\0b\r\n"), LIT("[a\0b]") },
	{ "8-bit", LIT("\xff\xfe\r\n"), LIT("[\xff\xfe]") },
};

static void
take_lines(struct conn *c, struct buf *got)
{
	struct err e = ERR_INIT;
	const char *line;
	size_t len;
	int r;

	while ((r = conn_line(c, &line, &len, &e)) == 1) {
		assert_int_equal(line[len], '\0');
		buf_addc(got, '[');
		buf_add(got, line, len);
		buf_addc(got, ']');
	}
	assert_int_equal(r, 0);
}

/* However the input is cut, and whenever lines are asked for. */
static void
test_lines(void **state)
{
	const struct row *r = *state;
	struct buf got = BUF_MAX(4096);
	struct err e = ERR_INIT;
	struct conn *c;
	size_t piece, at, part;
	int peer;

	for (piece = 1; piece <= r->n; piece++) {
		c = pair(&peer);
		buf_clear(&got);
		for (at = 0; at < r->n; at += part) {
			part = r->n - at < piece ? r->n - at : piece;
			say(peer, r->in + at, part);
			assert_int_equal(conn_fill(c, &e), part);
			if (piece % 2 == 1)
				take_lines(c, &got);
		}
		take_lines(c, &got);
		assert_int_equal(conn_fill(c, &e), CONN_AGAIN);
		take_lines(c, &got);
		assert_int_equal(got.len, r->nwant);
		assert_memory_equal(buf_str(&got), r->want, r->nwant);
		close(peer);
		assert_int_equal(conn_fill(c, &e), 0);
		conn_free(c);
	}
	buf_free(&got);
}

/* A line of n octets: read as a caller does, asking after each piece. */
static const struct {
	const char	*name;
	size_t		 n;
	const char	*end;
	int		 want;		/* what conn_line() says at last */
} lengths[] = {
	{ "short", 100, "\r\n", 1 },
	{ "at the limit", CONN_LINE_MAX, "\r\n", 1 },
	{ "at the limit, LF", CONN_LINE_MAX, "\n", 1 },
	{ "one less", CONN_LINE_MAX - 1, "\r\n", 1 },
	{ "one more", CONN_LINE_MAX + 1, "\r\n", -1 },
	{ "a little more", CONN_LINE_MAX + 1000, "\r\n", -1 },
	{ "far more", 10 * CONN_LINE_MAX, "\r\n", -1 },
	{ "without end", 10 * CONN_LINE_MAX, "", -1 },
};

static void
test_length(void **state)
{
	const __typeof__(lengths[0]) *r = *state;
	struct buf text = BUF_MAX(1 << 20);
	struct err e = ERR_INIT;
	const char *line;
	size_t len, at = 0, part;
	char *fill = unit_fill('x', r->n);
	struct conn *c;
	int got = 0, peer;

	c = pair(&peer);
	buf_addf(&text, "hello\r\n%s%s", fill, r->end);
	for (; got == 0 && at < text.len; at += part) {
		part = at + 1500 < CONN_LINE_MAX ? 1500 : 1;
		if (part > text.len - at)
			part = text.len - at;
		say(peer, text.data + at, part);
		assert_int_equal(conn_fill(c, &e), part);
		if (at == 0)
			assert_int_equal(conn_line(c, &line, &len, &e), 1);
		got = conn_line(c, &line, &len, &e);
	}
	assert_int_equal(got, r->want);
	if (got == 1)
		assert_int_equal(len, r->n);
	else
		assert_int_equal(e.kind, ERR_PROTOCOL);
	assert_true(at < CONN_LINE_MAX + 8000);
	conn_free(c);
	close(peer);
	buf_free(&text);
	free(fill);
}

/* Who never asks for lines does not make us hold more and more. */
static void
test_flood(void **state)
{
	struct err e = ERR_INIT;
	struct conn *c;
	char *fill = unit_fill('x', 4096);
	ssize_t n = 1;
	int peer;
	size_t i;

	(void)state;
	c = pair(&peer);
	for (i = 0; i < 100 && n > 0; i++) {
		say(peer, fill, 4096);
		n = conn_fill(c, &e);
	}
	assert_int_equal(n, -1);
	assert_int_equal(e.kind, ERR_PROTOCOL);
	assert_true(i < 20);
	conn_free(c);
	close(peer);
	free(fill);
}

/* What comes before TLS is from anybody (RFC 3207 6). */
static const struct {
	const char	*name;
	const char	*text;
	int		 again;		/* more comes after it was read */
	int		 refused;
} injected[] = {
	{ "with the reply", "220 go\r\n250 evil\r\n", 0, 1 },
	{ "half a line", "220 go\r\nx", 0, 1 },
	{ "in the socket still", "220 go\r\n", 1, 1 },
	{ "nothing", "220 go\r\n", 0, 0 },
};

static void
test_starttls(void **state)
{
	const __typeof__(injected[0]) *r = *state;
	struct tls_params p = { .name = "x.example", .verify = 1 };
	struct err e = ERR_INIT;
	const char *line;
	struct conn *c;
	size_t len;
	int peer;

	c = pair(&peer);
	say(peer, r->text, strlen(r->text));
	assert_true(conn_fill(c, &e) > 0);
	assert_int_equal(conn_line(c, &line, &len, &e), 1);
	assert_string_equal(line, "220 go");
	if (r->again)
		say(peer, "250 evil\r\n", 10);
	assert_int_equal(conn_starttls(c, &p, clock_in(0), &e), -1);
	if (r->refused) {
		assert_int_equal(e.kind, ERR_PROTOCOL);
		assert_non_null(strstr(e.text, "STARTTLS"));
	} else
		assert_null(strstr(e.text, "STARTTLS"));
	assert_string_equal(conn_describe(c), "no TLS");
	conn_free(c);
	close(peer);
}

static void
test_send(void **state)
{
	struct err e = ERR_INIT;
	struct conn *c;
	char *fill = unit_fill('x', 1 << 20), got[16];
	ssize_t n;
	int peer;

	(void)state;
	c = pair(&peer);
	assert_int_equal(conn_wait(c, 1, clock_in(LONG), NULL),
	    POLLOUT);
	assert_int_equal(conn_send(c, "QUIT\r\n", 6, &e), 6);
	assert_int_equal(recv(peer, got, sizeof(got), 0), 6);
	assert_memory_equal(got, "QUIT\r\n", 6);
	while ((n = conn_send(c, fill, 1 << 20, &e)) > 0)
		;
	assert_int_equal(n, CONN_AGAIN);
	assert_int_equal(conn_wait(c, 1, clock_in(20), NULL), 0);
	close(peer);
	assert_int_equal(conn_send(c, "x", 1, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	conn_free(c);
	conn_free(NULL);
	free(fill);
}

static void
test_wait(void **state)
{
	volatile sig_atomic_t stop = 1;
	struct err e = ERR_INIT;
	struct conn *c;
	int peer;

	(void)state;
	c = pair(&peer);
	assert_int_equal(conn_wait(c, 0, clock_in(20), NULL), 0);
	assert_int_equal(conn_wait(c, 0, clock_in(LONG), &stop), -1);
	say(peer, "x", 1);
	assert_int_equal(conn_wait(c, 0, CLOCK_NEVER, NULL), POLLIN);
	assert_int_equal(conn_wait(c, 1, CLOCK_NEVER, NULL),
	    POLLIN | POLLOUT);
	assert_int_equal(conn_fill(c, &e), 1);
	assert_int_equal(conn_wait(c, 0, clock_in(0), NULL), 0);
	close(peer);
	assert_true(conn_wait(c, 0, clock_in(LONG), NULL) & POLLIN);
	assert_int_equal(conn_fill(c, &e), 0);
	conn_free(c);
}

int
main(void)
{
	UNIT_ROWS(rows, test_lines);
	UNIT_ROWS(lengths, test_length);
	UNIT_ROWS(injected, test_starttls);
	UNIT_TEST(test_flood);
	UNIT_TEST(test_send);
	UNIT_TEST(test_wait);
	return unit_run("conn");
}
