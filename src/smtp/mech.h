/*
 * mech.h - the SASL mechanisms, what each needs and what it gives away: the
 * one place where they are compared.
 */
#ifndef SMTP_MECH_H
#define SMTP_MECH_H

#include <stddef.h>

#include "base/buf.h"

enum {
	MECH_FIRST	= 1 << 0,	/* the client speaks first */
	MECH_PASSWORD	= 1 << 1,	/* wants it, or a token instead */
	MECH_USER	= 1 << 2,	/* wants a user's name */
	MECH_REVEALS	= 1 << 3,	/* the password, or so much of it that
					 * who listens can find it out */
	MECH_CERTIFICATE = 1 << 4, /* of ours, shown in TLS */
	MECH_BINDING	= 1 << 5,	/* of the TLS channel, RFC 5929, 9266 */
	MECH_KERBEROS	= 1 << 6,	/* a ticket, which libgsasl looks for */
	MECH_NAMED	= 1 << 7,	/* only where the account names it */
	MECH_AUTHZID	= 1 << 8,	/* the user is whom to act as */
	MECH_ROUNDS	= 1 << 9,	/* the server says how many */
	MECH_BINARY	= 1 << 10,	/* challenges are no text */
	MECH_BEARER	= 1 << 11,	/* ours: see bearer.h */
	MECH_NTLM	= 1 << 12	/* has limits: see challenge.h */
};

struct mech {
	const char	*name;
	unsigned	 is;		/* MECH_... */
};

/* Strongest first; NULL past the last. */
const struct mech *mech_at(size_t i);
/* Is the mechanism among these words, spaces between, in any case? */
int	 mech_among(const char *words, const struct mech *);

#define MECH_MAX	32	/* there are fewer */

#endif
