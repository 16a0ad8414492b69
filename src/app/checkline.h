/*
 * checkline.h - from the server's name to the login, a line a step.
 *
 * The way is deliver()'s own; what stands here looks on and tells.
 */
#ifndef APP_CHECKLINE_H
#define APP_CHECKLINE_H

#include "base/err.h"
#include "config/account.h"

/* Try each of the account's places, and say no more than QUIT there.  Returns
 * what a submission would fail of, or ERR_NONE. */
enum err_kind	 checkline(const struct account *);

#endif
