#include "unit.h"

#include "mail/field.h"

static void
load(struct header *h, const char *raw)
{
	*h = (struct header){ .raw = BUF_MAX(1 << 20) };
	assert_int_equal(buf_adds(&h->raw, raw), 0);
	header_index(h);
}

/* All that would be written. */
static char *
written(const struct header *h)
{
	struct buf b = BUF_MAX(1 << 20);
	size_t i;
	char *s;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone)
			buf_add(&b, h->field[i].text, h->field[i].len);
	assert_int_equal(b.len, header_size(h));
	s = strdup(buf_str(&b));
	buf_free(&b);
	return s;
}

static void
expect(const struct header *h, const char *want)
{
	char *s = written(h);

	assert_string_equal(s, want);
	free(s);
}

static const struct name_row {
	const char	*name;
	const char	*line;
	size_t		 n;
	size_t		 len, body;	/* len 0: no field */
} lines[] = {
	{ "plain", LIT("Subject: hi"), 7, 8 },
	{ "no space after the colon", LIT("Subject:hi"), 7, 8 },
	{ "space before the colon", LIT("Subject : hi"), 7, 9 },
	{ "tab and space before the colon", LIT("To \t : a@x"), 2, 6 },
	{ "no body", LIT("To:"), 2, 3 },
	{ "every printable name", LIT("!#$%&'*+-/0A^_`{|}~:x"), 19, 20 },
	{ "two colons", LIT("A:b:c"), 1, 2 },
	{ "no name", LIT(": x"), 0, 0 },
	{ "no colon", LIT("Subject"), 0, 0 },
	{ "a sentence", LIT("Dear Ann: hello"), 0, 0 },
	{ "a continuation", LIT(" To: a@x"), 0, 0 },
	{ "an empty line", LIT(""), 0, 0 },
	{ "an mbox line", LIT("From a@x Mon Jan  1 00:00:00 2024"), 0, 0 },
	{ "8-bit name", LIT("Sub\xc3\xbc: x"), 0, 0 },
	{ "NUL in the name", LIT("To\0: x"), 0, 0 },
	{ "DEL in the name", LIT("To\177: x"), 0, 0 },
	{ "NUL in the body", LIT("To: \0x"), 2, 3 },
};

static void
test_name(void **state)
{
	const struct name_row *r = *state;
	char *copy = unit_copy(r->line, r->n);
	size_t body = 99;

	assert_int_equal(field_name(copy, r->n, &body), r->len);
	if (r->len > 0)
		assert_int_equal(body, r->body);
	free(copy);
}

#define SAMPLE	"Received: one\r\n\tfolded\r\nTO : a@x\r\nX-A:1\r\nto:b@y\r\n" \
		"Subject:\r\n hi\r\n"

static const struct {
	const char	*name;
	const char	*field;
	size_t		 from, want;	/* 5 is: none */
} finds[] = {
	{ "the first", "Received", 0, 0 },
	{ "case apart", "To", 0, 1 },
	{ "the next", "To", 2, 3 },
	{ "no third", "To", 4, 5 },
	{ "folded over an empty line", "Subject", 0, 4 },
	{ "part of a name", "X", 0, 5 },
	{ "longer than the name", "X-AB", 0, 5 },
	{ "from the end", "To", 5, 5 },
};

static void
test_find(void **state)
{
	const __typeof__(finds[0]) *r = *state;
	struct header h;

	load(&h, SAMPLE);
	assert_int_equal(h.n, 5);
	assert_int_equal(header_find(&h, r->field, r->from), r->want);
	assert_int_equal(header_has(&h, r->field) != 0,
	    r->want < 5 || r->from > 0);
	expect(&h, SAMPLE);
	header_free(&h);
}

static const struct {
	const char	*name;
	const char	*raw;
	const char	*body, *unfolded;
} bodies[] = {
	{ "plain", "A: b c\r\n", " b c", "b c" },
	{ "no space", "A:b\r\n", "b", "b" },
	{ "empty", "A:\r\n", "", "" },
	{ "blank", "A: \t \r\n", " \t ", "" },
	{ "trailing blanks", "A: b \t\r\n", " b \t", "b" },
	{ "folded", "A: b\r\n c\r\n\td\r\n", " b\r\n c\r\n\td", "b c\td" },
	{ "folded at once", "A:\r\n b\r\n", "\r\n b", "b" },
	{ "folded twice at once", "A: \r\n \r\n b\r\n",
	    " \r\n \r\n b", "b" },
	{ "a last line of blanks", "A: b\r\n \r\n", " b\r\n ", "b" },
	{ "blanks inside stay", "A: b  \tc\r\n", " b  \tc", "b  \tc" },
	{ "space before the colon", "A : b\r\n", " b", "b" },
	{ "8-bit", "A: \xc3\xbc\r\n", " \xc3\xbc", "\xc3\xbc" },
};

static void
test_body(void **state)
{
	const __typeof__(bodies[0]) *r = *state;
	struct buf b = BUF_MAX(100);
	struct header h;
	const char *s;
	size_t n;

	load(&h, r->raw);
	assert_int_equal(h.n, 1);
	s = field_body(&h.field[0], &n);
	assert_int_equal(n, strlen(r->body));
	assert_memory_equal(s, r->body, n);
	buf_adds(&b, "> ");
	assert_int_equal(field_unfold(&b, &h.field[0]), 0);
	assert_string_equal(buf_str(&b) + 2, r->unfolded);
	buf_free(&b);
	header_free(&h);
}

static void
test_unfold_limit(void **state)
{
	struct buf b = BUF_MAX(3);
	struct header h;

	(void)state;
	load(&h, "A: abcd\r\n");
	assert_int_equal(field_unfold(&b, &h.field[0]), -1);
	buf_free(&b);
	header_free(&h);
}

static void
test_set(void **state)
{
	struct header h;

	(void)state;
	load(&h, "A: 1\r\nB: 2\r\n 3\r\nC: 4\r\n");
	header_set(&h, 1, "B", "new\r\n folded");
	expect(&h, "A: 1\r\nB: new\r\n folded\r\nC: 4\r\n");
	header_set(&h, 1, "Better", "");
	expect(&h, "A: 1\r\nBetter: \r\nC: 4\r\n");
	assert_int_equal(header_find(&h, "better", 0), 1);
	assert_int_equal(header_find(&h, "B", 0), 3);
	header_free(&h);
}

static void
test_remove(void **state)
{
	struct header h;

	(void)state;
	load(&h, "Bcc: 1\r\n 2\r\nA: 3\r\nBCC : 4\r\nBcc-x: 5\r\n");
	header_remove(&h, "bcc");
	header_remove(&h, "none");
	expect(&h, "A: 3\r\nBcc-x: 5\r\n");
	assert_false(header_has(&h, "Bcc"));
	header_set(&h, 0, "Bcc", "again");
	expect(&h, "Bcc: again\r\nA: 3\r\nBcc-x: 5\r\n");
	header_free(&h);
}

static void
test_insert(void **state)
{
	struct header h;
	char name[16];
	size_t i;

	(void)state;
	load(&h, "A: 1\r\nB: 2\r\n");
	header_insert(&h, 1, "M", "m");
	header_insert(&h, 3, "Z", "z");
	header_prepend(&h, "F", "f");
	expect(&h, "F: f\r\nA: 1\r\nM: m\r\nB: 2\r\nZ: z\r\n");
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "N%zu", i);
		header_insert(&h, i, name, "x");
	}
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%zu", i);
		assert_int_equal(header_find(&h, name, 0), i);
	}
	assert_int_equal(header_find(&h, "F", 0), 100);
	header_free(&h);
}

static void
test_empty(void **state)
{
	struct header h;

	(void)state;
	load(&h, "");
	assert_int_equal(h.n, 0);
	assert_int_equal(header_size(&h), 0);
	assert_int_equal(header_find(&h, "To", 0), 0);
	header_remove(&h, "To");
	header_prepend(&h, "To", "a@x");
	expect(&h, "To: a@x\r\n");
	header_free(&h);
}

static void
set_body(const char *body)
{
	struct header h;

	load(&h, "A: 1\r\n");
	header_set(&h, 0, "A", body);
	header_free(&h);
}

static void
lone_lf(void)
{
	set_body("x\nB: y");
}

static void
new_field(void)
{
	set_body("x\r\nB: y");
}

static void
line_end_last(void)
{
	set_body("x\r\n");
}

static void
lone_cr(void)
{
	set_body("x\ry");
}

static void
lf_and_blank(void)
{
	set_body("x\n y");
}

static void
set_behind(void)
{
	struct header h;

	load(&h, "A: 1\r\n");
	header_set(&h, 1, "A", "x");
	header_free(&h);
}

static const struct {
	const char	*name;
	void		(*run)(void);
} bugs[] = {
	{ "a lone LF in a body", lone_lf },
	{ "a second field in a body", new_field },
	{ "a line end at its end", line_end_last },
	{ "a lone CR", lone_cr },
	{ "a fold without CR", lf_and_blank },
	{ "an index behind the last", set_behind },
};

static void
test_asserted(void **state)
{
	const __typeof__(bugs[0]) *r = *state;

	assert_true(unit_aborts(r->run));
}

static void
test_blank(void **state)
{
	struct header h = { .raw = BUF_MAX(100) };

	(void)state;
	header_blank(&h);			/* of nothing */
	buf_add(&h.raw, LIT("A:\0x\0\0\r\nB: y\0\r\n"));
	header_index(&h);
	header_blank(&h);
	assert_int_equal(h.n, 2);
	assert_memory_equal(h.field[0].text, "A: x  \r\n", 8);
	assert_memory_equal(h.field[1].text, "B: y \r\n", 7);
	header_free(&h);
}

static void
expect_text(const struct header *h, const char *want)
{
	struct buf b = BUF_MAX(1000);
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone)
			buf_add(&b, h->field[i].text, h->field[i].len);
	assert_string_equal(buf_str(&b), want);
	assert_int_equal(header_size(h), b.len);
	buf_free(&b);
}

static void
keep_set(struct header *h)
{
	header_set(h, 1, "B", "new");
	header_set(h, 1, "B", "newer");
}

static void
keep_set_made(struct header *h)
{
	header_set(h, 2, "C", "new");
}

static void
keep_remove(struct header *h)
{
	header_remove(h, "A");
	header_remove(h, "none");
}

static void
keep_insert(struct header *h)
{
	int i;

	for (i = 0; i < 40; i++)
		header_insert(h, h->n, "X", "y");
	header_prepend(h, "W", "z");
}

static void
keep_by_hand(struct header *h)
{
	struct field *f = &h->field[2];

	header_touch(h);
	f->gone = 1;
	h->field[3].gone = 0;
}

static void
keep_nothing(struct header *h)
{
	header_remove(h, "none");
	assert_null(h->kept);
}

static const struct {
	const char	*name;
	void		(*change)(struct header *);
	const char	*want;
} kept[] = {
	{ "a field that was read", keep_set,
	    "A: 1\r\nB: newer\r\nC: made\r\n" },
	{ "a field that was made", keep_set_made,
	    "A: 1\r\nB: 2\r\nC: new\r\n" },
	{ "one is removed", keep_remove, "B: 2\r\nC: made\r\n" },
	{ "some are added", keep_insert, NULL },
	{ "by hand", keep_by_hand, "A: 1\r\nB: 2\r\nD: 4\r\n" },
	{ "nothing", keep_nothing, "A: 1\r\nB: 2\r\nC: made\r\n" },
};

static void
test_keep(void **state)
{
	static const char text[] = "A: 1\r\nB: 2\r\nC: made\r\n";
	const __typeof__(kept[0]) *r = *state;
	struct header h;
	int i;

	load(&h, "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n");
	header_set(&h, 2, "C", "made");
	header_remove(&h, "D");
	header_keep(&h);
	for (i = 0; i < 3; i++) {
		expect_text(&h, text);
		r->change(&h);
		if (r->want != NULL)
			expect_text(&h, r->want);
		header_reset(&h);
		expect_text(&h, text);
		header_reset(&h);		/* again: nothing to do */
		expect_text(&h, text);
	}
	r->change(&h);
	header_free(&h);			/* both */
}

static void
test_keep_anew(void **state)
{
	struct header h;

	(void)state;
	load(&h, "A: 1\r\n");
	header_set(&h, 0, "A", "2");
	header_reset(&h);			/* nothing is kept */
	expect_text(&h, "A: 2\r\n");
	header_keep(&h);
	header_set(&h, 0, "A", "3");
	header_keep(&h);
	header_set(&h, 0, "A", "4");
	header_reset(&h);
	expect_text(&h, "A: 3\r\n");
	header_free(&h);
}

static void
test_keep_empty(void **state)
{
	struct header h = { .raw = BUF_MAX(100) };
	int i;

	(void)state;
	header_keep(&h);
	for (i = 0; i < 2; i++) {
		header_insert(&h, 0, "A", "1");
		expect_text(&h, "A: 1\r\n");
		header_reset(&h);
		expect_text(&h, "");
	}
	header_free(&h);
}

int
main(void)
{
	UNIT_ROWS(lines, test_name);
	UNIT_ROWS(finds, test_find);
	UNIT_ROWS(bodies, test_body);
	UNIT_ROWS(bugs, test_asserted);
	UNIT_TEST(test_unfold_limit);
	UNIT_TEST(test_set);
	UNIT_TEST(test_remove);
	UNIT_TEST(test_insert);
	UNIT_TEST(test_empty);
	UNIT_TEST(test_blank);
	UNIT_ROWS(kept, test_keep);
	UNIT_TEST(test_keep_anew);
	UNIT_TEST(test_keep_empty);
	return unit_run("field");
}
