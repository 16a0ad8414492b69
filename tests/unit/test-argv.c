#include "unit.h"

#include "base/argv.h"

static const struct {
	const char	*name;
	const char	*text;
	const char	*words;		/* each in <>; else the error */
} splits[] = {
	{ "one word", "cat", "<cat>" },
	{ "some words", "ssh gw nc %h %p", "<ssh><gw><nc><%h><%p>" },
	{ "many blanks", " \t a \t\tb  ", "<a><b>" },
	{ "line ends are blanks", "a\r\nb\nc", "<a><b><c>" },
	{ "single quotes", "'a b' c", "<a b><c>" },
	{ "double quotes", "\"a b\" c", "<a b><c>" },
	{ "quotes within a word", "a'b c'd\"e f\"g", "<ab cde fg>" },
	{ "an empty word", "a '' \"\" b", "<a><><><b>" },
	{ "a word that is empty quotes and more", "''a", "<a>" },
	{ "each quote in the other", "'\"' \"'\"", "<\"><'>" },
	{ "a backslash", "a\\ b \\'c \\\"d \\\\e", "<a b><'c><\"d><\\e>" },
	{ "before a letter", "\\a", "<a>" },
	{ "in single quotes", "'a\\b' '\\'", "<a\\b><\\>" },
	{ "in double quotes, before what is special",
	    "\"a\\\"b\\\\c\\$d\\`e\"", "<a\"b\\c$d`e>" },
	{ "in double quotes, before others", "\"a\\b\\'c\"", "<a\\b\\'c>" },
	{ "at the end of a word in quotes", "'a\\' b", "<a\\><b>" },
	{ "nothing else means anything", "a $HOME `b` $(c) *? ~ #d {e,f} !g",
	    "<a><$HOME><`b`><$(c)><*?><~><#d><{e,f}><!g>" },
	{ "nor what separates commands", "a;b|c&d>e<f", "<a;b|c&d>e<f>" },
	{ "in quotes too", "\"$HOME\" '$HOME'", "<$HOME><$HOME>" },
	{ "UTF-8", "p\xc3\xa9 \"\xe2\x82\xac x\"",
	    "<p\xc3\xa9><\xe2\x82\xac x>" },
	{ "any byte", "\xff\x01 b", "<\xff\x01><b>" },
	{ "as many words as there can be", "a b c d e f",
	    "<a><b><c><d><e><f>" },
	{ "empty", "", "there is no command" },
	{ "blank", " \t ", "there is no command" },
	{ "an open single quote", "a 'b c", "a quote is not closed" },
	{ "an open double quote", "a \"b c", "a quote is not closed" },
	{ "a quote at the end", "a \"", "a quote is not closed" },
	{ "a closing quote that is escaped", "a \"b\\\"",
	    "a quote is not closed" },
	{ "an open quote with a backslash at the end", "\"\\",
	    "a quote is not closed" },
	{ "a backslash at the end", "a \\",
	    "nothing follows the backslash at the end" },
};

static void
show(const struct argv *a, char *out, size_t size)
{
	size_t i;

	out[0] = '\0';
	for (i = 0; i < a->n; i++) {
		strlcat(out, "<", size);
		strlcat(out, a->word[i], size);
		strlcat(out, ">", size);
	}
	if (a->word != NULL)
		assert_null(a->word[a->n]);
}

static void
test_split(void **state)
{
	const __typeof__(splits[0]) *r = *state;
	char *text = unit_copy(r->text, strlen(r->text) + 1), got[256];
	struct argv a = ARGV_INIT;
	struct err e = ERR_INIT;
	int bad = r->words[0] != '<';

	assert_int_equal(argv_split(&a, text, &e), bad ? -1 : 0);
	assert_int_equal(e.kind, bad ? ERR_CONFIG : ERR_NONE);
	show(&a, got, sizeof(got));
	assert_string_equal(bad ? e.text : got, r->words);
	argv_free(&a);
	free(text);
}

static const struct {
	const char	*name;
	const char	*text;
	const char	*host;
	const char	*words;		/* likewise */
} expansions[] = {
	{ "by themselves", "nc %h %p", "mx", "<nc><mx><587>" },
	{ "within a word", "socat - TCP:%h:%p,nodelay", "mx",
	    "<socat><-><TCP:mx:587,nodelay>" },
	{ "a percent sign", "a%%h 100%% %%", "mx", "<a%h><100%><%>" },
	{ "what was quoted", "'%h' \"%p\" \\%h", "mx", "<mx><587><mx>" },
	{ "no other word comes of it", "nc %h", "a b 'c", "<nc><a b 'c>" },
	{ "nor is it expanded again", "nc %h", "%p", "<nc><%p>" },
	{ "twice", "%h%h", "mx", "<mxmx>" },
	{ "nothing to expand", "nc a b", "mx", "<nc><a><b>" },
	{ "not needed", "nc %p", NULL, "<nc><587>" },
	{ "an empty value", "a%hb", "", "<ab>" },
	{ "an option within a word", "a-%h", "-x", "<a--x>" },
	{ "an option", "ssh %h", "-oProxyCommand=x",
	    "-oProxyCommand=x would be taken for an option" },
	{ "not there", "nc %h", NULL,
	    "there is nothing to put in the place of %h" },
	{ "unknown", "nc %r", "mx",
	    "%r means nothing here; write %% for a percent sign" },
	{ "nothing behind it", "nc a%", "mx",
	    "% means nothing here; write %% for a percent sign" },
	{ "of the other case", "nc %H", "mx",
	    "%H means nothing here; write %% for a percent sign" },
	{ "an escape behind it", "nc %\033", "mx",
	    "%\\x1B means nothing here; write %% for a percent sign" },
};

static void
test_expand(void **state)
{
	const __typeof__(expansions[0]) *r = *state;
	const struct argv_value values[] = { { 'h', r->host },
	    { 'p', "587" } };
	char got[256];
	struct argv a = ARGV_INIT;
	struct err e = ERR_INIT;
	int bad = r->words[0] != '<';

	assert_int_equal(argv_split(&a, r->text, &e), 0);
	assert_int_equal(argv_expand(&a, values, COUNT(values), &e),
	    bad ? -1 : 0);
	assert_int_equal(e.kind, bad ? ERR_CONFIG : ERR_NONE);
	show(&a, got, sizeof(got));
	assert_string_equal(bad ? e.text : got, r->words);
	argv_free(&a);
}

/* A configured line may be long; it is worth no more than its length. */
static void
test_long(void **state)
{
	char *text = unit_fill('%', 128 * 1024 + 1), *value;
	struct argv a = ARGV_INIT;
	struct err e = ERR_INIT;
	size_t i, n = strlen(text);

	(void)state;
	for (i = 1; i < n; i += 2)
		text[i] = ' ';
	text[0] = 'a';
	assert_int_equal(argv_split(&a, text, &e), 0);
	assert_int_equal(a.n, n / 2 + 1);
	for (i = 0; i < n; i++)
		text[i] = i % 2 == 0 ? '%' : 'h';
	text[n - 1] = '\0';
	assert_int_equal(argv_split(&a, text, &e), 0);
	assert_int_equal(a.n, 1);
	value = unit_fill('x', 200);
	assert_int_equal(argv_expand(&a, &(struct argv_value){ 'h', value }, 1,
	    &e), -1);
	assert_string_equal(e.text, "a word is over 65536 bytes");
	argv_free(&a);
	argv_free(&a);
	free(value);
	free(text);
}

int
main(void)
{
	UNIT_ROWS(splits, test_split);
	UNIT_ROWS(expansions, test_expand);
	UNIT_TEST(test_long);
	return unit_run("argv");
}
