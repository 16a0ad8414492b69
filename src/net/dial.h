/*
 * dial.h - a TCP connection to a host, or the reason why there is none.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct dial_params {
	const char	*host;
	unsigned	 port;
	const char	*source_ip;	/* to bind to, or NULL */
	int64_t		 deadline;	/* clock_ms(), for all of it */
	const volatile sig_atomic_t *stop;	/* or NULL */
};

/*
 * Connect to the first address that answers; the next one is tried when one
 * fails, or has not answered in 250 ms (RFC 8305 5).  Returns a descriptor
 * that does not block, closed on exec and without Nagle's delay, and in peer
 * the address; or -1 with *e set: ERR_NOHOST, ERR_TEMP, or ERR_CONFIG for a
 * source_ip that is none.
 */
int	 dial(const struct dial_params *, char *peer, size_t size,
	    struct err *e);

#endif
