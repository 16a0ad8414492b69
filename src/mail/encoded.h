/*
 * encoded.h - encoded-words of RFC 2047: 8-bit text in a header of ASCII.
 *
 * Each word has at most 75 octets and whole characters where the text is UTF-8,
 * and no line gets over 76 columns for it.  A whole text is in Q or in B,
 * whichever is shorter.  The charset is that of charset_of().
 */
#ifndef MAIL_ENCODED_H
#define MAIL_ENCODED_H

#include <stddef.h>

#include "base/buf.h"

#define ENCODED_MAX	75	/* octets of a word, RFC 2047 2 */

/* Where it stands: what Q leaves as it is depends on that (RFC 2047 5). */
enum encoded_in { ENCODED_TEXT, ENCODED_COMMENT, ENCODED_PHRASE };

/*
 * Append text[0..n) as words with folds between them.  Line ends must not be in
 * it.  The last line of b counts for the width, with before columns in front of
 * its first.  When nothing fits on that line it is folded where its white space
 * at the end begins, else where it ends: that must be a place for a fold.
 * Returns as buf_add().
 */
int	 encoded_add(struct buf *b, size_t before, enum encoded_in,
	    const char *text, size_t n);
/* Is this an encoded-word, over-long or not? */
int	 encoded_is(const char *, size_t n);
/* Append what an encoded-word in UTF-8 or US-ASCII stands for.  Returns 0, or
 * -1 when it is not one, and b may hold a part of it. */
int	 encoded_read(struct buf *, const char *word, size_t n);

#endif
