#include "unit.h"

#include "app/ticket.h"
#include "base/mem.h"

static const struct row {
	const char	*name;
	const char	*xdg, *home;	/* environment, or NULL */
	const char	*host;
	unsigned	 port;
	const char	*want;		/* the path without the hash */
} rows[] = {
	{ "at home", NULL, "/home/ann", "smtp.example.org", 465,
	    "/home/ann/.local/state/posthorn/tls/smtp.example.org-465-" },
	{ "where XDG says", "/var/x", "/home/ann", "smtp.example.org", 465,
	    "/var/x/posthorn/tls/smtp.example.org-465-" },
	{ "XDG is relative", "x", "/home/ann", "a.example", 587,
	    "/home/ann/.local/state/posthorn/tls/a.example-587-" },
	{ "XDG is empty", "", "/home/ann", "a.example", 587,
	    "/home/ann/.local/state/posthorn/tls/a.example-587-" },
	{ "capitals", "/x", NULL, "SMTP.Example.ORG", 465,
	    "/x/posthorn/tls/smtp.example.org-465-" },
	{ "an address", "/x", NULL, "2001:db8::1", 465,
	    "/x/posthorn/tls/2001_db8__1-465-" },
	{ "a way out", "/x", NULL, "../../etc/passwd", 1,
	    "/x/posthorn/tls/.._.._etc_passwd-1-" },
	{ "8-bit", "/x", NULL, "\xc3\xa9.example", 1,
	    "/x/posthorn/tls/__.example-1-" },
	{ "without end", "/x", NULL,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    1, "/x/posthorn/tls/"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1-" },
};

static void
set(const char *name, const char *value)
{
	if (value != NULL)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void
test_path(void **state)
{
	const struct row *r = *state;
	struct account *a = account_new("work");
	size_t i, n = strlen(r->want);
	char *path;

	set("XDG_STATE_HOME", r->xdg);
	set("HOME", r->home);
	path = ticket_path(a, r->host, r->port);
	assert_non_null(path);
	assert_int_equal(strlen(path), n + 16);
	assert_memory_equal(path, r->want, n);
	for (i = 0; i < 16; i++)
		assert_non_null(strchr("0123456789abcdef", path[n + i]));
	free(path);
	account_free(a);
}

/* Who is who: every two of them have different files. */
static const struct who {
	const char	*name;
	const char	*user;
	const char	*host;
	unsigned	 port;
} whos[] = {
	{ "work", NULL, "a.example", 465 },
	{ "work", "", "a.example", 465 },
	{ "work", "ann", "a.example", 465 },
	{ "wor", "kann", "a.example", 465 },
	{ "home", "ann", "a.example", 465 },
	{ "work", "ann", "b.example", 465 },
	{ "work", "ann", "a.example", 587 },
	{ "work", "ann", "2001:db8::1", 465 },
	{ "work", "ann", "2001_db8::1", 465 },
};

static char *
path_of(const struct who *w)
{
	struct account *a = account_new(w->name);
	char *path;

	if (w->user != NULL)
		a->user = mem_str(w->user);
	path = ticket_path(a, w->host, w->port);
	account_free(a);
	return path;
}

static void
test_apart(void **state)
{
	char *one, *two;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(whos); i++)
		for (k = 0; k < COUNT(whos); k++) {
			one = path_of(&whos[i]);
			two = path_of(&whos[k]);
			assert_int_equal(strcmp(one, two) == 0, i == k);
			free(one);
			free(two);
		}
}

static void
test_none(void **state)
{
	struct account *a = account_new("work");
	char *path;

	(void)state;
	a->tls = 0;
	assert_null(ticket_path(a, "a.example", 25));
	a->tls = 1;
	assert_null(ticket_path(a, NULL, 465));
	a->tls_certcheck = 0;
	assert_null(ticket_path(a, "a.example", 465));
	a->tls_fingerprint = mem_str("sha256:00");
	path = ticket_path(a, "a.example", 465);
	assert_non_null(path);
	free(path);
	account_free(a);
}

int
main(void)
{
	UNIT_ROWS(rows, test_path);
	UNIT_TEST(test_apart);
	UNIT_TEST(test_none);
	return unit_run("ticket");
}
