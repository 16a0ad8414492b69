/*
 * What an account lacks, and what in it contradicts: account_finish().
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/account.h"
#include "config/conflex.h"
#include "config/keyword.h"
#include "config/moment.h"
#include "config/value.h"

#define PROXY_TEXT_MAX	255		/* RFC 1929 2 */

enum port { PORT_SMTP = 25, PORT_LMTP = 24, PORT_SUBMISSION = 587,
    PORT_SUBMISSIONS = 465 };

static int
is_set(const struct account *a, const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	return k != NULL && a->origin[keyword_index(k)].line > 0;
}

static int
is_of_command_line(const struct account *a, const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	return is_set(a, keyword) &&
	    a->origin[keyword_index(k)].file == NULL;
}

/* An error that begins with where the keyword (or the account) is; what is set
 * on the command line is wrong there. */
static int __attribute__((format(printf, 5, 6)))
fault(const struct account *a, const char *keyword, struct err *e,
    enum err_kind kind, const char *fmt, ...)
{
	char where[ERR_TEXT_MAX / 2], text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (kind == ERR_CONFIG && is_of_command_line(a, keyword))
		kind = ERR_USAGE;
	return err_set(e, kind, "%s: %s",
	    account_origin(a, keyword, where, sizeof(where)), text);
}

/* The value of a keyword that is text, or NULL. */
static const char *
text_of(const struct account *a, const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	return k == NULL ? NULL : *(char *const *)(const void *)
	    ((const char *)a + k->offset);
}

/* There is one way to a server, and one time. */
static const struct clash {
	const char	*one, *other;
} clashes[] = {
	{ "socket", "proxy_host" }, { "connect_command", "proxy_host" },
	{ "socket", "connect_command" }, { "hold_for", "hold_until" },
	{ "tls_fingerprint", "tls_trust" },
};

static int
take_away(struct account *a, const char *keyword, struct err *e)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	a->origin[keyword_index(k)] = (struct origin){ 0 };
	return keyword_set(a, k, "", e);
}

/* The command line wins over what is written; else somebody has to choose. */
static int
settle_clash(struct account *a, const struct clash *c, struct err *e)
{
	int one = is_of_command_line(a, c->one);
	int other = is_of_command_line(a, c->other);
	char where[ERR_TEXT_MAX / 2];

	if (text_of(a, c->one) == NULL || text_of(a, c->other) == NULL)
		return 0;
	if (one != other)
		return take_away(a, one ? c->other : c->one, e);
	if (one)
		return fault(a, c->other, e, ERR_CONFIG, "%s and %s exclude "
		    "each other; give one of them", c->other, c->one);
	return fault(a, c->other, e, ERR_CONFIG, "%s and %s (%s) exclude each "
	    "other; a line \"%s\" without a value takes it away", c->other,
	    c->one, account_origin(a, c->one, where, sizeof(where)), c->other);
}

static int
settle_clashes(struct account *a, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++)
		if (settle_clash(a, &clashes[i], e) == -1)
			return -1;
	return 0;
}

static int
is_lmtp(const struct account *a)
{
	return a->protocol != NULL && strcmp(a->protocol, "lmtp") == 0;
}

/* Port and kind of TLS, each by the other where one is missing. */
static void
finish_port(struct account *a)
{
	if (!a->tls)
		a->tls_starttls = 0;
	if (a->port == 0 && is_lmtp(a))
		a->port = PORT_LMTP;
	if (a->port == 0 && !a->tls)
		a->port = PORT_SMTP;
	if (a->port == 0)
		a->port = a->tls_starttls == 1 ? PORT_SUBMISSION :
		    PORT_SUBMISSIONS;
	if (a->tls_starttls == -1)
		a->tls_starttls = a->port != PORT_SUBMISSIONS;
}

/* Is %h in a connect_command, where %% is a sign of its own? */
static int
wants_host(const char *command)
{
	const char *p = command != NULL ? strchr(command, '%') : NULL;

	for (; p != NULL && p[1] != '\0'; p = strchr(p + 2, '%'))
		if (p[1] == 'h')
			return 1;
	return 0;
}

static int
no_host(const struct account *a, const char *keyword, const char *why,
    struct err *e)
{
	return fault(a, keyword, e, ERR_CONFIG, "%saccount %s has no host; "
	    "write: host NAME", why, str_shown(a->name, strlen(a->name)));
}

/* Who is called, where the host's name is all that there is to go by. */
static int
check_host(const struct account *a, struct err *e)
{
	if (a->host != NULL)
		return 0;
	if (a->socket == NULL && a->connect_command == NULL)
		return no_host(a, "host", "", e);
	if (wants_host(a->connect_command))
		return no_host(a, "connect_command", "connect_command has "
		    "%h in it, and ", e);
	if (a->tls && a->tls_certcheck && a->tls_fingerprint == NULL &&
	    a->tls_host_override == NULL)
		return fault(a, a->socket != NULL ? "socket" :
		    "connect_command", e, ERR_CONFIG, "TLS has no name to "
		    "check the certificate against; write: host NAME, or tls "
		    "off if nobody can listen in");
	return 0;
}

/* Does one of the hosts begin with srv:? */
static int
has_srv(const struct account *a)
{
	const char *p = a->host, *word, *end;
	size_t n;

	if (p == NULL)
		return 0;
	end = p + strlen(p);
	while ((n = conflex_word(&p, end, " ", &word)) > 0)
		if (str_begins(word, n, VALUE_SRV))
			return 1;
	return 0;
}

/* What the hosts cannot be. */
static int
check_hosts(const struct account *a, struct err *e)
{
	if (a->socket != NULL && a->host != NULL &&
	    (strchr(a->host, ' ') != NULL || has_srv(a)))
		return fault(a, "host", e, ERR_CONFIG, "host: with \"socket\" "
		    "it is the name in the server's certificate; write one");
	if (a->proxy_host != NULL && has_srv(a))
		return fault(a, "host", e, ERR_CONFIG, "host: with "
		    "\"proxy_host\" nothing is looked up here, and "
		    VALUE_SRV " would be; write the server's name");
	if (is_lmtp(a) && has_srv(a))
		return fault(a, "host", e, ERR_CONFIG, "host: the DNS does not "
		    "tell of LMTP; write the server's name without "
		    VALUE_SRV);
	if (is_lmtp(a) && a->port == PORT_SMTP && a->socket == NULL)
		return fault(a, "port", e, ERR_CONFIG, "protocol lmtp: port 25 "
		    "is SMTP's (RFC 2033 5); write another port");
	return 0;
}

/* What takes away what a kind of trust is of. */
static int
check_trust(const struct account *a, struct err *e)
{
	if (a->tls_trust == NULL)
		return 0;
	if (!a->tls)
		return fault(a, "tls_trust", e, ERR_CONFIG, "tls_trust %s: "
		    "with \"tls off\" there is no certificate; write: tls on",
		    a->tls_trust);
	if (!a->tls_certcheck)
		return fault(a, "tls_trust", e, ERR_CONFIG, "tls_trust %s: "
		    "with \"tls_certcheck off\" anybody would be trusted; "
		    "write: tls_certcheck on", a->tls_trust);
	return 0;
}

/* RFC 8689 4.2.1: a certificate that was verified.  A key that somebody has
 * said yes to is no less, and neither is a fingerprint. */
static int
check_tls(const struct account *a, struct err *e)
{
	if (!a->tls && a->tls_fingerprint != NULL)
		return fault(a, "tls_fingerprint", e, ERR_CONFIG,
		    "tls_fingerprint: with \"tls off\" there is no "
		    "certificate; write: tls on");
	if (!a->tls && a->requiretls)
		return fault(a, "requiretls", e, ERR_CONFIG, "requiretls: "
		    "\"tls off\" is what it rules out; write: tls on");
	if (a->requiretls && !a->tls_certcheck && a->tls_fingerprint == NULL)
		return fault(a, "requiretls", e, ERR_CONFIG, "requiretls: "
		    "\"tls_certcheck off\" is what it rules out; write: "
		    "tls_certcheck on");
	return 0;
}

/* Who is trusted whatever CAs say is so whatever they have revoked. */
static const char *
without_cas(const struct account *a)
{
	if (a->tls_fingerprint != NULL)
		return "tls_fingerprint";
	if (a->tls_trust != NULL && strcmp(a->tls_trust, "tofu") == 0)
		return "tls_trust";
	return a->tls_certcheck ? NULL : "tls_certcheck";
}

/* Trust that is narrower than by these has to be missed by somebody. */
static int
check_crl(struct account *a, struct err *e)
{
	const char *other = without_cas(a);
	char where[ERR_TEXT_MAX / 2];

	if (!a->tls || a->tls_crl_file == NULL || other == NULL)
		return 0;
	if (is_of_command_line(a, other) &&
	    !is_of_command_line(a, "tls_crl_file"))
		return take_away(a, "tls_crl_file", e);
	return fault(a, "tls_crl_file", e, ERR_CONFIG, "tls_crl_file is of no "
	    "effect with %s (%s): CAs do not count then, nor what they have "
	    "revoked; a line \"tls_crl_file\" without a value takes it away",
	    other, account_origin(a, other, where, sizeof(where)));
}

/* msmtp wants both; a file with a key in it behind the certificate may do. */
static int
check_key(const struct account *a, struct err *e)
{
	if (a->tls_key_file == NULL || a->tls_cert_file != NULL)
		return 0;
	return fault(a, "tls_key_file", e, ERR_CONFIG, "tls_key_file without "
	    "a certificate; write: tls_cert_file FILE");
}

static int
fits_proxy(const struct account *a, const char *keyword, struct err *e)
{
	const char *text = text_of(a, keyword);

	return text == NULL || strlen(text) <= PROXY_TEXT_MAX ? 0 :
	    fault(a, keyword, e, ERR_CONFIG, "%s: over %d octets, which SOCKS "
	    "does not have", keyword, PROXY_TEXT_MAX);
}

/* RFC 1929 2 has no user without a password, nor the other way round. */
static int
check_proxy(const struct account *a, struct err *e)
{
	if (a->proxy_user != NULL && a->proxy_password == NULL)
		return fault(a, "proxy_user", e, ERR_CONFIG, "proxy_user "
		    "without a password; write: proxy_password SECRET");
	if (a->proxy_user == NULL && a->proxy_password != NULL)
		return fault(a, "proxy_password", e, ERR_CONFIG,
		    "proxy_password without a user; write: proxy_user NAME");
	if (fits_proxy(a, "proxy_user", e) == -1 ||
	    fits_proxy(a, "proxy_password", e) == -1)
		return -1;
	return 0;
}

/* A message that was to wait would be on its way at once. */
static int
check_hold(const struct account *a, struct err *e)
{
	if (a->hold_until == NULL || !moment_before(a->hold_until, time(NULL)))
		return 0;
	return fault(a, "hold_until", e, ERR_CONFIG, "hold_until: %s is over; "
	    "take it away, or write a later time", a->hold_until);
}

/* Nor does the server want a name from who shows a certificate or a ticket. */
static int
wants_user(const struct account *a)
{
	static const char *const none[] = { "EXTERNAL", "GSSAPI", "GS2-KRB5",
	    "ANONYMOUS" };
	size_t i;

	for (i = 0; a->auth != NULL && i < sizeof(none) / sizeof(none[0]); i++)
		if (strcmp(a->auth, none[i]) == 0)
			return 0;
	return a->auth != NULL;
}

int
account_finish(struct account *a, struct err *e)
{
	const char *name = str_shown(a->name, strlen(a->name));

	finish_port(a);
	if (a->auth == NULL && a->user != NULL && !is_set(a, "auth"))
		a->auth = mem_str("on");
	if (settle_clashes(a, e) == -1 ||
	    check_host(a, e) == -1 || check_hosts(a, e) == -1 ||
	    check_trust(a, e) == -1 || check_tls(a, e) == -1 ||
	    check_crl(a, e) == -1 || check_key(a, e) == -1 ||
	    check_proxy(a, e) == -1 || check_hold(a, e) == -1)
		return -1;
	if (wants_user(a) && a->user == NULL)
		return fault(a, "auth", e, ERR_CONFIG, "account %s has auth "
		    "and no user; write: user NAME", name);
	return 0;
}
