#include "unit.h"

#include "mail/b64.h"

#define ROOM	(1 << 20)
#define A10	"0123456789"
#define A76	A10 A10 A10 A10 A10 A10 A10 "012345"

static const struct row {
	const char	*name;
	const char	*in;
	size_t		 n;
	const char	*out;
} rows[] = {
	{ "nothing", LIT(""), "" },
	{ "one", LIT("f"), "Zg==" },
	{ "NULs", LIT("\0\0\0\0"), "AAAAAA==" },
	{ "a full line",
	    LIT("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"),
	    "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6"
	    "enp6enp6enp6enp6enp6enp6enp6enp6enp6" },
	{ "one more",
	    LIT("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"),
	    "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6"
	    "enp6enp6enp6enp6enp6enp6enp6enp6enp6\r\neg==" },
};

static const struct row laid[] = {
	{ "nothing", LIT(""), "" },
	{ "well", LIT("Zm9v"), "Zm9v" },
	{ "short lines", LIT("Zm\r\n9v\r\n"), "Zm9v" },
	{ "junk", LIT("Z*m\0\xc3\xa9 9-v"), "Zm9v" },
	{ "pads are kept", LIT("Zg==\r\nZg==\r\n"), "Zg==Zg==" },
	{ "a long line", LIT(A76 "ab"), A76 "\r\nab" },
	{ "no line end behind a full line", LIT(A76 "\r\n"), A76 },
};

static void
run(const struct row *r, struct b64 start)
{
	struct buf out = BUF_MAX(ROOM);
	size_t piece, at, seen;
	struct b64 b;

	for (piece = 1; piece <= r->n + 1; piece++) {
		b = start;
		buf_clear(&out);
		at = seen = 0;
		do {
			seen = r->n - seen < piece ? r->n : seen + piece;
			at += b64_encode(&b, r->in + at, seen - at,
			    seen == r->n, &out);
		} while (seen < r->n);
		assert_int_equal(at, r->n);
		assert_string_equal(buf_str(&out), r->out);
		if (!start.coded)
			assert_int_equal(b64_length(r->n), out.len);
		b64_end(&b, &out);
		assert_int_equal(out.len, strlen(r->out) +
		    (r->out[0] != '\0' ? 2 : 0));
	}
	buf_free(&out);
}

static void
test_row(void **state)
{
	run(*state, (struct b64){ 0 });
}

static void
test_laid(void **state)
{
	run(*state, (struct b64){ .coded = 1 });
}

static void
test_length(void **state)
{
	char *in = unit_fill('x', 1000);
	struct buf out = BUF_MAX(ROOM);
	struct b64 b;
	size_t n;

	(void)state;
	for (n = 0; n < 1000; n++) {
		b = (struct b64){ 0 };
		buf_clear(&out);
		assert_int_equal(b64_encode(&b, in, n, 1, &out), n);
		assert_int_equal(out.len, b64_length(n));
	}
	buf_free(&out);
	free(in);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	UNIT_ROWS(laid, test_laid);
	UNIT_TEST(test_length);
	return unit_run("b64");
}
