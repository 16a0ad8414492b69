/*
 * addrfit.h - address fields without 8-bit text: phrases and comments in
 * encoded-words, domains in A-labels.
 *
 * Members of the list without 8-bit text stay byte for byte.  A mailbox whose
 * local part is 8-bit text cannot be written without SMTPUTF8, and only be
 * shown.
 */
#ifndef MAIL_ADDRFIT_H
#define MAIL_ADDRFIT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct addrfit {
	const char	*name;		/* of the field, for people */
	int		 utf8;		/* local parts in UTF-8 stay */
	int		 strict;	/* a mailbox that can only be shown is
					 * an error */
};

/*
 * Append the body of an address field, the beginning of which is in b already.
 * A mailbox that cannot be written becomes an empty group named by it (RFC 6857
 * 3.1.8), or is left out where it is in a group.  A field that is no list, for
 * a quote, comment or bracket stays open, becomes such a group, or the name of
 * the address in brackets at its end.  Returns 0, or -1 with *e set (ERR_DATA,
 * naming field and mailbox) and b as it was, for a mailbox when strict.
 */
int	 addrfit_add(struct buf *b, const struct addrfit *, const char *,
	    size_t n, struct err *e);

#endif
