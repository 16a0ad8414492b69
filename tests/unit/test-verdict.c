#include "unit.h"

#include <time.h>

#include "base/buf.h"
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

static const struct row {
	const char	*name;
	enum verdict	 verdict;
	const char	*want[3];
	int		 days[2][2];	/* of two certificates */
	const char	*trust;
} rows[] = {
	{ "unknown signer", VERDICT_SIGNER, { "signed by CN=a CA",
	    "this system does not trust", "tls_trust_file" },
	    { { -9, 9 }, { -9, 9 } }, NULL },
	{ "unknown to a file", VERDICT_SIGNER, { "signed by CN=a CA",
	    "whom /x/ca.pem does not trust" }, { { -9, 9 }, { -9, 9 } },
	    "/x/ca.pem" },
	{ "signed by who is no CA", VERDICT_NO_CA, { "signed by CN=a CA, "
	    "who is no CA", "may be forged", "nothing was sent" },
	    { { -9, 9 }, { -9, 9 } }, NULL },
	{ "expired", VERDICT_EXPIRED, { "the certificate expired on 2",
	    "the server needs a new one", "this clock" },
	    { { -9, -2 }, { -9, 9 } }, NULL },
	{ "both expired", VERDICT_EXPIRED, { "the certificate expired on 2" },
	    { { -9, -2 }, { -9, -2 } }, NULL },
	{ "an intermediate expired", VERDICT_EXPIRED, { "a certificate "
	    "between the server's and its CA's expired on 2", "the server "
	    "needs" }, { { -9, 9 }, { -9, -2 } }, NULL },
	{ "the CA's expired", VERDICT_EXPIRED, { "a CA certificate that "
	    "this system trusts has expired", "replace it" },
	    { { -9, 9 }, { -9, 9 } }, NULL },
	{ "the CA's expired in a file", VERDICT_EXPIRED, { "a CA certificate "
	    "that /x/ca.pem trusts has expired" }, { { -9, 9 }, { -9, 9 } },
	    "/x/ca.pem" },
	{ "not yet valid", VERDICT_EARLY, { "the certificate becomes valid "
	    "only on 2", "this clock is wrong" }, { { 2, 9 }, { -9, 9 } },
	    NULL },
	{ "an intermediate is not yet valid", VERDICT_EARLY, { "between the "
	    "server's and its CA's becomes valid only on 2" },
	    { { -9, 9 }, { 2, 9 } }, NULL },
	{ "the CA's is not yet valid", VERDICT_EARLY, { "trusts is not yet "
	    "valid" }, { { -9, 9 }, { -9, 9 } }, NULL },
	{ "another name", VERDICT_NAME, { "is for a.example, b.example, not "
	    "for mail.example.org", "tls_host_override" },
	    { { -9, 9 }, { -9, 9 } }, NULL },
	{ "not for servers", VERDICT_PURPOSE, { "not one for servers" },
	    { { -9, 9 }, { -9, 9 } }, NULL },
	{ "revoked", VERDICT_REVOKED, { "was revoked" },
	    { { -9, 9 }, { -9, 9 } }, NULL },
	{ "weak", VERDICT_WEAK, { "algorithm that is broken" },
	    { { -9, 9 }, { -9, 9 } }, NULL },
	{ "something else", VERDICT_OTHER, { "does not verify (status "
	    "0x2002)" }, { { -9, 9 }, { -9, 9 } }, NULL },
};

static void
test_text(void **state)
{
	const struct row *r = *state;
	struct buf der[2] = { BUF_MAX(256), BUF_MAX(256) };
	struct x509_der chain[2];
	struct verdict_facts f = { .name = "mail.example.org",
	    .trust = r->trust, .names = "a.example, b.example",
	    .signer = "CN=a CA", .chain = chain, .n = 2, .status = 0x2002 };
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < 2; i++) {
		make(&der[i], r->days[i][0], r->days[i][1]);
		chain[i] = (struct x509_der){ (unsigned char *)der[i].data,
		    der[i].len };
	}
	assert_int_equal(verdict_explain(&e, r->verdict, &f), -1);
	assert_int_equal(e.kind, ERR_PROTOCOL);
	for (i = 0; i < 3 && r->want[i] != NULL; i++)
		if (strstr(e.text, r->want[i]) == NULL)
			fail_msg("%s", e.text);
	assert_true(strstr(e.text, "server needs") == NULL ||
	    strstr(e.text, "CA certificate") == NULL);
	for (i = 0; i < 2; i++)
		buf_free(&der[i]);
}

int
main(void)
{
	UNIT_ROWS(rows, test_text);
	return unit_run("verdict");
}
