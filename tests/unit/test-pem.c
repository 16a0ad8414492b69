#include "unit.h"

#include "base/base64.h"
#include "net/pem.h"

#define BEGIN	"-----BEGIN CERTIFICATE-----"
#define END	"-----END CERTIFICATE-----"

/* Something of that size in all, as its outermost length says. */
static void
make_der(struct buf *b, size_t size)
{
	size_t i, n = size - 4;

	buf_clear(b);
	buf_add(b, "\x30\x82", 2);
	buf_addc(b, (char)(n >> 8));
	buf_addc(b, (char)n);
	for (i = 0; i < n; i++)
		buf_addc(b, (char)(i * 7 + i / 50));
}

/* Its base64 in lines of that length, each with what ends it. */
static void
add_lines(struct buf *out, const struct buf *der, size_t line,
    const char *eol)
{
	struct buf text = BUF_MAX(1 << 16);
	size_t at;

	base64_add(&text, der->data, der->len);
	for (at = 0; at < text.len; at += line)
		buf_addf(out, "%.*s%s", (int)line, text.data + at, eol);
	buf_free(&text);
}

static const struct row {
	const char	*name;
	size_t		 line;
	const char	*eol;
	const char	*first;		/* behind the line that begins it */
	int		 want;		/* is it regular? */
} rows[] = {
	{ "as openssl writes it", 64, "\n", "\n", 1 },
	{ "CRLF", 64, "\r\n", "\r\n", 1 },
	{ "lines of 76", 76, "\n", "\n", 1 },
	{ "short lines", 4, "\n", "\n", 1 },
	{ "long lines", 1000, "\n", "\n", 1 },
	{ "one line", 60000, "\n", "\n", 1 },
	{ "LF first, then CRLF", 64, "\r\n", "\n", 1 },
	{ "lines of 65", 65, "\n", "\n", 0 },
	{ "blanks at the ends", 64, " \n", "\n", 0 },
	{ "an empty line first", 64, "\n", "\n\n", 0 },
	{ "empty lines between", 64, "\n\n", "\n", 0 },
	{ "no line at all", 60000, "", "", 0 },
	{ "no line end first", 64, "\n", "", 0 },
	{ "blanks between", 4, " ", "\n", 0 },
};

/* Where it is regular, each octet is where it should be. */
static void
check_octets(const struct pem *b, const struct buf *der)
{
	size_t i;
	int octet;

	for (i = 0; i < der->len; i++) {
		octet = pem_octet(b, i);
		/* A group with a pad has octets that nobody asks for. */
		if (i < der->len / 3 * 3 || octet != -1)
			assert_int_equal(octet, (unsigned char)der->data[i]);
	}
	for (; i < der->len + 300; i++)
		assert_int_equal(pem_octet(b, i), -1);
}

static void
test_layout(void **state)
{
	const struct row *r = *state;
	struct buf der = BUF_MAX(4096), text = BUF_MAX(1 << 16);
	struct buf back = BUF_MAX(4096);
	const char *next;
	struct pem b;
	size_t size;
	char *copy;

	for (size = 260; size < 700; size++) {
		make_der(&der, size);
		buf_clear(&text);
		buf_clear(&back);
		buf_addf(&text, "%s%s", BEGIN, r->first);
		add_lines(&text, &der, r->line, r->eol);
		buf_adds(&text, END);
		copy = unit_copy(text.data, text.len);
		next = pem_next(&b, copy, copy + text.len);
		assert_ptr_equal(next, copy + text.len - strlen(END));
		assert_int_equal(pem_decode(&back, &b), 0);
		assert_int_equal(back.len, der.len);
		assert_memory_equal(back.data, der.data, der.len);
		assert_int_equal(pem_regular(&b), r->want);
		if (r->want)
			check_octets(&b, &der);
		assert_null(pem_next(&b, next, copy + text.len));
		free(copy);
	}
	buf_free(&der);
	buf_free(&text);
	buf_free(&back);
}

/* Take any character out, or put one in: it may be regular still, but then
 * the octets are right. */
static void
test_disorder(void **state)
{
	static const char *const put[] = { "", "A", " ", "\n", "=", "\r\n" };
	struct buf der = BUF_MAX(4096), text = BUF_MAX(1 << 16);
	struct buf odd = BUF_MAX(1 << 16), back = BUF_MAX(4096);
	size_t i, at, cut;
	struct pem b;
	char *copy;

	(void)state;
	make_der(&der, 262);
	add_lines(&text, &der, 64, "\n");
	for (i = 0; i < COUNT(put); i++)
		for (at = 0; at < text.len; at++)
			for (cut = 0; cut < 2; cut++) {
				buf_clear(&odd);
				buf_clear(&back);
				buf_addf(&odd, BEGIN "\n%.*s%s%s" END, (int)at,
				    text.data, put[i], text.data + at + cut);
				copy = unit_copy(odd.data, odd.len);
				assert_non_null(pem_next(&b, copy, copy +
				    odd.len));
				if (pem_regular(&b) &&
				    pem_decode(&back, &b) == 0)
					check_octets(&b, &back);
				free(copy);
			}
	buf_free(&der);
	buf_free(&text);
	buf_free(&odd);
	buf_free(&back);
}

/* Of what is no certificate the size is not believed. */
static void
test_small(void **state)
{
	static const char *const texts[] = { "", "\n", "\nA\n", "\nQUJD\n",
	    "\nMIEA\n", "\nMIIA\n", "\nMIT/////\n" };
	struct buf text = BUF_MAX(100);
	struct pem b;
	size_t i;
	char *copy;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		buf_clear(&text);
		buf_addf(&text, BEGIN "%s" END, texts[i]);
		copy = unit_copy(text.data, text.len);
		assert_non_null(pem_next(&b, copy, copy + text.len));
		assert_int_equal(pem_regular(&b), 0);
		free(copy);
	}
	buf_free(&text);
}

static const struct {
	const char	*name;
	const char	*text;
	const char	*want;		/* each block's text in brackets */
} files[] = {
	{ "one", BEGIN "\nQUJD\n" END "\n", "[\nQUJD\n]" },
	{ "by its old name", "-----BEGIN X509 CERTIFICATE-----\nQUJD\n"
	    "-----END X509 CERTIFICATE-----\n", "[\nQUJD\n]" },
	{ "two", BEGIN "A" END BEGIN "B" END, "[A][B]" },
	{ "text around", "a - b\n" BEGIN "A" END "\n--\n---\n" BEGIN "B" END
	    "\n-----x", "[A][B]" },
	{ "an empty one", BEGIN END, "[]" },
	{ "a key before it", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
	    "-----END PRIVATE KEY-----\n" BEGIN "A" END, "[A]" },
	{ "with trust settings", "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n"
	    "-----END TRUSTED CERTIFICATE-----\n" BEGIN "A" END, "[A]" },
	{ "a request", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"
	    "-----END CERTIFICATE REQUEST-----\n", "" },
	{ "small letters", "-----begin certificate-----\nAAAA\n", "" },
	{ "begun twice", BEGIN "A\n" BEGIN "B" END, "[B]" },
	{ "not ended", BEGIN "\nAAAA\n", "" },
	{ "not ended, but for a hyphen", BEGIN "\nAAAA\n-", "" },
	{ "not begun", "AAAA\n" END, "" },
	{ "half a line", "-----BEGIN CERTIFICATE", "" },
	{ "a NUL", BEGIN "A" END "\0" BEGIN "B" END, "[A][B]" },
	{ "nothing", "", "" },
};

static void
test_next(void **state)
{
	const __typeof__(files[0]) *r = *state;
	struct buf got = BUF_MAX(4096);
	size_t n = strlen(r->text);
	const char *p;
	struct pem b;
	char *copy;

	if (strcmp(r->name, "a NUL") == 0)
		n += 1 + strlen(r->text + n + 1);
	copy = unit_copy(r->text, n);
	for (p = copy; (p = pem_next(&b, p, copy + n)) != NULL; )
		buf_addf(&got, "[%.*s]", (int)b.n, b.text);
	assert_string_equal(buf_str(&got), r->want);
	buf_free(&got);
	free(copy);
}

int
main(void)
{
	UNIT_ROWS(rows, test_layout);
	UNIT_TEST(test_disorder);
	UNIT_TEST(test_small);
	UNIT_ROWS(files, test_next);
	return unit_run("pem");
}
