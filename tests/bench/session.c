#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "loop.h"
#include "session.h"

#define INPUT_FIRST	(1024 * 1024)
#define INPUT_ROOM	(128 * 1024)		/* for one read */
#define OUTPUT_MAX	(4 * 1024 * 1024)
#define EVENTS_MAX	(64 * 1024 * 1024)

/*
 * The last connection's memory, for the next one: the client is not to wait
 * until the kernel has found and cleared so many pages.
 */
static pthread_mutex_t swapping = PTHREAD_MUTEX_INITIALIZER;
static char *spare;
static size_t spare_size;

static void
swap_spare(char **memory, size_t *size)
{
	char *old;
	size_t old_size;

	pthread_mutex_lock(&swapping);
	old = spare;
	old_size = spare_size;
	spare = *memory;
	spare_size = *size;
	pthread_mutex_unlock(&swapping);
	*memory = old;
	*size = old_size;
}

struct session *
session_new(const struct setup *setup, int fd, enum link link)
{
	struct session *s = mem_new(1, sizeof(*s));

	s->setup = setup;
	s->fd = fd;
	s->link = link;
	swap_spare(&s->in, &s->size);
	s->out = (struct buf)BUF_MAX(OUTPUT_MAX);
	s->events = (struct buf)BUF_MAX(EVENTS_MAX);
	return s;
}

void
session_free(struct session *s)
{
	if (s->tls != NULL)
		gnutls_deinit(s->tls);
	buf_free(&s->out);
	buf_free(&s->events);
	swap_spare(&s->in, &s->size);
	free(s->in);
	free(s);
}

int
session_start_tls(struct session *s)
{
	int r;

	gnutls_init(&s->tls, GNUTLS_SERVER);
	gnutls_set_default_priority(s->tls);
	gnutls_credentials_set(s->tls, GNUTLS_CRD_CERTIFICATE,
	    s->setup->cred);
	gnutls_session_ticket_enable_server(s->tls, &s->setup->tickets);
	gnutls_transport_set_int(s->tls, s->fd);
	do {
		r = gnutls_handshake(s->tls);
	} while (r < 0 && !gnutls_error_is_fatal(r));
	if (r < 0)
		return -1;
	s->resumed = gnutls_session_is_resumed(s->tls);
	s->spoke = 0;
	return 0;
}

static ssize_t
read_some(struct session *s, char *room, size_t n)
{
	ssize_t r;

	do {
		r = s->tls != NULL ? gnutls_record_recv(s->tls, room, n) :
		    recv(s->fd, room, n, 0);
	} while (s->tls != NULL ? r == GNUTLS_E_AGAIN ||
	    r == GNUTLS_E_INTERRUPTED : r == -1 && errno == EINTR);
	return r;
}

static ssize_t
write_some(struct session *s, const char *data, size_t n)
{
	ssize_t r;

	do {
		r = s->tls != NULL ? gnutls_record_send(s->tls, data, n) :
		    send(s->fd, data, n, 0);
	} while (s->tls != NULL ? r == GNUTLS_E_AGAIN ||
	    r == GNUTLS_E_INTERRUPTED : r == -1 && errno == EINTR);
	return r;
}

int
session_flush(struct session *s)
{
	size_t done = 0;
	ssize_t n;

	if (s->out.len == 0)
		return 0;
	s->spoke = loop_us();
	while (done < s->out.len) {
		n = write_some(s, s->out.data + done, s->out.len - done);
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	buf_clear(&s->out);
	return 0;
}

/* Not mem_grow(), which copies and wipes: the client would wait for that. */
static int
make_room(struct session *s)
{
	if (s->size - s->len >= INPUT_ROOM)
		return 0;
	if (s->size >= SESSION_MAX)
		return -1;
	s->size = s->size > 0 ? s->size * 2 : INPUT_FIRST;
	s->in = realloc(s->in, s->size);
	if (s->in == NULL)
		err(EX_OSERR, "realloc");
	return 0;
}

int
session_read(struct session *s)
{
	ssize_t n;

	if (session_flush(s) == -1 || make_room(s) == -1)
		return -1;
	n = read_some(s, s->in + s->len, INPUT_ROOM);
	if (n <= 0)
		return -1;
	if (s->spoke > 0 && loop_us() - s->spoke >= s->setup->patience) {
		s->turns++;
		s->spoke = 0;
	}
	s->len += (size_t)n;
	return 0;
}

int
session_line(struct session *s, struct span *line)
{
	size_t from = s->at;
	const char *lf;

	while (s->len == from ||
	    (lf = memchr(s->in + from, '\n', s->len - from)) == NULL) {
		from = s->len;
		if (from - s->at > SESSION_LINE || session_read(s) == -1)
			return -1;
	}
	line->at = s->at;
	s->at = (size_t)(lf - s->in) + 1;
	line->len = s->at - 1 - line->at;
	if (line->len > 0 && s->in[line->at + line->len - 1] == '\r')
		line->len--;
	return 0;
}

void
session_say(struct session *s, const char *text)
{
	if (buf_adds(&s->out, text) == -1)
		s->over = 1;
}

void
session_note(struct session *s, enum what what, size_t at, size_t len)
{
	struct event e = { what, { at, len } };

	if (buf_add(&s->events, &e, sizeof(e)) == -1)
		s->over = 1;
}

void
session_close(struct session *s)
{
	if (session_flush(s) == 0 && s->tls != NULL)
		gnutls_bye(s->tls, GNUTLS_SHUT_WR);
	close(s->fd);
}
