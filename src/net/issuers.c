#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/issuers.h"

#define ISSUERS_MAX	1024	/* a system may trust some hundred */
#define CHAIN_MAX	64

static int
add_chain(struct issuers *s, const struct x509_der *chain, size_t n)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t der;

	for (; n > 0; n--, chain++) {
		der = (gnutls_datum_t){ (unsigned char *)(uintptr_t)chain->p,
		    (unsigned)chain->len };
		if (call(x509_crt_init)(&crt) < 0)
			return -1;
		s->crt[s->n++] = crt;
		if (call(x509_crt_import)(crt, &der, GNUTLS_X509_FMT_DER) < 0)
			return -1;
	}
	return 0;
}

static void
add_trusted(struct issuers *s, gnutls_certificate_credentials_t cred)
{
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_trust_list_t list;
	gnutls_x509_crt_t crt;

	rare(certificate_get_trust_list)(cred, &list);
	while (s->n < ISSUERS_MAX &&
	    rare(x509_trust_list_iter_get_ca)(list, &iter, &crt) == 0)
		s->crt[s->n++] = crt;
	rare(x509_trust_list_iter_deinit)(iter);
}

int
issuers_gather(struct issuers *s, gnutls_certificate_credentials_t cred,
    const struct x509_der *chain, size_t n)
{
	*s = (struct issuers){ .crt = mem_new(ISSUERS_MAX, sizeof(*s->crt)) };
	if (n > CHAIN_MAX || add_chain(s, chain, n) == -1)
		return -1;
	add_trusted(s, cred);
	return 0;
}

int
issuers_signed(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
	unsigned status = 0;

	return rare(x509_crt_check_issuer)(crt, issuer) &&
	    rare(x509_crt_verify)(crt, &issuer, 1,
	    GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status) >= 0 && status == 0;
}

void
issuers_free(struct issuers *s)
{
	while (s->n > 0)
		call(x509_crt_deinit)(s->crt[--s->n]);
	free(s->crt);
	s->crt = NULL;
}
