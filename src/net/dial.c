#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/wait.h"
#include "net/dial.h"
#include "net/resolve.h"

#define HEAD_START_MS	250		/* RFC 8305 5 */

/* Attempts in the air, and the last failure. */
struct race {
	const struct dial_params *params;
	struct resolved		 to;
	struct pollfd		 fd[RESOLVE_MAX];
	size_t			 index[RESOLVE_MAX];	/* in to.addr */
	size_t			 n, next;
	int			 why;			/* errno, or 0 */
	size_t			 failed;		/* in to.addr */
};

static void
name_of(const struct sockaddr_storage *ss, char *text, size_t size)
{
	char addr[INET6_ADDRSTRLEN] = "?";

	if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *s = (const void *)ss;

		inet_ntop(AF_INET6, &s->sin6_addr, addr, sizeof(addr));
		snprintf(text, size, "[%s]:%u", addr, ntohs(s->sin6_port));
	} else {
		const struct sockaddr_in *s = (const void *)ss;

		inet_ntop(AF_INET, &s->sin_addr, addr, sizeof(addr));
		snprintf(text, size, "%s:%u", addr, ntohs(s->sin_port));
	}
}

/* Returns 0, -1 with errno, or 1: not of this family. */
static int
bind_source(int fd, int family, const char *ip)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
		return family != AF_INET ? 1 :
		    bind(fd, (struct sockaddr *)&v4, sizeof(v4));
	if (inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1)
		return family != AF_INET6 ? 1 :
		    bind(fd, (struct sockaddr *)&v6, sizeof(v6));
	return 1;
}

static void
note_failure(struct race *r, size_t i, int why)
{
	r->why = why;
	r->failed = i;
}

/* Set out for the next address; what cannot even start has failed. */
static void
start_next(struct race *r)
{
	size_t i = r->next++;
	int fd, on = 1, family = r->to.addr[i].ss_family;

	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		note_failure(r, i, errno);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	errno = EADDRNOTAVAIL;
	if ((r->params->source_ip == NULL ||
	    bind_source(fd, family, r->params->source_ip) == 0) &&
	    (connect(fd, (struct sockaddr *)&r->to.addr[i],
	    r->to.len[i]) == 0 || errno == EINPROGRESS || errno == EINTR)) {
		r->fd[r->n] = (struct pollfd){ fd, POLLOUT, 0 };
		r->index[r->n++] = i;
		return;
	}
	note_failure(r, i, errno);
	close(fd);
}

/* The descriptor of whoever has arrived, else -1; losers leave the race. */
static int
winner(struct race *r, size_t *index)
{
	socklen_t len = sizeof(int);
	size_t i;
	int why;

	for (i = 0; i < r->n;) {
		if (r->fd[i].revents == 0) {
			i++;
			continue;
		}
		*index = r->index[i];
		if (getsockopt(r->fd[i].fd, SOL_SOCKET, SO_ERROR, &why,
		    &len) == 0 && why == 0)
			return r->fd[i].fd;
		note_failure(r, r->index[i], why);
		close(r->fd[i].fd);
		r->n--;
		r->fd[i] = r->fd[r->n];
		r->index[i] = r->index[r->n];
	}
	return -1;
}

static int
nobody(const struct race *r, struct err *e)
{
	char peer[128];

	name_of(&r->to.addr[r->failed], peer, sizeof(peer));
	if (r->params->source_ip != NULL && r->why == EADDRNOTAVAIL)
		return err_set(e, ERR_TEMP, "cannot connect to %s from %s: %s;"
		    " check \"source_ip\"", peer, r->params->source_ip,
		    strerror(r->why));
	return err_set(e, ERR_TEMP, "cannot connect to %s: %s", peer,
	    strerror(r->why));
}

static int
run(struct race *r, size_t *index, struct err *e)
{
	int64_t pause;
	int fd, woken;

	for (;;) {
		if (r->next < r->to.n)
			start_next(r);
		if (r->n == 0 && r->next == r->to.n)
			return nobody(r, e);
		if (r->n == 0)
			continue;
		pause = r->next < r->to.n ? clock_first(r->params->deadline,
		    clock_in(HEAD_START_MS)) : r->params->deadline;
		woken = wait_fds(r->fd, r->n, pause, r->params->stop);
		if (woken == -1)
			return err_set(e, ERR_TEMP, "interrupted while "
			    "connecting");
		if (woken == 0 && clock_left(r->params->deadline) == 0)
			return err_set(e, ERR_TEMP, "no answer to the "
			    "connection; is the port open?");
		fd = winner(r, index);
		if (fd != -1)
			return fd;
	}
}

int
dial(const struct dial_params *p, char *peer, size_t size, struct err *e)
{
	struct race r = { .params = p };
	struct in6_addr any;
	size_t i, index = 0;
	int fd;

	if (p->source_ip != NULL &&
	    inet_pton(AF_INET, p->source_ip, &any) != 1 &&
	    inet_pton(AF_INET6, p->source_ip, &any) != 1)
		return err_set(e, ERR_CONFIG, "source_ip: %s is no address",
		    str_shown(p->source_ip, strlen(p->source_ip)));
	if (resolve(&r.to, p->host, p->port, p->deadline, p->stop, e) == -1)
		return -1;
	fd = run(&r, &index, e);
	for (i = 0; i < r.n; i++)
		if (r.fd[i].fd != fd)
			close(r.fd[i].fd);
	if (fd != -1)
		name_of(&r.to.addr[index], peer, size);
	return fd;
}
