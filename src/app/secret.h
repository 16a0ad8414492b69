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
#include "config/config.h"
#include "cred/cred.h"

#define SECRET_MAX	(64 * 1024)

struct secret {
	const struct account	*account;	/* borrowed */
	int64_t			 deadline;	/* of the whole attempt */
	const volatile sig_atomic_t *stop;	/* or NULL */
	struct buf		 word;
	int			 known;
	int			 failed;	/* no host is to blame */
	struct cred_found	 found;		/* where it is from */
};

/*
 * The password, fetched when it is first wanted; it stays ours.  Fits
 * sasl_params.ask with a struct secret.  Returns 0, or -1 with *e set.
 */
int	 secret_fetch(void *, const char **password, struct err *e);
/* Say in an error about a login that was refused where the password is from,
 * and what is to be done about it. */
void	 secret_advise(const struct secret *, struct err *e);
/* The sources of an account's password; host is where its host's name goes. */
void	 secret_sources(const struct account *, struct cred_params *,
	    char *host, size_t size);
/* Is one of those in the account that are asked before all others? */
int	 secret_is_configured(const struct account *);
/* Hide from helpers the variables in which accounts have their passwords; and
 * wipe what was kept of them. */
void	 secret_hide(const struct config *);
void	 secret_hide_of(const struct account *);
void	 secret_forget(void);

#endif
