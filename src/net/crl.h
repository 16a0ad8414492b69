/*
 * crl.h - certificates that their CAs have revoked: lists in a file, PEM.
 *
 * Of those in the file the lists count whose issuer has issued one of the
 * chain.  GnuTLS alone would take any list at its word: here it has to be
 * signed by that issuer, and not to be too old, for who can keep a new one from
 * arriving, or write one, could have a revoked certificate pass.  And it has to
 * be whole: one of some certificates, or of what has changed (RFC 5280 5.2.4,
 * 5.2.5), says nothing of the others, however new it is.
 */
#ifndef NET_CRL_H
#define NET_CRL_H

#include <stdint.h>

#include "net/gnu.h"
#include "net/issuers.h"

struct crl {
	gnutls_x509_crl_t	*list;		/* owned */
	unsigned		 n;
	int64_t			 until;		/* when the first of those that
						 * count is too old */
};

/*
 * Read the file, and have GnuTLS heed in cred what it says of chain, n
 * certificates in DER; issuers were gathered from that.  Returns 0, or -1 with
 * *e set to ERR_CONFIG when it cannot be read or holds no list, or one that
 * matters is not its issuer's, not whole, too old or not yet valid.  Call
 * crl_free() in any case.
 */
int	 crl_heed(struct crl *, const char *path,
	    gnutls_certificate_credentials_t cred,
	    const struct x509_der *chain, size_t n, const struct issuers *,
	    struct err *e);
/* Since when that certificate is revoked, or 0 when it is not. */
int64_t	 crl_revoked(const struct crl *, gnutls_x509_crt_t,
	    const struct x509_der *issuer);
void	 crl_free(struct crl *);

#endif
