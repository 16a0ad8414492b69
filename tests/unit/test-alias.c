#include "unit.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/log.h"
#include "config/alias.h"

/* ---------------------------------------------------------- what is a file */

static const struct parse_row {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*want;		/* names and lines of the definitions,
					 * each with "|" behind; or error */
	int		 fails;
} parses[] = {
	{ "nothing", LIT(""), "", 0 },
	{ "empty lines", LIT("\n \n\t\n\r\n"), "", 0 },
	{ "comments", LIT("# a: b\n  # c: d\n#"), "", 0 },
	{ "one", LIT("root: ann@x\n"), "root 1|", 0 },
	{ "no line end", LIT("root: ann@x"), "root 1|", 0 },
	{ "no blank", LIT("root:ann@x\n"), "root 1|", 0 },
	{ "blanks before the colon", LIT("root \t: ann@x\n"), "root 1|", 0 },
	{ "CRLF", LIT("a: b\r\nc: d\r\n"), "a 1|c 2|", 0 },
	{ "a byte order mark", LIT("\xef\xbb\xbfroot: ann@x"), "root 1|", 0 },
	{ "half a byte order mark", LIT("\xef\xbb"),
	    "f:1: want NAME: TARGET, TARGET", 1 },
	{ "upper case", LIT("ROOT: a\nMailer-Daemon: b\n"),
	    "mailer-daemon 2|root 1|", 0 },
	{ "by name", LIT("c: x\na: x\n\nb: x\n"), "a 2|b 4|c 1|", 0 },
	{ "signs", LIT("a.b: x\na+b_c-d: x\n|x: y\n/y: y\n*: x\n"),
	    "* 5|/y 4|a+b_c-d 2|a.b 1||x 3|", 0 },
	{ "UTF-8", LIT("j\xc3\xb6rg: x\n"), "j\xc3\xb6rg 1|", 0 },
	{ "quotes", LIT("\"a b\": x\n\"Root\" : y\n"), "a b 1|root 2|", 0 },
	{ "signs in quotes", LIT("\"a:b@c#d,\": x\n"), "a:b@c#d, 1|", 0 },
	{ "escapes in quotes", LIT("\"a\\\"b\\\\c\": x\n"), "a\"b\\c 1|", 0 },
	{ "a continuation", LIT("a: b,\n c\nd: e\n"), "a 1|d 3|", 0 },
	{ "a continuation with a colon", LIT("a: b,\n c: d\n"), "a 1|", 0 },
	{ "a comment between", LIT("a: b,\n#\n c\n"), "a 1|", 0 },
	{ "no target", LIT("a:\nb: \n"), "a 1|b 2|", 0 },
	{ "the first of two", LIT("b: x\nRoot: x\na: x\nroot: y\nROOT: z"),
	    "a 3|b 1|root 2|", 0 },
	{ "owners", LIT("owner-list: x\nlist: y"), "list 2|owner-list 1|",
	    0 },

	{ "no colon", LIT("a: b\nroot ann@x\n"),
	    "f:2: want NAME: TARGET, TARGET", 1 },
	{ "an open quote", LIT("\"a: b\n"), "f:1: want NAME: before the "
	    "targets, a name of other than letters and digits in double "
	    "quotes", 1 },
	{ "more behind quotes", LIT("\"a\"b: c\n"), "f:1: want NAME: before "
	    "the targets, a name of other than letters and digits in double "
	    "quotes", 1 },
	{ "two words", LIT("# x\n\na b: c\n"), "f:3: want NAME: before the "
	    "targets, a name of other than letters and digits in double "
	    "quotes", 1 },
	{ "an empty name", LIT(": c\n"), "f:1: want NAME: before the "
	    "targets, a name of other than letters and digits in double "
	    "quotes", 1 },
	{ "an empty quoted name", LIT("\"\": c\n"), "f:1: want NAME: before "
	    "the targets, a name of other than letters and digits in double "
	    "quotes", 1 },
	{ "a name with a domain", LIT("a@x: c\n"), "f:1: an alias is a "
	    "local name, without @ and domain", 1 },
	{ "an address among targets only", LIT("a b: c@x\n"), "f:1: want "
	    "NAME: before the targets, a name of other than letters and "
	    "digits in double quotes", 1 },
	{ "a continuation of nothing", LIT("# a\n b: c\n"), "f:2: begins "
	    "with a blank, and there is no alias before it to go on with",
	    1 },
	{ "a NUL", LIT("a: b\nc: d\0e\n"), "f:2: a NUL byte: not a file of "
	    "aliases", 1 },
	{ "a NUL in a comment", LIT("#\0"), "f:1: a NUL byte: not a file of "
	    "aliases", 1 },
	{ "a control character", LIT("a\x01: b\n"), "f:1: want NAME: before "
	    "the targets, a name of other than letters and digits in double "
	    "quotes", 1 },
	{ "a private key", LIT("-----BEGIN PRIVATE KEY-----\nMIIE\n"),
	    "f:1: want NAME: TARGET, TARGET", 1 },
};

static void
test_parse(void **state)
{
	const struct parse_row *r = *state;
	char *text = unit_copy(r->text, r->n);
	struct buf got = BUF_MAX(4096);
	struct err e = ERR_INIT;
	struct aliases a;
	size_t i;

	assert_int_equal(aliases_parse(&a, "f", text, r->n, &e),
	    r->fails ? -1 : 0);
	free(text);
	for (i = 0; i < a.n; i++)
		buf_addf(&got, "%s %u|", a.def[i].name, a.def[i].line);
	assert_int_equal(e.kind, r->fails ? ERR_CONFIG : ERR_NONE);
	assert_string_equal(r->fails ? e.text : buf_str(&got), r->want);
	aliases_free(&a);
	aliases_free(&a);
	buf_free(&got);
}

/* ------------------------------------------------- what a name stands for */

static const struct file {
	const char	*path;
	const char	*text;
	size_t		 n;
} files[] = {
	{ "/l", LIT("# the list\nann@x\n\n  bob@y, carl@z # his\nroot\n") },
	{ "/crlf", LIT("ann@x\r\nbob@y\r\n") },
	{ "/bare", LIT("ann, bob\n") },
	{ "/empty", LIT("") },
	{ "/comments", LIT("# nobody\n\n") },
	{ "/nul", LIT("ann@x\n\0") },
	{ "/odd", LIT("ann@x\n|cmd\n/secret\nname: x\npass word\n\"open\n") },
	{ "/self", LIT("ann@x, :include:/self\n") },
	{ "/one", LIT(":include:/two\nann@x") },
	{ "/two", LIT(":include:/one\nbob@y") },
	{ "/alias", LIT("up, down") },
	{ "/more", LIT("ann@x\n :include:/l2\n:include:rel\n") },
	{ "/l2", LIT("bob@y\n\"|x\"\n") },
	{ "/with space", LIT("ann@x") },
	{ "/bs", LIT("\\root\n") },
};

static int
read_fake(struct buf *b, const char *path, struct err *e)
{
	size_t i;

	for (i = 0; i < COUNT(files); i++)
		if (strcmp(files[i].path, path) == 0)
			return buf_add(b, files[i].text, files[i].n);
	return err_set(e, ERR_NOINPUT, "%s: no such file", path);
}

#define CMD	" f:1: a command, and none is ever run|"
#define FILE_	" f:1: a file, and none is ever written to|"
#define WHAT	" f:1: neither an address nor \":include:/FILE\"|"
#define LOOP	": the aliases go round in a loop|"

static const struct expand_row {
	const char	*name;
	const char	*text;
	const char	*who;
	const char	*addr;		/* each with "|" behind; NULL: is no
					 * alias */
	const char	*refused;	/* "TARGET WHY", the same */
} expands[] = {
	{ "no file", "", "root", NULL, "" },
	{ "not there", "a: b@x", "root", NULL, "" },
	{ "one", "root: ann@x", "root", "ann@x|", "" },
	{ "the beginning of a name", "root: ann@x", "roo", NULL, "" },
	{ "more than a name", "root: ann@x", "roots", NULL, "" },
	{ "no name", "root: ann@x", "", NULL, "" },
	{ "of three", "a: 1@x\nb: 2@x\nc: 3@x", "b", "2@x|", "" },
	{ "the name in upper case", "root: ann@x", "ROOT", "ann@x|", "" },
	{ "the alias in upper case", "Root: ann@x", "rOOt", "ann@x|", "" },
	{ "UTF-8 has its case", "\xc3\x84: ann@x", "\xc3\xa4", NULL, "" },
	{ "a quoted name", "\"a b\": ann@x", "a b", "ann@x|", "" },
	{ "a quoted name in upper case", "\"A:B\": ann@x", "a:b", "ann@x|",
	    "" },
	{ "the first of two", "a: 1@x\nb: 2@x\nA: 3@x\na: 4@x", "a", "1@x|",
	    "" },

	{ "several", "a: 1@x, 2@x ,3@x", "a", "1@x|2@x|3@x|", "" },
	{ "the case of targets stays", "a: Ann@X.Org", "a", "Ann@X.Org|",
	    "" },
	{ "the same twice", "a: 1@x, 1@x", "a", "1@x|1@x|", "" },
	{ "empty members", "a: ,1@x,, 2@x,", "a", "1@x|2@x|", "" },
	{ "continuation", "a: 1@x,\n\t2@x\n    ,3@x\nb: 4@x", "a",
	    "1@x|2@x|3@x|", "" },
	{ "all in continuations", "a:\n 1@x,\n 2@x", "a", "1@x|2@x|", "" },
	{ "comments between", "a: 1@x,\n# c\n\n   # d, e@x\n 2@x\n#\n", "a",
	    "1@x|2@x|", "" },
	{ "comments behind", "a: 1@x, # one\n 2@x # two, 3@x\n", "a",
	    "1@x|2@x|", "" },
	{ "CRLF and continuation", "a: 1@x,\r\n\t2@x\r\n", "a", "1@x|2@x|",
	    "" },
	{ "a comma is missing", "a: 1@x\n 2@x\n", "a", "", "1@x  2@x f:1: *" },
	{ "a sign in an address", "a: a#b@x", "a", "a#b@x|", "" },
	{ "bare names", "a: b, c", "a", "b|c|", "" },
	{ "a display name", "a: Ann Lee <ann@x>, \"Lee, A\" <al@x>", "a",
	    "Ann Lee <ann@x>|\"Lee, A\" <al@x>|", "" },
	{ "an address as display name", "a: \"1@x\" <2@x>, \"|c\" <3@x>",
	    "a", "\"1@x\" <2@x>|\"|c\" <3@x>|", "" },
	{ "a comment of RFC 5322", "a: ann@x (Ann, herself)", "a",
	    "ann@x (Ann, herself)|", "" },
	{ "a quoted local part", "a: \"b, c\"@x", "a", "\"b, c\"@x|", "" },
	{ "a quoted address", "a: \"ann@x\", bob@y", "a", "ann@x|bob@y|",
	    "" },
	{ "a quoted bare name", "a: \"b c\"", "a", "\"b c\"|", "" },
	{ "a quoted plain name", "a: \"b\"", "a", "\"b\"|", "" },
	{ "brackets", "a: <ann@x>", "a", "<ann@x>|", "" },
	{ "a bare name in brackets", "a: Ann <b>\nb: ann@x", "a", "ann@x|",
	    "" },
	{ "a literal", "a: b@[192.0.2.1]", "a", "b@[192.0.2.1]|", "" },
	{ "UTF-8", "a: j\xc3\xb6rg@x", "a", "j\xc3\xb6rg@x|", "" },

	{ "through one", "a: b\nb: 1@x", "a", "1@x|", "" },
	{ "through one in another case", "a: B\nb: 1@x", "a", "1@x|", "" },
	{ "through one in quotes", "a: \"b c\"\n\"B C\": 1@x", "a", "1@x|",
	    "" },
	{ "through two, in order", "a: 1@x, b, 4@x\nb: 2@x, c\nc: 3@x", "a",
	    "1@x|2@x|3@x|4@x|", "" },
	{ "a name once", "a: b, c, b\nb: 1@x, c\nc: 2@x", "a", "1@x|2@x|",
	    "" },
	{ "not with a domain", "a: b@localhost\nb: 1@x", "a",
	    "b@localhost|", "" },
	{ "itself", "root: root, ann@x", "root", "root|ann@x|", "" },
	{ "itself in another case", "root: ROOT, ann@x", "Root",
	    "ROOT|ann@x|", "" },
	{ "itself alone", "root: root", "root", "root|", "" },
	{ "itself, behind another", "a: root\nroot: root, ann@x", "a",
	    "root|ann@x|", "" },
	{ "itself with a backslash", "root: \\root, ann@x", "root",
	    "root|ann@x|", "" },
	{ "a backslash", "a: \\b, c\nb: 1@x\nc: 2@x", "a", "b|2@x|", "" },
	{ "a backslash in a ring", "a: b\nb: \\a", "a", "a|", "" },
	{ "a backslash before an address", "a: \\b@x", "a", "b@x|", "" },
	{ "a backslash before quotes", "a: \\\"b c\"\n\"b c\": 1@x", "a",
	    "\"b c\"|", "" },
	{ "a backslash alone", "a: \\, 1@x", "a", "1@x|",
	    "\\ f:1: no address|" },
	{ "a backslash within quotes", "a: \"\\b\"\nb: 1@x", "a", "1@x|",
	    "" },
	{ "a ring of two", "a: b\nb: a", "a", "", "a f:2" LOOP },
	{ "a ring of two and more", "a: b, 1@x\nb: 2@x,\n  A, 3@x", "a",
	    "2@x|3@x|1@x|", "A f:3" LOOP },
	{ "a ring behind", "a: b\nb: c\nc: b", "a", "", "b f:3" LOOP },
	{ "a ring elsewhere", "a: 1@x\nb: c\nc: b", "a", "1@x|", "" },

	{ "default", "default: ann@x", "root", "ann@x|", "" },
	{ "default in upper case", "Default: ann@x", "root", "ann@x|", "" },
	{ "default is not needed", "default: 1@x\na: 2@x", "a", "2@x|", "" },
	{ "default for a target", "default: 1@x\na: b, 2@x", "a",
	    "1@x|2@x|", "" },
	{ "default for two targets", "default: 1@x\na: b, c", "a", "1@x|",
	    "" },
	{ "default not for an address", "default: 1@x\na: b@y", "a",
	    "b@y|", "" },
	{ "default not for itself", "default: 1@x\nroot: root", "root",
	    "root|", "" },
	{ "default not behind a backslash", "default: 1@x\na: \\b", "a",
	    "b|", "" },
	{ "default to a bare name", "default: ann", "root", "ann|", "" },
	{ "default to the same name", "default: root", "root", "root|", "" },
	{ "default to an alias", "default: root\nroot: 1@x", "a", "1@x|",
	    "" },
	{ "default to an alias of a bare name", "default: root\nroot: ann",
	    "a", "ann|", "" },
	{ "default to default", "default: default", "a", "default|", "" },
	{ "default in a ring", "default: a\na: default", "x", "",
	    "default f:2" LOOP },
	{ "default by name", "default: 1@x", "default", "1@x|", "" },

	{ "a command", "a: |cmd, 1@x", "a", "1@x|", "|cmd" CMD },
	{ "a command with words", "a: |cmd x y", "a", "", "|cmd x y" CMD },
	{ "a quoted command", "a: \"|cmd x, y\", 1@x", "a", "1@x|",
	    "\"|cmd x, y\"" CMD },
	{ "a command that is quoted", "a: |\"cmd x, y\", 1@x", "a", "1@x|",
	    "|\"cmd x, y\"" CMD },
	{ "a command with quotes in quotes", "a: \"|cmd \\\"x\\\"\"", "a",
	    "", "\"|cmd \\\"x\\\"\"" CMD },
	{ "a command with an address", "a: \"|cmd ann@x\"", "a", "",
	    "\"|cmd ann@x\"" CMD },
	{ "a blank before a quoted command", "a: \" |cmd\"", "a",
	    "\" |cmd\"|", "" },
	{ "a file", "a: /var/mail/a, 1@x", "a", "1@x|",
	    "/var/mail/a" FILE_ },
	{ "a quoted file", "a: \"/var/mail/a b\"", "a", "",
	    "\"/var/mail/a b\"" FILE_ },
	{ "no file at all", "a: /dev/null", "a", "", "/dev/null" FILE_ },
	{ "Exim's words", "a: :fail: no, :blackhole:", "a", "",
	    ":fail: no" WHAT ":blackhole:" WHAT },
	{ "only behind another", "a: b\n\nb: |c", "a", "",
	    "|c f:3: a command, and none is ever run|" },

	{ "no targets", "a:", "a", "", "a f:1: no target|" },
	{ "no targets but commas", "a: , ,\n ,", "a", "",
	    "a f:1: no target|" },
	{ "no targets but a comment", "a: # 1@x", "a", "",
	    "a f:1: no target|" },
	{ "no targets behind another", "a: b, 1@x\nb:", "a", "1@x|",
	    "b f:2: no target|" },
	{ "two words", "a: b c, 1@x", "a", "1@x|", "b c f:1: *" },
	{ "half an address", "a: b@, 1@x", "a", "1@x|", "b@ f:1: *" },
	{ "half an address in quotes", "a: \"b c@x\"", "a", "",
	    "\"b c@x\" f:1: *" },
	{ "a quote is open", "a: 1@x, \"b, 2@x\nc: 3@x", "a", "1@x|",
	    "\"b, 2@x f:1: a quote, comment or bracket is not closed|" },
	{ "a group", "a: g: 1@x, 2@x;", "a", "",
	    "g: 1@x f:1: *2@x; f:1: *" },
	{ "an empty comment", "a: (x)", "a", "", "(x) f:1: no address|" },
	{ "a control character", "a: b\x1b[1m@x", "a", "",
	    "b\\x1B[1m@x f:1: *" },
	{ "CR in an address", "a: b\rc@x", "a", "", "b c@x f:1: *" },
	{ "bytes that are not UTF-8", "a: \xff b", "a", "", "\\xFF b f:1: *" },

	{ "a file included", "a: :include:/l", "a",
	    "ann@x|bob@y|carl@z|root|", "" },
	{ "among others", "a: 1@x, :include:/crlf, 2@x", "a",
	    "1@x|ann@x|bob@y|2@x|", "" },
	{ "in capitals", "a: :INCLUDE:/crlf", "a", "ann@x|bob@y|", "" },
	{ "a blank behind", "a: :include: /crlf", "a", "ann@x|bob@y|", "" },
	{ "in quotes", "a: \":include:/with space\"", "a", "ann@x|", "" },
	{ "not read twice", "a: :include:/crlf, :include:/crlf", "a",
	    "ann@x|bob@y|", "" },
	{ "of aliases", "a: :include:/bare\nann: 1@x", "a", "1@x|bob|", "" },
	{ "of the alias itself", "root: :include:/l", "root",
	    "ann@x|bob@y|carl@z|root|", "" },
	{ "of bare names, with default", "default: 1@x\na: :include:/bare",
	    "a", "1@x|", "" },
	{ "with a backslash", "root: :include:/bs", "a", NULL, "" },
	{ "with a backslash, followed", "a: :include:/bs\nroot: 1@x", "a",
	    "root|", "" },
	{ "an alias round it", "up: :include:/alias\ndown: up", "up", "up|",
	    "up f:2" LOOP },
	{ "a file in a file", "a: :include:/more", "a", "ann@x|bob@y|",
	    ":include:/more /l2:2: a command, and none is ever run|"
	    ":include:/more /more:3: the file's name does not begin with "
	    "/|" },
	{ "a file in itself", "a: :include:/self", "a", "ann@x|",
	    ":include:/self /self:1: the file includes itself|" },
	{ "two files in each other", "a: :include:/one", "a",
	    "bob@y|ann@x|",
	    ":include:/one /two:1: the file includes itself|" },
	{ "no name of a file", "a: :include:", "a", "",
	    ":include: f:1: the file's name does not begin with /|" },
	{ "a relative name", "a: :include:l, 1@x", "a", "1@x|",
	    ":include:l f:1: the file's name does not begin with /|" },
	{ "a home folder", "a: :include:~/l", "a", "",
	    ":include:~/l f:1: the file's name does not begin with /|" },
	{ "a file that is not there", "a: :include:/no, 1@x", "a", "1@x|",
	    ":include:/no f:1: /no: no such file|" },
	{ "an empty file", "a: :include:/empty", "a", "",
	    ":include:/empty /empty:1: no target|" },
	{ "a file of comments", "a: :include:/comments", "a", "",
	    ":include:/comments /comments:1: no target|" },
	{ "a file with a NUL", "a: :include:/nul", "a", "",
	    ":include:/nul f:1: a NUL byte: not a list of addresses|" },
	{ "what it holds is not shown", "a: :include:/odd", "a", "ann@x|",
	    ":include:/odd /odd:2: a command, and none is ever run|"
	    ":include:/odd /odd:3: a file, and none is ever written to|"
	    ":include:/odd /odd:4: *"
	    ":include:/odd /odd:5: *"
	    ":include:/odd /odd:6: a quote, comment or bracket is not "
	    "closed|" },
};

/* The same, "*" standing for what is there up to a "|". */
static void
assert_like(const char *got, const char *want)
{
	const char *g = got, *w = want;

	for (; *w != '\0' && (*w == '*' || *w == *g); w++)
		if (*w == '*') {
			g += strcspn(g, "|");
			g += *g == '|';
		} else
			g++;
	if (*w != '\0' || *g != '\0')
		assert_string_equal(got, want);
}

static void
show(const struct aliases_result *r, struct buf *addr, struct buf *refused)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		buf_addf(addr, "%s|", r->addr[i]);
	for (i = 0; i < r->nrefusal; i++)
		buf_addf(refused, "%s %s|", r->refusal[i].target,
		    r->refusal[i].why);
}

static void
must_parse(struct aliases *a, const char *text)
{
	char *copy = unit_copy(text, strlen(text));
	struct err e = ERR_INIT;

	if (aliases_parse(a, "f", copy, strlen(text), &e) == -1)
		fail_msg("%s", e.text);
	free(copy);
}

static void
test_expand(void **state)
{
	const struct expand_row *r = *state;
	struct buf addr = BUF_MAX(4096), refused = BUF_MAX(4096);
	struct aliases_result got = { 0 };
	struct aliases a;
	int again;

	must_parse(&a, r->text);
	a.read = read_fake;
	for (again = 0; again < 2; again++) {
		assert_int_equal(aliases_expand(&a, r->who, &got),
		    r->addr != NULL);
		buf_clear(&addr);
		buf_clear(&refused);
		show(&got, &addr, &refused);
		assert_string_equal(buf_str(&addr),
		    r->addr != NULL ? r->addr : "");
		assert_like(buf_str(&refused), r->refused);
	}
	aliases_result_free(&got);
	aliases_result_free(&got);
	aliases_free(&a);
	buf_free(&addr);
	buf_free(&refused);
}

static void
test_no_reader(void **state)
{
	struct aliases_result got = { 0 };
	struct aliases a;

	(void)state;
	must_parse(&a, "a: :include:/l");
	assert_int_equal(aliases_expand(&a, "a", &got), 1);
	assert_int_equal(got.n, 0);
	assert_int_equal(got.nrefusal, 1);
	assert_string_equal(got.refusal[0].why, "f:1: files are not read "
	    "here");
	aliases_result_free(&got);
	aliases_free(&a);
}

/* ----------------------------------------------------------------- limits */

static struct aliases_result result;

/* Parses what it frees, and expands. */
static void
expand(struct buf *text, const char *name)
{
	struct aliases a;

	must_parse(&a, buf_str(text));
	a.read = read_fake;
	assert_int_equal(aliases_expand(&a, name, &result), 1);
	aliases_free(&a);
	buf_free(text);
}

/* a1: a2, a2: a3 and so on; the last one is for 1@x. */
static void
chain(struct buf *text, int n)
{
	int i;

	for (i = 1; i < n; i++)
		buf_addf(text, "a%d: a%d, side%d@x\n", i, i + 1, i);
	buf_addf(text, "a%d: 1@x\n", n);
}

static void
test_depth(void **state)
{
	struct buf text = BUF_MAX(65536);

	(void)state;
	chain(&text, ALIAS_DEPTH_MAX);
	expand(&text, "a1");
	assert_int_equal(result.n, ALIAS_DEPTH_MAX);
	assert_int_equal(result.nrefusal, 0);
	assert_string_equal(result.addr[0], "1@x");
	chain(&text, ALIAS_DEPTH_MAX + 1);
	expand(&text, "a1");
	assert_int_equal(result.n, ALIAS_DEPTH_MAX);
	assert_int_equal(result.nrefusal, 1);
	assert_string_equal(result.addr[0], "side20@x");
	assert_string_equal(result.refusal[0].target, "a21");
	assert_string_equal(result.refusal[0].why, "f:20: too many aliases, "
	    "one behind another");
	aliases_result_free(&result);
}

static void
test_depth_of_files(void **state)
{
	struct buf text = BUF_MAX(65536);
	int i;

	(void)state;
	for (i = 1; i < ALIAS_DEPTH_MAX; i++)
		buf_addf(&text, "a%d: a%d\n", i, i + 1);
	buf_addf(&text, "a%d: :include:/crlf, 1@x\n", i);
	expand(&text, "a1");
	assert_int_equal(result.n, 1);
	assert_int_equal(result.nrefusal, 1);
	assert_string_equal(result.refusal[0].target, ":include:/crlf");
	for (i = 1; i < ALIAS_DEPTH_MAX - 1; i++)
		buf_addf(&text, "a%d: a%d\n", i, i + 1);
	buf_addf(&text, "a%d: :include:/bare\nbob: 1@x", i);
	expand(&text, "a1");
	assert_int_equal(result.n, 1);
	assert_string_equal(result.addr[0], "ann");
	assert_int_equal(result.nrefusal, 1);
	assert_string_equal(result.refusal[0].target, ":include:/bare");
	assert_string_equal(result.refusal[0].why, "/bare:1: too many "
	    "aliases, one behind another");
	aliases_result_free(&result);
}

static void
many(struct buf *text, int n, const char *last)
{
	int i;

	buf_adds(text, "default: b\nb: c@x\na: ");
	for (i = 0; i < n; i++)
		buf_addf(text, "a%d@x,\n ", i);
	buf_adds(text, last);
}

static void
test_many(void **state)
{
	struct buf text = BUF_MAX(1 << 20);

	(void)state;
	many(&text, ALIAS_RESULTS_MAX, "");
	expand(&text, "a");
	assert_int_equal(result.n, ALIAS_RESULTS_MAX);
	assert_int_equal(result.nrefusal, 0);
	assert_string_equal(result.addr[9999], "a9999@x");
	many(&text, ALIAS_RESULTS_MAX - 1, "|cmd");
	expand(&text, "a");
	assert_int_equal(result.n, ALIAS_RESULTS_MAX - 1);
	assert_int_equal(result.nrefusal, 1);
}

static const struct full_row {
	const char	*name;
	const char	*last;
} fulls[] = {
	{ "an address too many", "b@x" }, { "a name", "bob" },
	{ "a command", "|cmd" }, { "an alias", "b" },
	{ "a file", ":include:/crlf" }, { "an open quote", "\"x" },
};

static void
test_full(void **state)
{
	const struct full_row *r = *state;
	struct buf text = BUF_MAX(1 << 20);

	many(&text, ALIAS_RESULTS_MAX, r->last);
	expand(&text, "a");
	assert_int_equal(result.n, 0);
	assert_int_equal(result.nrefusal, 1);
	assert_string_equal(result.refusal[0].target, "a");
	assert_string_equal(result.refusal[0].why, "f:3: stands for too many "
	    "addresses");
	aliases_result_free(&result);
}

/* Each alias names the next twice: 2^19 ways, but each is gone once. */
static void
test_doubling(void **state)
{
	struct buf text = BUF_MAX(65536);
	int i;

	(void)state;
	for (i = 1; i < ALIAS_DEPTH_MAX; i++)
		buf_addf(&text, "a%d: a%d, a%d\n", i, i + 1, i + 1);
	buf_addf(&text, "a%d:\n", i);
	expand(&text, "a1");
	assert_int_equal(result.n, 0);
	assert_int_equal(result.nrefusal, 1);
	aliases_result_free(&result);
}

static int
read_any(struct buf *b, const char *path, struct err *e)
{
	(void)e;
	return buf_addf(b, "u%s@x", path + 1);
}

static void
test_many_files(void **state)
{
	struct buf text = BUF_MAX(65536);
	struct aliases a;
	int i;

	(void)state;
	buf_adds(&text, "a: ");
	for (i = 0; i <= ALIAS_FILES_MAX; i++)
		buf_addf(&text, ":include:/%d, ", i);
	buf_adds(&text, ":include:/0");
	must_parse(&a, buf_str(&text));
	a.read = read_any;
	aliases_expand(&a, "a", &result);
	assert_int_equal(result.n, ALIAS_FILES_MAX);
	assert_int_equal(result.nrefusal, 1);
	assert_string_equal(result.refusal[0].target, ":include:/100");
	assert_string_equal(result.refusal[0].why, "f:1: too many files for "
	    "one alias");
	aliases_result_free(&result);
	aliases_free(&a);
	buf_free(&text);
}

/* As many definitions as a file has room for, and the same name in all. */
static void
test_large(void **state)
{
	struct buf text = BUF_MAX(ALIAS_SIZE_MAX + 1);
	struct err e = ERR_INIT;
	struct aliases a;

	(void)state;
	while (buf_adds(&text, "a:b\n") == 0 && text.len < ALIAS_SIZE_MAX)
		;
	assert_int_equal(aliases_parse(&a, "f", text.data, text.len, &e), 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.def[0].line, 1);
	aliases_free(&a);
	buf_addc(&text, '\n');
	assert_int_equal(aliases_parse(&a, "f", text.data, text.len, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, "f: over 1048576 bytes");
	aliases_free(&a);
	buf_free(&text);
}

static void
test_long_texts(void **state)
{
	struct buf text = BUF_MAX(65536);
	char *name = unit_fill('n', 256), *target = unit_fill('/', 4097);
	struct err e = ERR_INIT;
	struct aliases a;

	(void)state;
	buf_addf(&text, "%s: %s, 1@x", name, target);
	expand(&text, name);
	assert_int_equal(result.n, 1);
	assert_int_equal(result.nrefusal, 1);
	assert_int_equal(strlen(result.refusal[0].target), 203);
	assert_string_equal(result.refusal[0].why, "f:1: a target of over "
	    "4096 bytes");
	aliases_result_free(&result);
	buf_addf(&text, "n%s: x", name);
	assert_int_equal(aliases_parse(&a, "f", buf_str(&text), text.len,
	    &e), -1);
	aliases_free(&a);
	buf_free(&text);
	free(name);
	free(target);
}

/* ------------------------------------------------------------------ files */

static char told[512];

static void
sink(enum log_level level, const char *line)
{
	(void)level;
	strlcat(told, line, sizeof(told));
	strlcat(told, "|", sizeof(told));
}

static void
test_story(void **state)
{
	struct aliases a;

	(void)state;
	log_open(LOG_LEVEL_STORY, sink);
	must_parse(&a, "Root: a\nb: c\nroot: d\n\nROOT: e");
	log_open(LOG_LEVEL_QUIET, NULL);
	assert_string_equal(told, "f:3: alias root is in line 1 already, "
	    "which counts|f:5: alias root is in line 1 already, which "
	    "counts|");
	aliases_free(&a);
}

static char folder[64];

static const char *
file_in(const char *name, const char *text)
{
	static char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (text != NULL) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_int_not_equal(fd, -1);
		assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
		close(fd);
	}
	return path;
}

static int
enter(void **state)
{
	(void)state;
	strlcpy(folder, "/tmp/test-alias.XXXXXX", sizeof(folder));
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static void
leave(void)
{
	unlink(file_in("aliases", NULL));
	unlink(file_in("list", NULL));
	rmdir(folder);
}

static void
test_load(void **state)
{
	struct buf text = BUF_MAX(1024), addr = BUF_MAX(1024);
	struct buf refused = BUF_MAX(1024), want = BUF_MAX(1024);
	struct err e = ERR_INIT;
	struct aliases a;

	enter(state);
	file_in("list", "ann@x\nbob@y\n");
	buf_addf(&text, "root: :include:%s/list,\n  :include:%s/none,\n"
	    "  :include:%s\n", folder, folder, folder);
	assert_int_equal(aliases_load(&a, file_in("aliases", buf_str(&text)),
	    &e), 0);
	assert_int_equal(aliases_expand(&a, "root", &result), 1);
	show(&result, &addr, &refused);
	assert_string_equal(buf_str(&addr), "ann@x|bob@y|");
	buf_addf(&want, ":include:%s/none %s/aliases:2: %s/none: No such file "
	    "or directory|:include:%s %s/aliases:3: %s: not a regular file|",
	    folder, folder, folder, folder, folder, folder);
	assert_string_equal(buf_str(&refused), buf_str(&want));
	aliases_result_free(&result);
	aliases_free(&a);
	leave();
	buf_free(&text);
	buf_free(&addr);
	buf_free(&refused);
	buf_free(&want);
}

static void
test_load_fails(void **state)
{
	char *large = unit_fill('\n', ALIAS_SIZE_MAX + 1);
	struct err e = ERR_INIT;
	struct aliases a;

	enter(state);
	assert_int_equal(aliases_load(&a, file_in("none", NULL), &e), -1);
	assert_int_equal(e.kind, ERR_NOINPUT);
	aliases_free(&a);
	assert_int_equal(aliases_load(&a, folder, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	aliases_free(&a);
	assert_int_equal(aliases_load(&a, file_in("aliases", large), &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "/aliases: over 1048576 bytes"));
	aliases_free(&a);
	large[ALIAS_SIZE_MAX] = '\0';
	assert_int_equal(aliases_load(&a, file_in("aliases", large), &e), 0);
	aliases_free(&a);
	assert_int_equal(aliases_load(&a, file_in("aliases", "\nb\n"), &e),
	    -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "/aliases:2: want NAME: TARGET"));
	aliases_free(&a);
	leave();
	free(large);
}

int
main(void)
{
	UNIT_ROWS(parses, test_parse);
	UNIT_ROWS(expands, test_expand);
	UNIT_TEST(test_no_reader);
	UNIT_TEST(test_depth);
	UNIT_TEST(test_depth_of_files);
	UNIT_TEST(test_many);
	UNIT_ROWS(fulls, test_full);
	UNIT_TEST(test_doubling);
	UNIT_TEST(test_many_files);
	UNIT_TEST(test_large);
	UNIT_TEST(test_long_texts);
	UNIT_TEST(test_story);
	UNIT_TEST(test_load);
	UNIT_TEST(test_load_fails);
	return unit_run("alias");
}
