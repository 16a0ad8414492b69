/*
 * tty.h - what only a person at a terminal can answer.
 */
#ifndef APP_TTY_H
#define APP_TTY_H

#include "base/buf.h"
#include "base/err.h"
#include "cred/cred.h"

/*
 * Ask for the password on the controlling terminal, without echo.  Fits
 * cred_params.ask.  Returns 1, 0 when there is no terminal, or -1 with *e set.
 */
int	 tty_password(void *, const struct cred_params *p, struct buf *,
	    struct err *e);
/* Is there one?  Fits cred_params.at_terminal. */
int	 tty_is_there(void *);

#endif
