/*
 * identity.h - who we say we are: envelope sender, EHLO name, Message-ID host.
 */
#ifndef APP_IDENTITY_H
#define APP_IDENTITY_H

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"

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
 * name if it has one, else the literal of the address that fd is bound to.
 */
void	 identity_helo(struct buf *, const struct account *, int fd);
/* The right-hand side of a Message-ID: the sender's domain, or the host's. */
void	 identity_msgid_host(struct buf *, const char *sender);

#endif
