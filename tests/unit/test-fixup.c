#include "unit.h"

#include <sys/mman.h>

#include "mail/addr.h"
#include "mail/fixup.h"

#define NOW	1795453445	/* Mon, 23 Nov 2026 17:04:05 +0000 */
#define DATE	"Mon, 23 Nov 2026 17:04:05 +0000"
#define ID	"<*@h.example>"	/* stands for a new Message-ID */

static void
load(struct message *m, const char *text)
{
	struct err e = ERR_INIT;
	int fd = memfd_create("message", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(message_read(m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	close(fd);
}

/* The header with LF for CRLF, and ID for what is random. */
static char *
header_of(const struct message *m)
{
	struct buf b = BUF_MAX(1 << 20);
	const struct field *f;
	const char *at, *p;
	size_t i;
	char *s;

	for (i = 0; i < m->header.n; i++) {
		f = &m->header.field[i];
		if (f->gone)
			continue;
		at = memmem(f->text, f->len, "@h.example>", 11);
		if (at != NULL && f->name_len >= 10) {
			assert_int_equal(at - f->text, f->body + 2 + 24);
			buf_addf(&b, "%.*s: %s\n", (int)f->name_len, f->text,
			    ID);
			continue;
		}
		for (p = f->text; p < f->text + f->len; p++)
			if (*p != '\r')
				buf_addc(&b, *p);
	}
	s = strdup(buf_str(&b));
	buf_free(&b);
	return s;
}

#define ALL	"From: me@x\nDate: d\nMessage-ID: <i@y>\n"

static const struct {
	const char	*name;
	const char	*in;
	const char	*out;
	struct fixup	 f;		/* whose sender and host are filled */
} rows[] = {
	{ "all missing", "Subject: s\n", "Date: " DATE
	    "\nFrom: me@x\nMessage-ID: " ID "\nSubject: s\n", { 0 } },
	{ "no header at all", "", "Date: " DATE
	    "\nFrom: me@x\nMessage-ID: " ID "\n", { 0 } },
	{ "all there", "Subject: s\n" ALL, "Subject: s\n" ALL, { 0 } },
	{ "byte for byte", "FROM :me@x\n (c)\nDATE:  d \nmessage-id:<i@y>\n",
	    "FROM :me@x\n (c)\nDATE:  d \nmessage-id:<i@y>\n", { 0 } },
	{ "only From missing", "Date: d\nMessage-ID: <i@y>\n",
	    "From: me@x\nDate: d\nMessage-ID: <i@y>\n", { 0 } },
	{ "only Date missing", "From: a@y\nMessage-ID: <i@y>\n",
	    "Date: " DATE "\nFrom: a@y\nMessage-ID: <i@y>\n", { 0 } },
	{ "only Message-ID missing", "From: a@y\nDate: d\n",
	    "Message-ID: " ID "\nFrom: a@y\nDate: d\n", { 0 } },
	{ "Bcc goes", ALL "Bcc: a@b\n c@d\nTo: e@f\nBCC : g@h\n",
	    ALL "To: e@f\n", { 0 } },
	{ "Return-Path goes", "Return-Path: <a@b>\n" ALL, ALL, { 0 } },
	{ "names like Bcc stay", ALL "X-Bcc: a\nBccs: b\n",
	    ALL "X-Bcc: a\nBccs: b\n", { 0 } },
	{ "off: nothing is added", "Subject: s\nBcc: a@b\n", "Subject: s\n",
	    { .from = FIXUP_OFF + 10, .date = FIXUP_OFF + 10,
	    .msgid = FIXUP_OFF + 10 } },
	{ "on: all are replaced", ALL "From: two@y\n", "Date: " DATE
	    "\nMessage-ID: " ID "\nFrom: me@x\n",
	    { .from = FIXUP_ON, .date = FIXUP_ON, .msgid = FIXUP_ON } },
	{ "on: From alone", ALL, "From: me@x\nDate: d\nMessage-ID: <i@y>\n",
	    { .from = FIXUP_ON } },
	{ "on: the name is kept, Sender agrees", "Sender: s@y\n"
	    "From: Bob <b@y>\nDate: d\nMessage-ID: <i@y>\n",
	    "Sender: me@x\nFrom: Bob <me@x>\nDate: d\nMessage-ID: <i@y>\n",
	    { .from = FIXUP_ON } },
	{ "on: a missing From has the full name", "Date: d\n"
	    "Message-ID: <i@y>\n", "From: Ann <me@x>\nDate: d\n"
	    "Message-ID: <i@y>\n", { .from = FIXUP_ON, .full_name = "Ann" } },
	{ "on: the null sender", ALL, "From: MAILER-DAEMON@h.example\n"
	    "Date: d\nMessage-ID: <i@y>\n", { .from = FIXUP_ON,
	    .sender = "" } },
	{ "on: Resent too", "Resent-From: Bob <b@y>\nResent-Sender: s@y\n"
	    "Resent-Date: d\nResent-Message-ID: <i@z>\n" ALL,
	    "Resent-From: Bob <me@x>\nResent-Sender: me@x\n"
	    "Resent-Date: d\nResent-Message-ID: <i@z>\n" ALL,
	    { .from = FIXUP_ON } },
	{ "keep: reply-to", "From: Bob <b@y>\nDate: d\nMessage-ID: <i@y>\n",
	    "From: Bob <me@x>\nReply-To: Bob <b@y>\nDate: d\n"
	    "Message-ID: <i@y>\n", { .from = FIXUP_ON,
	    .keep = AUTHOR_REPLY_TO } },
	{ "keep: an empty Reply-To is none", "Reply-To:\nFrom: b@y\n"
	    "Date: d\nMessage-ID: <i@y>\n", "From: me@x\nReply-To: b@y\n"
	    "Date: d\nMessage-ID: <i@y>\n", { .from = FIXUP_ON,
	    .keep = AUTHOR_REPLY_TO } },
	{ "auto: cron's From", "From: root (Cron Daemon)\nDate: d\n"
	    "Message-ID: <i@y>\n", "From: Cron Daemon <me@x>\nDate: d\n"
	    "Message-ID: <i@y>\n", { 0 } },
	{ "off: a bad From stays", "From: root\nFrom:\nSender: a b\n",
	    "From: root\nFrom:\nSender: a b\n", { .from = FIXUP_OFF + 10,
	    .date = FIXUP_OFF + 10, .msgid = FIXUP_OFF + 10 } },
	{ "empty ones are missing", "From:\nDate: \nMessage-ID:\n \nA: b\n",
	    "Date: " DATE "\nFrom: Ann <me@x>\nMessage-ID: " ID "\nA: b\n",
	    { .full_name = "Ann" } },
	{ "empty ones do not swallow the next", "From:\nSubject: s\nTo:\n"
	    "Date: d\nMessage-ID: <i@y>\nCc:\nX: y\n",
	    "From: me@x\nSubject: s\nDate: d\nMessage-ID: <i@y>\nX: y\n",
	    { 0 } },
	{ "an empty one and a good one", "From:\nDate:\nMessage-ID:\n" ALL,
	    ALL, { 0 } },
	{ "a group of nobody is no author", "From: undisclosed:;\nDate: d\n"
	    "Message-ID: <i@y>\n", "From: Ann <me@x>\nDate: d\n"
	    "Message-ID: <i@y>\n", { .full_name = "Ann" } },
	{ "an empty Sender goes", "Sender:\n" ALL, ALL, { 0 } },
	{ "a Sender of nobody goes", "Sender: x:;\n" ALL, ALL,
	    { .from = FIXUP_ON } },
	{ "an empty Subject stays", "Subject:\n" ALL, "Subject:\n" ALL,
	    { 0 } },
	{ "an empty Reply-To goes", "Reply-To: \n" ALL, ALL, { 0 } },
	{ "empty ones of no address field stay", "X-A:\nComments:\n" ALL,
	    "X-A:\nComments:\n" ALL, { 0 } },
	{ "nobody in To stays", "To: undisclosed-recipients:;\n" ALL,
	    "To: undisclosed-recipients:;\n" ALL, { 0 } },
	{ "the first of several counts", ALL "From: b@y\nSender: s@y\n"
	    "Sender: t@y\nDate: e\nMessage-ID: <j@y>\nSubject: s\n"
	    "Subject: t\n", ALL "Sender: s@y\nSubject: s\n", { 0 } },
	{ "several lists become one", ALL "To: a@x\nCc: b@x\nTo: c@x\n"
	    "Reply-To: d@x\nCc: e@x\nReply-To: f@x\n", ALL "To: a@x,\n c@x\n"
	    "Cc: b@x,\n e@x\nReply-To: d@x,\n f@x\n", { 0 } },
	{ "Resent ones are not counted", "Resent-To: a@x\nResent-To: b@x\n"
	    "Resent-From: a@x\nResent-Date: d\nResent-Message-ID: <i@y>\n"
	    ALL, "Resent-Date: " DATE "\nResent-From: me@x\n"
	    "Resent-Message-ID: " ID "\nResent-To: a@x\nResent-To: b@x\n"
	    "Resent-From: a@x\nResent-Date: d\nResent-Message-ID: <i@y>\n"
	    ALL, { 0 } },
	{ "signed ones stay", "DKIM-Signature: h=From:To:Subject\n" ALL
	    "From: b@y\nTo: a@x\nTo: b@x\nSubject: s\nSubject: t\n",
	    "DKIM-Signature: h=From:To:Subject\n" ALL
	    "From: b@y\nTo: a@x\nTo: b@x\nSubject: s\nSubject: t\n", { 0 } },
	{ "Content-Length goes", "Content-Length: 5\n" ALL, ALL, { 0 } },
	{ "an obsolete zone is fine", "From: a@y\nDate: Mon, 23 Nov 98 17:04 "
	    "EST\nMessage-ID: <i@y>\n", "From: a@y\nDate: Mon, 23 Nov 98 "
	    "17:04 EST\nMessage-ID: <i@y>\n", { 0 } },
	{ "Resent: empty ones are missing", "Resent-From:\nResent-Date:\n"
	    "Resent-Message-ID:\nResent-To: c@d\n" ALL,
	    "Resent-Date: " DATE "\nResent-From: me@x\nResent-Message-ID: "
	    ID "\nResent-To: c@d\n" ALL, { 0 } },
	{ "Resent: a Bcc within", "Resent-From: a@b\nResent-Bcc: c@d\n"
	    "Resent-Date: d\nResent-Message-ID: <i@z>\n" ALL,
	    "Resent-From: a@b\nResent-Date: d\nResent-Message-ID: <i@z>\n"
	    ALL, { 0 } },
	{ "undisclosed", "To: a@b\nCc: c@d\nBcc: e@f\nSubject: s\n" ALL,
	    "To: undisclosed-recipients:;\nSubject: s\n" ALL,
	    { .undisclosed = 1 } },
	{ "undisclosed, where To was", ALL "Cc: c@d\nTo: a@b\nTo: e@f\n",
	    ALL "To: undisclosed-recipients:;\n", { .undisclosed = 1 } },
	{ "undisclosed, resent", "Resent-From: a@b\nResent-Date: d\n"
	    "Resent-Message-ID: <i@z>\nResent-To: c@d\nResent-Cc: e@f\n"
	    "To: g@h\n" ALL, "Resent-From: a@b\nResent-Date: d\n"
	    "Resent-Message-ID: <i@z>\nTo: undisclosed-recipients:;\n" ALL,
	    { .undisclosed = 1 } },
	{ "undisclosed, nobody named", ALL,
	    "To: undisclosed-recipients:;\n" ALL, { .undisclosed = 1 } },
	{ "a name", "", "Date: " DATE "\nFrom: Ann Smith <me@x>\n"
	    "Message-ID: " ID "\n", { .full_name = "Ann Smith" } },
	{ "a name to be quoted", "Date: d\nMessage-ID: <i@y>\n",
	    "From: \"Smith, \\\"Ann\\\"\" <me@x>\nDate: d\n"
	    "Message-ID: <i@y>\n", { .full_name = "Smith, \"Ann\"" } },
	{ "a name in UTF-8", "Date: d\nMessage-ID: <i@y>\n",
	    "From: =?UTF-8?B?SsO2cmc=?= <me@x>\nDate: d\n"
	    "Message-ID: <i@y>\n", { .full_name = "J\xc3\xb6rg" } },
	{ "an empty name", "Date: d\nMessage-ID: <i@y>\n",
	    "From: me@x\nDate: d\nMessage-ID: <i@y>\n", { .full_name = "" } },
	{ "a From that is there keeps its name", ALL, ALL,
	    { .full_name = "Ann" } },
	{ "the null sender", "Date: d\nMessage-ID: <i@y>\n",
	    "From: MAILER-DAEMON@h.example\nDate: d\nMessage-ID: <i@y>\n",
	    { .sender = "" } },
	{ "Resent: complete", "Resent-From: a@b\nResent-Date: d\n"
	    "Resent-Message-ID: <i@z>\nResent-To: c@d\n" ALL,
	    "Resent-From: a@b\nResent-Date: d\nResent-Message-ID: <i@z>\n"
	    "Resent-To: c@d\n" ALL, { 0 } },
	{ "Resent: only To", "Received: r\nResent-To: c@d\n" ALL,
	    "Received: r\nResent-Date: " DATE "\nResent-From: me@x\n"
	    "Resent-Message-ID: " ID "\nResent-To: c@d\n" ALL, { 0 } },
	{ "Resent: Bcc goes", "Resent-From: a@b\nResent-Date: d\n"
	    "Resent-Message-ID: <i@z>\nResent-Bcc: c@d\n" ALL "Bcc: e@f\n",
	    "Resent-From: a@b\nResent-Date: d\nResent-Message-ID: <i@z>\n"
	    ALL, { 0 } },
	{ "Resent: the older block stays", "Resent-To: c@d\nReceived: r\n"
	    "Resent-To: e@f\n" ALL, "Resent-Date: " DATE
	    "\nResent-From: me@x\nResent-Message-ID: " ID
	    "\nResent-To: c@d\nReceived: r\nResent-To: e@f\n" ALL, { 0 } },
	{ "Resent: two blocks without a field between",
	    "Resent-From: a@b\nResent-To: c@d\nResent-From: e@f\n"
	    "Resent-Date: d\nResent-Message-ID: <i@z>\n" ALL,
	    "Resent-Date: " DATE "\nResent-Message-ID: " ID
	    "\nResent-From: a@b\nResent-To: c@d\nResent-From: e@f\n"
	    "Resent-Date: d\nResent-Message-ID: <i@z>\n" ALL, { 0 } },
	{ "Resent: the message's own are added too", "Resent-From: a@b\n"
	    "Resent-Date: d\nResent-Message-ID: <i@z>\n", "Date: " DATE
	    "\nFrom: me@x\nMessage-ID: " ID "\nResent-From: a@b\n"
	    "Resent-Date: d\nResent-Message-ID: <i@z>\n", { 0 } },
	{ "Resent: off is off there too", "Resent-To: c@d\n",
	    "Resent-To: c@d\n", { .from = FIXUP_OFF + 10,
	    .date = FIXUP_OFF + 10, .msgid = FIXUP_OFF + 10 } },
};

/* A row's 0 is AUTO, and OFF + 10 is OFF. */
static enum fixup_when
when(enum fixup_when w)
{
	return w == FIXUP_ON ? FIXUP_ON : w == 0 ? FIXUP_AUTO : FIXUP_OFF;
}

static void
test_apply(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct fixup f = r->f;
	struct message m;
	struct err e = ERR_INIT;
	char *got;

	f.from = when(f.from);
	f.date = when(f.date);
	f.msgid = when(f.msgid);
	f.sender = f.sender != NULL ? f.sender : "me@x";
	f.host = "h.example";
	f.now = NOW;
	load(&m, r->in);
	assert_int_equal(fixup_apply(&m, &f, &e), 0);
	got = header_of(&m);
	assert_string_equal(got, r->out);
	free(got);
	assert_int_equal(message_fit(&m, 0, &e), 0);
	message_free(&m);
}

/* A message that comes round and round (RFC 5321 6.3). */
static void
test_loop(void **state)
{
	struct fixup f = { .sender = "me@x", .host = "h", .now = NOW };
	struct buf text = BUF_MAX(10000);
	struct message m;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		buf_adds(&text, i % 2 == 0 ? "Received: a\n" : "received:\n");
	load(&m, buf_str(&text));
	assert_int_equal(fixup_apply(&m, &f, &e), 0);
	message_free(&m);
	buf_adds(&text, "Received: b\n");
	load(&m, buf_str(&text));
	assert_int_equal(fixup_apply(&m, &f, &e), -1);
	assert_int_equal(e.kind, ERR_UNAVAIL);
	assert_memory_equal(e.text, "5.4.6 ", 6);
	message_free(&m);
	buf_free(&text);
}

static void
test_utc(void **state)
{
	struct fixup f = { .sender = "me@x", .host = "h", .now = NOW,
	    .date = FIXUP_AUTO };
	struct message m;
	struct err e = ERR_INIT;
	int utc;

	(void)state;
	setenv("TZ", "XYZ-3", 1);
	tzset();
	for (utc = 0; utc < 2; utc++) {
		f.utc = utc;
		load(&m, "Resent-To: a@b\n");
		assert_int_equal(fixup_apply(&m, &f, &e), 0);
		assert_string_equal(m.header.field[0].text, utc ?
		    "Date: " DATE "\r\n" :
		    "Date: Mon, 23 Nov 2026 20:04:05 +0300\r\n");
		assert_string_equal(m.header.field[1].text, utc ?
		    "Resent-Date: " DATE "\r\n" :
		    "Resent-Date: Mon, 23 Nov 2026 20:04:05 +0300\r\n");
		message_free(&m);
	}
	setenv("TZ", "UTC0", 1);
	tzset();
}

static const struct {
	const char	*name;
	const char	*full_name;
	int		 want;
} names[] = {
	{ "a line end", "Ann\nBcc: b@y", -1 },
	{ "a CR", "Ann\rB", -1 },
	{ "a tab", "Ann\tB", -1 },
	{ "an escape", "Ann\033[2J", -1 },
	{ "DEL", "Ann\177", -1 },
	{ "not UTF-8", "J\xf6rg", -1 },
	{ "a dot", "Ann B.", 0 },
};

static void
test_name(void **state)
{
	const __typeof__(names[0]) *r = *state;
	struct fixup f = { .sender = "me@x", .host = "h", .now = NOW,
	    .from = FIXUP_AUTO, .full_name = r->full_name };
	struct message m;
	struct err e = ERR_INIT;

	load(&m, "To: a@b\n");
	assert_int_equal(fixup_apply(&m, &f, &e), r->want);
	assert_int_equal(e.kind, r->want == 0 ? ERR_NONE : ERR_DATA);
	assert_int_equal(header_has(&m.header, "From"), r->want == 0);
	message_free(&m);
}

/* Words of at most 75 octets (RFC 2047 2), each of whole characters. */
static void
test_long_name(void **state)
{
	static const char letter[] = "\xe2\x82\xac";	/* three octets */
	struct buf name = BUF_MAX(4096);
	struct fixup f = { .sender = "me@x", .host = "h", .now = NOW,
	    .from = FIXUP_AUTO };
	struct message m;
	struct err e = ERR_INIT;
	const char *p, *end, *next;
	size_t i, words = 0;

	(void)state;
	buf_addc(&name, 'x');		/* so that 45 octets split a letter */
	for (i = 0; i < 100; i++)
		buf_adds(&name, letter);
	f.full_name = buf_str(&name);
	load(&m, "To: a@b\n");
	assert_int_equal(fixup_apply(&m, &f, &e), 0);
	assert_int_equal(message_fit(&m, 0, &e), 0);
	i = header_find(&m.header, "From", 0);
	p = m.header.field[i].text + m.header.field[i].body + 1;
	end = m.header.field[i].text + m.header.field[i].len;
	for (; memcmp(p, "=?UTF-8?B?", 10) == 0; p = next, words++) {
		next = memmem(p, (size_t)(end - p), "?=", 2);
		assert_non_null(next);
		next += 2;
		assert_true(next - p <= 75);
		/* Whole letters of three: never padded after the first. */
		assert_true(words == 0 || next[-3] != '=');
		if (memcmp(next, "\r\n ", 3) == 0)
			next += 3;
	}
	assert_true(words >= 7);
	assert_memory_equal(p, " <me@x>\r\n", 9);
	message_free(&m);
	buf_free(&name);
}

static const struct {
	const char	*name;
	const char	*in;
	const char	*want;		/* raw texts, joined with '|' */
} lists[] = {
	{ "To, Cc, Bcc", "Cc: b@x\nTo: a@x\nBcc: c@x\n", "b@x|a@x|c@x" },
	{ "any case, space before the colon", "TO : a@x\nbCc:b@x\n",
	    "a@x|b@x" },
	{ "several To", "To: a@x, b@x\nTo: c@x\n", "a@x|b@x|c@x" },
	{ "folded", "To:\n a@x,\n b@x\n", "a@x|b@x" },
	{ "bad ones too", "To: a@x, b@\n", "a@x|b@" },
	{ "groups", "To: t: a@x, b@x;, c@x\n", "a@x|b@x|c@x" },
	{ "none", "From: a@x\nReply-To: b@x\nX-To: c@x\n", "" },
	{ "an empty To", "To:\nCc: b@x\n", "b@x" },
	{ "Resent", "Resent-To: r@x\nTo: a@x\nBcc: b@x\n", "r@x" },
	{ "Resent, all three", "Resent-To: r@x\nResent-Cc: s@x\n"
	    "Resent-Bcc: t@x\nTo: a@x\n", "r@x|s@x|t@x" },
	{ "Resent, only Bcc", "Resent-From: q@x\nResent-Bcc: t@x\nTo: a@x\n",
	    "t@x" },
	{ "Resent without recipients", "Resent-From: q@x\nTo: a@x\n",
	    "a@x" },
	{ "the topmost block alone", "Resent-To: r@x\nReceived: x\n"
	    "Resent-To: s@x\nTo: a@x\n", "r@x" },
	{ "blocks that touch", "Resent-From: q@x\nResent-To: r@x\n"
	    "Resent-From: u@x\nResent-To: s@x\nResent-Cc: t@x\nTo: a@x\n",
	    "r@x" },
	{ "a block below other fields", "Received: x\nResent-To: r@x\n"
	    "To: a@x\n", "r@x" },
	{ "the body names nobody", "Subject: s\n\nTo: a@x\n", "" },
};

static void
test_recipients(void **state)
{
	const __typeof__(lists[0]) *r = *state;
	struct addr_list list = ADDR_LIST_INIT;
	struct buf b = BUF_MAX(1000);
	struct message m;
	size_t i;

	load(&m, r->in);
	fixup_recipients(&m, &list);
	for (i = 0; i < list.n; i++)
		buf_addf(&b, "%s%s", i > 0 ? "|" : "", list.addr[i].raw);
	assert_string_equal(buf_str(&b), r->want);
	addr_list_free(&list);
	buf_free(&b);
	message_free(&m);
}

int
main(void)
{
	setenv("TZ", "UTC0", 1);
	UNIT_ROWS(rows, test_apply);
	UNIT_ROWS(names, test_name);
	UNIT_ROWS(lists, test_recipients);
	UNIT_TEST(test_long_name);
	UNIT_TEST(test_loop);
	UNIT_TEST(test_utc);
	return unit_run("fixup");
}
