/*
 * issuers.h - who may have signed a certificate, or what is said about it.
 *
 * The chain that a server sent and the trusted certificates that were found
 * for it, as GnuTLS wants them: to know whose word on revocation counts.
 */
#ifndef NET_ISSUERS_H
#define NET_ISSUERS_H

#include <stddef.h>

#include "net/gnu.h"
#include "net/x509.h"

struct issuers {
	gnutls_x509_crt_t	*crt;	/* owned; the chain comes first */
	size_t			 n;
};

/*
 * Take chain, n certificates in DER, and what cred trusts; after
 * gnu_open_rare().  Returns 0, or -1 when one of the chain cannot be read.
 * Call issuers_free() in any case.
 */
int	 issuers_gather(struct issuers *, gnutls_certificate_credentials_t,
	    const struct x509_der *chain, size_t n);
/* Is its signature of that certificate's key, whatever the dates? */
int	 issuers_signed(gnutls_x509_crt_t, gnutls_x509_crt_t issuer);
void	 issuers_free(struct issuers *);

#endif
