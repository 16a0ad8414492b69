#include "accounts.h"
#include "app/host.h"
#include "app/identity.h"
#include "base/str.h"

static const struct domain_row {
	const char	*name;
	const char	*domain;
	const char	*want;		/* NULL: refused */
} domains[] = {
	{ "a domain", "mail.example.org", "mail.example.org" },
	{ "in lower case", "MAIL.Example.ORG", "mail.example.org" },
	{ "an international one", "b\xc3\xbc" "cher.example",
	    "xn--bcher-kva.example" },
	{ "one word", "mail", "mail" },
	{ "an address", "[192.0.2.1]", "[192.0.2.1]" },
	{ "an address of IPv6", "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]" },
	{ "a word like localhost", "localhosts.example.org",
	    "localhosts.example.org" },
	{ "a domain like localdomain", "mylocaldomain", "mylocaldomain" },
	{ "digits and letters", "1.2.3.4a", "1.2.3.4a" },
	{ "localhost", "localhost", NULL },
	{ "localhost in capitals", "LOCALHOST", NULL },
	{ "localhost.localdomain", "localhost.localdomain", NULL },
	{ "localhost.example", "localhost.example", NULL },
	{ "under localhost", "mail.localhost", NULL },
	{ "under localdomain", "mail.localdomain", NULL },
	{ "an underscore", "my_host.example.org", NULL },
	{ "an address without brackets", "192.0.2.1", NULL },
	{ "a number", "1", NULL },
	{ "IPv6 without brackets", "2001:db8::1", NULL },
	{ "no literal", "[mail]", NULL },
	{ "an open bracket", "[192.0.2.1", NULL },
	{ "a hyphen first", "-a.example.org", NULL },
	{ "a dot last", "mail.example.org.", NULL },
	{ "two dots", "mail..example.org", NULL },
	{ "a comma", "a.example,b.example", NULL },
	{ "a comment", "a.example(", NULL },
	{ "a line end", "a.example\r\nX: y", NULL },
	{ "nothing", "", NULL },
};

static void
test_domain(void **state)
{
	const struct domain_row *r = *state;
	struct buf b = BUF_MAX(1000);
	const char *why = identity_domain(&b, r->domain);

	if (r->want == NULL)
		assert_non_null(why);
	else {
		assert_null(why);
		assert_string_equal(buf_str(&b), r->want);
	}
	buf_free(&b);
}

static struct account *
account(struct config *c, const char *lines)
{
	char text[512];

	snprintf(text, sizeof(text), "account x\nhost localhost\n%s\n", lines);
	must_parse(c, text);
	return c->account[0];
}

static const struct sender_row {
	const char	*name;
	const char	*lines;		/* of the account */
	const char	*given;		/* of -f, or NULL */
	const char	*want;		/* NULL: refused */
	enum err_kind	 kind;
} senders[] = {
	{ "from", "from a@x.org", NULL, "a@x.org", ERR_NONE },
	{ "-f", "from a@x.org", "b@y.org", "b@y.org", ERR_NONE },
	{ "-f with a name", "from a@x.org", "B <b@y.org>", "b@y.org",
	    ERR_NONE },
	{ "-f pinned", "from a@x.org\nallow_from_override off", "b@y.org",
	    "a@x.org", ERR_NONE },
	{ "the null sender", "from a@x.org", "", "", ERR_NONE },
	{ "the null sender in brackets", "from a@x.org", "<>", "",
	    ERR_NONE },
	{ "the null sender pinned", "from a@x.org\nallow_from_override off",
	    "<>", "a@x.org", ERR_NONE },
	{ "the first without a star", "from *@y.org a@x.org b@x.org", NULL,
	    "a@x.org", ERR_NONE },
	{ "bare: maildomain", "from a@x.org\nmaildomain m.org", "root",
	    "root@m.org", ERR_NONE },
	{ "bare: the domain of from", "from a@x.org", "root", "root@x.org",
	    ERR_NONE },
	{ "bare: the domain of a pattern", "from *@x.org", "root",
	    "root@x.org", ERR_NONE },
	{ "bare: the first address before a pattern",
	    "from *@y.org a@x.org", "root", "root@x.org", ERR_NONE },
	{ "bare: a literal", "maildomain [192.0.2.1]", "root",
	    "root@[192.0.2.1]", ERR_NONE },
	{ "bare: an international domain",
	    "maildomain b\xc3\xbc" "cher.example", "root",
	    "root@xn--bcher-kva.example", ERR_NONE },
	{ "bare: a from that is bare", "from ann\nmaildomain m.org", NULL,
	    "ann@m.org", ERR_NONE },
	{ "bare: a bad maildomain", "maildomain -", "root", NULL, ERR_CONFIG },
	{ "bare: a bad literal", "maildomain [x", "root", NULL, ERR_CONFIG },
	{ "%C", "from a@%C", NULL, "a@canon.example.org", ERR_NONE },
	{ "%M is maildomain", "from a@%M\nmaildomain m.org", NULL, "a@m.org",
	    ERR_NONE },
	{ "%C in maildomain", "from a@%M\nmaildomain m.%C", NULL,
	    "a@m.canon.example.org", ERR_NONE },
	{ "user with a domain", "user u@x.org", NULL, "u@x.org", ERR_NONE },
	{ "none", "user u", NULL, NULL, ERR_CONFIG },
	{ "pinned to none", "user u@x.org\nallow_from_override off",
	    "b@y.org", NULL, ERR_CONFIG },
	{ "no address", "from a@x.org", "a b", NULL, ERR_DATA },
	{ "two addresses", "from a@x.org", "a@x.org, b@x.org", NULL,
	    ERR_DATA },
	{ "a line end", "from a@x.org", "a@x.org\r\nX: y", NULL, ERR_DATA },
};

/* "canon.example.org" stands for what the machine is called. */
static void
test_sender(void **state)
{
	const struct sender_row *r = *state;
	struct buf got = BUF_MAX(1000), want = BUF_MAX(1000);
	struct err e = ERR_INIT;
	struct config c;
	struct account *a = account(&c, r->lines);
	const char *canon = strstr(r->want != NULL ? r->want : "", "canon.");

	assert_int_equal(identity_settle(a, &e), 0);
	assert_int_equal(identity_sender(&got, a, r->given, &e),
	    r->want != NULL ? 0 : -1);
	assert_int_equal(e.kind, r->kind);
	if (canon != NULL) {
		buf_add(&want, r->want, (size_t)(canon - r->want));
		buf_adds(&want, host_canonical()[0] != '\0' ?
		    host_canonical() : host_name());
		assert_string_equal(buf_str(&got), buf_str(&want));
	} else if (r->want != NULL)
		assert_string_equal(buf_str(&got), r->want);
	buf_free(&got);
	buf_free(&want);
	config_free(&c);
}

static const struct settle_row {
	const char	*name;
	const char	*lines;
	const char	*error;		/* NULL: none */
} settles[] = {
	{ "none", "from a@x.org", NULL },
	{ "a domain", "domain mail.example.org", NULL },
	{ "an address", "domain [192.0.2.1]", NULL },
	{ "%M", "domain mx.%M\nmaildomain m.org", NULL },
	{ "localhost", "domain localhost", "f:3: domain: \"localhost\": every "
	    "machine is called that" },
	{ "localhost by %M", "domain %M\nmaildomain localhost",
	    "f:3: domain: \"localhost\": every machine is called that" },
	{ "an underscore", "domain foo_bar", "f:3: domain: \"foo_bar\": no "
	    "host's name has an underscore" },
	{ "an address without brackets", "domain 192.0.2.1",
	    "f:3: domain: \"192.0.2.1\": an address goes in brackets" },
	{ "no domain", "domain a..b", "f:3: domain: \"a..b\": neither a "
	    "domain nor an address in brackets" },
};

static void
test_settle(void **state)
{
	const struct settle_row *r = *state;
	struct err e = ERR_INIT;
	struct config c;
	struct account *a = account(&c, r->lines);

	assert_int_equal(identity_settle(a, &e), r->error == NULL ? 0 : -1);
	assert_string_equal(e.text, r->error != NULL ? r->error : "");
	assert_int_equal(e.kind, r->error != NULL ? ERR_CONFIG : ERR_NONE);
	config_free(&c);
}

/* Each hides the host's name, so that every machine says the same. */
static const struct msgid_row {
	const char	*name;
	const char	*lines;
	const char	*sender;
	const char	*want;
} msgids[] = {
	{ "the sender's domain", "from a@x.org", "b@y.org", "y.org" },
	{ "a literal", "from a@x.org", "b@[192.0.2.1]", "[192.0.2.1]" },
	{ "one word is none", "from a@x.org", "b@box", "x.org" },
	{ "localhost is none", "from a@x.org", "b@localhost", "x.org" },
	{ "localhost.localdomain is none", "from a@x.org",
	    "b@localhost.localdomain", "x.org" },
	{ "an underscore is none", "from a@x.org", "b@a_b.org", "x.org" },
	{ "an address is none", "from a@x.org", "b@192.0.2.1", "x.org" },
	{ "an at sign in quotes", "from a@x.org", "\"b@c\"@y.org", "y.org" },
	{ "the null sender", "from a@x.org", "", "x.org" },
	{ "a pattern's", "from *@x.org", "", "x.org" },
	{ "the server", "host mx.example.org", "", "mx.example.org" },
	{ "a server that is an address", "host 192.0.2.1", "",
	    "mail.invalid" },
	{ "a server on this machine", "", "b@box", "mail.invalid" },
	{ "not a domain of the network's", "from a@%C_", "", "mail.invalid" },
};

static void
test_msgid(void **state)
{
	const struct msgid_row *r = *state;
	struct buf b = BUF_MAX(1000);
	struct err e = ERR_INIT;
	struct config c;
	struct account *a = account(&c, r->lines);

	a->hide_hostname = 1;
	assert_int_equal(identity_settle(a, &e), 0);
	identity_msgid_host(&b, a, r->sender);
	assert_string_equal(buf_str(&b), r->want);
	buf_free(&b);
	config_free(&c);
}

static void
test_helo(void **state)
{
	struct buf b = BUF_MAX(1000);
	struct err e = ERR_INIT;
	struct config c;
	struct account *a = account(&c, "hide_hostname on");

	(void)state;
	assert_int_equal(identity_settle(a, &e), 0);
	identity_helo(&b, a, -1);
	assert_string_equal(buf_str(&b), "[127.0.0.1]");
	assert_int_equal(config_set(a, "domain", "Mail.Example.org", &e), 0);
	identity_helo(&b, a, -1);
	assert_string_equal(buf_str(&b), "mail.example.org");
	a->hide_hostname = 0;
	assert_int_equal(config_set(a, "domain", "", &e), 0);
	identity_helo(&b, a, -1);
	if (strcmp(buf_str(&b), "[127.0.0.1]") != 0)
		assert_true(str_same(buf_str(&b), host_name()));
	buf_free(&b);
	config_free(&c);
}

/* To choose an account by what is its own on this machine. */
static void
test_expand_from(void **state)
{
	struct config c;
	struct account *a = account(&c, "from *@%M\nmaildomain m.org\n"
	    "domain %C");

	(void)state;
	assert_int_equal(account_matches(a, "a@m.org"), 0);
	identity_expand_from(a);
	assert_int_equal(account_matches(a, "a@m.org"), 1);
	assert_string_equal(a->domain, "%C");
	config_free(&c);
}

int
main(void)
{
	UNIT_ROWS(domains, test_domain);
	UNIT_ROWS(senders, test_sender);
	UNIT_ROWS(settles, test_settle);
	UNIT_ROWS(msgids, test_msgid);
	UNIT_TEST(test_helo);
	UNIT_TEST(test_expand_from);
	return unit_run("identity");
}
