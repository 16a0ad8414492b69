/*
 * What is asked of a server, and what becomes of a message that it does not
 * take as it is.  How headers and bodies are encoded is for other tests.
 */
#include "unit.h"

#include <sys/mman.h>

#include "app/fit.h"

#define NOTHING	0
#define ALL	(EHLO_8BITMIME | EHLO_SMTPUTF8)
#define BINARY	(EHLO_BINARYMIME | EHLO_CHUNKING)
#define FROM	"From: ann@example.org\n"
#define RAW	"Subject: h\xc3\xa4\n"
#define ENCODED	"Subject: =?UTF-8?B?aMOk?=\r\n"
#define TEXT	"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" \
		"Content-Transfer-Encoding: 8bit\n"
#define DKIM	"DKIM-Signature: v=1; h=from:subject; b=x\n"

#define A10	"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4" \
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
#define A100	A10 A10 A10 A10 A10 A10 A10 A10 A10 A10
#define LONG_LINE A100 A100 A100 A100 A100 A100 A100 A100 A100 A100
#define LONG_NAME A100 A100 A100 A100 A100 A100

#define X10	"xxxxxxxxxx"
#define X100	X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000	X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define MIXED	"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
#define MIXED_IN "Content-Type: multipart/mixed; boundary=c\n"
#define SIGNED	"MIME-Version: 1.0\n" \
		"Content-Type: multipart/signed; boundary=b\n"
#define QP_OUT	"Content-Transfer-Encoding: quoted-printable\r\n"
#define LABEL_OUT "Content-Transfer-Encoding: binary\r\n"
#define LABEL	"Content-Transfer-Encoding: binary\n"

static const struct row {
	const char	*name;
	const char	*in;
	unsigned	 can;
	const char	*want;		/* in the message then, or NULL */
	int		 eightbit, utf8;	/* what is said of it */
	const char	*altered;
	int		 wants_utf8;	/* -U */
	const char	*rcpt;		/* NULL: bob@example.net */
	int		 binary;	/* what is said, too */
} rows[] = {
	{ "plain text needs nothing", FROM "\nx\n", NOTHING, "\r\n\r\nx\r\n",
	    0, 0, "" },
	{ "plain text asks for nothing", FROM "\nx\n", ALL, "\r\n\r\nx\r\n",
	    0, 0, "" },
	{ "8-bit text where it is taken", FROM TEXT "\nh\xc3\xa4\n",
	    EHLO_8BITMIME, "\r\n\r\nh\xc3\xa4\r\n", 1, 0, "" },
	{ "8-bit text where it is not", FROM TEXT "\nh\xc3\xa4 and more\n",
	    NOTHING, "\r\n\r\nh=C3=A4 and more\r\n", 0, 0, "" },
	{ "8-bit text that says nothing of itself", FROM "\nh\xc3\xa4\n",
	    EHLO_8BITMIME, "charset=utf-8\r\n", 1, 0, "" },
	{ "a raw field is encoded", FROM RAW "\nx\n", ALL, ENCODED, 0, 0,
	    "" },
	{ "a raw field where UTF-8 is wanted", FROM RAW "\nx\n", ALL,
	    "Subject: h\xc3\xa4\r\n", 1, 1, "", .wants_utf8 = 1 },
	{ "UTF-8 wanted and not offered", FROM RAW "\nx\n", EHLO_8BITMIME,
	    ENCODED, 0, 0, "", .wants_utf8 = 1 },
	{ "UTF-8 without 8BITMIME is none (RFC 6531 3.1)", FROM RAW "\nx\n",
	    EHLO_SMTPUTF8, ENCODED, 0, 0, "", .wants_utf8 = 1 },
	{ "a recipient needs UTF-8", FROM RAW "\nx\n", ALL,
	    "Subject: h\xc3\xa4\r\n", 1, 1, "",
	    .rcpt = "j\xc3\xb6rg@example.net" },
	{ "a recipient needs UTF-8 in vain", FROM RAW "\nx\n", EHLO_8BITMIME,
	    ENCODED, 0, 0, "", .rcpt = "j\xc3\xb6rg@example.net" },
	{ "an author needs UTF-8", "From: j\xc3\xb6rg@example.org\n\nx\n", ALL,
	    "From: j\xc3\xb6rg@", 1, 1, "" },
	{ "an address in To needs UTF-8", FROM "To: j\xc3\xb6rg@example.net\n"
	    "\nx\n", ALL, "To: j\xc3\xb6rg@", 1, 1, "" },
	{ "an address in To needs it in vain", FROM
	    "To: j\xc3\xb6rg@example.net\n\nx\n", EHLO_8BITMIME,
	    "=?= :;\r\n", 0, 0, "" },
	{ "a signed field goes as it is", DKIM FROM RAW "\nx\n", ALL,
	    "Subject: h\xc3\xa4\r\n", 1, 1, "" },
	{ "a signed field that cannot", DKIM FROM RAW "\nx\n", EHLO_8BITMIME,
	    ENCODED, 0, 0, "Subject" },
	{ "a signed body that cannot", DKIM FROM TEXT "\nh\xc3\xa4 and\n",
	    NOTHING, "h=C3=A4 and\r\n", 0, 0, "body" },
	{ "inline PGP that cannot", FROM TEXT
	    "\n-----BEGIN PGP SIGNED MESSAGE-----\n\nh\xc3\xa4 and\n", NOTHING,
	    "h=C3=A4 and\r\n", 0, 0, "body" },
	{ "a CR in inline PGP", FROM TEXT
	    "\n-----BEGIN PGP SIGNED MESSAGE-----\n\na\rb\n", ALL,
	    "\r\na b\r\n", 0, 0, "body" },
	{ "a CR in a signed body", DKIM FROM "\na\rb\n", ALL,
	    "\r\na b\r\n", 0, 0, "body" },
	{ "a CR in a signed header", DKIM FROM "Subject: a\rb\n\nx\n", ALL,
	    "Subject: a b\r\n", 0, 0, "header" },
	{ "UTF-8 in a part's header, where it is taken", FROM
	    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
	    "--b\nContent-Description: h\xc3\xa4\n\n=\xff\n" LONG_LINE
	    "\n--b--\n", ALL, "\r\nContent-Description: h\xc3\xa4\r\n"
	    "Content-Type: text/plain; charset=unknown-8bit\r\n"
	    "Content-Transfer-Encoding: ", 1, 1, "", .wants_utf8 = 1 },
	{ "what is not signed is not told", DKIM FROM
	    "To: J\xc3\xb6rg <j@x>\n\nx\n", EHLO_8BITMIME, "<j@x>\r\n", 0, 0,
	    "" },

	{ "UTF-8 in a part's header, where it is not", FROM MIXED "\n--b\n"
	    "Content-Description: h\xc3\xa4\n\nx\n--b--\n", EHLO_8BITMIME,
	    "\r\nContent-Description: =?UTF-8?B?aMOk?=\r\n\r\nx\r\n", 0, 0,
	    "" },
	{ "a signed one", DKIM FROM MIXED "\n--b\n"
	    "Content-Description: h\xc3\xa4\n\nx\n--b--\n", EHLO_8BITMIME,
	    "\r\nContent-Description: h\xc3\xa4\r\n\r\nx\r\n", 1, 0, "" },
	{ "8-bit text in a part that says nothing of itself", FROM MIXED
	    "\n--b\n\nh\xc3\xa4\n--b--\n", EHLO_8BITMIME, "--b\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\nh\xc3\xa4\r\n", 1, 0, "" },
	{ "a signed one that says nothing", DKIM FROM MIXED
	    "\n--b\n\nh\xc3\xa4\n--b--\n", EHLO_8BITMIME,
	    "--b\r\n\r\nh\xc3\xa4\r\n", 1, 0, "" },

	{ "binary, where it is taken", FROM LABEL "\n" X1000 "\n",
	    BINARY, LABEL_OUT "MIME-Version: 1.0\r\n\r\n" X1000 "\r\n", 0, 0,
	    "", .binary = 1 },
	{ "without CHUNKING it is not", FROM LABEL "\n" X1000 "\n",
	    ALL | EHLO_BINARYMIME, QP_OUT, 0, 0, "" },
	{ "CHUNKING alone does not", FROM LABEL "\n" X1000 "\n",
	    ALL | EHLO_CHUNKING, QP_OUT, 0, 0, "" },
	{ "long lines that nobody calls binary", FROM "\n" X1000 "\n",
	    ALL | BINARY, QP_OUT, 0, 0, "" },
	{ "8-bit text where binary is taken, too", FROM TEXT "\nh\xc3\xa4\n",
	    ALL | BINARY, "\r\n\r\nh\xc3\xa4\r\n", 1, 0, "" },
	{ "8-bit text where only binary is", FROM TEXT "\nh\xc3\xa4\n",
	    BINARY, "\r\n\r\nh\xc3\xa4\r\n", 1, 0, "", .binary = 1 },
	{ "plain text where only binary is", FROM "\nx\n", BINARY,
	    "\r\n\r\nx\r\n", 0, 0, "" },
	{ "a binary part, and the label of the whole", FROM MIXED "\n--b\n"
	    LABEL "\n" X1000 "\n--b--\n", ALL | BINARY, "boundary=b\r\n"
	    LABEL_OUT "\r\n--b\r\n" LABEL_OUT "\r\n" X1000 "\r\n", 0, 0, "",
	    .binary = 1 },
	{ "the same where it is not taken", FROM MIXED "\n--b\n"
	    LABEL "\n" X1000 "\n--b--\n", ALL, "boundary=b\r\n\r\n--b\r\n"
	    QP_OUT, 0, 0, "" },
	{ "a signed message of binary", DKIM FROM LABEL "\n" X1000 "\n",
	    BINARY, "\r\n\r\n" X1000 "\r\n", 0, 0, "", .binary = 1 },
	{ "the same, where it cannot go", DKIM FROM LABEL "\n" X1000 "\n",
	    ALL, QP_OUT, 0, 0, "body" },
	{ "signed binary", FROM SIGNED "\n--b\n" LABEL "\n" X1000
	    "\n--b--\n", BINARY, "\r\n\r\n" X1000 "\r\n", 0, 0, "",
	    .binary = 1 },

	{ "too long as it is, and not when encoded", FROM
	    "Cc: " LONG_NAME " <u@example.net>\n\nx\n", ALL, "?= <u@", 0, 0,
	    "" },

	{ "refused: an author that needs UTF-8",
	    "From: j\xc3\xb6rg@example.org\n\nx\n", EHLO_8BITMIME, NULL, 0, 0,
	    "5.6.7" },
	{ "refused: signed 8-bit text", FROM "MIME-Version: 1.0\n"
	    "Content-Type: multipart/signed; boundary=b\n\n--b\n\nh\xc3\xa4\n"
	    "--b--\n", NOTHING, NULL, 0, 0, "it is signed" },
	{ "refused: signed binary", FROM SIGNED "\n--b\n" LABEL "\n" X1000
	    "\n--b--\n", ALL, NULL, 0, 0, "part 1 has 1000 octets in line 4 "
	    "of the body, which the server does not take, and it is signed" },
};

static void
load(struct message *m, const char *text)
{
	struct err e = ERR_INIT;
	int fd = memfd_create("message", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(message_read(m, &(struct message_input){ .fd = fd },
	    &e), 0);
	close(fd);
}

static struct buf
wire_of(struct message *m)
{
	struct buf wire = BUF_MAX(4 * 1024 * 1024);
	struct message_reader r;
	struct err e = ERR_INIT;
	ssize_t n;

	message_rewind(&r, m);
	while ((n = message_next(&r, buf_room(&wire, 4096), 4096, &e)) > 0)
		buf_took(&wire, (size_t)n);
	assert_int_equal(n, 0);
	return wire;
}

static void
assert_holds(struct message *m, const char *want)
{
	struct buf wire = wire_of(m);

	if (strstr(buf_str(&wire), want) == NULL)
		fail_msg("no \"%s\" in:\n%s", want, buf_str(&wire));
	buf_free(&wire);
}

static int
has_wire(struct message *m, const struct buf *want)
{
	struct buf got = wire_of(m);
	int same = got.len == want->len &&
	    memcmp(got.data, want->data, got.len) == 0;

	buf_free(&got);
	return same;
}

static void
assert_altered(const struct message *m, const char *want)
{
	struct buf altered = BUF_MAX(256);

	fit_altered(m, &altered);
	assert_string_equal(buf_str(&altered), want);
	buf_free(&altered);
}

/* What a row says, of a message that fit_for_any() has seen. */
static void
check_row(const struct row *r, struct message *m)
{
	struct envelope env = ENVELOPE_INIT;
	struct transaction tr = { .env = &env, .utf8 = r->wants_utf8 };
	struct err e = ERR_INIT;
	int got;

	envelope_sender(&env, "ann@example.org");
	envelope_add(&env, r->rcpt != NULL ? r->rcpt : "bob@example.net", "");
	got = fit_for_server(m, r->can, &tr, NULL, &e);
	assert_int_equal(got, r->want == NULL ? -1 : 0);
	if (r->want == NULL) {
		assert_int_equal(e.kind, ERR_DATA);
		assert_non_null(strstr(e.text, r->altered));
		assert_int_equal(env.rcpt[0].status, RCPT_PERMFAIL);
		assert_string_equal(env.rcpt[0].why, e.text);
	} else {
		assert_holds(m, r->want);
		assert_int_equal(tr.eightbit, r->eightbit);
		assert_int_equal(tr.binary, r->binary);
		assert_int_equal(tr.utf8, r->utf8);
		assert_int_equal(tr.size, message_size(m));
		assert_altered(m, r->altered);
		assert_int_equal(env.rcpt[0].status, RCPT_WAITING);
	}
	envelope_free(&env);
}

static void
test_row(void **state)
{
	const struct row *r = *state;
	struct err e = ERR_INIT;
	struct message m;

	load(&m, r->in);
	assert_int_equal(fit_for_any(&m, NULL, &e), 0);
	check_row(r, &m);
	message_free(&m);
}

/* Whether it is made fit for that one, or refused. */
static void
fit_before(struct message *m, unsigned can, int wants_utf8)
{
	struct envelope env = ENVELOPE_INIT;
	struct transaction tr = { .env = &env, .utf8 = wants_utf8 };
	struct err e = ERR_INIT;

	envelope_sender(&env, "ann@example.org");
	envelope_add(&env, "bob@example.net", "");
	if (fit_for_server(m, can, &tr, NULL, &e) == -1)
		assert_int_equal(e.kind, ERR_DATA);
	envelope_free(&env);
}

/* Servers that were asked before leave no trace. */
static void
test_after_others(void **state)
{
	static const unsigned others[] = { NOTHING, EHLO_8BITMIME, ALL, BINARY,
	    ALL | BINARY };
	const struct row *r = *state;
	struct message m, fresh;
	struct buf want;
	struct err e = ERR_INIT;
	size_t i;

	load(&fresh, r->in);
	assert_int_equal(fit_for_any(&fresh, NULL, &e), 0);
	check_row(r, &fresh);
	want = wire_of(&fresh);
	load(&m, r->in);
	assert_int_equal(fit_for_any(&m, NULL, &e), 0);
	for (i = 0; i < COUNT(others); i++) {
		fit_before(&m, others[i], r->wants_utf8);
		check_row(r, &m);
		if (r->want == NULL)	/* then it is as far as that came */
			continue;
		assert_true(has_wire(&m, &want));
		assert_int_equal(m.recoded, fresh.recoded);
		assert_int_equal(m.longest, fresh.longest);
		assert_int_equal(m.longest_at, fresh.longest_at);
		assert_int_equal(m.body_8bit, fresh.body_8bit);
		assert_int_equal(m.dot_line, fresh.dot_line);
	}
	buf_free(&want);
	message_free(&m);
	message_free(&fresh);
}

#define CTE_8BIT "Content-Transfer-Encoding: 8bit\n"
#define JORG	"To: j\xc3\xb6rg@example.net\n"

/* Three servers, one after the other, and which of them gets what was read,
 * octet for octet. */
static const struct turns {
	const char	*name;
	const char	*in;
	struct {
		unsigned	 can;
		int		 same;
		const char	*altered;
	} server[3];
	int		 wants_utf8;
} turns[] = {
	{ "none, 8BITMIME, none", FROM TEXT "\nh\xc3\xa4 and more\n",
	    { { NOTHING, 0, "" }, { EHLO_8BITMIME, 1, "" },
	    { NOTHING, 0, "" } } },
	{ "8BITMIME, none, 8BITMIME", FROM TEXT "\nh\xc3\xa4 and more\n",
	    { { EHLO_8BITMIME, 1, "" }, { NOTHING, 0, "" },
	    { EHLO_8BITMIME, 1, "" } } },
	{ "none, none, 8BITMIME", FROM TEXT "\nh\xc3\xa4 and more\n",
	    { { NOTHING, 0, "" }, { NOTHING, 0, "" },
	    { EHLO_8BITMIME, 1, "" } } },
	{ "a signed body", DKIM FROM TEXT "\nh\xc3\xa4 and more\n",
	    { { NOTHING, 0, "body" }, { EHLO_8BITMIME, 1, "" },
	    { NOTHING, 0, "body" } } },
	{ "inline PGP", FROM TEXT
	    "\n-----BEGIN PGP SIGNED MESSAGE-----\n\nh\xc3\xa4 and more\n",
	    { { NOTHING, 0, "body" }, { EHLO_8BITMIME, 1, "" },
	    { EHLO_8BITMIME, 1, "" } } },
	{ "a signed field", DKIM FROM RAW "\nx\n",
	    { { EHLO_8BITMIME, 0, "Subject" }, { ALL, 1, "" },
	    { NOTHING, 0, "Subject" } } },
	{ "a field, where UTF-8 is wanted", FROM RAW "\nx\n",
	    { { NOTHING, 0, "" }, { ALL, 1, "" }, { EHLO_8BITMIME, 0, "" } },
	    .wants_utf8 = 1 },
	{ "an address in To that goes with UTF-8 only", FROM JORG "\nx\n",
	    { { EHLO_8BITMIME, 0, "" }, { ALL, 1, "" }, { NOTHING, 0, "" } } },
	{ "an author who is refused elsewhere",
	    RAW "From: j\xc3\xb6rg@example.org\n\nx\n",
	    { { NOTHING, 0, "" }, { ALL, 1, "" }, { EHLO_8BITMIME, 0, "" } } },
	{ "header and body", DKIM FROM RAW JORG TEXT "\nh\xc3\xa4 and more\n",
	    { { NOTHING, 0, "body,Subject" }, { ALL, 1, "" },
	    { EHLO_8BITMIME, 0, "Subject" } } },
	{ "a header alone", RAW, { { NOTHING, 0, "" }, { ALL, 1, "" },
	    { NOTHING, 0, "" } }, .wants_utf8 = 1 },
	{ "more than one encoding is named", FROM TEXT CTE_8BIT
	    "\nh\xc3\xa4 and more\n", { { NOTHING, 0, "" },
	    { EHLO_8BITMIME, 1, "" }, { NOTHING, 0, "" } } },
	{ "UTF-8 in a part's header", FROM MIXED "\n--b\n"
	    "Content-Description: h\xc3\xa4\n\nx\n--b--\n",
	    { { EHLO_8BITMIME, 0, "" }, { ALL, 1, "" }, { ALL, 1, "" } },
	    .wants_utf8 = 1 },
	{ "binary", FROM "MIME-Version: 1.0\n" LABEL "\n" X1000 "\n",
	    { { ALL, 0, "" }, { BINARY, 1, "" }, { NOTHING, 0, "" } } },
	{ "binary, signed", DKIM FROM "MIME-Version: 1.0\n" LABEL "\n" X1000
	    "\n", { { BINARY, 1, "" }, { ALL, 0, "body" },
	    { BINARY, 1, "" } } },
	{ "a binary part whose parent says so", FROM MIXED LABEL "\n--b\n"
	    LABEL "\n" X1000 "\n--b--\n", { { NOTHING, 0, "" },
	    { ALL | BINARY, 1, "" }, { ALL, 0, "" } } },
	{ "one that is labelled for the first", FROM MIXED "\n--b\n" MIXED_IN
	    "\n--c\n" LABEL "\n" X1000 "\n--c--\n--b--\n",
	    { { BINARY, 0, "" }, { NOTHING, 0, "" }, { BINARY, 0, "" } } },
	{ "plain text", DKIM FROM "\nx\n", { { NOTHING, 1, "" },
	    { ALL | BINARY, 1, "" }, { NOTHING, 1, "" } } },
	{ "nothing at all", "\n", { { NOTHING, 1, "" }, { ALL, 1, "" },
	    { NOTHING, 1, "" } } },
};

static void
test_turns(void **state)
{
	const struct turns *r = *state;
	struct err e = ERR_INIT;
	struct message m;
	struct buf want;
	size_t i;

	load(&m, r->in);
	want = wire_of(&m);
	assert_int_equal(fit_for_any(&m, NULL, &e), 0);
	assert_true(has_wire(&m, &want));
	for (i = 0; i < COUNT(r->server); i++) {
		fit_before(&m, r->server[i].can, r->wants_utf8);
		assert_int_equal(has_wire(&m, &want), r->server[i].same);
		assert_int_equal(m.kept == NULL || !r->server[i].same, 1);
		assert_altered(&m, r->server[i].altered);
	}
	buf_free(&want);
	message_free(&m);
}

/* What fit_for_any() and those before it have made is kept as well. */
static void
test_keeps_what_was_made(void **state)
{
	struct err e = ERR_INIT;
	struct message m;
	struct buf want;

	(void)state;
	load(&m, FROM RAW "X: 1\nBcc: x\n\nh\xc3\xa4 and\n" X1000 "\n");
	header_prepend(&m.header, "Date", "now");
	header_remove(&m.header, "Bcc");
	assert_int_equal(fit_for_any(&m, NULL, &e), 0);
	assert_int_equal(m.recoded, 1);
	want = wire_of(&m);
	fit_before(&m, NOTHING, 1);
	assert_false(has_wire(&m, &want));
	header_set(&m.header, 0, "Date", "later");
	header_remove(&m.header, "X");
	fit_before(&m, ALL, 1);
	assert_true(has_wire(&m, &want));
	assert_int_equal(m.recoded, 1);
	buf_free(&want);
	message_free(&m);
}

/* Text of many lines, more than memory keeps. */
static void
load_large(struct message *m)
{
	struct buf in = BUF_MAX(4 * 1024 * 1024);
	int i;

	buf_adds(&in, FROM RAW TEXT "\n");
	for (i = 0; i < 100000; i++)
		buf_adds(&in, "h\xc3\xa4 0123456789\n");
	load(m, buf_str(&in));
	buf_free(&in);
}

/* The old body's file is put aside, not copied. */
static void
test_large(void **state)
{
	struct err e = ERR_INIT;
	struct message m;
	struct buf want;
	int i, fd;

	(void)state;
	load_large(&m);
	assert_int_equal(fit_for_any(&m, NULL, &e), 0);
	want = wire_of(&m);
	fd = m.body.fd;
	assert_int_not_equal(fd, -1);
	for (i = 0; i < 3; i++) {
		fit_before(&m, NOTHING, 1);
		assert_int_not_equal(m.body.fd, fd);
		assert_int_equal(m.kept->body.fd, fd);
		assert_int_equal(m.kept->body.mem.size, 0);
		assert_int_equal(m.recoded, 1);
		fit_before(&m, ALL, 1);
		assert_int_equal(m.body.fd, fd);
		assert_null(m.kept);
		assert_int_equal(m.recoded, 0);
		assert_true(has_wire(&m, &want));
	}
	buf_free(&want);
	message_free(&m);
}

/* No room for the new body, at whichever of its octets: the old one is there
 * for the next server, and so are its fields. */
static void
test_no_room(void **state)
{
	static const rlim_t rooms[] = { 0, 4096, 1024 * 1024 };
	struct envelope env = ENVELOPE_INIT;
	struct transaction tr = { .env = &env };
	struct rlimit before, limit;
	struct err e;
	struct message m;
	struct buf want;
	size_t i;
	int r;

	(void)state;
	load_large(&m);
	e = (struct err)ERR_INIT;
	assert_int_equal(fit_for_any(&m, NULL, &e), 0);
	want = wire_of(&m);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	for (i = 0; i < COUNT(rooms); i++) {
		e = (struct err)ERR_INIT;
		limit = before;
		limit.rlim_cur = rooms[i];
		setrlimit(RLIMIT_FSIZE, &limit);
		r = fit_for_server(&m, NOTHING, &tr, NULL, &e);
		setrlimit(RLIMIT_FSIZE, &before);
		assert_int_equal(r, -1);
		assert_int_equal(e.kind, ERR_IO);
		fit_before(&m, ALL, 1);
		assert_true(has_wire(&m, &want));
		fit_before(&m, NOTHING, 1);
		assert_holds(&m, "\r\nh=C3=A4 0123456789\r\n");
	}
	buf_free(&want);
	message_free(&m);
	envelope_free(&env);
}

/* One server takes it as it is; the next, which is asked when that one is
 * gone, does not. */
static void
test_in_turn(void **state)
{
	struct envelope env = ENVELOPE_INIT;
	struct transaction tr = { .env = &env };
	struct err e = ERR_INIT;
	struct message m;

	(void)state;
	load(&m, FROM MIXED "\n--b\n" LABEL "\n" X1000 "\n--b--\n");
	assert_int_equal(fit_for_any(&m, NULL, &e), 0);
	assert_int_equal(m.recoded, 0);
	assert_int_equal(fit_for_server(&m, BINARY, &tr, NULL, &e), 0);
	assert_int_equal(m.recoded, 0);
	assert_true(tr.binary);
	assert_holds(&m, "boundary=b\r\n" LABEL_OUT);
	assert_int_equal(fit_for_server(&m, NOTHING, &tr, NULL, &e), 0);
	assert_int_equal(m.recoded, 1);
	assert_false(tr.binary);
	assert_holds(&m, "boundary=b\r\n\r\n--b\r\n" QP_OUT);
	message_free(&m);
	envelope_free(&env);
}

/* What no server takes is known before there is one. */
static void
test_for_any(void **state)
{
	static const char unfit[] = FROM "MIME-Version: 1.0\nContent-Type: "
	    "multipart/signed; boundary=b\n\n--b\n\na\001b\n--b--\n";
	struct err e = ERR_INIT;
	struct message m;
	char *text = strdup(unfit);

	(void)state;
	load(&m, text);
	assert_int_equal(fit_for_any(&m, NULL, &e), 0);
	message_free(&m);
	*strchr(text, '\001') = '\r';
	load(&m, text);
	assert_int_equal(fit_for_any(&m, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	message_free(&m);
	free(text);
}

int
main(void)
{
	setenv("LC_ALL", "C", 1);
	UNIT_ROWS(rows, test_row);
	unit_rows("after others", rows, COUNT(rows), sizeof(rows[0]),
	    test_after_others);
	UNIT_ROWS(turns, test_turns);
	UNIT_TEST(test_in_turn);
	UNIT_TEST(test_keeps_what_was_made);
	UNIT_TEST(test_large);
	UNIT_TEST(test_no_room);
	UNIT_TEST(test_for_any);
	return unit_run("fit");
}
