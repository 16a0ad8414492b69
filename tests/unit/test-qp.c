#include "unit.h"

#include "base/str.h"
#include "mail/qp.h"

#define ROOM	(1 << 20)
#define A10	"0123456789"
#define A70	A10 A10 A10 A10 A10 A10 A10
#define A74	A70 "0123"
#define A75	A70 "01234"
#define A76	A70 "012345"

static const struct row {
	const char	*name;
	const char	*in;
	size_t		 n;
	const char	*out;
} rows[] = {
	{ "nothing", LIT(""), "" },
	{ "a word", LIT("word"), "word" },
	{ "a line", LIT("line\r\n"), "line\r\n" },
	{ "empty lines", LIT("\r\n\r\n"), "\r\n\r\n" },
	{ "UTF-8", LIT("caf\xc3\xa9\r\n"), "caf=C3=A9\r\n" },
	{ "the equals sign", LIT("a=b=\r\n"), "a=3Db=3D\r\n" },
	{ "what looks encoded", LIT("=C3=A9"), "=3DC3=3DA9" },
	{ "NUL and DEL", LIT("a\0b\x7f"), "a=00b=7F" },
	{ "all marks", LIT("!\"#$%&'()*+,-./:;<>?@[\\]^_`{|}~"),
	    "!\"#$%&'()*+,-./:;<>?@[\\]^_`{|}~" },
	{ "CR alone", LIT("a\rb"), "a=0Db" },
	{ "LF alone", LIT("a\nb"), "a=0Ab" },
	{ "CR CR LF", LIT("a\r\r\n"), "a=0D\r\n" },
	{ "LF CR", LIT("a\n\r"), "a=0A=0D" },
	{ "CR at the end", LIT("a\r"), "a=0D" },

	{ "a blank inside", LIT("a b\tc\r\n"), "a b\tc\r\n" },
	{ "a blank at the end of a line", LIT("a \r\n"), "a=20\r\n" },
	{ "a tab at the end of a line", LIT("a\t\r\n"), "a=09\r\n" },
	{ "blanks at the end of a line", LIT("a  \t \r\n"), "a  \t=20\r\n" },
	{ "a blank at the end", LIT("a "), "a=20" },
	{ "a blank line", LIT(" \r\n"), "=20\r\n" },
	{ "a blank in front", LIT(" a"), " a" },
	{ "a blank before 8-bit", LIT("a \xff"), "a =FF" },
	{ "a blank before CR", LIT("a \rb"), "a =0Db" },

	{ "75", LIT(A75), A75 },
	{ "76", LIT(A76), A76 },
	{ "77", LIT(A76 "6"), A75 "=\r\n56" },
	{ "76 and a line end", LIT(A76 "\r\n"), A76 "\r\n" },
	{ "77 and a line end", LIT(A76 "6\r\n"), A75 "=\r\n56\r\n" },
	{ "three lines", LIT(A75 A75 "ab"), A75 "=\r\n" A75 "=\r\nab" },
	{ "two full lines", LIT(A75 A76), A75 "=\r\n" A76 },
	{ "8-bit that just fits", LIT(A70 "012\xff\r\n"),
	    A70 "012=FF\r\n" },
	{ "8-bit that fits before more", LIT(A70 "01\xff" "a"),
	    A70 "01=FFa" },
	{ "8-bit that just does not", LIT(A74 "\xff\r\n"),
	    A74 "=\r\n=FF\r\n" },
	{ "8-bit before a soft break", LIT(A70 "01\xff" "ab"),
	    A70 "01=FF=\r\nab" },
	{ "8-bit behind a soft break", LIT(A70 "012\xff" "a"),
	    A70 "012=\r\n=FFa" },
	{ "a blank before a soft break", LIT(A74 " ab"), A74 " =\r\nab" },
	{ "a blank at 76", LIT(A75 " \r\n"), A75 "=\r\n=20\r\n" },
	{ "a blank at 74", LIT(A70 "012 \r\n"), A70 "012=20\r\n" },

	{ "From", LIT("From me\r\nFrom you"), "=46rom me\r\n=46rom you" },
	{ "From elsewhere", LIT("a From\r\nFrom\r\nFROM me\r\n"),
	    "a From\r\nFrom\r\nFROM me\r\n" },
	{ "From behind a soft break", LIT(A75 "From me"),
	    A75 "=\r\n=46rom me" },
	{ "a lone dot", LIT(".\r\n"), "=2E\r\n" },
	{ "a lone dot at the end", LIT("a\r\n."), "a\r\n=2E" },
	{ "a dot behind a soft break", LIT(A76 ".\r\n"),
	    A75 "=\r\n5.\r\n" },
	{ "a lone dot behind a soft break", LIT(A75 "x.\r\n"),
	    A75 "=\r\nx.\r\n" },
	{ "no lone dot", LIT("..\r\n.a\r\n. \r\n"), "..\r\n.a\r\n.=20\r\n" },
	{ "dashes", LIT("--b\r\n-\r\n"), "--b\r\n-\r\n" },
};

static const struct row parts[] = {
	{ "a delimiter", LIT("--b\r\n"), "=2D-b\r\n" },
	{ "two dashes", LIT("--"), "=2D-" },
	{ "the dash of a signature", LIT("-- \r\n"), "=2D-=20\r\n" },
	{ "one dash", LIT("- b\r\n-\r\n"), "- b\r\n-\r\n" },
	{ "dashes inside", LIT("a--b"), "a--b" },
	{ "behind a soft break", LIT(A75 "--b"), A75 "=\r\n=2D-b" },
	{ "across a soft break", LIT(A74 "-----"), A74 "-=\r\n=2D---" },
};

static const struct row coded[] = {
	{ "well", LIT("caf=C3=A9\r\n"), "caf=C3=A9\r\n" },
	{ "small digits", LIT("caf=c3=a9\r\n"), "caf=C3=A9\r\n" },
	{ "8-bit", LIT("caf\xc3\xa9\r\n"), "caf=C3=A9\r\n" },
	{ "NUL", LIT("a\0=00"), "a=00=00" },
	{ "an encoded line end", LIT("a=0D=0Ab\r\n"), "a=0D=0Ab\r\n" },
	{ "a long line", LIT(A75 "ab"), A75 "=\r\nab" },
	{ "soft breaks are laid anew", LIT("a=\r\nb=\r\n\r\n"), "ab\r\n" },
	{ "a padded soft break", LIT("a= \t\r\nb"), "ab" },
	{ "a soft break at the end", LIT("a="), "a" },
	{ "a padded one at the end", LIT("a=  "), "a" },
	{ "not hexadecimal", LIT("=XY=4=\r\n=G1"), "=3DXY=3D4=3DG1" },
	{ "equals at the end of digits", LIT("=4"), "=3D4" },
	{ "equals twice", LIT("==41"), "=3D=41" },
	{ "equals and a blank", LIT("a= b"), "a=3D b" },
	{ "padding goes", LIT("a \t\r\nb  "), "a\r\nb" },
	{ "blanks inside stay", LIT("a  b\r\n"), "a  b\r\n" },
	{ "an encoded blank stays", LIT("a=20\r\n"), "a=20\r\n" },
	{ "a blank before a soft break counts", LIT("a =\r\n\r\nb"),
	    "a=20\r\nb" },
	{ "and before padding", LIT("a \t=\r\n \r\nb"), "a =09\r\nb" },
	{ "and at the end", LIT("a ="), "a=20" },
	{ "but not before an octet", LIT("a =41 =\r\nb"), "a =41=20b" },
	{ "a dot alone in pieces", LIT(".=\r\n\r\n"), "=2E\r\n" },
	{ "a dot and From", LIT(".\r\nFrom a\r\n"), "=2E\r\n=46rom a\r\n" },
	{ "a hexadecimal that just fits", LIT(A70 "012=41\r\n"),
	    A70 "012=41\r\n" },
	{ "one that does not", LIT(A74 "=41\r\n"), A74 "=\r\n=41\r\n" },
};

static const struct row coded_parts[] = {
	{ "a delimiter", LIT("--b\r\n"), "=2D-b\r\n" },
	{ "in two pieces", LIT("-=\r\n-b\r\n"), "=2D-b\r\n" },
	{ "behind nothing", LIT("=\r\n--b\r\n"), "=2D-b\r\n" },
	{ "across octets", LIT("=2D-b\r\n-=2Db\r\n"),
	    "=2D-b\r\n=2D=2Db\r\n" },
};

/* Encode in pieces: piece more octets are seen each time. */
static void
encode(struct qp q, const char *in, size_t n, size_t piece, struct buf *out)
{
	size_t at = 0, seen = 0;
	char *copy;

	buf_clear(out);
	do {
		seen = n - seen < piece ? n : seen + piece;
		copy = unit_copy(in + at, seen - at);
		at += qp_encode(&q, copy, seen - at, seen == n, out);
		free(copy);
	} while (seen < n);
	assert_int_equal(at, n);
}

static void
run(const struct row *r, struct qp q)
{
	struct buf out = BUF_MAX(ROOM);
	size_t piece;

	for (piece = 1; piece <= r->n + 1; piece++) {
		encode(q, r->in, r->n, piece, &out);
		assert_string_equal(buf_str(&out), r->out);
	}
	buf_free(&out);
}

static void
test_row(void **state)
{
	run(*state, (struct qp){ 0 });
}

static void
test_part(void **state)
{
	run(*state, (struct qp){ .part = 1 });
}

static void
test_coded(void **state)
{
	run(*state, (struct qp){ .coded = 1 });
}

static void
test_coded_part(void **state)
{
	run(*state, (struct qp){ .coded = 1, .part = 1 });
}

static int
digit(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* What is well encoded, and only that. */
static void
decode(const struct buf *text, struct buf *out)
{
	const char *p = text->data, *end = p + text->len;

	while (p < end) {
		if (*p != '=') {
			buf_addc(out, *p++);
			continue;
		}
		assert_true(end - p >= 3);
		if (p[1] != '\r')
			buf_addc(out, (char)(digit(p[1]) << 4 |
			    digit(p[2])));
		p += 3;
	}
}

/* RFC 2045 6.7: lines of 76, no blank at their end, plain octets. */
static void
check_lines(const struct buf *b)
{
	size_t i, start = 0;

	for (i = 0; i < b->len; i++) {
		if (b->data[i] == '\r') {
			assert_true(i + 1 < b->len && b->data[i + 1] == '\n');
			assert_true(i == start || !str_blank(b->data[i - 1]));
			start = i++ + 2;
			continue;
		}
		assert_true(i - start < QP_LINE_MAX);
		assert_true(i + 1 < b->len || !str_blank(b->data[i]));
		assert_true(b->data[i] == '\t' ||
		    (b->data[i] >= 32 && b->data[i] < 127));
	}
}

static void
expect_back(const char *in, size_t n, size_t piece)
{
	struct buf out = BUF_MAX(ROOM), back = BUF_MAX(ROOM);
	struct buf again = BUF_MAX(ROOM);

	encode((struct qp){ 0 }, in, n, piece, &out);
	check_lines(&out);
	decode(&out, &back);
	assert_int_equal(back.len, n);
	assert_memory_equal(buf_str(&back), in, n);
	/* Encoded anew it is the same still. */
	encode((struct qp){ .coded = 1 }, out.data, out.len, piece, &again);
	check_lines(&again);
	buf_clear(&back);
	decode(&again, &back);
	assert_int_equal(back.len, n);
	assert_memory_equal(buf_str(&back), in, n);
	buf_free(&out);
	buf_free(&back);
	buf_free(&again);
}

static void
test_every_octet(void **state)
{
	char in[8], want[32];
	struct buf out = BUF_MAX(ROOM);
	int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		in[0] = in[2] = 'x';
		in[1] = (char)c;
		encode((struct qp){ 0 }, in, 3, 3, &out);
		if ((c >= 32 && c < 127 && c != '=') || c == '\t')
			snprintf(want, sizeof(want), "x%cx", c);
		else
			snprintf(want, sizeof(want), "x=%02Xx", (unsigned)c);
		assert_string_equal(buf_str(&out), want);
		expect_back(in, 3, 3);
		expect_back(in + 1, 1, 1);
	}
	buf_free(&out);
}

/* Octets of all kinds in an order without a short period. */
static void
test_mixed(void **state)
{
	static const char octets[] = "\r\n\r\n  \t=.-F\xc3\xa9rom abcxyz\r\n";
	char in[4000];
	uint32_t x = 1;
	size_t i, piece;

	(void)state;
	for (i = 0; i < sizeof(in); i++) {
		x = x * 1664525u + 1013904223u;
		in[i] = octets[x >> 16 & 31 & (sizeof(octets) - 2)];
		if (x >> 24 < 128)
			in[i] = 'a';
	}
	for (piece = 1; piece < 200; piece += 13)
		expect_back(in, sizeof(in), piece);
}

/* So many blanks are no padding; that they are many costs nothing. */
static void
test_blanks(void **state)
{
	char *in = unit_fill(' ', 2 * QP_BLANKS_MAX + 2);
	struct buf out = BUF_MAX(ROOM);

	(void)state;
	memcpy(in + QP_BLANKS_MAX - 1, "\r\n", 2);
	encode((struct qp){ .coded = 1 }, in, QP_BLANKS_MAX + 1, 1000, &out);
	assert_string_equal(buf_str(&out), "\r\n");
	memcpy(in + QP_BLANKS_MAX - 1, "  \r\n", 4);
	encode((struct qp){ .coded = 1 }, in, QP_BLANKS_MAX + 3, 1000, &out);
	assert_true(out.len > 3 * QP_BLANKS_MAX);
	check_lines(&out);
	buf_free(&out);
	free(in);
}

static void
test_end(void **state)
{
	struct buf out = BUF_MAX(ROOM);
	struct qp q = { .coded = 1 };

	(void)state;
	qp_end(&q, &out);
	assert_string_equal(buf_str(&out), "");
	qp_encode(&q, "a\r\n", 3, 1, &out);
	qp_end(&q, &out);
	assert_string_equal(buf_str(&out), "a\r\n");
	qp_encode(&q, "b=", 2, 1, &out);
	qp_end(&q, &out);
	assert_string_equal(buf_str(&out), "a\r\nb=\r\n");
	buf_free(&out);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	UNIT_ROWS(parts, test_part);
	UNIT_ROWS(coded, test_coded);
	UNIT_ROWS(coded_parts, test_coded_part);
	UNIT_TEST(test_every_octet);
	UNIT_TEST(test_mixed);
	UNIT_TEST(test_blanks);
	UNIT_TEST(test_end);
	return unit_run("qp");
}
