/*
 * config.h - the configuration: msmtp's language, and the files it is in.
 *
 * One table row a keyword (DESIGN.md 4, posthorn.conf(5)).  What a file holds
 * is shown in errors only as a keyword's leading letters, at most 32 of them,
 * for a typed `password=...` must not reach a terminal or a log.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"

#define CONFIG_SIZE_MAX		((size_t)1024 * 1024)
#define CONFIG_ACCOUNTS_MAX	1000

struct config {
	struct account	**account;	/* owned; the user's come first */
	size_t		 n;
	char		**file;		/* names of the files read, owned */
	size_t		 nfile;
	unsigned	 secret_line;	/* of the first password in the file
					 * read last; 0: none */
	int		 of_root;	/* no other file is taken */
};

/*
 * Read the file `only` (of -C), or, when that is NULL, $POSTHORN_CONFIG, or
 * else the user's file over the system's.  *c is zeroed before, and is fit for
 * config_free() also on failure.  Returns 0, or -1 with *e set to ERR_CONFIG
 * (or ERR_IO).
 */
int	 config_load(struct config *c, const char *only, struct err *e);
/* The file alone, which must be root's: a stranger may have named it. */
int	 config_load_root(struct config *c, const char *only, struct err *e);
/* The latter part of config_load(), with the names of both files. */
int	 config_load_both(struct config *c, const char *user,
	    const char *system, struct err *e);
/* A configuration of one account with no host, for --host.  Returns 0. */
int	 config_empty(struct config *c);
/* The account of that name, or NULL. */
const struct account *config_account(const struct config *, const char *name);
/* Sets *e: no such account, the nearest name, and those that there are. */
void	 config_no_account(const struct config *, const char *name,
	    struct err *e);
/*
 * The account for an envelope sender, else for a From address (either may be
 * NULL or ""), else `account default`, else the only one.  Returns NULL with
 * *e set when there is none.
 */
const struct account *config_choose(const struct config *,
	    const char *sender, const char *header_from, struct err *e);
/* Set a keyword as a configuration line would.  Returns 0, or -1 with *e set
 * to ERR_USAGE. */
int	 config_set(struct account *, const char *keyword, const char *value,
	    struct err *e);
/* 1 when the keyword may stand without value ("on"), 0 when it may not, -1
 * when there is no such keyword. */
int	 config_keyword_optional(const char *keyword);
/* 1 when its value belongs into a file that nobody else may read. */
int	 config_keyword_private(const char *keyword);
/* The i-th keyword, or NULL past the last; in effect is 0 for those that are
 * only recognised. */
const char *config_keyword(size_t i, int *in_effect);
/* Append, a line each, the files that would be read, and whether they are
 * there. */
void	 config_paths(struct buf *);
void	 config_free(struct config *);

#endif
