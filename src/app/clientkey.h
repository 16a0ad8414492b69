/*
 * clientkey.h - what opens the key of our certificate: a PIN or a passphrase.
 *
 * From where the configuration says, else from a person.  A token locks itself
 * after a few wrong PINs.  So what is configured is tried once in all, and not
 * at all when a wrong one would be the last: a person may then go on.
 */
#ifndef APP_CLIENTKEY_H
#define APP_CLIENTKEY_H

#include <signal.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"

#define CLIENTKEY_MAX	1024

struct clientkey {
	const struct account	*account;	/* borrowed */
	int64_t			 deadline;	/* of the whole attempt */
	const volatile sig_atomic_t *stop;	/* or NULL */
	struct buf		 word;		/* the last one */
	int			 known;		/* nothing speaks against it */
	int			 stale;		/* what was tried first */
	int			 failed;	/* no host is to blame */
};

/* Fits tls_params.pin with a struct clientkey.  Returns 0, or -1 with *e
 * set. */
int	 clientkey_pin(void *, const char *what, unsigned how, struct buf *,
	    struct err *e);

#endif
