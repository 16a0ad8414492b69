/*
 * resent.h - the fields of those who sent a message on (RFC 5322 3.6.6).
 */
#ifndef MAIL_RESENT_H
#define MAIL_RESENT_H

#include "mail/field.h"

/*
 * The topmost block of Resent- fields is [*first, *end), empty if there is
 * none.  Another field ends it, and so does a name that comes again: it is
 * that of an older resending.  Fields that are gone do not count.
 */
void	 resent_block(const struct header *, size_t *first, size_t *end);

#endif
