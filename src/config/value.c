#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/argv.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/conflex.h"
#include "config/keyword.h"
#include "config/moment.h"
#include "config/value.h"
#include "mail/addr.h"

#define BETWEEN		", \t"
#define IP_ROOM		64
#define NUMBER_ROOM	32
#define SECONDS_MAX	999999999	/* nine digits */
#define SHA256_HEX	64
#define SHA256_BASE64	44
#define SHA256_OCTETS	32

static int
too_long(struct err *e)
{
	return err_set(e, ERR_CONFIG, "too long");
}

/* A space between words. */
static int
next(struct buf *out, size_t start)
{
	return out->len == start ? 0 : buf_addc(out, ' ');
}

/* An address as getaddrinfo(3) takes it; one of IPv6 may have a zone. */
static int
is_ip(const char *s, size_t n)
{
	const char *zone = memchr(s, '%', n);
	size_t len = zone != NULL ? (size_t)(zone - s) : n, i;
	char text[IP_ROOM];
	struct in6_addr any;

	if (len >= sizeof(text))
		return 0;
	memcpy(text, s, len);
	text[len] = '\0';
	if (zone == NULL)
		return inet_pton(AF_INET, text, &any) == 1 ||
		    inet_pton(AF_INET6, text, &any) == 1;
	for (i = len + 1; i < n; i++)
		if (!str_alnum(s[i]) && strchr("-._", s[i]) == NULL)
			return 0;
	return n > len + 1 && inet_pton(AF_INET6, text, &any) == 1;
}

/* Brackets are how others write an address beside a port. */
static void
strip_brackets(const char **s, size_t *n)
{
	if (*n < 2 || (*s)[0] != '[' || (*s)[*n - 1] != ']' ||
	    memchr(*s, ':', *n) == NULL)
		return;
	++*s;
	*n -= 2;
}

/* RFC 1123 2.1: the last label of a name is no number, or it would look like
 * an address. */
static int
ends_in_number(const char *s, size_t n)
{
	size_t i = n;

	while (i > 0 && str_digit(s[i - 1]))
		i--;
	return i < n && (i == 0 || s[i - 1] == '.');
}

/* A domain, which may have the dot of the root behind it. */
static int
add_domain(struct buf *out, const char *s, size_t n, struct err *e)
{
	size_t start = out->len;

	if (n > 1 && s[n - 1] == '.')
		n--;
	if (addr_host(out, s, n, e) == -1)
		return e->kind == ERR_DATA ? 0 : -1;
	return !ends_in_number(buf_str(out) + start, out->len - start);
}

/* Returns 1, 0 when it is none, or -1 with *e set. */
static int
add_host(struct buf *out, const char *s, size_t n, struct err *e)
{
	strip_brackets(&s, &n);
	if (is_ip(s, n))
		return buf_add(out, s, n) == 0 ? 1 : too_long(e);
	return add_domain(out, s, n, e);
}

/* The same for a word that may begin with srv:. */
static int
add_server(struct buf *out, const char *s, size_t n, struct err *e)
{
	size_t len = strlen(VALUE_SRV);

	if (!str_begins(s, n, VALUE_SRV))
		return add_host(out, s, n, e);
	if (buf_adds(out, VALUE_SRV) == -1)
		return too_long(e);
	return add_domain(out, s + len, n - len, e);
}

/* name:587, as in a URL. */
static int
has_port(const char *s, size_t n)
{
	const char *colon = memrchr(s, ':', n);

	return colon != NULL && colon + 1 < s + n &&
	    ends_in_number(colon + 1, (size_t)(s + n - colon - 1));
}

/* [192.0.2.1], as a domain in mail has it. */
static int
is_literal(const char *s, size_t n)
{
	return n > 2 && s[0] == '[' && s[n - 1] == ']' && is_ip(s + 1, n - 2);
}

/* What to do about a word that is no host; "" if that is not known. */
static const char *
host_hint(const char *s, size_t n)
{
	size_t len = strlen(VALUE_SRV);

	if (str_begins(s, n, VALUE_SRV) && is_ip(s + len, n - len))
		return "; an address has no SRV records: write it without "
		    VALUE_SRV;
	if (is_literal(s, n))
		return "; write the address without brackets";
	return has_port(s, n) ? "; a port goes into \"port\"" : "";
}

/*
 * Who forgets a line end goes on with the password, so that a second word is
 * not shown; nor is one that has a login in it, as a URL may.
 */
static int
no_host(const char *word, size_t n, size_t number, struct err *e)
{
	static const char what[] = "a name, an IP address or srv:DOMAIN";

	if (n == 0)
		return err_set(e, ERR_CONFIG, "want %s", what);
	if (number > 1 || memchr(word, '@', n) != NULL)
		return err_set(e, ERR_CONFIG, "word %zu is not %s%s", number,
		    what, host_hint(word, n));
	return err_set(e, ERR_CONFIG, "\"%s\" is not %s%s",
	    str_shown(word, n), what, host_hint(word, n));
}

int
value_hosts(struct buf *out, const char *value, struct err *e)
{
	const char *p = value, *word, *end = value + strlen(value);
	size_t n, number = 0, start = out->len;
	int r;

	while ((n = conflex_word(&p, end, BETWEEN, &word)) > 0) {
		/* Two lines in one would try a user or password as a host. */
		if (number++ > 0 && keyword_find(word, n) != NULL)
			return err_set(e, ERR_CONFIG, "word %zu is a keyword; "
			    "it goes on a line of its own", number);
		if (next(out, start) == -1)
			return too_long(e);
		r = add_server(out, word, n, e);
		if (r != 1)
			return r == 0 ? no_host(word, n, number, e) : -1;
	}
	return number > 0 ? 0 : no_host("", 0, 1, e);
}

int
value_host(struct buf *out, const char *value, struct err *e)
{
	size_t n = strlen(value);
	int r = add_host(out, value, n, e);

	if (r == 1)
		return 0;
	if (r == 0)
		err_set(e, ERR_CONFIG, "want a name or an IP address%s",
		    has_port(value, n) ? " without a port" : "");
	return -1;
}

int
value_addresses(struct buf *out, const char *value, struct err *e)
{
	const char *p = value, *word, *end = value + strlen(value);
	size_t n, v4 = 0, v6 = 0, start = out->len;

	while ((n = conflex_word(&p, end, BETWEEN, &word)) > 0) {
		if (!is_ip(word, n) || memchr(word, '%', n) != NULL)
			break;
		if (next(out, start) == -1 || buf_add(out, word, n) == -1)
			return too_long(e);
		if (memchr(word, ':', n) != NULL)
			v6++;
		else
			v4++;
	}
	if (n > 0 || v4 > 1 || v6 > 1 || v4 + v6 == 0)
		return err_set(e, ERR_CONFIG, "want an IP address, or one of "
		    "IPv4 and one of IPv6");
	return 0;
}

int
value_domain(struct buf *out, const char *value, struct err *e)
{
	if (addr_host(out, value, strlen(value), e) == 0)
		return 0;
	return e->kind == ERR_DATA ? err_set(e, ERR_CONFIG, "want a domain") :
	    -1;
}

int
value_mailbox(struct buf *out, const char *value, struct err *e)
{
	struct addr addr = { 0 };
	int r;

	if (strcmp(value, "<>") == 0)
		return buf_adds(out, value) == 0 ? 0 : too_long(e);
	r = addr_parse_one(&addr, value, strlen(value), e);
	if (r == 0 && (addr.domain == NULL || addr_path(out, &addr) == -1))
		r = -1;
	addr_free(&addr);
	return r == 0 ? 0 : err_set(e, ERR_CONFIG, "want an address, "
	    "user@domain, or <> or off");
}

int
value_priority(struct buf *out, const char *value, struct err *e)
{
	long long v;

	if (str_number(value, -9, 9, &v) == -1 ||
	    buf_addf(out, "%lld", v) == -1)
		return err_set(e, ERR_CONFIG, "want off, or a number from -9 "
		    "to 9");
	return 0;
}

/* by-value = ["-" / "+"] 1*9DIGIT ";" ( "N" / "R" ) [ "T" ], where ";R" may be
 * left out here. */
int
value_deliver_by(struct buf *out, const char *value, struct err *e)
{
	static const struct { const char *written, *mode; long long min; }
	    modes[] = {
		{ "", "R", 1 }, { ";R", "R", 1 }, { ";RT", "RT", 1 },
		{ ";N", "N", -SECONDS_MAX }, { ";NT", "NT", -SECONDS_MAX },
	};
	const char *s = value[0] == '+' && str_digit(value[1]) ? value + 1 :
	    value;
	size_t i, n = strcspn(s, ";");
	char number[NUMBER_ROOM];
	long long v;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (str_same(s + n, modes[i].written))
			break;
	if (i < sizeof(modes) / sizeof(modes[0]) && n < sizeof(number)) {
		memcpy(number, s, n);
		number[n] = '\0';
		if (str_number(number, modes[i].min, SECONDS_MAX, &v) == 0 &&
		    buf_addf(out, "%lld;%s", v, modes[i].mode) == 0)
			return 0;
	}
	return err_set(e, ERR_CONFIG, "want off, or SECONDS[;R] of at least 1 "
	    "(then it is returned), or SECONDS;N (then you are told), each "
	    "with a T behind to have it traced; at most nine digits");
}

int
value_command(struct buf *out, const char *value, struct err *e)
{
	static const struct argv_value any[] = { { 'h', "h" }, { 'p', "1" } };
	struct argv words = ARGV_INIT;
	int r = argv_split(&words, value, e);

	if (r == 0)
		r = argv_expand(&words, any, sizeof(any) / sizeof(any[0]), e);
	argv_free(&words);
	if (r == 0 && buf_adds(out, value) == -1)
		return err_set(e, ERR_CONFIG, "too long");
	return r;
}

int
value_hold_for(struct buf *out, const char *value, struct err *e)
{
	long long v;

	if (str_number(value, 1, SECONDS_MAX, &v) == -1 ||
	    buf_addf(out, "%lld", v) == -1)
		return err_set(e, ERR_CONFIG, "want off, or a number of "
		    "seconds from 1 to %d", SECONDS_MAX);
	return 0;
}

int
value_hold_until(struct buf *out, const char *value, struct err *e)
{
	if (moment_utc(out, value) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "want off, or a time such as "
	    "2030-12-31T08:00:00Z, ...+01:00, or in local time 2030-12-31 "
	    "08:00");
}

/* Append hex digits, colons apart.  Returns how many there are; 0 when there is
 * anything else. */
static size_t
add_hex(struct buf *out, const char *s, size_t n)
{
	size_t i, digits = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == ':' && digits % 2 == 0 && digits > 0)
			continue;
		if (str_hex(s[i]) == -1 ||
		    buf_addc(out, str_lower(s[i])) == -1)
			return 0;
		digits++;
	}
	return digits;
}

static int
no_fingerprint(size_t digits, struct err *e)
{
	const char *old = digits == 40 ? "SHA-1" : digits == 32 ? "MD5" : NULL;

	if (old == NULL)
		err_set(e, ERR_CONFIG, "want the SHA-256 of a certificate, "
		    "64 hexadecimal digits, or pin-sha256:BASE64");
	else
		err_set(e, ERR_CONFIG, "%s can be forged; want the SHA-256 of "
		    "the certificate", old);
	return err_suffix(e, "; posthorn --serverinfo shows it where this line "
	    "is not there");
}

static int
is_pin(const char *s, size_t n)
{
	struct buf digest = BUF_MAX(SHA256_OCTETS);
	int r = n == SHA256_BASE64 && base64_read(&digest, s, n) == 0 &&
	    digest.len == SHA256_OCTETS;

	buf_free(&digest);
	return r;
}

static int
add_fingerprint(struct buf *out, const char *s, size_t n, struct err *e)
{
	static const char hex[] = "sha256:", pin[] = "pin-sha256:";
	size_t digits;

	if (str_begins(s, n, pin)) {
		s += strlen(pin);
		n -= strlen(pin);
		if (!is_pin(s, n))
			return no_fingerprint(0, e);
		return buf_adds(out, pin) == 0 && buf_add(out, s, n) == 0 ?
		    0 : too_long(e);
	}
	if (str_begins(s, n, hex)) {
		s += strlen(hex);
		n -= strlen(hex);
	}
	if (buf_adds(out, hex) == -1)
		return too_long(e);
	digits = add_hex(out, s, n);
	return digits == SHA256_HEX ? 0 : no_fingerprint(digits, e);
}

/* The next word; what openssl x509 -fingerprint says before one belongs to it,
 * though there is a blank in it. */
static size_t
fingerprint_word(const char **p, const char *end, const char **word)
{
	static const char said[] = "sha256 Fingerprint=";
	size_t n = conflex_word(p, end, BETWEEN, word);
	const char *start = *word;

	if (!str_begins(start, (size_t)(end - start), said))
		return n;
	*p = start + strlen(said);
	n = conflex_word(p, end, BETWEEN, word);
	if (n > 0)
		return n;
	*word = start;			/* no fingerprint behind it */
	return strlen(said);
}

int
value_fingerprints(struct buf *out, const char *value, struct err *e)
{
	const char *p = value, *word, *end = value + strlen(value);
	size_t n, start = out->len;

	while ((n = fingerprint_word(&p, end, &word)) > 0)
		if (next(out, start) == -1)
			return too_long(e);
		else if (add_fingerprint(out, word, n, e) == -1)
			return -1;
	return out->len > start ? 0 : no_fingerprint(0, e);
}

/* One that is relative would be another file in every folder. */
int
value_secret_file(struct buf *out, const char *value, struct err *e)
{
	char *path = file_home(value);
	const char *p;
	int r = -1;

	for (p = path; (unsigned char)*p >= 0x20 && *p != 0x7f; p++)
		;
	if (*p != '\0')
		err_set(e, ERR_CONFIG, "there is a control character in it");
	else if (path[0] != '/' && (strchr(path, '/') != NULL ||
	    strcmp(path, ".") == 0 || strcmp(path, "..") == 0))
		err_set(e, ERR_CONFIG, "want an absolute path, one that begins "
		    "with ~/, or a name without a slash");
	else
		r = buf_adds(out, path) == 0 ? 0 : too_long(e);
	mem_wipe(path);
	return r;
}

/*
 * A URI stays as it is.  RFC 7512 2.4 lets one tell the PIN, or where that is;
 * but it is shown in errors, and the PIN would be tried until the token locks.
 */
int
value_key_place(struct buf *out, const char *value, struct err *e)
{
	static const char *const pins[] = { "pin-value=", "pin-source=",
	    "pinfile=" };
	char *path = file_home(value);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(pins) / sizeof(pins[0]); i++)
		if (str_begins(value, strlen(value), "pkcs11:") &&
		    strstr(value, pins[i]) != NULL)
			r = err_set(e, ERR_CONFIG, "take %s out of it, and "
			    "write: tls_key_password PIN, or "
			    "tls_key_passwordeval COMMAND", pins[i]);
	if (r == 0 && buf_adds(out, path) == -1)
		r = too_long(e);
	mem_wipe(path);
	return r;
}

/* As a shell can set it (POSIX.1-2017, Base Definitions 3.235). */
int
value_variable(struct buf *out, const char *value, struct err *e)
{
	const char *p = value;

	if (value[0] == '$')
		return err_set(e, ERR_CONFIG, "want the name of a variable, "
		    "without the $");
	while (str_alnum(*p) || *p == '_')
		p++;
	if (*p != '\0' || p == value || str_digit(value[0]))
		return err_set(e, ERR_CONFIG, "want the name of a variable, "
		    "not what is in it");
	return buf_adds(out, value) == 0 ? 0 : too_long(e);
}
