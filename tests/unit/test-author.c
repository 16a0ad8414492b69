#include "mail/author.h"
#include "unit.h"

#define ME	"ann@example.org"

static const struct row {
	const char	*name;
	int		 all;
	enum author_keep keep;
	const char	*header;
	const char	*want;
} rows[] = {
	/* on: everything agrees with the account. */
	{ "another's address", 1, AUTHOR_FORGET, "From: Bob <bob@x.org>\r\n",
	    "From: Bob <" ME ">\r\n" },
	{ "no name", 1, AUTHOR_FORGET, "From: bob@x.org\r\n",
	    "From: " ME "\r\n" },
	{ "an old-style name", 1, AUTHOR_FORGET,
	    "From: root@h.x.org (Cron Daemon)\r\n",
	    "From: Cron Daemon <" ME ">\r\n" },
	{ "a quoted name", 1, AUTHOR_FORGET,
	    "From: \"Bob, the one\" <bob@x.org>\r\n",
	    "From: \"Bob, the one\" <" ME ">\r\n" },
	{ "an encoded name", 1, AUTHOR_FORGET,
	    "From: =?UTF-8?Q?B=C3=B6b?= <bob@x.org>\r\n",
	    "From: =?UTF-8?Q?B=C3=B6b?= <" ME ">\r\n" },
	{ "its own address stays byte for byte", 1, AUTHOR_FORGET,
	    "From:  Ann  <ann@EXAMPLE.org>\r\n",
	    "From:  Ann  <ann@EXAMPLE.org>\r\n" },
	{ "another case is another mailbox", 1, AUTHOR_FORGET,
	    "From: Ann@example.org\r\n", "From: " ME "\r\n" },
	{ "several authors", 1, AUTHOR_FORGET,
	    "From: Bob <bob@x.org>, eve@x.org\r\n",
	    "From: Bob <" ME ">\r\n" },
	{ "what does not parse", 1, AUTHOR_FORGET, "From: a b@x.org\r\n",
	    "From: " ME "\r\n" },
	{ "nothing at all", 1, AUTHOR_FORGET, "From:\r\n",
	    "From: " ME "\r\n" },
	{ "a folded one", 1, AUTHOR_FORGET,
	    "From: Bob\r\n <bob@x.org>\r\nTo: t@x.org\r\n",
	    "From: Bob <" ME ">\r\nTo: t@x.org\r\n" },
	{ "Sender and the resent ones", 1, AUTHOR_FORGET,
	    "Resent-Sender: x@x.org\r\nResent-From: y@x.org\r\n"
	    "From: bob@x.org\r\nSender: z@x.org\r\n",
	    "Resent-Sender: " ME "\r\nResent-From: " ME "\r\n"
	    "From: " ME "\r\nSender: " ME "\r\n" },
	{ "a missing From stays so", 1, AUTHOR_FORGET, "To: t@x.org\r\n",
	    "To: t@x.org\r\n" },

	/* auto: only what is no address. */
	{ "auto leaves an address", 0, AUTHOR_FORGET, "From: bob@x.org\r\n",
	    "From: bob@x.org\r\n" },
	{ "auto leaves several", 0, AUTHOR_FORGET,
	    "From: bob@x.org, eve@x.org\r\n",
	    "From: bob@x.org, eve@x.org\r\n" },
	{ "auto: cron's", 0, AUTHOR_FORGET, "From: root (Cron Daemon)\r\n",
	    "From: Cron Daemon <" ME ">\r\n" },
	{ "auto: a bare name", 0, AUTHOR_FORGET, "From: www-data\r\n",
	    "From: www-data <" ME ">\r\n" },

	/* What was there is still to be seen. */
	{ "reply-to", 1, AUTHOR_REPLY_TO,
	    "From: Bob <bob@x.org>\r\nTo: t@x.org\r\n",
	    "From: Bob <" ME ">\r\nReply-To: Bob <bob@x.org>\r\n"
	    "To: t@x.org\r\n" },
	{ "reply-to that is there stays", 1, AUTHOR_REPLY_TO,
	    "Reply-To: r@x.org\r\nFrom: bob@x.org\r\n",
	    "Reply-To: r@x.org\r\nFrom: " ME "\r\n" },
	{ "reply-to of no address", 1, AUTHOR_REPLY_TO, "From: root\r\n",
	    "From: root <" ME ">\r\n" },
	{ "no reply-to for Sender", 1, AUTHOR_REPLY_TO,
	    "Sender: bob@x.org\r\n", "Sender: " ME "\r\n" },
	{ "name", 1, AUTHOR_NAME, "From: Bob <bob@x.org>\r\n",
	    "From: \"Bob (bob@x.org)\" <" ME ">\r\n" },
	{ "name, quoted", 1, AUTHOR_NAME,
	    "From: \"B. \\\"X\\\"\" <b@x.org>\r\n",
	    "From: \"B. \\\"X\\\" (b@x.org)\" <" ME ">\r\n" },
	{ "a folded name", 1, AUTHOR_FORGET,
	    "From: Bob\r\n the one <b@x.org>\r\n",
	    "From: Bob\r\n the one <" ME ">\r\n" },
	{ "name, without one", 1, AUTHOR_NAME, "From: bob@x.org\r\n",
	    "From: \"bob@x.org\" <" ME ">\r\n" },
};

static void
test_row(void **state)
{
	const struct row *r = *state;
	struct header h = { .raw = BUF_MAX(4096) };
	struct author w = { ME, r->all, r->keep };
	struct buf got = BUF_MAX(4096);
	struct err e = ERR_INIT;
	size_t i;

	buf_adds(&h.raw, r->header);
	header_index(&h);
	assert_int_equal(author_apply(&h, &w, &e), 0);
	for (i = 0; i < h.n; i++)
		if (!h.field[i].gone)
			buf_add(&got, h.field[i].text, h.field[i].len);
	assert_string_equal(buf_str(&got), r->want);
	header_free(&h);
	buf_free(&got);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	return unit_run("author");
}
