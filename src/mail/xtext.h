/*
 * xtext.h - xtext of RFC 3461 4: how ENVID and ORCPT travel.
 */
#ifndef MAIL_XTEXT_H
#define MAIL_XTEXT_H

#include "base/buf.h"

/* Append text as xtext.  Returns as buf_add(). */
int	 xtext_add(struct buf *, const char *, size_t n);

#endif
