/*
 * secret.h - the password of an account, fetched once for all its attempts.
 *
 * Turns the account into cred.h's parameters, and puts into an error what in
 * the configuration is to be looked at.
 */
#ifndef APP_SECRET_H
#define APP_SECRET_H

#include <signal.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"

#define SECRET_MAX	(64 * 1024)

struct secret {
	const struct account	*account;	/* borrowed */
	int64_t			 deadline;	/* of the whole attempt */
	const volatile sig_atomic_t *stop;	/* or NULL */
	struct buf		 word;
	int			 known;
	int			 failed;	/* no host is to blame */
};

/*
 * The password, fetched when it is first wanted; it stays ours.  Fits
 * sasl_params.ask with a struct secret.  Returns 0, or -1 with *e set.
 */
int	 secret_fetch(void *, const char **password, struct err *e);

#endif
