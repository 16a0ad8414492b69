#include <string.h>

#include "base/str.h"
#include "config/moment.h"

#define MOMENT_ROOM	sizeof("YYYY-MM-DDThh:mm:ssZ")

/* n digits, a number from min to max, with this character behind (unless NUL);
 * *p goes past it.  Returns 0, or -1. */
static int
number(const char **p, size_t n, int max, char behind, int *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < n; i++) {
		if (!str_digit((*p)[i]))
			return -1;
		*value = *value * 10 + ((*p)[i] - '0');
	}
	if (*value > max || (behind != '\0' && (*p)[n] != behind))
		return -1;
	*p += n + (behind != '\0');
	return 0;
}

/* full-date of RFC 3339 5.6; month and day are judged by is_day(). */
static int
date(const char **p, struct tm *tm)
{
	if (number(p, 4, 9999, '-', &tm->tm_year) == -1 ||
	    number(p, 2, 12, '-', &tm->tm_mon) == -1 ||
	    number(p, 2, 31, '\0', &tm->tm_mday) == -1)
		return -1;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return 0;
}

/* hour ":" minute [ ":" second [ "." 1*DIGIT ] ]; a fraction is dropped. */
static int
time_of_day(const char **p, struct tm *tm)
{
	if (number(p, 2, 23, ':', &tm->tm_hour) == -1 ||
	    number(p, 2, 59, '\0', &tm->tm_min) == -1)
		return -1;
	if (**p != ':')
		return 0;
	++*p;
	if (number(p, 2, 60, '\0', &tm->tm_sec) == -1)
		return -1;
	if (**p == '.' && str_digit((*p)[1]))
		for (++*p; str_digit(**p); ++*p)
			;
	return 0;
}

/* "Z" / ( "+" / "-" ) hour ":" minute, as seconds east of UTC. */
static int
zone(const char **p, time_t *east)
{
	int hour, minute, sign = **p;

	++*p;
	*east = 0;
	if (sign == 'Z' || sign == 'z')
		return 0;
	if ((sign != '+' && sign != '-') ||
	    number(p, 2, 23, ':', &hour) == -1 ||
	    number(p, 2, 59, '\0', &minute) == -1)
		return -1;
	*east = (hour * 60 + minute) * 60 * (sign == '-' ? -1 : 1);
	return 0;
}

/* There is no 30th of February. */
static int
is_day(const struct tm *tm)
{
	struct tm day = { .tm_year = tm->tm_year, .tm_mon = tm->tm_mon,
	    .tm_mday = tm->tm_mday };

	return timegm(&day) >= 0 && day.tm_mon == tm->tm_mon &&
	    day.tm_mday == tm->tm_mday;
}

static int
is_between(char c)
{
	return c == 'T' || c == 't' || str_blank(c);
}

/* Returns the time, or -1. */
static time_t
read_moment(const char *p)
{
	struct tm tm = { .tm_isdst = -1 };
	time_t t, east;

	if (date(&p, &tm) == -1 || !is_day(&tm))
		return -1;
	if (*p == '\0')
		return mktime(&tm);
	if (!is_between(*p))
		return -1;
	p++;
	if (time_of_day(&p, &tm) == -1)
		return -1;
	if (*p == '\0')
		return mktime(&tm);
	if (zone(&p, &east) == -1 || *p != '\0')
		return -1;
	tm.tm_isdst = 0;
	t = timegm(&tm);
	return t != -1 ? t - east : -1;
}

/* Returns 0, or -1 where four digits do not hold the year. */
static int
write_moment(char *text, size_t size, time_t t)
{
	struct tm tm;

	return t >= 0 && gmtime_r(&t, &tm) != NULL &&
	    strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == size - 1 ?
	    0 : -1;
}

int
moment_utc(struct buf *out, const char *text)
{
	char utc[MOMENT_ROOM];

	if (write_moment(utc, sizeof(utc), read_moment(text)) == -1)
		return -1;
	return buf_adds(out, utc);
}

/* Text of this form is in the order of time. */
int
moment_before(const char *utc, time_t t)
{
	char other[MOMENT_ROOM];

	return write_moment(other, sizeof(other), t) == 0 &&
	    strcmp(utc, other) < 0;
}
