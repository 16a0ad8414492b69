#include "unit.h"

#include <limits.h>

#include "base/clock.h"

static const struct {
	const char	*name;
	int64_t		 in;		/* from now */
	int		 least, most;
} rows[] = {
	{ "long ago", -1000000, 0, 0 },
	{ "just now", 0, 0, 0 },
	{ "in an hour", 3600000, 3590000, 3600000 },
	{ "in 24 days", INT64_C(2147483647), INT_MAX - 10000, INT_MAX },
	{ "in a year", INT64_C(31536000000), INT_MAX, INT_MAX },
};

static void
test_left(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	int left = clock_left(clock_in(r->in));

	assert_in_range(left, (unsigned)r->least, (unsigned)r->most);
}

static void
test_never(void **state)
{
	(void)state;
	assert_int_equal(clock_left(CLOCK_NEVER), -1);
	assert_true(clock_first(CLOCK_NEVER, 5) == 5);
	assert_true(clock_first(5, CLOCK_NEVER) == 5);
	assert_true(clock_first(-1, 1) == -1);
}

static void
test_forward(void **state)
{
	int64_t now, before = clock_ms();
	int i;

	(void)state;
	for (i = 0; i < 1000; i++, before = now) {
		now = clock_ms();
		assert_true(now >= before);
	}
}

int
main(void)
{
	UNIT_ROWS(rows, test_left);
	UNIT_TEST(test_never);
	UNIT_TEST(test_forward);
	return unit_run("clock");
}
