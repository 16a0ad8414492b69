#include "unit.h"

#include <time.h>

#include "mail/envelope.h"

static const struct {
	const char	*name;
	const char	*first, *second;
	int		 added;		/* the second one, too */
} pairs[] = {
	{ "the same", "ann@x.example", "ann@x.example", 0 },
	{ "domains without case", "ann@x.example", "ann@X.Example", 0 },
	{ "local parts with case", "ann@x.example", "Ann@x.example", 1 },
	{ "other domain", "ann@x.example", "ann@y.example", 1 },
	{ "other local part", "ann@x.example", "bob@x.example", 1 },
	{ "one is the beginning of the other", "ann@x", "ann@x.example", 1 },
	{ "bare names", "root", "root", 0 },
	{ "bare names with case", "root", "Root", 1 },
	{ "a bare name is no address", "root", "root@x", 1 },
	{ "an at sign in quotes, same", "\"a@B\"@x", "\"a@B\"@X", 0 },
	{ "an at sign in quotes, with case", "\"a@B\"@x", "\"a@b\"@x", 1 },
	{ "the same in a bare quoted name", "\"a@B\"", "\"a@b\"", 1 },
	{ "literals without case", "a@[IPv6:::A]", "a@[ipv6:::a]", 0 },
};

static void
test_pair(void **state)
{
	const __typeof__(pairs[0]) *r = *state;
	struct envelope e = ENVELOPE_INIT;
	char *copy = unit_copy(r->second, strlen(r->second) + 1);

	assert_int_equal(envelope_add(&e, r->first, "one"), 1);
	assert_int_equal(envelope_add(&e, copy, "two"), r->added);
	free(copy);
	assert_int_equal(e.nrcpt, 1 + r->added);
	assert_string_equal(e.rcpt[0].orig, "one");
	if (r->added)
		assert_string_equal(e.rcpt[1].orig, "two");
	envelope_free(&e);
	assert_int_equal(e.nrcpt, 0);
}

static void
test_fresh(void **state)
{
	struct envelope e = ENVELOPE_INIT;

	(void)state;
	assert_int_equal(envelope_count(&e, RCPT_WAITING), 0);
	assert_int_equal(envelope_move(&e, RCPT_WAITING, RCPT_SENT, ERR_NONE,
	    NULL), 0);
	envelope_add(&e, "Ann@X.example", "Ann <Ann@X.example>");
	assert_string_equal(e.rcpt[0].addr, "Ann@x.example");
	assert_string_equal(e.rcpt[0].orig, "Ann <Ann@X.example>");
	assert_int_equal(e.rcpt[0].status, RCPT_WAITING);
	assert_int_equal(e.rcpt[0].kind, ERR_NONE);
	assert_null(e.rcpt[0].why);
	assert_null(e.rcpt[0].given);
	envelope_given(&e, 0, "root");
	envelope_given(&e, 0, "ann");
	assert_string_equal(e.rcpt[0].given, "ann");
	envelope_free(&e);
	envelope_free(&e);
}

static void
test_sender(void **state)
{
	struct envelope e = ENVELOPE_INIT;
	char text[] = "a@x";

	(void)state;
	assert_null(e.sender);
	envelope_sender(&e, text);
	text[0] = 'b';
	assert_string_equal(e.sender, "a@x");
	envelope_sender(&e, "");
	assert_string_equal(e.sender, "");
	envelope_free(&e);
	assert_null(e.sender);
}

/* What became of five, after a dialogue in which each fared differently. */
static void
test_marks(void **state)
{
	struct envelope e = ENVELOPE_INIT;
	char why[] = "550 5.1.1 who?";

	(void)state;
	envelope_add(&e, "a@x", "a@x");
	envelope_add(&e, "b@x", "b@x");
	envelope_add(&e, "c@x", "c@x");
	envelope_add(&e, "d@x", "d@x");
	envelope_add(&e, "e@x", "e@x");
	envelope_mark(&e, 0, RCPT_ACCEPTED, ERR_NONE, NULL);
	envelope_mark(&e, 1, RCPT_PERMFAIL, ERR_NOUSER, why);
	envelope_mark(&e, 2, RCPT_TEMPFAIL, ERR_TEMP, "450 later");
	envelope_mark(&e, 3, RCPT_ACCEPTED, ERR_NONE, NULL);
	why[0] = '?';
	assert_string_equal(e.rcpt[1].why, "550 5.1.1 who?");
	assert_int_equal(e.rcpt[1].kind, ERR_NOUSER);
	assert_int_equal(envelope_count(&e, RCPT_ACCEPTED), 2);
	assert_int_equal(envelope_count(&e, RCPT_WAITING), 1);
	assert_int_equal(envelope_move(&e, RCPT_ACCEPTED, RCPT_IN_DOUBT,
	    ERR_TEMP, "gone"), 2);
	assert_int_equal(envelope_count(&e, RCPT_ACCEPTED), 0);
	assert_int_equal(envelope_count(&e, RCPT_IN_DOUBT), 2);
	assert_string_equal(e.rcpt[0].why, "gone");
	assert_string_equal(e.rcpt[3].why, "gone");
	assert_ptr_not_equal(e.rcpt[0].why, e.rcpt[3].why);
	assert_null(e.rcpt[4].why);
	envelope_mark(&e, 0, RCPT_SENT, ERR_NONE, NULL);
	assert_null(e.rcpt[0].why);
	assert_int_equal(e.rcpt[0].kind, ERR_NONE);
	envelope_mark(&e, 3, RCPT_TEMPFAIL, ERR_TEMP, e.rcpt[3].why);
	assert_string_equal(e.rcpt[3].why, "gone");
	envelope_free(&e);
}

/* Seconds of processor time for n recipients, each given twice. */
static double
add_many(size_t n)
{
	struct envelope e = ENVELOPE_INIT;
	clock_t start = clock();
	char addr[64], want[64];
	size_t i, round;

	for (round = 0; round < 2; round++)
		for (i = 0; i < n; i++) {
			snprintf(addr, sizeof(addr), "user%zu@%s", i,
			    round == 0 ? "x.example" : "X.EXAMPLE");
			assert_int_equal(envelope_add(&e, addr, addr),
			    round == 0);
		}
	assert_int_equal(e.nrcpt, n);
	for (i = 0; i < n; i++) {
		snprintf(want, sizeof(want), "user%zu@x.example", i);
		assert_string_equal(e.rcpt[i].addr, want);
	}
	envelope_free(&e);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Sixteen times as many may take sixteen times as long; a scan takes 256. */
static void
test_linear(void **state)
{
	double few = add_many(10000), many = add_many(160000);

	(void)state;
	assert_true(many < 80 * (few > 0.005 ? few : 0.005));
}

int
main(void)
{
	UNIT_ROWS(pairs, test_pair);
	UNIT_TEST(test_fresh);
	UNIT_TEST(test_sender);
	UNIT_TEST(test_marks);
	UNIT_TEST(test_linear);
	return unit_run("envelope");
}
