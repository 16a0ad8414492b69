/*
 * gap.h - what is before the first part of a multipart and behind the last,
 * made fit for the wire.
 *
 * Nobody is shown it, and no encoding holds there (RFC 2046 5.1.1): what does
 * not fit becomes "?", and lines are cut.
 */
#ifndef MAIL_GAP_H
#define MAIL_GAP_H

#include "mail/draft.h"

struct gap {
	struct spill	*body;		/* borrowed; it is there, in whole */
	off_t		 from, to;	/* lines */
	int		 eightbit;	/* 8-bit text may stay */
};

/* Returns 0, or -1 with *e set (ERR_IO). */
int	 gap_write(const struct gap *, struct draft *, struct err *e);

#endif
