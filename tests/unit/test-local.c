#include <sys/stat.h>

#include "app/local.h"
#include "unit.h"

static unsigned asked;

static const char *
full_name(void)
{
	asked++;
	return "box.sub.example";
}

static const char *
no_name(void)
{
	asked++;
	return "";
}

static const struct kind_row {
	const char	*name;
	const char	*host, *mailname;
	const char	*domain;	/* NULL: a bare name */
	enum local_kind	 want;
	unsigned	 asked;		/* for the canonical name */
} kinds[] = {
	{ "bare", "box", "", NULL, LOCAL_BARE, 0 },
	{ "localhost", "box", "", "localhost", LOCAL_LOOPBACK, 0 },
	{ "localhost in capitals", "box", "", "LocalHost", LOCAL_LOOPBACK, 0 },
	{ "localhost.localdomain", "box", "", "localhost.localdomain",
	    LOCAL_LOOPBACK, 0 },
	{ "localhost.example.org", "box", "", "localhost.example.org",
	    LOCAL_NOT, 0 },
	{ "a host called localhost", "localhost", "localhost", "localhost",
	    LOCAL_LOOPBACK, 0 },
	{ "the host", "box", "", "box", LOCAL_HOST, 0 },
	{ "the host in capitals", "box", "", "BOX", LOCAL_HOST, 0 },
	{ "the host in full", "box.sub.example", "", "box.sub.example",
	    LOCAL_HOST, 0 },
	{ "its first label", "box.sub.example", "", "box", LOCAL_HOST, 0 },
	{ "its canonical name", "box", "", "box.sub.example", LOCAL_HOST, 1 },
	{ "canonical in capitals", "box", "", "Box.Sub.Example", LOCAL_HOST,
	    1 },
	{ "another domain with its label", "box", "", "box.example.org",
	    LOCAL_NOT, 1 },
	{ "what begins like it", "box", "", "boxes.sub.example", LOCAL_NOT,
	    0 },
	{ "what it begins with", "box", "", "bo.sub.example", LOCAL_NOT, 0 },
	{ "its domain", "box.sub.example", "", "sub.example", LOCAL_NOT, 0 },
	{ "somebody else's", "box", "", "example.org", LOCAL_NOT, 0 },
	{ "a literal", "box", "", "[127.0.0.1]", LOCAL_NOT, 0 },
	{ "no host name", "", "", "box", LOCAL_NOT, 0 },
	{ "the mail name", "box", "example.org", "example.org",
	    LOCAL_MAILNAME, 0 },
	{ "the mail name in capitals", "box", "example.org", "Example.ORG",
	    LOCAL_MAILNAME, 0 },
	{ "below the mail name", "box", "example.org", "a.example.org",
	    LOCAL_NOT, 0 },
	{ "a host named as its mail name", "example.org", "example.org",
	    "example.org", LOCAL_MAILNAME, 0 },
	{ "a mail name without a dot", "box", "box", "box", LOCAL_HOST, 0 },
	{ "another one without a dot", "box", "post", "post", LOCAL_MAILNAME,
	    0 },
	{ "localhost as mail name", "box", "localhost", "localhost",
	    LOCAL_LOOPBACK, 0 },
};

static void
test_kind(void **state)
{
	const struct kind_row *r = *state;
	const struct local_names names = { r->host, r->mailname, full_name };
	char *domain = r->domain == NULL ? NULL :
	    unit_copy(r->domain, strlen(r->domain) + 1);

	asked = 0;
	assert_int_equal(local_kind(domain, &names), r->want);
	assert_int_equal(asked, r->asked);
	free(domain);
}

static const char file_text[] =
    "root: ann@example.org, bob@example.net\n"
    "ann: ann@example.com\n"
    "chain: root@localhost, Carl <carl@example.org>\n"
    "short: carl\n"
    "self: self@localhost, \\root\n"
    "round: about@BOX\n"
    "about: round@localhost\n"
    "mixed: |/bin/false, /dev/null, eve@example.org\n"
    "mailed: eve@mail.example\n"
    "eve: |x\n";

static const struct find_row {
	const char	*name;
	const char	*more;		/* in the file */
	const char	*default_domain;
	const char	*address;
	const char	*want;		/* "a b" and, refused, "!67:text" */
	unsigned	 line;		/* of the alias; 0: none */
} finds[] = {
	{ "a bare name", "", NULL, "root", "ann@example.org bob@example.net",
	    1 },
	{ "in any case", "", NULL, "ROOT", "ann@example.org bob@example.net",
	    1 },
	{ "at localhost", "", NULL, "root@localhost",
	    "ann@example.org bob@example.net", 1 },
	{ "at the host", "", NULL, "root@box",
	    "ann@example.org bob@example.net", 1 },
	{ "at its full name", "", NULL, "root@box.sub.example",
	    "ann@example.org bob@example.net", 1 },
	{ "at the mail name", "", NULL, "root@mail.example",
	    "ann@example.org bob@example.net", 1 },
	{ "with a display name", "", NULL, "Charlie Root <root>",
	    "ann@example.org bob@example.net", 1 },
	{ "elsewhere", "", "example.com", "root@example.org",
	    "root@example.org", 0 },
	{ "at the mail name, without an alias", "", "example.com",
	    "nobody@mail.example", "nobody@mail.example", 0 },
	{ "at the host in full, without an alias", "", "example.com",
	    "nobody@box.sub.example", "nobody@box.sub.example", 0 },
	{ "at the host's name, qualified", "", "example.com", "nobody@box",
	    "nobody@example.com", 0 },
	{ "at the host in full, and a default", "default: x@example.net\n",
	    NULL, "nobody@box.sub.example", "nobody@box.sub.example", 0 },
	{ "at the host's name, and a default", "default: x@example.net\n",
	    NULL, "nobody@box", "x@example.net", 11 },
	{ "a target at the mail name", "hop: ann@mail.example\n", NULL, "hop",
	    "ann@example.com", 11 },
	{ "one without an alias", "hop: nobody@mail.example\n"
	    "default: x@example.net\n", NULL, "hop", "nobody@mail.example",
	    11 },
	{ "one that goes round", "hop: hop2\nhop2: hop@mail.example\n", NULL,
	    "hop", "hop@mail.example", 11 },
	{ "an address in capitals", "", NULL, "Bob@Example.ORG",
	    "Bob@example.org", 0 },

	{ "qualified", "", "example.com", "bob", "bob@example.com", 0 },
	{ "localhost, qualified", "", "example.com", "bob@localhost",
	    "bob@example.com", 0 },
	{ "localhost.localdomain, qualified", "", "example.com",
	    "bob@localhost.localdomain", "bob@example.com", 0 },
	{ "quoted, qualified", "", "example.com", "\"a b\"",
	    "\"a b\"@example.com", 0 },
	{ "no domain", "", NULL, "bob", "!67", 0 },
	{ "no domain but localhost", "", NULL, "bob@localhost", "!67", 0 },
	{ "no address", "", NULL, "a b@x", "!65", 0 },

	{ "a target's alias at localhost", "", NULL, "chain",
	    "ann@example.org bob@example.net carl@example.org", 3 },
	{ "a bare target", "", NULL, "short", "!67:carl", 4 },
	{ "a bare target, qualified", "", "example.com", "short",
	    "carl@example.com", 4 },
	{ "a name for itself", "", "example.com", "self",
	    "self@example.com root@example.com", 5 },
	{ "in a loop by domains", "", NULL, "round", "!67:round@localhost",
	    6 },
	{ "commands and files", "", NULL, "mixed",
	    "eve@example.org !67:|/bin/false !67:/dev/null", 8 },
	{ "a target at the mail name, and its alias", "", NULL, "mailed",
	    "!67:|x", 9 },

	{ "default for a bare name", "default: d@example.org\n", "example.com",
	    "nobody", "d@example.org", 11 },
	{ "default at localhost", "default: d@example.org\n", NULL,
	    "nobody@localhost", "d@example.org", 11 },
	{ "no default at the mail name", "default: d@example.org\n", NULL,
	    "nobody@mail.example", "nobody@mail.example", 0 },
	{ "no default elsewhere", "default: d@example.org\n", NULL,
	    "nobody@example.org", "nobody@example.org", 0 },
	{ "default is not before a name", "default: d@example.org\n", NULL,
	    "ann", "ann@example.com", 2 },

	{ "an error in the file", "oops\n", "example.com", "root", "!78", 0 },
	{ "an error, and somebody elsewhere", "oops\n", NULL, "a@example.org",
	    "a@example.org", 0 },
};

static void
write_file(const char *path, const char *more)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "%s%s", file_text, more);
	fclose(f);
}

static void
show(struct buf *b, const struct local_answer *r)
{
	static const char *const gap[] = { "", " " };
	const struct local_target *t;
	size_t i;

	for (i = 0; i < r->n; i++) {
		t = &r->target[i];
		assert_int_equal(t->path == NULL, t->why != NULL);
		if (t->path != NULL)
			buf_addf(b, "%s%s", gap[b->len > 0], t->path);
		else
			buf_addf(b, "%s!%d%s%s", gap[b->len > 0],
			    err_exit(t->kind), t->text != NULL ? ":" : "",
			    t->text != NULL ? t->text : "");
	}
}

static void
test_find(void **state)
{
	const struct find_row *r = *state;
	const struct local_names names = { "box", "mail.example", full_name };
	char path[] = "/tmp/test-local-XXXXXX";
	struct account *a = account_new("x");
	struct buf got = BUF_MAX(4096), where = BUF_MAX(256);
	struct addr_list list = ADDR_LIST_INIT;
	struct local_answer answer = { 0 };
	struct err e = ERR_INIT;
	struct local l;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	write_file(path, r->more);
	a->aliases = strdup(path);
	if (r->default_domain != NULL)
		a->default_domain = strdup(r->default_domain);
	assert_int_equal(local_open(&l, a, &names, &e), 0);
	addr_parse(&list, r->address, strlen(r->address));
	assert_int_equal(list.n, 1);
	local_find(&l, &list.addr[0], &answer);
	local_find(&l, &list.addr[0], &answer);		/* starts anew */
	show(&got, &answer);
	assert_string_equal(buf_str(&got), r->want);
	buf_addf(&where, "%s:%u", path, r->line);
	if (r->line > 0)
		assert_string_equal(answer.alias, buf_str(&where));
	else
		assert_null(answer.alias);
	unlink(path);
	local_answer_free(&answer);
	local_free(&l);
	account_free(a);
	addr_list_free(&list);
	buf_free(&got);
	buf_free(&where);
}

/* A file that was asked for must be there; "" is for none at all. */
static void
test_missing(void **state)
{
	const struct local_names names = { "box", "", no_name };
	struct account *a = account_new("x");
	struct addr_list list = ADDR_LIST_INIT;
	struct local_answer answer = { 0 };
	struct err e = ERR_INIT;
	struct local l;

	(void)state;
	a->aliases = strdup("/nonexistent/aliases");
	assert_int_equal(local_open(&l, a, &names, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "/nonexistent/aliases"));
	local_free(&l);
	a->aliases[0] = '\0';
	assert_int_equal(local_open(&l, a, &names, &e), 0);
	addr_parse(&list, "bob", 3);
	local_find(&l, &list.addr[0], &answer);
	assert_int_equal(answer.n, 1);
	assert_non_null(strstr(answer.target[0].why, "aliases are off"));
	local_answer_free(&answer);
	local_free(&l);
	addr_list_free(&list);
	account_free(a);
}

int
main(void)
{
	UNIT_ROWS(kinds, test_kind);
	UNIT_ROWS(finds, test_find);
	UNIT_TEST(test_missing);
	return unit_run("local");
}
