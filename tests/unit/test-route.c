#include "unit.h"

#include "app/route.h"
#include "base/clock.h"

/* What a route gives, a place a line: where, kind of TLS, name. */
static const struct row {
	const char	*name;
	const char	*host;
	unsigned	 port;
	int		 tls, starttls;
	const char	*override, *socket, *command;
	const char	*want;
} rows[] = {
	{ "one host", "mx.example", 465, 1, 0, NULL, NULL, NULL,
	    "mx.example:465 tls mx.example\n" },
	{ "STARTTLS", "mx.example", 587, 1, 1, NULL, NULL, NULL,
	    "mx.example:587 starttls mx.example\n" },
	{ "no TLS", "127.0.0.1", 25, 0, 0, NULL, NULL, NULL,
	    "127.0.0.1:25 plain 127.0.0.1\n" },
	{ "IPv6", "2001:db8::1", 465, 1, 0, NULL, NULL, NULL,
	    "[2001:db8::1]:465 tls 2001:db8::1\n" },
	{ "three", "a.example b.example 192.0.2.1", 465, 1, 0, NULL, NULL,
	    NULL, "a.example:465 tls a.example\nb.example:465 tls b.example\n"
	    "192.0.2.1:465 tls 192.0.2.1\n" },
	{ "another name", "a.example b.example", 465, 1, 0, "c.example", NULL,
	    NULL, "a.example:465 tls c.example\nb.example:465 tls c.example\n"
	},
	{ "a socket", NULL, 24, 0, 0, NULL, "/run/lmtp", NULL,
	    "/run/lmtp plain \n" },
	{ "a socket, and a name", "mx.example", 24, 1, 0, NULL, "/run/lmtp",
	    NULL, "/run/lmtp tls mx.example\n" },
	{ "a command", "a.example b.example", 465, 1, 0, NULL, NULL,
	    "ssh -W %h:%p gw", "a.example:465 tls a.example\n"
	    "b.example:465 tls b.example\n" },
	{ "a command alone", NULL, 465, 0, 0, NULL, NULL, "ssh gw mail",
	    "ssh plain \n" },
};

static void
add_place(struct buf *b, const struct place *p)
{
	static const char *const kinds[] = { "plain", "starttls", "tls" };

	buf_addf(b, "%s %s %s\n", p->where, kinds[p->tls], p->name);
}

static char *
text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static struct account
account_of(const struct row *r)
{
	return (struct account){ .host = text(r->host), .port = r->port,
	    .tls = r->tls, .tls_starttls = r->starttls,
	    .tls_host_override = text(r->override), .socket = text(r->socket),
	    .connect_command = text(r->command) };
}

static void
test_places(void **state)
{
	const struct row *r = *state;
	struct account a = account_of(r);
	struct buf got = BUF_MAX(4096);
	struct err e = ERR_INIT;
	struct route route;
	struct place p;

	route_begin(&route, &a);
	while (route_next(&route, &p, clock_in(1000), NULL, &e) == 1)
		add_place(&got, &p);
	assert_string_equal(buf_str(&got), r->want);
	assert_int_equal(e.kind, ERR_NONE);
	assert_int_equal(route_next(&route, &p, clock_in(1000), NULL, &e), 0);
	buf_free(&got);
}

/* What DNS says of a domain, as if it had been looked up: only a place inside
 * the domain stands for itself. */
static void
test_srv_places(void **state)
{
	static const struct srv found = { .n = 4, .target = {
	    { "mx.x.example", 465, 1 }, { "X.example", 587, 0 },
	    { "smtp.big.example", 465, 1 }, { "nox.example", 465, 1 } } };
	struct account a = { .host = text("srv:x.example b.example"),
	    .port = 2525, .tls = 1 };
	struct buf got = BUF_MAX(4096);
	struct err e = ERR_INIT;
	struct route route;
	struct place p;

	(void)state;
	route_begin(&route, &a);
	route.rest += strlen("srv:x.example ");
	strlcpy(route.domain, "x.example", sizeof(route.domain));
	route.srv = found;
	while (route_next(&route, &p, clock_in(1000), NULL, &e) == 1) {
		assert_true((p.by_srv != NULL) ==
		    (strcmp(p.host, "b.example") != 0));
		add_place(&got, &p);
	}
	assert_string_equal(buf_str(&got), "mx.x.example:465 tls mx.x.example\n"
	    "X.example:587 starttls X.example\n"
	    "smtp.big.example:465 tls x.example\n"
	    "nox.example:465 tls x.example\n"
	    "b.example:2525 tls b.example\n");
	buf_free(&got);
}

/* No time: the lookup fails, the place is named, and the next word is next. */
static void
test_srv_fails(void **state)
{
	struct account a = { .host = text("srv:x.invalid b.example"),
	    .port = 465, .tls = 1 };
	struct err e = ERR_INIT;
	struct route route;
	struct place p;

	(void)state;
	route_begin(&route, &a);
	assert_int_equal(route_next(&route, &p, clock_ms(), NULL, &e), -1);
	assert_int_not_equal(e.kind, ERR_NONE);
	assert_string_equal(p.where, "srv:x.invalid");
	assert_int_equal(route_next(&route, &p, clock_ms(), NULL, &e), 1);
	assert_string_equal(p.where, "b.example:465");
}

int
main(void)
{
	UNIT_ROWS(rows, test_places);
	UNIT_TEST(test_srv_places);
	UNIT_TEST(test_srv_fails);
	return unit_run("route");
}
