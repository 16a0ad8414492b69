#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/mem.h"

#define LOCK_STEP_MS	10

int
folder_ours(const struct stat *st, mode_t forbidden)
{
	return st->st_uid == geteuid() && (st->st_mode & forbidden) == 0;
}

/* The path without its last part; to be freed. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	assert(slash != NULL);
	return slash == path ? mem_str("/") :
	    mem_strn(path, (size_t)(slash - path));
}

int
folder_open(const char *path, int flags)
{
	char *dir = folder_of(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	struct stat st;

	free(dir);
	if (fd != -1 && (fstat(fd, &st) == -1 ||
	    !folder_ours(&st, S_IWGRP | S_IWOTH))) {
		close(fd);
		fd = -1;
		errno = EPERM;
	}
	return fd;
}

void
folder_make(const char *path)
{
	char *dir = folder_of(path);
	size_t n = strlen(dir), at = n;
	struct stat st;
	int there;

	while ((there = stat(dir, &st)) == -1 && errno == ENOENT && at > 0) {
		do
			at--;
		while (at > 0 && dir[at] != '/');
		dir[at] = '\0';
	}
	if (there == 0 && st.st_uid == geteuid())
		while (at < n) {
			dir[at] = '/';
			at = strlen(dir);
			if (mkdir(dir, 0700) == -1 && errno != EEXIST)
				break;
		}
	free(dir);
}

static int
write_new(int dir, const char *name, const struct buf *text, int safe)
{
	int r, why, fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1)
		return -1;
	r = file_write_all(fd, buf_str(text), text->len);
	if (r == 0 && safe)
		r = fsync(fd);
	why = errno;
	if (close(fd) == -1 && r == 0)	/* NFS tells only now */
		return -1;
	errno = why;
	return r;
}

int
folder_put(int dir, const char *name, const struct buf *text, int safe)
{
	struct buf part = BUF_MAX(1024);
	int r, why;

	if (buf_addf(&part, ".%s.%ld", name, (long)getpid()) == -1) {
		errno = ENAMETOOLONG;
		return -1;
	}
	r = write_new(dir, buf_str(&part), text, safe);
	if (r == 0)
		r = renameat(dir, buf_str(&part), dir, name);
	if (r == 0 && safe)
		r = fsync(dir);
	why = errno;
	if (r == -1)			/* also one that a crash has left */
		unlinkat(dir, buf_str(&part), 0);
	errno = why;
	buf_free(&part);
	return r;
}

int
folder_lock(int dir, const char *name, int64_t deadline)
{
	int why, fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd == -1)
		return -1;
	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if ((errno == EWOULDBLOCK || errno == EINTR) &&
		    clock_left(deadline) != 0) {
			poll(NULL, 0, LOCK_STEP_MS);
			continue;
		}
		why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}
