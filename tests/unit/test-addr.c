#include "unit.h"

#include "mail/addr.h"

#include "addresses.h"

#define SHOWN_MAX	(64 * 1024)

/*
 * A list as text: members are separated by " / ", and each is its display
 * name in braces, its path, and its comment in parentheses; or, when bad, "!"
 * with the reason and the source text in brackets.
 */
static void
show(struct buf *b, const struct addr *a)
{
	if (a->bad != NULL) {
		buf_addf(b, "!%s[%s]", a->bad, a->raw);
		assert_null(a->local);
		assert_null(a->domain);
		assert_null(a->display);
		return;
	}
	if (a->display != NULL)
		buf_addf(b, "{%s}", a->display);
	assert_int_equal(addr_path(b, a), 0);
	if (a->comment != NULL)
		buf_addf(b, "(%s)", a->comment);
}

static void
check(const char *text, size_t n, const char *want)
{
	struct addr_list list = ADDR_LIST_INIT;
	struct buf b = BUF_MAX(SHOWN_MAX);
	char *copy = unit_copy(text, n);
	size_t i, bad, found = 0;

	bad = addr_parse(&list, copy, n);
	free(copy);
	for (i = 0; i < list.n; i++) {
		if (i > 0)
			buf_adds(&b, " / ");
		show(&b, &list.addr[i]);
		if (list.addr[i].bad == NULL)
			assert_memory_equal(text + list.addr[i].at,
			    list.addr[i].raw, strlen(list.addr[i].raw));
		found += list.addr[i].bad != NULL;
	}
	assert_string_equal(buf_str(&b), want);
	assert_int_equal(bad, found);
	addr_list_free(&list);
	buf_free(&b);
}

struct row {
	const char	*name;
	const char	*text;
	const char	*want;
};

static const struct row plain[] = {
	{ "an address", "ann@example.org", "ann@example.org" },
	{ "in angle brackets", "<ann@example.org>", "ann@example.org" },
	{ "with a name", "Ann <a@x>", "{Ann}a@x" },
	{ "two in one argument", "Ann <a@x>, b@y", "{Ann}a@x / b@y" },
	{ "three without spaces", "a@x,b@y,c@z", "a@x / b@y / c@z" },
	{ "a bare local name", "root", "root" },
	{ "a bare name in brackets", "<root>", "root" },
	{ "a bare name with a phrase", "The boss <root>", "{The boss}root" },
	{ "a comma makes two of an unquoted name", "Smith, Ann <a@x>",
	    "Smith / {Ann}a@x" },
	{ "a comma in a quoted name", "\"Smith, Ann\" <a@x>",
	    "{\"Smith, Ann\"}a@x" },
	{ "domain in capitals", "Ann@EXAMPLE.Org", "Ann@example.org" },
	{ "local part keeps its capitals", "Ann.B@x", "Ann.B@x" },
	{ "every atext", "!#$%&'*+-/=?^_`{|}~0aZ@x",
	    "!#$%&'*+-/=?^_`{|}~0aZ@x" },
	{ "an underscore in the domain", "a@_dmarc.x", "a@_dmarc.x" },
	{ "digits for a domain", "a@163.com", "a@163.com" },
	{ "name against the bracket", "Ann<a@x>", "{Ann}a@x" },
	{ "space all round", " \t Ann \t < a@x > \t ", "{Ann}a@x" },
	{ "nothing", "", "" },
	{ "white space only", " \t ", "" },
	{ "commas only", ",, ,", "" },
	{ "empty members", ", a@x,, b@y ,", "a@x / b@y" },
	{ "minus first: still an address", "-f@x", "-f@x" },
	{ "pipes are letters, not commands", "|/bin/sh@x", "|/bin/sh@x" },
};

static const struct row phrases[] = {
	{ "quoted", "\"Ann B.\" <a@x>", "{\"Ann B.\"}a@x" },
	{ "dots (obsolete)", "Dr. Ann B. Smith <a@x>",
	    "{Dr. Ann B. Smith}a@x" },
	{ "atoms and quoted strings", "Ann \"the\" B <a@x>",
	    "{Ann \"the\" B}a@x" },
	{ "an encoded word", "=?UTF-8?Q?J=C3=B6rg?= <j@x>",
	    "{=?UTF-8?Q?J=C3=B6rg?=}j@x" },
	{ "two encoded words, folded",
	    "=?UTF-8?B?SsO2?=\r\n =?UTF-8?B?cmc=?= <j@x>",
	    "{=?UTF-8?B?SsO2?=\r\n =?UTF-8?B?cmc=?=}j@x" },
	{ "raw UTF-8", "J\xc3\xb6rg <j@x>", "{J\xc3\xb6rg}j@x" },
	{ "a quoted pair", "\"a\\\"b\" <a@x>", "{\"a\\\"b\"}a@x" },
	{ "a comment inside", "Ann (the) B <a@x>", "{Ann (the) B}a@x(the)" },
	{ "brackets in a quoted name", "\"<b@y>\" <a@x>", "{\"<b@y>\"}a@x" },
	{ "an at sign in a quoted name", "\"b@y\" <a@x>", "{\"b@y\"}a@x" },
	{ "an empty quoted name", "\"\" <a@x>", "{\"\"}a@x" },
	{ "an at sign in a bare name", "b@y <a@x>",
	    "!something follows the address[b@y <a@x>]" },
	{ "a name alone", "Ann Smith",
	    "!a name without an address[Ann Smith]" },
};

static const struct row comments[] = {
	{ "after: the old style name", "a@x (Ann)", "a@x(Ann)" },
	{ "before", "(Ann) a@x", "a@x(Ann)" },
	{ "the last one counts", "(1) a@x (2)", "a@x(2)" },
	{ "nested", "a@x (one (two (three)))", "a@x(one (two (three)))" },
	{ "everywhere", "(a)N(b)<(c)l(d)@(e)d(f).(g)x(h)>(i)",
	    "{N}l@d.x(i)" },
	{ "quoted pair in it", "a@x (b\\)c)", "a@x(b)c)" },
	{ "a comma in it", "a@x (b, c@y), d@z", "a@x(b, c@y) / d@z" },
	{ "a quote in it is no quote", "a@x (\"), b@y", "a@x(\") / b@y" },
	{ "one alone is nobody", "(Ann)", "" },
	{ "between commas", "a@x, (nobody), b@y", "a@x / b@y" },
	{ "empty", "a@x ()", "a@x" },
	{ "folded", "a@x (one\r\n two)", "a@x(one two)" },
	{ "raw UTF-8", "a@x (J\xc3\xb6rg)", "a@x(J\xc3\xb6rg)" },
	{ "each has its own", "a@x (A), b@y, c@z (C)",
	    "a@x(A) / b@y / c@z(C)" },
	{ "not closed", "a@x (Ann", "!a comment is not closed[a@x (Ann]" },
	{ "not closed takes all that follows", "a@x, (b@y, c@z",
	    "a@x / !a comment is not closed[(b@y, c@z]" },
	{ "nested, not closed", "a@x ((b)",
	    "!a comment is not closed[a@x ((b)]" },
	{ "closed twice", "a@x (b))",
	    "!something follows the address[a@x (b))]" },
	{ "backslash at the end", "a@x (b\\",
	    "!a comment is not closed[a@x (b\\]" },
	{ "a control character in it", "a@x (b\001)",
	    "!a control character in the address[a@x (b\001)]" },
};

static const struct row locals[] = {
	{ "quoted where it need not be", "\"ann\"@x", "ann@x" },
	{ "quoted where it must be", "\"a b\"@x", "\"a b\"@x" },
	{ "at sign", "\"a@b\"@x", "\"a@b\"@x" },
	{ "quoted pair of a quote", "\"a\\\"b\"@x", "\"a\\\"b\"@x" },
	{ "quoted pair of a backslash", "\"a\\\\b\"@x", "\"a\\\\b\"@x" },
	{ "quoted pair of a letter", "\"a\\bc\"@x", "abc@x" },
	{ "empty", "\"\"@x", "\"\"@x" },
	{ "dots at its ends", "\".a.\"@x", "\".a.\"@x" },
	{ "two dots", "\"a..b\"@x", "\"a..b\"@x" },
	{ "words and dots (obsolete)", "\"a b\".c.\"d\"@x", "\"a b.c.d\"@x" },
	{ "space round the dots (obsolete)", "a . b @ x . y", "a.b@x.y" },
	{ "comment round the dots (obsolete)", "a(1).(2)b@x", "a.b@x(2)" },
	{ "folded inside", "\"a\r\n b\"@x", "\"a b\"@x" },
	{ "brackets and commas", "\"<a>,;:\"@x", "\"<a>,;:\"@x" },
	{ "raw UTF-8", "j\xc3\xb6rg@x", "j\xc3\xb6rg@x" },
	{ "raw UTF-8, quoted", "\"j\xc3\xb6 rg\"@x", "\"j\xc3\xb6 rg\"@x" },
	{ "quoted bare name", "\"a b\"", "\"a b\"" },
	{ "not UTF-8", "j\xf6rg@x", "!not UTF-8[j\xf6rg@x]" },
	{ "half a UTF-8 letter", "\"j\xc3\"@x", "!not UTF-8[\"j\xc3\"@x]" },
	{ "dot first", ".a@x", "!not a local part before the @[.a@x]" },
	{ "dot last", "a.@x", "!not a local part before the @[a.@x]" },
	{ "two dots unquoted", "a..b@x",
	    "!not a local part before the @[a..b@x]" },
	{ "two words", "a b@x", "!not a local part before the @[a b@x]" },
	{ "two quoted words", "\"a\"\"b\"@x",
	    "!not a local part before the @[\"a\"\"b\"@x]" },
	{ "none", "@x", "!no address[@x]" },
	{ "not closed", "\"a@x", "!a quote is not closed[\"a@x]" },
	{ "a tab cannot be sent", "\"a\tb\"@x",
	    "!a tab in the local part[\"a\tb\"@x]" },
	{ "nor a quoted one", "\"a\\\tb\"@x",
	    "!a tab in the local part[\"a\\\tb\"@x]" },
	{ "a control character", "\"a\001b\"@x",
	    "!a control character in the address[\"a\001b\"@x]" },
	{ "a quoted control character", "\"a\\\001b\"@x",
	    "!a control character in the address[\"a\\\001b\"@x]" },
	{ "backslash outside quotes", "a\\b@x",
	    "!something follows the address[a\\b@x]" },
};

static const struct row domains[] = {
	{ "IPv4 literal", "a@[192.0.2.1]", "a@[192.0.2.1]" },
	{ "IPv6 literal", "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]" },
	{ "IPv6 tag, any case", "a@[ipv6:::1]", "a@[ipv6:::1]" },
	{ "literal with white space", "a@[ 192.0.2.1\r\n ]",
	    "a@[192.0.2.1]" },
	{ "literal and comment", "a@[192.0.2.1] (c)", "a@[192.0.2.1](c)" },
	{ "IDN", "a@b\xc3\xbc" "cher.example", "a@xn--bcher-kva.example" },
	{ "IDN in capitals", "a@B\xc3\x9c" "CHER.example",
	    "a@xn--bcher-kva.example" },
	{ "an A-label stays", "a@XN--bcher-kva.example",
	    "a@xn--bcher-kva.example" },
	{ "IDN, not UTF-8", "a@b\xfc" "cher.example",
	    "!not a domain[a@b\xfc" "cher.example]" },
	{ "IDN, a letter that is not allowed", "a@\xe2\x98\x83\xef\xbf\xbf",
	    "!not a domain[a@\xe2\x98\x83\xef\xbf\xbf]" },
	{ "none", "a@", "!no domain after the @[a@]" },
	{ "none in brackets", "<a@>", "!no domain after the @[<a@>]" },
	{ "dot last", "a@x.", "!not a domain[a@x.]" },
	{ "dot first", "a@.x", "!no domain after the @[a@.x]" },
	{ "two dots", "a@x..y", "!not a domain[a@x..y]" },
	{ "hyphen first", "a@-x", "!not a domain[a@-x]" },
	{ "hyphen last", "a@x-.y", "!not a domain[a@x-.y]" },
	{ "a character that no domain has", "a@x$y", "!not a domain[a@x$y]" },
	{ "quoted", "a@\"x\"", "!no domain after the @[a@\"x\"]" },
	{ "two at signs", "a@x@y",
	    "!something follows the address[a@x@y]" },
	{ "literal, no address", "a@[]", "!not an address literal[a@[]]" },
	{ "literal, bad IPv4", "a@[1.2.3]",
	    "!not an address literal[a@[1.2.3]]" },
	{ "literal, too great", "a@[1.2.3.256]",
	    "!not an address literal[a@[1.2.3.256]]" },
	{ "literal, IPv6 without its tag", "a@[::1]",
	    "!not an address literal[a@[::1]]" },
	{ "literal, other tag", "a@[x400:c=de]",
	    "!not an address literal[a@[x400:c=de]]" },
	{ "literal, not closed", "a@[1.2.3.4",
	    "!not an address literal[a@[1.2.3.4]" },
	{ "literal, a bracket in it", "a@[1.2[.3.4]",
	    "!not an address literal[a@[1.2[.3.4]]" },
	{ "literal, something after it", "a@[1.2.3.4]x",
	    "!something follows the address[a@[1.2.3.4]x]" },
};

static const struct row groups[] = {
	{ "of two", "team: a@x, b@y;", "a@x / b@y" },
	{ "empty", "undisclosed-recipients:;", "" },
	{ "empty but for space and comment", "none: (nobody) ;", "" },
	{ "empty members", "team: ,a@x,, b@y,;", "a@x / b@y" },
	{ "among others", "a@x, team: b@y; , c@z", "a@x / b@y / c@z" },
	{ "two", "t: a@x;, u: b@y;", "a@x / b@y" },
	{ "quoted name", "\"a team: of\": Ann <a@x>;", "{Ann}a@x" },
	{ "name of several words", "my own team: a@x;", "a@x" },
	{ "name with a dot (obsolete)", "my.team.: a@x;", "a@x" },
	{ "folded", "team:\r\n a@x,\r\n b@y;", "a@x / b@y" },
	{ "comment after it", "team: a@x; (c)", "a@x" },
	{ "a bad member", "team: a@x, b@@y, c@z;",
	    "a@x / !no domain after the @[b@@y] / c@z" },
	{ "a bad last member", "team: a@x, b@@y;, c@z",
	    "a@x / !no domain after the @[b@@y] / c@z" },
	{ "a group in a group", "t: u: a@x;, b@y",
	    "!a group in a group[u: a@x] / b@y" },
	{ "not closed", "team: a@x", "!a group is not closed[team: a@x]" },
	{ "not closed, after one that is well", "z@x, team: a@x, b@@y",
	    "z@x / !a group is not closed[team: a@x, b@@y]" },
	{ "not closed, empty", "team:", "!a group is not closed[team:]" },
	{ "a URL is no group", "http://a@x",
	    "!a group is not closed[http://a@x]" },
	{ "something after it", "team: a@x; b@y, c@z",
	    "a@x / !something follows the group[b@y] / c@z" },
	{ "closed twice", "t: a@x;;, b@y",
	    "a@x / !something follows the group[;] / b@y" },
	{ "without a name", ": a@x;", "!no address[: a@x;]" },
	{ "a semicolon in no group", "a@x; b@y, c@z",
	    "!something follows the address[a@x; b@y] / c@z" },
};

static const struct row routes[] = {
	{ "of one", "<@r:a@x>", "a@x" },
	{ "of two", "<@r,@s.t:a@x>", "a@x" },
	{ "with a name", "Ann <@r,@s:a@x>", "{Ann}a@x" },
	{ "empty members (obsolete)", "<@r,,@s,:a@x>", "a@x" },
	{ "space and comments", "< @ r (1) , @ s : a@x>", "a@x(1)" },
	{ "a comma first (obsolete)", "<,@r:a@x>", "a@x" },
	{ "without commas", "<@r@s:a@x>", "!not a route[<@r@s:a@x>]" },
	{ "commas alone", "<,:a@x>", "!not a route[<,:a@x>]" },
	{ "not closed", "<@r,@s>", "!not a route[<@r,@s>]" },
	{ "nobody behind it", "<@r:>", "!no address[<@r:>]" },
	{ "a member after a bad one", "<@r,@:a@x>, b@y",
	    "!no domain after the @[<@r,@:a@x>] / b@y" },
	{ "outside brackets", "@r:a@x", "!no address[@r:a@x]" },
};

static const struct row folding[] = {
	{ "after a comma", "a@x,\r\n b@y", "a@x / b@y" },
	{ "lone LF", "a@x,\n b@y", "a@x / b@y" },
	{ "several", "a@x,\r\n \r\n\t b@y", "a@x / b@y" },
	{ "at the end", "a@x\r\n", "a@x" },
	{ "LF at the end", "a@x\n", "a@x" },
	{ "inside the brackets", "Ann\r\n <\r\n a@x\r\n >", "{Ann}a@x" },
	{ "a line end that folds nothing", "a@x\r\nb@y",
	    "!something follows the address[a@x\r\nb@y]" },
	{ "a header field injected", "a@x\r\nBcc: b@y",
	    "!something follows the address[a@x\r\nBcc: b@y]" },
	{ "two line ends", "a@x\r\n\r\n b@y",
	    "!something follows the address[a@x\r\n\r\n b@y]" },
};

static const struct row recovery[] = {
	{ "a bad one between good ones", "a@x, b@, c@z",
	    "a@x / !no domain after the @[b@] / c@z" },
	{ "bad first", "b c, a@x",
	    "!a name without an address[b c] / a@x" },
	{ "bad last", "a@x, <b@y",
	    "a@x / !no > after the address[<b@y]" },
	{ "two bad ones", "a@, b@, c@z",
	    "!no domain after the @[a@] / !no domain after the @[b@] / c@z" },
	{ "two addresses without a comma", "a@x b@y, c@z",
	    "!something follows the address[a@x b@y] / c@z" },
	{ "the null path is no recipient", "<>, a@x",
	    "!no address[<>] / a@x" },
	{ "two in one pair of brackets", "<a@x, b@y>, c@z",
	    "!no > after the address[<a@x, b@y>] / c@z" },
	{ "two bracketed", "<a@x><b@y>, c@z",
	    "!something follows the address[<a@x><b@y>] / c@z" },
	{ "bracket within a bracket", "<<a@x>>, c@z",
	    "!no address[<<a@x>>] / c@z" },
	{ "closing bracket alone", "a@x>, b@y",
	    "!something follows the address[a@x>] / b@y" },
	{ "a comma in a quote is none", "a b \"c, d@y\" e@x, f@z",
	    "!not a local part before the @[a b \"c, d@y\" e@x] / f@z" },
	{ "nor one in a comment", "a@@ (b, c@y) z, d@x",
	    "!no domain after the @[a@@ (b, c@y) z] / d@x" },
	{ "nor one in a literal", "a@[1,b@y], c@z",
	    "!not an address literal[a@[1,b@y]] / c@z" },
	{ "nor one in a quote in brackets", "<\"x>, b@y, z\"@x w>, c@z",
	    "!no > after the address[<\"x>, b@y, z\"@x w>] / c@z" },
	{ "nor one in a comment in brackets",
	    "<a@x (>, b@y, z) w>, c@z",
	    "!no > after the address[<a@x (>, b@y, z) w>] / c@z" },
	{ "nor after an escape in a literal", "a@[\\],b@y], c@z",
	    "!not an address literal[a@[\\],b@y]] / c@z" },
	{ "a quote not closed takes all", "a@x, \"b@y, c@z",
	    "a@x / !a quote is not closed[\"b@y, c@z]" },
	{ "a bracket not closed takes all", "a@x, <b@y, c@z",
	    "a@x / !no > after the address[<b@y, c@z]" },
	{ "a parenthesis alone", "a@x, ), b@y",
	    "a@x / !no address[)] / b@y" },
	{ "a control character", "a\001b@x, c@z",
	    "!something follows the address[a\001b@x] / c@z" },
};

static void
test_list(void **state)
{
	const struct row *r = *state;

	check(r->text, strlen(r->text), r->want);
}

/* One that parses: its parts, and its form in SMTP. */
static void
test_address(void **state)
{
	const struct address *r = *state;
	struct addr_list list = ADDR_LIST_INIT;
	struct buf path = BUF_MAX(512), want = BUF_MAX(512);
	size_t n = strlen(r->text);
	char *copy = unit_copy(r->text, n);

	assert_int_equal(addr_parse(&list, copy, n), 0);
	free(copy);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.addr[0].local, r->local);
	if (r->domain != NULL)
		assert_string_equal(list.addr[0].domain, r->domain);
	else
		assert_null(list.addr[0].domain);
	if (r->path != NULL)
		buf_adds(&want, r->path);
	else
		buf_addf(&want, r->domain != NULL ? "%s@%s" : "%s", r->local,
		    r->domain);
	assert_int_equal(addr_path(&path, &list.addr[0]), 0);
	assert_string_equal(buf_str(&path), buf_str(&want));
	addr_list_free(&list);
	buf_free(&path);
	buf_free(&want);
}

/* One that does not: nothing of it is left but its text and the reason. */
static void
test_no_address(void **state)
{
	const __typeof__(bad_addresses[0]) *r = *state;
	struct addr_list list = ADDR_LIST_INIT;
	size_t n = strlen(r->text);
	char *copy = unit_copy(r->text, n);

	assert_int_equal(addr_parse(&list, copy, n), 1);
	free(copy);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.addr[0].bad, r->why);
	assert_string_equal(list.addr[0].raw, r->text);
	assert_null(list.addr[0].local);
	assert_null(list.addr[0].domain);
	assert_null(list.addr[0].display);
	assert_null(list.addr[0].comment);
	addr_list_free(&list);
}

static void
test_nul(void **state)
{
	struct addr_list list = ADDR_LIST_INIT;

	(void)state;
	assert_int_equal(addr_parse(&list, LIT("a\0b@x, c@\0y, e@z")), 2);
	assert_int_equal(list.n, 3);
	assert_non_null(list.addr[0].bad);
	assert_non_null(list.addr[1].bad);
	assert_string_equal(list.addr[2].local, "e");
	addr_list_free(&list);
}

/* before + c * n + after */
static const struct {
	const char	*name;
	const char	*before;
	char		 c;
	size_t		 n;
	const char	*after;
	const char	*bad;
} lengths[] = {
	{ "local part of 64", "", 'a', 64, "@x", NULL },
	{ "local part of 65", "", 'a', 65, "@x",
	    "the local part is over 64 octets" },
	{ "quoted local part of 65", "\"", 'a', 65, "\"@x",
	    "the local part is over 64 octets" },
	{ "quoted local part of 64", "\" ", 'a', 63, "\"@x", NULL },
	{ "bare name of 65", "", 'a', 65, "",
	    "the local part is over 64 octets" },
	{ "local part of 5000", "", 'a', 5000, "@x",
	    "a part of it is too long" },
	{ "quoted local part of 5000", "\"", 'a', 5000, "\"@x",
	    "a part of it is too long" },
	{ "label of 63", "a@", 'a', 63, ".x", NULL },
	{ "label of 64", "a@", 'a', 64, ".x", "not a domain" },
	{ "domain of 5000", "a@", 'a', 5000, "",
	    "a part of it is too long" },
	{ "display name of 4000", "", 'a', 4000, " <a@x>", NULL },
	{ "many blanks", "a@x", ' ', 100000, "", NULL },
	{ "comment of 3000", "a@x (", 'c', 3000, ")", NULL },
	{ "comment of 5000", "a@x (", 'c', 5000, ")", NULL },
};

static void
test_length(void **state)
{
	const __typeof__(lengths[0]) *r = *state;
	struct addr_list list = ADDR_LIST_INIT;
	char *fill = unit_fill(r->c, r->n);
	struct buf text = BUF_MAX(1 << 20);

	buf_addf(&text, "%s%s%s, b@y", r->before, fill, r->after);
	assert_int_equal(addr_parse(&list, text.data, text.len),
	    r->bad != NULL);
	assert_int_equal(list.n, 2);
	if (r->bad != NULL)
		assert_string_equal(list.addr[0].bad, r->bad);
	else
		assert_null(list.addr[0].bad);
	assert_string_equal(list.addr[1].local, "b");
	addr_list_free(&list);
	buf_free(&text);
	free(fill);
}

/* Labels of 63 octets: the path is 2 + 64 * labels - 1 + rest. */
static const struct {
	const char	*name;
	size_t		 rest;
	size_t		 bad;
} paths[] = {
	{ "path of 254", 60, 0 },
	{ "path of 255", 61, 1 },
	{ "domain of 254", 62, 1 },
};

static void
test_path_length(void **state)
{
	const __typeof__(paths[0]) *r = *state;
	struct addr_list list = ADDR_LIST_INIT;
	struct buf text = BUF_MAX(1024);
	char *label = unit_fill('d', 63), *rest = unit_fill('e', r->rest);

	buf_addf(&text, "a@%s.%s.%s.%s", label, label, label, rest);
	assert_int_equal(addr_parse(&list, text.data, text.len), r->bad);
	assert_int_equal(list.n, 1);
	addr_list_free(&list);
	buf_free(&text);
	free(label);
	free(rest);
}

static const struct {
	const char	*name;
	size_t		 depth;
	const char	*before, *after;
	const char	*bad;
} depths[] = {
	{ "at the limit", ADDR_DEPTH_MAX, "a@x ", "", NULL },
	{ "at the limit, in front", ADDR_DEPTH_MAX, "", " a@x", NULL },
	{ "over it", ADDR_DEPTH_MAX + 1, "a@x ", "",
	    "comments are nested too deep" },
	{ "over it, in front", ADDR_DEPTH_MAX + 1, "", " a@x",
	    "comments are nested too deep" },
	{ "far over it", 100000, "a@x ", "",
	    "comments are nested too deep" },
};

static void
test_depth(void **state)
{
	const __typeof__(depths[0]) *r = *state;
	struct addr_list list = ADDR_LIST_INIT;
	struct buf text = BUF_MAX(1 << 20);
	char *open = unit_fill('(', r->depth), *shut = unit_fill(')', r->depth);

	buf_addf(&text, "%s%s%s%s, b@y", r->before, open, shut, r->after);
	assert_int_equal(addr_parse(&list, text.data, text.len),
	    r->bad != NULL);
	assert_int_equal(list.n, 2);
	if (r->bad != NULL)
		assert_string_equal(list.addr[0].bad, r->bad);
	assert_string_equal(list.addr[1].local, "b");
	addr_list_free(&list);
	buf_free(&text);
	free(open);
	free(shut);
}

/* Members of a long list are neither lost nor mixed up. */
static void
test_many(void **state)
{
	struct addr_list list = ADDR_LIST_INIT;
	struct buf text = BUF_MAX(1 << 20);
	char name[16];
	size_t i;

	(void)state;
	for (i = 0; i < 10000; i++)
		buf_addf(&text, "u%zu@x.example%s", i, i % 2 ? ",\r\n " : ", ");
	assert_int_equal(addr_parse(&list, text.data, text.len), 0);
	assert_int_equal(list.n, 10000);
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "u%zu", i);
		assert_string_equal(list.addr[i].local, name);
	}
	addr_list_free(&list);
	assert_int_equal(list.n, 0);
	buf_free(&text);
}

/* Two calls add to the same list. */
static void
test_append(void **state)
{
	struct addr_list list = ADDR_LIST_INIT;

	(void)state;
	addr_parse(&list, LIT("a@x"));
	assert_int_equal(addr_parse(&list, LIT("b@, c@z")), 1);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.addr[0].raw, "a@x");
	assert_string_equal(list.addr[2].raw, "c@z");
	addr_list_free(&list);
}

static const struct {
	const char	*name;
	const char	*text;
	const char	*path;		/* or NULL, and then */
	const char	*why;		/* what the error says */
} ones[] = {
	{ "an address", "a@x", "a@x", NULL },
	{ "in brackets", "<a@x>", "a@x", NULL },
	{ "with a phrase", "Ann <a@x>", "a@x", NULL },
	{ "a bare name", "root", "root", NULL },
	{ "empty members round it", ", a@x ,", "a@x", NULL },
	{ "a group of one", "t: a@x;", "a@x", NULL },
	{ "two", "a@x, b@y", NULL, "<a@x, b@y>: not one address" },
	{ "none", "", NULL, "<>: no address" },
	{ "an empty group", "t:;", NULL, "<t:;>: no address" },
	{ "bad", "a@", NULL, "<a@>: no domain after the @" },
	{ "escaped for people", "a@x\033[2J", NULL,
	    "<a@x\\x1B[2J>: something follows the address" },
};

static void
test_one(void **state)
{
	const __typeof__(ones[0]) *r = *state;
	struct err e = ERR_INIT;
	struct addr a = { 0 };
	struct buf path = BUF_MAX(512);
	char *copy = unit_copy(r->text, strlen(r->text));

	if (r->path != NULL) {
		assert_int_equal(addr_parse_one(&a, copy, strlen(r->text), &e),
		    0);
		assert_int_equal(addr_path(&path, &a), 0);
		assert_string_equal(buf_str(&path), r->path);
	} else {
		assert_int_equal(addr_parse_one(&a, copy, strlen(r->text), &e),
		    -1);
		assert_int_equal(e.kind, ERR_DATA);
		assert_string_equal(e.text, r->why);
	}
	free(copy);
	buf_free(&path);
	addr_free(&a);
	assert_null(a.raw);
}

static const struct {
	const char	*name;
	const char	*text;
	int		 want;
} wides[] = {
	{ "ASCII", "a@x", 0 },
	{ "only the domain is wide", "a@b\xc3\xbc.example", 0 },
	{ "only the name is wide", "\xc3\xbc <a@x>", 0 },
	{ "the local part is wide", "\xc3\xbc@x", 1 },
};

static void
test_needs_utf8(void **state)
{
	const __typeof__(wides[0]) *r = *state;
	struct err e = ERR_INIT;
	struct addr a = { 0 };

	assert_int_equal(addr_parse_one(&a, r->text, strlen(r->text), &e), 0);
	assert_int_equal(addr_needs_utf8(&a), r->want);
	addr_free(&a);
}

static const struct row names[] = {
	{ "atoms", "Ann Smith", "Ann Smith" },
	{ "a dot", "Ann S.", "\"Ann S.\"" },
	{ "a comma", "Smith, Ann", "\"Smith, Ann\"" },
	{ "a quote", "Ann \"A\"", "\"Ann \\\"A\\\"\"" },
	{ "a backslash", "A\\B", "\"A\\\\B\"" },
	{ "an address", "a@x", "\"a@x\"" },
	{ "empty", "", "\"\"" },
	{ "a tab becomes a space", "A\tB", "\"A B\"" },
};

static void
test_phrase(void **state)
{
	const struct row *r = *state;
	struct buf b = BUF_MAX(100), small = BUF_MAX(1);

	assert_int_equal(addr_phrase(&b, r->text), 0);
	assert_string_equal(buf_str(&b), r->want);
	assert_int_equal(addr_phrase(&small, r->text), -1);
	buf_free(&b);
	buf_free(&small);
}

static const struct row hosts[] = {
	{ "plain", "mail.example.org", "mail.example.org" },
	{ "lower case", "MAIL.Example.ORG", "mail.example.org" },
	{ "one label", "localhost", "localhost" },
	{ "IDN", "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
	{ "sharp s by IDNA2008", "stra\xc3\x9f" "e.example",
	    "xn--strae-oqa.example" },
	{ "empty", "", NULL },
	{ "a space", "a b", NULL },
	{ "a line end", "a\nb", NULL },
	{ "an injected command", "a\r\nQUIT", NULL },
	{ "not UTF-8", "\xff.example", NULL },
	{ "empty label", "a..b", NULL },
};

static void
test_host(void **state)
{
	const struct row *r = *state;
	struct buf b = BUF_MAX(300);
	struct err e = ERR_INIT;
	int got;

	buf_adds(&b, "X");		/* is appended to, and left alone */
	got = addr_host(&b, r->text, strlen(r->text), &e);
	assert_int_equal(got, r->want != NULL ? 0 : -1);
	assert_int_equal(buf_str(&b)[0], 'X');
	if (r->want != NULL)
		assert_string_equal(buf_str(&b) + 1, r->want);
	else
		assert_int_equal(e.kind, ERR_DATA);
	buf_free(&b);
}

int
main(void)
{
	UNIT_ROWS(plain, test_list);
	UNIT_ROWS(phrases, test_list);
	UNIT_ROWS(comments, test_list);
	UNIT_ROWS(locals, test_list);
	UNIT_ROWS(domains, test_list);
	UNIT_ROWS(groups, test_list);
	UNIT_ROWS(routes, test_list);
	UNIT_ROWS(folding, test_list);
	UNIT_ROWS(recovery, test_list);
	UNIT_ROWS(good_addresses, test_address);
	UNIT_ROWS(bad_addresses, test_no_address);
	UNIT_ROWS(address_lists, test_list);
	UNIT_ROWS(lengths, test_length);
	UNIT_ROWS(paths, test_path_length);
	UNIT_ROWS(depths, test_depth);
	UNIT_ROWS(ones, test_one);
	UNIT_ROWS(wides, test_needs_utf8);
	UNIT_ROWS(names, test_phrase);
	UNIT_ROWS(hosts, test_host);
	UNIT_TEST(test_nul);
	UNIT_TEST(test_many);
	UNIT_TEST(test_append);
	return unit_run("addr");
}
