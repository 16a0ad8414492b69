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
	unit_rows("limit", rows, COUNT(rows), sizeof(rows[0]), test_limit);
	return unit_run("xtext");
}
