/*
 * confparse.h - the text of a configuration file to accounts.
 *
 * One file at a time; `account NAME : PARENT` finds the accounts of the files
 * that were parsed before as well, the nearest first.
 */
#ifndef CONFIG_CONFPARSE_H
#define CONFIG_CONFPARSE_H

#include <stddef.h>

#include "base/err.h"
#include "config/config.h"

enum confparse_eval { CONFPARSE_EVAL_NO, CONFPARSE_EVAL_YES };

/*
 * Append the accounts of a file to c, and its name to c->file.  `eval` is an
 * error unless it is allowed; it does not see the variables of password_env
 * that the text names, and that were named before (secretenv.h).
 * c->secret_line tells of a password written in the text.  Returns 0, or -1
 * with *e set to ERR_CONFIG.
 */
int	 confparse_text(struct config *c, const char *file, const char *text,
	    size_t n, enum confparse_eval, struct err *e);

#endif
