/*
 * job.h - everything that one submission is made of, up to the connection.
 */
#ifndef APP_JOB_H
#define APP_JOB_H

#include <signal.h>

#include "app/cli.h"
#include "app/local.h"
#include "config/config.h"
#include "mail/envelope.h"
#include "mail/message.h"

struct job {
	const struct cli	*cli;		/* borrowed */
	const volatile sig_atomic_t *stop;	/* a signal came; or NULL */
	struct config		 config;
	struct account		*account;	/* owned: with overrides */
	struct message		 msg;
	struct envelope		 env;
	struct local		 local;		/* aliases and the like */
	struct buf		 sender;	/* reverse-path; "" is null */
	enum err_kind		 bad;		/* worst of those refused */
	int			 read;		/* there is a message */
};

#define JOB_INIT(c, flag) { .cli = (c), .stop = (flag), \
	.env = ENVELOPE_INIT, .sender = BUF_MAX(4096) }

/* Read the configuration that the command line names or goes without.  Returns
 * as config_load(). */
int	 job_load(struct config *, const struct cli *, struct err *e);
/* Put on an account what the command line sets, and what follows from all of
 * it.  Returns 0, or -1 with *e set. */
int	 job_settle(struct account *, const struct cli *, struct err *e);
/* Is it there only for others to inherit?  It leads nowhere, there are others,
 * and nobody has named it. */
int	 job_is_parent(const struct cli *, const struct config *,
	    const struct account *);
/*
 * Read the configuration and the message, choose the account, find sender and
 * recipients.  Recipients that cannot be are refused by name, on stderr.
 * Returns 0, or -1 with *e set.
 */
int	 job_prepare(struct job *, struct err *e);
/* Only read the configuration and take the account of that name; without one
 * it is `account default`, or the only one.  Returns 0, or -1 with *e set. */
int	 job_account(struct job *, const char *name, struct err *e);
/* Append the address that the message is from, as far as it has a say in the
 * choice of an account; nothing if it has none. */
void	 job_from(const struct job *, struct buf *);
void	 job_free(struct job *);

#endif
