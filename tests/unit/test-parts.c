/*
 * What is done with a part for what it is, or where it is.  How it is encoded
 * is for test-recode.c.
 */
#include "unit.h"

#include "bodies.h"

/* 8-bit text is taken, and not in headers. */
static const struct row headers[] = {
	{ "raw text in a part's header",
	    MIXED "--b\nContent-Description: h\xc3\xa4\n\n\xc3\xa4\n--b--\n",
	    MIXED "--b\nContent-Description: =?UTF-8?B?aMOk?=\n\n\xc3\xa4\n"
	    "--b--\n", NULL },
	{ "and nowhere else",
	    MIXED "--b\nContent-Disposition: attachment; filename=\"h\xc3\xa4\""
	    "\n\nabc\n--b--\n",
	    MIXED "--b\nContent-Disposition: attachment; filename*=UTF-8''"
	    "h%C3%A4\n\nabc\n--b--\n", NULL },
	{ "raw text that is no UTF-8",
	    MIXED "--b\nContent-Description: h\xe4\n\nabc\n--b--\n",
	    MIXED "--b\nContent-Description: =?unknown-8bit?Q?h=E4?=\n\nabc\n"
	    "--b--\n", NULL },
	{ "in the header of an enclosed message",
	    MIXED "--b\n" CT "message/rfc822\n\nSubject: h\xc3\xa4\n\nabc\n"
	    "--b--\n", SAME, NULL },
	{ "in that of a part of it", MIXED "--b\n" CT "message/rfc822\n\n"
	    CT "multipart/mixed; boundary=c\n\n"
	    "--c\nContent-Description: h\xc3\xa4\n\nabc\n--c--\n--b--\n",
	    SAME, NULL },
	{ "in that of what is signed", MV
	    CT "multipart/signed; boundary=b\n\n"
	    "--b\nContent-Description: h\xc3\xa4\n\nabc\n--b--\n",
	    SAME, NULL },
	{ "in that of a signed part", MIXED "--b\nContent-Description: "
	    "h\xc3\xa4\n" CT "multipart/signed; boundary=c\n\n--c\n\nabc\n"
	    "--c--\n--b--\n",
	    MIXED "--b\nContent-Description: "
	    "=?UTF-8?B?aMOk?=\n" CT "multipart/signed; boundary=c\n\n--c\n\n"
	    "abc\n--c--\n--b--\n", NULL },
	{ "in a message that is signed", "DKIM-Signature: h=from\n"
	    MIXED "--b\nContent-Description: h\xc3\xa4\n\nabc\n--b--\n",
	    SAME, NULL },
	{ "beside inline PGP", MIXED "--b\nContent-Description: h\xc3\xa4\n\n"
	    "-----BEGIN PGP MESSAGE-----\n--b--\n", SAME, NULL },
};

/* What is labelled binary is taken too. */
static const struct row binary[] = {
	{ "a NUL", MV CT "application/x-y\n" CTE "binary\n\na\1b\n", SAME,
	    NULL },
	{ "a long line", MV CT "text/html\n" CTE " BINARY (it is)\n\n"
	    X998 "y\n", SAME, NULL },
	{ "no version", CTE "binary\n" CT "application/x-y\n\na\1b\n",
	    CTE "binary\n" CT "application/x-y\n" MV "\na\1b\n", NULL },
	{ "a version is not to be added", "DKIM-Signature: h=mime-version\n"
	    CTE "binary\n" CT "application/x-y\n\na\1b\n", SAME, NULL },
	{ "no label", MV CT "text/plain\n\na\1b\n",
	    MV CT "text/plain\n" B64 "\nYQBiDQo=\n", NULL },
	{ "nothing said", "A: b\n\na\1b\n", "A: b\n"
	    MV CT "text/plain; charset=us-ascii\n" B64 "\nYQBiDQo=\n", NULL },
	{ "another label", MV CT "text/plain\n" CTE "8bit\n\na\1b\n",
	    MV CT "text/plain\n" B64 "\nYQBiDQo=\n", NULL },
	{ "binary that is none", MIXED "--b\n" CTE "binary\n\nabc\n"
	    "--b\n\na\1b\n--b--\n", MIXED "--b\n" CTE "binary\n\nabc\n"
	    "--b\n" B64 "\nYQBi\n--b--\n", NULL },
	{ "a part", MV CTE "binary\n" CT "multipart/mixed; boundary=b\n\n"
	    "--b\n" CTE "binary\n\na\1b\n--b--\n", SAME, NULL },
	{ "nothing is said of the whole", MIXED "--b\n" CTE "binary\n\na\1b\n"
	    "--b--\n", MV CT "multipart/mixed; boundary=b\n" CTE "binary\n\n"
	    "--b\n" CTE "binary\n\na\1b\n--b--\n", NULL },
	{ "something else is said", MV CTE "8bit\n"
	    CT "multipart/mixed; boundary=b\n\n--b\n" CTE "binary\n\na\1b\n"
	    "--b--\n", MV CTE "binary\n"
	    CT "multipart/mixed; boundary=b\n\n--b\n" CTE "binary\n\na\1b\n"
	    "--b--\n", NULL },
	{ "that is signed", "DKIM-Signature: h=from:content-transfer-encoding"
	    "\n" MIXED "--b\n" CTE "binary\n\na\1b\n--b--\n", SAME, NULL },
	{ "the body is signed", "DKIM-Signature: h=from\n" MIXED
	    "--b\n" CT "multipart/mixed; boundary=c\n\n--c\n" CTE "binary\n\n"
	    "a\1b\n--c--\n--b--\n",
	    "DKIM-Signature: h=from\n" MV CT "multipart/mixed; boundary=b\n"
	    CTE "binary\n\n--b\n" CT "multipart/mixed; boundary=c\n\n--c\n"
	    CTE "binary\n\na\1b\n--c--\n--b--\n", NULL },
	{ "headers of parts are signed", "DKIM-Signature: h=from\n" MV
	    CTE "binary\n" CT "multipart/mixed; boundary=b\n\n"
	    "--b\nContent-Description: h\xc3\xa4\n" CTE "binary\n\na\1b\n"
	    "--b--\n", SAME, NULL },
	{ "beside what is made fit", MIXED "--b\n\na\1b\n"
	    "--b\n" CTE "binary\n\na\1b\n--b--\n",
	    MV CT "multipart/mixed; boundary=b\n" CTE "binary\n\n"
	    "--b\n" B64 "\nYQBi\n--b\n" CTE "binary\n\na\1b\n--b--\n", NULL },
	{ "labels of what holds it, and no others", MIXED
	    "--b\n" CT "multipart/mixed; boundary=c\n\n--c\n\nabc\n--c--\n"
	    "--b\n" CTE "7bit\n" CT "multipart/mixed; boundary=c\n\n"
	    "--c\n" CT "multipart/mixed; boundary=d\n\n--d\n\nabc\n--d--\n"
	    "--c\n" CT "multipart/mixed; boundary=d\n\n--d\n" CTE "binary\n\n"
	    "a\1b\n--d\n" CTE "binary\n\n\1\n--d--\n--c--\n"
	    "--b\n" CT "multipart/mixed; boundary=c\n\n--c\n" CTE "binary\n\n"
	    "a\1b\n--c--\n"
	    "--b\n" CT "multipart/mixed; boundary=c\n\n--c\n\nabc\n--c--\n"
	    "--b--\n",
	    MV CT "multipart/mixed; boundary=b\n" CTE "binary\n\n"
	    "--b\n" CT "multipart/mixed; boundary=c\n\n--c\n\nabc\n--c--\n"
	    "--b\n" CTE "binary\n" CT "multipart/mixed; boundary=c\n\n"
	    "--c\n" CT "multipart/mixed; boundary=d\n\n--d\n\nabc\n--d--\n"
	    "--c\n" CT "multipart/mixed; boundary=d\n" CTE "binary\n\n"
	    "--d\n" CTE "binary\n\n"
	    "a\1b\n--d\n" CTE "binary\n\n\1\n--d--\n--c--\n"
	    "--b\n" CT "multipart/mixed; boundary=c\n" CTE "binary\n\n"
	    "--c\n" CTE "binary\n\na\1b\n--c--\n"
	    "--b\n" CT "multipart/mixed; boundary=c\n\n--c\n\nabc\n--c--\n"
	    "--b--\n", NULL },
	{ "in a message in the message", MV CT "message/rfc822\n\n"
	    CT "message/rfc822\n" CTE "8bit\n\n" CTE "binary\n\na\1b\n",
	    MV CT "message/rfc822\n" CTE "binary\n\n"
	    CT "message/rfc822\n" CTE "binary\n" MV "\n"
	    CTE "binary\n\na\1b\n", NULL },
	{ "a message beside it", MIXED "--b\n" CT "message/rfc822\n\n"
	    "A: b\n\nabc\n--b\n" CTE "binary\n\na\1b\n--b--\n",
	    MV CT "multipart/mixed; boundary=b\n" CTE "binary\n\n"
	    "--b\n" CT "message/rfc822\n\n"
	    "A: b\n\nabc\n--b\n" CTE "binary\n\na\1b\n--b--\n", NULL },
	{ "a header is not binary", MV CTE "binary\n"
	    CT "multipart/mixed; boundary=b\n\n--b\n" CTE "binary\n"
	    "A: " X100 " " X900 "\n\na\1b\n--b--\n", MV CTE "binary\n"
	    CT "multipart/mixed; boundary=b\n\n--b\n" CTE "binary\n"
	    "A: " X100 "\n " X900 "\n\na\1b\n--b--\n", NULL },
	{ "a NUL in a header is a space", MIXED "--b\n"
	    CT "\1multipart/mixed; boundary=c\n\n--c\n" CTE "binary\n\n\1\n"
	    "--c--\n--b--\n", MV CT "multipart/mixed; boundary=b\n"
	    CTE "binary\n\n--b\n"
	    CT " multipart/mixed; boundary=c\n" CTE "binary\n\n"
	    "--c\n" CTE "binary\n\n\1\n--c--\n--b--\n", NULL },
	{ "before and behind the parts", MV CTE "binary\n"
	    CT "multipart/mixed; boundary=b\n\na\1\n--b\n\nabc\n--b--\n\1\n",
	    SAME, NULL },
	{ "the same without a label", MIXED "a\1\n--b\n" CTE "binary\n\n\1\n"
	    "--b--\n\1\n", MV CT "multipart/mixed; boundary=b\n"
	    CTE "binary\n\na?\n--b\n" CTE "binary\n\n\1\n--b--\n?\n", NULL },
	{ "before the parts of a part", MIXED "--b\n" CTE "binary\n"
	    CT "multipart/mixed; boundary=c\n\n\1\n--c\n\nabc\n--c--\n--b--\n",
	    MV CT "multipart/mixed; boundary=b\n" CTE "binary\n\n"
	    "--b\n" CTE "binary\n" CT "multipart/mixed; boundary=c\n\n\1\n"
	    "--c\n\nabc\n--c--\n--b--\n", NULL },
	{ "a multipart without parts", MV CTE "binary\n" CT "multipart/mixed"
	    "\n\na\1b\n", SAME, NULL },
	{ "a piece of a message", MV CTE "binary\n" CT "message/partial\n\n"
	    "a\1b\n", SAME, NULL },
	{ "8-bit text in an unknown encoding", MV CTE "x-uuencode\n"
	    CT "text/plain\n\na\1b\n", SAME, "its encoding x-uuencode" },

	{ "signed, and said of a part", MV CT "multipart/signed; boundary=b"
	    "\n\n--b\n" CTE "binary\n\na\1b\n--b\n\nabc\n--b--\n",
	    MV CT "multipart/signed; boundary=b\n" CTE "binary\n\n"
	    "--b\n" CTE "binary\n\na\1b\n--b\n\nabc\n--b--\n", NULL },
	{ "signed, and said of the whole", MV CTE "binary\n"
	    CT "multipart/signed; boundary=b\n\n\1\n--b\n"
	    CT "multipart/mixed; boundary=c\n\n--c\nA: b\n\na\1b\n--c--\n"
	    "--b\n\nabc\n--b--\n\1\n", SAME, NULL },
	{ "signed, and said of another part", MV
	    CT "multipart/signed; boundary=b\n\n--b\n\na\1b\n--b\n"
	    CTE "binary\n\n\1\n--b--\n", SAME, "part 1 has a NUL in line 3 "
	    "of the body, which mail cannot carry, and it is signed" },
	{ "a NUL before what is signed", MV
	    CT "multipart/signed; boundary=b\n\n\1\n--b\n" CTE "binary\n\n"
	    "\1\n--b--\n", SAME, "the message (multipart/signed) has a NUL "
	    "in line 1" },
	{ "signed in a part", MIXED "--b\n\na\1b\n--b\n"
	    CT "multipart/signed; boundary=c\n\n--c\n"
	    CT "multipart/mixed; boundary=d\n\n--d\n" CTE "binary\n\n"
	    "a\1b\n--d--\n--c\n\nabc\n--c--\n--b--\n",
	    MV CT "multipart/mixed; boundary=b\n" CTE "binary\n\n"
	    "--b\n" B64 "\nYQBi\n--b\n"
	    CT "multipart/signed; boundary=c\n" CTE "binary\n\n--c\n"
	    CT "multipart/mixed; boundary=d\n\n--d\n" CTE "binary\n\n"
	    "a\1b\n--d--\n--c\n\nabc\n--c--\n--b--\n", NULL },
	{ "a long header in what is signed", MV CTE "binary\n"
	    CT "multipart/signed; boundary=c\n\n--c\nA: " X100 " " X900
	    "\n\nabc\n--c--\n", SAME, "part 1 has 1004 octets in line 2 of "
	    "the body, which the server does not take, and it is signed" },
	{ "encrypted", MV CT "multipart/encrypted; boundary=b\n"
	    CTE "binary\n\n--b\n" CTE "binary\n\na\1b\n--b--\n", SAME, NULL },
};

/* No server is known yet. */
static const struct row any[] = {
	{ "binary is not labelled yet", MIXED "--b\n" CTE "binary\n\na\1b\n"
	    "--b--\n", SAME, NULL },
	{ "what no label excuses", MIXED "--b\n\na\1b\n--b--\n",
	    MIXED "--b\n" B64 "\nYQBi\n--b--\n", NULL },
	{ "text without a charset", MIXED "--b\n" CT "text/html\nA: b\n\n"
	    "\xc3\xa4\n--b--\n", MIXED "--b\n" CT "text/html; charset=utf-8\n"
	    "A: b\n" CTE "8bit\n\n\xc3\xa4\n--b--\n", NULL },
	{ "text that says nothing", MIXED "--b\n\n\xe4\n--b--\n", MIXED
	    "--b\n" CT "text/plain; charset=unknown-8bit\n" CTE "8bit\n\n"
	    "\xe4\n--b--\n", NULL },
	{ "no header, and no empty line", MIXED "--b\n \xc3\xa4\n--b\n"
	    "\xc3\xa4\n--b--\n", MIXED
	    "--b\n" CT "text/plain; charset=utf-8\n" CTE "8bit\n\n \xc3\xa4\n"
	    "--b\n" CT "text/plain; charset=utf-8\n" CTE "8bit\n\n\xc3\xa4\n"
	    "--b--\n", NULL },
	{ "a wrong charset, and an encoding", MIXED "--b\n" CTE "7bit\n"
	    CT "text/plain; charset=US-ASCII\n\n\xc3\xa4\n--b--\n", MIXED
	    "--b\n" CTE "7bit\n"
	    CT "text/plain; charset=utf-8\n\n\xc3\xa4\n--b--\n", NULL },
	{ "each by itself", MIXED "--b\n\nabc\n--b\n"
	    CT "text/plain\n\n\xe4\n--b\n" CT "text/plain\n\n\xc3\xa4\n"
	    "--b--\n", MIXED "--b\n\nabc\n--b\n"
	    CT "text/plain; charset=unknown-8bit\n" CTE "8bit\n\n\xe4\n--b\n"
	    CT "text/plain; charset=utf-8\n" CTE "8bit\n\n\xc3\xa4\n"
	    "--b--\n", NULL },
	{ "a charset that there is", MIXED "--b\n"
	    CT "text/plain; charset=x\n\n\xc3\xa4\n--b--\n", SAME, NULL },
	{ "no text", MIXED "--b\n" CT "application/x-y\n\n\xc3\xa4\n--b--\n",
	    SAME, NULL },
	{ "no charset and a NUL", MIXED "--b\n" CT "text/plain\n\n\xe4\1\n"
	    "--b--\n", MIXED "--b\n" CT "text/plain; charset=unknown-8bit\n"
	    B64 "\n5AA=\n--b--\n", NULL },
	{ "no charset and binary", MIXED "--b\n" CTE "binary\n\n\xe4\1\n"
	    "--b--\n", MIXED "--b\n" CTE "binary\n"
	    CT "text/plain; charset=unknown-8bit\n\n\xe4\1\n--b--\n", NULL },
	{ "in an enclosed message", MIXED "--b\n" CT "message/rfc822\n\n"
	    "A: b\n\n\xe4\n--b--\n", SAME, NULL },
	{ "in a digest", MV CT "multipart/digest; boundary=b\n\n"
	    "--b\n\nA: b\n\n\xe4\n--b--\n", SAME, NULL },
	{ "in a digest, and no message", MV CT "multipart/digest; "
	    "boundary=b\n\n--b\n\xe4\n--b--\n", SAME, NULL },
	{ "in a digest, and called text", MV
	    CT "multipart/digest; boundary=b\n\n--b\n" CT "text/plain\n\n\xe4\n"
	    "--b--\n", MV CT "multipart/digest; boundary=b\n\n--b\n"
	    CT "text/plain; charset=unknown-8bit\n" CTE "8bit\n\n\xe4\n"
	    "--b--\n", NULL },
	{ "in what is signed", MV CT "multipart/signed; boundary=b\n\n"
	    "--b\n\n\xe4\n--b--\n", SAME, NULL },
	{ "in a message that is signed", "DKIM-Signature: h=from\n" MIXED
	    "--b\n\n\xe4\n--b--\n", SAME, NULL },
	{ "in one that is binary, too", "DKIM-Signature: h=from\n" MIXED
	    "--b\n\n\xe4\n--b\n" CTE "binary\n\n\1\n--b--\n", SAME, NULL },
	{ "beside inline PGP", MIXED "--b\n\n\xe4\n"
	    "-----BEGIN PGP MESSAGE-----\n--b--\n", SAME, NULL },
};

static void
test_headers(void **state)
{
	run(*state, &(struct recode){ .eightbit = 1 });
}

static void
test_binary(void **state)
{
	run(*state, &(struct recode){ .eightbit = 1, .binary = 1 });
}

static void
test_any(void **state)
{
	run(*state, &(struct recode){ .any = 1, .eightbit = 1, .binary = 1,
	    .utf8 = 1 });
}

static const struct {
	const char	*name;
	const char	*head;
	const char	*why;
} padded[] = {
	{ "signed", MV CT "multipart/signed; boundary=b\n\n", "the message has "
	    "2003 octets in line 1 of the body, where mail allows 998, and it "
	    "is signed" },
	{ "signed and binary", MV CTE "binary\n"
	    CT "multipart/signed; boundary=b\n\n", NULL },
	{ "in what is signed", MV CT "multipart/signed; boundary=c\n\n--c\n"
	    CT "multipart/mixed; boundary=b\n\n", "part 1 has 2003 octets in "
	    "line 4" },
};

/* White space behind a delimiter that must stay. */
static void
test_padded(void **state)
{
	const __typeof__(padded[0]) *r = *state;
	const struct recode how = { .eightbit = 1, .binary = 1 };
	char *fill = unit_fill(' ', 2000);
	struct buf in = BUF_MAX(ROOM), out;
	struct err e = ERR_INIT;
	struct message m;

	buf_addf(&in, "%s--b%s\n\na\n--b--\n", r->head, fill);
	out = wire_text(in.data);
	m = message_of(in.data, in.len);
	assert_int_equal(recode_apply(&m, &how, &e), r->why ? -1 : 0);
	if (r->why != NULL && strstr(e.text, r->why) == NULL)
		assert_string_equal(e.text, r->why);
	expect_wire(&m, &out);
	message_free(&m);
	buf_free(&in);
	buf_free(&out);
	free(fill);
}

#define SIGNED	CT "multipart/signed; boundary=c\n\n--c\n\n"

static const struct {
	const char	*name;
	const char	*text;
	const char	*why;
} crs[] = {
	{ "signed", CT "multipart/signed; boundary=b\n\n--b\n\na\rb\n"
	    "--b--\n", "the message is signed (multipart/signed) and has a "
	    "CR that ends no line; " },
	{ "not signed", CT "multipart/mixed; boundary=b\n\n--b\n\na\rb\n"
	    "--b--\n", NULL },
	{ "signed, with no boundary", CT "multipart/signed\n\na\rb\n",
	    "the message is signed" },
	{ "in a part", CT "multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n"
	    SIGNED "a\rb\n--c--\n--b--\n", "part 2 is signed" },
	{ "in its header", CT "multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n"
	    CT "multipart/signed; boundary=c\n\n--c\nA:\rb\n\n--c--\n"
	    "--b--\n", "part 2 is signed" },
	{ "in the header of what is signed as a whole",
	    CT "multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nA:\rb\n"
	    SIGNED "ab\n--c--\n--b--\n", NULL },
	{ "in a part of a part", CT "multipart/mixed; boundary=b\n\n--b\n\nx\n"
	    "--b\n" CT "multipart/mixed; boundary=d\n\n--d\n" SIGNED
	    "a\rb\n--c--\n--d--\n--b--\n", "part 2.1 is signed" },
	{ "it does not close", CT "multipart/mixed; boundary=b\n\n--b\n" SIGNED
	    "a\rb\n", "part 1 is signed" },
	{ "before it", CT "multipart/mixed; boundary=b\n\n--b\n\na\rb\n--b\n"
	    SIGNED "a\n--c--\n--b--\n", NULL },
	{ "behind it", CT "multipart/mixed; boundary=b\n\n--b\n" SIGNED
	    "a\n--c--\n--b\n\na\rb\n--b--\n", NULL },
	{ "in the second", CT "multipart/mixed; boundary=b\n\n--b\n" SIGNED
	    "a\n--c--\n--b\n" SIGNED "a\rb\n--c--\n--b--\n",
	    "part 2 is signed" },
	{ "before and behind: nobody knows of the third",
	    CT "multipart/mixed; boundary=b\n\n--b\n\na\rb\n--b\n" SIGNED
	    "a\n--c--\n--b\n\na\rb\n--b--\n", "part 2 is signed" },
	{ "in an enclosed message", CT "message/rfc822\n\n" SIGNED
	    "a\rb\n--c--\n", "the message is signed" },
};

/* A CR that was made a space breaks a signature, and nothing mends that. */
static void
test_cr(void **state)
{
	const __typeof__(crs[0]) *r = *state;
	const struct recode how = { .any = 1, .eightbit = 1, .binary = 1,
	    .utf8 = 1 };
	struct err e = ERR_INIT;
	struct message m = message_of(r->text, strlen(r->text));

	assert_true(recode_needed(&m, &how));
	assert_int_equal(recode_apply(&m, &how, &e), r->why ? -1 : 0);
	assert_int_equal(e.kind, r->why ? ERR_DATA : ERR_NONE);
	if (r->why != NULL && strstr(e.text, r->why) == NULL)
		assert_string_equal(e.text, r->why);
	message_free(&m);
}

int
main(void)
{
	UNIT_ROWS(headers, test_headers);
	UNIT_ROWS(binary, test_binary);
	UNIT_ROWS(any, test_any);
	UNIT_ROWS(padded, test_padded);
	UNIT_ROWS(crs, test_cr);
	return unit_run("parts");
}
