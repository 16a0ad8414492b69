#include "accounts.h"

static const struct value_row {
	const char	*name;
	const char	*line;		/* in an account */
	const char	*keyword, *want;
} values[] = {
	{ "host", "host mx.example.org", "host", "mx.example.org" },
	{ "hosts", "host A.example, srv:b.example ::1", "host",
	    "a.example srv:b.example ::1" },
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
	{ "total_timeout", "total_timeout 86400", "total_timeout", "86400" },
	{ "total_timeout off", "total_timeout 9\ntotal_timeout off",
	    "total_timeout", "0" },
	{ "protocol in capitals", "protocol LMTP", "protocol", "lmtp" },
	{ "domain", "domain a.example", "domain", "a.example" },
	{ "domain expands", "domain x.%H", "domain", "x.box.example" },
	{ "domain waits for %C and %M", "domain %H.%C.%M", "domain",
	    "box.example.%C.%M" },
	{ "hide_hostname by default", "host x", "hide_hostname", "0" },
	{ "hide_hostname", "hide_hostname", "hide_hostname", "1" },
	{ "source_ip 4", "source_ip 192.0.2.1", "source_ip", "192.0.2.1" },
	{ "source_ip 6", "source_ip 2001:db8::1", "source_ip",
	    "2001:db8::1" },
	{ "source_ip of both", "source_ip 192.0.2.1,::1", "source_ip",
	    "192.0.2.1 ::1" },
	{ "proxy_host", "proxy_host Proxy.example", "proxy_host",
	    "proxy.example" },
	{ "proxy_port by default", "host x", "proxy_port", "1080" },
	{ "proxy_port", "proxy_port 9050", "proxy_port", "9050" },
	{ "proxy_port reset", "proxy_port 9050\nproxy_port", "proxy_port",
	    "1080" },
	{ "proxy_user", "proxy_user a b", "proxy_user", "a b" },
	{ "proxy_password", "proxy_password " SECRET, "proxy_password",
	    SECRET },
	{ "socket", "socket /run/lmtp sock", "socket", "/run/lmtp sock" },
	{ "socket at home", "socket ~/s", "socket", "/home/you/s" },
	{ "connect_command", "connect_command ssh -W %h:%p \"a b\" x",
	    "connect_command", "ssh -W %h:%p \"a b\" x" },
	{ "auth on", "auth on", "auth", "on" },
	{ "auth alone", "auth", "auth", "on" },
	{ "auth off", "auth on\nauth off", "auth", "-" },
	{ "auth plain", "auth plain", "auth", "PLAIN" },
	{ "auth login", "auth LOGIN", "auth", "LOGIN" },
	{ "auth cram-md5", "auth Cram-MD5", "auth", "CRAM-MD5" },
	{ "auth scram-sha-256", "auth scram-sha-256", "auth",
	    "SCRAM-SHA-256" },
	{ "auth xoauth2", "auth xoauth2", "auth", "XOAUTH2" },
	{ "auth oauthbearer", "auth OAuthBearer", "auth", "OAUTHBEARER" },
	{ "auth scram-sha-256-plus", "auth scram-sha-256-plus", "auth",
	    "SCRAM-SHA-256-PLUS" },
	{ "auth gs2-krb5", "auth gs2-krb5", "auth", "GS2-KRB5" },
	{ "auth anonymous", "auth anonymous", "auth", "ANONYMOUS" },
	{ "ntlmdomain", "ntlmdomain CORP", "ntlmdomain", "CORP" },
	{ "user", "user a b", "user", "a b" },
	{ "user reset", "user a\nuser", "user", "-" },
	{ "password", "password " SECRET, "password", SECRET },
	{ "password with an equals sign", "password =x", "password", "=x" },
	{ "password in quotes", "password \"= x\"", "password", "= x" },
	{ "password of odd bytes", "password \x01\xff", "password",
	    "\x01\xff" },
	{ "passwordeval", "passwordeval pass a | head -1", "passwordeval",
	    "pass a | head -1" },
	{ "password_file", "password_file /run/x y", "password_file",
	    "/run/x y" },
	{ "password_file at home", "password_file ~/word", "password_file",
	    "/home/you/word" },
	{ "password_file by name", "password_file smtp", "password_file",
	    "smtp" },
	{ "password_env", "password_env SMTP_2", "password_env", "SMTP_2" },
	{ "keyring by default", "host x", "keyring", "1" },
	{ "keyring alone", "keyring", "keyring", "2" },
	{ "keyring off", "keyring OFF", "keyring", "0" },
	{ "keyring auto", "keyring off\nkeyring auto", "keyring", "1" },
	{ "tls_cert_file at home", "tls_cert_file ~/c", "tls_cert_file",
	    "/home/you/c" },
	{ "tls_key_file by a URI", "tls_key_file pkcs11:token=a;object=b",
	    "tls_key_file", "pkcs11:token=a;object=b" },
	{ "tls_key_password", "tls_key_password " SECRET, "tls_key_password",
	    SECRET },
	{ "tls_key_passwordeval", "tls_key_passwordeval pass k",
	    "tls_key_passwordeval", "pass k" },
	{ "tls_key_password_file", "tls_key_password_file ~/pin",
	    "tls_key_password_file", "/home/you/pin" },
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
	{ "tls_trust by default", "host x", "tls_trust", "-" },
	{ "tls_trust tofu", "tls_trust TOFU", "tls_trust", "tofu" },
	{ "tls_trust dane", "tls_trust dane", "tls_trust", "dane" },
	{ "tls_trust ca", "tls_trust tofu\ntls_trust ca", "tls_trust", "-" },
	{ "reset of tls_trust", "tls_trust tofu\ntls_trust", "tls_trust",
	    "-" },
	{ "tls_trust_file", "tls_trust_file /x y", "tls_trust_file",
	    "/x y" },
	{ "tls_trust_file at home", "tls_trust_file ~/ca.pem",
	    "tls_trust_file", "/home/you/ca.pem" },
	{ "tls_trust_file system", "tls_trust_file /x\n"
	    "tls_trust_file system", "tls_trust_file", "-" },
	{ "tls_priorities", "tls_priorities NORMAL:-X", "tls_priorities",
	    "NORMAL:-X" },
	{ "tls_crl_file at home", "tls_crl_file ~/crl.pem", "tls_crl_file",
	    "/home/you/crl.pem" },
	{ "tls_min_version by default", "host x", "tls_min_version", "-" },
	{ "tls_min_version", "tls_min_version 1.3", "tls_min_version", "1.3" },
	{ "tls_host_override and the root's dot", "tls_host_override a.b.",
	    "tls_host_override", "a.b" },
	{ "tls_host_override", "tls_host_override a", "tls_host_override",
	    "a" },
	{ "tls_fingerprint", "tls_fingerprint " HEX " SHA256:" HEX,
	    "tls_fingerprint", "sha256:" HEX " sha256:" HEX },
	{ "from", "from you@example.org", "from", "you@example.org" },
	{ "from with several", "from a@x , *@y\tb@z", "from",
	    "a@x *@y b@z" },
	{ "from replaces", "from a@x\nfrom b@y", "from", "b@y" },
	{ "from with a quoted blank", "from x@x \"a b\"@x", "from",
	    "x@x \"a b\"@x" },
	{ "from a bare name", "from root", "from", "root" },
	{ "from expands", "from %U@%H", "from", "me@box.example" },
	{ "from waits for %C and %M", "from %U@%C %U@%M", "from",
	    "me@%C me@%M" },
	{ "maildomain expands", "maildomain m.%H", "maildomain",
	    "m.box.example" },
	{ "from leaves other signs", "from a%20%@x", "from", "a%20%@x" },
	{ "allow_from_override", "allow_from_override off",
	    "allow_from_override", "0" },
	{ "allow_from_override by default", "host x", "allow_from_override",
	    "1" },
	{ "auto_from", "auto_from", "auto_from", "1" },
	{ "maildomain", "maildomain x.example", "maildomain", "x.example" },
	{ "aliases", "aliases ~/a", "aliases", "/home/you/a" },
	{ "aliases by default", "host x", "aliases", "-" },
	{ "aliases off", "aliases OFF", "aliases", "" },
	{ "aliases reset", "aliases off\naliases", "aliases", "-" },
	{ "default_domain", "default_domain X.example", "default_domain",
	    "x.example" },
	{ "default_domain, international",
	    "default_domain b\xc3\xbc" "cher.example", "default_domain",
	    "xn--bcher-kva.example" },
	{ "default_domain reset", "default_domain x.example\ndefault_domain",
	    "default_domain", "-" },
	{ "set_to_header by default", "host x", "set_to_header", "1" },
	{ "set_to_header off", "set_to_header off", "set_to_header", "0" },
	{ "set_to_header on", "set_to_header", "set_to_header", "2" },
	{ "set_from_header by default", "host x", "set_from_header", "1" },
	{ "set_from_header alone", "set_from_header", "set_from_header",
	    "2" },
	{ "set_from_header off", "set_from_header off", "set_from_header",
	    "0" },
	{ "set_date_header auto", "set_date_header off\n"
	    "set_date_header auto", "set_date_header", "1" },
	{ "set_date_header utc", "set_date_header UTC", "set_date_header",
	    "3" },
	{ "keep_original_from by default", "host x", "keep_original_from",
	    "-" },
	{ "keep_original_from reply-to", "keep_original_from Reply-To",
	    "keep_original_from", "reply-to" },
	{ "keep_original_from name", "keep_original_from name",
	    "keep_original_from", "name" },
	{ "keep_original_from off", "keep_original_from name\n"
	    "keep_original_from off", "keep_original_from", "-" },
	{ "header_limit by default", "host x", "header_limit", "33554432" },
	{ "header_limit", "header_limit 1073741824", "header_limit",
	    "1073741824" },
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
	{ "mail_auth", "mail_auth Ann <ann@Example.org>", "mail_auth",
	    "ann@example.org" },
	{ "mail_auth <>", "mail_auth <>", "mail_auth", "<>" },
	{ "mail_auth off", "mail_auth <>\nmail_auth OFF", "mail_auth", "-" },
	{ "requiretls by default", "host x", "requiretls", "0" },
	{ "requiretls", "requiretls", "requiretls", "1" },
	{ "requiretls off", "requiretls\nrequiretls off", "requiretls",
	    "0" },
	{ "priority", "priority -9", "priority", "-9" },
	{ "priority off", "priority 3\npriority off", "priority", "-" },
	{ "deliver_by", "deliver_by 120;n", "deliver_by", "120;N" },
	{ "deliver_by off", "deliver_by 1\ndeliver_by off", "deliver_by",
	    "-" },
	{ "hold_for", "hold_for 60", "hold_for", "60" },
	{ "hold_for off", "hold_for 60\nhold_for Off", "hold_for", "-" },
	{ "hold_until", "hold_until 2030-12-31T08:00:00+01:00", "hold_until",
	    "2030-12-31T07:00:00Z" },
	{ "hold_until off", "hold_until 2030-12-31\nhold_until off",
	    "hold_until", "-" },
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
	assert_string_equal(account_place(a, "port", where, sizeof(where)),
	    "on the command line");
	assert_int_equal(config_set(a, "port", "x", &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_string_equal(e.text,
	    "port: \"x\": want a number from 1 to 65535");
	assert_string_equal(value(a, "port"), "25");
	assert_int_equal(config_set(a, "user", "u password " SECRET, &e), -1);
	assert_string_equal(e.text,
	    "user: \"password\" goes on a line of its own");
	assert_int_equal(config_set(a, "user", "a user with password", &e),
	    0);
	assert_int_equal(config_set(a, "tls", "on\t" SECRET, &e), -1);
	assert_string_equal(e.text, "tls: \"on ...\": want on or off");
	assert_int_equal(config_set(a, "host", "a\r\nb", &e), -1);
	assert_int_equal(config_set(a, "priority", "10", &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
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

static const struct optional_row {
	const char	*name;
	int		 want;
} optionals[] = {
	{ "tls", 1 }, { "tls_starttls", 1 }, { "auth", 1 }, { "syslog", 1 },
	{ "keyring", 1 }, { "password_file", 0 }, { "password_env", 0 },
	{ "set_from_header", 1 }, { "tls_nocertcheck", 1 },
	{ "host", 0 }, { "port", 0 }, { "user", 0 }, { "dsn_return", 0 },
	{ "dsn_notify", 0 }, { "protocol", 0 }, { "logfile", 0 },
	{ "requiretls", 1 }, { "priority", 0 }, { "hold_for", 0 },
	{ "account", -1 }, { "defaults", -1 }, { "eval", -1 },
	{ "nonsense", -1 }, { "", -1 },
};

static void
test_optional(void **state)
{
	const struct optional_row *r = *state;

	assert_int_equal(config_keyword_optional(r->name), r->want);
}

/* What is private is never shown either. */
static void
test_private(void **state)
{
	const struct keyword *k;
	size_t i, n = 0;

	(void)state;
	for (i = 0; (k = keyword_at(i)) != NULL; i++) {
		assert_int_equal(config_keyword_private(k->name),
		    (k->flags & KEYWORD_PRIVATE) != 0);
		if (!config_keyword_private(k->name))
			continue;
		n++;
		assert_true(k->flags & KEYWORD_SECRET);
		assert_true(strstr(k->name, "password") != NULL);
	}
	assert_int_equal(n, 3);
	assert_int_equal(config_keyword_private("nonsense"), 0);
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
		assert_int_equal(k->form != NULL, k->kind == KEYWORD_FORM);
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

int
main(void)
{
	UNIT_ROWS(values, test_value);
	UNIT_TEST(test_set);
	UNIT_ROWS(optionals, test_optional);
	UNIT_TEST(test_private);
	UNIT_TEST(test_table);
	return unit_run("keyword");
}
