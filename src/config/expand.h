/*
 * expand.h - what %U, %H, %C and %M in a value stand for, as msmtp has them.
 *
 * %U, the user's login name, and %H, the host's name, are put in when a value
 * is read.  %C, the host's canonical name, takes a look at the network, and
 * %M, the domain for mail, at another keyword: these wait until the value is
 * used.
 */
#ifndef CONFIG_EXPAND_H
#define CONFIG_EXPAND_H

#include "base/buf.h"
#include "base/err.h"

/* Append the text with %U and %H expanded.  Returns 0, or -1 with *e set to
 * ERR_CONFIG: past the limit, or the user has no name. */
int	 expand_add(struct buf *, const char *text, struct err *e);
/* Is there a %C or %M, by its letter, in it? */
int	 expand_waits(const char *text, char letter);
/* Append the text with %C and %M expanded.  Returns as buf_add(). */
int	 expand_late(struct buf *, const char *text, const char *canonical,
	    const char *maildomain);

#endif
