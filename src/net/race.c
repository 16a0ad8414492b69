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
#include "net/race.h"
#include "net/resolve.h"

#define HEAD_START_MS	250		/* RFC 8305 5 */

/* Where to come from; a family that is AF_UNSPEC there is not to be used. */
struct source {
	struct sockaddr_in	 v4;
	struct sockaddr_in6	 v6;
};

/* Attempts in the air, and the failure that tells most. */
struct race {
	const struct race_params *params;
	struct source		 source;	/* if there is a source_ip */
	struct resolved		*to;
	struct pollfd		 fd[RESOLVE_MAX];
	size_t			 index[RESOLVE_MAX];	/* in to->addr */
	size_t			 n, next;
	int			 why;			/* errno, or 0 */
	size_t			 failed;		/* in to->addr */
};

/* Writes the address; returns the port. */
static unsigned
address_of(const struct sockaddr_storage *ss, char addr[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in6 *v6 = (const void *)ss;
	const struct sockaddr_in *v4 = (const void *)ss;

	strlcpy(addr, "?", INET6_ADDRSTRLEN);
	if (ss->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, addr, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET, &v4->sin_addr, addr, INET6_ADDRSTRLEN);
	return ntohs(ss->ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port);
}

static void
name_of(const struct sockaddr_storage *ss, char *text, size_t size)
{
	char addr[INET6_ADDRSTRLEN];
	unsigned port = address_of(ss, addr);

	snprintf(text, size, ss->ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u",
	    addr, port);
}

static void
tell_addresses(const struct race *r)
{
	struct buf text = BUF_MAX(RESOLVE_MAX * (INET6_ADDRSTRLEN + 2));
	char addr[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < r->to->n; i++) {
		address_of(&r->to->addr[i], addr);
		buf_addf(&text, "%s%s", i > 0 ? ", " : "", addr);
	}
	r->params->found(r->params->arg, buf_str(&text));
	buf_free(&text);
}

/* Returns what is wrong with it, or NULL. */
static const char *
take_source(struct source *s, const char *word)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, word, &v4) == 1) {
		if (s->v4.sin_family != AF_UNSPEC)
			return "is a second IPv4 address";
		s->v4.sin_family = AF_INET;
		s->v4.sin_addr = v4;
	} else if (inet_pton(AF_INET6, word, &v6) == 1) {
		if (s->v6.sin6_family != AF_UNSPEC)
			return "is a second IPv6 address";
		s->v6.sin6_family = AF_INET6;
		s->v6.sin6_addr = v6;
	} else
		return "is no address";
	return NULL;
}

/* source_ip = address *( 1*WSP address ), one a family */
static int
read_source(struct source *s, const char *text, struct err *e)
{
	char word[INET6_ADDRSTRLEN + 1];	/* no address is longer */
	const char *p = text, *why;
	size_t n;

	do {
		n = strcspn(p, " \t");
		snprintf(word, sizeof(word), "%.*s", (int)n, p);
		why = take_source(s, word);
		if (why != NULL)
			return err_set(e, ERR_CONFIG, "source_ip: %s %s",
			    str_shown(p, n), why);
		p += n + strspn(p + n, " \t");
	} while (*p != '\0');
	return 0;
}

static int
bind_source(int fd, int family, const struct source *s)
{
	return family == AF_INET ?
	    bind(fd, (const void *)&s->v4, sizeof(s->v4)) :
	    bind(fd, (const void *)&s->v6, sizeof(s->v6));
}

/*
 * Rather no connection than one from an address that was not asked for: what
 * is of a family without a source is not tried.
 */
static int
keep_sourced(struct race *r, struct err *e)
{
	const struct source *s = &r->source;
	size_t i, n = 0;

	for (i = 0; i < r->to->n; i++) {
		if (r->to->addr[i].ss_family != s->v4.sin_family &&
		    r->to->addr[i].ss_family != s->v6.sin6_family)
			continue;
		r->to->addr[n] = r->to->addr[i];
		r->to->len[n++] = r->to->len[i];
	}
	r->to->n = n;
	if (n > 0)
		return 0;
	return err_set(e, ERR_TEMP, "cannot connect to %s from %s: it has no "
	    "%s address; check \"source_ip\"", str_shown(r->params->host,
	    strlen(r->params->host)), r->params->source_ip,
	    s->v4.sin_family == AF_INET ? "IPv4" : "IPv6");
}

/* Says a failure more than that there is no such network here? */
static int
is_telling(int why)
{
	return why != 0 && why != ENETUNREACH && why != EHOSTUNREACH &&
	    why != EADDRNOTAVAIL && why != EAFNOSUPPORT;
}

static void
note_failure(struct race *r, size_t i, int why)
{
	if (!is_telling(why) && is_telling(r->why))
		return;
	r->why = why;
	r->failed = i;
}

/* Set out for an address; -1: that has failed already. */
static int
start(struct race *r, size_t i)
{
	int fd, on = 1, family = r->to->addr[i].ss_family;

	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		note_failure(r, i, errno);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if ((r->params->source_ip == NULL ||
	    bind_source(fd, family, &r->source) == 0) &&
	    (connect(fd, (struct sockaddr *)&r->to->addr[i],
	    r->to->len[i]) == 0 || errno == EINPROGRESS || errno == EINTR)) {
		r->fd[r->n] = (struct pollfd){ fd, POLLOUT, 0 };
		r->index[r->n++] = i;
		return 0;
	}
	note_failure(r, i, errno);
	close(fd);
	return -1;
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
		    &len) == -1)
			why = errno;
		if (why == 0)
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

	name_of(&r->to->addr[r->failed], peer, sizeof(peer));
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
		while (r->next < r->to->n && start(r, r->next++) == -1)
			;
		if (r->n == 0)
			return nobody(r, e);
		pause = r->next < r->to->n ? clock_first(r->params->deadline,
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
race(const struct race_params *p, char *peer, size_t size, struct err *e)
{
	struct resolved to;
	struct race r = { .params = p, .to = &to };
	size_t i, index = 0;
	int fd;

	if (p->source_ip != NULL && read_source(&r.source, p->source_ip, e) ==
	    -1)
		return -1;
	if (resolve(&to, p->host, p->port, p->deadline, p->stop, e) == -1)
		return -1;
	if (p->source_ip != NULL && keep_sourced(&r, e) == -1)
		return -1;
	if (p->found != NULL)
		tell_addresses(&r);
	fd = run(&r, &index, e);
	for (i = 0; i < r.n; i++)
		if (r.fd[i].fd != fd)
			close(r.fd[i].fd);
	if (fd != -1)
		name_of(&to.addr[index], peer, size);
	return fd;
}
