/*
 * rewrite.h - To and Cc as aliases and a default domain have made them.
 *
 * Who stands for an address is the caller's to say.  What is not replaced stays
 * byte for byte: fields, members, groups, comments and folds.  A display name,
 * or an old-style one in a comment, is kept where one address takes the place
 * of one.
 */
#ifndef MAIL_REWRITE_H
#define MAIL_REWRITE_H

#include "base/buf.h"
#include "mail/addr.h"
#include "mail/field.h"

enum rewrite_as {
	REWRITE_STAY,
	REWRITE_ADDRESSES,		/* to: in SMTP form, LF after each */
	REWRITE_NAME			/* nobody gets it: only shown, as the
					 * name of a group without members */
};

/* What takes the place of an address.  `to` is empty before. */
typedef enum rewrite_as rewrite_find(void *ctx, const struct addr *,
	    struct buf *to);

struct rewrite {
	rewrite_find	*find;
	void		*ctx;		/* borrowed */
	int		 signed_too;	/* also what a DKIM-Signature covers */
};

/* Rewrite To, Cc, Resent-To and Resent-Cc.  A field that would be over 16 MiB
 * stays as it is. */
void	 rewrite_apply(struct header *, const struct rewrite *);
/*
 * Append a field's body (as field_body() gives it), rewritten, to out; column
 * is where its first line begins.  No line that fits in 998 octets becomes
 * one that does not.  Returns 1 when something was replaced, 0 when nothing
 * was, or -1 past the limit of out; out is as it was unless 1.
 */
int	 rewrite_body(struct buf *out, const char *body, size_t n,
	    size_t column, const struct rewrite *);

#endif
