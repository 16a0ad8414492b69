#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/wait.h"
#include "net/ask.h"
#include "net/srv.h"
#include "net/srvset.h"

#define DNS_NAME_MAX	253	/* octets of a name */
#define REST_MS		1000		/* for the second answer */
#define TYPE_SRV	33
#define CLASS_IN	1

static const struct {
	const char	*label;
	int		 tls_at_once;
} services[] = {
	{ "_submissions._tcp", 1 },
	{ "_submission._tcp", 0 },
};
#define SERVICES	(sizeof(services) / sizeof(services[0]))

/* The thread's, until it has answered. */
struct query {
	char		 name[DNS_NAME_MAX + 1];
	int		 len;		/* of the answer; -1: there is none */
	int		 why;		/* h_errno */
	unsigned char	 answer[65535];
};

struct lookup {
	struct query	*query[SERVICES];	/* as long as ask is there */
	struct ask	*ask[SERVICES];		/* NULL: answered */
	struct srv_set	 set;
	struct err	 failure;		/* ERR_NONE: there was none */
};

static void
work(void *arg)
{
	struct query *q = arg;

	q->len = res_query(q->name, CLASS_IN, TYPE_SRV, q->answer,
	    sizeof(q->answer));
	q->why = h_errno;
}

static int
start(struct lookup *l, const char *domain, struct err *e)
{
	struct query *q;
	size_t i;

	for (i = 0; i < SERVICES; i++) {
		q = mem_new(1, sizeof(*q));
		snprintf(q->name, sizeof(q->name), "%s.%s",
		    services[i].label, domain);
		l->query[i] = q;
		l->ask[i] = ask_start(work, free, q, e);
		if (l->ask[i] == NULL)
			return -1;
	}
	return 0;
}

static void
fail(struct lookup *l, const struct query *q, const char *why)
{
	err_set(&l->failure, ERR_TEMP, "cannot look up %s: %s",
	    str_shown(q->name, strlen(q->name)), why);
}

static void
take_answer(struct lookup *l, size_t i)
{
	const struct query *q = l->query[i];
	size_t len = q->len > 0 ? (size_t)q->len : 0;

	if (len > sizeof(q->answer))
		len = sizeof(q->answer);
	if (q->len == -1) {
		if (q->why != HOST_NOT_FOUND && q->why != NO_DATA)
			fail(l, q, q->why == TRY_AGAIN ? "no answer from the "
			    "name servers" : "the name servers refuse");
	} else if (srvset_parse(&l->set, services[i].tls_at_once, q->answer,
	    len) == -1)
		fail(l, q, "the answer makes no sense");
	ask_leave(l->ask[i]);
	l->ask[i] = NULL;
}

/* Returns as wait_fds(): 0 is that no more comes in time. */
static int
wait_some(struct lookup *l, int64_t deadline,
    const volatile sig_atomic_t *stop)
{
	struct pollfd fd[SERVICES];
	size_t i;
	int woken;

	for (i = 0; i < SERVICES; i++)
		fd[i] = (struct pollfd){ l->ask[i] != NULL ?
		    ask_fd(l->ask[i]) : -1, POLLIN, 0 };
	woken = wait_fds(fd, SERVICES, deadline, stop);
	for (i = 0; i < SERVICES && woken > 0; i++)
		if (fd[i].revents != 0 &&
		    ask_wait(l->ask[i], clock_ms(), NULL) == 1)
			take_answer(l, i);
	return woken;
}

static int
wait_all(struct lookup *l, int64_t deadline, const volatile sig_atomic_t *stop,
    struct err *e)
{
	size_t i;
	int woken;

	while (l->ask[0] != NULL || l->ask[1] != NULL) {
		woken = wait_some(l, deadline, stop);
		if (woken == -1)
			return err_set(e, ERR_TEMP, "interrupted while mail "
			    "servers were looked up");
		if (woken == 0)
			break;
		if (l->set.n > 0)
			deadline = clock_first(deadline, clock_in(REST_MS));
	}
	for (i = 0; i < SERVICES; i++)
		if (l->ask[i] != NULL)
			fail(l, l->query[i], "no answer from the name "
			    "servers");
	return 0;
}

static int
judge(struct lookup *l, struct srv *srv, const char *domain, struct err *e)
{
	const char *shown = str_shown(domain, strlen(domain));
	size_t i;

	if (l->set.n > 0) {
		srvset_order(&l->set, arc4random_uniform);
		for (i = 0; i < l->set.n && i < SRV_MAX; i++)
			srv->target[srv->n++] = l->set.record[i].target;
		return 0;
	}
	if (l->failure.kind != ERR_NONE) {
		*e = l->failure;
		return -1;
	}
	if (l->set.refused)
		return err_set(e, ERR_UNAVAIL, "%s says in the DNS that it has "
		    "no submission server", shown);
	return err_set(e, ERR_NOHOST, "%s names no submission server in the "
	    "DNS (%s and %s were asked for); write the server's own name "
	    "after \"host\"", shown, services[0].label, services[1].label);
}

int
srv_lookup(struct srv *srv, const char *domain, int64_t deadline,
    const volatile sig_atomic_t *stop, struct err *e)
{
	struct lookup l = { .failure = ERR_INIT };
	size_t i;
	int r;

	srv->n = 0;
	if (domain[0] == '\0' || strlen(services[0].label) + 1 +
	    strlen(domain) > DNS_NAME_MAX)
		return err_set(e, ERR_CONFIG, "srv:%s is no domain",
		    str_shown(domain, strlen(domain)));
	r = start(&l, domain, e);
	if (r == 0)
		r = wait_all(&l, deadline, stop, e);
	if (r == 0)
		r = judge(&l, srv, domain, e);
	for (i = 0; i < SERVICES; i++)
		ask_leave(l.ask[i]);
	return r;
}
