/*
 * tlsa.h - TLSA records, and the certificates that they are about (RFC 6698).
 *
 * Where the records come from, and that nobody has altered them, is for others
 * to know: see dane.h.  A record of a kind that is not known counts as none
 * (RFC 7671 4).
 */
#ifndef NET_TLSA_H
#define NET_TLSA_H

#include <stddef.h>

#include "net/gnu.h"

#define TLSA_MAX	32		/* records; more are not looked at */

enum tlsa_usage { TLSA_PKIX_TA, TLSA_PKIX_EE, TLSA_DANE_TA, TLSA_DANE_EE };

struct tlsa {
	unsigned	 usage, selector, match;
	unsigned char	*data;		/* owned */
	size_t		 len;
};

struct tlsa_set {
	struct tlsa	 record[TLSA_MAX];
	size_t		 n;
};

/* A copy of it, if it is of a kind that is known. */
void	 tlsa_add(struct tlsa_set *, unsigned usage, unsigned selector,
	    unsigned match, const void *data, size_t len);
void	 tlsa_free(struct tlsa_set *);
int	 tlsa_has(const struct tlsa_set *, enum tlsa_usage);
/* Is there a record of that usage for this certificate, in DER? */
int	 tlsa_names(const struct tlsa_set *, enum tlsa_usage,
	    const gnutls_datum_t *cert);

struct tlsa_chain {
	const gnutls_datum_t	*der;		/* as the server sent it */
	unsigned		 n;
	const char		*name;		/* that it has to be for */
	gnutls_certificate_credentials_t cred;	/* more authorities, or NULL */
};

/*
 * Does the chain lead to an authority that a record of that usage is for, one
 * of those sent behind the first, one of cred, or one that stands in the record
 * itself, and is it for that name and of today?  Returns 1, or 0; then *status
 * has GnuTLS's bits, or is 0 when there is no such authority.  gnu_open_dane()
 * has to come first.
 */
int	 tlsa_leads(const struct tlsa_set *, enum tlsa_usage,
	    const struct tlsa_chain *, unsigned *status);

#endif
