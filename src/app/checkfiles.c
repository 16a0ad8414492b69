#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/checkfiles.h"
#include "app/ticket.h"
#include "base/argv.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/show.h"

#define STEP		"permissions"
#define PATH_ROOM	8192

enum need {
	NEED_READ, NEED_ALIASES, NEED_SECRET,	/* not for others to read */
	NEED_APPEND, NEED_CONNECT, NEED_SHELL, NEED_PROGRAM
};

static const struct file {
	const char	*keyword;
	enum need	 need;
} files[] = {
	{ "tls_trust_file", NEED_READ }, { "tls_crl_file", NEED_READ },
	{ "tls_cert_file", NEED_READ }, { "tls_key_file", NEED_SECRET },
	{ "tls_key_password_file", NEED_SECRET },
	{ "password_file", NEED_SECRET }, { "aliases", NEED_ALIASES },
	{ "logfile", NEED_APPEND }, { "socket", NEED_CONNECT },
	{ "passwordeval", NEED_SHELL }, { "tls_key_passwordeval", NEED_SHELL },
	{ "connect_command", NEED_PROGRAM },
};

/* As whoever runs this would be let, in effect. */
static int
may(const char *path, int how)
{
	return faccessat(AT_FDCWD, path, how, AT_EACCESS) == 0;
}

void
checkfiles_config(const struct config *c)
{
	struct err e = ERR_INIT;
	struct stat st;
	size_t i;

	for (i = 0; i < c->nfile; i++) {
		if (stat(c->file[i], &st) == -1)
			continue;
		if (file_safe(c->file[i], &st, FILE_CONFIG, &e) == -1)
			mark_step(MARK_CARE, STEP, MARK_NO_TIME, "%s", e.text);
		else
			mark_step(MARK_GOOD, STEP, MARK_NO_TIME,
			    "%s: mode %03o, uid %u", str_text(c->file[i]),
			    (unsigned)st.st_mode & 0777, (unsigned)st.st_uid);
	}
}

/* The folder that a path is in, or that would be made for it: the first that is
 * there.  Owned by the caller. */
static char *
folder_of(const char *path)
{
	char *dir = mem_str(path), *slash;

	while ((slash = strrchr(dir, '/')) != NULL) {
		slash[slash == dir] = '\0';
		if (access(dir, F_OK) == 0 || slash == dir)
			return dir;
	}
	free(dir);
	return mem_str(".");
}

/* Returns what is wrong, or NULL. */
static const char *
cannot_write(const char *path)
{
	char *dir;
	int ok;

	if (may(path, W_OK))
		return NULL;
	if (errno != ENOENT)
		return strerror(errno);
	dir = folder_of(path);
	ok = may(dir, W_OK | X_OK);
	free(dir);
	return ok ? NULL : "it is not there, and cannot be made";
}

/* The same of a file whose folder nobody makes. */
static const char *
cannot_append(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int there;

	if (slash == NULL || slash == path)
		return cannot_write(path);
	dir = mem_strn(path, (size_t)(slash - path));
	there = access(dir, F_OK) == 0;
	free(dir);
	return there || errno != ENOENT ? cannot_write(path) :
	    "its folder is not there; make it";
}

/* A name for GnuTLS ("pkcs11:..."), or no file at all. */
static int
is_no_path(const char *text)
{
	return text[0] == '\0' || strcmp(text, "-") == 0 ||
	    text[strcspn(text, ":/")] == ':';
}

/* Where a service's secrets are mounted, only the service knows. */
static int
is_mounted(const struct file *f, const char *text)
{
	return f->need == NEED_SECRET && strchr(text, '/') == NULL;
}

static int
is_secret_safe(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return 1;
	if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_CONFIG, "not a regular file");
		return 0;
	}
	return file_safe(path, &st, file_secret_kind(path, &st), e) == 0;
}

static int
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && may(path, X_OK);
}

/* Does PATH have it?  What has a slash is looked for nowhere else, and nothing
 * between two colons of PATH is the folder that we are in. */
static int
has_program(const char *name, size_t n)
{
	const char *p = getenv("PATH");
	struct buf path = BUF_MAX(PATH_ROOM);
	size_t len;
	int found = 0;

	if (memchr(name, '/', n) != NULL) {
		buf_add(&path, name, n);
		found = is_program(buf_str(&path));
		p = NULL;
	} else if (p == NULL)
		p = "/usr/bin:/bin";
	for (; p != NULL && !found; p = p[len] == ':' ? p + len + 1 : NULL) {
		len = strcspn(p, ":");
		buf_clear(&path);
		buf_addf(&path, "%.*s/%.*s", len > 0 ? (int)len : 1,
		    len > 0 ? p : ".", (int)n, name);
		found = is_program(buf_str(&path));
	}
	buf_free(&path);
	return found;
}

/* Of a line for the shell the length of the first word, if it is as plain as a
 * program's name is, or 0; what the shell knows by itself is no file. */
static size_t
shell_word(const char *line)
{
	static const char *const own[] = { "cd", "echo", "eval", "exec",
	    "printf", "read", "set", "test", "command", "exit", "if", "for" };
	size_t i, n = strcspn(line, " \t;|&<>()$`\"'\\=*?[#~{}!");

	if (line[n] != '\0' && strchr(" \t;|&<>", line[n]) == NULL)
		return 0;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strlen(own[i]) == n && memcmp(own[i], line, n) == 0)
			return 0;
	return n;
}

static const char *
no_shell_program(const char *line)
{
	static char text[PATH_ROOM / 8];
	size_t n = shell_word(line);

	if (n == 0 || has_program(line, n))
		return NULL;
	snprintf(text, sizeof(text), "%s cannot be run",
	    memchr(line, '/', n) != NULL ? str_shown(line, n) :
	    "its program");
	return text;
}

static const char *
no_program(const char *line)
{
	struct argv argv = ARGV_INIT;
	struct err ignored = ERR_INIT;
	const char *why = NULL;

	if (argv_split(&argv, line, &ignored) == 0 &&
	    !has_program(argv.word[0], strlen(argv.word[0])))
		why = "its program cannot be run";
	argv_free(&argv);
	return why;
}

/* Returns what is wrong, or NULL. */
static const char *
judge(const struct file *f, const char *text, struct err *e)
{
	switch (f->need) {
	case NEED_READ:
	case NEED_ALIASES:
		return may(text, R_OK) ? NULL : strerror(errno);
	case NEED_SECRET:
		if (!may(text, R_OK))
			return strerror(errno);
		return is_secret_safe(text, e) ? NULL : e->text;
	case NEED_APPEND:
		return cannot_append(text);
	case NEED_CONNECT:
		return may(text, W_OK) ? NULL : strerror(errno);
	case NEED_SHELL:
		return no_shell_program(text);
	case NEED_PROGRAM:
		return no_program(text);
	}
	return NULL;
}

static int
is_command(const struct file *f)
{
	return f->need == NEED_SHELL || f->need == NEED_PROGRAM;
}

/* Commands may have secrets in them, and nobody runs one to see. */
static const char *
about(const struct file *f, const char *text)
{
	if (!is_command(f))
		return str_text(text);
	return f->need == NEED_PROGRAM || shell_word(text) > 0 ?
	    "its program can be run" : "is the shell's";
}

static void
say(const struct account *a, const struct file *f, const char *text,
    const char *why, enum mark bad)
{
	const char *gap = is_command(f) ? "" : " ";
	const char *what = is_command(f) ? "" : str_text(text);
	char where[512];

	if (why == NULL)
		mark_step(MARK_GOOD, STEP, MARK_NO_TIME, "%s%s %s", f->keyword,
		    is_command(f) ? ":" : "", about(f, text));
	else
		mark_step(bad, STEP, MARK_NO_TIME, "%s%s%s: %s; set %s",
		    f->keyword, gap, what, why, account_place(a, f->keyword,
		    where, sizeof(where)));
}

static size_t
check_file(const struct account *a, const struct file *f, enum mark bad)
{
	const char *text = show_text(a, f->keyword), *why;
	struct err e = ERR_INIT;

	if (text == NULL || (!is_command(f) && is_no_path(text)))
		return 0;
	if (is_mounted(f, text)) {
		mark_step(MARK_UNTRIED, STEP, MARK_NO_TIME, "%s %s: looked "
		    "for where secrets are mounted", f->keyword,
		    str_text(text));
		return 0;
	}
	if (f->need == NEED_APPEND)	/* it goes without */
		bad = MARK_CARE;
	if (f->need == NEED_ALIASES)	/* the way to the server is silent */
		bad = MARK_BAD;
	why = judge(f, text, &e);
	say(a, f, text, why, bad);
	return why != NULL && bad == MARK_BAD;
}

/* Where what is known of servers is kept: TLS sessions, for one. */
static void
check_state(const struct account *a)
{
	char *path = ticket_path(a, "x", 0);
	const char *why;

	if (path == NULL)
		return;
	*strrchr(path, '/') = '\0';
	why = cannot_write(path);
	if (why == NULL)
		mark_step(MARK_GOOD, STEP, MARK_NO_TIME, "state folder %s",
		    str_text(path));
	else
		mark_step(MARK_CARE, STEP, MARK_NO_TIME, "state folder %s: "
		    "%s; no TLS session is kept", str_text(path), why);
	free(path);
}

size_t
checkfiles_account(const struct account *a, enum mark bad)
{
	size_t i, n = 0;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		n += check_file(a, &files[i], bad);
	check_state(a);
	return n;
}
