/*
 * local.h - recipients that are this machine's own, and who they stand for.
 *
 * A bare name, or one at localhost, at the host's name (in full or its first
 * label) or at its mail name, may have an alias.  What is left without a
 * domain that others know gets `default_domain`, or is refused: nothing is
 * guessed.  `default:` among the aliases is for names without a domain, or one
 * without a dot: any other may be the domain of a whole organisation.
 */
#ifndef APP_LOCAL_H
#define APP_LOCAL_H

#include "base/err.h"
#include "config/account.h"
#include "config/alias.h"
#include "mail/addr.h"

enum local_kind {
	LOCAL_NOT,			/* somebody else's domain */
	LOCAL_BARE,			/* no domain */
	LOCAL_LOOPBACK,			/* localhost: no server knows it */
	LOCAL_HOST,			/* only this machine is called that */
	LOCAL_MAILNAME
};

struct local_names {
	const char	*host, *mailname;	/* borrowed; "" if unknown */
	const char	*(*canonical)(void);	/* may ask the DNS: called only
						 * for what begins like host */
};

struct local {
	const struct account	*account;	/* borrowed */
	struct local_names	 names;
	struct aliases		 aliases;
	enum { LOCAL_UNREAD, LOCAL_READ, LOCAL_UNFIT } state;
	struct err		 why;		/* unfit */
};

/* Somebody the message goes to; or, with why, who does not get it. */
struct local_target {
	char		*path;		/* SMTP form, or NULL; owned */
	char		*text;		/* as the alias has it, or NULL if there
					 * was none; owned */
	char		*why;		/* owned */
	enum err_kind	 kind;
};

struct local_answer {
	char			*alias;	/* "FILE:LINE" of it, or NULL; owned */
	struct local_target	*target;	/* in order; owned */
	size_t			 n, room;
};

/* What the domain of an address (case apart), or NULL, is to this machine. */
enum local_kind	 local_kind(const char *domain, const struct local_names *);
/*
 * Begin; the aliases are read when they are first needed.  *l is fit for
 * local_free() also on failure.  Returns 0, or -1 with *e set to ERR_CONFIG
 * when the account names a file of aliases that is not there.
 */
int	 local_open(struct local *l, const struct account *,
	    const struct local_names *, struct err *e);
/* What becomes of an address (one that is bad, too).  *r is emptied first; it
 * was zeroed once.  There is at least one target. */
void	 local_find(struct local *, const struct addr *,
	    struct local_answer *r);
void	 local_answer_free(struct local_answer *);	/* empties */
void	 local_free(struct local *);

#endif
