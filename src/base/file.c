#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define READ_SIZE	4096
#define LOCK_WAIT_MS	1000
#define LOCK_STEP_MS	10

/* In one go if it is as large as it says, and with a look for more. */
static int
fill(struct buf *b, int fd, const char *path, off_t size, struct err *e)
{
	size_t end, want;
	ssize_t n;

	end = size > 0 && (uintmax_t)size < b->max - b->len ?
	    b->len + (size_t)size + 1 : 0;
	for (;;) {
		want = end > b->len ? end - b->len : READ_SIZE;
		if (want > b->max - b->len)
			want = b->max - b->len;
		if (want == 0)
			return err_set(e, ERR_DATA, "%s: over %zu bytes",
			    str_shown(path, strlen(path)), b->max - 1);
		n = read(fd, buf_room(b, want), want);
		if (n == 0)
			return 0;
		if (n > 0)
			buf_took(b, (size_t)n);
		else if (errno != EINTR)
			return err_set(e, ERR_IO, "%s: %s",
			    str_shown(path, strlen(path)), strerror(errno));
	}
}

int
file_read(struct buf *b, const char *path, struct stat *st, struct err *e)
{
	struct stat mine;
	int fd, r, why;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return err_set(e, errno == ENOENT || errno == ENOTDIR ?
		    ERR_NOINPUT : ERR_CONFIG, "%s: %s",
		    str_shown(path, strlen(path)), strerror(errno));
	if (st == NULL)
		st = &mine;
	if (fstat(fd, st) == -1)
		r = err_set(e, ERR_IO, "%s: %s",
		    str_shown(path, strlen(path)), strerror(errno));
	else if (!S_ISREG(st->st_mode))
		r = err_set(e, ERR_CONFIG, "%s: not a regular file",
		    str_shown(path, strlen(path)));
	else
		r = fill(b, fd, path, st->st_size, e);
	why = errno;
	close(fd);
	errno = why;
	return r;
}

int
file_private(const struct stat *st)
{
	return (st->st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
	    (st->st_uid == geteuid() || st->st_uid == 0);
}

/* flock() has no deadline of its own. */
static int
lock(int fd)
{
	int64_t end = clock_in(LOCK_WAIT_MS);

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK || clock_left(end) == 0)
			return -1;
		poll(NULL, 0, LOCK_STEP_MS);
	}
	return 0;
}

int
file_append(const char *path, const char *text, size_t n, struct err *e)
{
	int fd, r = 0;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK, 0600);
	if (fd == -1)
		return err_set(e, ERR_CREATE, "%s: %s", path, strerror(errno));
	if (lock(fd) == -1)
		r = err_set(e, ERR_TEMP, "%s: locked by another process", path);
	else if (file_write_all(fd, text, n) == -1)
		r = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (close(fd) == -1 && r == 0)
		r = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	return r;
}

int
file_write_all(int fd, const void *p, size_t n)
{
	const char *s = p;
	ssize_t w;

	while (n > 0) {
		w = write(fd, s, n);
		if (w == -1 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

/* One that is relative is another one in every folder, whoever's that is. */
static const char *
home_folder(void)
{
	const char *home = getenv("HOME");
	struct passwd *pw;

	if (home != NULL && home[0] == '/')
		return home;
	pw = getpwuid(getuid());
	return pw != NULL && pw->pw_dir[0] == '/' ? pw->pw_dir :
	    "/nonexistent";
}

char *
file_home(const char *path)
{
	struct buf b = BUF_MAX(65536);
	const char *home;
	char *r;

	if (path[0] != '~' || (path[1] != '/' && path[1] != '\0'))
		return mem_str(path);
	home = home_folder();
	buf_addf(&b, "%s%s", home, path + 1);
	r = mem_str(buf_str(&b));
	buf_free(&b);
	return r;
}
