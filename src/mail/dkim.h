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

#define DKIM_NAMES_MAX	(64 * 1024)	/* octets of names; more are left out */

/* Append the names of all fields that are signed, for many questions. */
void	 dkim_names(const struct header *, struct buf *names);
int	 dkim_lists(const struct buf *names, const char *name, size_t n);

#endif
