/*
 * parts.h - a walk through the tree of MIME parts that writes a new body in
 * which each part fits the wire (RFC 2046).
 *
 * The old body is read once, and what is re-encoded two times more.  Nothing
 * of the message is changed.
 */
#ifndef MAIL_PARTS_H
#define MAIL_PARTS_H

#include "base/err.h"
#include "mail/draft.h"
#include "mail/field.h"
#include "mail/scan.h"

struct parts {
	const struct header *header;	/* the message's; borrowed */
	int		 eightbit;	/* 8-bit text may stay */
	int		 utf8;		/* in part headers too (SMTPUTF8) */
	struct scan	 scan;		/* of the old body */
	struct draft	 draft;		/* the new one */
	off_t		 done;		/* in the old: what lies before is
					 * written, or left out */
	const char	*label;		/* the encoding that the message's
					 * header must name; NULL: as it is */
	int		 encoded;	/* the body is one leaf, now encoded */
};

void	 parts_init(struct parts *, const struct header *, struct spill *);
/* Returns 0, or -1 with *e set: ERR_DATA when a part can neither go as it is
 * nor be changed, or ERR_IO. */
int	 parts_walk(struct parts *, struct err *e);
void	 parts_free(struct parts *);

#endif
