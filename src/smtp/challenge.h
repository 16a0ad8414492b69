/*
 * challenge.h - what a server's challenge has to be before a library gets to
 * see it.
 */
#ifndef SMTP_CHALLENGE_H
#define SMTP_CHALLENGE_H

#include "base/err.h"
#include "smtp/sasl.h"

/*
 * Append what the challenge (base64) says.  Is it fit for the mechanism?
 * Returns SASL_SOUND, or whose fault it is that it is not, with *e set.
 */
enum sasl_fault	 challenge_read(const struct mech *, const char *challenge,
		    struct buf *text, struct err *e);

#endif
