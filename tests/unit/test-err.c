#include "unit.h"

#include "base/err.h"

static const struct {
	const char	*name;
	enum err_kind	 kind;
	int		 code;
} kinds[] = {
	{ "EX_OK", ERR_NONE, 0 }, { "EX_USAGE", ERR_USAGE, 64 },
	{ "EX_DATAERR", ERR_DATA, 65 }, { "EX_NOINPUT", ERR_NOINPUT, 66 },
	{ "EX_NOUSER", ERR_NOUSER, 67 }, { "EX_NOHOST", ERR_NOHOST, 68 },
	{ "EX_UNAVAILABLE", ERR_UNAVAIL, 69 },
	{ "EX_SOFTWARE", ERR_SOFTWARE, 70 }, { "EX_OSERR", ERR_OS, 71 },
	{ "EX_CANTCREAT", ERR_CREATE, 73 }, { "EX_IOERR", ERR_IO, 74 },
	{ "EX_TEMPFAIL", ERR_TEMP, 75 }, { "EX_PROTOCOL", ERR_PROTOCOL, 76 },
	{ "EX_NOPERM", ERR_NOPERM, 77 }, { "EX_CONFIG", ERR_CONFIG, 78 },
};

static void
test_kind(void **state)
{
	const __typeof__(kinds[0]) *r = *state;

	assert_int_equal(err_exit(r->kind), r->code);
	assert_string_equal(err_exit_name(r->kind), r->name);
}

/* Each is worse than all that come after it. */
static void
test_worse(void **state)
{
	static const enum err_kind order[] = { ERR_DATA, ERR_NOUSER,
	    ERR_UNAVAIL, ERR_NOPERM, ERR_PROTOCOL, ERR_NOHOST, ERR_TEMP,
	    ERR_NONE };
	static const enum err_kind others[] = { ERR_USAGE, ERR_NOINPUT,
	    ERR_SOFTWARE, ERR_OS, ERR_CREATE, ERR_IO, ERR_CONFIG };
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(order); i++) {
		assert_int_equal(err_worse(order[i], order[i]), order[i]);
		for (k = i + 1; k < COUNT(order); k++) {
			assert_int_equal(err_worse(order[i], order[k]),
			    order[i]);
			assert_int_equal(err_worse(order[k], order[i]),
			    order[i]);
		}
		for (k = 0; k < COUNT(others); k++) {
			assert_int_equal(err_worse(order[i], others[k]),
			    others[k]);
			assert_int_equal(err_worse(others[k], order[i]),
			    others[k]);
		}
	}
}

static void
test_text(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_TEMP, "%s: %d", "host", 5), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_string_equal(e.text, "host: 5");
	assert_int_equal(err_prefix(&e, "%s: ", "work"), -1);
	assert_string_equal(e.text, "work: host: 5");
	assert_int_equal(err_suffix(&e, "; %s", "try later"), -1);
	assert_string_equal(e.text, "work: host: 5; try later");
	assert_int_equal(e.kind, ERR_TEMP);
	err_set(&e, ERR_DATA, "<%s>", e.text);
	assert_string_equal(e.text, "<work: host: 5; try later>");
	assert_int_equal(e.kind, ERR_DATA);
	err_prefix(&e, "%.5s ", e.text);
	assert_string_equal(e.text, "<work <work: host: 5; try later>");
}

static void
test_cut(void **state)
{
	struct err e = ERR_INIT;
	char *fill = unit_fill('x', 2 * ERR_TEXT_MAX);

	(void)state;
	err_set(&e, ERR_TEMP, "%s", fill);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_suffix(&e, "more");
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_prefix(&e, "first ");
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	assert_memory_equal(e.text, "first xxx", 9);
	err_prefix(&e, "%s", fill);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	free(fill);
}

int
main(void)
{
	UNIT_ROWS(kinds, test_kind);
	UNIT_TEST(test_worse);
	UNIT_TEST(test_text);
	UNIT_TEST(test_cut);
	return unit_run("err");
}
