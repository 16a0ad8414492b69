/*
 * Values as written, and as an account has them.
 */
#include "unit.h"

#include "base/buf.h"
#include "base/err.h"
#include "config/value.h"

#define HEX16	"00112233445566778899aAbBcCdDeEfF"
#define COLONS	"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
#define LOWER	"00112233445566778899aabbccddeeff"
#define SHA256	"sha256:" LOWER LOWER
#define PIN	"pin-sha256:GRAH5Ex+kB4cCQi5gMU82urf+6kEgbVtzfCSkw55AGk="
#define BUECHER	"b\xc3\xbc" "cher.example"
#define A_LABEL	"xn--bcher-kva.example"

static const struct row {
	const char	*name;
	const char	*value;
	const char	*want;		/* NULL: an error */
	const char	*error;		/* its beginning */
} hosts[] = {
	{ "a name", "mx.example.org", "mx.example.org", NULL },
	{ "one label", "localhost", "localhost", NULL },
	{ "in capitals", "MX.Example.ORG", "mx.example.org", NULL },
	{ "the dot of the root", "mx.example.org.", "mx.example.org", NULL },
	{ "an underscore", "mail_1.local", "mail_1.local", NULL },
	{ "digits within a name", "1.2.3.4x", "1.2.3.4x", NULL },
	{ "international", BUECHER, A_LABEL, NULL },
	{ "IPv4", "192.0.2.1", "192.0.2.1", NULL },
	{ "IPv6", "2001:db8::1", "2001:db8::1", NULL },
	{ "IPv6 in brackets", "[2001:db8::1]", "2001:db8::1", NULL },
	{ "a zone", "fe80::1%eth0.1", "fe80::1%eth0.1", NULL },
	{ "srv", "srv:example.org", "srv:example.org", NULL },
	{ "srv, in capitals and international", "SRV:" BUECHER,
	    "srv:" A_LABEL, NULL },
	{ "several", "a.example, srv:b.example\t192.0.2.1  ::1",
	    "a.example srv:b.example 192.0.2.1 ::1", NULL },
	{ "several international", BUECHER " x." BUECHER,
	    A_LABEL " x." A_LABEL, NULL },
	{ "the first may look like a keyword", "user b", "user b", NULL },

	{ "a keyword behind it", "mx password hunter2", NULL,
	    "word 2 is a keyword; it goes on a line of its own" },
	{ "nothing between commas", ",,", NULL,
	    "want a name, an IP address or srv:DOMAIN" },
	{ "a port", "mx.example:587", NULL, "\"mx.example:587\" is not a "
	    "name, an IP address or srv:DOMAIN; a port goes into \"port\"" },
	{ "a port of IPv6", "[::1]:587", NULL, "\"[::1]:587\" is not a name, "
	    "an IP address or srv:DOMAIN; a port goes into \"port\"" },
	{ "a port as a word", "mx 587", NULL,
	    "word 2 is not a name, an IP address or srv:DOMAIN" },
	{ "a second that might be a secret", "mx hun:ter2", NULL,
	    "word 2 is not a name, an IP address or srv:DOMAIN" },
	{ "a login", "smtp://ann:hunter2@mx:25", NULL, "word 1 is not a name, "
	    "an IP address or srv:DOMAIN; a port goes into \"port\"" },
	{ "a URL", "smtps://mx.example", NULL, "\"" },
	{ "half an address", "192.0.2", NULL, "\"" },
	{ "no octet", "192.0.2.300", NULL, "\"" },
	{ "IPv4 in brackets", "[192.0.2.1]", NULL, "\"[192.0.2.1]\" is "
	    "not a name, an IP address or srv:DOMAIN; write the address "
	    "without brackets" },
	{ "IPv4 with a zone", "192.0.2.1%lo", NULL, "\"" },
	{ "an empty zone", "fe80::1%", NULL, "\"" },
	{ "a zone with a sign", "fe80::1%a/b", NULL, "\"" },
	{ "an empty label", "mx..example", NULL, "\"" },
	{ "the root", ".", NULL, "\"" },
	{ "a hyphen before", "-mx.example", NULL, "\"" },
	{ "an option", "-W", NULL, "\"" },
	{ "a control character", "a\rb", NULL, "\"" },
	{ "not UTF-8", "b\xfc" "cher.example", NULL, "\"" },
	{ "srv of nothing", "srv:", NULL, "\"" },
	{ "srv of an address", "srv:192.0.2.1", NULL,
	    "\"srv:192.0.2.1\" is not a name, an IP address or srv:DOMAIN; an "
	    "address has no SRV records: write it without srv:" },
	{ "srv of srv", "srv:srv:x.example", NULL, "\"" },
	{ "an at sign", "you@example.org", NULL, "word 1 is not" },
}, proxies[] = {
	{ "a name", "Proxy.example", "proxy.example", NULL },
	{ "an address", "::1", "::1", NULL },
	{ "brackets", "[::1]", "::1", NULL },
	{ "two", "a b", NULL, "want a name or an IP address" },
	{ "srv", "srv:a.example", NULL, "want a name or an IP address" },
	{ "a port", "a.example:1080", NULL,
	    "want a name or an IP address without a port" },
}, addresses[] = {
	{ "IPv4", "192.0.2.1", "192.0.2.1", NULL },
	{ "IPv6", "2001:db8::1", "2001:db8::1", NULL },
	{ "both", "192.0.2.1, 2001:db8::1", "192.0.2.1 2001:db8::1", NULL },
	{ "both, the other way", "::1 127.0.0.1", "::1 127.0.0.1", NULL },
	{ "a name", "localhost", NULL, "want an IP address, or one of IPv4 "
	    "and one of IPv6" },
	{ "two of IPv4", "192.0.2.1 192.0.2.2", NULL, "want an IP" },
	{ "two of IPv6", "::1 ::2", NULL, "want an IP" },
	{ "three", "::1 192.0.2.1 ::2", NULL, "want an IP" },
	{ "a zone", "fe80::1%lo", NULL, "want an IP" },
	{ "brackets", "[::1]", NULL, "want an IP" },
	{ "a comma", ",", NULL, "want an IP" },
	{ "a long word", LOWER LOWER LOWER, NULL, "want an IP" },
}, domains[] = {
	{ "a domain", "Example.org", "example.org", NULL },
	{ "international", BUECHER, A_LABEL, NULL },
	{ "none", "a b", NULL, "want a domain" },
}, mailboxes[] = {
	{ "an address", "ann@Example.org", "ann@example.org", NULL },
	{ "in brackets", "<ann@example.org>", "ann@example.org", NULL },
	{ "with a name", "Ann <ann@example.org>", "ann@example.org", NULL },
	{ "international", "ann@" BUECHER, "ann@" A_LABEL, NULL },
	{ "quotes that must be", "\"a b\"@example.org",
	    "\"a b\"@example.org", NULL },
	{ "quotes without need", "\"ann\"@example.org", "ann@example.org",
	    NULL },
	{ "nobody", "<>", "<>", NULL },
	{ "a name alone", "ann", NULL,
	    "want an address, user@domain, or <> or off" },
	{ "two", "ann@example.org, bob@example.org", NULL, "want an addr" },
	{ "a line end", "ann@example.org\r\nRSET", NULL, "want an addr" },
}, priorities[] = {
	{ "the least", "-9", "-9", NULL },
	{ "the most", "9", "9", NULL },
	{ "none", "0", "0", NULL },
	{ "less than none", "-0", "0", NULL },
	{ "zeros before", "007", "7", NULL },
	{ "below", "-10", NULL, "want off, or a number from -9 to 9" },
	{ "above", "10", NULL, "want off, or a number" },
	{ "a sign", "+1", NULL, "want off, or a number" },
	{ "a word", "urgent", NULL, "want off, or a number" },
}, deliver_bys[] = {
	{ "seconds alone", "120", "120;R", NULL },
	{ "to be returned", "120;R", "120;R", NULL },
	{ "to be told", "120;n", "120;N", NULL },
	{ "traced", "120;rt", "120;RT", NULL },
	{ "told and traced", "120;NT", "120;NT", NULL },
	{ "over, to be told", "-120;N", "-120;N", NULL },
	{ "now, to be told", "0;N", "0;N", NULL },
	{ "a plus", "+120;R", "120;R", NULL },
	{ "the most", "999999999;R", "999999999;R", NULL },
	{ "the least", "-999999999;N", "-999999999;N", NULL },
	{ "zeros before", "000120", "120;R", NULL },
	{ "now", "0", NULL, "want off, or SECONDS[;R] of at least 1" },
	{ "now, to be returned", "0;R", NULL, "want off" },
	{ "over", "-1;R", NULL, "want off" },
	{ "over and traced", "-1;RT", NULL, "want off" },
	{ "ten digits", "1000000000;R", NULL, "want off" },
	{ "a trace alone", "120;T", NULL, "want off" },
	{ "another mode", "120;X", NULL, "want off" },
	{ "no mode", "120;", NULL, "want off" },
	{ "two modes", "120;R;N", NULL, "want off" },
	{ "no seconds", ";R", NULL, "want off" },
	{ "a unit", "2m", NULL, "want off" },
	{ "two signs", "+-1;N", NULL, "want off" },
	{ "a long number", LOWER ";N", NULL, "want off" },
	{ "blanks", "120 ;R", NULL, "want off" },
}, commands[] = {
	{ "words", "ssh -W %h:%p gw", "ssh -W %h:%p gw", NULL },
	{ "quoted", "sh -c 'exec \"a b\"'", "sh -c 'exec \"a b\"'", NULL },
	{ "a quote without an end", "ssh 'gw", NULL, "" },
	{ "a backslash at the end", "ssh gw\\", NULL, "" },
	{ "percent signs", "c 100%% %%q %h%%", "c 100%% %%q %h%%", NULL },
	{ "what stands for nothing", "ssh -W %h:%q gw", NULL,
	    "%q means nothing here; write %% for a percent sign" },
	{ "a percent sign alone", "ssh gw %", NULL, "% means nothing here" },
	{ "a host in capitals", "ssh '%H'", NULL, "%H means nothing here" },
}, hold_fors[] = {
	{ "seconds", "3600", "3600", NULL },
	{ "the most", "999999999", "999999999", NULL },
	{ "none", "0", NULL,
	    "want off, or a number of seconds from 1 to 999999999" },
	{ "ten digits", "1000000000", NULL, "want off" },
	{ "a unit", "1h", NULL, "want off" },
}, hold_untils[] = {
	{ "a time", "2030-12-31T08:00:00+01:00", "2030-12-31T07:00:00Z",
	    NULL },
	{ "none", "tomorrow", NULL, "want off, or a time such as "
	    "2030-12-31T08:00:00Z, ...+01:00, or in local time" },
}, fingerprints[] = {
	{ "hex", HEX16 HEX16, SHA256, NULL },
	{ "colons", COLONS ":" COLONS, SHA256, NULL },
	{ "named", "SHA256:" COLONS ":" COLONS, SHA256, NULL },
	{ "what openssl says", "sha256 Fingerprint=" COLONS ":" COLONS,
	    SHA256, NULL },
	{ "what an older openssl says", "SHA256 Fingerprint=" COLONS ":"
	    COLONS, SHA256, NULL },
	{ "what openssl says twice", "sha256 fingerprint=" COLONS ":" COLONS
	    ", SHA256 FINGERPRINT=" COLONS ":" COLONS, SHA256 " " SHA256,
	    NULL },
	{ "a key", PIN, PIN, NULL },
	{ "a key in capitals",
	    "PIN-SHA256:GRAH5Ex+kB4cCQi5gMU82urf+6kEgbVtzfCSkw55AGk=", PIN,
	    NULL },
	{ "several", HEX16 HEX16 ", " PIN "\t" COLONS ":" COLONS,
	    SHA256 " " PIN " " SHA256, NULL },

	{ "SHA-1", COLONS ":00:11:22:33", NULL, "SHA-1 can be forged; want "
	    "the SHA-256 of the certificate; posthorn --serverinfo shows "
	    "it where this line is not there" },
	{ "MD5", HEX16, NULL, "MD5 can be forged; want the SHA-256" },
	{ "a digit too few", HEX16 "00112233445566778899aAbBcCdDeEf", NULL,
	    "want the SHA-256 of a certificate, 64 hexadecimal digits" },
	{ "a digit too many", HEX16 HEX16 "0", NULL, "want the SHA-256" },
	{ "no digits", "sha256:", NULL, "want the SHA-256" },
	{ "nothing", ",", NULL, "want the SHA-256" },
	{ "nothing behind what openssl says", HEX16 HEX16
	    " sha256 Fingerprint=", NULL, "want the SHA-256" },
	{ "what openssl says of another", "sha1 Fingerprint=" COLONS
	    ":00:11:22:33", NULL, "want the SHA-256" },
	{ "half of what openssl says", "sha256 " HEX16 HEX16, NULL,
	    "want the SHA-256" },
	{ "a colon within an octet", "0:0:" HEX16
	    "112233445566778899aAbBcCdDeEfF", NULL, "want the SHA-256" },
	{ "other digits", HEX16 LOWER "g", NULL, "want the SHA-256" },
	{ "a key cut short",
	    "pin-sha256:GRAH5Ex+kB4cCQi5gMU82urf+6kEgbVtzfCSkw55AA==", NULL,
	    "want the SHA-256" },
	{ "a key without its end",
	    "pin-sha256:GRAH5Ex+kB4cCQi5gMU82urf+6kEgbVtzfCSkw55AGk", NULL,
	    "want the SHA-256" },
	{ "no key", "pin-sha256:", NULL, "want the SHA-256" },
	{ "the second is none", HEX16 HEX16 " x", NULL, "want the SHA-256" },
}, secret_files[] = {
	{ "absolute", "/etc/a b", "/etc/a b", NULL },
	{ "at home", "~/.word", "/home/you/.word", NULL },
	{ "a name", "smtp-word", "smtp-word", NULL },
	{ "a name with dots", "..a", "..a", NULL },
	{ "relative", "a/b", NULL, "want an absolute path" },
	{ "of this folder", "./b", NULL, "want an absolute path" },
	{ "another's home", "~root/b", NULL, "want an absolute path" },
	{ "this folder", ".", NULL, "want an absolute path" },
	{ "the one above", "..", NULL, "want an absolute path" },
	{ "a line end", "/a\nb", NULL, "there is a control character" },
}, key_places[] = {
	{ "a file", "/etc/a b", "/etc/a b", NULL },
	{ "at home", "~/k", "/home/you/k", NULL },
	{ "a URI", "pkcs11:token=a;object=b?x=~/", "pkcs11:token=a;object=b"
	    "?x=~/", NULL },
	{ "a PIN in it", "pkcs11:token=a?pin-value=1234", NULL,
	    "take pin-value= out of it, and write: tls_key_password" },
	{ "where one is", "pkcs11:token=a?pin-source=file:/p", NULL,
	    "take pin-source= out" },
	{ "the older word", "pkcs11:token=a;pinfile=/p", NULL, "take pinfile" },
	{ "a file called so", "/k?pin-value=1", "/k?pin-value=1", NULL },
}, variables[] = {
	{ "a variable", "SMTP_word2", "SMTP_word2", NULL },
	{ "an underscore first", "_", "_", NULL },
	{ "with its sign", "$WORD", NULL, "want the name of a variable, "
	    "without the $" },
	{ "a digit first", "2WORD", NULL, "want the name of a variable, not "
	    "what is in it" },
	{ "what may be the word itself", "hun-ter2", NULL, "want the name of "
	    "a variable, not what is in it" },
	{ "with a value", "A=b", NULL, "want the name of a variable, not" },
};

static void
check(const struct row *r, int (*form)(struct buf *, const char *,
    struct err *))
{
	char *value = unit_copy(r->value, strlen(r->value) + 1);
	struct buf b = BUF_MAX(1024);
	struct err e = ERR_INIT;

	if (form(&b, value, &e) == 0) {
		assert_non_null(r->want);
		assert_string_equal(buf_str(&b), r->want);
		assert_int_equal(e.kind, ERR_NONE);
	} else {
		assert_null(r->want);
		assert_int_equal(e.kind, ERR_CONFIG);
		if (strncmp(e.text, r->error, strlen(r->error)) != 0)
			fail_msg("%s", e.text);
	}
	buf_free(&b);
	free(value);
}

static void
test_hosts(void **state)
{
	check(*state, value_hosts);
}

static void
test_host(void **state)
{
	check(*state, value_host);
}

static void
test_addresses(void **state)
{
	check(*state, value_addresses);
}

static void
test_domain(void **state)
{
	check(*state, value_domain);
}

static void
test_mailbox(void **state)
{
	check(*state, value_mailbox);
}

static void
test_priority(void **state)
{
	check(*state, value_priority);
}

static void
test_deliver_by(void **state)
{
	check(*state, value_deliver_by);
}

static void
test_command(void **state)
{
	check(*state, value_command);
}

static void
test_hold_for(void **state)
{
	check(*state, value_hold_for);
}

static void
test_hold_until(void **state)
{
	check(*state, value_hold_until);
}

static void
test_fingerprints(void **state)
{
	check(*state, value_fingerprints);
}

static void
test_secret_files(void **state)
{
	setenv("HOME", "/home/you", 1);
	check(*state, value_secret_file);
}

static void
test_key_places(void **state)
{
	setenv("HOME", "/home/you", 1);
	check(*state, value_key_place);
}

static void
test_variables(void **state)
{
	check(*state, value_variable);
}

/* What does not fit is an error, wherever it ends. */
static void
test_too_long(void **state)
{
	static const char value[] = "a.example srv:b.example ::1 c.example";
	struct err e;
	size_t max;

	(void)state;
	for (max = 0; max <= strlen(value); max++) {
		struct buf b = BUF_MAX(max);

		e = (struct err)ERR_INIT;
		assert_int_equal(value_hosts(&b, value, &e),
		    max < strlen(value) ? -1 : 0);
		assert_int_equal(e.kind, max < strlen(value) ? ERR_CONFIG :
		    ERR_NONE);
		buf_free(&b);
	}
}

int
main(void)
{
	UNIT_ROWS(hosts, test_hosts);
	UNIT_ROWS(proxies, test_host);
	UNIT_ROWS(addresses, test_addresses);
	UNIT_ROWS(domains, test_domain);
	UNIT_ROWS(mailboxes, test_mailbox);
	UNIT_ROWS(priorities, test_priority);
	UNIT_ROWS(deliver_bys, test_deliver_by);
	UNIT_ROWS(commands, test_command);
	UNIT_ROWS(hold_fors, test_hold_for);
	UNIT_ROWS(hold_untils, test_hold_until);
	UNIT_ROWS(fingerprints, test_fingerprints);
	UNIT_ROWS(secret_files, test_secret_files);
	UNIT_ROWS(key_places, test_key_places);
	UNIT_ROWS(variables, test_variables);
	UNIT_TEST(test_too_long);
	return unit_run("value");
}
