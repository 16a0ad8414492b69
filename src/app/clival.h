/*
 * clival.h - what the command line asks for, as values.
 */
#ifndef APP_CLIVAL_H
#define APP_CLIVAL_H

#include <stddef.h>

enum cli_mode {
	CLI_SUBMIT,
	CLI_VERIFY,			/* -bv */
	CLI_TRUST,			/* --trust */
	CLI_ALIASES,			/* -bi, newaliases: nothing to do */
	CLI_HELP,
	CLI_VERSION,
	CLI_KEYWORDS,			/* --list-keywords: for our tests */
	CLI_STORE,			/* --store-password */
	CLI_CHECK, CLI_SERVERINFO, CLI_PRINT_CONFIG
};

/* What -e and -oe ask for on failure. */
enum cli_errors { CLI_PRINT, CLI_MAIL, CLI_QUIET, CLI_EXIT_0 };

struct cli_override {
	char		*typed;		/* "--total-timeout"; owned */
	char		*keyword;	/* of the configuration; owned */
	char		*value;		/* owned */
};

struct cli {
	enum cli_mode		 mode;
	const char		*account;	/* -a, or NULL */
	const char		*config;	/* -C, or NULL */
	const char		*as_user;	/* of --check=as, or NULL */
	const char		*sender;	/* -f, or NULL */
	const char		*full_name;	/* -F, or NULL */
	const char		*notify, *ret, *envid;	/* DSN, or NULL */
	const char		*log_tag;	/* -L, or NULL */
	const char		*dialogue;	/* -X, or NULL */
	enum cli_errors		 errors;
	int			 read_rcpts;	/* -t */
	int			 sender_from_header; /* --read-envelope-from */
	int			 dot_goes_on;	/* -i */
	int			 as_sendmail;	/* it was called by that name */
	int			 verbose, debug, pretend, utf8;
	char			**arg;		/* recipients, borrowed */
	size_t			 narg;
	struct cli_override	*set;		/* owned */
	size_t			 nset;
	char			**ignored;	/* "-O X: why"; owned */
	size_t			 nignored;
};

/* Set a keyword of the configuration, on top of what is set already, by a flag
 * that was typed so. */
void	 clival_set(struct cli *, const char *typed, const char *keyword,
	    const char *value);
/* Remember what is ignored, an option and why, for those who ask with -v. */
void	 clival_ignore(struct cli *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Free what these two have kept. */
void	 clival_free(struct cli *);

#endif
