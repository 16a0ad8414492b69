/*
 * told.h - the secrets that a server was told, and their crossing out in what
 * it says: some servers echo what they refuse.
 *
 * A secret is known as it is, in hexadecimal digits, URL-encoded, and in base64
 * wherever it may lie in that; a response as it travels.  Neither case nor line
 * ends within hide it, and of a long one, a token, its beginning is enough.
 *
 * Not known is what is no more than TOLD_LEAST octets, a password that is cut
 * short or has been changed in another way, and a token without its beginning.
 */
#ifndef SMTP_TOLD_H
#define SMTP_TOLD_H

#include <stddef.h>

#include "base/buf.h"

#define TOLD_LEAST	3		/* so few are in too many words */
#define TOLD_PART	4096		/* of a secret: what is shown of a line
					 * is less */
#define TOLD_SHARE	16
#define TOLD_MAX	(64 * TOLD_PART)

struct told {
	struct buf	 words;		/* a NUL after each */
	struct buf	 inner;		/* the same of those that are known by
					 * their middle, in base64 */
};

#define TOLD_INIT	{ BUF_SECRET(TOLD_MAX), BUF_SECRET(TOLD_MAX) }

/* A response, as it travels. */
void	 told_response(struct told *, const char *);
/* A password or token, in all its forms. */
void	 told_secret(struct told *, const char *, size_t n);
/* Make stars of what repeats any of them in text[0..n).  Returns how many
 * times it did. */
size_t	 told_cross_out(const struct told *, char *text, size_t n);
/* Does text[0..n) have TOLD_SHARE octets in a row of any of them, or all of one
 * that is shorter?  For what may be withheld as a whole. */
int	 told_shares(const struct told *, const char *text, size_t n);
void	 told_free(struct told *);

#endif
