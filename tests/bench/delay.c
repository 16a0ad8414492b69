/*
 * delay RTT PORT ... - a delay line: for each port of this machine another one
 * that is RTT milliseconds away.  Prints the new ports, in that order.  Ends
 * when its standard input does.
 *
 * What is read leaves half a round trip later, whatever else is on its way,
 * and connecting costs what it costs on such a path: at one round trip the
 * client's first octet can start, at one and a half it is at the server, who
 * then can speak, and is heard at two.  (The client's own connect(2) succeeds
 * at once, for it is the kernel that answers.)  There is no limit to the
 * bandwidth, no slow start and no loss.  Acknowledgements are the loopback
 * interface's own: at once, or late where the kernel finds that proper.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"
#include "loop.h"

#define PORTS_MAX	8
#define READ_MAX	(64 * 1024)
#define HELD_MAX	(32 * 1024 * 1024)	/* octets on their way */

/* Octets that were read together; none of them: the end. */
struct chunk {
	struct chunk	*next;
	int64_t		 due;
	size_t		 len;
	size_t		 sent;
	char		 data[];
};

struct way {
	int		 from, to;	/* -1: not connected yet */
	struct chunk	*first, *last;
	size_t		 held;
	int		 ended;		/* nothing more is read */
	int		 blocked;	/* the other side does not read */
	int		 broken;	/* or never will again */
	int		 over;		/* all of it was written */
};

struct line {
	struct line	*next;
	int64_t		 born;
	unsigned	 port;
	struct way	 up, down;	/* client to server, server to client */
};

/* What to wait for: descriptors, and a moment. */
struct wait {
	fd_set		 reads, writes;
	int		 top;
	int64_t		 until;
};

static struct line *lines;
static int64_t rtt;

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
hold(struct way *w, const char *data, size_t len, int64_t due)
{
	struct chunk *c = mem_new(1, sizeof(*c) + len);

	c->due = due;
	c->len = len;
	if (len > 0)
		memcpy(c->data, data, len);
	if (w->first == NULL)
		w->first = c;
	else
		w->last->next = c;
	w->last = c;
	w->held += len;
}

static void
drop(struct way *w)
{
	struct chunk *c = w->first;

	w->first = c->next;
	w->held -= c->len;
	free(c);
}

/* Read what is there.  It counts as sent at this moment, which is not yet
 * where the connection is not yet established. */
static void
way_read(struct way *w, int64_t moment)
{
	static char room[READ_MAX];
	ssize_t n = recv(w->from, room, sizeof(room), MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	w->ended = n <= 0;
	hold(w, room, n > 0 ? (size_t)n : 0, moment + rtt / 2);
}

/* Write one chunk.  Returns 0, or -1 when there is still some of it. */
static int
write_chunk(struct way *w)
{
	struct chunk *c = w->first;
	ssize_t n;

	while (!w->broken && c->sent < c->len) {
		n = send(w->to, c->data + c->sent, c->len - c->sent,
		    MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			w->blocked = 1;
			return -1;
		}
		if (n == -1)
			w->broken = 1;
		else
			c->sent += (size_t)n;
	}
	return 0;
}

static void
way_write(struct way *w, int64_t now)
{
	while (w->first != NULL && w->first->due <= now) {
		if (write_chunk(w) == -1)
			return;
		if (w->first->len == 0) {
			shutdown(w->to, SHUT_WR);
			w->over = 1;
		}
		drop(w);
	}
}

static void
line_new(int listener, unsigned port)
{
	struct line *l;
	int fd = loop_accept(listener);

	if (fd == -1)
		return;
	l = mem_new(1, sizeof(*l));
	l->born = loop_us();
	l->port = port;
	l->up.from = l->down.to = fd;
	l->up.to = l->down.from = -1;
	l->next = lines;
	lines = l;
}

static void
line_free(struct line *l)
{
	close(l->up.from);
	if (l->up.to != -1)
		close(l->up.to);
	while (l->up.first != NULL)
		drop(&l->up);
	while (l->down.first != NULL)
		drop(&l->down);
	free(l);
}

/* Returns 0, or -1 when the line has ended. */
static int
line_step(struct line *l, const struct wait *w)
{
	int64_t now = loop_us();

	if (l->up.to == -1 && now >= l->born + rtt + rtt / 2) {
		l->up.to = l->down.from = loop_connect(l->port);
		if (l->up.to == -1)
			return -1;
	}
	if (FD_ISSET(l->up.from, &w->reads))
		way_read(&l->up, later(now, l->born + rtt));
	if (l->up.to == -1)
		return 0;
	if (FD_ISSET(l->down.from, &w->reads))
		way_read(&l->down, now);
	if (FD_ISSET(l->up.to, &w->writes))
		l->up.blocked = 0;
	if (FD_ISSET(l->down.to, &w->writes))
		l->down.blocked = 0;
	way_write(&l->up, now);
	way_write(&l->down, now);
	return l->up.over && l->down.over ? -1 : 0;
}

static void
want(struct wait *w, int fd, fd_set *set)
{
	if (fd >= FD_SETSIZE)
		errx(EX_OSERR, "too many connections");
	FD_SET(fd, set);
	if (fd > w->top)
		w->top = fd;
}

static void
want_way(struct wait *w, const struct way *way)
{
	if (way->from != -1 && !way->ended && way->held < HELD_MAX)
		want(w, way->from, &w->reads);
	if (way->to == -1 || way->first == NULL)
		return;
	if (way->blocked)
		want(w, way->to, &w->writes);
	else if (way->first->due < w->until)
		w->until = way->first->due;
}

static void
want_line(struct wait *w, const struct line *l)
{
	int64_t connects = l->born + rtt + rtt / 2;

	if (l->up.to == -1 && connects < w->until)
		w->until = connects;
	want_way(w, &l->up);
	want_way(w, &l->down);
}

/* pselect(2) and not poll(2), whose milliseconds are too coarse here. */
static void
sleep_until(struct wait *w)
{
	int64_t left = w->until == INT64_MAX ? 0 :
	    later(w->until - loop_us(), 0);
	struct timespec t = { .tv_sec = (time_t)(left / 1000000),
	    .tv_nsec = (long)(left % 1000000) * 1000 };

	if (pselect(w->top + 1, &w->reads, &w->writes, NULL,
	    w->until == INT64_MAX ? NULL : &t, NULL) != -1)
		return;
	if (errno != EINTR)
		err(EX_OSERR, "pselect");
	FD_ZERO(&w->reads);
	FD_ZERO(&w->writes);
}

static void
step_all(const struct wait *w)
{
	struct line **at = &lines, *l;

	while ((l = *at) != NULL) {
		if (line_step(l, w) == 0) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		line_free(l);
	}
}

static void
serve(const int *listeners, const unsigned *ports, int n)
{
	struct wait w;
	struct line *l;
	int i;

	for (;;) {
		w = (struct wait){ .until = INT64_MAX };
		FD_ZERO(&w.reads);
		FD_ZERO(&w.writes);
		want(&w, STDIN_FILENO, &w.reads);
		for (i = 0; i < n; i++)
			want(&w, listeners[i], &w.reads);
		for (l = lines; l != NULL; l = l->next)
			want_line(&w, l);
		sleep_until(&w);
		if (FD_ISSET(STDIN_FILENO, &w.reads))
			return;
		step_all(&w);
		for (i = 0; i < n; i++)
			if (FD_ISSET(listeners[i], &w.reads))
				line_new(listeners[i], ports[i]);
	}
}

int
main(int argc, char **argv)
{
	int listeners[PORTS_MAX], i, n = argc - 2;
	unsigned ports[PORTS_MAX], own;

	if (n < 1 || n > PORTS_MAX)
		errx(EX_USAGE, "usage: delay RTT PORT ...");
	rtt = (int64_t)loop_number(argv[1], 10000) * 1000;
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < n; i++) {
		ports[i] = loop_number(argv[i + 2], 65535);
		listeners[i] = loop_listen(&own);
		if (listeners[i] == -1)
			err(EX_OSERR, "listen");
		printf("%u%c", own, i == n - 1 ? '\n' : ' ');
	}
	fflush(stdout);
	serve(listeners, ports, n);
	return 0;
}
