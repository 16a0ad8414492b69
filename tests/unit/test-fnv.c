#include "unit.h"

#include "base/fnv.h"

/* From the reference's list of test vectors. */
static const struct {
	const char	*name;
	uint64_t	 want;
} rows[] = {
	{ "", UINT64_C(0xcbf29ce484222325) },
	{ "a", UINT64_C(0xaf63dc4c8601ec8c) },
	{ "foobar", UINT64_C(0x85944171f73967e8) },
};

static void
test_text(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	size_t cut, n = strlen(r->name);
	char *copy = unit_copy(r->name, n);

	for (cut = 0; cut <= n; cut++)
		assert_true(fnv_add(fnv_add(FNV_START, copy, cut), copy + cut,
		    n - cut) == r->want);
	free(copy);
}

int
main(void)
{
	UNIT_ROWS(rows, test_text);
	return unit_run("fnv");
}
