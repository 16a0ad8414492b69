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
#include "mail/holders.h"
#include "mail/scan.h"

/* What holds for all that is in an open multipart. */
struct parts_level {
	const char	*sealed;	/* why it must not be altered; NULL */
	int		 binary;	/* what is between its parts, and if it
				 * is sealed these too, may be binary */
	int		 enclosed;	/* it is in a message in the message */
};

struct parts {
	const struct header *header;	/* the message's; borrowed */
	int		 eightbit;	/* 8-bit text may stay */
	int		 binary;	/* and what is labelled binary */
	int		 utf8;		/* 8-bit text in part headers, too */
	int		 declare;	/* text without a charset gets one */
	int		 label;		/* holders that were found are labelled
				 * now, else found */
	uint64_t	 cr_first;	/* as in struct message */
	uint64_t	 cr_last;
	struct holders	*holders;	/* borrowed */
	struct scan	 scan;		/* of the old body */
	struct parts_level level[SCAN_DEPTH_MAX];	/* as scan.level */
	int		 is_signed;	/* by one with that many around it, and
					 * there are CRs behind its begin */
	size_t		 signed_depth;
	struct draft	 draft;		/* the new one */
	int		 same;		/* no: the old body stays */
	int		 raw;		/* a header of a part has 8-bit text
					 * that SMTPUTF8 alone takes */
	const char	*coding;	/* the encoding that the message's
					 * header must name; NULL: as it is */
	int		 encoded;	/* the body is one leaf, now encoded */
};

void	 parts_init(struct parts *, const struct header *, struct spill *);
/* Returns 0, or -1 with *e set: ERR_DATA when a part can neither go as it is
 * nor be changed, or ERR_IO. */
int	 parts_walk(struct parts *, struct err *e);
void	 parts_free(struct parts *);

#endif
