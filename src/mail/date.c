#include <stdlib.h>
#include <string.h>

#include "mail/date.h"

void
date_format(struct buf *b, time_t t, int utc)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;
	long zone;

	memset(&tm, 0, sizeof(tm));
	if ((utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) == NULL)
		gmtime_r(&(time_t){ 0 }, &tm);
	zone = tm.tm_gmtoff / 60;
	buf_addf(b, "%.3s, %d %.3s %d %02d:%02d:%02d %c%02ld%02ld",
	    days + tm.tm_wday * 3, tm.tm_mday, months + tm.tm_mon * 3,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    zone < 0 ? '-' : '+', labs(zone) / 60, labs(zone) % 60);
}
