/*
 * headfit.h - a header block made fit for the wire: without 8-bit text, NULs
 * and lines over 998 octets.
 *
 * A field that can go as it is stays byte for byte.  Text becomes encoded-words
 * (RFC 2047) where the grammar has a place for them, parameters take the form
 * of RFC 2231, domains become A-labels, and long lines are folded at white
 * space.  A reader decodes the text that was there.  What is not UTF-8 is taken
 * to be in the locale's charset; a NUL becomes a space.
 */
#ifndef MAIL_HEADFIT_H
#define MAIL_HEADFIT_H

#include "base/err.h"
#include "mail/field.h"

struct headfit {
	int	 utf8;		/* SMTPUTF8 is in use: UTF-8 may stay raw */
	int	 nested;	/* of a part, or of a message in a message: as
				 * good as can be, and never refused */
};

/* Does an address in it go with SMTPUTF8 only (RFC 6531 3.2)? */
int	 headfit_needs_utf8(const struct header *);
/* Does a field hold 8-bit text? */
int	 headfit_8bit(const struct header *);
/*
 * Make every field fit.  An address of a recipient field whose local part needs
 * SMTPUTF8 is shown in the form of RFC 6857 3.1.8, so that the message can go
 * to others.  Returns 0, or -1 with *e set to ERR_DATA, the field named: a line
 * that cannot be folded, an author's address that is none, or (5.6.7) needs
 * SMTPUTF8; fields before it are then fit.  Never fails when nested: such an
 * author is shown too, a line is cut where there is no place for a fold, and a
 * field whose name alone fills a line goes.
 */
int	 headfit_apply(struct header *, const struct headfit *, struct err *e);

#endif
