#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "mail/spill.h"

#define SPILL_FOLDERS	3

void
spill_init(struct spill *s)
{
	*s = (struct spill){ .mem = BUF_MAX(SPILL_MEMORY), .fd = -1 };
}

/* A file without a name in this folder, or -1 with errno. */
static int
nameless(const char *folder)
{
	struct buf path = BUF_MAX(4096);
	int fd = -1;

#ifdef O_TMPFILE
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
	if (fd == -1 && buf_addf(&path, "%s/posthorn.XXXXXXXXXX",
	    folder) == 0) {
		fd = mkostemp(path.data, O_CLOEXEC);
		if (fd != -1)
			unlink(path.data);
	}
	buf_free(&path);
	return fd;
}

static int
open_file(struct spill *s, struct err *e)
{
	const char *folder[SPILL_FOLDERS] = {
	    getenv("TMPDIR"), "/tmp", "/var/tmp" };
	size_t i;

	for (i = 0; i < SPILL_FOLDERS && s->fd == -1; i++)
		if (folder[i] != NULL && folder[i][0] == '/')
			s->fd = nameless(folder[i]);
	if (s->fd != -1)
		return 0;
	return err_set(e, ERR_IO, "no temporary file for the message: %s; "
	    "set TMPDIR to a folder with room", strerror(errno));
}

static int
write_out(struct spill *s, struct err *e)
{
	if (s->fd == -1 && open_file(s, e) == -1)
		return -1;
	if (file_write_all(s->fd, s->mem.data, s->mem.len) == -1)
		return err_set(e, ERR_IO, "cannot keep the message in a "
		    "temporary file: %s; set TMPDIR to a folder with room",
		    strerror(errno));
	buf_clear(&s->mem);
	return 0;
}

int
spill_add(struct spill *s, const void *p, size_t n, struct err *e)
{
	const char *from = p;
	size_t part;

	s->size += (off_t)n;
	for (;;) {
		part = s->mem.max - s->mem.len;
		if (part > n)
			part = n;
		buf_add(&s->mem, from, part);
		if (part == n)
			return 0;
		if (write_out(s, e) == -1)
			return -1;
		from += part;
		n -= part;
	}
}

char *
spill_room(struct spill *s, size_t n, struct err *e)
{
	if (n > s->mem.max - s->mem.len && write_out(s, e) == -1)
		return NULL;
	return buf_room(&s->mem, n);
}

void
spill_took(struct spill *s, size_t n)
{
	buf_took(&s->mem, n);
	s->size += (off_t)n;
}

ssize_t
spill_read(struct spill *s, off_t offset, void *p, size_t n, struct err *e)
{
	ssize_t got;

	if (offset >= s->size)
		return 0;
	if (s->fd == -1) {
		if (n > s->mem.len - (size_t)offset)
			n = s->mem.len - (size_t)offset;
		memcpy(p, s->mem.data + offset, n);
		return (ssize_t)n;
	}
	if (s->mem.len > 0 && write_out(s, e) == -1)
		return -1;
	buf_drop(&s->mem);		/* all is in the file now */
	do
		got = pread(s->fd, p, n, offset);
	while (got == -1 && errno == EINTR);
	if (got > 0)
		return got;
	return err_set(e, ERR_IO, "cannot read the message back: %s",
	    got == 0 ? "it is cut short" : strerror(errno));
}

void
spill_free(struct spill *s)
{
	if (s->fd != -1)
		close(s->fd);
	buf_free(&s->mem);
	spill_init(s);
}
