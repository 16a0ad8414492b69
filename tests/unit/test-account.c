#include "accounts.h"

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
	{ "any user of an international domain", "*@b\xc3\xbc" "cher.example",
	    "a@b\xc3\xbc" "cher.example", 1 },
	{ "any user of it in A-labels", "*@b\xc3\xbc" "cher.example",
	    "a@xn--bcher-kva.example", 1 },
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
	{ "two tags", "you@example.org", "you+a+b@example.org", 1 },
	{ "a tag of a pattern's user", "you@*.org", "you+tag@x.org", 0 },
	{ "a tag by a pattern", "you+*@x.org", "you+tag@x.org", 1 },
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

/* What a bare name is qualified with. */
static const struct from_row domains[] = {
	{ "one", "a@x.org", "x.org" },
	{ "of a pattern", "*@x.org", "x.org" },
	{ "not of a pattern with a pattern", "a@*.x.org b@y.org", "y.org" },
	{ "behind the last sign", "\"a@b\"@x.org", "x.org" },
	{ "a bare name has none", "root", NULL },
	{ "anything", "*", NULL },
	{ "none", NULL, NULL },
	{ "without room", "a@bcdefghijklmnop.x", NULL },
	{ "just fits", "a@bcdefghijklmn.x", "bcdefghijklmn.x" },
};

static void
test_domain(void **state)
{
	const struct from_row *r = *state;
	struct account *a = account_new("x");
	struct err e = ERR_INIT;
	char text[16];

	if (r->from != NULL)
		assert_int_equal(config_set(a, "from", r->from, &e), 0);
	if (r->want == NULL)
		assert_null(account_from_domain(a, text, sizeof(text)));
	else
		assert_string_equal(account_from_domain(a, text,
		    sizeof(text)), r->want);
	account_free(a);
}

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
	{ "a token without user", "host h\nauth oauthbearer", "465", "0",
	    "OAUTHBEARER", ERR_CONFIG,
	    "f:3: account x has auth and no user; write: user NAME" },
	{ "a certificate without user", "host h\nauth external", "465", "0",
	    "EXTERNAL", ERR_NONE, NULL },
	{ "a ticket without user", "host h\nauth gssapi", "465", "0",
	    "GSSAPI", ERR_NONE, NULL },
	{ "the other ticket without user", "host h\nauth gs2-krb5", "465",
	    "0", "GS2-KRB5", ERR_NONE, NULL },
	{ "nobody without user", "host h\nauth anonymous", "465", "0",
	    "ANONYMOUS", ERR_NONE, NULL },
	{ "lmtp", "host h\nprotocol lmtp", "24", "1", "-", ERR_NONE, NULL },
	{ "lmtp without tls", "host h\ntls off\nprotocol lmtp", "24", "0",
	    "-", ERR_NONE, NULL },
	{ "lmtp with a login", "host h\nprotocol lmtp\nuser u", "24", "1",
	    "on", ERR_NONE, NULL },
	{ "lmtp on port 25", "host h\nprotocol lmtp\nport 25", "25", "1",
	    "-", ERR_CONFIG, "f:4: protocol lmtp: port 25 is SMTP's (RFC 2033 "
	    "5); write another port" },
	{ "lmtp by a socket, whatever the port", "socket /s\ntls off\n"
	    "protocol lmtp\nport 25", "25", "0", "-", ERR_NONE, NULL },
	{ "lmtp by srv", "host a srv:b.example\nprotocol lmtp", "24", "1",
	    "-", ERR_CONFIG, "f:2: host: the DNS does not tell of LMTP; write "
	    "the server's name without srv:" },
	{ "hosts", "host a srv:b.example 192.0.2.1", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "socket", "socket /s\ntls off", "25", "0", "-", ERR_NONE, NULL },
	{ "socket without a name for TLS", "socket /s", "465", "0", "-",
	    ERR_CONFIG, "f:2: TLS has no name to check the certificate "
	    "against; write: host NAME, or tls off if nobody can listen in" },
	{ "socket and its name", "socket /s\nhost h", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "socket and tls_host_override", "socket /s\ntls_host_override h",
	    "465", "0", "-", ERR_NONE, NULL },
	{ "socket and a fingerprint", "socket /s\ntls_fingerprint " HEX,
	    "465", "0", "-", ERR_NONE, NULL },
	{ "socket without a check", "socket /s\ntls_certcheck off", "465",
	    "0", "-", ERR_NONE, NULL },
	{ "socket and two names", "socket /s\nhost a b", "465", "0", "-",
	    ERR_CONFIG, "f:3: host: with \"socket\" it is the name in the "
	    "server's certificate; write one" },
	{ "socket and srv", "socket /s\nhost srv:a.example", "465", "0", "-",
	    ERR_CONFIG, "f:3: host: with \"socket\" it is the name in the "
	    "server's certificate; write one" },
	{ "socket taken away", "host h\nsocket /s\nsocket", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "socket and proxy_host", "host h\nproxy_host p\nsocket /s", "465",
	    "0", "-", ERR_CONFIG, "f:3: proxy_host and socket (f:4) exclude "
	    "each other; a line \"proxy_host\" without a value takes it "
	    "away" },
	{ "socket and connect_command", "socket /s\nconnect_command c", "465",
	    "0", "-", ERR_CONFIG, "f:3: connect_command and socket (f:2) "
	    "exclude each other; a line \"connect_command\" without a value "
	    "takes it away" },
	{ "connect_command and proxy_host", "host h\nconnect_command c\n"
	    "proxy_host p", "465", "0", "-", ERR_CONFIG, "f:4: proxy_host and "
	    "connect_command (f:3) exclude each other; a line \"proxy_host\" "
	    "without a value takes it away" },
	{ "connect_command", "host h\nconnect_command c %h:%p", "465", "0",
	    "-", ERR_NONE, NULL },
	{ "connect_command without a host", "connect_command c\ntls off",
	    "25", "0", "-", ERR_NONE, NULL },
	{ "connect_command that wants a host", "tls off\n"
	    "connect_command c %%%h", "25", "0", "-", ERR_CONFIG, "f:3: "
	    "connect_command has %h in it, and account x has no host; write: "
	    "host NAME" },
	{ "connect_command with a sign of its own", "tls off\n"
	    "connect_command c %%h %%", "25", "0", "-", ERR_NONE, NULL },
	{ "connect_command without a name for TLS", "connect_command c",
	    "465", "0", "-", ERR_CONFIG, "f:2: TLS has no name to check the "
	    "certificate against; write: host NAME, or tls off if nobody can "
	    "listen in" },
	{ "proxy_host", "host h\nproxy_host p", "465", "0", "-", ERR_NONE,
	    NULL },
	{ "proxy_host and srv", "host srv:a.example\nproxy_host p", "465",
	    "0", "-", ERR_CONFIG, "f:2: host: with \"proxy_host\" nothing is "
	    "looked up here, and srv: would be; write the server's name" },
	{ "proxy_port alone", "host h\nproxy_port 9050", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "proxy_user alone", "host h\nproxy_user u", "465", "0", "-",
	    ERR_CONFIG, "f:3: proxy_user without a password; write: "
	    "proxy_password SECRET" },
	{ "proxy_password alone", "host h\nproxy_password p", "465", "0",
	    "-", ERR_CONFIG, "f:3: proxy_password without a user; write: "
	    "proxy_user NAME" },
	{ "proxy_user over its length", "host h\nproxy_password p\n"
	    "proxy_user " HEX HEX HEX HEX, "465", "0", "-", ERR_CONFIG, "f:4: "
	    "proxy_user: over 255 octets, which SOCKS does not have" },
	{ "proxy_password over its length", "host h\nproxy_user p\n"
	    "proxy_password " HEX HEX HEX HEX, "465", "0", "-", ERR_CONFIG,
	    "f:4: proxy_password: over 255 octets, which SOCKS does not "
	    "have" },
	{ "proxy_user and proxy_password", "host h\nproxy_host p\n"
	    "proxy_user u\nproxy_password p", "465", "0", "-", ERR_NONE,
	    NULL },
	{ "tls_fingerprint", "host h\ntls_fingerprint " HEX, "465", "0", "-",
	    ERR_NONE, NULL },
	{ "tls_fingerprint without tls", "host h\ntls off\n"
	    "tls_fingerprint " HEX, "25", "0", "-", ERR_CONFIG, "f:4: "
	    "tls_fingerprint: with \"tls off\" there is no certificate; "
	    "write: tls on" },
	{ "requiretls", "host h\nrequiretls", "465", "0", "-", ERR_NONE,
	    NULL },
	{ "requiretls without tls", "host h\ntls off\nrequiretls", "25", "0",
	    "-", ERR_CONFIG, "f:4: requiretls: \"tls off\" is what it rules "
	    "out; write: tls on" },
	{ "requiretls without a check", "host h\nrequiretls\n"
	    "tls_certcheck off", "465", "0", "-", ERR_CONFIG, "f:3: "
	    "requiretls: \"tls_certcheck off\" is what it rules out; write: "
	    "tls_certcheck on" },
	{ "requiretls with a fingerprint", "host h\nrequiretls\n"
	    "tls_certcheck off\ntls_fingerprint " HEX, "465", "0", "-",
	    ERR_NONE, NULL },
	{ "requiretls with a key", "host h\nrequiretls\ntls_trust tofu",
	    "465", "0", "-", ERR_NONE, NULL },
	{ "tls_trust", "host h\ntls_trust tofu\ntls_trust_file /ca", "465",
	    "0", "-", ERR_NONE, NULL },
	{ "tls_trust without tls", "host h\ntls_trust tofu\ntls off", "25",
	    "0", "-", ERR_CONFIG, "f:3: tls_trust tofu: with \"tls off\" "
	    "there is no certificate; write: tls on" },
	{ "tls_trust ca without tls", "host h\ntls_trust ca\ntls off", "25",
	    "0", "-", ERR_NONE, NULL },
	{ "tls_trust without a check", "host h\ntls_trust tofu\n"
	    "tls_certcheck off", "465", "0", "-", ERR_CONFIG, "f:3: "
	    "tls_trust tofu: with \"tls_certcheck off\" anybody would be "
	    "trusted; write: tls_certcheck on" },
	{ "tls_trust and a fingerprint", "host h\ntls_fingerprint " HEX
	    "\ntls_trust tofu", "465", "0", "-", ERR_CONFIG, "f:4: tls_trust "
	    "and tls_fingerprint (f:3) exclude each other; a line "
	    "\"tls_trust\" without a value takes it away" },
	{ "tls_crl_file", "host h\ntls_crl_file /l", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "tls_crl_file without tls", "host h\ntls_crl_file /l\ntls off\n"
	    "tls_certcheck off", "25", "0", "-", ERR_NONE, NULL },
	{ "tls_crl_file with dane", "host h\ntls_crl_file /l\n"
	    "tls_trust dane", "465", "0", "-", ERR_NONE, NULL },
	{ "tls_crl_file and tofu", "host h\ntls_crl_file /l\n"
	    "tls_trust tofu", "465", "0", "-", ERR_CONFIG, "f:3: "
	    "tls_crl_file is of no effect with tls_trust (f:4): CAs do not "
	    "count then, nor what they have revoked; a line \"tls_crl_file\" "
	    "without a value takes it away" },
	{ "tls_crl_file and a fingerprint", "host h\ntls_fingerprint " HEX
	    "\ntls_crl_file /l", "465", "0", "-", ERR_CONFIG, "f:4: "
	    "tls_crl_file is of no effect with tls_fingerprint (f:3): CAs do "
	    "not count then, nor what they have revoked; a line "
	    "\"tls_crl_file\" without a value takes it away" },
	{ "tls_crl_file without a check", "host h\ntls_crl_file /l\n"
	    "tls_certcheck off", "465", "0", "-", ERR_CONFIG, "f:3: "
	    "tls_crl_file is of no effect with tls_certcheck (f:4): CAs do "
	    "not count then, nor what they have revoked; a line "
	    "\"tls_crl_file\" without a value takes it away" },
	{ "tls_crl_file taken away", "host h\ntls_crl_file /l\n"
	    "tls_certcheck off\ntls_crl_file", "465", "0", "-", ERR_NONE,
	    NULL },
	{ "tls_trust and no name", "socket /s\ntls_trust tofu", "465", "0",
	    "-", ERR_CONFIG, "f:2: TLS has no name to check the certificate "
	    "against; write: host NAME, or tls off if nobody can listen "
	    "in" },
	{ "hold_for and hold_until", "host h\nhold_for 1\n"
	    "hold_until 9999-01-01", "465", "0", "-", ERR_CONFIG, "f:4: "
	    "hold_until and hold_for (f:3) exclude each other; a line "
	    "\"hold_until\" without a value takes it away" },
	{ "hold_until to come", "host h\nhold_until 9999-01-01", "465", "0",
	    "-", ERR_NONE, NULL },
	{ "hold_until that is over", "host h\n"
	    "hold_until 2020-01-01T00:00:00Z", "465", "0", "-", ERR_CONFIG,
	    "f:3: hold_until: 2020-01-01T00:00:00Z is over; take it away, or "
	    "write a later time" },
	{ "tls_cert_file alone", "host h\ntls_cert_file /c", "465", "0", "-",
	    ERR_NONE, NULL },
	{ "tls_key_file alone", "host h\ntls_key_file /k", "465", "0", "-",
	    ERR_CONFIG, "f:3: tls_key_file without a certificate; write: "
	    "tls_cert_file FILE" },
	{ "%C waits", "host h\nfrom a@%C\ndomain %C", "465", "0", "-",
	    ERR_NONE, NULL },
};

static void
test_finish(void **state)
{
	const struct finish_row *r = *state;
	struct err e = ERR_INIT;
	struct account *a;
	struct config c;
	char text[512];

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

/* One of two that exclude each other is of the command line. */
static const struct win_row {
	const char	*name;
	const char	*lines;
	const char	*keyword, *value;	/* on the command line */
	const char	*taken;			/* away */
} wins[] = {
	{ "socket over proxy_host", "host h\nproxy_host p", "socket", "/s",
	    "proxy_host" },
	{ "proxy_host over socket", "host h\nsocket /s", "proxy_host", "p",
	    "socket" },
	{ "connect_command over socket", "host h\nsocket /s",
	    "connect_command", "c", "socket" },
	{ "tls_trust over tls_fingerprint", "host h\ntls_fingerprint " HEX,
	    "tls_trust", "tofu", "tls_fingerprint" },
	{ "hold_for over hold_until", "host h\nhold_until 9999-01-01",
	    "hold_for", "60", "hold_until" },
	{ "hold_until over hold_for", "host h\nhold_for 60", "hold_until",
	    "9999-01-01", "hold_for" },
};

static void
test_win(void **state)
{
	const struct win_row *r = *state;
	struct err e = ERR_INIT;
	struct account *a;
	struct config c;
	char text[256];

	snprintf(text, sizeof(text), "account x\n%s\n", r->lines);
	must_parse(&c, text);
	a = account_copy(c.account[0]);
	assert_int_equal(config_set(a, r->keyword, r->value, &e), 0);
	if (account_finish(a, &e) == -1)
		fail_msg("%s", e.text);
	assert_string_not_equal(value(a, r->keyword), "-");
	assert_string_equal(value(a, r->taken), "-");
	/* Two of the command line are a fault all the same. */
	assert_int_equal(config_set(a, r->taken, value(c.account[0],
	    r->taken), &e), 0);
	assert_int_equal(account_finish(a, &e), -1);
	assert_memory_equal(e.text, "the command line: ", 18);
	assert_non_null(strstr(e.text, " exclude each other; give one of "
	    "them"));
	account_free(a);
	config_free(&c);
}

static const struct servers_row {
	const char	*name;
	const char	*lines;
	const char	*servers, *host;
} servers[] = {
	{ "one", "host a.example", "a.example:465", "a.example" },
	{ "several", "host a.example srv:b.example ::1\nport 587",
	    "a.example:587, srv:b.example, [::1]:587", "a.example" },
	{ "srv first", "host srv:b.example a", "srv:b.example, a:465",
	    "b.example" },
	{ "socket", "socket /run/s\ntls off", "/run/s", NULL },
	{ "socket and its name", "socket /run/s\nhost a", "/run/s", "a" },
	{ "a command", "connect_command c\ntls off", "connect_command",
	    NULL },
	{ "a command and hosts", "connect_command c %h\nhost a b",
	    "a:465, b:465", "a" },
	{ "no room", "host abcdefghijklmnop", "abcdefghijklmnop:465", NULL },
};

static void
test_servers(void **state)
{
	const struct servers_row *r = *state;
	struct buf b = BUF_MAX(1024);
	struct err e = ERR_INIT;
	struct account *a;
	struct config c;
	char text[256], host[16];

	snprintf(text, sizeof(text), "account x\n%s\n", r->lines);
	must_parse(&c, text);
	a = account_copy(c.account[0]);
	if (account_finish(a, &e) == -1)
		fail_msg("%s", e.text);
	account_servers(a, &b);
	assert_string_equal(buf_str(&b), r->servers);
	if (r->host == NULL)
		assert_null(account_host(a, host, sizeof(host)));
	else
		assert_string_equal(account_host(a, host, sizeof(host)),
		    r->host);
	buf_free(&b);
	account_free(a);
	config_free(&c);
}

/* Every mechanism of the table is in this version. */
static void
test_mechanisms(void **state)
{
	const struct keyword_choice *m = keyword_find("auth", 4)->choice;
	struct account *a;
	struct err e = ERR_INIT;

	(void)state;
	for (; m->word != NULL; m++) {
		if (m->value == NULL)
			continue;
		a = account_new("x");
		assert_int_equal(config_set(a, "auth", m->word, &e), 0);
		assert_int_equal(config_set(a, "user", "u", &e), 0);
		assert_int_equal(config_set(a, "host", "h", &e), 0);
		assert_int_equal(account_finish(a, &e), 0);
		account_free(a);
	}
}

/* A line of the configuration may be longer than any address. */
static void
test_long_pattern(void **state)
{
	char *fill = unit_fill('a', 5000), *from = NULL;
	struct account *a = account_new("x");

	(void)state;
	assert_true(asprintf(&from, "%s*@*.x.org %s*@x.org", fill, fill) > 0);
	a->from = from;
	assert_int_equal(account_matches(a, "a@x.org"), 0);
	account_free(a);
	free(fill);
}

int
main(void)
{
	UNIT_ROWS(matches, test_match);
	UNIT_ROWS(froms, test_from);
	UNIT_ROWS(domains, test_domain);
	UNIT_ROWS(finishes, test_finish);
	UNIT_ROWS(wins, test_win);
	UNIT_ROWS(servers, test_servers);
	UNIT_TEST(test_mechanisms);
	UNIT_TEST(test_long_pattern);
	return unit_run("account");
}
