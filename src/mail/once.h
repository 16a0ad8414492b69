/*
 * once.h - fields of which a message has one (RFC 5322 3.6).
 *
 * Large providers refuse a message that has two.  A field that a DKIM
 * signature covers is left alone, for the signature would break.  Time is
 * linear in the fields.
 */
#ifndef MAIL_ONCE_H
#define MAIL_ONCE_H

#include "mail/field.h"

/* Does it hold nothing but white space, comments and commas? */
int	 once_empty(const struct field *);
/* Remove all but the first of that name that is not blank. */
void	 once_first(struct header *, const char *name);
/* Remove the empty ones, and make one list of address of the others, where
 * the first is.  What does not parse stays by itself: an open quote would
 * swallow what comes next. */
void	 once_join(struct header *, const char *name);

#endif
