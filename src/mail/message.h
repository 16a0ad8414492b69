/*
 * message.h - a message as it was handed to us, in the form it has on the wire.
 *
 * The input (LF, CRLF or mixed) is read to its end before anything is sent.
 * Header and body are kept with CRLF line ends and without dot-stuffing; facts
 * about them are gathered on the way.  A CR that ends no line becomes a space;
 * a last line without its end gets one.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"
#include "mail/facts.h"
#include "mail/field.h"
#include "mail/spill.h"

#define MESSAGE_HEADER_MAX	(32 * 1024 * 1024)	/* unless told else */
#define MESSAGE_LINE_MAX	998	/* octets, RFC 5322 2.1.1 */

struct message {
	struct header	 header;
	struct spill	 body;		/* what follows the empty line */
	size_t		 longest;	/* longest line of the body, no CRLF */
	uint64_t	 longest_at;	/* its line number, from 1 */
	int		 body_8bit;
	int		 body_nul;
	uint64_t	 cr_first;	/* its line with a stray CR, which was
					 * made a space; 0: none */
	uint64_t	 cr_last;	/* the last of them */
	int		 stray_cr;	/* the same, the header included */
	int		 inline_pgp;	/* text signed or encrypted by PGP */
	int		 dot_line;	/* a body line begins with a dot */
	int		 after_dot;	/* input went on after a lone dot */
	int		 plain_parts;	/* it is known that no header of a part
					 * has 8-bit text to be encoded */
	unsigned	 recoded;	/* so often is the body a new one */
	int		 keep;		/* see message_keep() */
	struct message	*kept;		/* all but the header, as it was; owned;
					 * NULL while the body is the same */
};

struct message_input {
	int		 fd;
	int		 dot_ends;	/* sendmail without -i */
	size_t		 header_max;	/* octets; 0: MESSAGE_HEADER_MAX */
	const volatile sig_atomic_t *stop;	/* as in wait.h */
};

/*
 * Read a message to its end; with dot_ends, a line that is a lone dot
 * is the end too, and the rest is read and dropped.  A
 * leading mbox "From " line (or ">From ") is dropped; a first line that is
 * no field and no continuation begins the body (the header is then empty).
 * Returns 0, or -1 with *e set: ERR_NOINPUT when reading fails, ERR_TEMP when
 * *stop is set before the end, ERR_DATA when the header is over header_max,
 * ERR_IO when it cannot be kept.
 */
int	 message_read(struct message *, const struct message_input *,
	    struct err *e);
/* The body, and what is known of it, is this from now on; `recoded` grows.
 * Takes the octets out of the spill, which is empty then. */
void	 message_set_body(struct message *, struct spill *,
	    const struct facts *);
/*
 * From now on message_reset() has the message as it is now, byte for byte and
 * fact for fact, each time; what was kept before is forgotten.  Costs nothing
 * until the message is changed: then its fields are kept (see field.h), and the
 * body's memory or file is put aside, not copied.  The message owns both forms.
 */
void	 message_keep(struct message *);
void	 message_reset(struct message *);
/* Octets of the message on the wire, dot-stuffing not counted (RFC 1870):
 * header, empty line and body as they are now. */
uint64_t message_size(const struct message *);
/* True when the message as it is now has 8-bit octets, header included. */
int	 message_8bit(const struct message *);
/* True when the body as it is now has a line over MESSAGE_LINE_MAX or a NUL,
 * which BINARYMIME alone carries (RFC 3030 3). */
int	 message_binary(const struct message *);
/*
 * May it go as it is, with a body that may be binary or not?  Returns 0, or -1
 * with *e set to ERR_DATA and the line that is too long, or the NUL.
 */
int	 message_fit(const struct message *, int binary, struct err *e);
void	 message_free(struct message *);

/*
 * The message in wire form as a stream: header, CRLF, body.
 */
struct message_reader {
	struct message	*msg;		/* borrowed */
	size_t		 field, at;	/* next byte of the header */
	off_t		 offset;	/* next byte of the body */
	int		 part;		/* header, empty line, body, end */
};

void	 message_rewind(struct message_reader *, struct message *);
/* Up to n of the next bytes.  Returns how many, 0 at the end, or -1 with *e
 * set to ERR_IO. */
ssize_t	 message_next(struct message_reader *, char *p, size_t n,
	    struct err *e);

#endif
