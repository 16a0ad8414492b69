/*
 * check.h - is all set up as it should be (--check)?  And for another user
 * (--check=as)?
 */
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "app/cli.h"

/*
 * Say on stdout what is there, with a mark at each step, and do all that a
 * submission does but to submit.  Returns the exit code that one would have;
 * of several accounts the worst.
 */
int	 check(const struct cli *);

#endif
