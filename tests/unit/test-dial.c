#include "unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/dial.h"
#include "net/resolve.h"

#define LONG	60000		/* no test should ever need it */

/* A listener on a free loopback port, or on that port; -1 without IPv6. */
static int
listener(int family, unsigned *port, int backlog)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)*port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
	    .sin6_port = htons((uint16_t)*port),
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *sa = family == AF_INET ? (void *)&v4 : (void *)&v6;
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		return -1;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, sa, len) == -1 ||
	    (backlog >= 0 && listen(fd, backlog) == -1)) {
		close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, sa, &len), 0);
	*port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
	return fd;
}

/* Fill a listener's queue, so that it answers nobody any more. */
static size_t
fill_queue(unsigned port, int *fds, size_t max)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port) };
	struct pollfd p;
	size_t n;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (n = 0; n < max; n++) {
		fds[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[n], (struct sockaddr *)&to, sizeof(to));
		p = (struct pollfd){ fds[n], POLLOUT, 0 };
		if (poll(&p, 1, 100) == 0)
			return n + 1;
	}
	return 0;
}

static void
test_connected(void **state)
{
	char peer[64] = "", want[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = listener(AF_INET, &port, 5), fd, on = 0;
	struct dial_params p = { .host = "127.0.0.1", .port = port,
	    .deadline = clock_in(LONG) };
	socklen_t len = sizeof(on);

	(void)state;
	fd = dial(&p, peer, sizeof(peer), &e);
	assert_int_not_equal(fd, -1);
	snprintf(want, sizeof(want), "127.0.0.1:%u", port);
	assert_string_equal(peer, want);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len);
	assert_int_equal(on != 0, 1);
	close(fd);
	close(server);
}

/* "localhost" is both addresses: whichever of them listens is found. */
static void
test_localhost(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct err e = ERR_INIT;
	char peer[64], want[64];
	unsigned port;
	size_t i;
	int server, fd;

	(void)state;
	for (i = 0; i < COUNT(families); i++) {
		port = 0;
		server = listener(families[i], &port, 5);
		if (server == -1)
			continue;	/* no IPv6 here */
		fd = dial(&(struct dial_params){ .host = "LocalHost",
		    .port = port, .deadline = clock_in(LONG) }, peer,
		    sizeof(peer), &e);
		assert_int_not_equal(fd, -1);
		snprintf(want, sizeof(want), families[i] == AF_INET ?
		    "127.0.0.1:%u" : "[::1]:%u", port);
		assert_string_equal(peer, want);
		close(fd);
		close(server);
	}
}

static void
test_refused(void **state)
{
	char peer[64], want[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int bound = listener(AF_INET, &port, -1);	/* it is ours alone */
	struct dial_params p = { .host = "127.0.0.1", .port = port,
	    .deadline = clock_in(LONG) };

	(void)state;
	assert_int_equal(dial(&p, peer, sizeof(peer), &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	snprintf(want, sizeof(want), "cannot connect to 127.0.0.1:%u: "
	    "Connection refused", port);
	assert_string_equal(e.text, want);
	close(bound);
}

static void
test_silent(void **state)
{
	static volatile sig_atomic_t stop = 1;
	char peer[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = listener(AF_INET, &port, 0), fds[16];
	size_t n = fill_queue(port, fds, COUNT(fds));
	struct dial_params p = { .host = "127.0.0.1", .port = port };
	int64_t start = clock_ms();

	(void)state;
	if (n == 0)
		skip();
	p.deadline = clock_in(300);
	assert_int_equal(dial(&p, peer, sizeof(peer), &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "no answer"));
	assert_in_range(clock_ms() - start, 299, LONG / 2);
	p.deadline = clock_in(LONG);
	p.stop = &stop;
	assert_int_equal(dial(&p, peer, sizeof(peer), &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "interrupted"));
	while (n > 0)
		close(fds[--n]);
	close(server);
}

/* The first address is silent: the second is tried meanwhile, and wins. */
static void
test_race(void **state)
{
	char peer[64], want[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = listener(AF_INET, &port, 0), fds[16], fd;
	int other = listener(AF_INET6, &port, 5);
	size_t n = fill_queue(port, fds, COUNT(fds));
	struct dial_params p = { .host = "localhost", .port = port };
	int64_t start = clock_ms();

	(void)state;
	if (n == 0 || other == -1)
		skip();
	p.deadline = clock_in(LONG);
	fd = dial(&p, peer, sizeof(peer), &e);
	assert_int_not_equal(fd, -1);
	snprintf(want, sizeof(want), "[::1]:%u", port);
	assert_string_equal(peer, want);
	assert_in_range(clock_ms() - start, 249, LONG / 2);
	close(fd);
	while (n > 0)
		close(fds[--n]);
	close(server);
	close(other);
}

static const struct {
	const char	*name;
	const char	*host, *source_ip;
	enum err_kind	 want;		/* ERR_NONE: it connects from there */
	const char	*why;
} sources[] = {
	{ "loopback", "127.0.0.1", "127.0.0.1", ERR_NONE, NULL },
	{ "another of loopback's", "127.0.0.1", "127.0.0.2", ERR_NONE, NULL },
	{ "the family that fits", "localhost", "127.0.0.1", ERR_NONE, NULL },
	{ "a name", "127.0.0.1", "localhost", ERR_CONFIG,
	    "source_ip: localhost is no address" },
	{ "empty", "127.0.0.1", "", ERR_CONFIG, "is no address" },
	{ "an address cut short", "127.0.0.1", "127.0.0", ERR_CONFIG,
	    "is no address" },
	{ "an escape", "127.0.0.1", "\033[2J", ERR_CONFIG, "\\x1B[2J" },
	{ "not this machine's", "127.0.0.1", "192.0.2.1", ERR_TEMP,
	    "check \"source_ip\"" },
	{ "the other family", "127.0.0.1", "::1", ERR_TEMP,
	    "check \"source_ip\"" },
};

static void
test_source(void **state)
{
	const __typeof__(sources[0]) *r = *state;
	struct sockaddr_in from = { .sin_family = AF_INET };
	socklen_t len = sizeof(from);
	char peer[64], text[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = listener(AF_INET, &port, 5), fd;

	fd = dial(&(struct dial_params){ .host = r->host, .port = port,
	    .source_ip = r->source_ip, .deadline = clock_in(LONG) }, peer,
	    sizeof(peer), &e);
	assert_int_equal(fd == -1, r->want != ERR_NONE);
	assert_int_equal(e.kind, r->want);
	if (fd != -1) {
		getsockname(fd, (struct sockaddr *)&from, &len);
		assert_string_equal(inet_ntop(AF_INET, &from.sin_addr, text,
		    sizeof(text)), r->source_ip);
		close(fd);
	} else
		assert_non_null(strstr(e.text, r->why));
	close(server);
}

/* Rather no connection than one from an address that was not asked for. */
static void
test_source_family(void **state)
{
	char peer[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = listener(AF_INET6, &port, 5);
	struct dial_params p = { .host = "localhost", .port = port,
	    .source_ip = "127.0.0.1", .deadline = clock_in(LONG) };

	(void)state;
	if (server == -1)
		skip();
	assert_int_equal(dial(&p, peer, sizeof(peer), &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	close(server);
}

static const struct {
	const char	*name;
	const char	*host;
	size_t		 n;
	int		 family;	/* of the first */
} known[] = {
	{ "IPv4", "192.0.2.1", 1, AF_INET },
	{ "IPv6", "2001:db8::1", 1, AF_INET6 },
	{ "localhost", "localhost", 2, AF_INET },
	{ "localhost in capitals", "LOCALHOST", 2, AF_INET },
};

/* These need nobody to be asked: it works with the deadline passed. */
static void
test_known(void **state)
{
	const __typeof__(known[0]) *r = *state;
	struct resolved to = { .n = 99 };
	struct err e = ERR_INIT;

	assert_int_equal(resolve(&to, r->host, 587, clock_in(-1), NULL, &e),
	    0);
	assert_int_equal(to.n, r->n);
	assert_int_equal(to.addr[0].ss_family, r->family);
	assert_int_equal(r->family == AF_INET ?
	    ((struct sockaddr_in *)(void *)&to.addr[0])->sin_port :
	    ((struct sockaddr_in6 *)(void *)&to.addr[0])->sin6_port,
	    htons(587));
}

/* Whether or not there is a network, it is not waited for longer. */
static void
test_unknown(void **state)
{
	struct resolved to;
	struct err e = ERR_INIT;
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(resolve(&to, "no-such-host.invalid", 25,
	    clock_in(2000), NULL, &e), -1);
	assert_true(e.kind == ERR_NOHOST || e.kind == ERR_TEMP);
	assert_non_null(strstr(e.text, "no-such-host.invalid"));
	assert_true(clock_ms() - start < LONG / 2);
}

int
main(void)
{
	UNIT_TEST(test_connected);
	UNIT_TEST(test_localhost);
	UNIT_TEST(test_refused);
	UNIT_TEST(test_silent);
	UNIT_TEST(test_race);
	UNIT_ROWS(sources, test_source);
	UNIT_TEST(test_source_family);
	UNIT_ROWS(known, test_known);
	UNIT_TEST(test_unknown);
	return unit_run("dial");
}
