#include "unit.h"

#include "mail/xtext.h"

static const struct row {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*want;
} rows[] = {
	{ "nothing", LIT(""), "" },
	{ "letters", LIT("QQ314159"), "QQ314159" },
	{ "the first and last that go", LIT("!~"), "!~" },
	{ "an address", LIT("a@x.example"), "a@x.example" },
	{ "plus and equals", LIT("a+b=c"), "a+2Bb+3Dc" },
	{ "a space", LIT("a b"), "a+20b" },
	{ "line ends", LIT("a\r\nQUIT"), "a+0D+0AQUIT" },
	{ "NUL", LIT("a\0b"), "a+00b" },
	{ "DEL", LIT("\177"), "+7F" },
	{ "8-bit", LIT("\xc3\xbc\xff"), "+C3+BC+FF" },
};

static const struct utf8_row {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*want;		/* NULL: it cannot be */
} utf8_rows[] = {
	{ "nothing", LIT(""), "" },
	{ "ASCII", LIT("a@x.example"), "a@x.example" },
	{ "the first and last that go", LIT("!~"), "!~" },
	{ "what is special", LIT("a+b=c\\d"), "a\\x{2B}b\\x{3D}c\\x{5C}d" },
	{ "a space and DEL", LIT("a b\177"), "a\\x{20}b\\x{7F}" },
	{ "line ends", LIT("a\r\n"), "a\\x{0D}\\x{0A}" },
	{ "two octets", LIT("k\xc3\xa4the@x"), "k\\x{E4}the@x" },
	{ "the last of two", LIT("\xdf\xbf"), "\\x{7FF}" },
	{ "three", LIT("\xe2\x82\xac"), "\\x{20AC}" },
	{ "four", LIT("\xf0\x9f\x93\xaf"), "\\x{1F4EF}" },
	{ "the last of all", LIT("\xf4\x8f\xbf\xbf"), "\\x{10FFFF}" },
	{ "no UTF-8", LIT("a\xff"), NULL },
	{ "cut short", LIT("a\xe2\x82"), NULL },
};

static void
test_utf8(void **state)
{
	const struct utf8_row *r = *state;
	struct buf b = BUF_MAX(100);
	char *copy = unit_copy(r->text, r->n);

	buf_addc(&b, '>');
	assert_int_equal(xtext_add_utf8(&b, copy, r->n),
	    r->want != NULL ? 0 : -1);
	assert_string_equal(buf_str(&b) + 1, r->want != NULL ? r->want : "");
	if (r->n > 1 && r->want != NULL) {
		b.max = b.len + strlen(r->want) - 1;
		assert_int_equal(xtext_add_utf8(&b, copy, r->n), -1);
		assert_string_equal(buf_str(&b) + 1, r->want);
	}
	buf_free(&b);
	free(copy);
}

static void
test_add(void **state)
{
	const struct row *r = *state;
	struct buf b = BUF_MAX(100);
	char *copy = unit_copy(r->text, r->n);

	buf_addc(&b, '>');
	assert_int_equal(xtext_add(&b, copy, r->n), 0);
	assert_string_equal(buf_str(&b) + 1, r->want);
	buf_free(&b);
	free(copy);
}

/* Past its limit a buf is as it was. */
static void
test_limit(void **state)
{
	const struct row *r = *state;
	size_t n = strlen(r->want), max;
	struct buf b;

	for (max = 0; max <= n; max++) {
		b = (struct buf)BUF_MAX(max + 1);
		buf_addc(&b, '>');
		assert_int_equal(xtext_add(&b, r->text, r->n),
		    max == n ? 0 : -1);
		assert_string_equal(buf_str(&b) + 1, max == n ? r->want : "");
		buf_free(&b);
	}
}

int
main(void)
{
	UNIT_ROWS(rows, test_add);
	UNIT_ROWS(utf8_rows, test_utf8);
	unit_rows("limit", rows, COUNT(rows), sizeof(rows[0]), test_limit);
	return unit_run("xtext");
}
