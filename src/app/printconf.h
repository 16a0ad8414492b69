/*
 * printconf.h - accounts as they are understood, as a configuration that could
 * be read again (--print-config).
 */
#ifndef APP_PRINTCONF_H
#define APP_PRINTCONF_H

#include "app/cli.h"

/* One account, or all, to stdout, each value with where it comes from; secrets
 * are hidden.  Returns the exit code. */
int	 print_config(const struct cli *);

#endif
