/*
 * become.h - to be another user from now on, for --check=as.
 */
#ifndef APP_BECOME_H
#define APP_BECOME_H

#include "base/err.h"

/*
 * Take on the uid, the gid, the groups and the home folder of a user, by name
 * or by number, for good.  What the environment says of folders, sockets and
 * configurations was the caller's, and goes.  Returns 0, or -1 with *e set:
 * ERR_USAGE, there is no such user, ERR_NOPERM where only root could.
 */
int	 become(const char *user, struct err *e);

#endif
