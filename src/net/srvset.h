/*
 * srvset.h - the SRV records of a domain's mail submission, from packets to
 * the order in which servers are to be tried (RFC 2782, 6186, 8314), no I/O.
 */
#ifndef NET_SRVSET_H
#define NET_SRVSET_H

#include <stddef.h>
#include <stdint.h>

#include "net/srv.h"

struct srv_record {
	struct srv_target target;
	unsigned	  priority, weight;
};

struct srv_set {
	struct srv_record record[2 * SRV_MAX];	/* of both services */
	size_t		  n;
	int		  refused;	/* a target "." was there: "decidedly
					 * not available at this domain" */
};

/*
 * Add what is in the answer section of a DNS message, by whatever owner's
 * name (it may be an alias).  tls_at_once says which of the services was asked
 * for.  A target that cannot be a host's name, or has port 0, is left out;
 * when there are more than SRV_MAX of a service, so are those of the greatest
 * priority.  Returns 0, also when there is no such name; or -1: it is no
 * answer, it tells of a failure, or it is broken.
 */
int	 srvset_parse(struct srv_set *, int tls_at_once,
	    const unsigned char *message, size_t len);
/*
 * Bring them in order: by priority, over both services; of the same priority,
 * TLS at once before STARTTLS (RFC 8314 5.1); of the same service, by chance
 * as the weights have it.  pick(n) is a random number below n, such as
 * arc4random_uniform(3).
 */
void	 srvset_order(struct srv_set *, uint32_t (*pick)(uint32_t));

#endif
