#include "unit.h"

#include "base/log.h"
#include "smtp/command.h"

static struct buf heard = BUF_MAX(1 << 16);

static void
sink(enum log_level level, const char *line)
{
	(void)level;
	buf_addf(&heard, "%s\n", line);
}

static const struct {
	const char	*name;
	const char	*arg;
	int		 want;
} rows[] = {
	{ "an address", "a@x.example", 0 },
	{ "nothing", "", 0 },
	{ "UTF-8", "\xc3\xbc@x", 0 },
	{ "a quoted address", "\"a b\"@x", 0 },
	{ "CR", "a@x>\rQUIT", -1 },
	{ "LF", "a@x>\nQUIT", -1 },
	{ "CRLF", "a@x>\r\nRCPT TO:<b@y", -1 },
	{ "CR last", "a@x\r", -1 },
	{ "LF last", "a@x\n", -1 },
	{ "LF first", "\na@x", -1 },
};

static void
test_add(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct buf out = BUF_MAX(4096), want = BUF_MAX(4096);

	buf_clear(&heard);
	buf_adds(&out, "NOOP\r\n");
	buf_adds(&want, "NOOP\r\n");
	if (r->want == 0)
		buf_addf(&want, "RCPT TO:<%s>\r\n", r->arg);
	assert_int_equal(command_add(&out, "RCPT TO:<%s>", r->arg), r->want);
	assert_string_equal(buf_str(&out), buf_str(&want));
	assert_int_equal(heard.len > 0, r->want == 0);
	assert_int_equal(command_secret(&out, "AUTH PLAIN ", r->arg), r->want);
	assert_int_equal(command_secret(&out, r->arg, ""), r->want);
	buf_free(&out);
	buf_free(&want);
}

static void
test_nul(void **state)
{
	struct buf out = BUF_MAX(100);

	(void)state;
	assert_int_equal(command_add(&out, "A%cB", '\0'), -1);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static const struct {
	const char	*name;
	size_t		 n;		/* of the line without CRLF */
	int		 secret;
	int		 want;
} lengths[] = {
	{ "a command at the limit", COMMAND_MAX, 0, 0 },
	{ "a command over it", COMMAND_MAX + 1, 0, -1 },
	{ "a command far over it", 1 << 20, 0, -1 },
	{ "a secret at the limit", COMMAND_AUTH_MAX, 1, 0 },
	{ "a secret over it", COMMAND_AUTH_MAX + 1, 1, -1 },
	{ "a secret far over it", 1 << 20, 1, -1 },
};

static void
test_length(void **state)
{
	const __typeof__(lengths[0]) *r = *state;
	struct buf out = BUF_MAX(1 << 21);
	char *fill = unit_fill('x', r->n - 5);

	assert_int_equal(r->secret ? command_secret(&out, "AUTH ", fill) :
	    command_add(&out, "RCPT %s", fill), r->want);
	assert_int_equal(out.len, r->want == 0 ? r->n + 2 : 0);
	if (r->want == 0)
		assert_string_equal(out.data + out.len - 2, "\r\n");
	buf_free(&out);
	free(fill);
}

/* Out is as it was when it has no room, even for the CRLF alone. */
static void
test_full(void **state)
{
	struct buf out;
	size_t max;

	(void)state;
	for (max = 4; max <= 10; max++) {
		out = (struct buf)BUF_MAX(max);
		buf_adds(&out, "....");
		assert_int_equal(command_add(&out, "QUIT"),
		    max == 10 ? 0 : -1);
		assert_string_equal(buf_str(&out),
		    max == 10 ? "....QUIT\r\n" : "....");
		buf_free(&out);
	}
}

static void
test_heard(void **state)
{
	struct buf out = BUF_MAX(4096);

	(void)state;
	buf_clear(&heard);
	command_add(&out, "MAIL FROM:<%s>", "a\033@x");
	command_secret(&out, "AUTH PLAIN ", "c2VjcmV0");
	command_secret(&out, "", "cGFzc3dvcmQ=");
	command_secret(&out, "AUTH LOGIN", "");
	assert_string_equal(buf_str(&heard), "C: MAIL FROM:<a\\x1B@x>\n"
	    "C: AUTH PLAIN ***\nC: ***\nC: AUTH LOGIN\n");
	assert_string_equal(buf_str(&out), "MAIL FROM:<a\033@x>\r\n"
	    "AUTH PLAIN c2VjcmV0\r\ncGFzc3dvcmQ=\r\nAUTH LOGIN\r\n");
	buf_free(&out);
}

int
main(void)
{
	int r;

	log_open(LOG_LEVEL_DEBUG, sink);
	UNIT_ROWS(rows, test_add);
	UNIT_ROWS(lengths, test_length);
	UNIT_TEST(test_nul);
	UNIT_TEST(test_full);
	UNIT_TEST(test_heard);
	r = unit_run("command");
	buf_free(&heard);
	return r;
}
