/*
 * challenge.h - what a server's challenge has to be before a library gets to
 * see it.
 */
#ifndef SMTP_CHALLENGE_H
#define SMTP_CHALLENGE_H

#include "base/err.h"
#include "smtp/sasl.h"

/*
 * Is this (base64) fit for the mechanism?  Returns SASL_SOUND, or whose fault
 * it is that it is not, with *e set to ERR_PROTOCOL.
 */
enum sasl_fault	 challenge_check(const struct mech *, const char *challenge,
		    struct err *e);

#endif
