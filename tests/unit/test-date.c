#include "unit.h"

#include <locale.h>

#include "mail/date.h"

static const struct {
	const char	*name;
	const char	*zone;		/* TZ */
	time_t		 t;
	int		 utc;
	const char	*want;
} rows[] = {
	{ "the epoch", "UTC0", 0, 0, "Thu, 1 Jan 1970 00:00:00 +0000" },
	{ "UTC asked for", "CET-1", 1795453445, 1,
	    "Mon, 23 Nov 2026 17:04:05 +0000" },
	{ "an hour east", "CET-1", 1795453445, 0,
	    "Mon, 23 Nov 2026 18:04:05 +0100" },
	{ "five hours west", "EST5", 1795453445, 0,
	    "Mon, 23 Nov 2026 12:04:05 -0500" },
	{ "half an hour, west", "NST3:30", 1795453445, 0,
	    "Mon, 23 Nov 2026 13:34:05 -0330" },
	{ "three quarters, east", "NPT-5:45", 1795453445, 0,
	    "Mon, 23 Nov 2026 22:49:05 +0545" },
	{ "less than an hour west", "XXX0:30", 1795453445, 0,
	    "Mon, 23 Nov 2026 16:34:05 -0030" },
	{ "fourteen hours east", "LINT-14", 1795453445, 0,
	    "Tue, 24 Nov 2026 07:04:05 +1400" },
	{ "summer time", "CET-1CEST,M3.5.0,M10.5.0/3", 1785000000, 0,
	    "Sat, 25 Jul 2026 19:20:00 +0200" },
	{ "winter time", "CET-1CEST,M3.5.0,M10.5.0/3", 1795453445, 0,
	    "Mon, 23 Nov 2026 18:04:05 +0100" },
	{ "a leap day", "UTC0", 1709208000, 0,
	    "Thu, 29 Feb 2024 12:00:00 +0000" },
	{ "the last second of a year", "UTC0", 1798761599, 0,
	    "Thu, 31 Dec 2026 23:59:59 +0000" },
	{ "after 2038", "UTC0", 4102444800, 0,
	    "Fri, 1 Jan 2100 00:00:00 +0000" },
	{ "before the epoch", "UTC0", -1, 0,
	    "Wed, 31 Dec 1969 23:59:59 +0000" },
};

static void
check(const __typeof__(rows[0]) *r)
{
	struct buf b = BUF_MAX(100);

	setenv("TZ", r->zone, 1);
	tzset();
	date_format(&b, r->t, r->utc);
	assert_string_equal(buf_str(&b), r->want);
	buf_free(&b);
}

static void
test_format(void **state)
{
	check(*state);
}

/* Names of days and months are English in every locale. */
static void
test_locale(void **state)
{
	static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8",
	    "ja_JP.UTF-8", "C.UTF-8" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(locales); i++)
		if (setlocale(LC_ALL, locales[i]) != NULL)
			check(&rows[1]);
	setlocale(LC_ALL, "C");
}

int
main(void)
{
	UNIT_ROWS(rows, test_format);
	UNIT_TEST(test_locale);
	return unit_run("date");
}
