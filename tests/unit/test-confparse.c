#include "accounts.h"

#include "base/log.h"

#define NAME40	"abcdefghijklmnopqrstuvwxyz0123456789ABCD"

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
	{ "with a dash", LIT("account x\nproxy-host x\n"),
	    "f:2: proxy-host: unknown keyword; did you mean "
	    "\"proxy_host\"?" },
	{ "with a dash behind a keyword", LIT("account x\ntls-starttls on\n"),
	    "f:2: tls-starttls: unknown keyword; did you mean "
	    "\"tls_starttls\"?" },
	{ "with a dash, near nothing", LIT("account x\nzzz-qqqqq x\n"),
	    "f:2: zzz: unknown keyword" },
	{ "a dash and a password", LIT("account x\npassword-" SECRET "\n"),
	    "f:2: password: write a blank after it" },
	{ "a dash and a password in small letters",
	    LIT("account x\nproxy-password-secret\n"),
	    "f:2: proxy: unknown keyword" },
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
	    "f:1: root: unknown keyword" },
	{ "another file: a password", LIT(SECRET "\n"),
	    "f:1: not a configuration line; write: KEYWORD VALUE" },
	{ "a password on the next line", LIT("account x\npassword\n" SECRET),
	    "f:3: not a configuration line; write: KEYWORD VALUE" },
	{ "no blank before the password", LIT("account x\npassword" SECRET),
	    "f:2: not a configuration line; write: KEYWORD VALUE" },
	{ "a lone word that is nearly one", LIT("account x\nsylog"),
	    "f:2: sylog: unknown keyword; did you mean \"syslog\"?" },
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
	    "f:2: port: \"25 ...\": want a number from 1 to 65535" },
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
	{ "utc of a From", LIT("account x\nset_from_header utc"),
	    "f:2: set_from_header: \"utc\": want auto, on or off" },
	{ "set_date_header gmt", LIT("account x\nset_date_header gmt"),
	    "f:2: set_date_header: \"gmt\": want utc, auto, on or off" },
	{ "keep_original_from on", LIT("account x\nkeep_original_from on"),
	    "f:2: keep_original_from: \"on\": want one of off reply-to name" },
	{ "a header over a GiB", LIT("account x\nheader_limit 1073741825"),
	    "f:2: header_limit: \"1073741825\": want a number from 1024 to "
	    "1073741824" },
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
	    "f:2: source_ip: \"localhost\": want an IP address, or one of "
	    "IPv4 and one of IPv6" },
	{ "a password behind host", LIT("account x\nhost mx password " SECRET),
	    "f:2: host: \"password\" goes on a line of its own" },
	{ "a user behind host", LIT("account x\nhost mx user " SECRET),
	    "f:2: host: word 2 is a keyword; it goes on a line of its own" },
	{ "what is no host", LIT("account x\nhost mx =" SECRET),
	    "f:2: host: word 2 is not a name, an IP address or srv:DOMAIN" },
	{ "a password behind proxy_host",
	    LIT("account x\nproxy_host p password " SECRET),
	    "f:2: proxy_host: \"password\" goes on a line of its own" },
	{ "more behind proxy_host", LIT("account x\nproxy_host p " SECRET),
	    "f:2: proxy_host: want a name or an IP address" },
	{ "a control character in host", LIT("account x\nhost a\rb"),
	    "f:2: host: \"a b\" is not a name, an IP address or srv:DOMAIN" },
	{ "proxy_port", LIT("account x\nproxy_port 65536"),
	    "f:2: proxy_port: \"65536\": want a number from 1 to 65535" },
	{ "total_timeout", LIT("account x\ntotal_timeout 86401"),
	    "f:2: total_timeout: \"86401\": want off, or a number from 1 to "
	    "86400" },
	{ "priority", LIT("account x\npriority urgent"),
	    "f:2: priority: \"urgent\": want off, or a number from -9 to 9" },
	{ "requiretls", LIT("account x\nrequiretls maybe"),
	    "f:2: requiretls: \"maybe\": want on or off" },
	{ "tls_fingerprint", LIT("account x\ntls_fingerprint 00:11"),
	    "f:2: tls_fingerprint: \"00:11\": want the SHA-256 of ~" },
	{ "a control character in user", LIT("account x\nuser a\033b"),
	    "f:2: user: there is a control character in it" },
	{ "from with a name", LIT("account x\nfrom You <you@x>"),
	    "f:2: from: \"You ...\": want addresses, user@domain; a "
	    "person's name goes into from_full_name" },
	{ "from in brackets", LIT("account x\nfrom <you@x>"),
	    "f:2: from: \"<you@x>\": want addresses, ~" },
	{ "from with two words", LIT("account x\nfrom you@x you"),
	    "f:2: from: \"you@x ...\": want addresses, ~" },
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
	{ "and by its parent", "defaults\nport 1\naccount s",
	    "account a : s\naccount b : a", "b", "port", "1" },
	{ "and by its parent, my defaults over them", "defaults\nport 1\n"
	    "account s", "defaults\nport 2\naccount a : s\n"
	    "account b : a", "b", "port", "2" },
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

int
main(void)
{
	UNIT_ROWS(errors, test_error);
	UNIT_TEST(test_eval_forbidden);
	UNIT_TEST(test_long_line);
	UNIT_TEST(test_many_accounts);
	UNIT_ROWS(inherits, test_inherit);
	UNIT_ROWS(origins, test_origin);
	UNIT_TEST(test_idle);
	return unit_run("confparse");
}
