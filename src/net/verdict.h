/*
 * verdict.h - what to say of a certificate that is not good enough.
 *
 * One reason, what can be done about it by who reads it, in the words of the
 * configuration, and behind it for which name it was asked and the chain.
 */
#ifndef NET_VERDICT_H
#define NET_VERDICT_H

#include <stddef.h>

#include "base/err.h"
#include "net/cert.h"
#include "net/x509.h"

enum verdict {
	VERDICT_REVOKED,
	VERDICT_SELF,		/* nobody else has signed it */
	VERDICT_SIGNER,		/* nobody who is trusted has signed it */
	VERDICT_NO_CA,		/* who has signed it may not */
	VERDICT_FORGED,		/* the signature is wrong */
	VERDICT_LIMITS,		/* a CA may not speak for that name */
	VERDICT_EXPIRED,
	VERDICT_EARLY,		/* not yet valid */
	VERDICT_NAME,		/* for somebody else */
	VERDICT_PURPOSE,	/* for something else */
	VERDICT_WEAK,		/* a key or signature that can be forged */
	VERDICT_OLD_STAPLE,
	VERDICT_BAD_STAPLE,	/* one that is not the CA's word */
	VERDICT_NO_STAPLE,	/* and the certificate demands one */
	VERDICT_OTHER
};

/* Text is escaped already. */
struct verdict_facts {
	const char		*name;		/* that it should be for */
	const char		*trust;		/* where from; NULL: system */
	const char		*crl;		/* tls_crl_file, or NULL */
	const struct tls_cert	*cert;		/* the server's own */
	const char		*signer;	/* the last that is named */
	const char		*who;		/* revoked or weak: whose
						 * certificate; NULL: that */
	const char		*weak;		/* what about it is */
	int			 stapled;	/* revoked: that says so */
	int64_t			 since;		/* revoked; -1: not told */
	const char		*staple;	/* what was stapled */
	const struct x509_der	*chain;		/* as the server sent it */
	size_t			 n;
	unsigned		 status;	/* GnuTLS's, for the others */
};

/* Returns -1, always, with *e set to ERR_PROTOCOL. */
int	 verdict_explain(struct err *e, enum verdict,
	    const struct verdict_facts *);
/* Add the name and the chain to what is said, in some 400 octets at most.
 * Returns -1, always. */
int	 verdict_chain(struct err *e, const char *name,
	    const struct x509_der *chain, size_t n);

#endif
