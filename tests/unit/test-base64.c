#include "unit.h"

#include "base/base64.h"

static const struct row {
	const char	*name;
	const char	*plain;
	size_t		 n;
	const char	*coded;
} rows[] = {
	{ "nothing", LIT(""), "" },
	{ "one", LIT("f"), "Zg==" },
	{ "two", LIT("fo"), "Zm8=" },
	{ "three", LIT("foo"), "Zm9v" },
	{ "four", LIT("foob"), "Zm9vYg==" },
	{ "five", LIT("fooba"), "Zm9vYmE=" },
	{ "six", LIT("foobar"), "Zm9vYmFy" },
	{ "a PLAIN response", LIT("\0ann\0secret"), "AGFubgBzZWNyZXQ=" },
	{ "all bits", LIT("\xff\xff\xff\xfb\xf0"), "////+/A=" },
};

static void
test_both(void **state)
{
	const struct row *r = *state;
	struct buf b = BUF_MAX(1000);
	char *in = unit_copy(r->plain, r->n);
	char *text = unit_copy(r->coded, strlen(r->coded));

	buf_addc(&b, '>');
	assert_int_equal(base64_add(&b, in, r->n), 0);
	assert_string_equal(buf_str(&b) + 1, r->coded);
	buf_cut(&b, 1);
	assert_int_equal(base64_read(&b, text, strlen(r->coded)), 0);
	assert_int_equal(b.len, 1 + r->n);
	assert_memory_equal(b.data + 1, r->plain, r->n);
	assert_int_equal(b.data[b.len], '\0');
	buf_free(&b);
	free(in);
	free(text);
}

/* Exactly as much room as is needed is enough; less is not. */
static void
test_limit(void **state)
{
	const struct row *r = *state;
	size_t coded = strlen(r->coded);
	struct buf b = BUF_MAX(coded), p = BUF_MAX(r->n);

	assert_int_equal(base64_add(&b, r->plain, r->n), 0);
	assert_int_equal(base64_read(&p, r->coded, coded), 0);
	buf_free(&b);
	buf_free(&p);
	if (r->n == 0)
		return;
	b.max--;
	p.max--;
	assert_int_equal(base64_add(&b, r->plain, r->n), -1);
	assert_int_equal(base64_read(&p, r->coded, coded), -1);
	assert_int_equal(b.len, 0);
	assert_int_equal(p.len, 0);
	buf_free(&b);
	buf_free(&p);
}

static const struct {
	const char	*name;
	const char	*text;
	const char	*want;		/* NULL: it is not base64 */
} loose[] = {
	{ "line ends", "Zm9v\r\nYmFy\n", "foobar" },
	{ "space everywhere", " Z g\t= = ", "f" },
	{ "white space only", " \r\n", "" },
	{ "a letter that is none", "Zm9*", NULL },
	{ "8-bit", "Zm9\xc3", NULL },
	{ "the URL alphabet", "_-_-", NULL },
	{ "one letter", "Z", NULL },
	{ "a letter too many", "Zm9vY", NULL },
	{ "text after the end", "Zg==Zg==", NULL },
	{ "a pad inside", "Z=g=", NULL },
	{ "three pads", "Z===", NULL },
	{ "pads alone", "====", NULL },
	{ "one pad alone", "=", NULL },
	{ "two pads alone", "==", NULL },
	{ "a pad too many", "Zm9v=", NULL },
	{ "two pads too many", "Zm9v==", NULL },
	{ "a pad too few", "Zg=", NULL },
	{ "no pads", "Zg", NULL },
	{ "a pad too many after two", "Zm8==", NULL },
};

static void
test_loose(void **state)
{
	const __typeof__(loose[0]) *r = *state;
	size_t n = strlen(r->text);
	struct buf b = BUF_MAX(1000);
	char *copy = unit_copy(r->text, n);

	buf_addc(&b, '>');
	assert_int_equal(base64_read(&b, copy, n), r->want != NULL ? 0 : -1);
	free(copy);
	if (r->want != NULL)
		assert_string_equal(buf_str(&b) + 1, r->want);
	else {
		assert_int_equal(b.len, 1);
		assert_string_equal(buf_str(&b), ">");
	}
	buf_free(&b);
}

/* Octet by octet, of every group that has three. */
static void
test_octet(void **state)
{
	static const char *const wrong[] = { "Zm=v", "Zm9=", "*m9v", "Z\n9v" };
	struct buf b = BUF_MAX(100);
	unsigned char in[3];
	size_t i, k;

	(void)state;
	for (i = 0; i < 1 << 16; i++) {
		in[0] = (unsigned char)(i * 7);
		in[1] = (unsigned char)(i >> 8);
		in[2] = (unsigned char)i;
		buf_clear(&b);
		base64_add(&b, in, sizeof(in));
		for (k = 0; k < 3; k++)
			assert_int_equal(base64_octet(b.data, k), in[k]);
	}
	assert_int_equal(base64_octet(wrong[0], 0), 0x66);
	for (i = 0; i < COUNT(wrong); i++)
		assert_int_equal(base64_octet(wrong[i], i < 2 ? 2 - (i == 0) :
		    0), -1);
	buf_free(&b);
}

/* White space between any two characters, and anywhere else. */
static void
test_every_gap(void **state)
{
	static const char coded[] = "Zm9vYmFyYmF6Zg==";
	struct buf text = BUF_MAX(100), b = BUF_MAX(100);
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(coded); i++)
		for (k = i; k < sizeof(coded); k++) {
			buf_clear(&text);
			buf_clear(&b);
			buf_addf(&text, "%.*s\n%.*s \t%s", (int)i, coded,
			    (int)(k - i), coded + i, coded + k);
			assert_int_equal(base64_read(&b, buf_str(&text),
			    text.len), 0);
			assert_string_equal(buf_str(&b), "foobarbazf");
		}
	buf_free(&text);
	buf_free(&b);
}

static void
test_every_length(void **state)
{
	struct buf in = BUF_MAX(300), b = BUF_MAX(400), back = BUF_MAX(303);
	size_t n;

	(void)state;
	for (n = 0; n < 300; n++) {
		buf_clear(&b);
		buf_clear(&back);
		assert_int_equal(base64_add(&b, buf_str(&in), n), 0);
		assert_int_equal(b.len, (n + 2) / 3 * 4);
		assert_int_equal(base64_read(&back, buf_str(&b), b.len), 0);
		assert_int_equal(back.len, n);
		assert_memory_equal(buf_str(&back), buf_str(&in), n);
		buf_addc(&in, (char)(n * 37));
	}
	buf_free(&in);
	buf_free(&b);
	buf_free(&back);
}

int
main(void)
{
	UNIT_ROWS(rows, test_both);
	unit_rows("limit", rows, COUNT(rows), sizeof(rows[0]), test_limit);
	UNIT_ROWS(loose, test_loose);
	UNIT_TEST(test_octet);
	UNIT_TEST(test_every_gap);
	UNIT_TEST(test_every_length);
	return unit_run("base64");
}
