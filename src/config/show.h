/*
 * show.h - what an account has, as a line of a configuration would say it.
 *
 * What is shown can be read again, and then is the same; a secret is "***".
 */
#ifndef CONFIG_SHOW_H
#define CONFIG_SHOW_H

#include "base/buf.h"
#include "config/account.h"
#include "config/keyword.h"

#define SHOW_VALUE_MAX	((size_t)64 * 1024 + 2)

/*
 * Append the value of a row, in quotes where it needs them.  Returns 1; or 0,
 * and nothing is appended, when there is none, or none that a line can hold.
 */
int	 show_value(struct buf *, const struct account *,
	    const struct keyword *);
/* The text that it is, without quotes and with a secret in it; NULL: none, or
 * no such keyword.  Only for rows that are text. */
const char *show_text(const struct account *, const char *keyword);
/* Append where that comes from: "FILE:LINE", the same with " (defaults)",
 * "the command line", or, where it was set nowhere, "built in" or "follows from
 * the rest". */
void	 show_origin(struct buf *, const struct account *,
	    const struct keyword *);
/* Was it set, by anybody? */
int	 show_is_set(const struct account *, const struct keyword *);
/* Is it another than an account has of which nothing is said? */
int	 show_differs(const struct account *, const struct keyword *);

#endif
