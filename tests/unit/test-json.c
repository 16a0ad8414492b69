#include "base/str.h"
#include "smtp/json.h"
#include "unit.h"

static const struct row {
	const char	*name;
	const char	*text;
	const char	*member;
	const char	*want;		/* NULL: see r */
	int		 r;		/* then: 0 none, -1 no object */
} rows[] = {
	{ "one member", "{\"status\":\"401\"}", "status", "401", 1 },
	{ "several", "{\"status\":\"400\",\"schemes\":\"Bearer\","
	    "\"scope\":\"https://mail.google.com/\"}", "scope",
	    "https://mail.google.com/", 1 },
	{ "gaps", " {\r\n \"a\" : \"b\" ,\t\"c\" : \"d\" } ", "c", "d", 1 },
	{ "a number", "{\"status\":401}", "status", "401", 1 },
	{ "a word", "{\"a\":true}", "a", "true", 1 },
	{ "empty", "{\"a\":\"\"}", "a", "", 1 },
	{ "escapes", "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "a",
	    "\"\\/\b\f\n\r\t", 1 },
	{ "\\u", "{\"a\":\"\\u00e9\\u20AC\"}", "a", "\xc3\xa9\xe2\x82\xac",
	    1 },
	{ "\\u in the name", "{\"\\u0061\":\"x\"}", "a", "x", 1 },
	{ "a pair of surrogates", "{\"a\":\"\\ud83d\\ude00\"}", "a",
	    "\xf0\x9f\x98\x80", 1 },
	{ "half a pair", "{\"a\":\"\\ud83dx\"}", "a", "\xed\xa0\xbdx", 1 },
	{ "two first halves", "{\"a\":\"\\ud83d\\ud83d\"}", "a",
	    "\xed\xa0\xbd\xed\xa0\xbd", 1 },
	{ "the first of two", "{\"a\":\"1\",\"a\":\"2\"}", "a", "1", 1 },
	{ "behind an object", "{\"x\":{\"a\":[1,{\"}\":2}]},\"a\":\"b\"}",
	    "a", "b", 1 },
	{ "in an object", "{\"x\":{\"a\":\"b\"}}", "a", NULL, 0 },
	{ "as a value", "{\"x\":\"a\",\"b\":\"c\"}", "a", NULL, 0 },
	{ "an object", "{\"a\":{}}", "a", "", 1 },
	{ "none", "{}", "a", NULL, 0 },
	{ "the beginning of a name", "{\"ab\":\"c\"}", "a", NULL, 0 },
	{ "nothing", "", "a", NULL, -1 },
	{ "a text", "\"a\"", "a", NULL, -1 },
	{ "an array", "[\"a\",\"b\"]", "a", NULL, -1 },
	{ "cut behind the brace", "{", "a", NULL, -1 },
	{ "cut in the name", "{\"a", "a", NULL, -1 },
	{ "cut behind the name", "{\"a\"", "a", NULL, -1 },
	{ "cut behind the colon", "{\"a\":", "a", NULL, -1 },
	{ "cut in the value", "{\"a\":\"b", "a", NULL, -1 },
	{ "cut in an escape", "{\"a\":\"\\", "a", NULL, -1 },
	{ "cut in \\u", "{\"a\":\"\\u00", "a", NULL, -1 },
	{ "cut in a pair", "{\"a\":\"\\ud83d\\u", "a", NULL, -1 },
	{ "cut in an object", "{\"b\":{\"a\":[", "a", NULL, -1 },
	{ "no such escape", "{\"a\":\"\\x\"}", "a", NULL, -1 },
	{ "\\u of other letters", "{\"a\":\"\\u00gg\"}", "a", NULL, -1 },
	{ "two commas", "{\"b\":1,,\"a\":2}", "a", NULL, -1 },
	{ "no comma", "{\"b\":1 \"a\":2}", "a", NULL, -1 },
	{ "too long for the one who asks", "{\"a\":\"0123456789"
	    "01234567890123456789\"}", "a", NULL, -1 },
	{ "too deep", "{\"b\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]],\"a\":\"\"}",
	    "a", NULL, -1 },
};

static void
test_row(void **state)
{
	const struct row *r = *state;
	size_t n = strlen(r->text);
	char *copy = unit_copy(r->text, n);
	struct buf out = BUF_MAX(24);

	assert_int_equal(json_text(copy, n, r->member, &out), r->r);
	if (r->want != NULL)
		assert_string_equal(buf_str(&out), r->want);
	buf_free(&out);
	free(copy);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	return unit_run("json");
}
