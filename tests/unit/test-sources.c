/*
 * Each source by itself, in a home folder of its own, and their order.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/secretenv.h"
#include "cred/cred.h"

#define SECRET	"hunter2"
#define NOBODY	65534

extern char **environ;

static char folder[64], secrets[80], home[80];

static const char *
path_of(const char *base, const char *name)
{
	static char path[4][256];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", base, name);
	return path[i];
}

static void
make(const char *path, const char *text, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
forget(void)
{
	static const char *const names[] = { "CREDENTIALS_DIRECTORY",
	    "SMTP_WORD", "DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS",
	    "POSTHORN_ASKPASS", "SSH_ASKPASS_REQUIRE", "XDG_RUNTIME_DIR",
	    "DBUS_SESSION_BUS_ADDRESS" };
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
	secretenv_forget();
}

/* Where in the file systems a file is, and who owns it. */
enum place { ELSEWHERE, CREDENTIALS, LINKED, OUT_OF_IT };

static const struct file_row {
	const char	*name;
	const char	*text;
	size_t		 n;
	mode_t		 mode;
	enum place	 place;
	uid_t		 owner, user;
	const char	*want;		/* NULL: an error, which has text in */
	const char	*error;
} files[] = {
	{ "ours alone", LIT(SECRET), 0600, ELSEWHERE, 0, 0, SECRET, NULL },
	{ "read only", LIT(SECRET), 0400, ELSEWHERE, 0, 0, SECRET, NULL },
	{ "a line end", LIT(SECRET "\n"), 0600, ELSEWHERE, 0, 0, SECRET,
	    NULL },
	{ "CRLF", LIT(SECRET "\r\n"), 0600, ELSEWHERE, 0, 0, SECRET, NULL },
	{ "CR is a part of it", LIT(SECRET "\r"), 0600, ELSEWHERE, 0, 0,
	    SECRET "\r", NULL },
	{ "blanks are a part of it", LIT(" a b \n"), 0600, ELSEWHERE, 0, 0,
	    " a b ", NULL },
	{ "empty", LIT(""), 0600, ELSEWHERE, 0, 0, NULL, "it is empty" },
	{ "a line end alone", LIT("\n"), 0600, ELSEWHERE, 0, 0, NULL,
	    "it is empty" },
	{ "two lines", LIT(SECRET "\nuser: x\n"), 0600, ELSEWHERE, 0, 0,
	    NULL, "more than one line" },
	{ "an empty line behind", LIT(SECRET "\n\n"), 0600, ELSEWHERE, 0, 0,
	    NULL, "more than one line" },
	{ "a NUL", LIT(SECRET "\0"), 0600, ELSEWHERE, 0, 0, NULL,
	    "a NUL byte" },
	{ "the group may read", LIT(SECRET), 0640, ELSEWHERE, 0, 0, NULL,
	    "run: chmod 600" },
	{ "all may read", LIT(SECRET), 0644, ELSEWHERE, 0, 0, NULL,
	    "run: chmod 600" },
	{ "all may write", LIT(SECRET), 0602, ELSEWHERE, 0, 0, NULL,
	    "run: chmod 600" },
	{ "another user's", LIT(SECRET), 0600, ELSEWHERE, NOBODY, 0, NULL,
	    "another user's" },
	{ "a user's own", LIT(SECRET), 0600, ELSEWHERE, NOBODY, NOBODY,
	    SECRET, NULL },
	{ "root's, and private", LIT(SECRET), 0600, ELSEWHERE, 0, NOBODY,
	    NULL, "ermission denied" },

	{ "systemd: root's, with an ACL", LIT(SECRET), 0440, CREDENTIALS, 0,
	    0, SECRET, NULL },
	{ "systemd: the user's", LIT(SECRET), 0400, CREDENTIALS, NOBODY,
	    NOBODY, SECRET, NULL },
	{ "Docker's mode", LIT(SECRET), 0444, CREDENTIALS, 0, NOBODY, SECRET,
	    NULL },
	{ "Kubernetes's mode", LIT(SECRET), 0644, CREDENTIALS, 0, NOBODY,
	    SECRET, NULL },
	{ "mounted, all may write", LIT(SECRET), 0666, CREDENTIALS, 0, 0,
	    NULL, "can write to" },
	{ "mounted, a third user's", LIT(SECRET), 0444, CREDENTIALS, 1,
	    NOBODY, NULL, "another user's" },
	{ "out of the mounted folder again", LIT(SECRET), 0644, OUT_OF_IT, 0,
	    0, NULL, "run: chmod 600" },
	{ "a link to a private file", LIT(SECRET), 0600, LINKED, 0, 0,
	    SECRET, NULL },
	{ "a link to one that all may read", LIT(SECRET), 0644, LINKED, 0, 0,
	    NULL, "run: chmod 600" },
};

static void
find(const char *path, const char *want, const char *error)
{
	struct cred_found found;
	struct cred_params p = { .password_file = path, .user = "ann",
	    .found = &found };
	struct buf out = BUF_MAX(1000);
	struct err e = ERR_INIT;
	int r = cred_password(&p, &out, &e);

	assert_int_equal(found.source, CRED_FILE);
	if (want == NULL) {
		assert_int_equal(r, -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		if (strstr(e.text, error) == NULL)
			fail_msg("%s", e.text);
		assert_memory_equal(e.text, "password_file: ", 15);
		assert_null(strstr(e.text, SECRET));
		assert_int_equal(out.len, 0);
	} else {
		if (r == -1)
			fail_msg("%s", e.text);
		assert_string_equal(buf_str(&out), want);
	}
	buf_free(&out);
}

/* As that user, in a child whose failure is told by its exit status. */
static void
find_as(uid_t user, const char *path, const char *want, const char *error)
{
	int status;
	pid_t pid;

	if (user == geteuid()) {
		find(path, want, error);
		return;
	}
	pid = fork();
	if (pid == 0) {
		struct cred_params p = { .password_file = path };
		struct buf out = BUF_MAX(1000);
		struct err e = ERR_INIT;
		int r;

		if (setgid(user) == -1 || setuid(user) == -1)
			_exit(2);
		r = cred_password(&p, &out, &e);
		if (want != NULL ? r == -1 || strcmp(buf_str(&out), want) != 0 :
		    r == 0 || strstr(e.text, error) == NULL) {
			fprintf(stderr, "%s\n", e.text);
			_exit(1);
		}
		buf_free(&out);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
test_file(void **state)
{
	const struct file_row *r = *state;
	const char *real = path_of(r->place == CREDENTIALS ? secrets : folder,
	    "word"), *path = real;

	forget();
	if (geteuid() != 0 && (r->owner != 0 || r->user != 0))
		skip();
	make(real, r->text, r->n, r->mode);
	if (geteuid() == 0)
		assert_int_equal(chown(real, r->owner, r->owner), 0);
	setenv("CREDENTIALS_DIRECTORY", secrets, 1);
	if (r->place == LINKED) {
		path = path_of(folder, "link");
		unlink(path);
		assert_int_equal(symlink("word", path), 0);
	} else if (r->place == OUT_OF_IT)
		path = path_of(secrets, "../word");
	find_as(geteuid() == 0 ? r->user : geteuid(), path, r->want,
	    r->error);
	if (r->place == CREDENTIALS)		/* and by its name */
		find_as(geteuid() == 0 ? r->user : geteuid(), "word", r->want,
		    r->error);
	unlink(real);
}

static void
test_no_file(void **state)
{
	(void)state;
	forget();
	find("no-such-secret", NULL, "no no-such-secret in /run/secrets, and "
	    "$CREDENTIALS_DIRECTORY is not set");
	setenv("CREDENTIALS_DIRECTORY", "relative", 1);
	find("no-such-secret", NULL, "no no-such-secret in ");
	setenv("CREDENTIALS_DIRECTORY", secrets, 1);
	find("no-such-secret", NULL, "or /run/secrets");
	find(path_of(folder, "none"), NULL, "/none: no such file");
	find(folder, NULL, "not a regular file");
}

/* Every copy is wiped where the kernel shows it, and none is inherited. */
static void
test_env(void **state)
{
	char first[] = "SMTP_WORD=" SECRET, second[] = "SMTP_WORD=other";
	char near[] = "SMTP_WORD2=stays";
	char *mine[] = { near, first, second, NULL }, **before = environ;
	struct cred_params p = { .password_env = "SMTP_WORD" };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	(void)state;
	forget();
	environ = mine;
	secretenv_take("SMTP_WORD");
	secretenv_take("SMTP_WORD");
	secretenv_take("SMTP_NONE");
	assert_null(getenv("SMTP_WORD"));
	assert_string_equal(getenv("SMTP_WORD2"), "stays");
	environ = before;
	assert_memory_equal(first, "SMTP_WORD=\0\0\0\0\0\0\0", sizeof(first));
	assert_memory_equal(second, "SMTP_WORD=\0\0\0\0\0", sizeof(second));
	assert_int_equal(cred_password(&p, &out, &e), 0);
	assert_string_equal(buf_str(&out), SECRET);
	buf_clear(&out);
	secretenv_forget();
	assert_int_equal(cred_password(&p, &out, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, "password_env: the variable SMTP_WORD is "
	    "not set");
	buf_free(&out);
}

static void
test_env_untaken(void **state)
{
	struct cred_params p = { .password_env = "SMTP_WORD" };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	(void)state;
	forget();
	setenv("SMTP_WORD", SECRET, 1);
	assert_int_equal(cred_password(&p, &out, &e), 0);
	assert_string_equal(buf_str(&out), SECRET);
	setenv("SMTP_WORD", "", 1);
	buf_clear(&out);
	assert_int_equal(cred_password(&p, &out, &e), -1);
	assert_string_equal(e.text, "password_env: it is empty (the variable "
	    "SMTP_WORD)");
	buf_free(&out);
}

static const struct netrc_row {
	const char	*name;
	const char	*netrc, *authinfo;
	mode_t		 mode;
	const char	*want, *where;	/* NULL: an error */
	const char	*error;
} netrcs[] = {
	{ "in .netrc", "machine mx login ann password a\n", NULL, 0600, "a",
	    "~/.netrc:1", NULL },
	{ "in .authinfo", NULL, "\nmachine mx login ann password b port "
	    "465\n", 0600, "b", "~/.authinfo:2", NULL },
	{ ".netrc goes first", "machine mx login ann password a\n",
	    "machine mx login ann password b\n", 0600, "a", "~/.netrc:1",
	    NULL },
	{ "the other where it is for others", "machine y login ann password "
	    "a\n", "machine mx login ann password b\n", 0600, "b",
	    "~/.authinfo:1", NULL },
	{ "for another port", NULL, "machine mx login ann password b port "
	    "587\n", 0600, NULL, NULL, "no ~/.netrc; no entry in ~/.authinfo; "
	    "no /etc/netrc" },
	{ "all may read it", "machine mx login ann password " SECRET "\n",
	    NULL, 0644, NULL, NULL, "~/.netrc:1 has the password: others can "
	    "read " },
	{ "all may read it, and it is for others",
	    "machine y login ann password " SECRET "\n", NULL, 0644, NULL,
	    NULL, "no password for user ann (no entry in ~/.netrc; no "
	    "~/.authinfo; " },
	{ "all may read it, and the other has it",
	    "machine y login ann password x\n",
	    "machine mx login ann password b\n", 0644, NULL, NULL,
	    "~/.authinfo:1 has the password: " },
	{ "neither", NULL, NULL, 0600, NULL, NULL, "no password for user ann "
	    "(no ~/.netrc; no ~/.authinfo; no /etc/netrc; no terminal to ask "
	    "on); set " },
};

static void
test_netrc(void **state)
{
	const struct netrc_row *r = *state;
	struct cred_found found;
	struct cred_params p = { .user = "ann", .host = "mx", .port = 465,
	    .netrc = 1, .found = &found };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	forget();
	if (r->netrc != NULL)
		make(path_of(home, ".netrc"), r->netrc, strlen(r->netrc),
		    r->mode);
	if (r->authinfo != NULL)
		make(path_of(home, ".authinfo"), r->authinfo,
		    strlen(r->authinfo), r->mode);
	if (cred_password(&p, &out, &e) == 0) {
		assert_non_null(r->want);
		assert_string_equal(buf_str(&out), r->want);
		assert_int_equal(found.source, CRED_NETRC);
		assert_string_equal(found.where, r->where);
	} else {
		assert_null(r->want);
		assert_int_equal(e.kind, ERR_CONFIG);
		if (strstr(e.text, r->error) == NULL)
			fail_msg("%s", e.text);
		assert_null(strstr(e.text, SECRET));
		assert_int_equal(out.len, 0);
	}
	buf_free(&out);
	unlink(path_of(home, ".netrc"));
	unlink(path_of(home, ".authinfo"));
}

static int
ask(void *arg, const struct cred_params *p, struct buf *out, struct err *e)
{
	(void)p;
	(void)e;
	if (*(int *)arg == 0)
		return 0;
	return buf_adds(out, "typed") == 0 ? 1 : -1;
}

static int
at_terminal(void *arg)
{
	return *(int *)arg;
}

static const struct ask_row {
	const char	*name;
	const char	*require;	/* NULL: not set */
	int		 display, terminal;
	int		 asks;		/* the window */
} asks[] = {
	{ "a display, no terminal", NULL, 1, 0, 1 },
	{ "a display and a terminal", NULL, 1, 1, 0 },
	{ "no display", NULL, 0, 0, 0 },
	{ "no display, a terminal", NULL, 0, 1, 0 },
	{ "never", "never", 1, 0, 0 },
	{ "preferred", "prefer", 1, 1, 1 },
	{ "preferred, in capitals", "Prefer", 1, 1, 1 },
	{ "preferred without a display", "prefer", 0, 1, 0 },
	{ "forced without a display", "force", 0, 1, 1 },
	{ "forced", "force", 1, 0, 1 },
	{ "an unknown wish", "maybe", 1, 1, 0 },
};

static void
test_ask(void **state)
{
	const struct ask_row *r = *state;
	int terminal = r->terminal;
	struct cred_found found;
	struct cred_params p = { .user = "ann", .host = "mx",
	    .deadline = clock_in(60000), .ask = ask,
	    .at_terminal = at_terminal, .arg = &terminal, .found = &found };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	forget();
	setenv("SSH_ASKPASS", path_of(folder, "askpass"), 1);
	if (r->display)
		setenv(r->terminal ? "DISPLAY" : "WAYLAND_DISPLAY", ":7", 1);
	if (r->require != NULL)
		setenv("SSH_ASKPASS_REQUIRE", r->require, 1);
	assert_int_equal(cred_password(&p, &out, &e),
	    r->asks || r->terminal ? 0 : -1);
	if (r->asks || r->terminal) {
		assert_string_equal(buf_str(&out), r->asks ?
		    "1 password for ann at mx: " : "typed");
		assert_int_equal(found.source, r->asks ? CRED_ASKPASS :
		    CRED_TERMINAL);
	}
	buf_free(&out);
}

static const struct program_row {
	const char	*name;
	const char	*ours, *ssh;	/* the variables */
	const char	*what;		/* NULL: the password */
	const char	*want;		/* NULL: an error */
	const char	*error;
} programs[] = {
	{ "ssh's", NULL, "askpass", NULL, "1 password for ann at mx: ",
	    NULL },
	{ "ours goes first", "askpass", "fails", NULL,
	    "1 password for ann at mx: ", NULL },
	{ "empty is none", "", "askpass", NULL, "1 password for ann at mx: ",
	    NULL },
	{ "for something else", "askpass", NULL, "PIN of the key", "1 PIN of "
	    "the key: ", NULL },
	{ "given up", "fails", NULL, NULL, NULL, "askpass: exit status 1 (" },
	{ "silent", "/bin/true", NULL, NULL, NULL, "askpass said nothing (" },
	{ "not there", "none", NULL, NULL, NULL,
	    "askpass: exit status 127: No such file or directory (" },
};

static const char *
program_of(const char *name)
{
	return name[0] == '/' || name[0] == '\0' ? name :
	    path_of(folder, name);
}

static void
test_program(void **state)
{
	const struct program_row *r = *state;
	int terminal = 0;
	struct cred_params p = { .user = "ann", .host = "mx",
	    .deadline = clock_in(60000), .what = r->what, .ask = ask,
	    .arg = &terminal };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	forget();
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
	if (r->ours != NULL)
		setenv("POSTHORN_ASKPASS", program_of(r->ours), 1);
	if (r->ssh != NULL)
		setenv("SSH_ASKPASS", program_of(r->ssh), 1);
	if (cred_password(&p, &out, &e) == 0) {
		assert_non_null(r->want);
		assert_string_equal(buf_str(&out), r->want);
	} else {
		assert_null(r->want);
		assert_int_equal(e.kind, ERR_TEMP);
		if (strstr(e.text, r->error) == NULL)
			fail_msg("%s", e.text);
	}
	buf_free(&out);
}

/* Where no keyring can be: the run goes on unless it must be there. */
static const struct keyring_row {
	const char		*name;
	enum cred_keyring	 keyring;
	const char		*variable, *value;
	int			 want;
	const char		*error;
} keyrings[] = {
	{ "off", CRED_KEYRING_OFF, NULL, NULL, 0, NULL },
	{ "no bus", CRED_KEYRING_AUTO, NULL, NULL, 0, NULL },
	{ "a bus that would be started", CRED_KEYRING_AUTO,
	    "DBUS_SESSION_BUS_ADDRESS", "autolaunch:", 0, NULL },
	{ "no bus in the folder", CRED_KEYRING_AUTO, "XDG_RUNTIME_DIR",
	    "/nonexistent", 0, NULL },
	{ "a bus that is not there", CRED_KEYRING_AUTO,
	    "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", 0, NULL },
	{ "no bus, and it must be", CRED_KEYRING_ON, NULL, NULL, -1,
	    "keyring: " },
	{ "one that is not there, and must be", CRED_KEYRING_ON,
	    "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", -1,
	    "keyring: " },
};

static void
test_keyring(void **state)
{
	const struct keyring_row *r = *state;
	int terminal = 1;
	struct cred_found found;
	struct cred_params p = { .keyring = r->keyring, .user = "ann",
	    .host = "mx", .deadline = clock_in(60000), .ask = ask,
	    .arg = &terminal, .found = &found };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	forget();
	if (r->variable != NULL)
		setenv(r->variable, r->value, 1);
	assert_int_equal(cred_password(&p, &out, &e), r->want);
	if (r->want == -1) {
		assert_int_equal(found.source, CRED_KEYRING);
		assert_memory_equal(e.text, r->error, strlen(r->error));
	} else
		assert_string_equal(buf_str(&out), "typed");
	buf_free(&out);
}

/* All are there, and are taken away one by one. */
static void
test_order(void **state)
{
	static const char *const want[] = { "configured", "evaluated",
	    "filed", "inherited", "kept", "1 password for ann at mx: ",
	    "typed" };
	int terminal = 1;
	struct cred_params p = { .password = "configured",
	    .passwordeval = "echo evaluated", .password_file =
	    path_of(folder, "filed"), .password_env = "SMTP_WORD",
	    .netrc = 1, .user = "ann", .host = "mx", .ask = ask,
	    .arg = &terminal, .deadline = clock_in(60000) };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	forget();
	make(p.password_file, LIT("filed"), 0600);
	make(path_of(home, ".netrc"), LIT("default password kept"), 0600);
	setenv("SMTP_WORD", "inherited", 1);
	setenv("SSH_ASKPASS", path_of(folder, "askpass"), 1);
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
	for (i = 0; i < COUNT(want); i++) {
		buf_clear(&out);
		assert_int_equal(cred_password(&p, &out, &e), 0);
		assert_string_equal(buf_str(&out), want[i]);
		switch (i) {
		case 0: p.password = NULL; break;
		case 1: p.passwordeval = NULL; break;
		case 2: p.password_file = NULL; break;
		case 3: p.password_env = NULL; break;
		case 4: p.netrc = 0; break;
		default: unsetenv("SSH_ASKPASS"); break;
		}
	}
	buf_free(&out);
	unlink(path_of(folder, "filed"));
	unlink(path_of(home, ".netrc"));
}

/* Of something that is no login the error has the right words. */
static void
test_prefix(void **state)
{
	struct cred_params p = { .prefix = "tls_key_", .what =
	    "passphrase of /x", .account = "work" };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	(void)state;
	forget();
	assert_int_equal(cred_password(&p, &out, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, "no passphrase of /x (no terminal to ask "
	    "on); set \"tls_key_password_file\" or \"tls_key_passwordeval\" in "
	    "the account");
	p.password_file = "/nonexistent/word";
	assert_int_equal(cred_password(&p, &out, &e), -1);
	assert_string_equal(e.text, "tls_key_password_file: "
	    "/nonexistent/word: no such file");
	buf_free(&out);
}

int
main(void)
{
	int failed;

	strlcpy(folder, "/tmp/posthorn-sources.XXXXXX", sizeof(folder));
	if (mkdtemp(folder) == NULL)
		return 99;
	snprintf(secrets, sizeof(secrets), "%s/secrets", folder);
	snprintf(home, sizeof(home), "%s/home", folder);
	if (chmod(folder, 0755) == -1 || mkdir(secrets, 0755) == -1 ||
	    mkdir(home, 0755) == -1)
		return 99;
	setenv("HOME", home, 1);
	make(path_of(folder, "askpass"),
	    LIT("#!/bin/sh\necho \"$# $1\"\necho more\n"), 0755);
	make(path_of(folder, "fails"), LIT("#!/bin/sh\nexit 1\n"), 0755);
	UNIT_ROWS(files, test_file);
	UNIT_TEST(test_no_file);
	UNIT_TEST(test_env);
	UNIT_TEST(test_env_untaken);
	UNIT_ROWS(netrcs, test_netrc);
	UNIT_ROWS(asks, test_ask);
	UNIT_ROWS(programs, test_program);
	UNIT_ROWS(keyrings, test_keyring);
	UNIT_TEST(test_order);
	UNIT_TEST(test_prefix);
	failed = unit_run("sources");
	forget();
	unlink(path_of(folder, "askpass"));
	unlink(path_of(folder, "fails"));
	unlink(path_of(folder, "link"));
	rmdir(secrets);
	rmdir(home);
	rmdir(folder);
	return failed;
}
