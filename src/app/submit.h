/*
 * submit.h - take a message from standard input and submit it (or, for -bv,
 * say what would be done).
 */
#ifndef APP_SUBMIT_H
#define APP_SUBMIT_H

#include "app/cli.h"

/* Returns the exit code.  Everything has been said on stderr by then. */
int	 submit(const struct cli *);
int	 verify(const struct cli *);

#endif
