/*
 * blame.h - what is wrong with a chain that GnuTLS does not accept, found out
 * for who has to read about it.
 */
#ifndef NET_BLAME_H
#define NET_BLAME_H

#include "net/crl.h"
#include "net/issuers.h"
#include "net/staple.h"
#include "net/tls.h"

struct blame {
	const struct tls_params	*params;
	const struct x509_der	*chain;		/* as the server sent it */
	size_t			 n;
	const struct issuers	*from;		/* gathered of the chain */
	const struct crl	*crl;
	const struct staple	*staple;
	unsigned		 status;	/* GnuTLS's */
};

/* Returns -1, always, with *e set to ERR_PROTOCOL. */
int	 blame(const struct blame *, struct err *e);

#endif
