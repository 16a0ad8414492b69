/*
 * recode.h - a body made fit for the wire: its MIME parts re-encoded as far as
 * they cannot go as they are (RFC 2045, 2046, 6152).
 *
 * Parts that can go stay byte for byte, and so do preambles, epilogues and
 * delimiters.  multipart/signed and multipart/encrypted are never altered.
 * Memory does not grow with the message.
 */
#ifndef MAIL_RECODE_H
#define MAIL_RECODE_H

#include "base/err.h"
#include "mail/message.h"

struct recode {
	int	 eightbit;	/* the server takes 8-bit text (8BITMIME) */
	int	 utf8;		/* SMTPUTF8: part headers may be UTF-8 */
};

/*
 * Say what the message is, where nothing does: MIME-Version, Content-Type and
 * charset for a body with 8-bit text (RFC 2045 4, 5.2).  Returns 0, or -1 with
 * *e set to ERR_IO (the body is read for its charset).
 */
int	 recode_declare(struct message *, struct err *e);
/* True when the body cannot go as it is. */
int	 recode_needed(const struct message *, const struct recode *);
/*
 * Re-encode what must be; body, facts and MIME fields of the message are then
 * those of the new one.  Returns 0; or -1, and the message is as it was, with
 * *e set: ERR_DATA when that would alter what is signed or encrypted (saying
 * what to change), ERR_IO when the new body cannot be kept.
 */
int	 recode_apply(struct message *, const struct recode *, struct err *e);

#endif
