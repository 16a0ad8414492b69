/*
 * qp.h - text made quoted-printable (RFC 2045 6.7), piece by piece.
 *
 * CRLF is a line end and stays one; any other CR or LF is encoded.  No line is
 * longer than 76 octets or ends in a blank, none is a lone dot or begins with
 * "From " (RFC 2049 3), and none can be taken for a delimiter.
 */
#ifndef MAIL_QP_H
#define MAIL_QP_H

#include <stddef.h>

#include "base/buf.h"

#define QP_LINE_MAX	76
#define QP_BLANKS_MAX	4096	/* in a row; more do not count as padding */

struct qp {
	int	 part;		/* it stands among delimiters (RFC 2046 5.1) */
	int	 coded;		/* the text is quoted-printable already, or
				 * should be: what is well stays, the rest is
				 * what readers make of it */
	size_t	 column;	/* of the line being written */
};

/*
 * Append the encoded text to out, whose limit must allow for QP_ROOM(n).
 * Returns how much of the n octets was taken: all when they are the last, else
 * a few may have to be seen again with what follows.
 */
#define QP_ROOM(n)	(4 * (n) + 16)
size_t	 qp_encode(struct qp *, const char *, size_t n, int last,
	    struct buf *out);
/* End the last line, so that the text may stand alone. */
void	 qp_end(struct qp *, struct buf *out);

#endif
