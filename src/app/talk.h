/*
 * talk.h - one connection to one place: connect, TLS, login, the message.
 */
#ifndef APP_TALK_H
#define APP_TALK_H

#include <stdint.h>

#include "app/clientkey.h"
#include "app/deliver.h"
#include "app/route.h"
#include "app/secret.h"
#include "app/tofu.h"
#include "net/dial.h"
#include "net/tls.h"

struct conn;

struct talk {
	struct delivery		*d;		/* what is to be said, and what
						 * came of it; borrowed */
	const struct place	*place;		/* borrowed */
	struct secret		*secret;	/* borrowed */
	struct clientkey	*key;		/* borrowed */
	int64_t			 deadline;	/* for all of it, clock_ms() */
	int			 more;		/* see session.h, and for the */
	size_t			 rcpt_max;	/* next connection, this */
	int			 final;		/* see session_is_final() */
	struct conn		*conn;		/* talk()'s own */
	struct tofu		 tofu;		/* whom we met */
};

/* When connecting, the TLS handshake or a look-up has taken too long, if it
 * begins now. */
int64_t	 talk_patience(const struct account *, int64_t deadline);
/* What the account says of the way there, and of TLS; who calls adds times,
 * signals and whom to ask. */
struct dial_params talk_way(const struct account *, const struct place *);
struct tls_params talk_tls(const struct account *, const struct place *);
int	 talk_is_lmtp(const struct account *);
/* Returns 0 when the session ended in good order, else -1 with d->err set;
 * what became of each recipient is in env.  Without a message, msg and env
 * NULL, it parts when all is ready for one. */
int	 talk(struct talk *, struct envelope *env, struct message *msg);

#endif
