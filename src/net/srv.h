/*
 * srv.h - the submission servers that a domain names in the DNS (RFC 6186,
 * RFC 8314): _submissions._tcp, TLS at once, and _submission._tcp, STARTTLS.
 */
#ifndef NET_SRV_H
#define NET_SRV_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SRV_MAX		16		/* servers; more are not tried */

struct srv_target {
	char		 host[256];
	unsigned	 port;
	int		 tls_at_once;
};

struct srv {
	struct srv_target target[SRV_MAX];
	size_t		  n;
};

/*
 * Both are asked for at the same time, of the system's name servers; one that
 * does not answer is not waited for much longer than the other.  The targets
 * are in the order in which they are to be tried: see srvset.h.  Nothing
 * vouches for them but the DNS.  Returns 0, and then there is one at least; or
 * -1 with *e set: ERR_NOHOST, the domain names no server; ERR_UNAVAIL, it says
 * that it has none, or this build cannot ask; ERR_TEMP; or ERR_CONFIG, it
 * cannot be a domain.
 */
int	 srv_lookup(struct srv *, const char *domain, int64_t deadline,
	    const volatile sig_atomic_t *stop, struct err *e);

#endif
