/*
 * identity.h - who we say we are: envelope sender, EHLO name, Message-ID host.
 */
#ifndef APP_IDENTITY_H
#define APP_IDENTITY_H

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"

/* Put in what %C and %M stand for (config/expand.h): in the patterns of `from`,
 * to choose an account by them.  Nothing is looked up unless %C is there. */
void	 identity_expand_from(struct account *);
/*
 * The same for all of an account that has been chosen.  Returns 0, or -1 with
 * *e set to ERR_CONFIG when `domain` is no name to say EHLO with.
 */
int	 identity_settle(struct account *, struct err *e);
/*
 * The envelope sender in SMTP form: `given` (of -f; "" or "<>" is the null
 * sender; a bare name is qualified) unless the account forbids it, else the
 * account's `from`, else, with auto_from, user@maildomain.  Returns 0, or -1
 * with *e set: ERR_CONFIG when there is none, ERR_DATA when it is no address.
 */
int	 identity_sender(struct buf *, const struct account *,
	    const char *given, struct err *e);
/*
 * The name for EHLO: the account's `domain`, else the host's fully qualified
 * name if it has one and may be told, else the literal of the address that fd
 * is bound to.
 */
void	 identity_helo(struct buf *, const struct account *, int fd);
/*
 * The right-hand side of a Message-ID: the domain of the sender or else of the
 * account's `from`, the host's name if it may be told, the server's.  It is
 * always valid, and never localhost.
 */
void	 identity_msgid_host(struct buf *, const struct account *,
	    const char *sender);
/*
 * Append a domain or address literal as it goes on the wire.  Returns NULL, or
 * why it names no host: it is none, it has an underscore, or it means every
 * machine (localhost).
 */
const char *identity_domain(struct buf *, const char *name);

#endif
