#include "unit.h"

#include <time.h>

#include "base/buf.h"
#include "net/x509.h"

/* Tag, length and content. */
static void
add(struct buf *b, int tag, const char *p, size_t n)
{
	buf_addc(b, (char)tag);
	if (n >= 0x100) {
		buf_addc(b, (char)0x82);
		buf_addc(b, (char)(n >> 8));
	} else if (n >= 0x80)
		buf_addc(b, (char)0x81);
	buf_addc(b, (char)n);
	buf_add(b, p, n);
}

static void
add_text(struct buf *b, int tag, const char *text)
{
	add(b, tag, text, strlen(text));
}

#define UTC	0x17
#define GENERAL	0x18

static const struct row {
	const char	*name;
	int		 tag;		/* of the second time */
	const char	*time;
	int64_t		 want;
	size_t		 issuer;	/* octets of the name */
	int		 version1;
} rows[] = {
	{ "plain", UTC, "260102030405Z", 1767323045, 12, 0 },
	{ "without a version", UTC, "260102030405Z", 1767323045, 12, 1 },
	{ "a long name", UTC, "260102030405Z", 1767323045, 200, 0 },
	{ "a very long name", UTC, "260102030405Z", 1767323045, 3000, 0 },
	{ "no name", UTC, "260102030405Z", 1767323045, 0, 0 },
	{ "the epoch", UTC, "700101000000Z", 0, 12, 0 },
	{ "a leap day", UTC, "240229235959Z", 1709251199, 12, 0 },
	{ "the day after one", UTC, "240301000000Z", 1709251200, 12, 0 },
	{ "the last of 2049", UTC, "491231235959Z", 2524607999, 12, 0 },
	{ "1950", UTC, "500101000000Z", -631152000, 12, 0 },
	{ "2050", GENERAL, "20500101000000Z", 2524608000, 12, 0 },
	{ "never", GENERAL, "99991231235959Z", 253402300799, 12, 0 },
	{ "not a leap year", GENERAL, "21000301000000Z", 4107542400, 12, 0 },
	{ "no seconds", UTC, "2601020304Z", -1, 12, 0 },
	{ "an offset", UTC, "260102030405+0100", -1, 12, 0 },
	{ "a fraction", GENERAL, "20500101000000.5Z", -1, 12, 0 },
	{ "no Z", UTC, "2601020304055", -1, 12, 0 },
	{ "month 0", UTC, "260002030405Z", -1, 12, 0 },
	{ "month 13", UTC, "261302030405Z", -1, 12, 0 },
	{ "day 0", UTC, "260100030405Z", -1, 12, 0 },
	{ "day 32", UTC, "260132030405Z", -1, 12, 0 },
	{ "letters", UTC, "26010203040xZ", -1, 12, 0 },
	{ "letters for a century", GENERAL, "x0500101000000Z", -1, 12, 0 },
	{ "no time at all", UTC, "", -1, 12, 0 },
	{ "another type", 0x0c, "260102030405Z", -1, 12, 0 },
	{ "the other's length", GENERAL, "260102030405Z", -1, 12, 0 },
};

/* Returns how much of it x509_read() has to have. */
static size_t
make(struct buf *b, const struct row *r, const char *issuer)
{
	struct buf tbs = BUF_MAX(8192), part = BUF_MAX(8192);
	size_t need;

	if (!r->version1)
		add(&tbs, 0xa0, LIT("\x02\x01\x02"));
	add(&tbs, 0x02, LIT("\x7f\xff\x80"));
	add(&tbs, 0x30, LIT("\x06\x03\x55\x04\x03"));
	add(&tbs, 0x30, issuer, r->issuer);
	add_text(&part, UTC, "250102030405Z");
	add_text(&part, r->tag, r->time);
	add(&tbs, 0x30, part.data, part.len);
	add_text(&tbs, 0x30, "the subject");
	need = tbs.len;
	add_text(&tbs, 0x30, "a key, and more");
	buf_clear(&part);
	add(&part, 0x30, tbs.data, tbs.len);
	need += part.len - tbs.len;
	add_text(&part, 0x03, "a signature");
	add(b, 0x30, part.data, part.len);
	need += b->len - part.len;
	buf_free(&tbs);
	buf_free(&part);
	return need;
}

/* Every beginning of it, in a copy of its size. */
static void
test_read(void **state)
{
	const struct row *r = *state;
	struct buf b = BUF_MAX(8192);
	char *issuer = unit_fill('i', r->issuer), *copy;
	size_t n, need = make(&b, r, issuer);
	struct x509 x;

	for (n = 0; n <= b.len; n++) {
		copy = unit_copy(b.data, n);
		assert_int_equal(x509_read(&x, copy, n), n < need ? -1 : 0);
		if (n >= need) {
			assert_true(x.not_before == 1735787045);
			assert_true(x.not_after == r->want);
			assert_true(x.issuer.len > r->issuer);
			assert_memory_equal(x.issuer.p + x.issuer.len -
			    r->issuer, issuer, r->issuer);
			assert_int_equal(x.subject.len, 13);
			assert_memory_equal(x.subject.p,
			    "\x30\x0bthe subject", 13);
		}
		free(copy);
	}
	buf_free(&b);
	free(issuer);
}

/* Of what is not a certificate nothing is found, and nothing read too far. */
static const struct {
	const char	*name;
	const char	*der;
	size_t		 n;
} others[] = {
	{ "nothing", LIT("") },
	{ "text", LIT("-----BEGIN CERTIFICATE-----") },
	{ "a length without end", LIT("\x30\x80\x30\x80\x02\x01\x01\0\0\0\0") },
	{ "a length of many octets", LIT("\x30\x89\1\1\1\1\1\1\1\1\1\x30") },
	{ "a length past the end", LIT("\x30\x10\x30\x08\x02\x7f\x01\x30"
	    "\x01") },
	{ "sets", LIT("\x31\x10\x31\x08\x02\x01\x01\x30\x01\x01\x30\x01") },
	{ "names of another type", LIT("\x30\x20\x30\x1e\x02\1\1\x30\0\x31\0"
	    "\x30\0\x31\0") },
	{ "a version and no more", LIT("\x30\x20\x30\x1e\xa0\x03\x02\x01") },
};

static void
test_other(void **state)
{
	const __typeof__(others[0]) *r = *state;
	char *copy = unit_copy(r->der, r->n);
	struct x509 x;

	assert_int_equal(x509_read(&x, copy, r->n), -1);
	free(copy);
}

static void
test_same(void **state)
{
	struct x509_der a = { (const unsigned char *)"abc", 3 };
	struct x509_der b = { (const unsigned char *)"abd", 3 };
	struct x509_der c = { (const unsigned char *)"abc", 3 };
	struct x509_der d = { (const unsigned char *)"abc", 2 };

	(void)state;
	assert_true(x509_same(&a, &a));
	assert_true(x509_same(&a, &c));
	assert_false(x509_same(&a, &b));
	assert_false(x509_same(&a, &d));
}

static const struct {
	const char	*name;		/* and what is to come */
	int64_t		 when;
} times[] = {
	{ "1970-01-01 00:00 UTC", 0 },
	{ "1970-01-01 00:00 UTC", 59 },
	{ "1970-12-31 23:59 UTC", 31535999 },
	{ "1969-12-31 23:59 UTC", -1 },
	{ "1950-01-01 00:00 UTC", -631152000 },
	{ "2024-02-29 12:34 UTC", 1709210040 },
	{ "2026-12-31 23:59 UTC", 1798761599 },
	{ "2027-01-01 00:00 UTC", 1798761600 },
	{ "2100-03-01 00:00 UTC", 4107542400 },
	{ "9999-12-31 23:59 UTC", 253402300799 },
};

static void
test_time(void **state)
{
	const __typeof__(times[0]) *r = *state;
	char text[64];

	x509_time(text, sizeof(text), r->when);
	assert_string_equal(text, r->name);
}

/* Every day of some centuries. */
static void
test_days(void **state)
{
	char text[64], want[64];
	time_t t;

	(void)state;
	for (t = -3000000000; t < 30000000000; t += 86400) {
		x509_time(text, sizeof(text), t);
		strftime(want, sizeof(want), "%Y-%m-%d %H:%M UTC",
		    gmtime(&t));
		assert_string_equal(text, want);
	}
}

/* What openssl(1) makes and says. */
static void
test_real(void **state)
{
	char path[] = "/tmp/x509.XXXXXX", command[512], der[4096];
	char want[32], got[32];
	struct x509 x;
	ssize_t n;
	time_t t;
	FILE *f;
	int fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	snprintf(command, sizeof(command), "openssl req -x509 -newkey ec "
	    "-pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -days "
	    "40000 -subj '/CN=posthorn test' -outform DER -out %s 2>/dev/null",
	    path);
	if (system(command) != 0)
		skip();
	n = read(fd, der, sizeof(der));
	assert_int_equal(x509_read(&x, der, (size_t)n), 0);
	assert_true(x509_same(&x.issuer, &x.subject));
	assert_non_null(memmem(x.subject.p, x.subject.len,
	    "\x0c\x0dposthorn test", 15));
	snprintf(command, sizeof(command), "openssl x509 -noout -enddate -in "
	    "%s -inform DER -dateopt iso_8601 2>/dev/null", path);
	f = popen(command, "r");
	assert_non_null(f);
	t = (time_t)x.not_after;
	strftime(got, sizeof(got), "notAfter=%Y-%m-%d %H:%M:%SZ\n",
	    gmtime(&t));
	if (fgets(want, sizeof(want), f) != NULL)
		assert_string_equal(got, want);
	pclose(f);
	close(fd);
	unlink(path);
}

int
main(void)
{
	UNIT_ROWS(rows, test_read);
	UNIT_ROWS(others, test_other);
	UNIT_TEST(test_same);
	UNIT_ROWS(times, test_time);
	UNIT_TEST(test_days);
	UNIT_TEST(test_real);
	return unit_run("x509");
}
