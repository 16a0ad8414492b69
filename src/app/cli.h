/*
 * cli.h - the command line of sendmail, and msmtp's long options, as values.
 *
 * Every flag of sendmail 8, Postfix and Exim is known with the argument that
 * it takes; what has no meaning here is skipped and never becomes a recipient.
 */
#ifndef APP_CLI_H
#define APP_CLI_H

#include "app/clival.h"
#include "base/err.h"

/*
 * Read argv (permuting nothing in it).  Returns 0, or -1 with *e set:
 * ERR_USAGE, or ERR_UNAVAIL for what is not there yet.
 */
int	 cli_parse(struct cli *, int argc, char **argv, struct err *e);
void	 cli_free(struct cli *);
/* One line a flag to stdout, for --help. */
void	 cli_print_flags(void);

#endif
