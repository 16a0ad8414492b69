/*
 * Dates and times as people write them; local is an hour before Paris.
 */
#include "unit.h"

#include "base/buf.h"
#include "config/moment.h"

static const struct row {
	const char	*name;
	const char	*text;
	const char	*want;		/* NULL: none */
} rows[] = {
	{ "UTC", "2030-12-31T08:00:00Z", "2030-12-31T08:00:00Z" },
	{ "small letters", "2030-12-31t08:00:00z", "2030-12-31T08:00:00Z" },
	{ "a blank", "2030-12-31 08:00:00Z", "2030-12-31T08:00:00Z" },
	{ "a fraction", "2030-12-31T08:00:00.125Z", "2030-12-31T08:00:00Z" },
	{ "east", "2030-12-31T08:00:00+05:30", "2030-12-31T02:30:00Z" },
	{ "west, into the next year", "2030-12-31T20:00:00-08:00",
	    "2031-01-01T04:00:00Z" },
	{ "no offset is known", "2030-12-31T08:00:00-00:00",
	    "2030-12-31T08:00:00Z" },
	{ "no seconds", "2030-12-31T08:00+01:00", "2030-12-31T07:00:00Z" },
	{ "a leap second", "2030-12-31T23:59:60Z", "2031-01-01T00:00:00Z" },
	{ "a leap day", "2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z" },
	{ "the first", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
	{ "local, in winter", "2030-12-31 08:00", "2030-12-31T08:00:00Z" },
	{ "local, in summer", "2030-07-01 08:00", "2030-07-01T07:00:00Z" },
	{ "local, with seconds", "2030-07-01T08:00:01",
	    "2030-07-01T07:00:01Z" },
	{ "local, a fraction", "2030-07-01 08:00:01.5",
	    "2030-07-01T07:00:01Z" },
	{ "a date alone", "2030-07-01", "2030-06-30T23:00:00Z" },

	{ "nothing", "", NULL },
	{ "a word", "tomorrow", NULL },
	{ "seconds", "3600", NULL },
	{ "a time alone", "08:00", NULL },
	{ "month 0", "2030-00-01", NULL },
	{ "month 13", "2030-13-01", NULL },
	{ "day 0", "2030-01-00", NULL },
	{ "day 32", "2030-01-32", NULL },
	{ "no leap day", "2030-02-29", NULL },
	{ "no such day", "2030-04-31T08:00:00Z", NULL },
	{ "hour 24", "2030-01-01T24:00:00Z", NULL },
	{ "minute 60", "2030-01-01T08:60:00Z", NULL },
	{ "second 61", "2030-01-01T08:00:61Z", NULL },
	{ "an offset of a day", "2030-01-01T08:00:00+24:00", NULL },
	{ "an offset without its colon", "2030-01-01T08:00:00+0100", NULL },
	{ "one digit", "2030-1-1", NULL },
	{ "two digits of a year", "30-01-01", NULL },
	{ "five", "12030-01-01", NULL },
	{ "no minutes", "2030-01-01T08", NULL },
	{ "cut off", "2030-01-01T", NULL },
	{ "cut off in the year", "203", NULL },
	{ "a blank behind", "2030-01-01 ", NULL },
	{ "more behind", "2030-01-01T08:00:00Z x", NULL },
	{ "a zone by name", "2030-01-01 08:00 CET", NULL },
	{ "a point alone", "2030-01-01T08:00:00.Z", NULL },
	{ "before 1970", "1969-12-31T23:59:59Z", NULL },
	{ "before 1970 by its offset", "1970-01-01T00:00:00+00:01", NULL },
	{ "the year 10000", "9999-12-31T23:59:59-00:01", NULL },
};

static void
test_row(void **state)
{
	const struct row *r = *state;
	char *text = unit_copy(r->text, strlen(r->text) + 1);
	struct buf b = BUF_MAX(64);

	setenv("TZ", "WET0WEST,M3.5.0/1,M10.5.0", 1);
	buf_adds(&b, "=");
	assert_int_equal(moment_utc(&b, text), r->want != NULL ? 0 : -1);
	assert_string_equal(buf_str(&b) + 1, r->want != NULL ? r->want : "");
	buf_free(&b);
	free(text);
}

static const struct order_row {
	const char	*name;
	const char	*utc;
	time_t		 t;
	int		 want;
} orders[] = {
	{ "over", "2001-09-09T01:46:39Z", 1000000000, 1 },
	{ "now", "2001-09-09T01:46:40Z", 1000000000, 0 },
	{ "to come", "2001-09-09T01:46:41Z", 1000000000, 0 },
	{ "far to come", "9999-01-01T00:00:00Z", 1000000000, 0 },
	{ "without a clock", "2001-09-09T01:46:40Z", -1, 0 },
};

static void
test_order(void **state)
{
	const struct order_row *r = *state;

	assert_int_equal(moment_before(r->utc, r->t), r->want);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	UNIT_ROWS(orders, test_order);
	return unit_run("moment");
}
