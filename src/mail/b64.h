/*
 * b64.h - a body in base64 (RFC 2045 6.8): lines of 76, piece by piece.
 */
#ifndef MAIL_B64_H
#define MAIL_B64_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define B64_LINE_MAX	76

struct b64 {
	int	 coded;		/* the text is base64 already: it is laid in
				 * new lines, and what is not of the alphabet
				 * is left out, as readers do */
	size_t	 column;	/* of the line being written */
};

/*
 * Append the encoded octets to out, whose limit must allow for B64_ROOM(n).
 * Returns how many were taken: all when they are the last, else whole lines.
 */
#define B64_ROOM(n)	(2 * (n) + 16)
size_t	 b64_encode(struct b64 *, const char *, size_t n, int last,
	    struct buf *out);
/* End the last line, so that the text may stand alone. */
void	 b64_end(struct b64 *, struct buf *out);
/* What n octets become, without the end of the last line. */
uint64_t b64_length(uint64_t n);

#endif
