/*
 * ehlo.h - what a server says it can do (RFC 5321 4.1.1.1).
 */
#ifndef SMTP_EHLO_H
#define SMTP_EHLO_H

#include <stdint.h>

#include "base/buf.h"
#include "smtp/reply.h"

enum {
	EHLO_PIPELINING	= 1 << 0,	/* RFC 2920 */
	EHLO_8BITMIME	= 1 << 1,	/* RFC 6152 */
	EHLO_SIZE	= 1 << 2,	/* RFC 1870 */
	EHLO_STARTTLS	= 1 << 3,	/* RFC 3207 */
	EHLO_AUTH	= 1 << 4,	/* RFC 4954 */
	EHLO_DSN	= 1 << 5,	/* RFC 3461 */
	EHLO_SMTPUTF8	= 1 << 6,	/* RFC 6531 */
	EHLO_CHUNKING	= 1 << 7,	/* RFC 3030 */
	EHLO_BINARYMIME	= 1 << 8,	/* RFC 3030 */
	EHLO_ENHANCED	= 1 << 9,	/* RFC 2034 */
	EHLO_LIMITS	= 1 << 10,	/* RFC 9422 */
	EHLO_REQUIRETLS	= 1 << 11,	/* RFC 8689 */
	EHLO_PRIORITY	= 1 << 12,	/* MT-PRIORITY, RFC 6710 */
	EHLO_DELIVERBY	= 1 << 13,	/* RFC 2852 */
	EHLO_HOLD	= 1 << 14	/* FUTURERELEASE, RFC 4865 */
};

struct ehlo {
	unsigned	 can;		/* EHLO_... */
	uint64_t	 size;		/* most octets; 0 is no limit known */
	/* RFC 9422: in a transaction, on a connection; 0 is no limit known. */
	size_t		 rcpt_max, domain_max, mail_max;
	unsigned	 by_min;	/* DELIVERBY: seconds, at least */
	uint64_t	 hold_max;	/* FUTURERELEASE: seconds; 0: unknown */
	char		 hold_until[24]; /* the same as a date, or "" */
	struct buf	 auth;		/* mechanisms, a space before each */
};

#define EHLO_AUTH_MAX	4096
#define EHLO_INIT	{ .auth = BUF_MAX(EHLO_AUTH_MAX) }

/* Read the reply to EHLO; what was known before is forgotten.  Words that we
 * do not know are skipped, and so are bad arguments. */
void	 ehlo_read(struct ehlo *, const struct reply *);
void	 ehlo_clear(struct ehlo *);
void	 ehlo_free(struct ehlo *);

#endif
