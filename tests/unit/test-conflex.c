#include "unit.h"

#include "config/conflex.h"

static const struct line_row {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*keyword;	/* NULL: no line */
	const char	*value;
	unsigned	 line;
	int		 quoted;
} lines[] = {
	{ "a keyword alone", LIT("tls"), "tls", "", 1, 0 },
	{ "a value", LIT("host mx\n"), "host", "mx", 1, 0 },
	{ "blanks all over", LIT(" \thost \t mx \t\n"), "host", "mx", 1, 0 },
	{ "a value of several words", LIT("from a  b"), "from", "a  b", 1, 0 },
	{ "quotes", LIT("user \" a b \""), "user", " a b ", 1, 1 },
	{ "empty quotes", LIT("user \"\"\n"), "user", "", 1, 1 },
	{ "one quote", LIT("user \""), "user", "\"", 1, 0 },
	{ "a quote that is not closed", LIT("user \"a"), "user", "\"a", 1, 0 },
	{ "quotes inside", LIT("user a \"b\" c"), "user", "a \"b\" c", 1, 0 },
	{ "quotes within quotes", LIT("user \"a \"b\""), "user", "a \"b", 1,
	    1 },
	{ "a backslash is a character", LIT("user a\\\"b\\"), "user",
	    "a\\\"b\\", 1, 0 },
	{ "a backslash before the last quote", LIT("user \"a\\\""), "user",
	    "a\\", 1, 1 },
	{ "blanks after quotes", LIT("user \"a\" \t\r\n"), "user", "a", 1, 1 },
	{ "a comment sign in a value", LIT("user a #b"), "user", "a #b", 1,
	    0 },
	{ "an equals sign", LIT("user=a b"), "user=a", "b", 1, 0 },
	{ "CRLF", LIT("host mx\r\n"), "host", "mx", 1, 0 },
	{ "CR in a value", LIT("host m\rx\n"), "host", "m\rx", 1, 0 },
	{ "a byte order mark", LIT("\xef\xbb\xbfhost mx"), "host", "mx", 1,
	    0 },
	{ "half a byte order mark", LIT("\xef\xbb"), "\xef\xbb", "", 1, 0 },
	{ "a comment before", LIT("# x\n \t# y\nhost mx"), "host", "mx", 3,
	    0 },
	{ "empty lines before", LIT("\n\r\n \t\nhost mx"), "host", "mx", 4,
	    0 },
	{ "nothing", LIT(""), NULL, NULL, 0, 0 },
	{ "blanks alone", LIT(" \t"), NULL, NULL, 0, 0 },
	{ "a comment alone", LIT("#"), NULL, NULL, 0, 0 },
	{ "a byte order mark alone", LIT("\xef\xbb\xbf"), NULL, NULL, 0, 0 },
};

static void
expect(const char *s, size_t n, const char *want)
{
	assert_int_equal(n, strlen(want));
	assert_memory_equal(s, want, n);
}

static void
test_line(void **state)
{
	const struct line_row *r = *state;
	char *text = unit_copy(r->text, r->n);
	struct conflex lex;
	struct conflex_line line;
	enum conflex_status st;

	conflex_open(&lex, text, r->n);
	st = conflex_next(&lex, &line);
	if (r->keyword == NULL)
		assert_int_equal(st, CONFLEX_END);
	else {
		assert_int_equal(st, CONFLEX_LINE);
		expect(line.keyword, line.keyword_len, r->keyword);
		expect(line.value, line.value_len, r->value);
		assert_int_equal(line.quoted, r->quoted);
		assert_int_equal(lex.line, r->line);
		assert_int_equal(conflex_next(&lex, &line), CONFLEX_END);
	}
	free(text);
}

static void
test_bad(void **state)
{
	static const char text[] = "a\n#\0\nb";
	struct conflex lex;
	struct conflex_line line;

	(void)state;
	conflex_open(&lex, text, sizeof(text) - 1);
	assert_int_equal(conflex_next(&lex, &line), CONFLEX_LINE);
	assert_int_equal(conflex_next(&lex, &line), CONFLEX_NUL);
	assert_int_equal(lex.line, 2);
	assert_int_equal(conflex_next(&lex, &line), CONFLEX_LINE);
	assert_int_equal(lex.line, 3);
}

static void
test_long(void **state)
{
	char *text = unit_fill('x', CONFLEX_LINE_MAX + 1);
	struct conflex lex;
	struct conflex_line line;

	(void)state;
	conflex_open(&lex, text, CONFLEX_LINE_MAX);
	assert_int_equal(conflex_next(&lex, &line), CONFLEX_LINE);
	conflex_open(&lex, text, CONFLEX_LINE_MAX + 1);
	assert_int_equal(conflex_next(&lex, &line), CONFLEX_LONG);
	text[CONFLEX_LINE_MAX] = '\n';
	conflex_open(&lex, text, CONFLEX_LINE_MAX + 1);
	assert_int_equal(conflex_next(&lex, &line), CONFLEX_LINE);
	free(text);
}

static const struct word_row {
	const char	*name;
	const char	*list;
	const char	*words;		/* each with "|" behind it */
} words[] = {
	{ "none", "", "" },
	{ "separators alone", " ,\t, ", "" },
	{ "one", "a@x", "a@x|" },
	{ "blanks and commas", " a@x,b@y ,\tc@z,", "a@x|b@y|c@z|" },
	{ "a quoted blank", "\"a b\"@x c@y", "\"a b\"@x|c@y|" },
	{ "a quoted comma", "\"a,b\"@x,c", "\"a,b\"@x|c|" },
	{ "an escaped quote", "\"a\\\" b\"@x c", "\"a\\\" b\"@x|c|" },
	{ "a quote that is not closed", "a \"b c", "a|\"b c|" },
	{ "a backslash at the end", "\"a\\", "\"a\\|" },
};

static void
test_word(void **state)
{
	const struct word_row *r = *state;
	size_t n, len = strlen(r->list), have = 0;
	char *list = unit_copy(r->list, len);
	const char *p = list, *word;
	char got[64];

	while ((n = conflex_word(&p, list + len, ", \t", &word)) > 0) {
		assert_true(have + n + 1 < sizeof(got));
		memcpy(got + have, word, n);
		have += n;
		got[have++] = '|';
	}
	got[have] = '\0';
	assert_string_equal(got, r->words);
	free(list);
}

int
main(void)
{
	UNIT_ROWS(lines, test_line);
	UNIT_TEST(test_bad);
	UNIT_TEST(test_long);
	UNIT_ROWS(words, test_word);
	return unit_run("conflex");
}
