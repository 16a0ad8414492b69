/*
 * draft.h - a new body while it is written, and its facts.
 *
 * It is made from an old one, front to back: what is not written anew is kept
 * or skipped.
 */
#ifndef MAIL_DRAFT_H
#define MAIL_DRAFT_H

#include "base/err.h"
#include "mail/facts.h"
#include "mail/spill.h"

struct draft {
	struct spill	 body;
	struct facts	 facts;
	struct spill	*old;		/* borrowed */
	off_t		 done;		/* in the old: what lies before is
					 * kept, or skipped */
};

void	 draft_init(struct draft *, struct spill *old);
/* Append text in wire form.  Returns 0, or -1 with *e set (ERR_IO). */
int	 draft_add(struct draft *, const char *, size_t n, struct err *e);
/* What the old body has up to there, and is not yet dealt with, goes as it is.
 * Returns 0, or -1 with *e set (ERR_IO). */
int	 draft_keep_to(struct draft *, off_t, struct err *e);
/* The same does not go. */
void	 draft_skip_to(struct draft *, off_t);
/* Is nothing written or skipped yet? */
int	 draft_untouched(const struct draft *);
void	 draft_free(struct draft *);

#endif
