/*
 * cred.h - where a password comes from, or a passphrase.
 *
 * The sources are asked in the order of enum cred_source.  The first three and
 * `keyring on` are somebody's wish: what fails there is an error.  The others
 * are looked at as far as they are there.
 */
#ifndef CRED_CRED_H
#define CRED_CRED_H

#include <signal.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum cred_source {
	CRED_NONE,
	CRED_CONFIG,			/* written down as it is */
	CRED_EVAL,			/* a command */
	CRED_FILE,
	CRED_ENV,			/* a variable */
	CRED_KEYRING,
	CRED_NETRC,
	CRED_ASKPASS,			/* a window */
	CRED_TERMINAL
};

enum cred_keyring { CRED_KEYRING_OFF, CRED_KEYRING_AUTO, CRED_KEYRING_ON };

/* Who answered; or, after a failure, who failed. */
struct cred_found {
	enum cred_source source;
	char		 where[256];	/* "~/.netrc:3"; or "" */
};

struct cred_params {
	const char	*password;	/* as configured, or NULL */
	const char	*passwordeval;	/* a shell command, or NULL */
	const char	*password_file;	/* a path; or a name, below where
					 * secrets are mounted; or NULL */
	const char	*password_env;	/* a variable, or NULL */
	enum cred_keyring keyring;
	int		 netrc;		/* look into netrc files */
	const char	*prefix;	/* of those keywords, in errors; NULL:
					 * none */
	const char	*what;		/* is asked for, when it is not the
					 * password of user at host; or NULL */
	const char	*account;	/* for people */
	const char	*user;		/* these two NULL: not known */
	const char	*host;
	unsigned	 port;		/* 0: any */
	int64_t		 deadline;	/* of helpers, clock_ms() */
	const volatile sig_atomic_t *stop;	/* the same; or NULL */
	/* Ask a person.  Returns 1, 0 when there is nobody at a terminal, or
	 * -1 with *e set.  NULL: nobody is there. */
	int		(*ask)(void *arg, const struct cred_params *,
			    struct buf *, struct err *);
	int		(*at_terminal)(void *arg);	/* could it?  or NULL */
	void		*arg;
	struct cred_found *found;	/* is filled; or NULL */
};

/*
 * Append the password to out.  Of what a helper says it is the first line,
 * without its end.  Returns 0, or -1 with *e set: ERR_TEMP when a helper fails
 * or says nothing (it may heal), ERR_UNAVAIL when a wanted library is missing,
 * else ERR_CONFIG, also when no source has it: then *e names them all.
 */
int	 cred_password(const struct cred_params *, struct buf *out,
	    struct err *e);
/* Append what a person is to be asked: "password for USER at HOST: ". */
void	 cred_prompt(const struct cred_params *, struct buf *);
/*
 * Keep the password of user at host in the keyring, instead of one that we have
 * put there before.  Returns 0, or -1 with *e set: ERR_UNAVAIL when there is no
 * keyring, ERR_TEMP when it is locked.
 */
int	 cred_store(const struct cred_params *, const char *password,
	    struct err *e);

#endif
