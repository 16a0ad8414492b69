/*
 * race.h - a TCP connection to whichever address of a host answers first.
 *
 * Happy Eyeballs (RFC 8305): addresses are tried in the system's order, the
 * families taking turns; the next one is tried when one has failed, or has not
 * answered in 250 ms.  Who answers first wins, and the others are closed.
 */
#ifndef NET_RACE_H
#define NET_RACE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct race_params {
	const char	*host;		/* a name or an address */
	unsigned	 port;
	const char	*source_ip;	/* see dial.h; or NULL */
	int64_t		 deadline;	/* clock_ms(), for all of it */
	const volatile sig_atomic_t *stop;	/* or NULL */
	/* Told the addresses that will be tried, commas between them, for
	 * people; or NULL. */
	void		(*found)(void *arg, const char *addresses);
	void		*arg;
};

/*
 * Returns a descriptor that does not block, closed on exec and without
 * Nagle's delay, with the address and port written to peer; or -1 with *e set:
 * ERR_NOHOST, ERR_TEMP, or ERR_CONFIG for a source_ip that is none.
 */
int	 race(const struct race_params *, char *peer, size_t size,
	    struct err *e);

#endif
