/*
 * cred.h - where a password comes from.
 *
 * In this order: the configuration, a helper command, a person.
 */
#ifndef CRED_CRED_H
#define CRED_CRED_H

#include <signal.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct cred_params {
	const char	*password;	/* as configured, or NULL */
	const char	*passwordeval;	/* a shell command, or NULL */
	const char	*account;	/* for people */
	const char	*user;
	const char	*host;		/* or NULL */
	int64_t		 deadline;	/* for the command, clock_ms() */
	const volatile sig_atomic_t *stop;	/* the same; or NULL */
	int		(*ask)(void *arg, const struct cred_params *,
			    struct buf *, struct err *);	/* or NULL */
	void		*arg;
};

/*
 * Append the password to out.  Of a command's output it is the first line,
 * without its end.  Returns 0, or -1 with *e set: ERR_TEMP when the command
 * fails or says nothing (it may heal), ERR_CONFIG when there is no source.
 */
int	 cred_password(const struct cred_params *, struct buf *out,
	    struct err *e);

#endif
