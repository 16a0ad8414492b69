/*
 * dkim.h - which fields are signed (RFC 6376 3.5), so that they are changed
 * only when there is no other way.
 */
#ifndef MAIL_DKIM_H
#define MAIL_DKIM_H

#include "mail/field.h"

/* Is there a DKIM-Signature? */
int	 dkim_signed(const struct header *);
/* Does a DKIM-Signature name this field in its h= tag?  Case apart. */
int	 dkim_covers(const struct header *, const char *name);
int	 dkim_covers_n(const struct header *, const char *name, size_t n);

#endif
