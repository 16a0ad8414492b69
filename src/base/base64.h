/*
 * base64.h - base64 of RFC 4648 4.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* Append the encoded bytes.  Returns as buf_add(). */
int	 base64_add(struct buf *, const void *, size_t n);
/* Append what text[0..n) stands for; white space is skipped.  Returns 0, or
 * -1 when it is not base64 or passes the limit. */
int	 base64_read(struct buf *, const char *text, size_t n);
/* Of the three octets that four letters stand for, that one (0 to 2), or -1
 * when it is none. */
int	 base64_octet(const char *four, size_t which);

#endif
