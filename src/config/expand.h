/*
 * expand.h - what %U, %H and %M in a value stand for, as msmtp has them.
 *
 * %U is the user's login name, %H the host's name, %M the content of
 * /etc/mailname.  %C (a name that only DNS knows) is left as it is.
 */
#ifndef CONFIG_EXPAND_H
#define CONFIG_EXPAND_H

#include "base/buf.h"

/* Append the text, expanded.  Returns as buf_add(). */
int	 expand_add(struct buf *, const char *text);

#endif
