#include "unit.h"

#include <time.h>

#include "base/buf.h"
#include "base/str.h"
#include "net/gnu.h"
#include "net/verdict.h"

#define DAY	(24 * 3600)

/* As much of a certificate as has times, in days from now. */
static void
make(struct buf *b, int from, int to)
{
	char one[32], two[32];
	time_t t = time(NULL) + from * DAY;

	strftime(one, sizeof(one), "%y%m%d%H%M%SZ", gmtime(&t));
	t = time(NULL) + to * DAY;
	strftime(two, sizeof(two), "%y%m%d%H%M%SZ", gmtime(&t));
	buf_clear(b);
	buf_add(b, LIT("\x30\x2b\x30\x29\x02\1\1\x30\0\x30\0\x30\x1e"));
	buf_addf(b, "\x17\x0d%s\x17\x0d%s", one, two);
	buf_add(b, LIT("\x30\0"));
}

#define FINE	{ { -9, 9 }, { -9, 9 } }
#define PIN	"pin-sha256:AAAA"

static const struct row {
	const char	*name;
	enum verdict	 verdict;
	const char	*want[4];
	int		 days[2][2];	/* of two certificates */
	struct verdict_facts f;		/* what else is known */
} rows[] = {
	{ "unknown signer", VERDICT_SIGNER, { "signed by CN=a CA, whom this "
	    "system does not trust; ", "\"tls_trust_file FILE\"",
	    "\"tls_fingerprint " PIN "\"", "\"tls_trust tofu\"" }, FINE,
	    { .n = 2 } },
	{ "unknown to a file", VERDICT_SIGNER, { "signed by CN=a CA, "
	    "whom /x/ca.pem does not trust; " }, FINE,
	    { .n = 2, .trust = "/x/ca.pem" } },
	{ "nothing in between", VERDICT_SIGNER, { "does not trust, or the "
	    "server does not send the certificates in between; " }, FINE,
	    { .n = 1 } },
	{ "self-signed", VERDICT_SELF, { "self-signed: signed by CN=a CA, "
	    "whom this system does not trust", "\"tls_fingerprint " PIN "\"",
	    "\"tls_trust tofu\"", "\"tls_trust_file FILE\"" }, FINE,
	    { .n = 1 } },
	{ "signed by who is no CA", VERDICT_NO_CA, { "signed by CN=a CA, "
	    "who is no CA", "may be forged", "nothing was sent" }, FINE,
	    { .n = 2 } },
	{ "a wrong signature", VERDICT_FORGED, { "a signature in the chain is "
	    "wrong", "nothing was sent" }, FINE, { .n = 2 } },
	{ "name constraints", VERDICT_LIMITS, { "may not, such as this name "
	    "(name constraints)", "nothing was sent" }, FINE, { .n = 2 } },
	{ "expired", VERDICT_EXPIRED, { "the certificate expired on 2",
	    "the server needs a new one", "this clock" },
	    { { -9, -2 }, { -9, 9 } }, { .n = 2 } },
	{ "both expired", VERDICT_EXPIRED, { "the certificate expired on 2" },
	    { { -9, -2 }, { -9, -2 } }, { .n = 2 } },
	{ "an intermediate expired", VERDICT_EXPIRED, { "a certificate "
	    "between the server's and its CA's expired on 2", "the server "
	    "needs" }, { { -9, 9 }, { -9, -2 } }, { .n = 2 } },
	{ "the CA's expired", VERDICT_EXPIRED, { "a CA certificate that "
	    "this system trusts has expired", "replace it" }, FINE,
	    { .n = 2 } },
	{ "the CA's expired in a file", VERDICT_EXPIRED, { "a CA certificate "
	    "that /x/ca.pem trusts has expired" }, FINE,
	    { .n = 2, .trust = "/x/ca.pem" } },
	{ "not yet valid", VERDICT_EARLY, { "the certificate becomes valid "
	    "only on 2", "this clock is wrong" }, { { 2, 9 }, { -9, 9 } },
	    { .n = 2 } },
	{ "an intermediate is not yet valid", VERDICT_EARLY, { "between the "
	    "server's and its CA's becomes valid only on 2" },
	    { { -9, 9 }, { 2, 9 } }, { .n = 2 } },
	{ "the CA's is not yet valid", VERDICT_EARLY, { "trusts is not yet "
	    "valid" }, FINE, { .n = 2 } },
	{ "another name", VERDICT_NAME, { "is for *.a.example, b.example, not "
	    "for mail.example.org; ", "\"tls_host_override b.example\"" },
	    FINE, { .n = 2 } },
	{ "not for servers", VERDICT_PURPOSE, { "not one for servers" }, FINE,
	    { .n = 2 } },
	{ "revoked by a list", VERDICT_REVOKED, { "the certificate of the "
	    "server was revoked on 2001-09-09 01:46 UTC by its CA, as a list "
	    "in /x/crl.pem says; the server needs a new one" }, FINE,
	    { .n = 2, .crl = "/x/crl.pem", .since = 1000000000 } },
	{ "an intermediate was revoked", VERDICT_REVOKED, { "the certificate "
	    "of CN=inter was revoked by its CA, as a list in /x/crl.pem" },
	    FINE, { .n = 2, .crl = "/x/crl.pem", .since = -1,
	    .who = "CN=inter" } },
	{ "revoked by what was stapled", VERDICT_REVOKED, { "was revoked on "
	    "2001-09-09 01:46 UTC by its CA, as the server has stapled to it "
	    "(OCSP)" }, FINE, { .n = 2, .stapled = 1, .since = 1000000000 } },
	{ "weak", VERDICT_WEAK, { "the certificate of the server is too weak, "
	    "with a key of RSA, 1024 bits: it takes RSA of 2048 bits",
	    "\"tls_fingerprint " PIN "\"" }, FINE,
	    { .n = 2, .weak = "a key of RSA, 1024 bits" } },
	{ "another's is weak", VERDICT_WEAK, { "the certificate of a trusted "
	    "CA is too weak: it takes" }, FINE,
	    { .n = 2, .who = "a trusted CA" } },
	{ "an old staple", VERDICT_OLD_STAPLE, { "stapled to its certificate "
	    "(OCSP) is too old: expired on Monday", "fetch a new one" }, FINE,
	    { .n = 2, .staple = "expired on Monday" } },
	{ "a bad staple", VERDICT_BAD_STAPLE, { "is not the word of the CA" },
	    FINE, { .n = 2 } },
	{ "no staple", VERDICT_NO_STAPLE, { "must-staple", "has stapled is: "
	    "none;", "nothing was sent", "needs OCSP stapling" }, FINE,
	    { .n = 2, .staple = "none" } },
	{ "something else", VERDICT_OTHER, { "does not verify (status "
	    "0x2002)" }, FINE, { .n = 2 } },
};

static void
explain(const struct row *r, const struct tls_cert *cert, const char *signer,
    struct err *e)
{
	struct buf der[2] = { BUF_MAX(256), BUF_MAX(256) };
	struct verdict_facts f = r->f;
	struct x509_der chain[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		make(&der[i], r->days[i][0], r->days[i][1]);
		chain[i] = (struct x509_der){ (unsigned char *)der[i].data,
		    der[i].len };
	}
	f.name = "mail.example.org";
	f.cert = cert;
	f.signer = signer;
	f.chain = chain;
	f.status = 0x2002;
	assert_int_equal(verdict_explain(e, r->verdict, &f), -1);
	assert_int_equal(e->kind, ERR_PROTOCOL);
	for (i = 0; i < 2; i++)
		buf_free(&der[i]);
}

static void
test_text(void **state)
{
	const struct row *r = *state;
	const struct tls_cert cert = { .names = "*.a.example, b.example",
	    .pin = PIN };
	struct err e = ERR_INIT;
	size_t i;

	explain(r, &cert, "CN=a CA", &e);
	for (i = 0; i < COUNT(r->want) && r->want[i] != NULL; i++)
		if (strstr(e.text, r->want[i]) == NULL)
			fail_msg("%s", e.text);
	assert_non_null(strstr(e.text, " (asked for mail.example.org; "));
}

/* Whatever a certificate says, the line has an end, and the remedy is in. */
static void
test_long(void **state)
{
	const struct row *r = *state;
	struct row bare = *r;
	struct tls_cert cert = { .pin = "pin-sha256:"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
	char name[513];
	struct err e = ERR_INIT;

	memset(name, 'n', sizeof(name));
	memcpy(name + 89, "\xc3\xa9\xc3\xa9", 4);
	name[512] = '\0';
	memcpy(cert.names, name, sizeof(cert.names) - 1);
	if (bare.f.trust != NULL)
		bare.f.trust = name;
	if (bare.f.crl != NULL)
		bare.f.crl = name;
	if (bare.f.who != NULL)
		bare.f.who = name;
	explain(&bare, &cert, name, &e);
	assert_true(strlen(e.text) < 700);
	assert_true(str_utf8(e.text, strlen(e.text)));
	assert_string_equal(e.text + strlen(e.text) - 1, ")");
}

int
main(void)
{
	struct err e = ERR_INIT;

	if (gnu_open(&e) == -1)
		return 99;
	UNIT_ROWS(rows, test_text);
	UNIT_ROWS(rows, test_long);
	return unit_run("verdict");
}
