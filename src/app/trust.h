/*
 * trust.h - look at an account's servers, and keep their keys (--trust).
 */
#ifndef APP_TRUST_H
#define APP_TRUST_H

#include "app/cli.h"

/* Returns the exit code.  Nothing is sent: no login, no message. */
int	 trust(const struct cli *);

#endif
