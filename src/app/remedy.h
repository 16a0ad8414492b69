/*
 * remedy.h - what to do about a step of --check that failed.
 *
 * Below app/ nobody knows where a value was written.
 */
#ifndef APP_REMEDY_H
#define APP_REMEDY_H

#include "app/watch.h"
#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"

/*
 * Append why it failed, and behind that, unless it is said there, where the
 * keyword that it names was set; or what to look at where the server was not
 * reached.
 */
void	 remedy_add(struct buf *, const struct account *, enum watch_step,
	    const struct err *why);

#endif
