#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "net/ask.h"
#include "net/resolve.h"

#ifndef EAI_NODATA			/* POSIX has it no more */
#define EAI_NODATA	EAI_NONAME
#endif

struct question {
	char		*host;
	struct addrinfo	*answer;
	int		 code;
};

static void
add(struct resolved *r, const void *addr, size_t len)
{
	if (r->n == RESOLVE_MAX || len > sizeof(r->addr[0]))
		return;
	memcpy(&r->addr[r->n], addr, len);
	r->len[r->n++] = (socklen_t)len;
}

static void
add_v4(struct resolved *r, struct in_addr a, unsigned port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = a,
	    .sin_port = htons((uint16_t)port) };

	add(r, &sin, sizeof(sin));
}

static void
add_v6(struct resolved *r, struct in6_addr a, unsigned port)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_addr = a,
	    .sin6_port = htons((uint16_t)port) };

	add(r, &sin6, sizeof(sin6));
}

/* What needs no asking. */
static int
is_known(struct resolved *r, const char *host, unsigned port)
{
	static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		add_v4(r, v4, port);
	else if (inet_pton(AF_INET6, host, &v6) == 1)
		add_v6(r, v6, port);
	else if (str_same(host, "localhost")) {
		v4.s_addr = htonl(INADDR_LOOPBACK);
		add_v4(r, v4, port);
		add_v6(r, loopback, port);
	}
	return r->n > 0;
}

static void
ask(void *arg)
{
	struct question *q = arg;
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };

	q->code = getaddrinfo(q->host, NULL, &hints, &q->answer);
}

static void
release(void *arg)
{
	struct question *q = arg;

	if (q->answer != NULL)
		freeaddrinfo(q->answer);
	free(q->host);
	free(q);
}

static const struct addrinfo *
next_of(const struct addrinfo *ai, int family, int same)
{
	while (ai != NULL && (ai->ai_family == family) != same)
		ai = ai->ai_next;
	return ai;
}

static void
add_info(struct resolved *r, const struct addrinfo *ai, unsigned port)
{
	if (ai->ai_family == AF_INET)
		add_v4(r, ((const struct sockaddr_in *)(const void *)
		    ai->ai_addr)->sin_addr, port);
	else if (ai->ai_family == AF_INET6 && r->n < RESOLVE_MAX) {
		add(r, ai->ai_addr, ai->ai_addrlen);	/* has a scope */
		((struct sockaddr_in6 *)&r->addr[r->n - 1])->sin6_port =
		    htons((uint16_t)port);
	}
}

/* The system's order, the two families taking turns. */
static void
take_answer(struct resolved *r, const struct addrinfo *all, unsigned port)
{
	const struct addrinfo *one = all, *two;
	int family = all->ai_family;

	two = next_of(all, family, 0);
	while (one != NULL || two != NULL) {
		if (one != NULL) {
			add_info(r, one, port);
			one = next_of(one->ai_next, family, 1);
		}
		if (two != NULL) {
			add_info(r, two, port);
			two = next_of(two->ai_next, family, 0);
		}
	}
}

static int
no_answer(const char *host, int code, struct err *e)
{
	const char *shown = str_shown(host, strlen(host));

	if (code == EAI_NONAME || code == EAI_NODATA)
		return err_set(e, ERR_NOHOST, "there is no host %s", shown);
	return err_set(e, ERR_TEMP, "cannot look up %s: %s", shown,
	    gai_strerror(code));
}

static int
judge(struct resolved *r, const struct question *q, int woken, unsigned port,
    struct err *e)
{
	const char *shown = str_shown(q->host, strlen(q->host));

	if (woken == -1)
		return err_set(e, ERR_TEMP, "interrupted while %s was looked "
		    "up", shown);
	if (woken == 0)
		return err_set(e, ERR_TEMP, "no answer from the name servers "
		    "for %s", shown);
	if (q->code != 0 || q->answer == NULL)
		return no_answer(q->host, q->code, e);
	take_answer(r, q->answer, port);
	return 0;
}

int
resolve(struct resolved *r, const char *host, unsigned port, int64_t deadline,
    const volatile sig_atomic_t *stop, struct err *e)
{
	struct question *q;
	struct ask *a;
	int result;

	r->n = 0;
	if (is_known(r, host, port))
		return 0;
	q = mem_new(1, sizeof(*q));
	q->host = mem_str(host);
	a = ask_start(ask, release, q, e);
	if (a == NULL)
		return -1;
	result = judge(r, q, ask_wait(a, deadline, stop), port, e);
	ask_leave(a);
	return result;
}
