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
	{ "several authors, the account's among them", 1, AUTHOR_FORGET,
	    "From: Bob <bob@x.org>, Ann <" ME ">\r\n",
	    "From: Ann <" ME ">\r\n" },
	{ "a group", 1, AUTHOR_FORGET,
	    "From: team: Bob <bob@x.org>, eve@x.org;\r\n",
	    "From: Bob <" ME ">\r\n" },
	{ "a group of nobody", 1, AUTHOR_FORGET, "From: undisclosed:;\r\n",
	    "From: " ME "\r\n" },
	{ "nothing at all", 1, AUTHOR_FORGET, "From:\r\n",
	    "From: " ME "\r\n" },
	{ "a name of raw octets", 1, AUTHOR_FORGET,
	    "From: J\xf6rg <bob@x.org>\r\n", "From: J\xf6rg <" ME ">\r\n" },
	{ "an old-style name of raw octets", 1, AUTHOR_FORGET,
	    "From: bob@x.org (J\xf6rg B.)\r\n",
	    "From: \"J\xf6rg B.\" <" ME ">\r\n" },
	{ "an old-style name, folded", 1, AUTHOR_FORGET,
	    "From: bob@x.org (Bob\r\n\tthe one)\r\n",
	    "From: Bob the one <" ME ">\r\n" },
	{ "a comment of nothing", 1, AUTHOR_FORGET,
	    "From: bob@x.org ( )\r\n", "From: " ME "\r\n" },
	{ "quotes without need", 1, AUTHOR_FORGET,
	    "From: \"ann\"@example.org\r\n",
	    "From: \"ann\"@example.org\r\n" },
	{ "a quoted local part", 1, AUTHOR_FORGET,
	    "From: \"a b\"@x.org\r\n", "From: " ME "\r\n" },
	{ "the angle brackets agree, the phrase does not parse", 1,
	    AUTHOR_FORGET, "From: Ann [x] <" ME ">\r\n",
	    "From: \"Ann [x]\" <" ME ">\r\n" },
	{ "an older Resent block stays", 1, AUTHOR_FORGET,
	    "Resent-To: t@x.org\r\nReceived: r\r\n"
	    "Resent-From: b@x.org\r\nResent-Sender: b@x.org\r\n",
	    "Resent-To: t@x.org\r\nReceived: r\r\n"
	    "Resent-From: b@x.org\r\nResent-Sender: b@x.org\r\n" },

	/* Of what does not parse, what can be shown as a name. */
	{ "bad: an address with a blank", 1, AUTHOR_FORGET,
	    "From: a b@x.org\r\n", "From: \"a b@x.org\" <" ME ">\r\n" },
	{ "bad, auto", 0, AUTHOR_FORGET,
	    "From: a b@x.org\r\n", "From: \"a b@x.org\" <" ME ">\r\n" },
	{ "bad: an open quote", 0, AUTHOR_FORGET,
	    "From: \"Bob <bob@x.org>\r\n",
	    "From: Bob <bob@x.org>\r\n" },
	{ "bad: a comma without quotes, auto", 0, AUTHOR_FORGET,
	    "From: Smith, Bob <bob@x.org>\r\n",
	    "From: \"Smith, Bob\" <bob@x.org>\r\n" },
	{ "bad: a comma without quotes, on", 1, AUTHOR_REPLY_TO,
	    "From: Smith, Bob <bob@x.org>\r\n",
	    "From: \"Smith, Bob\" <" ME ">\r\n"
	    "Reply-To: \"Smith, Bob\" <bob@x.org>\r\n" },
	{ "bad: brackets in the name, auto", 0, AUTHOR_FORGET,
	    "From: Bob [IT] <bob@x.org>\r\n",
	    "From: \"Bob [IT]\" <bob@x.org>\r\n" },
	{ "bad: an address as name, auto", 0, AUTHOR_FORGET,
	    "From: bob@x.org <bob@x.org>\r\n",
	    "From: \"bob@x.org\" <bob@x.org>\r\n" },
	{ "bad: a backslash", 0, AUTHOR_FORGET,
	    "From: DOM\\bob <bob@x.org>\r\n",
	    "From: \"DOM\\\\bob\" <bob@x.org>\r\n" },
	{ "bad: a bare name in brackets", 0, AUTHOR_FORGET,
	    "From: Bob [x] <bob>\r\n",
	    "From: \"Bob [x] <bob>\" <" ME ">\r\n" },
	{ "bad: nothing in brackets", 0, AUTHOR_FORGET, "From: <>\r\n",
	    "From: \"<>\" <" ME ">\r\n" },
	{ "bad: a control character", 0, AUTHOR_FORGET,
	    "From: B\x1b[2Job <bob@x.org>\r\n",
	    "From: \"B [2Job\" <bob@x.org>\r\n" },
	{ "bad: a fold", 0, AUTHOR_FORGET,
	    "From: a\r\n b\r\n\t@x.org\r\n",
	    "From: \"a b @x.org\" <" ME ">\r\n" },
	{ "bad: a semicolon between", 0, AUTHOR_FORGET,
	    "From: a@x.org; b@x.org\r\n",
	    "From: \"a@x.org; b@x.org\" <" ME ">\r\n" },
	{ "bad: one of two has no domain", 0, AUTHOR_FORGET,
	    "From: a@x.org, root\r\n",
	    "From: \"a@x.org, root\" <" ME ">\r\n" },
	{ "bad: a local part over 64 octets", 0, AUTHOR_FORGET,
	    "From: Bob <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaa@x.org>\r\n",
	    "From: \"Bob <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaa@x.org>\" <" ME ">\r\n" },
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
	{ "auto leaves a group", 0, AUTHOR_FORGET,
	    "From: team: bob@x.org;\r\n", "From: team: bob@x.org;\r\n" },
	{ "auto: systemd's cron", 0, AUTHOR_FORGET,
	    "From: \"root\" (systemd-cron)\r\n",
	    "From: systemd-cron <" ME ">\r\n" },
	{ "auto: a bare name in brackets", 0, AUTHOR_FORGET,
	    "From: Root <root>\r\n", "From: Root <" ME ">\r\n" },
	{ "auto: a bare name with blanks", 0, AUTHOR_FORGET,
	    "From: \"a b\"\r\n", "From: a b <" ME ">\r\n" },
	{ "auto: a Sender too", 0, AUTHOR_FORGET,
	    "From: bob@x.org\r\nSender: root\r\n",
	    "From: bob@x.org\r\nSender: root <" ME ">\r\n" },
	{ "auto: at localhost", 0, AUTHOR_FORGET, "From: root@localhost\r\n",
	    "From: root <" ME ">\r\n" },
	{ "auto: at this machine", 0, AUTHOR_FORGET,
	    "From: WWW <www-data@Web>\r\n", "From: WWW <" ME ">\r\n" },
	{ "auto: where the account is, too", 0, AUTHOR_FORGET,
	    "From: bob@example.org\r\n", "From: bob@example.org\r\n" },
	{ "auto: at another one", 0, AUTHOR_FORGET, "From: bob@mail\r\n",
	    "From: bob@mail\r\n" },
	{ "auto: at a domain that begins like it", 0, AUTHOR_FORGET,
	    "From: bob@web.example\r\n", "From: bob@web.example\r\n" },
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
	{ "reply-to of several, of whom one agrees", 1, AUTHOR_REPLY_TO,
	    "From: bob@x.org, " ME "\r\n",
	    "From: " ME "\r\nReply-To: bob@x.org, " ME "\r\n" },
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
	{ "name, encoded", 1, AUTHOR_NAME,
	    "From: =?UTF-8?Q?B=C3=B6b?= <bob@x.org>\r\n",
	    "From: =?UTF-8?Q?B=C3=B6b?= \"(bob@x.org)\" <" ME ">\r\n" },
	{ "name, old-style", 1, AUTHOR_NAME, "From: bob@x.org (Bob)\r\n",
	    "From: \"Bob (bob@x.org)\" <" ME ">\r\n" },
	{ "name, of no address", 1, AUTHOR_NAME, "From: root\r\n",
	    "From: root <" ME ">\r\n" },
	{ "name, its own address", 1, AUTHOR_NAME,
	    "From: a@x.org, Ann <" ME ">\r\n", "From: Ann <" ME ">\r\n" },
	{ "name, folded", 1, AUTHOR_NAME,
	    "From: Bob\r\n the one <b@x.org>\r\n",
	    "From: \"Bob the one (b@x.org)\" <" ME ">\r\n" },
	{ "reply-to, several authors", 1, AUTHOR_REPLY_TO,
	    "From: Bob <bob@x.org>,\r\n eve@x.org\r\n",
	    "From: Bob <" ME ">\r\nReply-To: Bob <bob@x.org>, eve@x.org\r\n" },
	{ "reply-to when it is the account's own", 1, AUTHOR_REPLY_TO,
	    "From: " ME "\r\n", "From: " ME "\r\n" },
	{ "auto has nothing to keep", 0, AUTHOR_REPLY_TO,
	    "From: bob@x.org\r\n", "From: bob@x.org\r\n" },
	{ "name, without one", 1, AUTHOR_NAME, "From: bob@x.org\r\n",
	    "From: \"bob@x.org\" <" ME ">\r\n" },
};

static void
test_row(void **state)
{
	const struct row *r = *state;
	struct header h = { .raw = BUF_MAX(4096) };
	struct author w = { ME, r->all, r->keep, "web" };
	struct buf got = BUF_MAX(4096);
	size_t i;
	int again;

	buf_adds(&h.raw, r->header);
	header_index(&h);
	for (again = 0; again < 2; again++) {
		author_apply(&h, &w);
		buf_clear(&got);
		for (i = 0; i < h.n; i++)
			if (!h.field[i].gone)
				buf_add(&got, h.field[i].text,
				    h.field[i].len);
		assert_string_equal(buf_str(&got), r->want);
	}
	header_free(&h);
	buf_free(&got);
}

/* A name that is no name: it goes, the address stays. */
static void
test_long_name(void **state)
{
	struct header h = { .raw = BUF_MAX(400000) };
	struct author w = { ME, 1, AUTHOR_FORGET, NULL };
	char *name = unit_fill('x', 50000);
	char *commas = unit_fill(',', AUTHOR_BODY_MAX);

	(void)state;
	buf_addf(&h.raw, "From: %s <bob@x.org>\r\nSender: (%s\r\n"
	    "Resent-From: %s\r\nResent-Sender:%s\r\n", name, name, commas,
	    commas);
	header_index(&h);
	author_apply(&h, &w);
	assert_string_equal(h.field[0].text, "From: " ME "\r\n");
	assert_string_equal(h.field[1].text, "Sender: " ME "\r\n");
	assert_string_equal(h.field[2].text, "Resent-From: " ME "\r\n");
	assert_string_equal(h.field[3].text, "Resent-Sender: " ME "\r\n");
	header_free(&h);
	free(commas);
	free(name);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	UNIT_TEST(test_long_name);
	return unit_run("author");
}
