/*
 * staple.h - what a server has stapled to its certificate: an OCSP response
 * (RFC 6066 8, RFC 6960), by which the CA says that it is not revoked.
 *
 * GnuTLS asks for one and refuses what is revoked, too old, or not the CA's
 * word.  It lets pass a response by any certificate that the server sent along,
 * one that says "unknown", and one from the future: no worse than none at all,
 * but for a certificate that demands one (RFC 7633, "must-staple").  So here
 * the response counts only where the certificate's own issuer vouches for it.
 * GnuTLS also refuses what is good: it does not find an issuer that the
 * response names by its key (4.2.1) and the server does not send.
 */
#ifndef NET_STAPLE_H
#define NET_STAPLE_H

#include <stdint.h>

#include "net/gnu.h"
#include "net/issuers.h"

enum staple_kind {
	STAPLE_NONE,		/* or one that says "try later" */
	STAPLE_BAD,		/* not by the issuer, or of something else */
	STAPLE_REVOKED,
	STAPLE_UNKNOWN,		/* the CA does not know the certificate */
	STAPLE_OLD,
	STAPLE_EARLY,		/* not yet valid */
	STAPLE_GOOD
};

struct staple {
	enum staple_kind kind;
	int64_t		 made;		/* time(2), of all but NONE and BAD */
	int64_t		 until;		/* of GOOD and OLD */
	int64_t		 revoked;	/* since when, of REVOKED; -1: not
					 * told */
};

/* Does it demand one?  Costs next to nothing where it does not; where that
 * cannot be found out it does. */
int	 staple_must(const struct x509_der *cert);
/* What the server has stapled to the i-th certificate of the chain that the
 * issuers were gathered from; its own is the first. */
void	 staple_read(struct staple *, gnutls_session_t,
	    const struct issuers *, unsigned i);
/* Until when the first n of the chain may count as not revoked, by what was
 * stapled to any of them: time(2).  INT64_MAX when nothing was; it is for
 * others to verify that. */
int64_t	 staple_until(gnutls_session_t, unsigned n);
/* What was read, for a person: "good until 2026-01-02 03:04 UTC". */
void	 staple_show(char *text, size_t size, const struct staple *);

#endif
