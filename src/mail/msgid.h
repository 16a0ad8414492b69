/*
 * msgid.h - a Message-ID of RFC 5322 3.6.4 that cannot be guessed.
 */
#ifndef MAIL_MSGID_H
#define MAIL_MSGID_H

#include "base/buf.h"

/* Append "<120 random bits@host>".  Returns as buf_add(). */
int	 msgid_make(struct buf *, const char *host);

#endif
