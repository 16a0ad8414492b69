#include <stdio.h>
#include <string.h>

#include "app/route.h"
#include "base/str.h"

#define SRV	"srv:"

void
route_begin(struct route *r, const struct account *a)
{
	*r = (struct route){ .account = a,
	    .rest = a->host != NULL ? a->host : "" };
}

int
route_more(const struct route *r)
{
	return r->rest[0] != '\0' || r->at < r->srv.n;
}

static enum session_tls
tls_mode(const struct account *a)
{
	if (!a->tls)
		return SESSION_PLAIN;
	return a->tls_starttls == 1 ? SESSION_STARTTLS : SESSION_TLS;
}

static void
set_name(struct place *p, const struct account *a, const char *name)
{
	strlcpy(p->name, a->tls_host_override != NULL ? a->tls_host_override :
	    name, sizeof(p->name));
}

/* Without an address the way is all that is said of it; of a command its first
 * word, for arguments may be secret. */
static void
private_way(struct place *p, const struct account *a)
{
	const char *way = a->socket != NULL ? a->socket : a->connect_command;
	size_t n = a->socket != NULL ? strlen(way) : strcspn(way, " \t");

	p->tls = tls_mode(a);
	if (a->host != NULL)
		strlcpy(p->host, a->host, sizeof(p->host));
	set_name(p, a, p->host);
	strlcpy(p->where, str_shown(way, n), sizeof(p->where));
}

static void
name_place(struct place *p)
{
	snprintf(p->where, sizeof(p->where), strchr(p->host, ':') != NULL ?
	    "[%s]:%u" : "%s:%u", str_shown(p->host, strlen(p->host)), p->port);
}

static int
is_inside(const char *host, const char *domain)
{
	size_t n = strlen(host), len = strlen(domain);

	return str_same(host, domain) || (n > len &&
	    host[n - len - 1] == '.' && str_same(host + n - len, domain));
}

static void
take_srv(struct route *r, struct place *p)
{
	const struct srv_target *t = &r->srv.target[r->at++];

	strlcpy(p->host, t->host, sizeof(p->host));
	p->port = t->port;
	p->tls = !r->account->tls ? SESSION_PLAIN :
	    t->tls_at_once ? SESSION_TLS : SESSION_STARTTLS;
	p->by_srv = r->domain;
	set_name(p, r->account, is_inside(p->host, r->domain) ? p->host :
	    r->domain);
	name_place(p);
}

static int
look_up(struct route *r, struct place *p, int64_t deadline,
    const volatile sig_atomic_t *stop, struct err *e)
{
	snprintf(p->where, sizeof(p->where), SRV "%s", str_shown(r->domain,
	    strlen(r->domain)));
	r->at = 0;
	if (srv_lookup(&r->srv, r->domain, deadline, stop, e) == -1) {
		r->srv.n = 0;
		return -1;
	}
	take_srv(r, p);
	return 1;
}

int
route_next(struct route *r, struct place *p, int64_t deadline,
    const volatile sig_atomic_t *stop, struct err *e)
{
	const struct account *a = r->account;
	size_t n = strcspn(r->rest, " ");
	int begun = r->begun++;

	*p = (struct place){ .port = a->port };
	if (a->socket != NULL || a->host == NULL) {
		private_way(p, a);
		r->rest = "";
		return !begun;
	}
	if (r->at < r->srv.n) {
		take_srv(r, p);
		return 1;
	}
	if (n == 0)
		return 0;
	snprintf(p->host, sizeof(p->host), "%.*s", (int)n, r->rest);
	r->rest += n + (r->rest[n] == ' ');
	if (str_begins(p->host, strlen(p->host), SRV)) {
		strlcpy(r->domain, p->host + strlen(SRV), sizeof(r->domain));
		return look_up(r, p, deadline, stop, e);
	}
	p->tls = tls_mode(a);
	set_name(p, a, p->host);
	name_place(p);
	return 1;
}
