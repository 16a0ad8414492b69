#include "unit.h"

#include "base/size.h"

#define KIB	UINT64_C(1024)
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)
#define EIB	(1024 * 1024 * GIB * 1024)

static const struct {
	const char	*name;
	uint64_t	 octets;
	const char	*words;
} rows[] = {
	{ "nothing", 0, "0 octets" },
	{ "one", 1, "1 octet" },
	{ "two", 2, "2 octets" },
	{ "999", 999, "999 octets" },
	{ "1000", 1000, "1,000 octets" },
	{ "1023", 1023, "1,023 octets" },
	{ "1 KiB", KIB, "1 KiB (1,024 octets)" },
	{ "one more", KIB + 1, "1.0 KiB (1,025 octets)" },
	{ "half a unit", KIB + 512, "1.5 KiB (1,536 octets)" },
	{ "a little less than a tenth", KIB + 51, "1.0 KiB (1,075 octets)" },
	{ "a little more", KIB + 52, "1.1 KiB (1,076 octets)" },
	{ "rounded up", 2 * KIB - 1, "2.0 KiB (2,047 octets)" },
	{ "10 units keep their decimal", 10 * KIB + 300,
	    "10.3 KiB (10,540 octets)" },
	{ "just under 1 MiB", MIB - 1, "1.0 MiB (1,048,575 octets)" },
	{ "the most that is KiB", MIB - 52, "1023.9 KiB (1,048,524 octets)" },
	{ "1 MiB", MIB, "1 MiB (1,048,576 octets)" },
	{ "25 MiB", 25 * MIB, "25 MiB (26,214,400 octets)" },
	{ "one more than that", 25 * MIB + 1, "25.0 MiB (26,214,401 octets)" },
	{ "a message that is too big", 37912345,
	    "36.2 MiB (37,912,345 octets)" },
	{ "just under 1 GiB", GIB - 1, "1.0 GiB (1,073,741,823 octets)" },
	{ "10 GiB", 10 * GIB, "10 GiB (10,737,418,240 octets)" },
	{ "just under 1 EiB", EIB - 1,
	    "1.0 EiB (1,152,921,504,606,846,975 octets)" },
	{ "the most of 63 bits", INT64_MAX,
	    "8.0 EiB (9,223,372,036,854,775,807 octets)" },
	{ "the most", UINT64_MAX,
	    "16.0 EiB (18,446,744,073,709,551,615 octets)" },
};

static void
test_words(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct buf b = BUF_MAX(2 + SIZE_WORDS_MAX);

	buf_adds(&b, "a ");
	assert_int_equal(size_add(&b, r->octets), 0);
	assert_string_equal(buf_str(&b) + 2, r->words);
	buf_free(&b);
}

/* All of it, or nothing. */
static void
test_no_room(void **state)
{
	struct buf b = BUF_MAX(10);

	(void)state;
	assert_int_equal(size_add(&b, 1024), -1);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(size_add(&b, 999), 0);
	buf_free(&b);
}

int
main(void)
{
	UNIT_ROWS(rows, test_words);
	UNIT_TEST(test_no_room);
	return unit_run("size");
}
