#include "unit.h"

#include "config/aliaslex.h"

#define OPEN	"!a quote, comment or bracket is not closed|"

static const struct cut_row {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*folded, *lines;	/* each with "LINE:" before it
						 * and "|" behind; NULL: the
						 * same in both */
} cuts[] = {
	{ "nothing", LIT(""), "", NULL },
	{ "blanks", LIT(" \t "), "", NULL },
	{ "commas", LIT(",, ,"), "", NULL },
	{ "line ends", LIT("\n\r\n \n"), "", NULL },
	{ "one", LIT("a"), "1:a|", NULL },
	{ "blanks around", LIT(" \ta\t "), "1:a|", NULL },
	{ "two", LIT("a,b"), "1:a|1:b|", NULL },
	{ "empty ones between", LIT(",a,, ,b,"), "1:a|1:b|", NULL },
	{ "blanks inside", LIT("Ann  Lee <a@x> , b"), "1:Ann  Lee <a@x>|1:b|",
	    NULL },
	{ "CR at the end", LIT("a\r"), "1:a|", NULL },
	{ "CR inside", LIT("a\rb"), "1:a\rb|", NULL },
	{ "CR before", LIT("\ra"), "1:\ra|", NULL },

	{ "lines with commas", LIT("a,\n b,\n c"), "1:a|2:b|3:c|", NULL },
	{ "lines without", LIT("a\n b"), "1:a  b|", "1:a|2:b|" },
	{ "CRLF", LIT("a,\r\n\tb\r\n"), "1:a|2:b|", NULL },
	{ "empty lines between", LIT("a,\n\n \n b"), "1:a|4:b|", NULL },
	{ "a comma first in the line", LIT("a\n ,b"), "1:a|2:b|", NULL },
	{ "only in the next line", LIT("\n a"), "2:a|", NULL },
	{ "the line is where it begins", LIT("(x\n y) a, b"),
	    "1:(x  y) a|2:b|", "1:(x" OPEN "2:y) a|2:b|" },

	{ "a comment line", LIT("a,\n# b, c\n d"), "1:a|3:d|", NULL },
	{ "an indented comment line", LIT("a,\n \t#b\n d"), "1:a|3:d|",
	    NULL },
	{ "a comment behind a target", LIT("a # b, c"), "1:a|", NULL },
	{ "a comment behind a comma", LIT("a, # b\n c"), "1:a|2:c|", NULL },
	{ "a comment first", LIT(" # b\n c"), "2:c|", NULL },
	{ "a sign first", LIT("#a"), "1:#a|", "" },
	{ "a sign in a target", LIT("a#b,#c"), "1:a#b|1:#c|", NULL },
	{ "a sign in quotes", LIT("\"a # b\",c"), "1:\"a # b\"|1:c|", NULL },
	{ "a sign in a comment", LIT("(a # b) c"), "1:(a # b) c|", NULL },
	{ "a sign in brackets", LIT("<a # b>"), "1:<a # b>|", NULL },
	{ "a comment line in quotes", LIT("\"a\n # b\n c\""),
	    "1:\"a    c\"|", "1:\"a" OPEN "3:c\"" OPEN },
	{ "a comment ends in a comma", LIT("a #,\n,b"), "1:a|2:b|", NULL },

	{ "a comma in quotes", LIT("\"a,b\"@x,c"), "1:\"a,b\"@x|1:c|", NULL },
	{ "an escaped quote", LIT("\"a\\\",b\",c"), "1:\"a\\\",b\"|1:c|",
	    NULL },
	{ "an escaped backslash", LIT("\"a\\\\\",b"), "1:\"a\\\\\"|1:b|",
	    NULL },
	{ "a backslash outside", LIT("\\a\\,b"), "1:\\a\\|1:b|", NULL },
	{ "a backslash outside before a quote", LIT("\\\"a,b\""),
	    "1:\\\"a,b\"|", NULL },
	{ "a comma in a comment", LIT("(a,b) c,d"), "1:(a,b) c|1:d|", NULL },
	{ "nested comments", LIT("(a,(b,),c) d,e"), "1:(a,(b,),c) d|1:e|",
	    NULL },
	{ "escaped in a comment", LIT("(a\\),b) c,d"), "1:(a\\),b) c|1:d|",
	    NULL },
	{ "a quote in a comment", LIT("(\") a,b"), "1:(\") a|1:b|", NULL },
	{ "brackets in a comment", LIT("(<[) a,b"), "1:(<[) a|1:b|", NULL },
	{ "a comment in quotes", LIT("\"(\",b"), "1:\"(\"|1:b|", NULL },
	{ "a route", LIT("<@a,@b:c@d>,e"), "1:<@a,@b:c@d>|1:e|", NULL },
	{ "quotes in brackets", LIT("<\"a>,b\"@x>,c"), "1:<\"a>,b\"@x>|1:c|",
	    NULL },
	{ "a comment in brackets", LIT("<a(>,)@x>,c"), "1:<a(>,)@x>|1:c|",
	    NULL },
	{ "a literal", LIT("a@[1,2],c"), "1:a@[1,2]|1:c|", NULL },
	{ "odd signs in a literal", LIT("a@[(\"<],c"), "1:a@[(\"<]|1:c|",
	    NULL },
	{ "closed, but not open", LIT("a>,b],c),d"), "1:a>|1:b]|1:c)|1:d|",
	    NULL },
	{ "an open quote", LIT("a,\"b,c"), "1:a|1:\"b,c" OPEN, NULL },
	{ "an open comment", LIT("(b,c"), "1:(b,c" OPEN, NULL },
	{ "an open inner comment", LIT("(b(c),"), "1:(b(c)," OPEN, NULL },
	{ "an open bracket", LIT("<b,c"), "1:<b,c" OPEN, NULL },
	{ "an open literal", LIT("[b,c"), "1:[b,c" OPEN, NULL },
	{ "a backslash at the end", LIT("\"a\\"), "1:\"a\\" OPEN, NULL },
	{ "a backslash at a line's end", LIT("\"a\\\nb\",c"),
	    "1:\"a\\ b\"|2:c|", "1:\"a\\" OPEN "2:b\",c" OPEN },
	{ "an open one ends with its line", LIT("\"a\nb"), "1:\"a b" OPEN,
	    "1:\"a" OPEN "2:b|" },
	{ "a command", LIT("\"|cmd a, b\" , c"), "1:\"|cmd a, b\"|1:c|",
	    NULL },
	{ "8 bits", LIT("\xc3\xa4,\xff"), "1:\xc3\xa4|1:\xff|", NULL },
};

static void
check(const struct cut_row *r, enum aliaslex_lines lines, const char *want)
{
	struct buf got = BUF_MAX(4096);
	char *text = unit_copy(r->text, r->n);
	struct aliaslex l;

	aliaslex_open(&l, text, r->n, lines, 1);
	while (aliaslex_next(&l))
		buf_addf(&got, "%u:%s%s%s|", l.item_line, buf_str(&l.item),
		    l.why != NULL ? "!" : "", l.why != NULL ? l.why : "");
	assert_int_equal(aliaslex_next(&l), 0);
	assert_string_equal(buf_str(&got), want);
	aliaslex_close(&l);
	buf_free(&got);
	free(text);
}

static void
test_cut(void **state)
{
	const struct cut_row *r = *state;

	check(r, ALIASLEX_FOLDED, r->folded);
	check(r, ALIASLEX_LINES, r->lines != NULL ? r->lines : r->folded);
}

static void
test_long(void **state)
{
	struct buf text = BUF_MAX(65536);
	struct aliaslex l;
	char *long_one = unit_fill('x', ALIASLEX_TARGET_MAX);

	(void)state;
	buf_addf(&text, "%s,%sy,z", long_one, long_one);
	aliaslex_open(&l, buf_str(&text), text.len, ALIASLEX_FOLDED, 7);
	assert_int_equal(aliaslex_next(&l), 1);
	assert_null(l.why);
	assert_string_equal(buf_str(&l.item), long_one);
	assert_int_equal(aliaslex_next(&l), 1);
	assert_string_equal(l.why, "a target of over 4096 bytes");
	assert_int_equal(aliaslex_next(&l), 1);
	assert_null(l.why);
	assert_string_equal(buf_str(&l.item), "z");
	assert_int_equal(l.item_line, 7);
	aliaslex_close(&l);
	buf_free(&text);
	free(long_one);
}

int
main(void)
{
	UNIT_ROWS(cuts, test_cut);
	UNIT_TEST(test_long);
	return unit_run("aliaslex");
}
