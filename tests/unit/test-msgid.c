#include "unit.h"

#include "mail/addr.h"
#include "mail/msgid.h"

#define MANY	1000

/* "<" 24 letters "@" host ">", and the left side is a dot-atom. */
static void
test_form(void **state)
{
	struct buf b = BUF_MAX(200);
	struct addr a = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	buf_adds(&b, "x");
	assert_int_equal(msgid_make(&b, "h.example"), 0);
	assert_int_equal(b.len, 1 + 1 + 24 + 1 + 9 + 1);
	assert_int_equal(b.data[1], '<');
	assert_int_equal(strspn(b.data + 2,
	    "0123456789abcdefghjkmnpqrstvwxyz"), 24);
	assert_string_equal(b.data + 26, "@h.example>");
	assert_int_equal(addr_parse_one(&a, b.data + 1, b.len - 1, &e), 0);
	assert_string_equal(a.domain, "h.example");
	addr_free(&a);
	buf_free(&b);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 24);
}

static void
test_unique(void **state)
{
	char (*ids)[24] = malloc(MANY * sizeof(*ids));
	struct buf b = BUF_MAX(200);
	int seen[256] = { 0 }, letters = 0;
	size_t i, k;

	(void)state;
	for (i = 0; i < MANY; i++) {
		buf_clear(&b);
		msgid_make(&b, "h");
		memcpy(ids[i], b.data + 1, 24);
		for (k = 0; k < 24; k++)
			seen[(unsigned char)ids[i][k]] = 1;
	}
	for (i = 0; i < 256; i++)
		letters += seen[i];
	assert_int_equal(letters, 32);
	qsort(ids, MANY, sizeof(*ids), compare);
	for (i = 1; i < MANY; i++)
		assert_int_not_equal(memcmp(ids[i - 1], ids[i], 24), 0);
	free(ids);
	buf_free(&b);
}

static void
test_limit(void **state)
{
	struct buf b = BUF_MAX(27);

	(void)state;
	assert_int_equal(msgid_make(&b, "h"), -1);
	assert_int_equal(b.len, 0);
	b.max++;
	assert_int_equal(msgid_make(&b, "h"), 0);
	buf_free(&b);
}

int
main(void)
{
	UNIT_TEST(test_form);
	UNIT_TEST(test_unique);
	UNIT_TEST(test_limit);
	return unit_run("msgid");
}
