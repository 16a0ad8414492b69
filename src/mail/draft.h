/*
 * draft.h - a new body while it is written, and its facts.
 */
#ifndef MAIL_DRAFT_H
#define MAIL_DRAFT_H

#include "base/err.h"
#include "mail/facts.h"
#include "mail/spill.h"

struct draft {
	struct spill	 body;
	struct facts	 facts;
};

void	 draft_init(struct draft *);
/* Append text in wire form, or what the old body has from one offset up to
 * another.  Return 0, or -1 with *e set (ERR_IO). */
int	 draft_add(struct draft *, const char *, size_t n, struct err *e);
int	 draft_copy(struct draft *, struct spill *old, off_t from, off_t to,
	    struct err *e);
void	 draft_free(struct draft *);

#endif
