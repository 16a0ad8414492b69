/*
 * tty.h - what only a person at a terminal can answer.
 */
#ifndef APP_TTY_H
#define APP_TTY_H

#include "base/buf.h"
#include "base/err.h"
#include "cred/cred.h"

/*
 * Ask for the password of p->user at p->host on the controlling terminal,
 * without echo.  Fits cred_params.ask.  Returns 0, or -1 with *e set to
 * ERR_CONFIG when there is no terminal.
 */
int	 tty_password(void *, const struct cred_params *p, struct buf *,
	    struct err *e);

#endif
