/*
 * resolve.h - the addresses of a host, before a deadline.
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

#define RESOLVE_MAX	16		/* addresses; more are not tried */

struct resolved {
	struct sockaddr_storage	 addr[RESOLVE_MAX];
	socklen_t		 len[RESOLVE_MAX];
	size_t			 n;
};

/*
 * An address stands for itself, and "localhost" for the loopback addresses
 * (RFC 6761 6.3), without asking anybody; all else is asked of the system.
 * Address families take turns (RFC 8305 4).  Returns 0, or -1 with *e set:
 * ERR_NOHOST when there is no such name, else ERR_TEMP.
 */
int	 resolve(struct resolved *, const char *host, unsigned port,
	    int64_t deadline, const volatile sig_atomic_t *stop,
	    struct err *e);

#endif
