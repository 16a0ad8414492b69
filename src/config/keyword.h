/*
 * keyword.h - the keywords of posthorn.conf(5): one table row each.
 *
 * A row says where in struct account the value goes and what it may be.  A
 * value set here is whole and right, or the account is unchanged.
 */
#ifndef CONFIG_KEYWORD_H
#define CONFIG_KEYWORD_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"

#define KEYWORD_SECRET	0x01	/* the value is never shown */
#define KEYWORD_IDLE	0x02	/* recognised, without effect */
#define KEYWORD_OLD	0x04	/* msmtp's older word for another one */
#define KEYWORD_ONE	0x08	/* one word: no blanks in the value */
#define KEYWORD_EXPAND	0x10	/* %U, %H, %C, %M stand for something */
#define KEYWORD_PRIVATE	0x20	/* nobody else may see a file that has it */
#define KEYWORD_OFF	0x40	/* "off" is no value */
#define KEYWORD_QUIET	0x100	/* not in an error: something else may have been
				 * typed there */

enum keyword_kind {
	KEYWORD_TEXT, KEYWORD_PATH, KEYWORD_TRUST, KEYWORD_ALIASES,
	KEYWORD_FORM, KEYWORD_PATTERNS, KEYWORD_NUMBER, KEYWORD_FLAG,
	KEYWORD_NOT, KEYWORD_WHEN, KEYWORD_MISSING, KEYWORD_CHOICE,
	KEYWORD_NOTIFY, KEYWORD_NOTHING
};

struct keyword_choice {
	const char	*word;		/* in any case */
	const char	*value;		/* what is kept; NULL: unset */
};

struct keyword {
	const char		*name;
	enum keyword_kind	 kind;
	unsigned		 flags;
	size_t			 offset;	/* in struct account */
	long long		 min, max;	/* of a number */
	const struct keyword_choice *choice;	/* ends with a NULL word */
	int			(*form)(struct buf *, const char *,
				    struct err *);	/* see value.h */
	const char		*instead;	/* of KEYWORD_OLD: the row
						 * where the value goes */
};

/* The i-th row, or NULL past the last. */
const struct keyword *keyword_at(size_t i);
/* The row of that name (n bytes), or NULL. */
const struct keyword *keyword_find(const char *name, size_t n);
/* The known word nearest to this one, or NULL. */
const char *keyword_nearest(const char *name);
/* May it stand without a value, which then is "on"? */
int	 keyword_optional(const struct keyword *);
/* The number of a row, and so of its origin in an account; that of the row
 * where the value goes, if it is an older word. */
size_t	 keyword_index(const struct keyword *);
/*
 * Set a value; "" is the default, or "on".  Returns 0, or -1 with *e set to
 * ERR_CONFIG (or as dynlib_open() does), beginning with the keyword.
 */
int	 keyword_set(struct account *, const struct keyword *,
	    const char *value, struct err *e);
/* Copy the value and the origin of row i. */
void	 keyword_copy(struct account *to, const struct account *from,
	    size_t i);
/* Every value its default, set nowhere; and its release. */
void	 keyword_init(struct account *);
void	 keyword_clear(struct account *);

#endif
