/*
 * verdict.h - what to say of a certificate that is not good enough.
 *
 * One reason, and what can be done about it by who reads it.
 */
#ifndef NET_VERDICT_H
#define NET_VERDICT_H

#include <stddef.h>

#include "base/err.h"
#include "net/x509.h"

enum verdict {
	VERDICT_SIGNER,		/* nobody who is trusted has signed it */
	VERDICT_NO_CA,		/* who has signed it may not */
	VERDICT_EXPIRED,
	VERDICT_EARLY,		/* not yet valid */
	VERDICT_NAME,		/* for somebody else */
	VERDICT_PURPOSE,	/* for something else */
	VERDICT_REVOKED,
	VERDICT_WEAK,		/* a signature that anybody could make */
	VERDICT_OTHER
};

struct verdict_facts {
	const char		*name;		/* that it should be for */
	const char		*trust;		/* where from; NULL: system */
	const char		*names;		/* that it is for, shown */
	const char		*signer;	/* the same of who signed it */
	const struct x509_der	*chain;		/* as the server sent it */
	size_t			 n;
	unsigned		 status;	/* GnuTLS's, for the others */
};

/* Returns -1, always, with *e set to ERR_PROTOCOL. */
int	 verdict_explain(struct err *e, enum verdict,
	    const struct verdict_facts *);

#endif
