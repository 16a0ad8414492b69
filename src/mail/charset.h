/*
 * charset.h - what 8-bit text is written in, for labels of it.
 *
 * Text is looked at, and never changed.  The locale is only asked for the name
 * of its charset; the program itself stays in the C locale.
 */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include <stddef.h>

#include "mail/spill.h"

#define CHARSET_UNKNOWN	"unknown-8bit"	/* RFC 1428 3 */
#define CHARSET_MAX	24		/* octets of a name that is used */

/* "us-ascii", "utf-8" where it is valid, else charset_fallback().  The result
 * is not to be freed. */
const char *charset_of(const char *, size_t n);
/* The same for a body, which is read; NULL with *e set (ERR_IO) if it cannot
 * be. */
const char *charset_of_body(struct spill *, struct err *e);
/* The same for what it has from one offset up to another. */
const char *charset_of_part(struct spill *, off_t from, off_t to,
	    struct err *e);
/* The charset of the caller's locale, if that is an 8-bit one and not UTF-8;
 * else "unknown-8bit" (RFC 1428 3).  Found out at the first call. */
const char *charset_fallback(void);
/* Append the label for what the system calls a codeset, of which a character
 * has up to width octets: its name in mail, in lower case, or "unknown-8bit"
 * for one that does not say what single octets mean. */
void	 charset_label(struct buf *, const char *codeset, size_t width);

#endif
