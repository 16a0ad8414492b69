/*
 * option.h - sendmail's options: -ox with a letter, -O NAME=VALUE by name.
 *
 * What has no meaning here is ignored, and so is a name that nobody knows,
 * unless it is nearly that of a wish to the server, such as RequireTLS.
 */
#ifndef APP_OPTION_H
#define APP_OPTION_H

#include "app/clival.h"
#include "base/err.h"

/* What stands behind -o: a letter and its value, which may be empty. */
void	 option_take(struct cli *, const char *arg);
/* -oQ DIR, -or TIME and the like: does the next word belong to it?  When in
 * doubt it is a recipient. */
int	 option_wants(const char *arg, const char *next);
/* The same as option_take() for a value that is a word of its own. */
void	 option_take_apart(struct cli *, char letter, const char *value);
/* What stands behind -O.  Returns 0, or -1 with *e set to ERR_USAGE. */
int	 option_named(struct cli *, const char *arg, struct err *e);

#endif
