/*
 * body.h - a message in the form that follows DATA (RFC 5321 4.5.2), or BDAT
 * (RFC 3030 2), which takes it as it is.
 */
#ifndef SMTP_BODY_H
#define SMTP_BODY_H

#include <stddef.h>

#include "base/buf.h"

struct body {
	int	 chunk;			/* for BDAT */
	int	 in_line;		/* the last octet was no line end */
};

/* Append n octets, CRLF in them as line ends, with a dot before each dot that
 * begins a line, unless for BDAT, where they may be in out's own room.  At most
 * 2n octets are added.  Returns as buf_add(). */
int	 body_add(struct body *, struct buf *out, const char *, size_t n);
/* Append what ends the message: a CRLF if one is missing, and the dot; for
 * BDAT nothing, for its end was announced. */
int	 body_end(struct body *, struct buf *out);

#endif
