#include "unit.h"

#include "net/knownhosts.h"

#define A	"pin-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B	"pin-sha256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="
#define C	"pin-sha256:CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA="
#define DAY	" 2026-01-02"

/* Files, and what is wrong with them. */
static const struct {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*error;		/* NULL: nothing */
} files[] = {
	{ "empty", LIT(""), NULL },
	{ "a line", LIT("a.example:587 " A DAY "\n"), NULL },
	{ "without its end", LIT("a.example:587 " A DAY), NULL },
	{ "ends in CRLF", LIT("a.example:587 " A DAY "\r\n"), NULL },
	{ "tabs and blanks", LIT("\t a:1\t\t" A "  2026-01-02 \t\n"), NULL },
	{ "a remark behind it", LIT("a:1 " A DAY " in the cellar\n"), NULL },
	{ "comments", LIT("# x\n\n  # y\n \t\n"), NULL },
	{ "a comment that was a line", LIT("#a:1 " A DAY "\n"), NULL },
	{ "version 1", LIT("version 1\n"), NULL },
	{ "an IPv4 address", LIT("192.0.2.1:25 " A DAY "\n"), NULL },
	{ "an IPv6 address", LIT("[2001:db8::1]:25 " A DAY "\n"), NULL },
	{ "one with a zone", LIT("[fe80::1%eth0]:25 " A DAY "\n"), NULL },
	{ "an underscore", LIT("my_nas:25 " A DAY "\n"), NULL },
	{ "8-bit", LIT("b\xc3\xbc" "cher.example:25 " A DAY "\n"), NULL },
	{ "the last port", LIT("a:65535 " A DAY "\n"), NULL },

	{ "version 2", LIT("# x\nversion 2\n"), "2: a newer posthorn has "
	    "written it (version 2; this one knows 1)" },
	{ "version 2 behind a line", LIT("a:1 " A DAY "\nversion 2\n"),
	    "2: a newer posthorn" },
	{ "no number", LIT("version\n"), "1: want \"version 1\"" },
	{ "version 0", LIT("version 0\n"), "1: want \"version 1\"" },
	{ "version x", LIT("version x\n"), "1: want \"version 1\"" },
	{ "version 1 and more", LIT("version 1 x\n"), "1: want" },
	{ "a word alone", LIT("\n\na.example\n"), "3: \"a.example\" is no "
	    "HOST:PORT" },
	{ "no port", LIT("a.example: " A DAY "\n"), "1: \"a.example:\" is" },
	{ "port 0", LIT("a:0 " A DAY "\n"), "1: \"a:0\" is no" },
	{ "port 00", LIT("a:01 " A DAY "\n"), "1: \"a:01\" is no" },
	{ "port 65536", LIT("a:65536 " A DAY "\n"), "1: \"a:65536\"" },
	{ "a port with a sign", LIT("a:+1 " A DAY "\n"), "1: \"a:+1\"" },
	{ "a port and more", LIT("a:1x " A DAY "\n"), "1: \"a:1x\"" },
	{ "no name", LIT(":1 " A DAY "\n"), "1: \":1\" is no" },
	{ "two ports", LIT("a:1:2 " A DAY "\n"), "1: \"a:1:2\" is no" },
	{ "an address without brackets", LIT("2001:db8::1:25 " A DAY "\n"),
	    "1: \"2001:db8::1:25\" is no" },
	{ "brackets without an end", LIT("[::1:25 " A DAY "\n"), "1: \"[" },
	{ "nothing in brackets", LIT("[]:25 " A DAY "\n"), "1: \"[]:25\"" },
	{ "no port behind brackets", LIT("[::1] " A DAY "\n"), "1: \"[::1]" },
	{ "brackets in the end", LIT("[::1]x:1 " A DAY "\n"), "1: \"[::1]x" },
	{ "a list of names", LIT("a,b:25 " A DAY "\n"), "1: \"a,b:25\" is" },
	{ "a pattern", LIT("*.example:25 " A DAY "\n"), "1: \"*.ex" },
	{ "a control character", LIT("a\033[m:25 " A DAY "\n"),
	    "1: \"a\\x1B[m:25\" is no" },
	{ "no key", LIT("a:1\n"), "1: \"\" is no key" },
	{ "a key that is too short", LIT("a:1 pin-sha256:AAAA" DAY "\n"),
	    "1: \"pin-sha256:AAAA\" is no key: want pin-sha256: and 44" },
	{ "a letter too much", LIT("a:1 " A "=" DAY "\n"), "1: \"pin-" },
	{ "a key with another end", LIT("a:1 pin-sha256:"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=" DAY "\n"),
	    "is no key" },
	{ "a key that is no base64", LIT("a:1 pin-sha256:"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!=" DAY "\n"),
	    "is no key" },
	{ "a key of another kind", LIT("a:1 ssh-ed25519 AAAA\n"),
	    "1: \"ssh-ed25519\" is no key" },
	{ "a kind in capitals", LIT("a:1 PIN-SHA256:"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" DAY "\n"),
	    "is no key" },
	{ "no day", LIT("a:1 " A "\n"), "1: \"\" is no day such as" },
	{ "a month too late", LIT("a:1 " A " 2026-13-01\n"), "is no day" },
	{ "a day of another kind", LIT("a:1 " A " 02.01.2026\n"),
	    "1: \"02.01.2026\" is no day" },
	{ "a day and more", LIT("a:1 " A DAY "T00:00\n"), "is no day" },
	{ "a NUL", LIT("a:1 " A DAY "\0\n"), "1: a NUL" },
	{ "a NUL in a comment", LIT("# x\0y\n"), "1: a NUL is in it" },
	{ "a line cut off", LIT("a:1 " A DAY "\nb:1 pin-sha2"), "2: \"pin" },
	{ "the third line", LIT("a:1 " A DAY "\n#\nx\nb:1 " A DAY "\n"),
	    "3: \"x\" is no HOST:PORT" },
};

static void
test_file(void **state)
{
	const __typeof__(files[0]) *r = *state;
	char *text = unit_copy(r->text, r->n);
	struct err e = ERR_INIT;
	int got = knownhosts_check(text, r->n, &e);

	free(text);
	if (r->error == NULL) {
		assert_string_equal(e.text, "");
		assert_int_equal(got, 0);
		return;
	}
	assert_int_equal(got, -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	if (strstr(e.text, r->error) == NULL)
		fail_msg("%s", e.text);
}

/* What is known of a place: keys and days, a space between them. */
#define SOME \
	"version 1\n" \
	"a.example:587 " A " 2026-01-02\n" \
	"# b.example:587 " C " 2026-01-03\n" \
	"b.example:587 " B " 2026-02-02 two\n" \
	"A.Example:587 " B " 2026-03-02\n" \
	"a.example:465 " C " 2026-04-02\n" \
	"[::1]:25 " A " 2026-05-02"

static const struct {
	const char	*name;
	const char	*host;
	unsigned	 port;
	const char	*want;
} lookups[] = {
	{ "one key", "b.example", 587, B " 2026-02-02 " },
	{ "two keys", "a.example", 587, A " 2026-01-02 " B " 2026-03-02 " },
	{ "capitals", "B.EXAMPLE", 587, B " 2026-02-02 " },
	{ "another port", "a.example", 465, C " 2026-04-02 " },
	{ "the last line, an address", "::1", 25, A " 2026-05-02 " },
	{ "a port that is not there", "a.example", 25, "" },
	{ "a host that is not there", "example", 587, "" },
	{ "a longer one", "xa.example", 587, "" },
	{ "the word version", "version", 1, "" },
};

static void
test_lookup(void **state)
{
	const __typeof__(lookups[0]) *r = *state;
	struct buf place = BUF_MAX(KNOWNHOSTS_PLACE_MAX);
	struct buf got = BUF_MAX(1000);
	struct knownhost k;
	char *text = unit_copy(LIT(SOME));
	size_t i;

	assert_int_equal(knownhosts_place(&place, r->host, r->port), 0);
	for (i = 0; knownhosts_find(text, sizeof(SOME) - 1, buf_str(&place),
	    i, &k); i++)
		buf_addf(&got, "%s %s ", k.pin, k.since);
	assert_string_equal(buf_str(&got), r->want);
	buf_free(&place);
	buf_free(&got);
	free(text);
}

/* Names, and the places that they make. */
static const struct {
	const char	*name;
	const char	*host;
	const char	*want;		/* NULL: none */
} places[] = {
	{ "a name", "NAS.example", "nas.example:587" },
	{ "an IPv4 address", "192.0.2.1", "192.0.2.1:587" },
	{ "an IPv6 address", "2001:DB8::1", "[2001:db8::1]:587" },
	{ "an address with a zone", "fe80::1%eth0", "[fe80::1%eth0]:587" },
	{ "8-bit", "b\xc3\xbc.example", "b\xc3\xbc.example:587" },
	{ "empty", "", NULL },
	{ "a comment", "#x", NULL },
	{ "a blank", "a b", NULL },
	{ "a line end", "a\nb", NULL },
	{ "brackets", "[::1]", NULL },
	{ "a comma", "a,b", NULL },
};

static void
test_place(void **state)
{
	const __typeof__(places[0]) *r = *state;
	struct buf b = BUF_MAX(KNOWNHOSTS_PLACE_MAX);

	assert_int_equal(knownhosts_place(&b, r->host, 587),
	    r->want != NULL ? 0 : -1);
	if (r->want != NULL)
		assert_string_equal(buf_str(&b), r->want);
	buf_free(&b);
}

static void
test_long_place(void **state)
{
	struct buf b = BUF_MAX(2 * KNOWNHOSTS_PLACE_MAX);
	char *fill = unit_fill('a', KNOWNHOSTS_PLACE_MAX);

	(void)state;
	assert_int_equal(knownhosts_place(&b, fill, 587), -1);
	buf_clear(&b);
	fill[KNOWNHOSTS_PLACE_MAX - 5] = '\0';
	assert_int_equal(knownhosts_place(&b, fill, 587), 0);
	free(fill);
	buf_free(&b);
}

#define HEAD	"version 1\n# Servers that posthorn trusts by their keys: " \
	"place, key, first seen.\n# A line may be taken away.  See " \
	"\"tls_trust tofu\" in posthorn.conf(5).\n"

/* The place is a:1, and the day 2026-01-02. */
static const struct {
	const char	*name;
	const char	*text;
	const char	*keep, *pin;
	const char	*want;		/* NULL: as it was */
} edits[] = {
	{ "the first of all", "", NULL, A, HEAD "a:1 " A DAY "\n" },
	{ "another place", "# x\nb:1 " A DAY " y\n\n", NULL, A,
	    "# x\nb:1 " A DAY " y\n\na:1 " A DAY "\n" },
	{ "behind a line without an end", "b:1 " A DAY, NULL, B,
	    "b:1 " A DAY "\na:1 " B DAY "\n" },
	{ "lines that end in CRLF", "b:1 " A DAY "\r\n", NULL, B,
	    "b:1 " A DAY "\r\na:1 " B DAY "\n" },
	{ "known already", "a:1 " A " 2020-01-01\n", NULL, A, NULL },
	{ "known already, replaced", "a:1 " A " 2020-01-01\n", "", A, NULL },
	{ "a second key", "a:1 " A " 2020-01-01\n", NULL, B,
	    "a:1 " A " 2020-01-01\na:1 " B DAY "\n" },
	{ "replaced", "#\na:1 " A DAY "\nb:1 " A DAY "\nA:1 " C DAY "\n", "",
	    B, "#\nb:1 " A DAY "\na:1 " B DAY "\n" },
	{ "replaced by one of two", "a:1 " A DAY "\na:1 " B DAY " x\n", "", B,
	    "a:1 " B DAY " x\n" },
	{ "some stay", "a:1 " A DAY "\na:1 " B DAY "\n", B " " C, C,
	    "a:1 " B DAY "\na:1 " C DAY "\n" },
	{ "forgotten", "a:1 " A DAY "\nb:1 " A DAY "\na:1 " B DAY "\n", "",
	    NULL, "b:1 " A DAY "\n" },
	{ "nothing to be forgotten", "b:1 " A DAY "\n", "", NULL, NULL },
	{ "another port stays", "a:2 " A DAY "\n", "", B,
	    "a:2 " A DAY "\na:1 " B DAY "\n" },
};

static void
test_edit(void **state)
{
	const __typeof__(edits[0]) *r = *state;
	const struct knownhosts_change c = { .place = "a:1",
	    .keep = r->keep, .pin = r->pin, .since = "2026-01-02" };
	struct buf out = BUF_MAX(10000);
	struct err e = ERR_INIT;
	char *text = unit_copy(r->text, strlen(r->text));

	assert_int_equal(knownhosts_edit(&out, text, strlen(r->text), &c),
	    r->want != NULL);
	if (r->want != NULL)
		assert_string_equal(buf_str(&out), r->want);
	assert_int_equal(knownhosts_check(buf_str(&out), out.len, &e), 0);
	buf_free(&out);
	free(text);
}

static void
test_no_room(void **state)
{
	const struct knownhosts_change c = { .place = "a:1", .pin = B,
	    .since = "2026-01-02" };
	const char *text = "a:1 " A DAY "\n";
	size_t max;

	(void)state;
	for (max = 0; max < 2 * strlen(text); max++) {
		struct buf out = BUF_MAX(max);

		assert_int_equal(knownhosts_edit(&out, text, strlen(text),
		    &c), -1);
		buf_free(&out);
	}
}

int
main(void)
{
	UNIT_ROWS(files, test_file);
	UNIT_ROWS(lookups, test_lookup);
	UNIT_ROWS(places, test_place);
	UNIT_TEST(test_long_place);
	UNIT_ROWS(edits, test_edit);
	UNIT_TEST(test_no_room);
	return unit_run("knownhosts");
}
