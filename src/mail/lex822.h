/*
 * lex822.h - the lexical tokens of RFC 5322 3.2, with UTF-8 (RFC 6532 3.1).
 *
 * A cursor moves over text that is never changed.  Control characters other
 * than white space are in no token: they cannot be sent in an address.
 */
#ifndef MAIL_LEX822_H
#define MAIL_LEX822_H

#include <stddef.h>

#include "base/buf.h"

#define LEX_DEPTH_MAX	50		/* nested comments */

struct lex {
	const char	*p, *end;
	const char	*why;		/* of the last -1, for people; NULL */
};

static inline int
lex_at(const struct lex *l, char c)
{
	return l->p < l->end && *l->p == c;
}

/* atext of RFC 5322 3.2.3 and RFC 6532. */
int	 lex_atext(char);
/*
 * Skip [CFWS].  The content of the last comment, unquoted, as much as it has
 * room for, replaces what is in comment unless that is NULL.  Returns 0, or
 * -1 for a comment that is not closed, nested too deep, or holds a control
 * character.
 */
int	 lex_cfws(struct lex *, struct buf *comment);
/* 1*atext, appended to b.  Returns 0, or -1 if there is none. */
int	 lex_atom(struct lex *, struct buf *b);
/* A quoted-string whose opening quote is at the cursor; its content without
 * quotes and quoted pairs is appended.  Returns 0, or -1 if it is not one. */
int	 lex_quoted(struct lex *, struct buf *b);
/* A domain-literal whose bracket is at the cursor, brackets included, folding
 * white space left out.  Returns 0, or -1 if it is not one. */
int	 lex_literal(struct lex *, struct buf *b);

#endif
