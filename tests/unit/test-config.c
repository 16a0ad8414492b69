#include "accounts.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>

#define THREE \
	"account any\nfrom *@x.org\naccount work\nfrom me@x.org b@x.org\n" \
	"account again\nfrom me@x.org\n"

static const struct choose_row {
	const char	*name;
	const char	*text;
	const char	*sender, *header;
	const char	*want;		/* NULL: an error */
	const char	*error;
} chooses[] = {
	{ "by the sender", THREE, "b@x.org", NULL, "work", NULL },
	{ "exact over pattern, earlier over later", THREE, "me@x.org", NULL,
	    "work", NULL },
	{ "by a pattern", THREE, "c@x.org", NULL, "any", NULL },
	{ "the sender over From", THREE, "c@x.org", "me@x.org", "any",
	    NULL },
	{ "by From", THREE, NULL, "me@x.org", "work", NULL },
	{ "by From when the sender is nobody's", THREE, "q@y.org",
	    "me@x.org", "work", NULL },
	{ "by From with the null sender", THREE, "", "me@x.org", "work",
	    NULL },
	{ "by From with the null sender in brackets", "account any\nfrom *\n"
	    "account work\nfrom me@x.org", "<>", "me@x.org", "work", NULL },
	{ "default", THREE "account default", "q@y.org", "", "default",
	    NULL },
	{ "default, without any address", THREE "account default", NULL,
	    NULL, "default", NULL },
	{ "a match over default", "account default\naccount work\n"
	    "from me@x.org", "me@x.org", NULL, "work", NULL },
	{ "the parent over its child", "account work\nfrom me@x.org\n"
	    "account default : work", "me@x.org", NULL, "work", NULL },
	{ "the only one", "account lone\nfrom me@x.org", "q@y.org", NULL,
	    "lone", NULL },
	{ "none of several", THREE, "q@y.org", NULL, NULL, "no account is "
	    "for this sender, and none is called default; choose one with "
	    "-a (there are: any, work, again)" },
	{ "no account", "defaults\n", "q@y.org", NULL, NULL, "f: there is no "
	    "account in it; write lines such as \"account default\", \"host "
	    "smtp.example.org\" and \"from you@example.org\"; see "
	    "posthorn.conf(5)" },
};

static void
test_choose(void **state)
{
	const struct choose_row *r = *state;
	const struct account *a;
	struct err e = ERR_INIT;
	struct config c;

	must_parse(&c, r->text);
	a = config_choose(&c, r->sender, r->header, &e);
	if (r->want != NULL) {
		assert_non_null(a);
		assert_string_equal(a->name, r->want);
		assert_ptr_equal(config_account(&c, r->want), a);
	} else {
		assert_null(a);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_string_equal(e.text, r->error);
	}
	config_free(&c);
}

static void
test_no_account(void **state)
{
	struct buf b = BUF_MAX(1 << 20);
	struct err e = ERR_INIT;
	struct config c;
	int i;

	(void)state;
	must_parse(&c, "account work\naccount home\n");
	assert_null(config_account(&c, "wrok"));
	assert_null(config_account(&c, "Work"));
	config_no_account(&c, "wrok", &e);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, "no account \"wrok\" (there are: work, "
	    "home); did you mean \"work\"?");
	config_free(&c);
	for (i = 0; i < 200; i++)
		buf_addf(&b, "account a%d\n", i);
	must_parse(&c, buf_str(&b));
	config_no_account(&c, "\033zzzzzzz", &e);
	assert_memory_equal(e.text, "no account \"\\x1Bzzzzzzz\" (there are: "
	    "a0, a1, ", 45);
	assert_string_equal(e.text + strlen(e.text) - 6, ", ...)");
	config_free(&c);
	buf_free(&b);
}

static void
test_empty(void **state)
{
	const struct account *a;
	struct err e = ERR_INIT;
	struct config c;

	(void)state;
	assert_int_equal(config_empty(&c), 0);
	a = config_choose(&c, "me@x.org", NULL, &e);
	assert_non_null(a);
	assert_null(a->host);
	config_free(&c);
	config_free(&c);
	account_free(NULL);
}

static char top[] = "/tmp/test-config.XXXXXX";

static void
in_top(char *path, size_t size, const char *name)
{
	assert_true(snprintf(path, size, "%s/%s", top, name) < (int)size);
}

static void
make_folder(const char *name)
{
	char path[256];

	in_top(path, sizeof(path), name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void
make_file(const char *name, const char *text, mode_t mode)
{
	char path[256];
	int fd;

	in_top(path, sizeof(path), name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int
set_up(void)
{
	static const char *const folders[] = { "home", "home/.config",
	    "home/.config/posthorn", "xdg", "xdg/posthorn", "bare" };
	char path[256];
	size_t i;

	if (mkdtemp(top) == NULL || chmod(top, 0755) == -1)
		return -1;
	for (i = 0; i < COUNT(folders); i++)
		make_folder(folders[i]);
	make_file("home/.config/posthorn/config", "account home\nhost h\n",
	    0644);
	make_file("xdg/posthorn/config", "account xdg\nhost h\n", 0644);
	make_file("one", "account one\nhost h\n", 0644);
	make_file("two", "account two\nhost h\n", 0644);
	make_file("bad", "account x\nnonsense=" SECRET "\n", 0644);
	make_file("secret", "account x\nhost h\npassword " SECRET "\n", 0600);
	make_file("seen", "account x\nhost h\npassword " SECRET "\n", 0640);
	make_file("seen-defaults", "defaults\npassword " SECRET "\n", 0604);
	make_file("seen-proxy", "account x\nhost h\nproxy_password " SECRET
	    "\n", 0640);
	make_file("eval-seen", "account x\nhost h\npasswordeval echo\n",
	    0644);
	make_file("unset", "account x\nhost h\npassword\n", 0644);
	make_file("evaluated", "account x\neval echo password a\n", 0644);
	make_file("closed", "account x\n", 0000);
	make_file("closed-two", "account y\n", 0000);
	in_top(path, sizeof(path), "theirs");
	if (mkdir(path, 0777) == -1 || chmod(path, 0777) == -1)
		return -1;
	make_file("theirs/config", "account x\n", 0644);
	make_file("written", "account x\neval touch " SECRET "\n", 0666);
	make_file("other", "account x\npassword " SECRET "\n", 0600);
	return 0;
}

static int
tear_down(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command) == 0 ? 0 : -1;
}

/* An environment variable below the folder of this test. */
static void
set_path(const char *variable, const char *name)
{
	char path[256];

	if (name == NULL) {
		unsetenv(variable);
		return;
	}
	if (name[0] == '\0' || name[0] == '=') {
		setenv(variable, name[0] == '=' ? name + 1 : "", 1);
		return;
	}
	in_top(path, sizeof(path), name);
	setenv(variable, path, 1);
}

/* "@/" in a text stands for the folder of this test. */
static void
expect_error(const struct err *e, const char *want)
{
	struct buf b = BUF_MAX(4096);

	for (; *want != '\0'; want++) {
		if (want[0] == '@' && want[1] == '/')
			buf_adds(&b, top);
		else
			buf_addc(&b, *want);
	}
	assert_string_equal(e->text, buf_str(&b));
	assert_null(strstr(e->text, SECRET));
	buf_free(&b);
}

static const struct load_row {
	const char	*name;
	const char	*only;		/* of -C */
	const char	*posthorn_config, *xdg, *home;	/* "=x": x itself */
	const char	*want;		/* the first account, or NULL */
	const char	*error;
} loads[] = {
	{ "-C", "one", "two", "xdg", "home", "one", NULL },
	{ "POSTHORN_CONFIG", NULL, "two", "xdg", "home", "two", NULL },
	{ "an empty POSTHORN_CONFIG", NULL, "", "xdg", "home", "xdg", NULL },
	{ "XDG_CONFIG_HOME", NULL, NULL, "xdg", "home", "xdg", NULL },
	{ "an empty XDG_CONFIG_HOME", NULL, NULL, "", "home", "home", NULL },
	{ "a relative XDG_CONFIG_HOME", NULL, NULL, "=xdg", "home", "home",
	    NULL },
	{ "HOME", NULL, NULL, NULL, "home", "home", NULL },
	{ "-C without a file", "none", NULL, NULL, "home", NULL,
	    "@/none: no such file (of -C)" },
	{ "POSTHORN_CONFIG without a file", NULL, "none", NULL, "home", NULL,
	    "@/none: no such file (of $POSTHORN_CONFIG)" },
	{ "-C below a file", "one/none", NULL, NULL, "home", NULL,
	    "@/one/none: no such file (of -C)" },
	{ "-C of a folder", "bare", NULL, NULL, "home", NULL,
	    "@/bare: not a regular file" },
	{ "an error in it", "bad", NULL, NULL, "home", NULL,
	    "@/bad:2: nonsense: unknown keyword" },
	{ "a password of ours alone", "secret", NULL, NULL, "home", "x",
	    NULL },
	{ "a password that the group sees", "seen", NULL, NULL, "home", NULL,
	    "@/seen holds a password and others can read it; run: chmod 600 "
	    "@/seen" },
	{ "a password in defaults that others see", "seen-defaults", NULL,
	    NULL, "home", NULL, "@/seen-defaults holds a password and others "
	    "can read it; run: chmod 600 @/seen-defaults" },
	{ "a proxy's password that the group sees", "seen-proxy", NULL, NULL,
	    "home", NULL, "@/seen-proxy holds a password and others can read "
	    "it; run: chmod 600 @/seen-proxy" },
	{ "a command that others see", "eval-seen", NULL, NULL, "home", "x",
	    NULL },
	{ "a file that others can write to, and whose command is not run",
	    "written", NULL, NULL, "home", NULL, "others can write to "
	    "@/written (mode 0666); run: chmod go-w @/written" },
	{ "a folder that others can write to", "theirs/config", NULL, NULL,
	    "home", NULL, "others can write to @/theirs, a folder on the way "
	    "to @/theirs/config (mode 0777); run: chmod go-w @/theirs" },
	{ "a password that is taken away", "unset", NULL, NULL, "home", "x",
	    NULL },
	{ "a password that is not in the file", "evaluated", NULL, NULL,
	    "home", "x", NULL },
};

static void
test_load(void **state)
{
	const struct load_row *r = *state;
	struct err e = ERR_INIT;
	struct config c;
	char only[256];

	if (r->only != NULL)
		in_top(only, sizeof(only), r->only);
	set_path("POSTHORN_CONFIG", r->posthorn_config);
	set_path("XDG_CONFIG_HOME", r->xdg);
	set_path("HOME", r->home);
	if (r->want != NULL) {
		if (config_load(&c, r->only != NULL ? only : NULL, &e) == -1)
			fail_msg("%s", e.text);
		assert_string_equal(c.account[0]->name, r->want);
	} else {
		assert_int_equal(config_load(&c, r->only != NULL ? only :
		    NULL, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		expect_error(&e, r->error);
	}
	config_free(&c);
}

static void
load_both(struct config *c, const char *user, const char *system, int want,
    struct err *e)
{
	char a[256], b[256];

	in_top(a, sizeof(a), user);
	in_top(b, sizeof(b), system);
	assert_int_equal(config_load_both(c, a, b, e), want);
}

static void
test_both(void **state)
{
	struct err e = ERR_INIT;
	struct config c;

	(void)state;
	make_file("user", "account b\nhost mine\naccount d : c\n", 0644);
	make_file("system", "account a\naccount b\nhost theirs\naccount c\n"
	    "host c\n", 0644);
	load_both(&c, "user", "system", 0, &e);
	assert_int_equal(c.n, 4);
	assert_string_equal(c.account[0]->name, "b");
	assert_string_equal(c.account[0]->host, "mine");
	assert_string_equal(c.account[1]->name, "d");
	assert_string_equal(c.account[1]->host, "c");
	assert_string_equal(c.account[2]->name, "a");
	assert_string_equal(c.account[3]->name, "c");
	config_free(&c);
	load_both(&c, "none", "system", 0, &e);
	assert_int_equal(c.n, 3);
	config_free(&c);
	load_both(&c, "user", "bad", -1, &e);
	config_free(&c);
	load_both(&c, "bad", "system", -1, &e);
	config_free(&c);
}

static void
test_missing(void **state)
{
	struct err e = ERR_INIT;
	struct config c;

	(void)state;
	load_both(&c, "none", "nowhere/config", -1, &e);
	assert_int_equal(e.kind, ERR_CONFIG);
	expect_error(&e, "no configuration in @/none or @/nowhere/config; "
	    "write lines such as \"account default\", \"host "
	    "smtp.example.org\" and \"from you@example.org\"; see "
	    "posthorn.conf(5)");
	config_free(&c);
}

/* Root may read everything, so act as nobody meanwhile. */
static uid_t
as_nobody(void)
{
	uid_t old = geteuid();

	if (old == 0)
		assert_int_equal(seteuid(65534), 0);
	return old;
}

static void
test_unreadable(void **state)
{
	struct err one = ERR_INIT, both = ERR_INIT, none = ERR_INIT;
	struct err mine = ERR_INIT;
	struct config c;
	struct passwd *pw;
	char path[256], want[512];
	uid_t old = as_nobody();

	(void)state;
	in_top(path, sizeof(path), "closed");
	assert_int_equal(config_load(&c, path, &one), -1);
	config_free(&c);
	load_both(&c, "one", "closed", 0, &both);
	assert_int_equal(c.n, 1);
	config_free(&c);
	load_both(&c, "none", "closed", -1, &none);
	config_free(&c);
	load_both(&c, "closed", "one", -1, &mine);
	config_free(&c);
	pw = getpwuid(geteuid());
	snprintf(want, sizeof(want), "@/closed: permission denied for user "
	    "%s", pw != NULL ? pw->pw_name : "nobody");
	if (old == 0)
		assert_int_equal(seteuid(old), 0);
	assert_int_equal(one.kind, ERR_CONFIG);
	expect_error(&one, want);
	expect_error(&none, want);
	expect_error(&mine, want);
}

static void
test_another_owner(void **state)
{
	struct err e = ERR_INIT;
	struct config c;
	char path[256];

	(void)state;
	in_top(path, sizeof(path), "other");
	if (geteuid() != 0 || chown(path, 65534, (gid_t)-1) == -1)
		skip();
	assert_int_equal(config_load(&c, path, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	expect_error(&e, "@/other is another user's (nobody, uid 65534); "
	    "run: chown root @/other");
	config_free(&c);
}

static void
test_too_large(void **state)
{
	char *text = unit_fill('\n', CONFIG_SIZE_MAX + 1), path[256];
	struct err e = ERR_INIT;
	struct config c;

	(void)state;
	make_file("large", text, 0644);
	in_top(path, sizeof(path), "large");
	assert_int_equal(config_load(&c, path, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	expect_error(&e, "@/large: over 1048576 bytes");
	config_free(&c);
	text[CONFIG_SIZE_MAX] = '\0';
	make_file("large", text, 0644);
	assert_int_equal(config_load(&c, path, &e), 0);
	config_free(&c);
	free(text);
}

static void
expect_paths(const char *want)
{
	struct buf b = BUF_MAX(4096);
	struct err e = ERR_INIT;

	config_paths(&b);
	err_set(&e, ERR_CONFIG, "%s", buf_str(&b));
	expect_error(&e, want);
	buf_free(&b);
}

static void
test_paths(void **state)
{
	struct buf b = BUF_MAX(4096);
	char mine[256];

	(void)state;
	set_path("POSTHORN_CONFIG", "one");
	expect_paths("  @/one\n");
	set_path("POSTHORN_CONFIG", "none");
	expect_paths("  @/none (not there)\n");
	set_path("POSTHORN_CONFIG", NULL);
	set_path("XDG_CONFIG_HOME", "xdg");
	config_paths(&b);
	in_top(mine, sizeof(mine), "xdg/posthorn/config\n");
	assert_memory_equal(buf_str(&b) + 2, mine, strlen(mine));
	assert_non_null(strstr(buf_str(&b) + strlen(mine),
	    "/posthorn/config"));
	buf_free(&b);
}

int
main(void)
{
	int r;

	if (set_up() == -1)
		return 99;
	UNIT_ROWS(chooses, test_choose);
	UNIT_TEST(test_no_account);
	UNIT_TEST(test_empty);
	UNIT_ROWS(loads, test_load);
	UNIT_TEST(test_both);
	UNIT_TEST(test_missing);
	UNIT_TEST(test_unreadable);
	UNIT_TEST(test_another_owner);
	UNIT_TEST(test_too_large);
	UNIT_TEST(test_paths);
	r = unit_run("config");
	return tear_down() == -1 ? 99 : r;
}
