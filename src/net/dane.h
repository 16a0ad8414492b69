/*
 * dane.h - what the DNS says of a server's certificate, signed (RFC 6698).
 *
 * By GnuTLS's DANE library, loaded at the first use, which validates with
 * libunbound from the root's key on: no name server is believed.  It asks for
 * _PORT._tcp.NAME, and what that leads to; that NAME itself may be an alias
 * (RFC 7671 7) is not looked at.
 */
#ifndef NET_DANE_H
#define NET_DANE_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"
#include "net/tlsa.h"

/* Is it in this program at all? */
int	 dane_is_built(void);
/*
 * The records for that server, added to set.  Returns 0 when there are some
 * that can be used, else -1 with *e set: ERR_UNAVAIL when DNSSEC cannot be had
 * here, ERR_PROTOCOL when there are none that nobody can have altered, ERR_TEMP
 * when the DNS does not answer, ERR_CONFIG when name is an address.
 */
int	 dane_find(struct tlsa_set *, const char *name, unsigned port,
	    int64_t deadline, const volatile sig_atomic_t *stop,
	    struct err *e);

#endif
