/*
 * moment.h - a date and time as a person writes it, in UTC.
 */
#ifndef CONFIG_MOMENT_H
#define CONFIG_MOMENT_H

#include <time.h>

#include "base/buf.h"

/*
 * Append a moment as "YYYY-MM-DDThh:mm:ssZ".  It is written with "Z" or an
 * offset as in RFC 3339 5.6, or without, in local time: then seconds, or the
 * whole time, may be missing.  "T" may be a blank.  Returns 0, or -1 when it
 * is none after 1970 (buf unchanged).
 */
int	 moment_utc(struct buf *, const char *);
/* Is what moment_utc() has made before this time? */
int	 moment_before(const char *utc, time_t);

#endif
