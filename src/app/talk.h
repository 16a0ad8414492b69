/*
 * talk.h - one connection to one place: connect, TLS, login, the message.
 */
#ifndef APP_TALK_H
#define APP_TALK_H

#include <stdint.h>

#include "app/deliver.h"
#include "app/route.h"
#include "base/buf.h"

#define TALK_PASSWORD_MAX	(64 * 1024)

/* The password, fetched once and only when a mechanism needs it. */
struct secret {
	const struct account	*account;	/* borrowed */
	int64_t			 deadline;	/* of the whole attempt */
	const volatile sig_atomic_t *stop;
	struct buf		 word;
	int			 known;
	int			 failed;	/* no host is to blame */
};

struct talk {
	struct delivery		*d;		/* what is to be said, and what
						 * came of it; borrowed */
	const struct place	*place;		/* borrowed */
	struct secret		*secret;	/* borrowed */
	int64_t			 deadline;	/* for all of it, clock_ms() */
	int			 more;		/* see session.h, and for the */
	size_t			 rcpt_max;	/* next connection, this */
};

/* When connecting, the TLS handshake or a look-up has taken too long, if it
 * begins now. */
int64_t	 talk_patience(const struct account *, int64_t deadline);
/* Returns 0 when the session ended in good order, else -1 with d->err set;
 * what became of each recipient is in env. */
int	 talk(struct talk *, struct envelope *env, struct message *msg);

#endif
