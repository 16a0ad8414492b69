/*
 * deliver.h - one message to one account's smarthost, or the next of them.
 *
 * Each place is one of route.h's, and each connection one of talk.h's.
 */
#ifndef APP_DELIVER_H
#define APP_DELIVER_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"
#include "config/account.h"
#include "mail/envelope.h"
#include "mail/message.h"

struct watch;

struct delivery {
	const struct account	*account;	/* borrowed */
	const char		*helo;		/* or NULL: found out */
	const char		*notify, *ret, *envid;	/* DSN, or NULL */
	int			 utf8;
	int			 others_refused; /* not in the envelope */
	const volatile sig_atomic_t *stop;	/* a signal came */
	const struct watch	*watch;		/* who looks on; or NULL */

	/* What came of it. */
	char			 where[300];	/* the last place, for people */
	char			 host[256];	/* its host, or "" */
	char			 earlier[600];	/* why those before it did not
						 * do, or "" */
	struct err		 err;		/* of the whole attempt */
	char			 queue_id[512];	/* the servers' */
	char			 reply[256];	/* its last words, escaped */
	int			 code;		/* and their code */
	int			 connected;
	unsigned		 turns;
	int64_t			 ms;
	uint64_t		 size;		/* on the wire */
	char			 altered[256];	/* see fit_altered() */
};

/*
 * Try to submit.  Every recipient of env gets its status; those that nothing
 * is known of stay RCPT_WAITING and d->err says why.  Returns 0 when the
 * session ended in good order, else -1 with d->err set.
 *
 * Without a message, env and msg NULL, each of the account's places is gone to
 * as far as a submission would come before it says MAIL, and d->watch, which
 * must be there, hears of each.  Then d->err is what a submission would end
 * with: where one place hands over to the next, that one counts.
 */
int	 deliver(struct delivery *d, struct envelope *env,
	    struct message *msg);

#endif
