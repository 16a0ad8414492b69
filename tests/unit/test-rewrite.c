#include "mail/rewrite.h"
#include "unit.h"

#define X10	"xxxxxxxxxx"
#define X50	X10 X10 X10 X10 X10
#define X200	X50 X50 X50 X50
#define X900	X200 X200 X200 X200 X50 X50

/* Who stands for whom in the rows, whatever the domain. */
static const struct { const char *local, *to; } aliases[] = {
	{ "root", "ann@example.org\n" },
	{ "staff", "ann@example.org\nbob@example.net\n" },
	{ "odd", "\"a, b\"@example.org\n" },
	{ "wide", "k\xc3\xa4the@example.org\n" },
	{ "three", "one-of-the-staff@department.example.org\n"
	    "two-of-the-staff@department.example.org\n"
	    "three-of-the-staff@department.example.org\n" },
};

static enum rewrite_as
find(void *ctx, const struct addr *a, struct buf *to)
{
	size_t i;

	(void)ctx;
	if (strcmp(a->local, "null") == 0)
		return REWRITE_NAME;
	for (i = 0; i < COUNT(aliases); i++)
		if (strcmp(a->local, aliases[i].local) == 0)
			buf_adds(to, aliases[i].to);
	return to->len > 0 ? REWRITE_ADDRESSES : REWRITE_STAY;
}

static const struct row {
	const char	*name;
	const char	*body;
	const char	*want;		/* NULL: nothing is replaced */
} rows[] = {
	/* Nobody gets it. */
	{ "nobody", "null", "null:;" },
	{ "nobody, among others", "Ann <ann@x.org>, null, eve@x.org",
	    "Ann <ann@x.org>, null:;, eve@x.org" },
	{ "nobody, with a domain", "null@h", "\"null@h\":;" },
	{ "nobody, with a name", "The Null <null>", "The Null:;" },
	{ "nobody, in a comment's company", "null (x), a@x.org",
	    "null:;, a@x.org" },
	{ "nobody, in a group", "team: null, a@x.org;", NULL },

	/* Nothing to replace. */
	{ "nothing", "", NULL },
	{ "others", "Ann <ann@x.org>, eve@x.org", NULL },
	{ "an empty group", "undisclosed-recipients:;", NULL },
	{ "bad ones only", "root root, <root, root@", NULL },
	{ "in a display name", "root <eve@x.org>", NULL },
	{ "in a comment", "eve@x.org (root)", NULL },
	{ "in quotes", "\"root, root\" <eve@x.org>", NULL },
	{ "the name of a group", "root: eve@x.org;", NULL },
	{ "in a group that is not closed", "team: root, eve@x.org", NULL },

	/* One for one. */
	{ "bare", "root", "ann@example.org" },
	{ "in brackets", "<root>", "ann@example.org" },
	{ "with a domain", "root@localhost", "ann@example.org" },
	{ "quoted", "\"root\"", "ann@example.org" },
	{ "a display name", "Charlie Root <root>",
	    "Charlie Root <ann@example.org>" },
	{ "a quoted display name", "\"Root, C.\" <root>",
	    "\"Root, C.\" <ann@example.org>" },
	{ "an encoded display name", "=?UTF-8?Q?K=C3=A4the?= <root>",
	    "=?UTF-8?Q?K=C3=A4the?= <ann@example.org>" },
	{ "a raw display name", "K\xc3\xa4the <root>",
	    "K\xc3\xa4the <ann@example.org>" },
	{ "a folded display name", "Charlie\r\n Root <root>",
	    "Charlie\r\n Root <ann@example.org>" },
	{ "an old-style name", "root (Cron Daemon)",
	    "Cron Daemon <ann@example.org>" },
	{ "an old-style name in quotes", "root (C. Root)",
	    "\"C. Root\" <ann@example.org>" },
	{ "an old-style name is text", "root (a \\\" <eve@x.org>)",
	    "\"a \\\" <eve@x.org>\" <ann@example.org>" },
	{ "a folded old-style name", "root (Cron\r\n Daemon)",
	    "Cron Daemon <ann@example.org>" },
	{ "an old-style name is too long", "root (" X900 ")",
	    "ann@example.org" },
	{ "a display name before a comment", "Root <root> (home)",
	    "Root <ann@example.org>" },
	{ "a quoted local part", "odd", "\"a, b\"@example.org" },
	{ "an international one", "wide", "k\xc3\xa4the@example.org" },
	{ "a route", "<@a.org,@b.org:root@localhost>", "ann@example.org" },

	/* Several for one. */
	{ "several", "staff", "ann@example.org, bob@example.net" },
	{ "several have no name", "The Staff <staff>",
	    "ann@example.org, bob@example.net" },
	{ "several in lines", "three",
	    "one-of-the-staff@department.example.org,\r\n"
	    " two-of-the-staff@department.example.org,\r\n"
	    " three-of-the-staff@department.example.org" },

	/* What is around them. */
	{ "the first", "root,  Eve  <eve@x.org>",
	    "ann@example.org,  Eve  <eve@x.org>" },
	{ "the last", "Eve  <eve@x.org>  ,\troot",
	    "Eve  <eve@x.org>  ,\tann@example.org" },
	{ "one after another", "root,root,staff",
	    "ann@example.org,ann@example.org,"
	    "ann@example.org, bob@example.net" },
	{ "blanks at the ends", "root \t", "ann@example.org \t" },
	{ "a fold before", "eve@x.org,\r\n\troot",
	    "eve@x.org,\r\n\tann@example.org" },
	{ "a fold at the beginning", "\r\n root", "\r\n ann@example.org" },
	{ "a fold behind", "root\r\n , eve@x.org",
	    "ann@example.org\r\n , eve@x.org" },
	{ "empty members", ", ,root,,", ", ,ann@example.org,," },
	{ "a comment before a comma", "(root), root",
	    "(root), ann@example.org" },
	{ "a comment before it goes with it", "eve@x.org, (root) root",
	    "eve@x.org, root <ann@example.org>" },
	{ "a group", "root: root, eve@x.org;, root",
	    "root: ann@example.org, eve@x.org;, ann@example.org" },
	{ "several in a group", "us: staff;",
	    "us: ann@example.org, bob@example.net;" },
	{ "bad ones stay", "root, a b@x.org, root",
	    "ann@example.org, a b@x.org, ann@example.org" },
	{ "an 8-bit one stays", "\xff, root", "\xff, ann@example.org" },

	/* Lines: "To: " is before the first. */
	{ "a new line before", X900 X50 "@x.org," X10 X10 "@x.org, root",
	    X900 X50 "@x.org," X10 X10 "@x.org,\r\n ann@example.org" },
	{ "a new line behind", "root," X900 X50 X10 X10 X10 "@x.org",
	    "ann@example.org\r\n ," X900 X50 X10 X10 X10 "@x.org" },
	{ "a new line in the middle", X900 " <root>, eve@x.org",
	    X900 " <ann@example.org>, eve@x.org" },
	{ "a new line before the address", X900 X50 X10 X10 X10 " <root>",
	    X900 X50 X10 X10 X10 "\r\n <ann@example.org>" },
	{ "no line of blanks alone", "\r\n root" "\t" X900 X50 X10 X10 X10,
	    NULL },
	{ "no need for a line behind", "root, " X900 X50 "@x.org",
	    "ann@example.org, " X900 X50 "@x.org" },
};

static void
test_row(void **state)
{
	const struct row *r = *state;
	const struct rewrite rw = { .find = find };
	struct buf out = BUF_MAX(16384);
	size_t n = strlen(r->body);
	char *body = unit_copy(r->body, n);

	buf_adds(&out, "<");
	assert_int_equal(rewrite_body(&out, body, n, 4, &rw),
	    r->want != NULL);
	free(body);
	assert_string_equal(buf_str(&out) + 1,
	    r->want != NULL ? r->want : "");
	buf_free(&out);
}

static const struct head_row {
	const char	*name;
	int		 signed_too;
	const char	*header;
	const char	*want;		/* NULL: byte for byte */
} heads[] = {
	{ "the four fields", 0,
	    "Resent-To: root\r\nResent-Cc: root\r\nTo: root\r\nCC: root\r\n",
	    "Resent-To: ann@example.org\r\nResent-Cc: ann@example.org\r\n"
	    "To: ann@example.org\r\nCC: ann@example.org\r\n" },
	{ "no others", 0, "Reply-To: root\r\nBcc: root\r\nFrom: root\r\n"
	    "Subject: root\r\nX-To: root\r\n", NULL },
	{ "each of several", 0, "To: root\r\nTo: eve@x.org\r\nTo:root\r\n",
	    "To: ann@example.org\r\nTo: eve@x.org\r\nTo: ann@example.org\r\n" },
	{ "unchanged ones stay", 0, "To :  eve@x.org\r\n\t,bob@x.org \r\n",
	    NULL },
	{ "a fold behind the colon", 0, "To:\r\n root\r\n",
	    "To: \r\n ann@example.org\r\n" },
	{ "an empty one", 0, "To:\r\nCc: root\r\n",
	    "To:\r\nCc: ann@example.org\r\n" },
	{ "signed", 0, "DKIM-Signature: v=1; h=from:to\r\nTo: root\r\n"
	    "Cc: root\r\n", "DKIM-Signature: v=1; h=from:to\r\nTo: root\r\n"
	    "Cc: ann@example.org\r\n" },
	{ "signed, and changed all the same", 1,
	    "DKIM-Signature: v=1; h=from:to\r\nTo: root\r\n",
	    "DKIM-Signature: v=1; h=from:to\r\nTo: ann@example.org\r\n" },
	{ "a full first line", 0,
	    "To:" X900 X50 X10 X10 X10 "@box.e.example,\r\n root\r\n",
	    "To: \r\n " X900 X50 X10 X10 X10 "@box.e.example,\r\n"
	    " ann@example.org\r\n" },
};

static void
test_head(void **state)
{
	const struct head_row *r = *state;
	const struct rewrite rw = { find, NULL, r->signed_too };
	struct header h = { .raw = BUF_MAX(4096) };
	struct buf got = BUF_MAX(4096);
	size_t i;

	buf_adds(&h.raw, r->header);
	header_index(&h);
	rewrite_apply(&h, &rw);
	for (i = 0; i < h.n; i++)
		buf_add(&got, h.field[i].text, h.field[i].len);
	assert_string_equal(buf_str(&got),
	    r->want != NULL ? r->want : r->header);
	header_free(&h);
	buf_free(&got);
}

/* What does not fit leaves everything as it was. */
static void
test_limit(void **state)
{
	const struct rewrite rw = { .find = find };
	struct buf out = BUF_MAX(20);

	(void)state;
	buf_adds(&out, "before");
	assert_int_equal(rewrite_body(&out, "root", 4, 4, &rw), -1);
	assert_string_equal(buf_str(&out), "before");
	assert_int_equal(rewrite_body(&out, "eve@x.org", 9, 4, &rw), 0);
	assert_string_equal(buf_str(&out), "before");
	buf_free(&out);
}

/* 100,000 members in one line; a scan back for each would take minutes. */
static void
test_linear(void **state)
{
	const struct rewrite rw = { .find = find };
	struct buf body = BUF_MAX(1024 * 1024);
	struct buf out = BUF_MAX(16 * 1024 * 1024);
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++)
		buf_adds(&body, "root,");
	assert_int_equal(rewrite_body(&out, buf_str(&body), body.len, 4, &rw),
	    1);
	assert_true(out.len >= 100000 * strlen("ann@example.org,"));
	buf_free(&body);
	buf_free(&out);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	UNIT_ROWS(heads, test_head);
	UNIT_TEST(test_limit);
	UNIT_TEST(test_linear);
	return unit_run("rewrite");
}
