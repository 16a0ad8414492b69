/*
 * charset.h - what 8-bit text is written in, for labels of it.
 */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include <stddef.h>

#include "mail/spill.h"

/* "us-ascii", "utf-8" where it is valid, else charset_fallback().  The result
 * is not to be freed. */
const char *charset_of(const char *, size_t n);
/* The same for a body, which is read; NULL with *e set (ERR_IO) if it cannot
 * be. */
const char *charset_of_body(struct spill *, struct err *e);
/* The charset of the caller's locale, if that is an 8-bit one and not UTF-8;
 * else "unknown-8bit" (RFC 1428 3).  Found out at the first call. */
const char *charset_fallback(void);

#endif
