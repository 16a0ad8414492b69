#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/wait.h"
#include "net/conn.h"

#define READ_SIZE	(4 * 1024)

struct conn {
	int		 fd;
	struct tls	*tls;
	struct buf	 in;		/* bytes read */
	size_t		 taken;		/* of them, given out as lines */
};

struct conn *
conn_new(int fd)
{
	struct conn *c = mem_new(1, sizeof(*c));

	c->fd = fd;
	c->in.max = CONN_LINE_MAX + 2 + READ_SIZE;
	return c;
}

/* Bytes that wait in the socket itself. */
static int
has_unread(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

int
conn_starttls(struct conn *c, const struct tls_params *p, int64_t deadline,
    struct err *e)
{
	if (c->in.len > c->taken || (c->taken > 0 && has_unread(c->fd)))
		return err_set(e, ERR_PROTOCOL, "somebody sent text between "
		    "STARTTLS and TLS; it may be an attack, and nothing was "
		    "sent");
	buf_clear(&c->in);
	c->taken = 0;
	return tls_start(&c->tls, c->fd, p, deadline, e);
}

static int
line_too_long(struct err *e)
{
	return err_set(e, ERR_PROTOCOL, "the server sent a line over %d "
	    "octets", CONN_LINE_MAX);
}

int
conn_line(struct conn *c, const char **line, size_t *len, struct err *e)
{
	size_t n = c->in.len - c->taken;
	char *start, *eol;

	if (n == 0)
		return 0;
	start = c->in.data + c->taken;
	eol = memchr(start, '\n', n);
	if (eol == NULL)	/* a CR may be the last of it */
		return n > CONN_LINE_MAX + 1 ? line_too_long(e) : 0;
	c->taken += (size_t)(eol + 1 - start);
	if (eol > start && eol[-1] == '\r')
		eol--;
	if (eol - start > CONN_LINE_MAX)
		return line_too_long(e);
	*eol = '\0';
	*line = start;
	*len = (size_t)(eol - start);
	return 1;
}

static ssize_t
plain_recv(int fd, void *p, size_t n, struct err *e)
{
	ssize_t r;

	do
		r = recv(fd, p, n, 0);
	while (r == -1 && errno == EINTR);
	if (r >= 0)
		return r;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return CONN_AGAIN;
	return err_set(e, ERR_TEMP, "connection lost: %s", strerror(errno));
}

ssize_t
conn_fill(struct conn *c, struct err *e)
{
	char *room;
	ssize_t n;

	buf_eat(&c->in, c->taken);
	c->taken = 0;
	room = buf_room(&c->in, READ_SIZE);
	if (room == NULL)
		return line_too_long(e);
	n = c->tls != NULL ? tls_recv(c->tls, room, READ_SIZE, e) :
	    plain_recv(c->fd, room, READ_SIZE, e);
	if (n > 0)
		buf_took(&c->in, (size_t)n);
	return n;
}

ssize_t
conn_send(struct conn *c, const void *p, size_t n, struct err *e)
{
	ssize_t r;

	if (c->tls != NULL)
		return tls_send(c->tls, p, n, e);
	do
		r = send(c->fd, p, n, MSG_NOSIGNAL);
	while (r == -1 && errno == EINTR);
	if (r >= 0)
		return r;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return CONN_AGAIN;
	return err_set(e, ERR_TEMP, "connection lost: %s", strerror(errno));
}

int
conn_wait(struct conn *c, int writing, int64_t deadline,
    const volatile sig_atomic_t *stop)
{
	if (c->tls != NULL && tls_pending(c->tls) > 0)
		return POLLIN;
	return wait_fd(c->fd, writing ? POLLIN | POLLOUT : POLLIN, deadline,
	    stop);
}

const char *
conn_describe(const struct conn *c)
{
	return c->tls != NULL ? tls_describe(c->tls) : "no TLS";
}

enum tls_binding
conn_binding(const struct conn *c, struct buf *out)
{
	return c->tls != NULL ? tls_binding(c->tls, out) : TLS_NO_BINDING;
}

void
conn_cut(struct conn *c)
{
	if (c->tls != NULL)
		tls_cut(c->tls);
}

void
conn_free(struct conn *c)
{
	if (c == NULL)
		return;
	tls_free(c->tls);
	close(c->fd);
	buf_free(&c->in);
	free(c);
}
