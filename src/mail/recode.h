/*
 * recode.h - a body made fit for the wire: its MIME parts re-encoded as far as
 * they cannot go as they are (RFC 2045, 2046, 3030, 6152).
 *
 * What cannot go is a line over 998 octets, a NUL, and 8-bit text to a server
 * without 8BITMIME.  The parts that have it become quoted-printable or base64,
 * whichever is shorter, and base64 for a NUL; all else stays byte for byte.
 * A part that is encoded already, but badly, keeps its encoding and is encoded
 * well.  multipart/signed and multipart/encrypted are never altered.  Memory
 * does not grow with the message.
 *
 * A part that its author labelled binary stays as it is where the server has
 * BINARYMIME.  "Binary" means long lines and NULs here: line ends are CRLF and
 * stray CRs are spaces since the message was read (message.h).
 */
#ifndef MAIL_RECODE_H
#define MAIL_RECODE_H

#include <signal.h>

#include "base/err.h"
#include "mail/message.h"

struct recode {
	int	 any;		/* no server is known yet: it may be the best,
				 * and parts are told what they are */
	int	 eightbit;	/* the server takes 8-bit text (8BITMIME) */
	int	 binary;	/* and parts labelled binary (BINARYMIME) */
	int	 utf8;		/* SMTPUTF8: part headers may be UTF-8 */
	const volatile sig_atomic_t *stop;	/* as in wait.h */
};

/*
 * Say what a body with 8-bit text is, where nothing does: MIME-Version,
 * Content-Type, Content-Transfer-Encoding, and the charset of a text that has
 * none or a wrong one (RFC 2045 4, 5.2).  What is signed (DKIM) stays.
 * Returns 0, or -1 with *e set to ERR_IO (the body is read for its charset).
 */
int	 recode_declare(struct message *, struct err *e);
/* True when recode_apply() has to look at the body. */
int	 recode_needed(const struct message *, const struct recode *);
/*
 * Re-encode what must be; body, facts and MIME fields of the message are then
 * those of the new one, and `recoded` has grown if the body is new.  With
 * `any`, text in parts gets the charset that it lacks, too; without, what
 * holds something binary is labelled so (RFC 2045 6.4), and 8-bit text in the
 * headers of parts is encoded where utf8 is not set.  Both leave alone what is
 * signed.
 * Returns 0; or -1, and the message is as it was, with *e set: ERR_DATA when
 * that would alter what is signed or encrypted, or with `any` a signature is
 * broken by a stray CR, or a part is in an encoding that we do not know or has
 * parts that cannot be told apart (saying what to change).  After ERR_IO, when
 * the new body cannot be kept, and ERR_TEMP, when *stop is set before it is
 * done, it may have been re-encoded in part.
 */
int	 recode_apply(struct message *, const struct recode *, struct err *e);

#endif
