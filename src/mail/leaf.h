/*
 * leaf.h - one part without parts of its own, encoded for the wire.
 */
#ifndef MAIL_LEAF_H
#define MAIL_LEAF_H

#include <signal.h>

#include "mail/draft.h"
#include "mail/mime.h"

struct leaf {
	struct spill	*body;		/* borrowed; the leaf is there */
	const volatile sig_atomic_t *stop;	/* as in wait.h */
	off_t		 from, to;
	int		 part;		/* within a multipart */
	int		 ends;		/* it ends the body */
	int		 coded;		/* it is encoded already, but badly:
				 * its encoding is made well, not changed */
};

/* Which is shorter, MIME_QP (also when equal) or MIME_BASE64.  Returns 0, or
 * -1 with *e set (ERR_IO). */
int	 leaf_choose(const struct leaf *, enum mime_coding *, struct err *e);
/* Write it in one of the two.  Returns 0, or -1 with *e set (ERR_IO). */
int	 leaf_write(const struct leaf *, enum mime_coding, struct draft *,
	    struct err *e);

#endif
