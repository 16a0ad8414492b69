#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/str.h"
#include "net/knownfile.h"

#define LOCK_MS		10000
#define READ_SIZE	4096

/* An error that begins with the path. */
static int
about(const char *path, struct err *e, enum err_kind kind, const char *why)
{
	return err_set(e, kind, "%s: %s", str_shown(path, strlen(path)), why);
}

static const char *
name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int
read_all(struct buf *text, int fd, const char *path, struct err *e)
{
	ssize_t n;
	char *room;

	for (;;) {
		room = buf_room(text, READ_SIZE);
		if (room == NULL)
			return about(path, e, ERR_CONFIG, "it is too large");
		n = read(fd, room, READ_SIZE);
		if (n == 0)
			return 0;
		if (n > 0)
			buf_took(text, (size_t)n);
		else if (errno != EINTR)
			return about(path, e, ERR_IO, strerror(errno));
	}
}

/* Who could write to it could have us trust anybody. */
static int
check_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return about(path, e, ERR_IO, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return about(path, e, ERR_CONFIG, "not a regular file");
	if (folder_ours(&st, S_IWGRP | S_IWOTH))
		return 0;
	return about(path, e, ERR_CONFIG, "it is not ours alone: make it "
	    "yours, and chmod go-w it, if you know all that is in it");
}

static int
load(int dir, const char *path, struct buf *text, struct err *e)
{
	int r, fd = openat(dir, name_of(path), O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return errno == ENOENT ? 0 : about(path, e, ERR_CONFIG,
		    errno == ELOOP ? "it is a link" : strerror(errno));
	r = check_file(fd, path, e);
	if (r == 0)
		r = read_all(text, fd, path, e);
	close(fd);
	if (r == 0 && knownhosts_check(buf_str(text), text->len, e) == -1)
		r = err_prefix(e, "%s:", str_shown(path, strlen(path)));
	if (r == -1 && e->kind == ERR_CONFIG)
		err_suffix(e, "; no key in it is trusted");
	return r;
}

/* Why there is no folder to look into, or to write to. */
static int
no_folder(const char *path, struct err *e, enum err_kind kind)
{
	return about(path, e, errno == EPERM ? ERR_CONFIG : kind,
	    errno == EPERM ? "its folder is not ours alone: make it yours, "
	    "and chmod go-w it" : strerror(errno));
}

int
knownfile_read(const char *path, struct buf *text, struct err *e)
{
	int r, dir = folder_open(path, 0);

	buf_clear(text);
	if (dir == -1)
		return errno == ENOENT ? 0 : no_folder(path, e, ERR_CONFIG);
	r = load(dir, path, text, e);
	close(dir);
	return r;
}

/* The new text in the place of the old one. */
static int
put_file(int dir, const char *path, const struct buf *old,
    const struct knownhosts_change *c, struct err *e)
{
	struct buf new = BUF_MAX(KNOWNHOSTS_MAX - READ_SIZE);
	int r = knownhosts_edit(&new, buf_str(old), old->len, c);

	if (r == -1)
		about(path, e, ERR_IO, "it would become too large");
	else if (r == 1 && folder_put(dir, name_of(path), &new, 1) == -1)
		r = about(path, e, ERR_IO, strerror(errno));
	buf_free(&new);
	return r == -1 ? -1 : 0;
}

static int
change_in(int dir, const char *path, const struct knownhosts_change *c,
    struct err *e)
{
	struct buf lock = BUF_MAX(256), text = BUF_MAX(KNOWNHOSTS_MAX);
	int fd, r;

	buf_addf(&lock, "%s.lock", name_of(path));
	fd = folder_lock(dir, buf_str(&lock), clock_in(LOCK_MS));
	buf_free(&lock);
	if (fd == -1)
		return errno == EWOULDBLOCK ? about(path, e, ERR_TEMP,
		    "locked by another process") : about(path, e, ERR_CREATE,
		    strerror(errno));
	r = load(dir, path, &text, e);
	if (r == 0)
		r = put_file(dir, path, &text, c, e);
	close(fd);
	buf_free(&text);
	return r;
}

int
knownfile_change(const char *path, const struct knownhosts_change *c,
    struct err *e)
{
	int r, dir = folder_open(path, 0);

	if (dir == -1 && errno == ENOENT) {
		folder_make(path);
		dir = folder_open(path, 0);
	}
	if (dir == -1)
		return no_folder(path, e, ERR_CREATE);
	r = change_in(dir, path, c, e);
	close(dir);
	return r;
}
