/*
 * challenge.h - what a server's challenge has to be before a library gets to
 * see it.
 */
#ifndef SMTP_CHALLENGE_H
#define SMTP_CHALLENGE_H

#include "base/err.h"
#include "smtp/sasl.h"

/*
 * What libntlm makes of an account goes into 1024 octets, and what does not fit
 * there is cut or overruns them: the user's name twice and the target's once,
 * all in UTF-16, and 48 octets of proof; or the name and the realm before that,
 * as they are.  Of a password it takes no more than that.
 */
#define NTLM_USER_MAX		116
#define NTLM_REALM_MAX		255
#define NTLM_TARGET_MAX		510	/* octets: a domain in UTF-16 */
#define NTLM_PASSWORD_MAX	128

/*
 * Append what the challenge (base64) says.  Is it fit for the mechanism?
 * Returns SASL_SOUND, or whose fault it is that it is not, with *e set.
 */
enum sasl_fault	 challenge_read(const struct mech *, const char *challenge,
		    struct buf *text, struct err *e);

#endif
