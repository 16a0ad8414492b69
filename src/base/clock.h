/*
 * clock.h - monotonic time in milliseconds, and deadlines made of it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER	INT64_MAX

int64_t	 clock_ms(void);			/* since some fixed moment */
int64_t	 clock_in(int64_t ms);		/* the moment so far from now */
/* The milliseconds left until a deadline as poll(2) takes them: 0 when it has
 * passed, -1 for CLOCK_NEVER. */
int	 clock_left(int64_t deadline);
static inline int64_t
clock_first(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
