/*
 * argv.h - a command line made an argument vector without a shell.
 *
 * Blanks separate words.  Single and double quotes and the backslash mean
 * what they mean to sh(1) (POSIX.1 XCU 2.2); nothing else means anything: no
 * variables, no patterns, no redirection, no ";" or "|".
 */
#ifndef BASE_ARGV_H
#define BASE_ARGV_H

#include <stddef.h>

#include "base/err.h"

struct argv {
	char	**word;		/* owned, NULL behind the last */
	size_t	  n;
};

#define ARGV_INIT	{ NULL, 0 }

struct argv_value {
	char		 letter;
	const char	*value;		/* NULL: there is none, an error */
};

/* Returns 0, or -1 with *e set to ERR_CONFIG: a quote or a backslash has no
 * end, or there is no word.  The vector was empty or is freed before. */
int	 argv_split(struct argv *, const char *text, struct err *e);
/*
 * Put values in the place of %LETTER, and a "%" in that of "%%".  That a word
 * is one word has been settled before, so no value can add another; nor make
 * an option: at the start of a word one must not begin with "-".  Returns 0,
 * or -1 with *e set to ERR_CONFIG (and the vector as it was, or in part).
 */
int	 argv_expand(struct argv *, const struct argv_value *, size_t n,
	    struct err *e);
void	 argv_free(struct argv *);		/* may be reused then */

#endif
