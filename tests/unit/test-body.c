#include "unit.h"

#include "smtp/body.h"

static const struct row {
	const char	*name;
	const char	*in;
	size_t		 n;
	const char	*out;
	size_t		 nout;
} rows[] = {
	{ "nothing", LIT(""), LIT(".\r\n") },
	{ "a line", LIT("hi\r\n"), LIT("hi\r\n.\r\n") },
	{ "no line end", LIT("hi"), LIT("hi\r\n.\r\n") },
	{ "an empty line", LIT("\r\n"), LIT("\r\n.\r\n") },
	{ "a lone dot", LIT(".\r\n"), LIT("..\r\n.\r\n") },
	{ "a lone dot without end", LIT("."), LIT("..\r\n.\r\n") },
	{ "a dot first", LIT(".hi\r\n"), LIT("..hi\r\n.\r\n") },
	{ "two dots", LIT("..\r\n"), LIT("...\r\n.\r\n") },
	{ "dots elsewhere", LIT("a.b.\r\nc.\r\n"), LIT("a.b.\r\nc.\r\n.\r\n") },
	{ "dot lines in a row", LIT(".\r\n.\r\n..\r\n"),
	    LIT("..\r\n..\r\n...\r\n.\r\n") },
	{ "in the middle", LIT("A: 1\r\n\r\nhi\r\n.\r\nQUIT\r\n"),
	    LIT("A: 1\r\n\r\nhi\r\n..\r\nQUIT\r\n.\r\n") },
	{ "after empty lines", LIT("\r\n\r\n.\r\n"),
	    LIT("\r\n\r\n..\r\n.\r\n") },
	{ "NUL and 8-bit", LIT("\0\xff\r\n.\0"),
	    LIT("\0\xff\r\n..\0\r\n.\r\n") },
};

static void
run(const struct row *r, size_t first, size_t second)
{
	struct body body = { 0 };
	struct buf out = BUF_MAX(4096);
	size_t cut[3] = { first, second, r->n }, i, at = 0;
	char *copy;

	for (i = 0; i < 3; at = cut[i++]) {
		copy = unit_copy(r->in + at, cut[i] - at);
		assert_int_equal(body_add(&body, &out, copy, cut[i] - at), 0);
		free(copy);
		assert_true(out.len <= 2 * cut[i]);
	}
	assert_int_equal(body_end(&body, &out), 0);
	assert_int_equal(out.len, r->nout);
	assert_memory_equal(out.data, r->out, r->nout);
	assert_int_equal(body.in_line, 0);
	buf_free(&out);
}

/* Every way to cut the input in three. */
static void
test_cuts(void **state)
{
	const struct row *r = *state;
	size_t i, k;

	for (i = 0; i <= r->n; i++)
		for (k = i; k <= r->n; k++)
			run(r, i, k);
}

static void
test_bytes(void **state)
{
	const struct row *r = *state;
	struct body body = { 0 };
	struct buf out = BUF_MAX(4096);
	size_t i;

	for (i = 0; i < r->n; i++)
		assert_int_equal(body_add(&body, &out, r->in + i, 1), 0);
	body_end(&body, &out);
	assert_int_equal(out.len, r->nout);
	assert_memory_equal(out.data, r->out, r->nout);
	buf_free(&out);
}

/* For BDAT nothing is added, cut where it may be. */
static void
test_chunk(void **state)
{
	const struct row *r = *state;
	struct body body = { .chunk = 1 };
	struct buf out = BUF_MAX(4096);
	size_t i;

	for (i = 0; i < r->n; i++)
		assert_int_equal(body_add(&body, &out, r->in + i, 1), 0);
	assert_int_equal(body_end(&body, &out), 0);
	assert_int_equal(out.len, r->n);
	assert_memory_equal(buf_str(&out), r->in, r->n);
	buf_free(&out);
}

/* Past its limit nothing is added, and one may try again with room. */
static void
test_limit(void **state)
{
	static const char in[] = "a\r\n.b\r\n.\r\n";
	struct body body = { 0 };
	struct buf out = { .max = 0 };

	(void)state;
	while (body_add(&body, &out, in, sizeof(in) - 1) == -1) {
		assert_int_equal(out.len, 0);
		out.max++;
	}
	assert_string_equal(buf_str(&out), "a\r\n..b\r\n..\r\n");
	assert_int_equal(out.max, out.len);
	assert_int_equal(body_end(&body, &out), -1);
	out.max = 100;
	assert_int_equal(body_end(&body, &out), 0);
	assert_string_equal(buf_str(&out), "a\r\n..b\r\n..\r\n.\r\n");
	buf_free(&out);
}

static void
test_limit_in_line(void **state)
{
	struct body body = { 0 };
	struct buf out = BUF_MAX(2);

	(void)state;
	assert_int_equal(body_add(&body, &out, LIT(".ab")), -1);
	assert_int_equal(body_add(&body, &out, LIT(".")), 0);
	assert_string_equal(buf_str(&out), "..");
	assert_int_equal(body_end(&body, &out), -1);
	out.max = 7;
	assert_int_equal(body_end(&body, &out), 0);
	assert_string_equal(buf_str(&out), "..\r\n.\r\n");
	buf_free(&out);
}

int
main(void)
{
	UNIT_ROWS(rows, test_cuts);
	unit_rows("byte by byte", rows, COUNT(rows), sizeof(rows[0]),
	    test_bytes);
	unit_rows("as a chunk", rows, COUNT(rows), sizeof(rows[0]),
	    test_chunk);
	UNIT_TEST(test_limit);
	UNIT_TEST(test_limit_in_line);
	return unit_run("body");
}
