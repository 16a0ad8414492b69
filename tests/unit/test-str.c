#include "unit.h"

#include "base/str.h"

static void
test_classes(void **state)
{
	int c;

	(void)state;
	for (c = -128; c < 256; c++) {
		assert_int_equal(str_digit((char)c), c >= '0' && c <= '9');
		assert_int_equal(str_alpha((char)c),
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
		assert_int_equal(str_alnum((char)c),
		    str_alpha((char)c) || str_digit((char)c));
		assert_int_equal(str_blank((char)c), c == ' ' || c == '\t');
		assert_int_equal(str_8bit((char)c), c < 0 || c > 127);
		assert_int_equal(str_lower((char)c),
		    c >= 'A' && c <= 'Z' ? c + 32 : (char)c);
	}
}

static const struct {
	const char	*name;
	const char	*a, *b;
	int		 same, begins;	/* a begins with b */
} pairs[] = {
	{ "equal", "abc", "abc", 1, 1 },
	{ "case", "aBc", "AbC", 1, 1 },
	{ "longer", "abcd", "abc", 0, 1 },
	{ "shorter", "ab", "abc", 0, 0 },
	{ "other", "abd", "abc", 0, 0 },
	{ "empty", "", "", 1, 1 },
	{ "anything begins with nothing", "a", "", 0, 1 },
	{ "@ is no capital of `", "@", "`", 0, 0 },
	{ "[ is no capital of {", "[", "{", 0, 0 },
	{ "8-bit has no case", "\xc4", "\xe4", 0, 0 },
};

static void
test_pair(void **state)
{
	const __typeof__(pairs[0]) *r = *state;
	size_t na = strlen(r->a), nb = strlen(r->b);
	char *a = unit_copy(r->a, na), *b = unit_copy(r->b, nb);

	assert_int_equal(str_same(r->a, r->b), r->same);
	assert_int_equal(str_same(r->b, r->a), r->same);
	assert_int_equal(str_same_n(a, na, b, nb), r->same);
	assert_int_equal(str_begins(a, na, r->b), r->begins);
	free(a);
	free(b);
}

static const struct {
	const char	*name;
	const char	*text;
	size_t		 n;
	int		 want;
} utf8[] = {
	{ "empty", LIT(""), 1 },
	{ "ASCII and NUL", LIT("a\0b\177"), 1 },
	{ "least of two", LIT("\xc2\x80"), 1 },
	{ "greatest of two", LIT("\xdf\xbf"), 1 },
	{ "least of three", LIT("\xe0\xa0\x80"), 1 },
	{ "before the surrogates", LIT("\xed\x9f\xbf"), 1 },
	{ "after the surrogates", LIT("\xee\x80\x80"), 1 },
	{ "least of four", LIT("\xf0\x90\x80\x80"), 1 },
	{ "greatest of all", LIT("\xf4\x8f\xbf\xbf"), 1 },
	{ "overlong slash", LIT("\xc0\xaf"), 0 },
	{ "overlong, C1", LIT("\xc1\xbf"), 0 },
	{ "overlong of three", LIT("\xe0\x9f\xbf"), 0 },
	{ "overlong of four", LIT("\xf0\x8f\xbf\xbf"), 0 },
	{ "surrogate", LIT("\xed\xa0\x80"), 0 },
	{ "too great", LIT("\xf4\x90\x80\x80"), 0 },
	{ "F5", LIT("\xf5\x80\x80\x80"), 0 },
	{ "FF", LIT("\xff"), 0 },
	{ "a lone tail", LIT("a\x80"), 0 },
	{ "cut after one of two", LIT("\xc3"), 0 },
	{ "cut after two of three", LIT("\xe2\x82"), 0 },
	{ "cut after three of four", LIT("\xf0\x9f\x98"), 0 },
	{ "a bad third octet", LIT("\xe2\x82" "a"), 0 },
	{ "a bad fourth octet", LIT("\xf0\x9f\x98" "a"), 0 },
	{ "Latin-1", LIT("J\xf6rg"), 0 },
};

static void
test_utf8(void **state)
{
	const __typeof__(utf8[0]) *r = *state;
	char *copy = unit_copy(r->text, r->n);

	assert_int_equal(str_utf8(copy, r->n), r->want);
	free(copy);
}

static const struct {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*want;
} shown[] = {
	{ "plain", LIT("hello"), "hello" },
	{ "empty", LIT(""), "" },
	{ "UTF-8", LIT("J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x98\x80"),
	    "J\xc3\xb6rg \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "line ends", LIT("a\nb\rc\r\nd"), "a b c d" },
	{ "a tab", LIT("a\tb"), "a b" },
	{ "an escape", LIT("\033[31m"), "\\x1B[31m" },
	{ "NUL", LIT("a\0b"), "a\\x00b" },
	{ "DEL", LIT("\177"), "\\x7F" },
	{ "BEL and backspace", LIT("\a\b"), "\\x07\\x08" },
	{ "not UTF-8", LIT("J\xf6rg"), "J\\xF6rg" },
	{ "C1 in one octet", LIT("\x9b" "31m"), "\\x9B31m" },
	{ "C1 as UTF-8", LIT("\xc2\x9b" "31m"), "\\x9B31m" },
	{ "right to left", LIT("a\xe2\x80\xae" "b"), "a\\xE2\\x80\\xAE" "b" },
	{ "an isolate", LIT("\xe2\x81\xa6"), "\\xE2\\x81\\xA6" },
	{ "an Arabic mark", LIT("\xd8\x9c"), "\\xD8\\x9C" },
	{ "no width", LIT("\xe2\x80\x8b"), "\\xE2\\x80\\x8B" },
	{ "a byte order mark", LIT("\xef\xbb\xbf"), "\\xEF\\xBB\\xBF" },
	{ "a hyphen of that block", LIT("\xe2\x80\x90"), "\xe2\x80\x90" },
	{ "no-break space is text", LIT("\xc2\xa0"), "\xc2\xa0" },
	{ "a letter cut off", LIT("a\xe2\x82"), "a\\xE2\\x82" },
	{ "a backslash", LIT("\\x41"), "\\x41" },
};

static void
test_shown(void **state)
{
	const __typeof__(shown[0]) *r = *state;
	struct buf b = BUF_MAX(1000);
	char *copy = unit_copy(r->text, r->n);

	assert_string_equal(str_shown(copy, r->n), r->want);
	buf_adds(&b, "> ");
	str_show(&b, copy, r->n);
	assert_string_equal(buf_str(&b) + 2, r->want);
	buf_free(&b);
	free(copy);
}

/* n times one thing, and how many octets of it are shown before "...". */
static const struct {
	const char	*name;
	const char	*one;
	size_t		 n, want;
	int		 cut;
} cuts[] = {
	{ "just fits", "x", 200, 200, 0 },
	{ "one too many", "x", 201, 200, 1 },
	{ "far too many", "x", 100000, 200, 1 },
	{ "escapes that fit", "\001", 50, 200, 0 },
	{ "escapes that do not", "\001", 51, 200, 1 },
	{ "letters of three are whole", "\xe2\x82\xac", 100, 198, 1 },
	{ "letters of four", "\xf0\x9f\x98\x80", 100, 200, 1 },
};

static void
test_cut(void **state)
{
	const __typeof__(cuts[0]) *r = *state;
	struct buf b = BUF_MAX(1 << 20);
	const char *got;
	size_t i;

	for (i = 0; i < r->n; i++)
		buf_adds(&b, r->one);
	got = str_shown(b.data, b.len);
	assert_int_equal(strlen(got), r->want + (r->cut ? 3 : 0));
	if (r->cut)
		assert_string_equal(got + r->want, "...");
	assert_true(str_utf8(got, strlen(got)));
	buf_free(&b);
}

/* Eight may stand in one message. */
static void
test_ring(void **state)
{
	const char *got[8];
	char text[2] = "a";
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++, text[0]++)
		got[i] = str_shown(text, 1);
	for (i = 0, text[0] = 'a'; i < 8; i++, text[0]++)
		assert_string_equal(got[i], text);
}

static const struct {
	const char	*name;
	const char	*word;
	const char	*want;		/* or NULL */
} nearest[] = {
	{ "the word itself", "password", "password" },
	{ "a letter left out", "pasword", "password" },
	{ "a letter too many", "passsword", "password" },
	{ "a wrong letter", "posswort", "password" },
	{ "two swapped", "hsot", "host" },
	{ "two swapped in capitals", "HOTs", "host" },
	{ "capitals", "PASSWORD", "password" },
	{ "another word", "colour", NULL },
	{ "one letter is near nothing", "x", NULL },
	{ "nor are two", "ab", NULL },
	{ "half of it is wrong", "toxx", NULL },
	{ "nothing", "", NULL },
	{ "the nearer of two", "tls_trust_fil", "tls_trust_file" },
	{ "far too long", "passwordpasswordpasswordpasswordpassword", NULL },
};

static void
test_nearest(void **state)
{
	static const char *const words[] = { "host", "port", "password",
	    "passwordeval", "tls", "tls_trust_file", "tls_crl_file", "q" };
	const __typeof__(nearest[0]) *r = *state;
	const char *got = str_nearest(r->word, words, COUNT(words));

	if (r->want != NULL) {
		assert_non_null(got);
		assert_string_equal(got, r->want);
	} else
		assert_null(got);
}

static const struct {
	const char	*name;
	const char	*text;
	int		 want;
	long long	 value;
} numbers[] = {
	{ "zero", "0", 0, 0 },
	{ "the least", "-10", 0, -10 },
	{ "the greatest", "1000", 0, 1000 },
	{ "leading zeros", "007", 0, 7 },
	{ "below", "-11", -1, 0 },
	{ "above", "1001", -1, 0 },
	{ "far above", "99999999999999999999999", -1, 0 },
	{ "empty", "", -1, 0 },
	{ "minus alone", "-", -1, 0 },
	{ "a plus", "+5", -1, 0 },
	{ "space before", " 5", -1, 0 },
	{ "space after", "5 ", -1, 0 },
	{ "space after the minus", "- 5", -1, 0 },
	{ "a line end", "5\n", -1, 0 },
	{ "a letter after", "5x", -1, 0 },
	{ "hexadecimal", "0x5", -1, 0 },
	{ "a fraction", "5.0", -1, 0 },
};

static void
test_number(void **state)
{
	const __typeof__(numbers[0]) *r = *state;
	long long value = 0;

	assert_int_equal(str_number(r->text, -10, 1000, &value), r->want);
	if (r->want == 0)
		assert_int_equal(value, r->value);
}

static const struct {
	const char	*name;
	const char	*text;
	size_t		 n;
	int		 want;
} wides[] = {
	{ "nothing", LIT(""), 0 },
	{ "ASCII", LIT("abcdefghijklmnopqrstuvwxyz\177\1"), 0 },
	{ "alone", LIT("\x80"), 1 },
	{ "the first of eight", LIT("\xff" "1234567"), 1 },
	{ "the last of eight", LIT("1234567\xff"), 1 },
	{ "the ninth", LIT("12345678\x80"), 1 },
	{ "behind a NUL", LIT("1\0\xc3"), 1 },
};

static void
test_wide(void **state)
{
	const __typeof__(wides[0]) *r = *state;
	char *copy = unit_copy(r->text, r->n);

	assert_int_equal(str_has_8bit_n(copy, r->n), r->want);
	free(copy);
	if (memchr(r->text, '\0', r->n) == NULL)
		assert_int_equal(str_has_8bit(r->text), r->want);
}

static void
test_lower(void **state)
{
	struct buf b = BUF_MAX(6);

	(void)state;
	assert_int_equal(str_add_lower(&b, LIT("AZ[\xc4")), 0);
	assert_string_equal(buf_str(&b), "az[\xc4");
	assert_int_equal(str_add_lower(&b, LIT("xyz")), -1);
	assert_int_equal(b.len, 4);
	buf_free(&b);
}

static void
test_hex(void **state)
{
	static const char digits[] = "0123456789abcdef";
	static const char capitals[] = "0123456789ABCDEF";
	int c, i, want;

	(void)state;
	for (c = -128; c < 128; c++) {
		want = -1;
		for (i = 0; i < 16; i++)
			if (c == digits[i] || c == capitals[i])
				want = i;
		assert_int_equal(str_hex((char)c), want);
	}
}

int
main(void)
{
	UNIT_TEST(test_classes);
	UNIT_ROWS(pairs, test_pair);
	UNIT_ROWS(utf8, test_utf8);
	UNIT_ROWS(shown, test_shown);
	UNIT_ROWS(cuts, test_cut);
	UNIT_TEST(test_ring);
	UNIT_ROWS(nearest, test_nearest);
	UNIT_ROWS(numbers, test_number);
	UNIT_ROWS(wides, test_wide);
	UNIT_TEST(test_hex);
	UNIT_TEST(test_lower);
	return unit_run("str");
}
