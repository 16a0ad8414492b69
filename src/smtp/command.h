/*
 * command.h - the one door to the wire for command lines.
 *
 * A line that is too long, or that would read as two commands, is refused
 * here, whatever a caller forgot to check.  What passes is shown by -d.
 */
#ifndef SMTP_COMMAND_H
#define SMTP_COMMAND_H

#include "base/buf.h"

#define COMMAND_MAX	1000		/* octets, CRLF not counted */
#define COMMAND_AUTH_MAX (96 * 1024 + 64) /* with SASL data: see sasl.h */

/* Append a command and CRLF to out.  Returns 0, or -1 and out as it was. */
int	 command_add(struct buf *out, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same for words and, right behind them, a secret: where it begins the
 * caller says by having two strings, and nothing of the second is shown. */
int	 command_secret(struct buf *out, const char *words,
	    const char *secret);

#endif
