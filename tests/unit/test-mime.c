#include "unit.h"

#include "mail/mime.h"

#define CT	"Content-Type: "
#define CTE	"Content-Transfer-Encoding: "

static struct header
header_of(const char *text)
{
	struct header h = { .raw = BUF_MAX(100000) };

	buf_adds(&h.raw, text);
	header_index(&h);
	return h;
}

static const struct row {
	const char	*name;
	const char	*header;
	const char	*type, *boundary, *charset;
} types[] = {
	{ "none", "Subject: x\r\n", NULL, "", "" },
	{ "text", CT "text/plain\r\n", "text/plain", "", "" },
	{ "any case", "content-TYPE: Text/HTML; CHARSET=UTF-8\r\n",
	    "text/html", "", "UTF-8" },
	{ "with a boundary", CT "multipart/mixed; boundary=abc\r\n",
	    "multipart/mixed", "abc", "" },
	{ "quoted", CT "multipart/mixed; boundary=\"a b;c=d\"\r\n",
	    "multipart/mixed", "a b;c=d", "" },
	{ "quoted pairs", CT "multipart/mixed; boundary=\"a\\\"b\\\\\"\r\n",
	    "multipart/mixed", "a\"b\\", "" },
	{ "folded", CT "multipart/mixed;\r\n\tboundary=\"abc\"\r\n",
	    "multipart/mixed", "abc", "" },
	{ "folded in front", "Content-Type:\r\n text/plain;\r\n"
	    " charset=utf-8;\r\n format=flowed\r\n",
	    "text/plain", "", "utf-8" },
	{ "folded in a quote",
	    CT "multipart/mixed; boundary=\"a\r\n b\"\r\n",
	    "multipart/mixed", "a b", "" },
	{ "comments", CT "(a) text (b;c) / plain (d); (e) charset (f) = (g) "
	    "us-ascii (Plain text)\r\n", "text/plain", "", "us-ascii" },
	{ "a comment at the value",
	    CT "text/plain; charset=us-ascii(x); boundary=b\r\n",
	    "text/plain", "b", "us-ascii" },
	{ "white space", CT "  text/plain ;  charset = utf-8  \r\n",
	    "text/plain", "", "utf-8" },
	{ "odd characters without quotes",
	    CT "multipart/mixed; boundary=----=_Part_1/2?3:4\r\n",
	    "multipart/mixed", "----=_Part_1/2?3:4", "" },
	{ "no semicolon", CT "text/plain charset=utf-8\r\n", "text/plain",
	    "", "utf-8" },
	{ "semicolons alone", CT "text/plain;; ;charset=utf-8;\r\n",
	    "text/plain", "", "utf-8" },
	{ "a parameter without value", CT "text/plain; x; charset=utf-8\r\n",
	    "text/plain", "", "utf-8" },
	{ "an unclosed quote", CT "multipart/mixed; boundary=\"abc\r\n",
	    "multipart/mixed", "abc", "" },
	{ "an unclosed comment", CT "text/plain (abc; charset=utf-8\r\n",
	    "text/plain", "", "" },
	{ "parameters twice", CT "text/plain; charset=a; charset=b\r\n",
	    "text/plain", "", "a" },
	{ "two fields", CT "text/plain\r\n" CT "text/html; charset=b\r\n",
	    "text/plain", "", "" },
	{ "trailing blanks", CT "multipart/mixed; boundary=\"b  \"\r\n",
	    "multipart/mixed", "b", "" },
	{ "RFC 2231",
	    CT "multipart/mixed; boundary*=us-ascii'en'a%20%62c%\r\n",
	    "multipart/mixed", "a bc%", "" },
	{ "RFC 2231 without charset",
	    CT "multipart/mixed; boundary*=abc\r\n", "multipart/mixed",
	    "abc", "" },
	{ "in pieces", CT "multipart/mixed; boundary*0=a; boundary*1=b\r\n",
	    "multipart/mixed", "ab", "" },
	{ "in encoded pieces", CT "multipart/mixed;\r\n boundary*0*="
	    "us-ascii''%3D_x;\r\n boundary*1*=y%20z; boundary*2=\"q\"\r\n",
	    "multipart/mixed", "=_xy zq", "" },
	{ "in pieces, one missing", CT "multipart/mixed; boundary*0=a; "
	    "boundary*2=c\r\n", "multipart/mixed", "a", "" },
	{ "pieces behind the whole", CT "multipart/mixed; boundary=a; "
	    "boundary*0=b\r\n", "multipart/mixed", "a", "" },
	{ "a charset in pieces", CT "text/plain; charset*0=utf-; "
	    "charset*1=8\r\n", "text/plain", "", "utf-8" },
	{ "an empty boundary", CT "multipart/mixed; boundary=\"\"\r\n",
	    "multipart/mixed", "", "" },
	{ "no subtype", CT "text; charset=x\r\n", "", "", "x" },
	{ "half a type", CT "text/; charset=x\r\n", "", "", "x" },
	{ "no type", CT "; charset=x\r\n", "", "", "x" },
	{ "empty", CT "\r\n", "", "", "" },
	{ "8-bit", CT "multipart/mixed; boundary=\xc3\xa9\r\n",
	    "multipart/mixed", "\xc3\xa9", "" },
};

static void
test_type(void **state)
{
	const struct row *r = *state;
	struct header h = header_of(r->header);
	struct mime m = MIME_INIT;

	mime_read(&m, &h);
	assert_int_equal(m.typed, r->type != NULL);
	assert_string_equal(buf_str(&m.type), r->type ? r->type : "");
	assert_string_equal(buf_str(&m.boundary), r->boundary);
	assert_string_equal(buf_str(&m.charset), r->charset);
	assert_int_equal(m.coding, MIME_UNSAID);
	mime_free(&m);
	header_free(&h);
}

static const struct {
	const char		*name;
	const char		*header;
	enum mime_coding	 coding;
	const char		*encoding;
} encodings[] = {
	{ "none", "A: b\r\n", MIME_UNSAID, "" },
	{ "7bit", CTE "7bit\r\n", MIME_7BIT, "7bit" },
	{ "8bit", CTE "8bit\r\n", MIME_8BIT, "8bit" },
	{ "binary", CTE "binary\r\n", MIME_BINARY, "binary" },
	{ "quoted-printable", CTE "quoted-printable\r\n", MIME_QP,
	    "quoted-printable" },
	{ "base64", CTE "base64\r\n", MIME_BASE64, "base64" },
	{ "any case", "CONTENT-transfer-ENCODING:Quoted-PRINTABLE\r\n",
	    MIME_QP, "Quoted-PRINTABLE" },
	{ "folded, with comments", CTE "(a)\r\n (b) base64 (c)\r\n",
	    MIME_BASE64, "base64" },
	{ "a semicolon", CTE "base64;\r\n", MIME_BASE64, "base64" },
	{ "in quotes", CTE "\"base64\"\r\n", MIME_BASE64, "base64" },
	{ "empty", CTE "\r\n", MIME_UNKNOWN, "" },
	{ "8-bit", CTE "8-bit\r\n", MIME_UNKNOWN, "8-bit" },
	{ "a charset", CTE "utf-8\r\n", MIME_UNKNOWN, "utf-8" },
	{ "uuencode", CTE "uuencode\r\n", MIME_FOREIGN, "uuencode" },
	{ "x-uuencode", CTE "X-UUencode\r\n", MIME_FOREIGN, "X-UUencode" },
	{ "two fields", CTE "7bit\r\n" CTE "base64\r\n", MIME_7BIT, "7bit" },
};

static void
test_encoding(void **state)
{
	const __typeof__(encodings[0]) *r = *state;
	struct header h = header_of(r->header);
	struct mime m = MIME_INIT;

	mime_read(&m, &h);
	assert_int_equal(m.coding, r->coding);
	assert_string_equal(buf_str(&m.encoding), r->encoding);
	mime_free(&m);
	header_free(&h);
}

static void
expect_header(const struct header *h, const char *want)
{
	struct buf b = BUF_MAX(100000);
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone)
			buf_add(&b, h->field[i].text, h->field[i].len);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static const struct {
	const char	*name;
	const char	*before, *after;
} charsets[] = {
	{ "added", CT "text/plain\r\n", CT "text/plain; charset=utf-8\r\n" },
	{ "added behind others", "A: b\r\n" CT "text/plain; format=flowed\r\n",
	    "A: b\r\n" CT "text/plain; format=flowed; charset=utf-8\r\n" },
	{ "behind a semicolon", CT "text/plain;\r\n",
	    CT "text/plain; charset=utf-8\r\n" },
	{ "behind a comment", CT "text/plain (a)\r\n",
	    CT "text/plain (a); charset=utf-8\r\n" },
	{ "replaced", CT "text/plain; charset=us-ascii; format=flowed\r\n",
	    CT "text/plain; charset=utf-8; format=flowed\r\n" },
	{ "quotes replaced", CT "text/plain;\r\n\tCharset=\"US-ASCII\"\r\n",
	    CT "text/plain;\r\n\tCharset=utf-8\r\n" },
	{ "an empty value", CT "text/plain; charset=\r\n",
	    CT "text/plain; charset=utf-8\r\n" },
	{ "the comment stays", CT "text/plain; charset=us-ascii (x)\r\n",
	    CT "text/plain; charset=utf-8 (x)\r\n" },
	{ "name and white space", "content-type:\r\n text/plain\r\n",
	    "content-type: text/plain; charset=utf-8\r\n" },
	{ "a comment that never ends", CT "text/plain (x\r\n",
	    CT "text/plain; charset=utf-8\r\n" },
	{ "no type", "A: b\r\n",
	    "A: b\r\n" CT "text/plain; charset=utf-8\r\n" },
	{ "the first of two", CT "text/plain\r\n" CT "text/html\r\n",
	    CT "text/plain; charset=utf-8\r\n" CT "text/html\r\n" },
};

static void
test_charset(void **state)
{
	const __typeof__(charsets[0]) *r = *state;
	struct header h = header_of(r->before);

	mime_set_charset(&h, "utf-8");
	expect_header(&h, r->after);
	header_free(&h);
}

static const __typeof__(charsets[0]) labels[] = {
	{ "added", "A: b\r\n", "A: b\r\n" CTE "base64\r\n" },
	{ "into nothing", "", CTE "base64\r\n" },
	{ "replaced", CTE "8bit\r\nA: b\r\n", CTE "base64\r\nA: b\r\n" },
	{ "name kept", "content-transfer-encoding: 8bit (x)\r\n",
	    "content-transfer-encoding: base64\r\n" },
	{ "of two one stays", CTE "8bit\r\nA: b\r\n" CTE "7bit\r\n",
	    CTE "base64\r\nA: b\r\n" },
};

static void
test_label(void **state)
{
	const __typeof__(labels[0]) *r = *state;
	struct header h = header_of(r->before);

	mime_set_encoding(&h, "base64");
	expect_header(&h, r->after);
	header_free(&h);
}

static const struct {
	const char	*name;
	const char	*header;
	int		 lacks;
} lacking[] = {
	{ "nothing is said", "A: b\r\n", 1 },
	{ "text", CT "text/html\r\n", 1 },
	{ "an empty one", CT "text/plain; charset=\"\"\r\n", 1 },
	{ "ASCII", CT "text/plain; charset=US-ASCII\r\n", 1 },
	{ "ASCII by another name", CT "text/plain; charset=ANSI_X3.4-1968\r\n",
	    1 },
	{ "a charset", CT "text/plain; charset=x\r\n", 0 },
	{ "no text", CT "application/x-y\r\n", 0 },
	{ "no type that is one", CT "text\r\n", 0 },
	{ "quoted-printable", CTE "quoted-printable\r\n", 1 },
	{ "base64", CTE "base64\r\n", 0 },
	{ "an encoding of somebody's", CTE "x-y\r\n", 0 },
};

static void
test_lacking(void **state)
{
	const __typeof__(lacking[0]) *r = *state;
	struct header h = header_of(r->header);
	struct mime m = MIME_INIT;

	mime_read(&m, &h);
	assert_int_equal(mime_lacks_charset(&m), r->lacks);
	mime_free(&m);
	header_free(&h);
}

static void
test_is(void **state)
{
	struct header h = header_of(CT "text/plain\r\n");
	struct mime m = MIME_INIT;

	(void)state;
	assert_false(mime_is(&m, "text/"));
	mime_read(&m, &h);
	assert_true(mime_is(&m, "text/plain"));
	assert_true(mime_is(&m, "text/"));
	assert_false(mime_is(&m, "text/pla"));
	assert_false(mime_is(&m, "text/plains"));
	assert_false(mime_is(&m, "multipart/"));
	mime_free(&m);
	header_free(&h);
}

/* A value that is too long is none; nothing is read behind the end. */
static void
test_long(void **state)
{
	struct buf b = BUF_MAX(100000);
	char *fill = unit_fill('x', 2 * MIME_VALUE_MAX);
	struct mime m = MIME_INIT;
	struct header h;

	(void)state;
	buf_addf(&b, CT "text/%s; boundary=%s; charset=\"%s\"\r\n" CTE "%s\r\n",
	    fill, fill, fill, fill);
	h = header_of(b.data);
	mime_read(&m, &h);
	assert_true(m.typed);
	assert_int_equal(m.boundary.len, 0);
	assert_int_equal(m.charset.len, 0);
	assert_int_equal(m.coding, MIME_UNKNOWN);
	mime_free(&m);
	header_free(&h);
	buf_free(&b);
	free(fill);
}

int
main(void)
{
	UNIT_ROWS(types, test_type);
	UNIT_ROWS(encodings, test_encoding);
	UNIT_ROWS(charsets, test_charset);
	UNIT_ROWS(labels, test_label);
	UNIT_ROWS(lacking, test_lacking);
	UNIT_TEST(test_is);
	UNIT_TEST(test_long);
	return unit_run("mime");
}
