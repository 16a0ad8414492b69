/*
 * cli.h - the command line of sendmail, and msmtp's long options, as values.
 *
 * Every flag of sendmail 8, Postfix and Exim is known with the argument that
 * it takes; what has no meaning here is skipped and never becomes a recipient.
 */
#ifndef APP_CLI_H
#define APP_CLI_H

#include <stddef.h>

#include "base/err.h"

enum cli_mode {
	CLI_SUBMIT,
	CLI_VERIFY,			/* -bv */
	CLI_ALIASES,			/* -bi, newaliases: nothing to do */
	CLI_HELP,
	CLI_VERSION,
	CLI_KEYWORDS			/* --list-keywords: for our tests */
};

/* What -e and -oe ask for on failure. */
enum cli_errors { CLI_PRINT, CLI_MAIL, CLI_QUIET, CLI_EXIT_0 };

struct cli_override {
	const char	*keyword;	/* of the configuration; owned */
	const char	*value;		/* borrowed */
};

struct cli {
	enum cli_mode		 mode;
	const char		*account;	/* -a, or NULL */
	const char		*config;	/* -C, or NULL */
	const char		*sender;	/* -f, or NULL */
	const char		*full_name;	/* -F, or NULL */
	const char		*notify, *ret, *envid;	/* DSN, or NULL */
	const char		*log_tag;	/* -L, or NULL */
	enum cli_errors		 errors;
	int			 read_rcpts;	/* -t */
	int			 sender_from_header; /* --read-envelope-from */
	int			 dot_goes_on;	/* -i */
	int			 verbose, debug, pretend, utf8;
	char			**arg;		/* recipients, borrowed */
	size_t			 narg;
	struct cli_override	*set;		/* owned */
	size_t			 nset;
};

/*
 * Read argv (permuting nothing in it).  Returns 0, or -1 with *e set:
 * ERR_USAGE, or ERR_UNAVAIL for what is not there yet.
 */
int	 cli_parse(struct cli *, int argc, char **argv, struct err *e);
void	 cli_free(struct cli *);
/* One line a flag to stdout, for --help. */
void	 cli_print_flags(void);

#endif
