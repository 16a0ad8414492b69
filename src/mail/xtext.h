/*
 * xtext.h - xtext of RFC 3461 4: how ENVID and ORCPT travel.
 */
#ifndef MAIL_XTEXT_H
#define MAIL_XTEXT_H

#include "base/buf.h"

/* Append text as xtext.  Returns as buf_add(). */
int	 xtext_add(struct buf *, const char *, size_t n);
/*
 * Append UTF-8 text as utf-8-addr-xtext (RFC 6533 3), which is US-ASCII and
 * goes with SMTPUTF8 or without.  Returns 0, or -1 when it is no UTF-8, or
 * past the limit (buf unchanged).
 */
int	 xtext_add_utf8(struct buf *, const char *, size_t n);

#endif
