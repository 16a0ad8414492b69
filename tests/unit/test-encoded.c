#include "unit.h"

#include "base/str.h"
#include "mail/encoded.h"

static const struct {
	const char	*name;
	enum encoded_in	 in;
	const char	*text;
	const char	*want;
} rows[] = {
	{ "nothing", ENCODED_TEXT, "", "" },
	{ "Q", ENCODED_TEXT, "abcdefgäb", "=?UTF-8?Q?abcdefg=C3=A4b?=" },
	{ "as long: Q", ENCODED_TEXT, "abcdefghijä",
	    "=?UTF-8?Q?abcdefghij=C3=A4?=" },
	{ "B", ENCODED_TEXT, "Jörg", "=?UTF-8?B?SsO2cmc=?=" },
	{ "B of one", ENCODED_TEXT, "ä", "=?UTF-8?B?w6Q=?=" },
	{ "a blank", ENCODED_TEXT, " aaaaaaaaä b",
	    "=?UTF-8?Q?_aaaaaaaa=C3=A4_b?=" },
	{ "a tab", ENCODED_TEXT, "aaaaaaaaaaaaä\tb",
	    "=?UTF-8?Q?aaaaaaaaaaaa=C3=A4=09b?=" },
	{ "equals, question mark, underscore", ENCODED_TEXT,
	    "aaaaaaaaaaaaaaaaaaaaä=\?_",
	    "=?UTF-8?Q?aaaaaaaaaaaaaaaaaaaa=C3=A4=3D=3F=5F?=" },
	{ "specials in text", ENCODED_TEXT, "\"aaaa(a),<a>;:\\.@[]ä",
	    "=?UTF-8?Q?\"aaaa(a),<a>;:\\.@[]=C3=A4?=" },
	{ "specials in a comment", ENCODED_COMMENT,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa(\\)\",;.@ä",
	    "=?UTF-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaa=28=5C=29=22,;.@"
	    "=C3=A4?=" },
	{ "specials in a phrase", ENCODED_PHRASE,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaa!*+-/ä.,",
	    "=?UTF-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaa!*+-/=C3=A4=2E=2C?=" },
	{ "an apostrophe in a phrase", ENCODED_PHRASE, "aaaaaaaaaaO'ä",
	    "=?UTF-8?Q?aaaaaaaaaaO=27=C3=A4?=" },
	{ "DEL and ESC", ENCODED_TEXT, "aaaaaaaaaaaaaaaaaa\177\033ä",
	    "=?UTF-8?Q?aaaaaaaaaaaaaaaaaa=7F=1B=C3=A4?=" },
	{ "ASCII", ENCODED_TEXT, "abc", "=?US-ASCII?Q?abc?=" },
	{ "not UTF-8", ENCODED_TEXT, "abcdef\xe4",
	    "=?unknown-8bit?Q?abcdef=E4?=" },
	{ "a word in a word", ENCODED_TEXT, "=?UTF-8?Q?a?=",
	    "=?US-ASCII?B?PT9VVEYtOD9RP2E/PQ==?=" },
};

static void
test_row(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct buf b = BUF_MAX(4096), back = BUF_MAX(4096);
	size_t n = strlen(r->text);
	char *copy = unit_copy(r->text, n);

	assert_int_equal(encoded_add(&b, 0, r->in, copy, n), 0);
	assert_string_equal(buf_str(&b), r->want);
	assert_int_equal(encoded_is(buf_str(&b), b.len), n > 0);
	if (n > 0 && strstr(r->want, "8bit") == NULL) {
		assert_int_equal(encoded_read(&back, b.data, b.len), 0);
		assert_string_equal(buf_str(&back), r->text);
	}
	free(copy);
	buf_free(&b);
	buf_free(&back);
}

/* What is on the line already decides where the first word goes. */
static const struct {
	const char	*name;
	size_t		 before;
	const char	*line;
	const char	*text;
	const char	*want;		/* after the line's last white space */
} places[] = {
	{ "an empty line", 0, "", "ä", "=?UTF-8?B?w6Q=?=" },
	{ "it just fits", 60, "", "ä", "=?UTF-8?B?w6Q=?=" },
	{ "it does not", 61, "x ", "ä", "x\r\n =?UTF-8?B?w6Q=?=" },
	{ "the blank becomes the fold", 70, "a\t", "ä",
	    "a\r\n\t=?UTF-8?B?w6Q=?=" },
	{ "several of them", 70, "a \t ", "ä",
	    "a\r\n \t =?UTF-8?B?w6Q=?=" },
	{ "no blank", 70, "a(", "ä", "a(\r\n =?UTF-8?B?w6Q=?=" },
	{ "only the last line counts", 70, "a\r\n b ", "ä",
	    "a\r\n b =?UTF-8?B?w6Q=?=" },
	{ "a line of white space is not folded", 70, "a\r\n  ", "ä",
	    "a\r\n  =?UTF-8?B?w6Q=?=" },
	{ "whole on the next line", 50, "a ", "aaaaaaaaaaaaaaä",
	    "a\r\n =?UTF-8?Q?aaaaaaaaaaaaaa=C3=A4?=" },
	{ "no part behind the colon", 64, "Name: ", "aaaaaaaaaä",
	    "Name:\r\n =?UTF-8?Q?aaaaaaaaa=C3=A4?=" },
	{ "in parts behind the colon, some", 40, "Name: ", "aaaaaaaaaaaaaä",
	    "Name: =?UTF-8?Q?aaaaaaaaaaaaa?=\r\n =?UTF-8?Q?=C3=A4?=" },
};

static void
test_place(void **state)
{
	const __typeof__(places[0]) *r = *state;
	struct buf b = BUF_MAX(4096);

	buf_adds(&b, r->line);
	assert_int_equal(encoded_add(&b, r->before, ENCODED_TEXT, r->text,
	    strlen(r->text)), 0);
	assert_string_equal(buf_str(&b), r->want);
	buf_free(&b);
}

/* A letter many times: lines of 76, words of 75, no letter in two. */
static const struct {
	const char	*name;
	const char	*letter;
	enum encoded_in	 in;
	size_t		 before;
	size_t		 words;		/* of 200 letters */
} longs[] = {
	{ "two octets in B", "ä", ENCODED_TEXT, 0, 10 },
	{ "three octets", "\xe2\x82\xac", ENCODED_TEXT, 0, 14 },
	{ "four octets", "\xf0\x9f\x8e\x89", ENCODED_TEXT, 0, 19 },
	{ "four octets in a comment", "\xf0\x9f\x8e\x89", ENCODED_COMMENT, 0,
	    19 },
	{ "a line begun", "\xf0\x9f\x8e\x89", ENCODED_PHRASE, 50, 19 },
	{ "Latin-1", "\xe4", ENCODED_TEXT, 0, 5 },
	{ "ASCII", "a", ENCODED_TEXT, 0, 4 },
	{ "a comment has a parenthesis", "a", ENCODED_COMMENT, 0, 4 },
	{ "letters with blanks", "aaaaaaaaaaaaaaaaaaaaaä ", ENCODED_TEXT, 0,
	    89 },
	{ "joined emoji", "\xf0\x9f\x91\xa9\xe2\x80\x8d", ENCODED_TEXT, 0,
	    34 },
};

static void
test_long(void **state)
{
	const __typeof__(longs[0]) *r = *state;
	struct buf text = BUF_MAX(1 << 16), b = BUF_MAX(1 << 16);
	struct buf back = BUF_MAX(1 << 16);
	const char *p, *end;
	size_t i, n, column = r->before, words = 0;

	for (i = 0; i < 200; i++)
		buf_adds(&text, r->letter);
	assert_int_equal(encoded_add(&b, r->before, r->in, text.data,
	    text.len), 0);
	for (p = b.data; *p != '\0'; p = end + strspn(end, "\r\n "), words++) {
		end = p + strcspn(p, "\r");
		n = (size_t)(end - p);
		assert_true(encoded_is(p, n) && n <= ENCODED_MAX);
		assert_true(column + n + (r->in == ENCODED_COMMENT) <= 76);
		column = 1;
		if (encoded_read(&back, p, n) == 0)
			assert_true(str_utf8(back.data, back.len));
	}
	assert_int_equal(words, r->words);
	if (back.len > 0)
		assert_string_equal(buf_str(&back), buf_str(&text));
	buf_free(&text);
	buf_free(&b);
	buf_free(&back);
}

static const struct {
	const char	*name;		/* of a word, as it is */
	int		 is;
	const char	*text;		/* NULL: not to be read */
} words[] = {
	{ "=?UTF-8?Q?a?=", 1, "a" },
	{ "=?utf-8?q?a_b=20c=c3=A4?=", 1, "a b c\xc3\xa4" },
	{ "=?us-ascii?b?YQ==?=", 1, "a" },
	{ "=?iso-8859-1?Q?=E4?=", 1, NULL },
	{ "=?utf-8*de?Q?a?=", 1, NULL },
	{ "=?utf-8?Q?a=4?=", 1, NULL },
	{ "=?utf-8?Q?a=4g?=", 1, NULL },
	{ "=?utf-8?Q?a=?=", 1, NULL },
	{ "=?utf-8?B?a?=", 1, NULL },
	{ "=?utf-8?Q?\?=", 0, NULL },
	{ "=?\?Q?a?=", 0, NULL },
	{ "=?utf-8?X?a?=", 0, NULL },
	{ "=?utf-8?Q?a b?=", 0, NULL },
	{ "=?utf-8?Q?a?b?=", 0, NULL },
	{ "=?utf-8?QQ?a?=", 0, NULL },
	{ "=?utf-8?Q?a", 0, NULL },
	{ "=?utf-8?Q?", 0, NULL },
	{ "=?utf-8?Q?=", 0, NULL },
	{ "=?=", 0, NULL },
	{ "?=", 0, NULL },
	{ "", 0, NULL },
	{ "x=?utf-8?Q?a?=", 0, NULL },
	{ "=?utf-8?Q?a?=x", 0, NULL },
	{ "=?utf-8?Q?\xc3\xa4?=", 0, NULL },
	{ "=?utf-8?Q?a\177?=", 0, NULL },
};

static void
test_word(void **state)
{
	const __typeof__(words[0]) *r = *state;
	struct buf b = BUF_MAX(4096);
	size_t n = strlen(r->name);
	char *copy = unit_copy(r->name, n);

	assert_int_equal(encoded_is(copy, n), r->is);
	assert_int_equal(encoded_read(&b, copy, n), r->text != NULL ? 0 : -1);
	if (r->text != NULL)
		assert_string_equal(buf_str(&b), r->text);
	free(copy);
	buf_free(&b);
}

static void
test_ceiling(void **state)
{
	struct buf b = BUF_MAX(20);

	(void)state;
	assert_int_not_equal(encoded_add(&b, 0, ENCODED_TEXT,
	    LIT("abcdefghij\xc3\xa4")), 0);
	buf_free(&b);
}

int
main(void)
{
	setenv("LC_ALL", "C", 1);
	UNIT_ROWS(rows, test_row);
	UNIT_ROWS(places, test_place);
	UNIT_ROWS(longs, test_long);
	UNIT_ROWS(words, test_word);
	UNIT_TEST(test_ceiling);
	return unit_run("encoded");
}
