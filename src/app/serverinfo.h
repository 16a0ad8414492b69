/*
 * serverinfo.h - what a server says of itself (--serverinfo): greeting,
 * certificate, capabilities.  Nobody logs in.
 */
#ifndef APP_SERVERINFO_H
#define APP_SERVERINFO_H

#include "app/cli.h"

/* Of each of an account's places, to stdout; why there is none, to stderr.
 * Returns the exit code of a submission that needs no login. */
int	 serverinfo(const struct cli *);

#endif
