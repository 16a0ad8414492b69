#include "unit.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>

#include "base/log.h"
#include "config/config.h"
#include "config/confparse.h"
#include "config/keyword.h"

#define SECRET	"hunter2"
#define NAME40	"abcdefghijklmnopqrstuvwxyz0123456789ABCD"

/* Parse a copy of its exact size as the file "f". */
static int
parse(struct config *c, const char *text, size_t n, struct err *e)
{
	char *copy = unit_copy(text, n);
	int r = confparse_text(c, "f", copy, n, CONFPARSE_EVAL_YES, e);

	free(copy);
	return r;
}

static void
must_parse(struct config *c, const char *text)
{
	struct err e = ERR_INIT;

	*c = (struct config){ 0 };
	if (parse(c, text, strlen(text), &e) == -1)
		fail_msg("%s", e.text);
}

/* A value as text; NULL is "-". */
static const char *
value(const struct account *a, const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));
	const char *at;
	static char text[32];

	assert_non_null(k);
	at = (const char *)a + k->offset;
	switch (k->kind) {
	case KEYWORD_NUMBER:
	case KEYWORD_FLAG:
	case KEYWORD_NOT:
	case KEYWORD_WHEN:
	case KEYWORD_MISSING:
		snprintf(text, sizeof(text), "%d",
		    *(const int *)(const void *)at);
		return text;
	case KEYWORD_TEXT:
	case KEYWORD_PATH:
	case KEYWORD_TRUST:
	case KEYWORD_ADDRESS:
	case KEYWORD_PATTERNS:
	case KEYWORD_CHOICE:
	case KEYWORD_NOTIFY:
		at = *(char *const *)(const void *)at;
		return at != NULL ? at : "-";
	case KEYWORD_NOTHING:
		break;
	}
	return "nothing";
}

/* ------------------------------------------------------------- values */

static const struct value_row {
	const char	*name;
	const char	*line;		/* in an account */
	const char	*keyword, *want;
} values[] = {
	{ "host", "host mx.example.org", "host", "mx.example.org" },
	{ "a later one wins", "host a\nhost b", "host", "b" },
	{ "reset", "host a\nhost", "host", "-" },
	{ "reset by empty quotes", "host a\nhost \"\"", "host", "-" },
	{ "reset of a number", "port 25\nport", "port", "0" },
	{ "reset of the trust file", "tls_trust_file /x\ntls_trust_file",
	    "tls_trust_file", "-" },
	{ "quoted", "from_full_name \" A  B \"", "from_full_name", " A  B " },
	{ "port", "port 65535", "port", "65535" },
	{ "timeout", "timeout 20", "timeout", "20" },
	{ "timeout off", "timeout 20\ntimeout OFF", "timeout", "0" },
	{ "connect_timeout", "connect_timeout 7", "timeout", "7" },
	{ "protocol in capitals", "protocol LMTP", "protocol", "lmtp" },
	{ "domain", "domain a.example", "domain", "a.example" },
	{ "domain expands", "domain x.%H", "domain", "x.box.example" },
	{ "source_ip 4", "source_ip 192.0.2.1", "source_ip", "192.0.2.1" },
	{ "source_ip 6", "source_ip 2001:db8::1", "source_ip",
	    "2001:db8::1" },
	{ "auth on", "auth on", "auth", "on" },
	{ "auth alone", "auth", "auth", "on" },
	{ "auth off", "auth on\nauth off", "auth", "-" },
	{ "auth plain", "auth plain", "auth", "PLAIN" },
	{ "auth login", "auth LOGIN", "auth", "LOGIN" },
	{ "auth cram-md5", "auth Cram-MD5", "auth", "CRAM-MD5" },
	{ "auth scram-sha-256", "auth scram-sha-256", "auth",
	    "SCRAM-SHA-256" },
	{ "auth xoauth2", "auth xoauth2", "auth", "XOAUTH2" },
	{ "user", "user a b", "user", "a b" },
	{ "user reset", "user a\nuser", "user", "-" },
	{ "password", "password " SECRET, "password", SECRET },
	{ "password with an equals sign", "password =x", "password", "=x" },
	{ "password in quotes", "password \"= x\"", "password", "= x" },
	{ "password of odd bytes", "password \x01\xff", "password",
	    "\x01\xff" },
	{ "passwordeval", "passwordeval pass a | head -1", "passwordeval",
	    "pass a | head -1" },
	{ "tls off", "tls off", "tls", "0" },
	{ "tls alone", "tls off\ntls", "tls", "1" },
	{ "tls on in capitals", "tls off\ntls ON", "tls", "1" },
	{ "tls by default", "host x", "tls", "1" },
	{ "tls_starttls by default", "host x", "tls_starttls", "-1" },
	{ "tls_starttls", "tls_starttls off", "tls_starttls", "0" },
	{ "tls_nostarttls", "tls_nostarttls", "tls_starttls", "0" },
	{ "tls_certcheck by default", "host x", "tls_certcheck", "1" },
	{ "tls_certcheck", "tls_certcheck off", "tls_certcheck", "0" },
	{ "tls_nocertcheck", "tls_nocertcheck", "tls_certcheck", "0" },
	{ "tls_nocertcheck off", "tls_certcheck off\ntls_nocertcheck off",
	    "tls_certcheck", "1" },
	{ "tls_trust_file", "tls_trust_file /x y", "tls_trust_file",
	    "/x y" },
	{ "tls_trust_file at home", "tls_trust_file ~/ca.pem",
	    "tls_trust_file", "/home/you/ca.pem" },
	{ "tls_trust_file system", "tls_trust_file /x\n"
	    "tls_trust_file system", "tls_trust_file", "-" },
	{ "tls_priorities", "tls_priorities NORMAL:-X", "tls_priorities",
	    "NORMAL:-X" },
	{ "tls_host_override", "tls_host_override a", "tls_host_override",
	    "a" },
	{ "from", "from you@example.org", "from", "you@example.org" },
	{ "from with several", "from a@x , *@y\tb@z", "from",
	    "a@x *@y b@z" },
	{ "from replaces", "from a@x\nfrom b@y", "from", "b@y" },
	{ "from with a quoted blank", "from x@x \"a b\"@x", "from",
	    "x@x \"a b\"@x" },
	{ "from a bare name", "from root", "from", "root" },
	{ "from expands", "from %U@%H", "from", "me@box.example" },
	{ "from leaves other signs", "from a%20%@x", "from", "a%20%@x" },
	{ "allow_from_override", "allow_from_override off",
	    "allow_from_override", "0" },
	{ "allow_from_override by default", "host x", "allow_from_override",
	    "1" },
	{ "auto_from", "auto_from", "auto_from", "1" },
	{ "maildomain", "maildomain x.example", "maildomain", "x.example" },
	{ "set_from_header by default", "host x", "set_from_header", "1" },
	{ "set_from_header alone", "set_from_header", "set_from_header",
	    "2" },
	{ "set_from_header off", "set_from_header off", "set_from_header",
	    "0" },
	{ "set_date_header auto", "set_date_header off\n"
	    "set_date_header auto", "set_date_header", "1" },
	{ "set_msgid_header on", "set_msgid_header on", "set_msgid_header",
	    "2" },
	{ "add_missing_from_header on", "set_from_header off\n"
	    "add_missing_from_header on", "set_from_header", "1" },
	{ "add_missing_from_header off", "add_missing_from_header off",
	    "set_from_header", "0" },
	{ "add_missing_date_header off", "add_missing_date_header off",
	    "set_date_header", "0" },
	{ "undisclosed_recipients", "undisclosed_recipients",
	    "undisclosed_recipients", "1" },
	{ "logfile at home", "logfile ~/log", "logfile", "/home/you/log" },
	{ "logfile of another's home", "logfile ~root/log", "logfile",
	    "~root/log" },
	{ "logfile to standard output", "logfile -", "logfile", "-" },
	{ "logfile_time_format", "logfile_time_format \"%H:%M \"",
	    "logfile_time_format", "%H:%M " },
	{ "syslog", "syslog", "syslog", "LOG_USER" },
	{ "syslog off", "syslog on\nsyslog off", "syslog", "-" },
	{ "syslog log_mail", "syslog log_mail", "syslog", "LOG_MAIL" },
	{ "syslog LOG_LOCAL7", "syslog LOG_LOCAL7", "syslog", "LOG_LOCAL7" },
	{ "dsn_notify off", "dsn_notify never\ndsn_notify off", "dsn_notify",
	    "-" },
	{ "dsn_notify never", "dsn_notify NEVER", "dsn_notify", "never" },
	{ "dsn_notify list", "dsn_notify delay, Success,delay", "dsn_notify",
	    "success,delay" },
	{ "dsn_return headers", "dsn_return headers", "dsn_return", "hdrs" },
	{ "dsn_return hdrs", "dsn_return HDRS", "dsn_return", "hdrs" },
	{ "dsn_return full", "dsn_return full", "dsn_return", "full" },
	{ "dsn_return off", "dsn_return full\ndsn_return off", "dsn_return",
	    "-" },
	{ "eval", "eval echo host mx", "host", "mx" },
	{ "eval: the first line", "eval printf 'host a\\nport 1\\n'", "port",
	    "0" },
	{ "eval: a comment", "host a\neval echo '#'", "host", "a" },
	{ "eval: silence", "host a\neval true", "host", "a" },
	{ "eval in quotes", "eval \"echo host mx\"", "host", "mx" },
	{ "aliases", "aliases ~/a", "aliases", "/home/you/a" },
	{ "a mark of bytes before it", "host a", "host", "a" },
};

static void
test_value(void **state)
{
	const struct value_row *r = *state;
	struct config c;
	char text[512];

	setenv("HOME", "/home/you", 1);
	setenv("HOSTNAME", "box.example", 1);
	setenv("USER", "me", 1);
	snprintf(text, sizeof(text), "account x\n%s\n", r->line);
	must_parse(&c, text);
	assert_int_equal(c.n, 1);
	/* "-" is also a file name. */
	assert_string_equal(value(c.account[0], r->keyword), r->want);
	config_free(&c);
}

/* ------------------------------------------------------------- errors */

static const struct error_row {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*want;		/* all of it; or the begin, up to ~ */
} errors[] = {
	{ "unknown", LIT("account x\nhots mx\n"),
	    "f:2: hots: unknown keyword; did you mean \"host\"?" },
	{ "unknown, in capitals", LIT("account x\nHOST mx\n"),
	    "f:2: HOST: unknown keyword; did you mean \"host\"?" },
	{ "unknown, near nothing", LIT("account x\nzzzzzz mx\n"),
	    "f:2: zzzzzz: unknown keyword" },
	{ "unknown, and long", LIT(NAME40 " " SECRET),
	    "f:1: abcdefghijklmnopqrstuvwxyz012345: unknown keyword" },
	{ "near account", LIT("acount x"),
	    "f:1: acount: unknown keyword; did you mean \"account\"?" },
	{ "an equals sign", LIT("account x\npassword=" SECRET),
	    "f:2: password: write a blank, not \"=\", after it" },
	{ "a colon", LIT("account x\npassword:" SECRET),
	    "f:2: password: write a blank after it" },
	{ "an equals sign between blanks", LIT("account x\nhost = mx"),
	    "f:2: host: write a blank, not \"=\", after it" },
	{ "the same for a password", LIT("account x\npassword = " SECRET),
	    "f:2: password: write a blank, not \"=\", after it" },
	{ "an unknown one with an equals sign",
	    LIT("account x\npasword=" SECRET),
	    "f:2: pasword: unknown keyword; did you mean \"password\"?" },
	{ "another file: a shadow file", LIT("root:" SECRET ":1:2\n"),
	    "f:1: root: unknown keyword; did you mean \"host\"?" },
	{ "another file: a section", LIT("[" SECRET "]\n"),
	    "f:1: not a configuration line; write: KEYWORD VALUE" },
	{ "another file: a program", LIT("\x7f" "ELF" SECRET),
	    "f:1: not a configuration line; write: KEYWORD VALUE" },
	{ "another file: a key", LIT("-----BEGIN " SECRET "-----\n"),
	    "f:1: not a configuration line; write: KEYWORD VALUE" },
	{ "a NUL", LIT("account x\nhost a\0" SECRET),
	    "f:2: a NUL byte: not a configuration file" },
	{ "before any account", LIT("# x\n\nhost mx"), "f:3: host: write "
	    "\"account NAME\" or \"defaults\" before it" },
	{ "eval before any account", LIT("eval echo host mx"), "f:1: eval: "
	    "host: write \"account NAME\" or \"defaults\" before it" },
	{ "defaults with a value", LIT("defaults x"),
	    "f:1: defaults: takes no value" },
	{ "no name", LIT("account"),
	    "f:1: account: want a name: one word, without quotes" },
	{ "no name before the colon", LIT("account : x"),
	    "f:1: account: want a name: one word, without quotes" },
	{ "a quote in a name", LIT("account a\"b"),
	    "f:1: account: want a name: one word, without quotes" },
	{ "a control character in a name", LIT("account a\033b"),
	    "f:1: account: want a name: one word, without quotes" },
	{ "two names", LIT("account a b"),
	    "f:1: account: want one name, or NAME : PARENT, PARENT" },
	{ "two names with a comma", LIT("account a,b"),
	    "f:1: account: want one name, or NAME : PARENT, PARENT" },
	{ "no parent behind the colon", LIT("account a :"),
	    "f:1: account: want one name, or NAME : PARENT, PARENT" },
	{ "twice", LIT("account x\nhost a\naccount y\naccount x\n"),
	    "f:4: account x: there is one of that name in line 1 already" },
	{ "unknown parent", LIT("account work\naccount y : wrok"),
	    "f:2: account y: no account wrok before it; did you mean "
	    "\"work\"?" },
	{ "unknown second parent", LIT("account a\naccount b : a, qqqqq"),
	    "f:2: account b: no account qqqqq before it" },
	{ "its own parent", LIT("account aaaa : aaaa"),
	    "f:1: account aaaa: no account aaaa before it" },
	{ "a parent that comes later", LIT("account a : bbbb\naccount bbbb"),
	    "f:1: account a: no account bbbb before it" },
	{ "port 0", LIT("account x\nport 0"),
	    "f:2: port: \"0\": want a number from 1 to 65535" },
	{ "port too great", LIT("account x\nport 65536"),
	    "f:2: port: \"65536\": want a number from 1 to 65535" },
	{ "port in letters", LIT("account x\nport smtp"),
	    "f:2: port: \"smtp\": want a number from 1 to 65535" },
	{ "port and more", LIT("account x\nport 25 x"),
	    "f:2: port: \"25 x\": want a number from 1 to 65535" },
	{ "port off", LIT("account x\nport off"),
	    "f:2: port: \"off\": want a number from 1 to 65535" },
	{ "timeout 0", LIT("account x\ntimeout 0"),
	    "f:2: timeout: \"0\": want off, or a number from 1 to 86400" },
	{ "tls maybe", LIT("account x\ntls maybe"),
	    "f:2: tls: \"maybe\": want on or off" },
	{ "tls auto", LIT("account x\ntls auto"),
	    "f:2: tls: \"auto\": want on or off" },
	{ "set_from_header yes", LIT("account x\nset_from_header yes"),
	    "f:2: set_from_header: \"yes\": want auto, on or off" },
	{ "protocol", LIT("account x\nprotocol uucp"),
	    "f:2: protocol: \"uucp\": want one of smtp lmtp" },
	{ "auth", LIT("account x\nauth rot13"),
	    "f:2: auth: \"rot13\": want one of on off plain ~" },
	{ "syslog", LIT("account x\nsyslog LOG_LOCAL8"),
	    "f:2: syslog: \"LOG_LOCAL8\": want one of on off LOG_MAIL ~" },
	{ "dsn_notify", LIT("account x\ndsn_notify success,never"),
	    "f:2: dsn_notify: \"success,never\": want off, never, or a list "
	    "of success, failure and delay" },
	{ "dsn_return", LIT("account x\ndsn_return body"),
	    "f:2: dsn_return: \"body\": want one of off full headers hdrs" },
	{ "source_ip", LIT("account x\nsource_ip localhost"),
	    "f:2: source_ip: \"localhost\": want an IP address" },
	{ "a blank in host", LIT("account x\nhost mx password " SECRET),
	    "f:2: host: there is a blank in it" },
	{ "a control character in host", LIT("account x\nhost a\rb"),
	    "f:2: host: there is a control character in it" },
	{ "a control character in user", LIT("account x\nuser a\033b"),
	    "f:2: user: there is a control character in it" },
	{ "from with a name", LIT("account x\nfrom You <you@x>"),
	    "f:2: from: \"You <you@x>\": want addresses, user@domain; a "
	    "person's name goes into from_full_name" },
	{ "from with two words", LIT("account x\nfrom you@x you"),
	    "f:2: from: \"you@x you\": want addresses, ~" },
	{ "an escape in a value", LIT("account x\nport \033[1m"),
	    "f:2: port: \"\\x1B[1m\": want a number from 1 to 65535" },
	{ "eval: no command", LIT("eval"),
	    "f:1: eval: a command is missing" },
	{ "eval: a failure", LIT("account x\neval echo " SECRET
	    "; echo no key >&2; exit 2"),
	    "f:2: eval: exit status 2: no key" },
	{ "eval: eval", LIT("eval echo eval true"),
	    "f:1: eval: its output is eval again" },
	{ "eval: a bare password", LIT("account x\neval echo " SECRET),
	    "f:2: eval: not a configuration line; write: KEYWORD VALUE" },
	{ "eval: a NUL", LIT("account x\neval printf 'host a\\0b\\n'"),
	    "f:2: eval: its output is not a line of text" },
	{ "eval: a bad value", LIT("account x\neval echo port x"),
	    "f:2: eval: port: \"x\": want a number from 1 to 65535" },
	{ "eval: no end", LIT("account x\neval yes"),
	    "f:2: eval: said more than ~" },
};

static void
test_error(void **state)
{
	const struct error_row *r = *state;
	struct config c = { 0 };
	struct err e = ERR_INIT;
	size_t n = strcspn(r->want, "~");

	assert_int_equal(parse(&c, r->text, r->n, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	if (r->want[n] == '~')
		assert_memory_equal(e.text, r->want, n);
	else
		assert_string_equal(e.text, r->want);
	assert_null(strstr(e.text, SECRET));
	config_free(&c);
}

static void
test_eval_forbidden(void **state)
{
	static const char text[] = "account x\neval echo host a";
	struct config c = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(confparse_text(&c, "f", text, sizeof(text) - 1,
	    CONFPARSE_EVAL_NO, &e), -1);
	assert_string_equal(e.text, "f:2: eval: not allowed here");
	config_free(&c);
}

static void
test_long_line(void **state)
{
	char *text = unit_fill('x', 65536 + 2);
	struct config c = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	text[0] = '\n';
	assert_int_equal(parse(&c, text, 65536 + 2, &e), -1);
	assert_string_equal(e.text, "f:2: a line of over 65536 bytes");
	config_free(&c);
	free(text);
}

static void
test_many_accounts(void **state)
{
	struct buf b = BUF_MAX(1 << 20);
	struct config c = { 0 };
	struct err e = ERR_INIT;
	int i;

	(void)state;
	for (i = 0; i < CONFIG_ACCOUNTS_MAX; i++)
		buf_addf(&b, "account a%d\n", i);
	must_parse(&c, buf_str(&b));
	assert_int_equal(c.n, CONFIG_ACCOUNTS_MAX);
	config_free(&c);
	buf_adds(&b, "account more\n");
	assert_int_equal(parse(&c, b.data, b.len, &e), -1);
	assert_string_equal(e.text, "f:1001: over 1000 accounts");
	config_free(&c);
	buf_free(&b);
}

/* -------------------------------------------------------- inheritance */

static const struct inherit_row {
	const char	*name;
	const char	*system, *text;
	const char	*account, *keyword, *want;
} inherits[] = {
	{ "nothing", NULL, "account a\nport 1\naccount b", "b", "port", "0" },
	{ "a parent", NULL, "account a\nport 1\naccount b : a", "b", "port",
	    "1" },
	{ "without blanks", NULL, "account a\nport 1\naccount b:a", "b",
	    "port", "1" },
	{ "the account wins", NULL, "account a\nport 1\naccount b : a\n"
	    "port 2", "b", "port", "2" },
	{ "the parent stays", NULL, "account a\nport 1\naccount b : a\n"
	    "port 2", "a", "port", "1" },
	{ "a later parent wins", NULL, "account a\nport 1\naccount b\n"
	    "port 2\naccount c : a, b", "c", "port", "2" },
	{ "parents in the other order", NULL, "account a\nport 1\n"
	    "account b\nport 2\naccount c : b,a", "c", "port", "1" },
	{ "a later parent that does not set it", NULL, "account a\nport 1\n"
	    "account b\nhost h\naccount c : a b", "c", "port", "1" },
	{ "a later parent that unsets it", NULL, "account a\nuser u\n"
	    "account b\nuser\naccount c : a, b", "c", "user", "-" },
	{ "a grandparent", NULL, "account a\nport 1\naccount b : a\n"
	    "account c : b", "c", "port", "1" },
	{ "account default", NULL, "account a\nhost h\naccount default : a",
	    "default", "host", "h" },
	{ "defaults", NULL, "defaults\nport 1\naccount a", "a", "port", "1" },
	{ "defaults not for those before", NULL, "account a\ndefaults\n"
	    "port 1", "a", "port", "0" },
	{ "the account over defaults", NULL, "defaults\nport 1\naccount a\n"
	    "port 2", "a", "port", "2" },
	{ "a parent over defaults", NULL, "account a\nport 2\ndefaults\n"
	    "port 1\naccount b : a", "b", "port", "2" },
	{ "a parent's defaults are not its own", NULL, "account a\nport 2\n"
	    "defaults\nport 1\naccount b\naccount c : a, b", "c", "port",
	    "2" },
	{ "second defaults start anew", NULL, "defaults\nport 1\nuser u\n"
	    "defaults\nport 2\naccount a", "a", "user", "-" },
	{ "a parent's earlier defaults are gone", NULL, "defaults\nport 1\n"
	    "account a\ndefaults\naccount b : a", "b", "port", "0" },
	{ "defaults in eval", NULL, "eval echo defaults\nport 1\n"
	    "eval echo account a", "a", "port", "1" },
	{ "older words", NULL, "account a\ntls_nocertcheck\naccount b : a",
	    "b", "tls_certcheck", "0" },
	{ "from the system's", "account s\nport 1", "account a : s", "a",
	    "port", "1" },
	{ "from the one that it hides", "account a\nport 1\nuser u",
	    "account a : a\nuser me", "a", "port", "1" },
	{ "the system's defaults by a parent", "defaults\nport 1\naccount s",
	    "account a : s", "a", "port", "1" },
	{ "but my defaults over them", "defaults\nport 1\naccount s",
	    "defaults\nport 2\naccount a : s", "a", "port", "2" },
	{ "and what it sets over mine", "defaults\nport 1\naccount s\n"
	    "port 3", "defaults\nport 2\naccount a : s", "a", "port", "3" },
	{ "no defaults across files", "defaults\nport 1", "account a", "a",
	    "port", "0" },
	{ "the nearer of two parents", "account p\nport 1", "account p\n"
	    "port 2\naccount a : p", "a", "port", "2" },
};

static void
test_inherit(void **state)
{
	const struct inherit_row *r = *state;
	struct config c = { 0 };
	struct err e = ERR_INIT;
	const struct account *a = NULL;
	size_t i;

	if (r->system != NULL)
		assert_int_equal(confparse_text(&c, "s", r->system,
		    strlen(r->system), CONFPARSE_EVAL_YES, &e), 0);
	if (parse(&c, r->text, strlen(r->text), &e) == -1)
		fail_msg("%s", e.text);
	for (i = 0; i < c.n; i++)
		if (strcmp(c.account[i]->name, r->account) == 0)
			a = c.account[i];
	assert_non_null(a);
	assert_string_equal(value(a, r->keyword), r->want);
	config_free(&c);
}

static const struct origin_row {
	const char	*name;
	const char	*account, *keyword, *want;
} origins[] = {
	{ "set", "a", "host", "f:4" },
	{ "not set: the account", "a", "user", "f:3" },
	{ "by defaults", "a", "port", "f:2" },
	{ "inherited", "b", "host", "f:4" },
	{ "older word", "b", "tls_certcheck", "f:6" },
	{ "asked for by its older word", "b", "tls_nocertcheck", "f:6" },
	{ "by eval", "b", "user", "f:7" },
	{ "no such keyword", "b", "nonsense", "f:5" },
};

static void
test_origin(void **state)
{
	const struct origin_row *r = *state;
	struct config c;
	struct account *a;
	char where[32];

	must_parse(&c, "defaults\nport 1\naccount a\nhost h\naccount b : a\n"
	    "tls_nocertcheck\neval echo user u\n");
	a = account_copy(config_account(&c, r->account));
	assert_string_equal(account_origin(a, r->keyword, where,
	    sizeof(where)), r->want);
	account_free(a);
	config_free(&c);
}

/* ----------------------------------------------------------- matching */

static const struct match_row {
	const char	*name;
	const char	*from, *address;
	int		 want;
} matches[] = {
	{ "the same", "you@example.org", "you@example.org", 2 },
	{ "in any case", "You@Example.org", "yOU@eXAMPLE.ORG", 2 },
	{ "another", "you@example.org", "me@example.org", 0 },
	{ "a longer one", "you@example.org", "you@example.org.x", 0 },
	{ "a shorter one", "you@example.org", "ou@example.org", 0 },
	{ "in brackets", "you@example.org", "<you@example.org>", 2 },
	{ "with a name", "you@example.org", "You <you@example.org>", 2 },
	{ "the second of two", "a@x.org b@x.org", "b@x.org", 2 },
	{ "neither of two", "a@x.org b@x.org", "c@x.org", 0 },
	{ "any user", "*@x.org", "a@x.org", 1 },
	{ "any user, not there", "*@x.org", "a@x.org.evil.example", 0 },
	{ "any subdomain", "a@*.x.org", "a@b.c.x.org", 1 },
	{ "in the middle", "a*z@x.org", "abcz@x.org", 1 },
	{ "in the middle, empty", "a*z@x.org", "az@x.org", 1 },
	{ "two stars", "*a*@x.org", "bab@x.org", 1 },
	{ "two stars, none", "*a*@x.org", "bbb@x.org", 0 },
	{ "a star that must go back", "*ab@x", "aab@x", 1 },
	{ "everything", "*", "root", 1 },
	{ "a question mark is itself", "?@x.org", "a@x.org", 0 },
	{ "exact over a pattern", "*@x.org a@x.org", "a@x.org", 2 },
	{ "a tag", "you@example.org", "you+tag@example.org", 1 },
	{ "a tag in capitals", "you@example.org", "YOU+Tag@EXAMPLE.org", 1 },
	{ "an empty tag", "you@example.org", "you+@example.org", 1 },
	{ "a tag of another", "you@example.org", "yo+tag@example.org", 0 },
	{ "a tag elsewhere", "you@example.org", "you+tag@example.net", 0 },
	{ "the tag itself", "you+tag@example.org", "you+tag@example.org", 2 },
	{ "not without its tag", "you+tag@example.org", "you@example.org",
	    0 },
	{ "a plus in the domain", "you@example.org", "you@+example.org", 0 },
	{ "a quoted local part", "\"a b\"@x.org", "\"a b\"@x.org", 2 },
	{ "quotes without need", "\"you\"@x.org", "you@x.org", 2 },
	{ "an international domain", "a@b\xc3\xbc" "cher.example",
	    "a@xn--bcher-kva.example", 2 },
	{ "a bare name", "root", "root", 2 },
	{ "a bare name has no domain", "root@x.org", "root", 0 },
	{ "nothing", "*", "", 0 },
	{ "no pattern", NULL, "a@x.org", 0 },
	{ "what is no address", "a@x.org", "a@@x.org", 0 },
	{ "a list", "a@x.org", "a@x.org, b@x.org", 0 },
};

static void
test_match(void **state)
{
	const struct match_row *r = *state;
	struct account *a = account_new("x");
	struct err e = ERR_INIT;

	if (r->from != NULL)
		assert_int_equal(config_set(a, "from", r->from, &e), 0);
	assert_int_equal(account_matches(a, r->address), r->want);
	account_free(a);
}

static const struct from_row {
	const char	*name;
	const char	*from, *want;
} froms[] = {
	{ "one", "a@x.org", "a@x.org" },
	{ "behind patterns", "*@x.org a*@y b@z", "b@z" },
	{ "patterns alone", "*@x.org", NULL },
	{ "none", NULL, NULL },
	{ "without room", "abcdefghijklmnopqrst@x", NULL },
	{ "just fits", "abcdefghijklm@x", "abcdefghijklm@x" },
};

static void
test_from(void **state)
{
	const struct from_row *r = *state;
	struct account *a = account_new("x");
	struct err e = ERR_INIT;
	char text[16];

	if (r->from != NULL)
		assert_int_equal(config_set(a, "from", r->from, &e), 0);
	if (r->want == NULL)
		assert_null(account_from(a, text, sizeof(text)));
	else
		assert_string_equal(account_from(a, text, sizeof(text)),
		    r->want);
	account_free(a);
}

#define THREE \
	"account any\nfrom *@x.org\naccount work\nfrom me@x.org b@x.org\n" \
	"account again\nfrom me@x.org\n"

static const struct choose_row {
	const char	*name;
	const char	*text;
	const char	*sender, *header;
	const char	*want;		/* NULL: an error */
	const char	*error;
} chooses[] = {
	{ "by the sender", THREE, "b@x.org", NULL, "work", NULL },
	{ "exact over pattern, earlier over later", THREE, "me@x.org", NULL,
	    "work", NULL },
	{ "by a pattern", THREE, "c@x.org", NULL, "any", NULL },
	{ "the sender over From", THREE, "c@x.org", "me@x.org", "any",
	    NULL },
	{ "by From", THREE, NULL, "me@x.org", "work", NULL },
	{ "by From when the sender is nobody's", THREE, "q@y.org",
	    "me@x.org", "work", NULL },
	{ "by From with the null sender", THREE, "", "me@x.org", "work",
	    NULL },
	{ "by From with the null sender in brackets", "account any\nfrom *\n"
	    "account work\nfrom me@x.org", "<>", "me@x.org", "work", NULL },
	{ "default", THREE "account default", "q@y.org", "", "default",
	    NULL },
	{ "default, without any address", THREE "account default", NULL,
	    NULL, "default", NULL },
	{ "a match over default", "account default\naccount work\n"
	    "from me@x.org", "me@x.org", NULL, "work", NULL },
	{ "the parent over its child", "account work\nfrom me@x.org\n"
	    "account default : work", "me@x.org", NULL, "work", NULL },
	{ "the only one", "account lone\nfrom me@x.org", "q@y.org", NULL,
	    "lone", NULL },
	{ "none of several", THREE, "q@y.org", NULL, NULL, "no account is "
	    "for this sender, and none is called default; choose one with "
	    "-a (there are: any, work, again)" },
	{ "no account", "defaults\n", "q@y.org", NULL, NULL, "f: there is no "
	    "account in it; write for example:\n  account default\n  host "
	    "smtp.example.org\n  from you@example.org" },
};

static void
test_choose(void **state)
{
	const struct choose_row *r = *state;
	const struct account *a;
	struct err e = ERR_INIT;
	struct config c;

	must_parse(&c, r->text);
	a = config_choose(&c, r->sender, r->header, &e);
	if (r->want != NULL) {
		assert_non_null(a);
		assert_string_equal(a->name, r->want);
		assert_ptr_equal(config_account(&c, r->want), a);
	} else {
		assert_null(a);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_string_equal(e.text, r->error);
	}
	config_free(&c);
}

static void
test_no_account(void **state)
{
	struct buf b = BUF_MAX(1 << 20);
	struct err e = ERR_INIT;
	struct config c;
	int i;

	(void)state;
	must_parse(&c, "account work\naccount home\n");
	assert_null(config_account(&c, "wrok"));
	assert_null(config_account(&c, "Work"));
	config_no_account(&c, "wrok", &e);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, "no account \"wrok\" (there are: work, "
	    "home); did you mean \"work\"?");
	config_free(&c);
	for (i = 0; i < 200; i++)
		buf_addf(&b, "account a%d\n", i);
	must_parse(&c, buf_str(&b));
	config_no_account(&c, "\033zzzzzzz", &e);
	assert_memory_equal(e.text, "no account \"\\x1Bzzzzzzz\" (there are: "
	    "a0, a1, ", 46);
	assert_string_equal(e.text + strlen(e.text) - 6, ", ...)");
	config_free(&c);
	buf_free(&b);
}

/* ------------------------------------------------------------- finish */

static const struct finish_row {
	const char	*name;
	const char	*lines;		/* in "account x", from line 2 on */
	const char	*port, *starttls, *auth;
	enum err_kind	 kind;
	const char	*error;
} finishes[] = {
	{ "nothing said", "host h", "465", "0", "-", ERR_NONE, NULL },
	{ "port 465", "host h\nport 465", "465", "0", "-", ERR_NONE, NULL },
	{ "port 587", "host h\nport 587", "587", "1", "-", ERR_NONE, NULL },
	{ "port 2525", "host h\nport 2525", "2525", "1", "-", ERR_NONE,
	    NULL },
	{ "tls_starttls on", "host h\ntls_starttls on", "587", "1", "-",
	    ERR_NONE, NULL },
	{ "tls_starttls off", "host h\ntls_starttls off", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "STARTTLS on port 465", "host h\nport 465\ntls_starttls on", "465",
	    "1", "-", ERR_NONE, NULL },
	{ "implicit TLS on port 2525", "host h\nport 2525\ntls_starttls off",
	    "2525", "0", "-", ERR_NONE, NULL },
	{ "tls off", "host h\ntls off", "25", "0", "-", ERR_NONE, NULL },
	{ "tls off and tls_starttls on", "host h\ntls off\ntls_starttls on",
	    "25", "0", "-", ERR_NONE, NULL },
	{ "tls off and a port", "host h\ntls off\nport 587", "587", "0", "-",
	    ERR_NONE, NULL },
	{ "a user", "host h\nuser u", "465", "0", "on", ERR_NONE, NULL },
	{ "a user and auth off", "host h\nuser u\nauth off", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "a user and auth plain", "host h\nuser u\nauth plain", "465", "0",
	    "PLAIN", ERR_NONE, NULL },
	{ "protocol smtp", "host h\nprotocol smtp", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "no host", "port 25", "25", "1", "-", ERR_CONFIG,
	    "f:1: account x has no host; write: host NAME" },
	{ "host taken away", "host h\nhost", "465", "0", "-", ERR_CONFIG,
	    "f:3: account x has no host; write: host NAME" },
	{ "auth without user", "host h\nauth on", "465", "0", "on",
	    ERR_CONFIG,
	    "f:3: account x has auth and no user; write: user NAME" },
	{ "a mechanism without user", "host h\nauth login", "465", "0",
	    "LOGIN", ERR_CONFIG,
	    "f:3: account x has auth and no user; write: user NAME" },
	{ "lmtp", "host h\nprotocol lmtp", "24", "1", "-", ERR_UNAVAIL,
	    "f:3: protocol lmtp: not in this version of posthorn" },
	{ "lmtp without tls", "tls off\nprotocol lmtp", "24", "0", "-",
	    ERR_UNAVAIL,
	    "f:3: protocol lmtp: not in this version of posthorn" },
	{ "socket", "socket /s", "465", "0", "-", ERR_UNAVAIL,
	    "f:2: socket: not in this version of posthorn" },
	{ "socket taken away", "host h\nsocket /s\nsocket", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "proxy_host", "host h\nproxy_host p", "465", "0", "-", ERR_UNAVAIL,
	    "f:3: proxy_host: not in this version of posthorn" },
	{ "tls_fingerprint", "host h\ntls_fingerprint 01:02", "465", "0",
	    "-", ERR_UNAVAIL,
	    "f:3: tls_fingerprint: not in this version of posthorn" },
	{ "tls_crl_file", "host h\ntls_crl_file /c", "465", "0", "-",
	    ERR_UNAVAIL,
	    "f:3: tls_crl_file: not in this version of posthorn" },
	{ "tls_cert_file", "host h\ntls_cert_file /c", "465", "0", "-",
	    ERR_UNAVAIL,
	    "f:3: tls_cert_file: not in this version of posthorn" },
	{ "tls_key_file", "host h\ntls_key_file /k", "465", "0", "-",
	    ERR_UNAVAIL,
	    "f:3: tls_key_file: not in this version of posthorn" },
	{ "auth xoauth2", "host h\nuser u\nauth xoauth2", "465", "0",
	    "XOAUTH2", ERR_UNAVAIL,
	    "f:4: auth XOAUTH2: not in this version of posthorn" },
	{ "auth external", "host h\nauth external", "465", "0", "EXTERNAL",
	    ERR_UNAVAIL,
	    "f:3: auth EXTERNAL: not in this version of posthorn" },
	{ "%C in from", "host h\nfrom a@%C", "465", "0", "-", ERR_UNAVAIL,
	    "f:3: from: %C: not in this version of posthorn; write the "
	    "name" },
	{ "%C in domain", "host h\ndomain %C", "465", "0", "-", ERR_UNAVAIL,
	    "f:3: domain: %C: not in this version of posthorn; write the "
	    "name" },
};

static void
test_finish(void **state)
{
	const struct finish_row *r = *state;
	struct err e = ERR_INIT;
	struct account *a;
	struct config c;
	char text[256];

	snprintf(text, sizeof(text), "account x\n%s\n", r->lines);
	must_parse(&c, text);
	a = account_copy(c.account[0]);
	assert_int_equal(account_finish(a, &e), r->kind == ERR_NONE ? 0 : -1);
	assert_int_equal(e.kind, r->kind);
	assert_string_equal(e.text, r->error != NULL ? r->error : "");
	assert_string_equal(value(a, "port"), r->port);
	assert_string_equal(value(a, "tls_starttls"), r->starttls);
	assert_string_equal(value(a, "auth"), r->auth);
	account_free(a);
	config_free(&c);
}

/* Every mechanism of the table is either in this version or refused. */
static void
test_mechanisms(void **state)
{
	static const char ours[] = " on PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 "
	    "SCRAM-SHA-256 ";
	const struct keyword_choice *m = keyword_find("auth", 4)->choice;
	struct account *a;
	struct err e = ERR_INIT;
	char word[64];

	(void)state;
	for (; m->word != NULL; m++) {
		if (m->value == NULL)
			continue;
		a = account_new("x");
		assert_int_equal(config_set(a, "auth", m->word, &e), 0);
		assert_int_equal(config_set(a, "user", "u", &e), 0);
		assert_int_equal(config_set(a, "host", "h", &e), 0);
		snprintf(word, sizeof(word), " %s ", m->value);
		assert_int_equal(account_finish(a, &e),
		    strstr(ours, word) != NULL ? 0 : -1);
		account_free(a);
	}
}

/* -------------------------------------------------- the command line */

static void
test_set(void **state)
{
	struct account *a = account_new("x");
	struct err e = ERR_INIT;
	char where[32];

	(void)state;
	assert_int_equal(config_set(a, "port", "25", &e), 0);
	assert_string_equal(value(a, "port"), "25");
	assert_string_equal(account_origin(a, "port", where, sizeof(where)),
	    "the command line");
	assert_int_equal(config_set(a, "port", "x", &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_string_equal(e.text,
	    "port: \"x\": want a number from 1 to 65535");
	assert_string_equal(value(a, "port"), "25");
	assert_int_equal(config_set(a, "host", "a\r\nb", &e), -1);
	assert_int_equal(config_set(a, "nonsense", "x", &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_string_equal(e.text, "nonsense: unknown keyword");
	assert_int_equal(account_finish(a, &e), -1);
	assert_string_equal(e.text, "the command line: account x has no "
	    "host; write: host NAME");
	/* Set counts, also when it is what it would be anyway. */
	assert_int_equal(config_set(a, "auth", "off", &e), 0);
	assert_int_equal(config_set(a, "user", "u", &e), 0);
	assert_int_equal(config_set(a, "host", "h", &e), 0);
	assert_int_equal(account_finish(a, &e), 0);
	assert_null(a->auth);
	account_free(a);
}

static void
test_empty(void **state)
{
	const struct account *a;
	struct err e = ERR_INIT;
	struct config c;

	(void)state;
	assert_int_equal(config_empty(&c), 0);
	a = config_choose(&c, "me@x.org", NULL, &e);
	assert_non_null(a);
	assert_null(a->host);
	config_free(&c);
	config_free(&c);
	account_free(NULL);
}

static const struct optional_row {
	const char	*name;
	int		 want;
} optionals[] = {
	{ "tls", 1 }, { "tls_starttls", 1 }, { "auth", 1 }, { "syslog", 1 },
	{ "set_from_header", 1 }, { "tls_nocertcheck", 1 },
	{ "host", 0 }, { "port", 0 }, { "user", 0 }, { "dsn_return", 0 },
	{ "dsn_notify", 0 }, { "protocol", 0 }, { "logfile", 0 },
	{ "account", -1 }, { "defaults", -1 }, { "eval", -1 },
	{ "nonsense", -1 }, { "", -1 },
};

static void
test_optional(void **state)
{
	const struct optional_row *r = *state;

	assert_int_equal(config_keyword_optional(r->name), r->want);
}

/* The table itself: names once, older words where their successors are. */
static void
test_table(void **state)
{
	const struct keyword *k, *to;
	int effect, seen = 0;
	size_t i;

	(void)state;
	for (i = 0; (k = keyword_at(i)) != NULL; i++) {
		assert_string_equal(config_keyword(i, &effect), k->name);
		assert_int_equal(effect, !(k->flags & KEYWORD_IDLE));
		assert_ptr_equal(keyword_find(k->name, strlen(k->name)), k);
		assert_int_equal(k->instead != NULL,
		    (k->flags & KEYWORD_OLD) != 0);
		if (k->instead == NULL) {
			assert_int_equal(keyword_index(k), i);
			continue;
		}
		seen++;
		to = keyword_find(k->instead, strlen(k->instead));
		assert_non_null(to);
		assert_int_equal(to->offset, k->offset);
		assert_ptr_equal(keyword_at(keyword_index(k)), to);
	}
	assert_null(config_keyword(i, &effect));
	assert_true(i > 40);
	assert_int_equal(seen, 5);
}

static struct buf said = BUF_MAX(65536);

static void
listen_to(enum log_level level, const char *line)
{
	(void)level;
	buf_addf(&said, "%s\n", line);
}

static void
test_idle(void **state)
{
	struct config c;

	(void)state;
	log_open(LOG_LEVEL_DEBUG, listen_to);
	must_parse(&c, "account x\nhost h\nqueue auto\nkeepbcc on\n"
	    "remove_bcc_headers off\ntls_nocertcheck\n");
	log_open(LOG_LEVEL_QUIET, NULL);
	assert_string_equal(buf_str(&said),
	    "f:3: queue is not in effect in this version\n"
	    "f:4: keepbcc is not in effect in this version\n"
	    "f:5: remove_bcc_headers is not in effect in this version\n");
	buf_free(&said);
	config_free(&c);
}

/* -------------------------------------------------------------- files */

static char top[] = "/tmp/test-config.XXXXXX";

static void
in_top(char *path, size_t size, const char *name)
{
	assert_true(snprintf(path, size, "%s/%s", top, name) < (int)size);
}

static void
make_folder(const char *name)
{
	char path[256];

	in_top(path, sizeof(path), name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void
make_file(const char *name, const char *text, mode_t mode)
{
	char path[256];
	int fd;

	in_top(path, sizeof(path), name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int
set_up(void **state)
{
	static const char *const folders[] = { "home", "home/.config",
	    "home/.config/posthorn", "xdg", "xdg/posthorn", "bare" };
	size_t i;

	(void)state;
	if (mkdtemp(top) == NULL || chmod(top, 0755) == -1)
		return -1;
	for (i = 0; i < COUNT(folders); i++)
		make_folder(folders[i]);
	make_file("home/.config/posthorn/config", "account home\nhost h\n",
	    0644);
	make_file("xdg/posthorn/config", "account xdg\nhost h\n", 0644);
	make_file("one", "account one\nhost h\n", 0644);
	make_file("two", "account two\nhost h\n", 0644);
	make_file("bad", "account x\nnonsense=" SECRET "\n", 0644);
	make_file("secret", "account x\nhost h\npassword " SECRET "\n", 0600);
	make_file("seen", "account x\nhost h\npassword " SECRET "\n", 0640);
	make_file("seen-defaults", "defaults\npassword " SECRET "\n", 0604);
	make_file("unset", "account x\nhost h\npassword\n", 0644);
	make_file("evaluated", "account x\neval echo password a\n", 0644);
	make_file("closed", "account x\n", 0000);
	make_file("closed-two", "account y\n", 0000);
	make_file("other", "account x\npassword " SECRET "\n", 0600);
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command) == 0 ? 0 : -1;
}

/* An environment variable below the folder of this test. */
static void
set_path(const char *variable, const char *name)
{
	char path[256];

	if (name == NULL) {
		unsetenv(variable);
		return;
	}
	if (name[0] == '\0' || name[0] == '=') {
		setenv(variable, name[0] == '=' ? name + 1 : "", 1);
		return;
	}
	in_top(path, sizeof(path), name);
	setenv(variable, path, 1);
}

/* "@/" in a text stands for the folder of this test. */
static void
expect_error(const struct err *e, const char *want)
{
	struct buf b = BUF_MAX(4096);

	for (; *want != '\0'; want++) {
		if (want[0] == '@' && want[1] == '/')
			buf_adds(&b, top);
		else
			buf_addc(&b, *want);
	}
	assert_string_equal(e->text, buf_str(&b));
	assert_null(strstr(e->text, SECRET));
	buf_free(&b);
}

static const struct load_row {
	const char	*name;
	const char	*only;		/* of -C */
	const char	*posthorn_config, *xdg, *home;	/* "=x": x itself */
	const char	*want;		/* the first account, or NULL */
	const char	*error;
} loads[] = {
	{ "-C", "one", "two", "xdg", "home", "one", NULL },
	{ "POSTHORN_CONFIG", NULL, "two", "xdg", "home", "two", NULL },
	{ "an empty POSTHORN_CONFIG", NULL, "", "xdg", "home", "xdg", NULL },
	{ "XDG_CONFIG_HOME", NULL, NULL, "xdg", "home", "xdg", NULL },
	{ "an empty XDG_CONFIG_HOME", NULL, NULL, "", "home", "home", NULL },
	{ "a relative XDG_CONFIG_HOME", NULL, NULL, "=xdg", "home", "home",
	    NULL },
	{ "HOME", NULL, NULL, NULL, "home", "home", NULL },
	{ "-C without a file", "none", NULL, NULL, "home", NULL,
	    "@/none: no such file (of -C)" },
	{ "POSTHORN_CONFIG without a file", NULL, "none", NULL, "home", NULL,
	    "@/none: no such file (of $POSTHORN_CONFIG)" },
	{ "-C below a file", "one/none", NULL, NULL, "home", NULL,
	    "@/one/none: no such file (of -C)" },
	{ "-C of a folder", "bare", NULL, NULL, "home", NULL,
	    "@/bare: not a regular file" },
	{ "an error in it", "bad", NULL, NULL, "home", NULL,
	    "@/bad:2: nonsense: unknown keyword" },
	{ "a password of ours alone", "secret", NULL, NULL, "home", "x",
	    NULL },
	{ "a password that the group sees", "seen", NULL, NULL, "home", NULL,
	    "@/seen holds a password and others can read it; run: chmod 600 "
	    "@/seen" },
	{ "a password in defaults that others see", "seen-defaults", NULL,
	    NULL, "home", NULL, "@/seen-defaults holds a password and others "
	    "can read it; run: chmod 600 @/seen-defaults" },
	{ "a password that is taken away", "unset", NULL, NULL, "home", "x",
	    NULL },
	{ "a password that is not in the file", "evaluated", NULL, NULL,
	    "home", "x", NULL },
};

static void
test_load(void **state)
{
	const struct load_row *r = *state;
	struct err e = ERR_INIT;
	struct config c;
	char only[256];

	if (r->only != NULL)
		in_top(only, sizeof(only), r->only);
	set_path("POSTHORN_CONFIG", r->posthorn_config);
	set_path("XDG_CONFIG_HOME", r->xdg);
	set_path("HOME", r->home);
	if (r->want != NULL) {
		if (config_load(&c, r->only != NULL ? only : NULL, &e) == -1)
			fail_msg("%s", e.text);
		assert_string_equal(c.account[0]->name, r->want);
	} else {
		assert_int_equal(config_load(&c, r->only != NULL ? only :
		    NULL, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		expect_error(&e, r->error);
	}
	config_free(&c);
}

static void
load_both(struct config *c, const char *user, const char *system, int want,
    struct err *e)
{
	char a[256], b[256];

	in_top(a, sizeof(a), user);
	in_top(b, sizeof(b), system);
	assert_int_equal(config_load_both(c, a, b, e), want);
}

static void
test_both(void **state)
{
	struct err e = ERR_INIT;
	struct config c;

	(void)state;
	make_file("user", "account b\nhost mine\naccount d : c\n", 0644);
	make_file("system", "account a\naccount b\nhost theirs\naccount c\n"
	    "host c\n", 0644);
	load_both(&c, "user", "system", 0, &e);
	assert_int_equal(c.n, 4);
	assert_string_equal(c.account[0]->name, "b");
	assert_string_equal(c.account[0]->host, "mine");
	assert_string_equal(c.account[1]->name, "d");
	assert_string_equal(c.account[1]->host, "c");
	assert_string_equal(c.account[2]->name, "a");
	assert_string_equal(c.account[3]->name, "c");
	config_free(&c);
	load_both(&c, "none", "system", 0, &e);
	assert_int_equal(c.n, 3);
	config_free(&c);
	load_both(&c, "user", "bad", -1, &e);
	config_free(&c);
	load_both(&c, "bad", "system", -1, &e);
	config_free(&c);
}

static void
test_missing(void **state)
{
	struct err e = ERR_INIT;
	struct config c;

	(void)state;
	load_both(&c, "none", "nowhere/config", -1, &e);
	assert_int_equal(e.kind, ERR_CONFIG);
	expect_error(&e, "no configuration in @/none or @/nowhere/config; "
	    "write for example:\n  account default\n  host smtp.example.org\n"
	    "  from you@example.org");
	config_free(&c);
}

/* Root may read everything, so act as nobody meanwhile. */
static uid_t
as_nobody(void)
{
	uid_t old = geteuid();

	if (old == 0)
		assert_int_equal(seteuid(65534), 0);
	return old;
}

static void
test_unreadable(void **state)
{
	struct err one = ERR_INIT, both = ERR_INIT, none = ERR_INIT;
	struct err mine = ERR_INIT;
	struct config c;
	struct passwd *pw;
	char path[256], want[512];
	uid_t old = as_nobody();

	(void)state;
	in_top(path, sizeof(path), "closed");
	assert_int_equal(config_load(&c, path, &one), -1);
	config_free(&c);
	load_both(&c, "one", "closed", 0, &both);
	assert_int_equal(c.n, 1);
	config_free(&c);
	load_both(&c, "none", "closed", -1, &none);
	config_free(&c);
	load_both(&c, "closed", "one", -1, &mine);
	config_free(&c);
	pw = getpwuid(geteuid());
	snprintf(want, sizeof(want), "@/closed: permission denied for user "
	    "%s", pw != NULL ? pw->pw_name : "nobody");
	if (old == 0)
		assert_int_equal(seteuid(old), 0);
	assert_int_equal(one.kind, ERR_CONFIG);
	expect_error(&one, want);
	expect_error(&none, want);
	expect_error(&mine, want);
}

static void
test_another_owner(void **state)
{
	struct err e = ERR_INIT;
	struct config c;
	char path[256];

	(void)state;
	in_top(path, sizeof(path), "other");
	if (geteuid() != 0 || chown(path, 65534, (gid_t)-1) == -1)
		skip();
	assert_int_equal(config_load(&c, path, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	expect_error(&e, "@/other holds a password and is another user's; "
	    "run: chown root @/other");
	config_free(&c);
}

static void
test_too_large(void **state)
{
	char *text = unit_fill('\n', CONFIG_SIZE_MAX + 1), path[256];
	struct err e = ERR_INIT;
	struct config c;

	(void)state;
	make_file("large", text, 0644);
	in_top(path, sizeof(path), "large");
	assert_int_equal(config_load(&c, path, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	expect_error(&e, "@/large: over 1048576 bytes");
	config_free(&c);
	text[CONFIG_SIZE_MAX] = '\0';
	make_file("large", text, 0644);
	assert_int_equal(config_load(&c, path, &e), 0);
	config_free(&c);
	free(text);
}

static void
expect_paths(const char *want)
{
	struct buf b = BUF_MAX(4096);
	struct err e = ERR_INIT;

	config_paths(&b);
	err_set(&e, ERR_CONFIG, "%s", buf_str(&b));
	expect_error(&e, want);
	buf_free(&b);
}

static void
test_paths(void **state)
{
	struct buf b = BUF_MAX(4096);
	char mine[256];

	(void)state;
	set_path("POSTHORN_CONFIG", "one");
	expect_paths("  @/one\n");
	set_path("POSTHORN_CONFIG", "none");
	expect_paths("  @/none (not there)\n");
	set_path("POSTHORN_CONFIG", NULL);
	set_path("XDG_CONFIG_HOME", "xdg");
	config_paths(&b);
	in_top(mine, sizeof(mine), "xdg/posthorn/config\n");
	assert_memory_equal(buf_str(&b) + 2, mine, strlen(mine));
	assert_non_null(strstr(buf_str(&b) + strlen(mine),
	    "/posthorn/config"));
	buf_free(&b);
}

int
main(void)
{
	int r;

	if (set_up(NULL) == -1)
		return 99;
	UNIT_ROWS(values, test_value);
	UNIT_ROWS(errors, test_error);
	UNIT_TEST(test_eval_forbidden);
	UNIT_TEST(test_long_line);
	UNIT_TEST(test_many_accounts);
	UNIT_ROWS(inherits, test_inherit);
	UNIT_ROWS(origins, test_origin);
	UNIT_ROWS(matches, test_match);
	UNIT_ROWS(froms, test_from);
	UNIT_ROWS(chooses, test_choose);
	UNIT_TEST(test_no_account);
	UNIT_ROWS(finishes, test_finish);
	UNIT_TEST(test_mechanisms);
	UNIT_TEST(test_set);
	UNIT_TEST(test_empty);
	UNIT_ROWS(optionals, test_optional);
	UNIT_TEST(test_table);
	UNIT_TEST(test_idle);
	UNIT_ROWS(loads, test_load);
	UNIT_TEST(test_both);
	UNIT_TEST(test_missing);
	UNIT_TEST(test_unreadable);
	UNIT_TEST(test_another_owner);
	UNIT_TEST(test_too_large);
	UNIT_TEST(test_paths);
	r = unit_run("config");
	return tear_down(NULL) == -1 ? 99 : r;
}
