/*
 * fold.h - the lines of a header field, and where they may be folded.
 *
 * A fold is a CRLF before white space; it is put where the field's grammar has
 * white space, and never so that a line has nothing else.
 */
#ifndef MAIL_FOLD_H
#define MAIL_FOLD_H

#include <stddef.h>

#include "base/buf.h"

#define FOLD_WIDTH	76	/* columns, RFC 2047 2 */
#define FOLD_FAR	1000	/* more columns than a line may have */

/* What a field is made of. */
enum fold_of {
	FOLD_TEXT,			/* unstructured: words */
	FOLD_TOKENS,			/* quoted-strings and comments too */
	FOLD_LIST,			/* the same, in members with commas */
	FOLD_PARAMS			/* the same, with semicolons */
};

struct fold {
	enum fold_of	 of;
	int		 encoded;	/* lines with encoded text of over
					 * FOLD_WIDTH are folded as well */
	int		 cut;		/* what has no place for a fold gets
					 * one anyway */
};

/* Columns of the last line of b, its first having before more; FOLD_FAR stands
 * for all above. */
size_t	 fold_column(const struct buf *b, size_t before);
/* Fold the last line of b where the white space at its end begins; where there
 * is none, white space is added.  A line of nothing else stays. */
void	 fold_break(struct buf *b);
/* Append without CRs and LFs. */
void	 fold_undo(struct buf *, const char *, size_t n);
/*
 * Append a whole field with its lines of over MESSAGE_LINE_MAX octets folded.
 * Unfolding gives the same field, but: after a comma or semicolon that
 * separates there may be a blank more, and white space of hundreds of octets
 * may be less (never in text).  A quoted-string is folded only where
 * nothing else helps.  Returns 0, or the octets of a line that could not be.
 */
size_t	 fold_field(struct buf *, const struct fold *, const char *field,
	    size_t n);

#endif
