#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "net/outbox.h"

#define WIRE_MAX	(512 * 1024)	/* a handshake may be long */

void
outbox_init(struct outbox *o, int fd)
{
	*o = (struct outbox){ .fd = fd, .wire = BUF_MAX(WIRE_MAX) };
}

int
outbox_pending(const struct outbox *o)
{
	return o->sent < o->wire.len;
}

ssize_t
outbox_push(void *arg, const void *p, size_t n)
{
	struct outbox *o = arg;

	if (o->closed)
		return (ssize_t)n;
	if (o->n == 0 && !outbox_pending(o)) {
		buf_clear(&o->wire);
		o->sent = 0;
	}
	if (buf_add(&o->wire, p, n) == 0)
		return (ssize_t)n;
	errno = ENOBUFS;
	return -1;
}

ssize_t
outbox_pull(void *arg, void *p, size_t n)
{
	struct outbox *o = arg;

	/* Where that fails there may be last words to read all the same. */
	if (o->n == 0)
		outbox_flush(o);
	return recv(o->fd, p, n, 0);
}

void
outbox_record(struct outbox *o, size_t text)
{
	assert(o->n < OUTBOX_RECORDS);
	o->record[o->n].text = text;
	o->record[o->n++].end = o->wire.len;
}

int
outbox_flush(struct outbox *o)
{
	ssize_t n;

	while (outbox_pending(o)) {
		n = send(o->fd, o->wire.data + o->sent,
		    o->wire.len - o->sent, MSG_NOSIGNAL);
		if (n >= 0)
			o->sent += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return 0;
		else if (errno != EINTR)
			return -1;
	}
	return 1;
}

size_t
outbox_taken(struct outbox *o)
{
	size_t i, text = 0;

	for (i = 0; i < o->n && o->record[i].end <= o->sent; i++)
		text += o->record[i].text;
	o->n -= i;
	memmove(&o->record[0], &o->record[i], o->n * sizeof(o->record[0]));
	return text;
}

void
outbox_close(struct outbox *o)
{
	o->closed = 1;
	buf_drop(&o->wire);
	o->sent = o->n = 0;
}
