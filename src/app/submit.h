/*
 * submit.h - take a message from standard input and submit it.
 */
#ifndef APP_SUBMIT_H
#define APP_SUBMIT_H

#include "app/cli.h"

/* Returns the exit code.  Everything has been said on stderr by then. */
int	 submit(const struct cli *);

#endif
