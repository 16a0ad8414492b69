/*
 * bearer.h - the two logins by a token that libgsasl has not: OAUTHBEARER
 * (RFC 7628), and XOAUTH2, which came before it.
 *
 * What they say and are told is clear text here; base64 is the caller's.
 */
#ifndef SMTP_BEARER_H
#define SMTP_BEARER_H

#include "base/buf.h"
#include "base/err.h"

struct bearer {
	int		 xoauth2;	/* or else OAUTHBEARER */
	const char	*user;		/* or NULL, for OAUTHBEARER */
	const char	*host;		/* the server, or NULL */
	unsigned	 port;		/* or 0 */
	const char	*token;
};

/*
 * Append what we say first.  Returns 0, or -1 with *e set to ERR_CONFIG when
 * the token cannot be one (RFC 6750 2.1), or the user's name has a control
 * character in it; nothing is appended then.
 */
int	 bearer_first(const struct bearer *, struct buf *out, struct err *e);
/*
 * A challenge after that says why the token is not taken, and wants an answer
 * before the refusal comes (RFC 7628 3.2.3).  Appends that answer, and to why,
 * for people, what the server says and what to do about it; where it repeats
 * the token it has said nothing.
 */
void	 bearer_denied(const struct bearer *, const char *json, size_t n,
	    struct buf *answer, struct buf *why);

#endif
