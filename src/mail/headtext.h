/*
 * headtext.h - the text in header fields, word by word.
 *
 * Words that cannot go as they are become encoded-words, the others and the
 * white space between them stay byte for byte.  What a reader decodes is the
 * text as it was, also where new words meet those that were there already
 * (RFC 2047 6.2).
 */
#ifndef MAIL_HEADTEXT_H
#define MAIL_HEADTEXT_H

#include "base/buf.h"
#include "mail/encoded.h"

struct headtext {
	enum encoded_in	 in;		/* a comment's text may have quoted
					 * pairs, a phrase quoted-strings */
	int		 all;		/* every word is encoded */
	int		 raw8;		/* 8-bit words stay */
};

/*
 * Append text, the beginning of whose field is in b already.  Words that fit no
 * line are encoded too where it is ENCODED_TEXT.  Returns 1 when an
 * encoded-word was made last, so that white space must follow; else 0.
 */
int	 headtext_add(struct buf *, const struct headtext *, const char *,
	    size_t n);
/* Append [CFWS], comments fit to go. */
void	 headtext_cfws(struct buf *, const char *, size_t n);
/* Append the body of a structured field of no known grammar: comments, and
 * words that are most likely nothing that a machine reads. */
void	 headtext_tokens(struct buf *, const char *, size_t n);
/* The end of the comment that opens at p, or NULL if it is not closed. */
const char *headtext_comment(const char *p, const char *end);

#endif
