/*
 * store.h - posthorn --store-password ACCOUNT: into the keyring.
 */
#ifndef APP_STORE_H
#define APP_STORE_H

#include "app/cli.h"

/* Asks at the terminal, or takes the first line of a standard input that is
 * none.  Returns an exit code. */
int	 store(const struct cli *);

#endif
