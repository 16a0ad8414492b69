/*
 * holders.h - which multiparts and messages hold something binary, and so must
 * be labelled binary themselves (RFC 2045 6.4).
 *
 * That is known only when what they hold has been seen, and their headers have
 * gone by then: one walk finds them, the next one labels them.
 */
#ifndef MAIL_HOLDERS_H
#define MAIL_HOLDERS_H

#include <sys/types.h>

#include "base/buf.h"

#define HOLDERS_MAX	4096	/* open at a time, and found; more keep the
				 * labels that they have */
#define HOLDERS_TOP	(-1)	/* where the message's own header is */

struct holder {
	off_t	 start;		/* of its header in the body */
	size_t	 depth;		/* multiparts around it */
};

struct holders {
	struct buf	 open;		/* of struct holder, outermost first */
	struct buf	 found;		/* in the order in which they start */
	size_t		 next;		/* of those found, to be asked for */
};

#define HOLDERS_INIT	{ \
	.open = BUF_MAX(HOLDERS_MAX * sizeof(struct holder)), \
	.found = BUF_MAX(HOLDERS_MAX * sizeof(struct holder)) }

/* One whose label is another begins. */
void	 holders_enter(struct holders *, off_t start, size_t depth);
/* A delimiter of the multipart at this level, from 1, ends what is in it. */
void	 holders_leave(struct holders *, size_t level);
/* Something binary is here: in all that are open. */
void	 holders_mark(struct holders *);
/* The next walk begins. */
void	 holders_rewind(struct holders *);
/* In that: was the one that begins here found?  To be asked in the
 * order in which they begin. */
int	 holders_take(struct holders *, off_t start);
/* Are there any that have not been asked for? */
int	 holders_left(const struct holders *);
void	 holders_free(struct holders *);	/* none are known then */

#endif
