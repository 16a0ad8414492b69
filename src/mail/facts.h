/*
 * facts.h - what must be known of a text before it is sent: its longest line,
 * 8-bit octets, NULs, dots that begin a line.
 *
 * Gathered line by line while the text goes by, in any pieces.  Lines are
 * counted from 1, and 0 is nowhere.
 */
#ifndef MAIL_FACTS_H
#define MAIL_FACTS_H

#include <stddef.h>
#include <stdint.h>

struct facts {
	uint64_t	 lines;		/* complete so far */
	size_t		 len;		/* of the one that is not */
	size_t		 longest;	/* line, without its line end */
	uint64_t	 longest_at;
	uint64_t	 wide_at;	/* the first with 8-bit octets */
	uint64_t	 nul_at;	/* the first with a NUL */
	int		 dot;		/* a line begins with a dot */
	int		 pgp;		/* signed or encrypted inline (RFC 9580
					 * 6.2 and 7) */
};

/* A line without its line end, or with whole unset a part of one. */
void	 facts_line(struct facts *, const char *, size_t n, int whole);
/* A whole line, of which is known that it begins here, and that it has no NUL
 * and no 8-bit octet that would be the first. */
void	 facts_plain_line(struct facts *, const char *, size_t n);
/* The next n octets of a text in wire form: a CR is only before its LF. */
void	 facts_text(struct facts *, const char *, size_t n);

#endif
