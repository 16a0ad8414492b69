/*
 * mime.h - what a header block says of its body (RFC 2045), as mail has it.
 *
 * Read leniently: any case, comments, folds, missing semicolons, parameters
 * with and without quotes.  Of several fields of a name the first counts.
 */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include "mail/field.h"

#define MIME_VALUE_MAX	1024		/* a longer value is taken as none */

enum mime_coding {
	MIME_UNSAID,		/* no field: 7bit */
	MIME_7BIT,
	MIME_8BIT,
	MIME_BINARY,
	MIME_QP,
	MIME_BASE64,
	MIME_UNKNOWN,		/* no encoding that there is */
	MIME_FOREIGN		/* one that we do not know: x-uuencode */
};

struct mime {
	int		 typed;		/* there is a Content-Type */
	struct buf	 type;		/* "text/plain"; "" if it says none */
	struct buf	 boundary;
	struct buf	 charset;
	enum mime_coding coding;
	struct buf	 encoding;	/* its name, as it stands there */
};

#define MIME_INIT { .type = BUF_MAX(MIME_VALUE_MAX), \
	.boundary = BUF_MAX(MIME_VALUE_MAX), \
	.charset = BUF_MAX(MIME_VALUE_MAX), \
	.encoding = BUF_MAX(MIME_VALUE_MAX) }

void	 mime_read(struct mime *, const struct header *);
void	 mime_free(struct mime *);
/* Is the type that, or for "text/" one of those? */
int	 mime_is(const struct mime *, const char *);
/* Is it text, or says nothing, and names no charset that has 8-bit text?  What
 * is in base64 or in an encoding that we do not know has none that matters. */
int	 mime_lacks_charset(const struct mime *);
/* Set that charset; what else the Content-Type says is kept as far as it can
 * be read, and what has none becomes text/plain. */
void	 mime_set_charset(struct header *, const char *);
/* Set the Content-Transfer-Encoding, in its place or as the last field. */
void	 mime_set_encoding(struct header *, const char *);

#endif
