/*
 * route.h - where an account's mail may be handed in: one place after another.
 *
 * Names are looked up only when their turn comes.
 */
#ifndef APP_ROUTE_H
#define APP_ROUTE_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"
#include "config/account.h"
#include "net/srv.h"
#include "smtp/session.h"

#define ROUTE_HOST_MAX	256

struct place {
	char		 host[ROUTE_HOST_MAX];	/* to connect to; "" where a
						 * socket or a command has no
						 * need of one */
	unsigned	 port;
	enum session_tls tls;
	char		 name[ROUTE_HOST_MAX];	/* for its certificate; "":
						 * none is known */
	char		 where[300];		/* all that, for people */
	const char	*by_srv;		/* the domain whose records
						 * named it; or NULL */
};

struct route {
	const struct account	*account;	/* borrowed */
	const char		*rest;		/* words of `host` to come */
	char			 domain[ROUTE_HOST_MAX];
	struct srv		 srv;		/* places of that domain */
	size_t			 at;
	int			 begun;
};

void	 route_begin(struct route *, const struct account *);
/* Are there more places, or words of `host` that may lead to some? */
int	 route_more(const struct route *);
/*
 * The next place.  Returns 1, 0 when there is none, or -1 with *e set and
 * p->where filled in when a word of `host` led nowhere: more may come.  The
 * deadline is for looking it up.
 *
 * The names in SRV records come from a DNS that nobody vouches for, so that a
 * certificate must be for the domain itself, or for a place inside it
 * (RFC 6186 6, RFC 7817 3).
 */
int	 route_next(struct route *, struct place *p, int64_t deadline,
	    const volatile sig_atomic_t *stop, struct err *e);

#endif
