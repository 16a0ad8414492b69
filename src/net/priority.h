/*
 * priority.h - which TLS is good enough: versions, algorithms, keys.
 *
 * By default what GnuTLS offers, from TLS 1.2 on (RFC 8996), and certificates
 * with keys of 112 bits of strength, RSA of 2048 that is, where GnuTLS alone
 * would take 80.  Whoever writes tls_priorities may say otherwise of all but
 * the version: that is tls_min_version's.
 */
#ifndef NET_PRIORITY_H
#define NET_PRIORITY_H

#include "net/gnu.h"
#include "net/tls.h"

/* Returns 0, or -1 with *e set to ERR_CONFIG. */
int	 priority_set(gnutls_session_t, const struct tls_params *,
	    struct err *e);
/* Returns -1, always, with *e set to ERR_PROTOCOL: the server has said that it
 * speaks none of the versions. */
int	 priority_refused(const struct tls_params *, struct err *e);
/* Returns -1, always, with *e set to ERR_CONFIG: no version is left, as may
 * turn out in the handshake only. */
int	 priority_nothing(const struct tls_params *, struct err *e);
/* After the handshake.  Returns 0, or -1 with *e set to ERR_PROTOCOL when the
 * version is less than that. */
int	 priority_check(gnutls_session_t, const struct tls_params *,
	    struct err *e);

#endif
