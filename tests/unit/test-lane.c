#include "unit.h"

#include "smtp/lane.h"

/*
 * A script: a letter pushes (R a recipient, with the next index), "-" pops
 * and checks against what was pushed first.
 */
static const struct {
	const char	*name;
	const char	*script;
	size_t		 runs;		/* at the end */
} rows[] = {
	{ "one by one", "G-E-M-R-D-.-Q-", 0 },
	{ "all at once", "MRRRDQ------", 0 },
	{ "a run of recipients", "RRRRRR", 1 },
	{ "runs apart", "RRSRR", 3 },
	{ "a run grows while it is read", "RR-RR-RR--", 1 },
	{ "a run begins anew", "RR--RR", 1 },
	{ "in between", "MR-R-RD--", 1 },
	{ "round the ring", "M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-"
	    "M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-M-"
	    "M-M-M-M-M-M-M-M-M-MRRDQ--RR-", 3 },
};

static enum verb
verb_of(char c)
{
	static const char letters[] = "GEHTA*MRD.NSQ";

	return (enum verb)(strchr(letters, c) - letters);
}

static void
test_script(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct lane l = { .owed = 0 };
	enum verb pushed[200];
	size_t index[200], n = 0, popped = 0, rcpt = 0, i;
	const char *p;

	for (p = r->script; *p != '\0'; p++) {
		if (*p != '-') {
			pushed[n] = verb_of(*p);
			index[n] = *p == 'R' ? rcpt++ : 0;
			assert_true(lane_room(&l));
			lane_push(&l, pushed[n], index[n]);
			n++;
		} else {
			assert_int_equal(lane_head(&l), pushed[popped]);
			assert_int_equal(lane_pop(&l, &i), pushed[popped]);
			if (pushed[popped] == V_RCPT)
				assert_int_equal(i, index[popped]);
			popped++;
		}
		assert_int_equal(l.owed, n - popped);
	}
	assert_int_equal(l.runs, r->runs);
}

static void
test_ten_thousand(void **state)
{
	struct lane l = { .owed = 0 };
	size_t i, k;

	(void)state;
	lane_push(&l, V_MAIL, 0);
	for (i = 0; i < 10000; i++) {
		assert_true(lane_room(&l));
		lane_push(&l, V_RCPT, i);
	}
	lane_push(&l, V_DATA, 0);
	assert_int_equal(l.owed, 10002);
	assert_int_equal(lane_pop(&l, &k), V_MAIL);
	for (i = 0; i < 10000; i++) {
		assert_int_equal(lane_pop(&l, &k), V_RCPT);
		assert_int_equal(k, i);
	}
	assert_int_equal(lane_pop(&l, &k), V_DATA);
	assert_int_equal(l.owed, 0);
}

/* Indexes with gaps are runs of their own. */
static void
test_gaps(void **state)
{
	static const size_t want[] = { 3, 4, 7, 7, 8, 1 };
	struct lane l = { .owed = 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(want); i++)
		lane_push(&l, V_RCPT, want[i]);
	for (i = 0; i < COUNT(want); i++) {
		assert_int_equal(lane_pop(&l, &k), V_RCPT);
		assert_int_equal(k, want[i]);
	}
}

static void
test_full(void **state)
{
	struct lane l = { .owed = 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < LANE_RUNS; i++) {
		assert_true(lane_room(&l));
		lane_push(&l, V_RSET, 0);
	}
	assert_false(lane_room(&l));
	lane_pop(&l, &k);
	assert_true(lane_room(&l));
}

static void
pop_empty(void)
{
	struct lane l = { .owed = 0 };
	size_t i;

	lane_pop(&l, &i);
}

static void
push_full(void)
{
	struct lane l = { .owed = 0 };
	size_t i;

	for (i = 0; i <= LANE_RUNS; i++)
		lane_push(&l, V_RSET, 0);
}

static void
again_full(void)
{
	struct lane l = { .owed = 0 };
	size_t i;

	for (i = 0; i <= LANE_RUNS; i++)
		lane_again(&l, V_DOT);
}

/* LMTP: the same reply again, before all that is owed. */
static void
test_again(void **state)
{
	struct lane l = { .owed = 0 };
	size_t i, k;

	(void)state;
	lane_push(&l, V_DOT, 0);
	lane_push(&l, V_QUIT, 0);
	for (i = 0; i < 3 * LANE_RUNS; i++) {
		assert_int_equal(lane_pop(&l, &k), V_DOT);
		lane_again(&l, V_DOT);
		assert_int_equal(l.owed, 2);
	}
	lane_pop(&l, &k);
	assert_int_equal(lane_pop(&l, &k), V_QUIT);
	assert_int_equal(l.owed, 0);
}

static void
test_asserted(void **state)
{
	(void)state;
	assert_true(unit_aborts(pop_empty));
	assert_true(unit_aborts(push_full));
	assert_true(unit_aborts(again_full));
}

int
main(void)
{
	UNIT_ROWS(rows, test_script);
	UNIT_TEST(test_ten_thousand);
	UNIT_TEST(test_gaps);
	UNIT_TEST(test_full);
	UNIT_TEST(test_again);
	UNIT_TEST(test_asserted);
	return unit_run("lane");
}
