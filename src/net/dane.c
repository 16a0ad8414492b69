#include <arpa/inet.h>
#include <gnutls/dane.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dynlib.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/ask.h"
#include "net/dane.h"

#define NAME_ROOM	280
#define TYPE_TLSA	52
#define CLASS_IN	1
#define ANSWER_MAX	65535

#define FUNCTIONS(F) \
	F(dane_query_data) F(dane_query_deinit) F(dane_query_entries) \
	F(dane_query_status) F(dane_query_tlsa) F(dane_state_deinit) \
	F(dane_state_init)
#define POINTER(f)	__typeof__(f) *f##_;
#define SYMBOL(f)	{ #f, &lib.f##_ },

static struct { FUNCTIONS(POINTER) } lib;

static const struct dynlib_symbol symbols[] = { FUNCTIONS(SYMBOL) };

/* What came of it; NONE and FAILED are told apart by asking without DNSSEC,
 * which is for the wording alone. */
enum outcome { FOUND, NO_RESOLVER, NONE, FAILED, UNSIGNED, FORGED };

/* The thread's, until it has answered. */
struct question {
	char		*host;
	char		 name[NAME_ROOM];	/* that is asked for */
	unsigned	 port;
	enum outcome	 outcome;
	struct tlsa_set	 set;
};

int
dane_is_built(void)
{
	return 1;
}

/* The library says no more than that there is nothing. */
static enum outcome
why_nothing(const struct question *q)
{
	unsigned char *answer = mem_new(ANSWER_MAX, 1);
	int len = res_query(q->name, CLASS_IN, TYPE_TLSA, answer, ANSWER_MAX);
	int why = h_errno;

	free(answer);
	if (len >= 0)
		return FORGED;
	return why == HOST_NOT_FOUND || why == NO_DATA ? NONE : FAILED;
}

static enum outcome
outcome_of(const struct question *q, int r)
{
	switch (r) {
	case DANE_E_NO_DNSSEC_SIG:
		return UNSIGNED;
	case DANE_E_INVALID_DNSSEC_SIG:
		return FORGED;
	case DANE_E_NO_DANE_DATA:
	case DANE_E_REQUESTED_DATA_NOT_AVAILABLE:
		return why_nothing(q);
	default:
		return FAILED;
	}
}

static void
take_records(struct question *q, dane_query_t found)
{
	unsigned i, usage, selector, match;
	gnutls_datum_t data;

	for (i = 0; i < lib.dane_query_entries_(found); i++)
		if (lib.dane_query_data_(found, i, &usage, &selector, &match,
		    &data) >= 0)
			tlsa_add(&q->set, usage, selector, match, data.data,
			    data.size);
}

static void
work(void *arg)
{
	struct question *q = arg;
	dane_state_t state;
	dane_query_t found = NULL;
	int r;

	if (lib.dane_state_init_(&state, 0) < 0) {
		q->outcome = NO_RESOLVER;
		return;
	}
	r = lib.dane_query_tlsa_(state, &found, q->host, "tcp", q->port);
	if (r < 0)
		q->outcome = outcome_of(q, r);
	else if (lib.dane_query_status_(found) != DANE_QUERY_DNSSEC_VERIFIED)
		q->outcome = UNSIGNED;
	else
		take_records(q, found);
	if (found != NULL)
		lib.dane_query_deinit_(found);
	lib.dane_state_deinit_(state);
}

static void
release(void *arg)
{
	struct question *q = arg;

	tlsa_free(&q->set);
	free(q->host);
	free(q);
}

/* Refused, whatever else would speak for the server: that is what DANE was
 * asked for. */
static int
report(const struct question *q, struct err *e)
{
	switch (q->outcome) {
	case FOUND:
		if (q->set.n > 0)
			return 0;
		return err_set(e, ERR_PROTOCOL, "none of the TLSA records of "
		    "%s is of a kind that is known", q->name);
	case NO_RESOLVER:
		return err_set(e, ERR_UNAVAIL, "DNSSEC cannot be had: the key "
		    "of the root zone, or /etc/resolv.conf, is missing; "
		    "install dns-root-data (Debian), or unbound-anchor");
	case NONE:
		return err_set(e, ERR_PROTOCOL, "%s has no TLSA records, so "
		    "that nobody vouches for the server; if that is right, "
		    "write: tls_trust ca", q->name);
	case FAILED:
		return err_set(e, ERR_TEMP, "the TLSA records of %s cannot be "
		    "had: the name servers fail, or what they say is not "
		    "signed as it should be", q->name);
	case UNSIGNED:
		return err_set(e, ERR_PROTOCOL, "the TLSA records of %s are "
		    "not signed (DNSSEC), so that anybody could have made "
		    "them; if that is right, write: tls_trust ca", q->name);
	case FORGED:
		break;
	}
	return err_set(e, ERR_PROTOCOL, "the TLSA records of %s are signed "
	    "wrongly (DNSSEC), or too long ago; it may be an attack, and "
	    "nothing was sent", q->name);
}

static int
is_address(const char *name)
{
	struct in6_addr any;

	return inet_pton(AF_INET, name, &any) == 1 ||
	    inet_pton(AF_INET6, name, &any) == 1;
}

static struct question *
question_of(const char *name, unsigned port)
{
	struct question *q = mem_new(1, sizeof(*q));

	q->host = mem_str(name);
	q->port = port;
	snprintf(q->name, sizeof(q->name), "_%u._tcp.%.253s", port, name);
	return q;
}

int
dane_find(struct tlsa_set *set, const char *name, unsigned port,
    int64_t deadline, const volatile sig_atomic_t *stop, struct err *e)
{
	static void *handle;
	struct question *q;
	struct ask *a;
	int woken, r = -1;

	if (is_address(name) || name[0] == '\0')
		return err_set(e, ERR_CONFIG, "DANE goes by names, and \"%s\" "
		    "is none; write \"host NAME\" or \"tls_host_override "
		    "NAME\"", str_shown(name, strlen(name)));
	if (dynlib_open(&handle, DANE_SONAME, symbols,
	    sizeof(symbols) / sizeof(symbols[0]), e) == -1)
		return -1;
	q = question_of(name, port);
	a = ask_start(work, release, q, e);
	if (a == NULL)
		return -1;
	woken = ask_wait(a, deadline, stop);
	if (woken == -1)
		err_set(e, ERR_TEMP, "interrupted while the TLSA records of "
		    "the server were looked up");
	else if (woken == 0)
		err_set(e, ERR_TEMP, "no answer from the name servers for the "
		    "TLSA records of %s", q->name);
	else if ((r = report(q, e)) == 0) {
		*set = q->set;
		q->set.n = 0;
	}
	ask_leave(a);
	return r;
}
