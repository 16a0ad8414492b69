#include <stdio.h>
#include <string.h>

#include "net/blame.h"
#include "net/cert.h"
#include "net/verdict.h"

/* Whose word it is, of those that the bits of the status stand for. */
static enum verdict
reason(unsigned status)
{
	static const struct {
		unsigned	 bit;
		enum verdict	 verdict;
	} reasons[] = {
		{ GNUTLS_CERT_REVOKED, VERDICT_REVOKED },
		{ GNUTLS_CERT_SIGNER_NOT_FOUND, VERDICT_SIGNER },
		{ GNUTLS_CERT_SIGNER_NOT_CA, VERDICT_NO_CA },
		{ GNUTLS_CERT_SIGNATURE_FAILURE, VERDICT_FORGED },
		{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, VERDICT_LIMITS },
		{ GNUTLS_CERT_EXPIRED, VERDICT_EXPIRED },
		{ GNUTLS_CERT_NOT_ACTIVATED, VERDICT_EARLY },
		{ GNUTLS_CERT_UNEXPECTED_OWNER, VERDICT_NAME },
		{ GNUTLS_CERT_PURPOSE_MISMATCH, VERDICT_PURPOSE },
		{ GNUTLS_CERT_INSECURE_ALGORITHM, VERDICT_WEAK },
		{ GNUTLS_CERT_MISSING_OCSP_STATUS, VERDICT_NO_STAPLE },
		{ GNUTLS_CERT_INVALID_OCSP_STATUS, VERDICT_BAD_STAPLE },
		{ GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED, VERDICT_OLD_STAPLE },
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (status & reasons[i].bit)
			return reasons[i].verdict;
	return VERDICT_OTHER;
}

/* The chain's last issuer that it does not show itself. */
static void
find_signer(const struct blame *b, struct tls_cert *last)
{
	struct x509 at, next;
	size_t i, steps, found = 0;

	for (steps = 0; steps < b->n; steps++) {
		if (x509_read(&at, b->chain[found].p, b->chain[found].len) ==
		    -1 || x509_same(&at.issuer, &at.subject))
			break;
		for (i = 0; i < b->n; i++)
			if (x509_read(&next, b->chain[i].p,
			    b->chain[i].len) == 0 &&
			    x509_same(&at.issuer, &next.subject))
				break;
		if (i == b->n)
			break;
		found = i;
	}
	cert_read(last, b->chain[found].p, b->chain[found].len);
}

static int
is_self_signed(const struct x509_der *der)
{
	struct x509 x;

	return x509_read(&x, der->p, der->len) == 0 &&
	    x509_same(&x.issuer, &x.subject);
}

/* What about a certificate is weak, or NULL. */
static const char *
weakness(gnutls_x509_crt_t crt, char *text, size_t size)
{
	unsigned bits = 0;
	int key = rare(x509_crt_get_pk_algorithm)(crt, &bits);
	int sign = rare(x509_crt_get_signature_algorithm)(crt);
	const char *name;

	if (sign >= 0 && !rare(sign_is_secure2)((gnutls_sign_algorithm_t)sign,
	    GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS)) {
		name = rare(sign_get_name)((gnutls_sign_algorithm_t)sign);
		snprintf(text, size, "a signature of %s", name != NULL ? name :
		    "an unknown kind");
		return text;
	}
	if (key < 0 || rare(pk_bits_to_sec_param)((gnutls_pk_algorithm_t)key,
	    bits) >= GNUTLS_SEC_PARAM_MEDIUM)
		return NULL;
	name = rare(pk_algorithm_get_name)((gnutls_pk_algorithm_t)key);
	snprintf(text, size, "a key of %s, %u bits", name != NULL ? name :
	    "an unknown kind", bits);
	return text;
}

/* Which of the chain, or n. */
static size_t
find_weak(const struct blame *b, char *text, size_t size)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (weakness(b->from->crt[i], text, size) != NULL)
			break;
	return i;
}

/* The same, and since when. */
static size_t
find_revoked(const struct blame *b, int64_t *since)
{
	struct x509 x;
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (x509_read(&x, b->chain[i].p, b->chain[i].len) == -1)
			continue;
		*since = crl_revoked(b->crl, b->from->crt[i], &x.issuer);
		if (*since != 0)
			break;
	}
	return i;
}

/* What the facts point to. */
struct notes {
	struct tls_cert	 own, last, culprit;
	char		 staple[96], weak[96];
};

static void
find_culprit(const struct blame *b, enum verdict v, struct verdict_facts *f,
    struct notes *to)
{
	size_t at = 0;

	if (v == VERDICT_REVOKED && b->staple->kind == STAPLE_REVOKED) {
		f->stapled = 1;
		f->since = b->staple->revoked;
	} else if (v == VERDICT_REVOKED) {
		at = find_revoked(b, &f->since);
		f->stapled = at == b->n;	/* to another than its own */
		f->who = at == b->n ? "a CA in between" : NULL;
	} else if (v == VERDICT_WEAK) {
		at = find_weak(b, to->weak, sizeof(to->weak));
		f->weak = at < b->n ? to->weak : NULL;
		f->who = at < b->n ? NULL : b->params->priorities == NULL ?
		    "a trusted CA" : "somebody in the chain";
	}
	if (at > 0 && at < b->n && cert_read(&to->culprit, b->chain[at].p,
	    b->chain[at].len) == 0)
		f->who = to->culprit.subject;
}

int
blame(const struct blame *b, struct err *e)
{
	struct verdict_facts f = { .name = b->params->name != NULL ?
	    b->params->name : "nobody",
	    .trust = b->params->trust_file, .crl = b->params->crl_file,
	    .chain = b->chain, .n = b->n, .status = b->status };
	enum verdict v = reason(b->status);
	struct notes to;

	if (cert_read(&to.own, b->chain[0].p, b->chain[0].len) == -1)
		return err_set(e, ERR_PROTOCOL, "the server showed no "
		    "certificate that can be read");
	find_signer(b, &to.last);
	staple_show(to.staple, sizeof(to.staple), b->staple);
	f.cert = &to.own;
	f.signer = to.last.issuer;
	f.staple = to.staple;
	if (v == VERDICT_SIGNER && is_self_signed(&b->chain[0]))
		v = VERDICT_SELF;
	find_culprit(b, v, &f, &to);
	return verdict_explain(e, v, &f);
}
