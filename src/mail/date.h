/*
 * date.h - date-time of RFC 5322 3.3, whatever the locale.
 */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <time.h>

#include "base/buf.h"

/* Append "Mon, 23 Nov 2026 18:04:05 +0100": the local zone, or UTC. */
void	 date_format(struct buf *, time_t, int utc);

#endif
