/*
 * marks.h - lines of --check: a mark, a step, what came of it.
 *
 * To stdout, each at once.  Where the locale is not UTF-8 the marks are words.
 */
#ifndef APP_MARKS_H
#define APP_MARKS_H

#include <stdint.h>

enum mark { MARK_GOOD, MARK_BAD, MARK_CARE, MARK_UNTRIED };

#define MARK_NO_TIME	(-1)

/* A line about a step that took so many milliseconds, or MARK_NO_TIME. */
void	 mark_step(enum mark, const char *step, int64_t ms, const char *fmt,
	    ...) __attribute__((format(printf, 4, 5)));
/* A line below it, without a mark. */
void	 mark_more(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A heading. */
void	 mark_head(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
