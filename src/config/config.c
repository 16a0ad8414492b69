#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "config/confparse.h"
#include "config/keyword.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR	"/etc"
#endif

#define SYSTEM_FILE	SYSCONFDIR "/posthorn/config"
#define NAMES_MAX	400		/* bytes of account names in an error */

static const char example[] = "write lines such as "
    "\"account default\", \"host smtp.example.org\" and \"from "
    "you@example.org\"; see posthorn.conf(5)";

enum found { FOUND_FAILED = -1, FOUND_NONE, FOUND_DENIED, FOUND_READ };

/* The one file of -C or the environment, or NULL; "" is no file. */
static const char *
only_file(const char *only)
{
	if (only != NULL)
		return only;
	only = getenv("POSTHORN_CONFIG");
	return only != NULL && only[0] != '\0' ? only : NULL;
}

/* $XDG_CONFIG_HOME counts only when it is absolute, as its standard says. */
static char *
user_file(void)
{
	const char *dir = getenv("XDG_CONFIG_HOME");
	struct buf b = BUF_MAX(65536);
	char *path;

	if (dir == NULL || dir[0] != '/')
		return file_home("~/.config/posthorn/config");
	buf_addf(&b, "%s/posthorn/config", dir);
	path = mem_str(buf_str(&b));
	buf_free(&b);
	return path;
}

static const char *
my_name(void)
{
	struct passwd *pw = getpwuid(geteuid());

	return pw != NULL ? pw->pw_name : "nobody";
}

static int
check_private(const char *path, const struct stat *st, struct err *e)
{
	const char *shown = str_shown(path, strlen(path));

	if (file_private(st))
		return 0;
	return err_set(e, ERR_CONFIG, "%s holds a password and others can "
	    "read it; run: chmod 600 %s", shown, shown);
}

/* Such as the shell makes of -C <(command). */
static void
advise_on_pipe(const struct stat *st, struct err *e)
{
	if (S_ISFIFO(st->st_mode))
		err_suffix(e, " but a pipe; write it to a file that only you "
		    "can read, and name that");
}

/* Why there is nothing in the buffer; *e is file_read()'s. */
static enum found
not_read(const char *path, int why, struct err *e)
{
	if (e->kind == ERR_NOINPUT)
		return FOUND_NONE;
	if (e->kind == ERR_DATA)
		e->kind = ERR_CONFIG;
	if (e->kind != ERR_CONFIG || (why != EACCES && why != EPERM))
		return FOUND_FAILED;
	err_set(e, ERR_CONFIG, "%s: permission denied for user %s",
	    str_shown(path, strlen(path)), my_name());
	return FOUND_DENIED;
}

static enum found
read_file(struct config *c, const char *path, struct err *e)
{
	struct buf text = BUF_SECRET(CONFIG_SIZE_MAX + 1);
	enum found found = FOUND_FAILED;
	struct stat st = { 0 };

	errno = 0;
	if (file_read(&text, path, &st, e) == -1) {
		found = not_read(path, errno, e);
		advise_on_pipe(&st, e);
		goto out;
	}
	if (c->of_root && st.st_uid != 0) {
		err_set(e, ERR_CONFIG, "-C %s: by the name of sendmail only a "
		    "file of root's is taken; call posthorn",
		    str_shown(path, strlen(path)));
		goto out;
	}
	if (file_safe(path, &st, FILE_CONFIG, e) == -1)
		goto out;	/* before any command in it is run */
	if (confparse_text(c, path, buf_str(&text), text.len,
	    CONFPARSE_EVAL_YES, e) == -1)
		goto out;
	if (c->secret_line > 0 && check_private(path, &st, e) == -1)
		goto out;
	log_debug("configuration: %s", str_shown(path, strlen(path)));
	found = FOUND_READ;
out:
	buf_free(&text);
	return found;
}

static int
load_only(struct config *c, const char *path, const char *whence,
    int of_root, struct err *e)
{
	*c = (struct config){ .of_root = of_root };
	switch (read_file(c, path, e)) {
	case FOUND_READ:
		return 0;
	case FOUND_NONE:
		return err_set(e, ERR_CONFIG, "%s: no such file (%s)",
		    str_shown(path, strlen(path)), whence);
	case FOUND_DENIED:
	case FOUND_FAILED:
		break;
	}
	return -1;
}

/* The accounts from `first` on are the user's: they come first, and hide
 * those of the same name. */
static void
put_first(struct config *c, size_t first)
{
	struct account **old = c->account;
	size_t i, k, n = 0;

	if (first == 0)
		return;
	c->account = mem_new(c->n, sizeof(*c->account));
	for (i = first; i < c->n; i++)
		c->account[n++] = old[i];
	for (i = 0; i < first; i++) {
		for (k = first; k < c->n; k++)
			if (strcmp(old[i]->name, old[k]->name) == 0)
				break;
		if (k == c->n)
			c->account[n++] = old[i];
		else
			account_free(old[i]);
	}
	c->n = n;
	free(old);
}

/*
 * The system's file is read first, so that the user's accounts can inherit.
 * One that the user may not read is a fault only when there is no other.
 */
int
config_load_both(struct config *c, const char *user, const char *system,
    struct err *e)
{
	enum found theirs, mine;
	struct err denied = ERR_INIT;
	size_t first;

	*c = (struct config){ 0 };
	theirs = read_file(c, system, &denied);
	if (theirs == FOUND_FAILED) {
		*e = denied;
		return -1;
	}
	first = c->n;
	mine = read_file(c, user, e);
	if (mine == FOUND_FAILED || mine == FOUND_DENIED)
		return -1;
	put_first(c, first);
	if (mine == FOUND_READ || theirs == FOUND_READ)
		return 0;
	if (theirs == FOUND_DENIED) {
		*e = denied;
		return -1;
	}
	return err_set(e, ERR_CONFIG, "no configuration in %s or %s; %s",
	    str_shown(user, strlen(user)), system, example);
}

int
config_load(struct config *c, const char *only, struct err *e)
{
	const char *one = only_file(only);
	char *user;
	int r;

	if (one != NULL)
		return load_only(c, one, only != NULL ? "of -C" :
		    "of $POSTHORN_CONFIG", 0, e);
	user = user_file();
	r = config_load_both(c, user, SYSTEM_FILE, e);
	free(user);
	return r;
}

int
config_load_root(struct config *c, const char *only, struct err *e)
{
	return load_only(c, only, "of -C", 1, e);
}

int
config_empty(struct config *c)
{
	*c = (struct config){ 0 };
	c->account = mem_new(1, sizeof(*c->account));
	c->account[c->n++] = account_new("default");
	return 0;
}

const struct account *
config_account(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->account[i]->name, name) == 0)
			return c->account[i];
	return NULL;
}

/* " (there are: a, b)", as many as one line takes. */
static void
list_accounts(const struct config *c, struct err *e)
{
	const char *name, *before = "";
	struct buf b = BUF_MAX(NAMES_MAX);
	size_t i;

	for (i = 0; i < c->n; i++, before = ", ") {
		name = str_shown(c->account[i]->name,
		    strlen(c->account[i]->name));
		if (buf_addf(&b, "%s%s", before, name) == -1)
			break;
	}
	err_suffix(e, " (there are: %s%s)", buf_str(&b), i < c->n ? ", ..." :
	    "");
	buf_free(&b);
}

static int
no_accounts(const struct config *c, struct err *e)
{
	const char *file = c->nfile > 0 ? c->file[c->nfile - 1] : "";

	return err_set(e, ERR_CONFIG, "%s: there is no account in it; %s",
	    str_shown(file, strlen(file)), example);
}

void
config_no_account(const struct config *c, const char *name, struct err *e)
{
	const char **words = mem_new(c->n + 1, sizeof(*words));
	const char *near;
	size_t i;

	for (i = 0; i < c->n; i++)
		words[i] = c->account[i]->name;
	near = str_nearest(name, words, c->n);
	err_set(e, ERR_CONFIG, "no account \"%s\"",
	    str_shown(name, strlen(name)));
	if (c->n > 0)
		list_accounts(c, e);
	if (near != NULL)
		err_suffix(e, "; did you mean \"%s\"?",
		    str_shown(near, strlen(near)));
	free(words);
}

/* The first account that matches best, or NULL. */
static const struct account *
match(const struct config *c, const char *address)
{
	const struct account *best = NULL;
	int r, rank = 0;
	size_t i;

	if (address == NULL || address[0] == '\0' ||
	    strcmp(address, "<>") == 0)
		return NULL;
	for (i = 0; i < c->n; i++) {
		r = account_matches(c->account[i], address);
		if (r > rank) {
			rank = r;
			best = c->account[i];
		}
	}
	return best;
}

const struct account *
config_choose(const struct config *c, const char *sender,
    const char *header_from, struct err *e)
{
	const struct account *a;

	if ((a = match(c, sender)) != NULL ||
	    (a = match(c, header_from)) != NULL ||
	    (a = config_account(c, "default")) != NULL)
		return a;
	if (c->n == 1)
		return c->account[0];
	if (c->n == 0) {
		no_accounts(c, e);
		return NULL;
	}
	err_set(e, ERR_CONFIG, "no account is for this sender, and none is "
	    "called default; choose one with -a");
	list_accounts(c, e);
	return NULL;
}

int
config_set(struct account *a, const char *keyword, const char *value,
    struct err *e)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	if (k == NULL)
		return err_set(e, ERR_USAGE, "%s: unknown keyword",
		    str_shown(keyword, strlen(keyword)));
	if (keyword_set(a, k, value, e) == -1) {
		e->kind = ERR_USAGE;
		return -1;
	}
	a->origin[keyword_index(k)] = (struct origin){ NULL, 1, 0 };
	if (k->flags & KEYWORD_IDLE)
		log_debug("%s is not in effect in this version", k->name);
	return 0;
}

int
config_keyword_optional(const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	return k != NULL ? keyword_optional(k) : -1;
}

int
config_keyword_private(const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	return k != NULL && (k->flags & KEYWORD_PRIVATE) != 0;
}

const char *
config_keyword(size_t i, int *in_effect)
{
	const struct keyword *k = keyword_at(i);

	if (k == NULL)
		return NULL;
	*in_effect = (k->flags & KEYWORD_IDLE) == 0;
	return k->name;
}

static void
add_path(struct buf *b, const char *path)
{
	const char *state = "";

	if (access(path, R_OK) == -1)
		state = errno == EACCES ? " (permission denied)" :
		    " (not there)";
	buf_addf(b, "  %s%s\n", str_shown(path, strlen(path)), state);
}

void
config_paths(struct buf *b)
{
	const char *one = only_file(NULL);
	char *user;

	if (one != NULL) {
		add_path(b, one);
		return;
	}
	user = user_file();
	add_path(b, user);
	add_path(b, SYSTEM_FILE);
	free(user);
}

void
config_free(struct config *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		account_free(c->account[i]);
	for (i = 0; i < c->nfile; i++)
		free(c->file[i]);
	free(c->account);
	free(c->file);
	*c = (struct config){ 0 };
}
