#include "accounts.h"

#include "config/show.h"

/* What is set shows as this, and read again is the same as before. */
static const struct show_row {
	const char	*name;
	const char	*line;		/* in an account */
	const char	*keyword, *want;	/* want NULL: nothing */
} rows[] = {
	{ "a host", "host mx.example.org", "host", "mx.example.org" },
	{ "hosts", "host a.example srv:b.example ::1", "host",
	    "\"a.example srv:b.example ::1\"" },
	{ "number", "port 2525", "port", "2525" },
	{ "number not known", "host x", "port", NULL },
	{ "number off", "timeout off", "timeout", "off" },
	{ "number by an older word", "connect_timeout 7", "timeout", "7" },
	{ "older word itself", "connect_timeout 7", "connect_timeout", NULL },
	{ "blanks at the ends", "user \" a  b \"", "user", "\" a  b \"" },
	{ "quotes inside", "user a\"b", "user", "\"a\"b\"" },
	{ "quotes at both ends", "user \"\"a\"\"", "user", "\"\"a\"\"" },
	{ "one quote", "user \"", "user", "\"\"\"" },
	{ "equals sign", "user \"= x\"", "user", "\"= x\"" },
	{ "number sign", "user #1", "user", "\"#1\"" },
	{ "UTF-8", "from_full_name J\xc3\xb6rg", "from_full_name",
	    "J\xc3\xb6rg" },
	{ "blanks and UTF-8", "from_full_name \xc3\x84 B", "from_full_name",
	    "\"\xc3\x84 B\"" },
	{ "backslash", "user corp\\ann", "user", "\"corp\\ann\"" },
	{ "text not set", "host x", "user", NULL },
	{ "text taken away", "user a\nuser", "user", NULL },
	{ "password", "password " SECRET, "password", "***" },
	{ "proxy_password", "proxy_password " SECRET, "proxy_password",
	    "***" },
	{ "passwordeval", "passwordeval echo " SECRET, "passwordeval",
	    "***" },
	{ "flag", "tls off", "tls", "off" },
	{ "flag by default", "host x", "tls", "on" },
	{ "flag not known", "host x", "tls_starttls", NULL },
	{ "flag by an older word", "tls_nostarttls", "tls_starttls", "off" },
	{ "when off", "set_from_header off", "set_from_header", "off" },
	{ "when auto", "host x", "set_from_header", "auto" },
	{ "when on", "set_from_header on", "set_from_header", "on" },
	{ "when utc", "set_date_header utc", "set_date_header", "utc" },
	{ "choice", "auth CRAM-MD5", "auth", "cram-md5" },
	{ "choice off", "auth off", "auth", "off" },
	{ "choice not set", "host x", "auth", NULL },
	{ "choice of two words", "dsn_return hdrs", "dsn_return", "headers" },
	{ "facility", "syslog LOG_LOCAL3", "syslog", "LOG_LOCAL3" },
	{ "trust", "tls_trust_file /x y", "tls_trust_file", "\"/x y\"" },
	{ "trust of the system", "tls_trust_file system", "tls_trust_file",
	    "system" },
	{ "trust not set", "host x", "tls_trust_file", NULL },
	{ "path", "logfile ~/log", "logfile", "/home/you/log" },
	{ "aliases", "aliases /a", "aliases", "/a" },
	{ "aliases off", "aliases off", "aliases", "off" },
	{ "notify", "dsn_notify failure,success", "dsn_notify",
	    "success,failure" },
	{ "notify off", "dsn_notify off", "dsn_notify", "off" },
	{ "notify never", "dsn_notify never", "dsn_notify", "never" },
	{ "patterns", "from a@x, *@y", "from", "\"a@x *@y\"" },
	{ "patterns with a quoted blank", "from x@x \"a b\"@x", "from",
	    "\"x@x \"a b\"@x\"" },
	{ "expanded", "from %U@%H", "from", "me@box.example" },
	{ "not expanded yet", "from %U@%C", "from", "me@%C" },
	{ "form", "deliver_by 120", "deliver_by", "\"120;R\"" },
	{ "form off", "deliver_by off", "deliver_by", "off" },
	{ "command", "connect_command sshpass -p " SECRET " ssh -W %h:%p x",
	    "connect_command", "***" },
	{ "fingerprint", "tls_fingerprint " HEX, "tls_fingerprint",
	    "sha256:" HEX },
	{ "without effect", "queue_warn 4h", "queue_warn", NULL },
};

/* Returns what is shown of the account in that text, or NULL; to be freed. */
static char *
shown(const char *lines, const char *keyword)
{
	struct buf text = BUF_MAX(4096), b = BUF_MAX(SHOW_VALUE_MAX);
	struct config c;
	char *copy = NULL;
	int r;

	buf_addf(&text, "account x\n%s\n", lines);
	must_parse(&c, buf_str(&text));
	r = show_value(&b, c.account[0],
	    keyword_find(keyword, strlen(keyword)));
	if (r == 1)
		copy = unit_copy(buf_str(&b), b.len + 1);
	else
		assert_int_equal(b.len, 0);
	config_free(&c);
	buf_free(&text);
	buf_free(&b);
	return copy;
}

static void
run(void **state)
{
	const struct show_row *row = *state;
	char *first = shown(row->line, row->keyword), *second;
	struct buf line = BUF_MAX(1024);

	if (row->want == NULL) {
		assert_null(first);
		return;
	}
	assert_non_null(first);
	assert_string_equal(first, row->want);
	buf_addf(&line, "%s %s", row->keyword, first);
	second = shown(buf_str(&line), row->keyword);
	assert_non_null(second);
	assert_string_equal(second, row->want);
	free(first);
	free(second);
	buf_free(&line);
}

/* Secrets by the table, so that one that is added is hidden as well. */
static void
no_secret(void **unused)
{
	struct account *a = account_new("x");
	struct buf b = BUF_MAX(SHOW_VALUE_MAX);
	const struct keyword *k;
	struct err e = ERR_INIT;
	size_t i, n = 0;

	(void)unused;
	for (i = 0; (k = keyword_at(i)) != NULL; i++) {
		if ((k->flags & (KEYWORD_SECRET | KEYWORD_PRIVATE)) == 0 ||
		    keyword_set(a, k, SECRET, &e) == -1)
			continue;
		n++;
		assert_int_equal(show_value(&b, a, k), 1);
	}
	assert_true(n >= 3);
	assert_null(strstr(buf_str(&b), SECRET));
	buf_free(&b);
	account_free(a);
}

/* Nothing but a keyword's line can come of it. */
static void
no_second_line(void **unused)
{
	struct account *a = account_new("x");
	struct buf b = BUF_MAX(SHOW_VALUE_MAX);
	const struct keyword *k;
	struct err e = ERR_INIT;
	size_t i;

	(void)unused;
	for (i = 0; (k = keyword_at(i)) != NULL; i++)
		if (keyword_set(a, k, "a\ntls off", &e) == 0)
			show_value(&b, a, k);
	assert_null(strchr(buf_str(&b), '\n'));
	buf_free(&b);
	account_free(a);
}

static const struct origin_row {
	const char	*name;
	const char	*text;
	const char	*keyword, *want;
	int		 differs;
} origins[] = {
	{ "line", "account x\nport 25", "port", "f:2", 1 },
	{ "defaults", "defaults\nport 25\naccount x", "port",
	    "f:2 (defaults)", 1 },
	{ "parent", "account w\nport 25\naccount x : w", "port", "f:2", 1 },
	{ "built in", "account x", "tls", "built in", 0 },
	{ "set to what is built in", "account x\ntls on", "tls", "f:2", 0 },
	{ "older word", "account x\ntls_nocertcheck", "tls_certcheck",
	    "f:2", 1 },
};

static void
run_origin(void **state)
{
	const struct origin_row *row = *state;
	struct buf b = BUF_MAX(256);
	const struct keyword *k = keyword_find(row->keyword,
	    strlen(row->keyword));
	struct config c;

	must_parse(&c, row->text);
	show_origin(&b, c.account[c.n - 1], k);
	assert_string_equal(buf_str(&b), row->want);
	assert_int_equal(show_differs(c.account[c.n - 1], k), row->differs);
	config_free(&c);
	buf_free(&b);
}

static void
follows(void **unused)
{
	struct buf b = BUF_MAX(256);
	struct err e = ERR_INIT;
	struct config c;

	(void)unused;
	must_parse(&c, "account x\nhost h\ntls off");
	assert_int_equal(account_finish(c.account[0], &e), 0);
	show_origin(&b, c.account[0], keyword_find("port", 4));
	assert_string_equal(buf_str(&b), "follows from the rest");
	assert_string_equal(show_text(c.account[0], "host"), "h");
	assert_null(show_text(c.account[0], "user"));
	assert_null(show_text(c.account[0], "usher"));
	config_free(&c);
	buf_free(&b);
}

static void
by_command_line(void **unused)
{
	struct account *a = account_new("x");
	struct buf b = BUF_MAX(256);
	struct err e = ERR_INIT;

	(void)unused;
	assert_int_equal(config_set(a, "port", "25", &e), 0);
	show_origin(&b, a, keyword_find("port", 4));
	assert_string_equal(buf_str(&b), "the command line");
	buf_free(&b);
	account_free(a);
}

int
main(void)
{
	setenv("HOME", "/home/you", 1);
	setenv("USER", "me", 1);
	setenv("HOSTNAME", "box.example", 1);
	UNIT_ROWS(rows, run);
	UNIT_ROWS(origins, run_origin);
	UNIT_TEST(no_secret);
	UNIT_TEST(no_second_line);
	UNIT_TEST(follows);
	UNIT_TEST(by_command_line);
	return unit_run("show");
}
