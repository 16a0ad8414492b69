#include <time.h>

#include "mail/once.h"
#include "unit.h"

static void
load(struct header *h, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_addc(&h->raw, '\r');
		buf_addc(&h->raw, *text);
	}
	header_index(h);
}

/* What is left, with LF. */
static void
left(const struct header *h, struct buf *b)
{
	const char *p;
	size_t i;

	for (i = 0; i < h->n; i++)
		for (p = h->field[i].text; !h->field[i].gone &&
		    p < h->field[i].text + h->field[i].len; p++)
			if (*p != '\r')
				buf_addc(b, *p);
}

static const struct empty_row {
	const char	*name;
	const char	*body;
	int		 want;
} empties[] = {
	{ "nothing", "", 1 },
	{ "a blank", " ", 1 },
	{ "folds of blanks", " \n \n\t", 1 },
	{ "a comment", " (c)", 1 },
	{ "a folded comment", " (a\n b)\n ", 1 },
	{ "commas", " , ,,\n ,", 1 },
	{ "commas and comments", "(a),(b)", 1 },
	{ "an open comment", " (a", 0 },
	{ "a dot", ".", 0 },
	{ "empty quotes", "\"\"", 0 },
	{ "empty brackets", "<>", 0 },
	{ "a group of nobody", "x:;", 0 },
	{ "an address", "a@b", 0 },
	{ "an address behind a comma", ",a@b", 0 },
};

static void
test_empty(void **state)
{
	const struct empty_row *r = *state;
	struct header h = { .raw = BUF_MAX(1000) };
	char text[100];

	snprintf(text, sizeof(text), "To:%s\n", r->body);
	load(&h, text);
	assert_int_equal(once_empty(&h.field[0]), r->want);
	header_free(&h);
}

#define SIGNED	"DKIM-Signature: v=1; h=Subject:To; b=x\n"

static const struct row {
	const char	*name;
	const char	*in, *out;
} firsts[] = {
	{ "none", "A: b\n", "A: b\n" },
	{ "one", "Subject: a\n", "Subject: a\n" },
	{ "an empty one", "Subject:\n", "Subject:\n" },
	{ "two", "Subject: a\nB: c\nSubject: b\n", "Subject: a\nB: c\n" },
	{ "in any case", "SUBJECT :a\nsubject: b\n", "SUBJECT :a\n" },
	{ "the first is blank, folded", "Subject: \n \nSubject: b\n",
	    "Subject: b\n" },
	{ "the first is empty", "Subject:\nSubject: b\nSubject: c\n",
	    "Subject: b\n" },
	{ "all are empty", "Subject: \nB: c\nSubject:\n",
	    "Subject: \nB: c\n" },
	{ "a folded one goes whole", "Subject: a\nSubject: b\n c\nB: d\n",
	    "Subject: a\nB: d\n" },
	{ "signed", SIGNED "Subject: a\nSubject: b\n",
	    SIGNED "Subject: a\nSubject: b\n" },
};

static void
test_first(void **state)
{
	const struct row *r = *state;
	struct header h = { .raw = BUF_MAX(1000) };
	struct buf got = BUF_MAX(1000);

	load(&h, r->in);
	once_first(&h, "Subject");
	left(&h, &got);
	assert_string_equal(buf_str(&got), r->out);
	header_free(&h);
	buf_free(&got);
}

static const struct row joins[] = {
	{ "none", "A: b\n", "A: b\n" },
	{ "one stays byte for byte", "TO :  a@x ,\n", "TO :  a@x ,\n" },
	{ "two", "To: a@x\nB: c\nTo: b@x\nD: e\n",
	    "To: a@x,\n b@x\nB: c\nD: e\n" },
	{ "three, in any case", "TO: a@x\nto: b@x\nTo : c@x\n",
	    "To: a@x,\n b@x,\n c@x\n" },
	{ "their folds", "To: a@x,\n b@x\nTo:\n\tc@x,\n d@x\n",
	    "To: a@x,\n b@x,\n c@x,\n d@x\n" },
	{ "their commas", "To: ,a@x, ,\nTo: ,,b@x,\n", "To: a@x,\n b@x\n" },
	{ "names and groups", "To: \"A, B\" <a@x> (c)\nTo: g: b@x;\n",
	    "To: \"A, B\" <a@x> (c),\n g: b@x;\n" },
	{ "a group of nobody", "To: nobody:;\nTo: b@x\n",
	    "To: nobody:;,\n b@x\n" },
	{ "bare names", "To: root\nTo: b@x\n", "To: root,\n b@x\n" },
	{ "an empty one goes", "To:\nCc: b@x\n", "Cc: b@x\n" },
	{ "all are empty", "To:\nTo: ()\nTo: ,\n", "" },
	{ "an empty one does not swallow the next", "To:\nTo: b@x\nC: d\n",
	    "To: b@x\nC: d\n" },
	{ "an open quote stays by itself", "To: a@x\nTo: \"b@x\nTo: c@x\n",
	    "To: a@x,\n c@x\nTo: \"b@x\n" },
	{ "an open comment first", "To: (a@x\nTo: b@x\nTo: c@x\n",
	    "To: (a@x\nTo: b@x,\n c@x\n" },
	{ "an open group", "To: g: a@x\nTo: b@x\n",
	    "To: g: a@x\nTo: b@x\n" },
	{ "one that parses, one that does not", "To: a b@x\nTo: b@x\n",
	    "To: a b@x\nTo: b@x\n" },
	{ "signed", SIGNED "To: a@x\nTo: b@x\nTo:\n",
	    SIGNED "To: a@x\nTo: b@x\nTo:\n" },
	{ "a folded empty one", "To:\n \n\t\nTo: a@x\n", "To: a@x\n" },
};

static void
test_join(void **state)
{
	const struct row *r = *state;
	struct header h = { .raw = BUF_MAX(1000) };
	struct buf got = BUF_MAX(1000);

	load(&h, r->in);
	once_join(&h, "To");
	left(&h, &got);
	assert_string_equal(buf_str(&got), r->out);
	header_free(&h);
	buf_free(&got);
}

/* A hundred thousand of each: linear, or this would take minutes. */
static void
test_many(void **state)
{
	struct header h = { .raw = BUF_MAX(1 << 24) };
	clock_t start = clock();
	size_t i, n = 100000;

	(void)state;
	for (i = 0; i < n; i++)
		buf_addf(&h.raw, "To: a%zu@x\r\nSubject: s\r\nCc:\r\n"
		    "Cc: (\r\n", i);
	header_index(&h);
	once_join(&h, "To");
	once_join(&h, "Cc");
	once_first(&h, "Subject");
	assert_int_equal(header_find(&h, "To", 1), h.n);
	assert_int_equal(header_find(&h, "Subject", 2), h.n);
	for (i = 0; i < h.n; i++)
		n -= !h.field[i].gone && field_is(&h.field[i], "Cc");
	assert_int_equal(n, 0);
	assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
	header_free(&h);
}

int
main(void)
{
	UNIT_ROWS(empties, test_empty);
	UNIT_ROWS(firsts, test_first);
	UNIT_ROWS(joins, test_join);
	UNIT_TEST(test_many);
	return unit_run("once");
}
