#include "unit.h"

#include "mail/holders.h"

/*
 * A walk: "<" enters one of that depth, at the place where it stands in the
 * text; ">" leaves a level; "!" marks.  A digit behind says how deep.
 */
static const struct {
	const char	*name;
	const char	*walk;
	const char	*found;		/* "^" below each that is found */
} rows[] = {
	{ "none",		  "<0<1>1", "      " },
	{ "one",		  "<0!",    "^  " },
	{ "all that are open",	  "<0<1<2!", "^ ^ ^  " },
	{ "one that is closed",	  "<0<1>1!", "^      " },
	{ "a level closes all in it", "<0<1<2>1!", "^        " },
	{ "the same depth stays",  "<0<0!", "^ ^  " },
	{ "the next of a level",  "<0<1>1<1!", "^     ^  " },
	{ "once",		  "<0!<1!!>1<1!", "^  ^     ^  " },
	{ "others in between",	  "<0<1>1<1<2!>2<2>1<1!",
				  "^     ^ ^        ^  " },
	{ "behind the last",	  "<0<1!>0!", "^ ^     " },
};

static void
walk(struct holders *l, const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (s[i] == '<')
			holders_enter(l, (off_t)i - 1, (size_t)(s[i + 1] -
			    '0'));
		else if (s[i] == '>')
			holders_leave(l, (size_t)(s[i + 1] - '0'));
		else if (s[i] == '!')
			holders_mark(l);
}

static void
test_found(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct holders l = HOLDERS_INIT;
	size_t i;

	walk(&l, r->walk);
	assert_int_equal(holders_left(&l), strchr(r->found, '^') != NULL);
	holders_rewind(&l);
	for (i = 0; r->walk[i] != '\0'; i++)
		if (r->walk[i] == '<')
			assert_int_equal(holders_take(&l, (off_t)i - 1),
			    r->found[i] == '^');
	assert_false(holders_left(&l));
	holders_free(&l);
}

/* More than are kept: those that come first are found. */
static void
test_many(void **state)
{
	struct holders l = HOLDERS_INIT;
	off_t i;

	(void)state;
	for (i = 0; i < HOLDERS_MAX + 10; i++) {
		holders_enter(&l, i, 0);
		if (i % 3 == 0)
			holders_mark(&l);
	}
	holders_mark(&l);
	for (i = 0; i < HOLDERS_MAX + 10; i++)
		assert_int_equal(holders_take(&l, i), i < HOLDERS_MAX);
	holders_free(&l);
}

/* A walk after one that was given up. */
static void
test_again(void **state)
{
	struct holders l = HOLDERS_INIT;

	(void)state;
	walk(&l, "<0<1!<1");
	holders_free(&l);
	assert_false(holders_left(&l));
	walk(&l, "<0!");
	assert_true(holders_take(&l, HOLDERS_TOP));
	assert_false(holders_left(&l));
	holders_free(&l);
}

int
main(void)
{
	UNIT_ROWS(rows, test_found);
	UNIT_TEST(test_many);
	UNIT_TEST(test_again);
	return unit_run("holders");
}
