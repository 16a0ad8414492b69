/*
 * plan.h - what would be done, without doing it (-bv).
 */
#ifndef APP_PLAN_H
#define APP_PLAN_H

#include "app/cli.h"

/* Returns the exit code.  The plan is on stdout, what is wrong on stderr. */
int	 plan(const struct cli *);

#endif
