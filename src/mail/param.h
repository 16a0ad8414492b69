/*
 * param.h - parameters of Content-Type and Content-Disposition whose values
 * hold 8-bit text, in the form of RFC 2231.
 */
#ifndef MAIL_PARAM_H
#define MAIL_PARAM_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Append the body of such a field, the beginning of which is in b already.
 * Parameters without 8-bit text stay byte for byte; a value without its quotes
 * goes up to the semicolon.  8-bit octets in what is no parameter become "?".
 */
void	 param_fit(struct buf *, const char *, size_t n);

#endif
