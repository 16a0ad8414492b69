#include "unit.h"

#include "cred/netrc.h"

#define TWO	"machine mx login bob password b\n" \
		"machine mx login ann password a\n"

static const struct row {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*want;		/* NULL: there is none */
	long		 line;
} rows[] = {
	{ "one entry", LIT("machine mx login ann password s"), "s", 1 },
	{ "an empty file", LIT(""), NULL, 0 },
	{ "over several lines", LIT("\n\nmachine mx\n\tlogin ann\n"
	    "\tpassword s\n"), "s", 3 },
	{ "CRLF", LIT("machine mx\r\nlogin ann\r\npassword s\r\n"), "s", 1 },
	{ "behind a byte order mark", LIT("\xef\xbb\xbfmachine mx login ann "
	    "password s"), "s", 1 },
	{ "half a byte order mark", LIT("\xef\xbb"), NULL, 0 },
	{ "in any order", LIT("machine mx password s login ann"), "s", 1 },
	{ "values on the next line", LIT("machine\nmx login\nann password\n"
	    "s"), "s", 1 },
	{ "the host in capitals", LIT("machine MX login ann password s"), "s",
	    1 },
	{ "the login in capitals", LIT("machine mx login Ann password s"),
	    NULL, 0 },
	{ "a part of the host", LIT("machine mx.x login ann password s"),
	    NULL, 0 },
	{ "user, passwd and host", LIT("host mx user ann passwd s"), "s", 1 },
	{ "no login", LIT("machine mx password s"), "s", 1 },
	{ "no password", LIT("machine mx login ann"), NULL, 0 },
	{ "an empty password", LIT("machine mx login ann password \"\""),
	    NULL, 0 },
	{ "a value is missing", LIT("machine mx login ann password"), NULL,
	    0 },
	{ "before any machine", LIT("login ann password s"), NULL, 0 },
	{ "behind another", LIT("machine other login ann password x\n"
	    "machine mx login ann password s"), "s", 2 },
	{ "by the login", LIT(TWO), "a", 2 },
	{ "the first of two", LIT("machine mx login ann password s\n"
	    "machine mx login ann password t"), "s", 1 },
	{ "a login goes before none", LIT("machine mx password x\n"
	    "machine mx login ann password s"), "s", 2 },
	{ "default", LIT("machine other password x\n"
	    "default login ann password s"), "s", 2 },
	{ "default for another", LIT("default login bob password s"), NULL,
	    0 },
	{ "default comes last", LIT("default login ann password x\n"
	    "machine mx password s"), "s", 2 },
	{ "the last password counts", LIT("machine mx password x password s"),
	    "s", 1 },

	{ "a port", LIT("machine mx login ann password s port 465"), "s", 1 },
	{ "another port", LIT("machine mx login ann password s port 587"),
	    NULL, 0 },
	{ "by the port", LIT("machine mx login ann port 25 password x\n"
	    "machine mx login ann port 465 password s"), "s", 2 },
	{ "a port goes before none", LIT("machine mx login ann password x\n"
	    "machine mx login ann port 465 password s"), "s", 2 },
	{ "smtp is any", LIT("machine mx login ann password s port smtp"),
	    "s", 1 },
	{ "smtps", LIT("machine mx login ann password s port smtps"), "s",
	    1 },
	{ "submission", LIT("machine mx login ann password s port "
	    "submission"), NULL, 0 },
	{ "another service", LIT("machine mx login ann password s port imap"),
	    NULL, 0 },
	{ "no number", LIT("machine mx login ann password s port 465x"), NULL,
	    0 },

	{ "double quotes", LIT("machine mx login ann password \"a b\""),
	    "a b", 1 },
	{ "single quotes", LIT("machine mx login ann password 'a \"b\\'"),
	    "a \"b\\", 1 },
	{ "a quote in quotes", LIT("machine mx login ann password "
	    "\"a\\\"b\\\\c\\d\""), "a\"b\\c\\d", 1 },
	{ "a quoted login", LIT("machine \"mx\" login \"ann\" password s"),
	    "s", 1 },
	{ "a quote that is not closed", LIT("machine mx password \"a b\n"),
	    "\"a", 1 },
	{ "a quote closed on the next line", LIT("machine mx password 'a\n"
	    "login ann'"), NULL, 0 },
	{ "a quote within", LIT("machine mx password a\"b\"c"), "a\"b\"c",
	    1 },
	{ "behind a quote", LIT("machine mx password \"a b\"c"), "a bc", 1 },
	{ "a backslash at the end", LIT("machine mx password \"a\\"),
	    "\"a\\", 1 },
	{ "a backslash without quotes", LIT("machine mx password a\\b"),
	    "a\\b", 1 },
	{ "8 bits", LIT("machine mx password \xc3\xa9\xff"),
	    "\xc3\xa9\xff", 1 },

	{ "a comment", LIT("# machine mx password x\nmachine mx # login x\n"
	    "password s"), "s", 2 },
	{ "no comment", LIT("machine mx password #s"), "#s", 1 },
	{ "a macro", LIT("machine x login y\nmacdef init\nmachine mx "
	    "password x\n\nmachine mx password s"), "s", 5 },
	{ "a macro with CRLF", LIT("macdef init\r\nmachine mx password x\r\n"
	    "\r\nmachine mx password s"), "s", 4 },
	{ "a macro without end", LIT("macdef init\nmachine mx password s\n"),
	    NULL, 0 },
	{ "an account", LIT("machine mx account login password s"), "s", 1 },
	{ "an unknown word", LIT("machine mx force yes password s"), "s", 1 },
	{ "an unknown word without value", LIT("machine mx force\n"
	    "password s"), "s", 1 },
	{ "an unknown word before a known one", LIT("oops machine mx "
	    "password s"), "s", 1 },
	{ "a password that is a keyword", LIT("machine mx password machine "
	    "login ann"), "machine", 1 },
};

static void
test_find(void **state)
{
	const struct row *r = *state;
	const struct netrc_want want = { "mx", "ann", 465 };
	char *text = unit_copy(r->text, r->n);
	struct buf out = BUF_MAX(100);

	assert_int_equal(netrc_find(text, r->n, &want, &out), r->line);
	assert_string_equal(buf_str(&out), r->want != NULL ? r->want : "");
	buf_free(&out);
	free(text);
}

static const struct want_row {
	const char		*name;
	struct netrc_want	 want;
	const char		*text;
	const char		*found;		/* "": nothing */
} wants[] = {
	{ "anybody", { "mx", NULL, 465 }, TWO, "b" },
	{ "any port", { "mx", "ann", 0 },
	    "machine mx port 1 password s", "s" },
	{ "a service for any port", { "mx", "ann", 0 },
	    "machine mx port imap password s", "" },
	{ "no host", { NULL, "ann", 465 }, TWO "default password d", "d" },
};

static void
test_want(void **state)
{
	const struct want_row *r = *state;
	struct buf out = BUF_MAX(100);

	assert_int_equal(netrc_find(r->text, strlen(r->text), &r->want,
	    &out) > 0, r->found[0] != '\0');
	assert_string_equal(buf_str(&out), r->found);
	buf_free(&out);
}

/* What was there stays, also where there is no room for more. */
static void
test_room(void **state)
{
	const struct netrc_want want = { "mx", "ann", 465 };
	struct buf out = BUF_MAX(3);

	(void)state;
	buf_adds(&out, "x");
	assert_int_equal(netrc_find(LIT("machine mx password abc"), &want,
	    &out), -1);
	assert_string_equal(buf_str(&out), "x");
	assert_int_equal(netrc_find(LIT("machine mx password ab"), &want,
	    &out), 1);
	assert_string_equal(buf_str(&out), "xab");
	buf_free(&out);
}

int
main(void)
{
	UNIT_ROWS(rows, test_find);
	UNIT_ROWS(wants, test_want);
	UNIT_TEST(test_room);
	return unit_run("netrc");
}
