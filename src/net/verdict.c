#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "net/verdict.h"

#define CHAIN_SHOWN	240	/* octets of the chain's subjects and dates */
#define NAME_SHOWN	90	/* octets of any other name */

/* As much of a name as leaves room for the others; good for a message. */
static const char *
brief(const char *name)
{
	static char ring[8][NAME_SHOWN + 4];
	static unsigned next;
	char *text = ring[next++ % 8];
	size_t n = NAME_SHOWN;

	if (strlen(name) <= NAME_SHOWN)
		return name;
	while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--;
	snprintf(text, NAME_SHOWN + 4, "%.*s...", (int)n, name);
	return text;
}

static const char *
who_trusts(const struct verdict_facts *f)
{
	return f->trust != NULL ? brief(f->trust) : "this system";
}

/* "CN=a, 2026-01-02 to 2026-02-02" */
static void
add_link(struct buf *b, const struct x509_der *der)
{
	char from[64], to[64];
	struct tls_cert c;

	if (cert_read(&c, der->p, der->len) == -1)
		return;
	x509_time(from, sizeof(from), c.not_before);
	x509_time(to, sizeof(to), c.not_after);
	buf_addf(b, "%s%s, %.10s to %.10s", b->len > 0 ? "; " : "",
	    c.subject[0] != '\0' ? brief(c.subject) : "somebody", from, to);
}

int
verdict_chain(struct err *e, const char *name, const struct x509_der *chain,
    size_t n)
{
	struct buf b = BUF_MAX(2 * CHAIN_SHOWN);
	size_t i;

	for (i = 0; i < n && b.len < CHAIN_SHOWN; i++)
		add_link(&b, &chain[i]);
	if (i < n)
		buf_addf(&b, "; %zu more", n - i);
	err_suffix(e, " (asked for %s; shown: %s)", brief(str_shown(name,
	    strlen(name))), buf_str(&b));
	buf_free(&b);
	return -1;
}

static const char *
signer(const struct verdict_facts *f)
{
	return f->signer[0] != '\0' ? brief(f->signer) : "somebody";
}

static int
unknown_signer(struct err *e, const struct verdict_facts *f)
{
	return err_set(e, ERR_PROTOCOL, "the certificate is signed by %s, "
	    "whom %s does not trust%s; if you know it to be right, write "
	    "\"tls_trust_file FILE\" with the certificate of that CA, or "
	    "\"tls_fingerprint %s\", or \"tls_trust tofu\"", signer(f),
	    who_trusts(f), f->n == 1 ? ", or the server does not send the "
	    "certificates in between" : "", f->cert->pin);
}

static int
self_signed(struct err *e, const struct verdict_facts *f)
{
	return err_set(e, ERR_PROTOCOL, "the certificate is self-signed: "
	    "signed by %s, whom %s does not trust; if you know it to be right, "
	    "write \"tls_fingerprint %s\", or \"tls_trust tofu\", or "
	    "\"tls_trust_file FILE\" with that certificate", signer(f),
	    who_trusts(f), f->cert->pin);
}

/* The first certificate that is to blame, or n: then it is a trusted one. */
static size_t
to_blame(const struct verdict_facts *f, int early, int64_t now,
    struct x509 *x)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (x509_read(x, f->chain[i].p, f->chain[i].len) == 0 &&
		    (early ? x->not_before > now : x->not_after < now))
			break;
	return i;
}

static int
wrong_time(struct err *e, int early, const struct verdict_facts *f)
{
	const int64_t now = time(NULL);
	char day[64], today[64];
	struct x509 x;
	size_t i = to_blame(f, early, now, &x);

	x509_time(today, sizeof(today), now);
	if (i == f->n)
		return err_set(e, ERR_PROTOCOL, "a CA certificate that %s "
		    "trusts %s, and it is %s here; replace it, or this clock "
		    "is wrong", who_trusts(f), early ? "is not yet valid" :
		    "has expired", today);
	x509_time(day, sizeof(day), early ? x.not_before : x.not_after);
	return err_set(e, ERR_PROTOCOL, "%s %s on %s, and it is %s here; the "
	    "server needs a new one, or this clock is wrong", i == 0 ?
	    "the certificate" : "a certificate between the server's and its "
	    "CA's", early ? "becomes valid only" : "expired", day, today);
}

static int
expired(struct err *e, const struct verdict_facts *f)
{
	return wrong_time(e, 0, f);
}

static int
too_early(struct err *e, const struct verdict_facts *f)
{
	return wrong_time(e, 1, f);
}

/* Can it stand in a configuration, and name a server? */
static int
is_host(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (str_alnum(p[i]) || strchr("-_.:", p[i]) != NULL))
		i++;
	return n > 0 && i == n;
}

/* The first of its names that can be written as such, to be copied; else NAME,
 * if there is a pattern for one.  Returns 0 when there is none, or that is
 * what was asked for. */
static int
pick_name(char *text, size_t size, const struct verdict_facts *f)
{
	const char *p = f->cert->names;
	const size_t room = sizeof(f->cert->names) - 1;
	int pattern = 0;
	size_t n;

	for (text[0] = '\0'; *p != '\0'; p += n + strspn(p + n, ", ")) {
		n = strcspn(p, ",");
		if (str_same_n(p, n, f->name, strlen(f->name)))
			return 0;
		pattern |= memchr(p, '*', n) != NULL;
		if (text[0] == '\0' && is_host(p, n) &&
		    (size_t)(p - f->cert->names) + n < room)
			snprintf(text, size, "%.*s", (int)n, p);
	}
	if (text[0] == '\0' && pattern)
		snprintf(text, size, "NAME");
	return text[0] != '\0';
}

static int
wrong_name(struct err *e, const struct verdict_facts *f)
{
	const char *names = f->cert->names;
	const char *asked = brief(str_shown(f->name, strlen(f->name)));
	char one[256];

	err_set(e, ERR_PROTOCOL, "the certificate is for %s, not for %s",
	    names[0] != '\0' ? brief(names) : "somebody without a name",
	    asked);
	if (pick_name(one, sizeof(one), f))
		return err_suffix(e, "; if you know that to be the same "
		    "server, write \"tls_host_override %s\"", brief(one));
	if (strstr(names, f->name) != NULL)
		err_suffix(e, " as a server is named: in its list of DNS names "
		    "or of addresses");
	return err_suffix(e, "; if you know it to be right, write "
	    "\"tls_fingerprint %s\", or \"tls_trust tofu\"", f->cert->pin);
}

/* The certificate, or which of those between. */
static const char *
whose(const struct verdict_facts *f)
{
	return f->who != NULL ? brief(f->who) : "the server";
}

static int
revoked(struct err *e, const struct verdict_facts *f)
{
	char day[64] = "";

	if (f->since > 0)
		x509_time(day, sizeof(day), f->since);
	err_set(e, ERR_PROTOCOL, "the certificate of %s was revoked%s%s by its "
	    "CA, ", whose(f), day[0] != '\0' ? " on " : "", day);
	if (f->stapled)
		err_suffix(e, "as the server has stapled to it (OCSP)");
	else
		err_suffix(e, "as a list in %s says", f->crl != NULL ?
		    brief(f->crl) : "tls_crl_file");
	return err_suffix(e, "; the server needs a new one");
}

static int
weak(struct err *e, const struct verdict_facts *f)
{
	return err_set(e, ERR_PROTOCOL, "the certificate of %s is too weak%s%s:"
	    " it takes RSA of 2048 bits or as much, or what \"tls_priorities\""
	    " says, and a signature with SHA-256; the server needs a new one; "
	    "until then \"tls_fingerprint %s\" goes without", whose(f),
	    f->weak != NULL ? ", with " : "", f->weak != NULL ? f->weak : "",
	    f->cert->pin);
}

static int
no_staple(struct err *e, const struct verdict_facts *f)
{
	return err_set(e, ERR_PROTOCOL, "the certificate demands that its CA's "
	    "word on it is stapled to it (OCSP must-staple), and what the "
	    "server has stapled is: %s; it may be revoked, and nothing was "
	    "sent; the server needs OCSP stapling", f->staple);
}

static int
old_staple(struct err *e, const struct verdict_facts *f)
{
	return err_set(e, ERR_PROTOCOL, "what the server has stapled to its "
	    "certificate (OCSP) is too old: %s; the server has to fetch a new "
	    "one, or this clock is wrong", f->staple);
}

static int
other(struct err *e, const struct verdict_facts *f)
{
	return err_set(e, ERR_PROTOCOL, "the certificate does not verify "
	    "(status 0x%x)", f->status);
}

static int
no_ca(struct err *e, const struct verdict_facts *f)
{
	return err_set(e, ERR_PROTOCOL, "the certificate is signed by %s, who "
	    "is no CA: it may be forged, and nothing was sent", signer(f));
}

static const struct {
	int		(*say)(struct err *, const struct verdict_facts *);
	const char	*text;		/* where it is always the same */
} verdicts[] = {
	[VERDICT_REVOKED] = { revoked, NULL },
	[VERDICT_SELF] = { self_signed, NULL },
	[VERDICT_SIGNER] = { unknown_signer, NULL },
	[VERDICT_NO_CA] = { no_ca, NULL },
	[VERDICT_FORGED] = { NULL, "a signature in the chain is wrong: the "
	    "certificate may be forged, and nothing was sent" },
	[VERDICT_LIMITS] = { NULL, "a CA in the chain has signed what it may "
	    "not, such as this name (name constraints): the certificate may be "
	    "forged, and nothing was sent" },
	[VERDICT_EXPIRED] = { expired, NULL },
	[VERDICT_EARLY] = { too_early, NULL },
	[VERDICT_NAME] = { wrong_name, NULL },
	[VERDICT_PURPOSE] = { NULL, "the certificate is not one for servers; "
	    "the server needs another" },
	[VERDICT_WEAK] = { weak, NULL },
	[VERDICT_OLD_STAPLE] = { old_staple, NULL },
	[VERDICT_BAD_STAPLE] = { NULL, "what the server has stapled to its "
	    "certificate (OCSP) is not the word of the CA about it: the "
	    "certificate may be revoked, and nothing was sent; the server has "
	    "to fetch another, or staple none" },
	[VERDICT_NO_STAPLE] = { no_staple, NULL },
	[VERDICT_OTHER] = { other, NULL },
};

int
verdict_explain(struct err *e, enum verdict v, const struct verdict_facts *f)
{
	if (verdicts[v].say != NULL)
		verdicts[v].say(e, f);
	else
		err_set(e, ERR_PROTOCOL, "%s", verdicts[v].text);
	return verdict_chain(e, f->name, f->chain, f->n);
}
