#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"

static void
test_empty(void **state)
{
	struct buf b = BUF_MAX(10);

	(void)state;
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_add(&b, "", 0), 0);
	assert_int_equal(buf_adds(&b, ""), 0);
	buf_eat(&b, 0);
	buf_cut(&b, 0);
	buf_clear(&b);
	assert_string_equal(buf_str(&b), "");
	buf_free(&b);
	buf_free(&b);
	assert_int_equal(b.max, 10);
}

static const struct {
	const char	*name;
	size_t		 max, piece;
} limits[] = {
	{ "nothing at all", 0, 1 },
	{ "one", 1, 1 },
	{ "below the first size", 63, 1 },
	{ "the first size", 64, 1 },
	{ "one over", 65, 1 },
	{ "a power of two", 4096, 7 },
	{ "in large pieces", 100000, 30000 },
};

/* Whatever way a limit is reached, it is not passed, and a NUL follows. */
static void
test_limit(void **state)
{
	const __typeof__(limits[0]) *r = *state;
	struct buf b = BUF_MAX(r->max);
	char *fill = unit_fill('x', r->piece), *room;

	while (b.max - b.len >= r->piece) {
		assert_int_equal(buf_add(&b, fill, r->piece), 0);
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_int_equal(b.len, r->max / r->piece * r->piece);
	assert_int_equal(buf_add(&b, fill, r->piece), -1);
	assert_int_equal(buf_adds(&b, fill), -1);
	assert_int_equal(buf_addf(&b, "%s", fill), -1);
	assert_null(buf_room(&b, r->piece));
	assert_null(buf_room(&b, SIZE_MAX));
	assert_int_equal(b.len, r->max / r->piece * r->piece);
	assert_int_equal(strlen(buf_str(&b)), b.len);
	while (b.len < b.max)
		assert_int_equal(buf_addc(&b, 'y'), 0);
	assert_int_equal(buf_addc(&b, 'y'), -1);
	assert_int_equal(buf_add(&b, "", 0), 0);
	room = buf_room(&b, 0);
	assert_ptr_equal(room, b.data + b.len);
	assert_int_equal(strlen(buf_str(&b)), r->max);
	buf_free(&b);
	free(fill);
}

static void
test_formatted(void **state)
{
	struct buf b = BUF_MAX(20);

	(void)state;
	buf_adds(&b, "n=");
	assert_int_equal(buf_addf(&b, "%d %s", -5, "five"), 0);
	assert_string_equal(buf_str(&b), "n=-5 five");
	assert_int_equal(buf_addf(&b, "%0200d", 1), -1);
	assert_string_equal(buf_str(&b), "n=-5 five");
	assert_int_equal(buf_addf(&b, "%s", "0123456789a"), 0);
	assert_int_equal(b.len, 20);
	assert_int_equal(buf_addf(&b, "%s", ""), 0);
	buf_free(&b);
}

static void
test_binary(void **state)
{
	struct buf b = BUF_MAX(20);

	(void)state;
	assert_int_equal(buf_add(&b, "a\0b", 3), 0);
	assert_int_equal(buf_addc(&b, '\0'), 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\0", 5);
	buf_free(&b);
}

static const struct {
	const char	*name;
	size_t		 n;
	const char	*eaten, *cut;	/* of "hello" */
} parts[] = {
	{ "none", 0, "hello", "" },
	{ "one", 1, "ello", "h" },
	{ "all but one", 4, "o", "hell" },
	{ "all", 5, "", "hello" },
};

static void
test_parts(void **state)
{
	const __typeof__(parts[0]) *r = *state;
	struct buf b = BUF_MAX(20);
	size_t i;

	buf_adds(&b, "hello");
	buf_eat(&b, r->n);
	assert_string_equal(buf_str(&b), r->eaten);
	assert_int_equal(b.len, 5 - r->n);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	buf_adds(&b, "hello");
	buf_cut(&b, r->n);
	assert_string_equal(buf_str(&b), r->cut);
	for (i = r->n; i <= 5; i++)
		assert_int_equal(b.data[i], '\0');
	buf_adds(&b, "!");
	assert_int_equal(b.len, r->n + 1);
	buf_free(&b);
}

static void
test_room(void **state)
{
	struct buf b = BUF_MAX(100);
	char *p;

	(void)state;
	buf_adds(&b, "ab");
	p = buf_room(&b, 98);
	assert_non_null(p);
	assert_string_equal(buf_str(&b), "ab");
	memcpy(p, "cde", 3);
	buf_took(&b, 2);
	assert_string_equal(buf_str(&b), "abcd");
	assert_null(buf_room(&b, 97));
	buf_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_adds(&b, "again"), 0);
	buf_free(&b);
}

static void
test_mem(void **state)
{
	char *s = mem_strn("abc", 2), *all = mem_str("abc");
	unsigned char *p = mem_new(3, 4);
	size_t i;

	(void)state;
	assert_string_equal(s, "ab");
	assert_string_equal(all, "abc");
	for (i = 0; i < 12; i++)
		assert_int_equal(p[i], 0);
	memset(p, 7, 12);
	p = mem_grow(p, 12, 5000);
	for (i = 0; i < 5000; i++)
		assert_int_equal(p[i], i < 12 ? 7 : 0);
	free(p);
	free(mem_new(0, 8));
	mem_wipe(NULL);
	mem_wipe(s);
	mem_wipe(all);
}

static void
eat_too_much(void)
{
	struct buf b = BUF_MAX(10);

	buf_adds(&b, "ab");
	buf_eat(&b, 3);
}

static void
cut_too_far(void)
{
	struct buf b = BUF_MAX(10);

	buf_cut(&b, 1);
}

static void
take_too_much(void)
{
	struct buf b = BUF_MAX(1000);

	buf_room(&b, 10);
	buf_took(&b, 100);
}

static void
test_asserted(void **state)
{
	(void)state;
	assert_true(unit_aborts(eat_too_much));
	assert_true(unit_aborts(cut_too_far));
	assert_true(unit_aborts(take_too_much));
}

int
main(void)
{
	UNIT_ROWS(limits, test_limit);
	UNIT_ROWS(parts, test_parts);
	UNIT_TEST(test_empty);
	UNIT_TEST(test_formatted);
	UNIT_TEST(test_binary);
	UNIT_TEST(test_room);
	UNIT_TEST(test_mem);
	UNIT_TEST(test_asserted);
	return unit_run("buf");
}
