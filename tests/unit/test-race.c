#include "unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/race.h"
#include "net/resolve.h"

#define LONG	60000		/* no test should ever need it */

/* ------------------------------------------------------- the name service */

static int gate[2];		/* "slow" answers when something comes */
static const struct {
	const char	*host;
	int		 code;
} codes[] = {
	{ "no-such-host.example", EAI_NONAME },
#ifdef EAI_NODATA
	{ "no-address.example", EAI_NODATA },
#endif
	{ "later.example", EAI_AGAIN },
	{ "broken.example", EAI_FAIL },
	{ "a\033[2J", EAI_NONAME },
};

static struct addrinfo *
one(const char *text, struct addrinfo *next)
{
	struct addrinfo *ai = calloc(1, sizeof(*ai));
	struct sockaddr_in6 *sa = calloc(1, sizeof(*sa));
	struct sockaddr_in *v4 = (void *)sa;

	if (ai == NULL || sa == NULL)
		abort();
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		v4->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &sa->sin6_addr) == 1) {
		sa->sin6_family = AF_INET6;
		sa->sin6_scope_id = 7;
	} else
		abort();
	ai->ai_family = v4->sin_family;
	ai->ai_addr = (void *)sa;
	ai->ai_addrlen = ai->ai_family == AF_INET ? sizeof(*v4) : sizeof(*sa);
	ai->ai_next = next;
	return ai;
}

/* In the place of the system's: a name is a list of addresses, "," between. */
int
getaddrinfo(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **answer)
{
	char text[1024], *comma;
	size_t i;
	char c;

	if (service != NULL || hints->ai_socktype != SOCK_STREAM)
		return EAI_SERVICE;
	for (i = 0; i < COUNT(codes); i++)
		if (strcmp(codes[i].host, host) == 0)
			return codes[i].code;
	if (strcmp(host, "slow.example") == 0)
		return read(gate[0], &c, 1) == 1 ? EAI_NONAME : EAI_FAIL;
	strlcpy(text, host, sizeof(text));
	*answer = NULL;
	while ((comma = strrchr(text, ',')) != NULL) {
		*answer = one(comma + 1, *answer);
		*comma = '\0';
	}
	*answer = one(text, *answer);
	return 0;
}

void
freeaddrinfo(struct addrinfo *ai)
{
	struct addrinfo *next;

	for (; ai != NULL; ai = next) {
		next = ai->ai_next;
		free(ai->ai_addr);
		free(ai);
	}
}

static const struct {
	const char	*name;
	const char	*host;
	const char	*want;		/* addresses */
} orders[] = {
	{ "IPv4", "192.0.2.1", "192.0.2.1" },
	{ "IPv6", "2001:db8::1", "2001:db8::1" },
	{ "localhost", "localhost", "127.0.0.1,::1" },
	{ "localhost in capitals", "LOCALHOST", "127.0.0.1,::1" },
	{ "one family", "192.0.2.1,192.0.2.2", "192.0.2.1,192.0.2.2" },
	{ "the families take turns", "::1,::2,::3,192.0.2.1,192.0.2.2",
	    "::1,192.0.2.1,::2,192.0.2.2,::3" },
	{ "the system prefers IPv4", "192.0.2.1,192.0.2.2,192.0.2.3,::1",
	    "192.0.2.1,::1,192.0.2.2,192.0.2.3" },
	{ "they do already", "::1,192.0.2.1,::2", "::1,192.0.2.1,::2" },
	{ "more than are tried", "::1,::2,::3,::4,::5,::6,::7,::8,::9,::a,"
	    "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5,192.0.2.6,"
	    "192.0.2.7,192.0.2.8,192.0.2.9", "::1,192.0.2.1,::2,192.0.2.2,"
	    "::3,192.0.2.3,::4,192.0.2.4,::5,192.0.2.5,::6,192.0.2.6,::7,"
	    "192.0.2.7,::8,192.0.2.8" },
};

static void
test_order(void **state)
{
	const __typeof__(orders[0]) *r = *state;
	struct resolved to = { .n = 99 };
	struct err e = ERR_INIT;
	char got[1024] = "", text[64];
	size_t i;

	assert_int_equal(resolve(&to, r->host, 587, clock_in(LONG), NULL, &e),
	    0);
	for (i = 0; i < to.n; i++) {
		const struct sockaddr_in *v4 = (void *)&to.addr[i];
		const struct sockaddr_in6 *v6 = (void *)&to.addr[i];
		int is_v4 = v4->sin_family == AF_INET;

		inet_ntop(v4->sin_family, is_v4 ? (const void *)&v4->sin_addr :
		    &v6->sin6_addr, text, sizeof(text));
		strlcat(got, i > 0 ? "," : "", sizeof(got));
		strlcat(got, text, sizeof(got));
		assert_int_equal(is_v4 ? v4->sin_port : v6->sin6_port,
		    htons(587));
		assert_int_equal(to.len[i], is_v4 ? sizeof(*v4) : sizeof(*v6));
		if (!is_v4 && strchr(r->host, ',') != NULL)
			assert_int_equal(v6->sin6_scope_id, 7);
	}
	assert_string_equal(got, r->want);
}

/* What needs nobody to be asked works with the deadline passed. */
static void
test_known(void **state)
{
	struct resolved to;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(resolve(&to, "localhost", 25, clock_in(-1), NULL,
	    &e), 0);
	assert_int_equal(resolve(&to, "::1", 25, clock_in(-1), NULL, &e), 0);
}

static const struct {
	const char	*name;
	const char	*host;
	enum err_kind	 kind;
	const char	*why;
} unknowns[] = {
	{ "no such name", "no-such-host.example", ERR_NOHOST,
	    "there is no host no-such-host.example" },
#ifdef EAI_NODATA
	{ "no address", "no-address.example", ERR_NOHOST,
	    "there is no host no-address.example" },
#endif
	{ "not now", "later.example", ERR_TEMP,
	    "cannot look up later.example: " },
	{ "not at all", "broken.example", ERR_TEMP,
	    "cannot look up broken.example: " },
	{ "an escape", "a\033[2J", ERR_NOHOST,
	    "there is no host a\\x1B[2J" },
};

static void
test_unknown(void **state)
{
	const __typeof__(unknowns[0]) *r = *state;
	struct resolved to;
	struct err e = ERR_INIT;

	assert_int_equal(resolve(&to, r->host, 25, clock_in(LONG), NULL, &e),
	    -1);
	assert_int_equal(e.kind, r->kind);
	assert_memory_equal(e.text, r->why, strlen(r->why));
}

/* The name service has no deadline: we have. */
static void
test_slow(void **state)
{
	static volatile sig_atomic_t stop = 1;
	struct resolved to;
	struct err e = ERR_INIT;
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(resolve(&to, "slow.example", 25, clock_in(100), NULL,
	    &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_string_equal(e.text, "no answer from the name servers for "
	    "slow.example");
	assert_in_range(clock_ms() - start, 99, LONG / 2);
	assert_int_equal(resolve(&to, "slow.example", 25, clock_in(LONG),
	    &stop, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_string_equal(e.text, "interrupted while slow.example was looked "
	    "up");
	assert_int_equal(write(gate[1], "xx", 2), 2);	/* let them end */
}

/* ----------------------------------------------------------------- races */

/* Something on an address and a port that is free, or on that port. */
static int
place(const char *ip, unsigned *port, int backlog)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)*port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
	    .sin6_port = htons((uint16_t)*port) };
	int is_v4 = inet_pton(AF_INET, ip, &v4.sin_addr) == 1, on = 1;
	struct sockaddr *sa = is_v4 ? (void *)&v4 : (void *)&v6;
	socklen_t len = is_v4 ? sizeof(v4) : sizeof(v6);
	int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET6, ip, &v6.sin6_addr);
	if (fd == -1)
		return -1;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, sa, len) == -1 ||
	    (backlog >= 0 && listen(fd, backlog) == -1)) {
		close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, sa, &len), 0);
	*port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
	return fd;
}

/* Fill a listener's queue, so that it answers nobody any more. */
static size_t
fill_queue(const char *ip, unsigned port, int *fds, size_t max)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port) };
	struct pollfd p;
	size_t n;

	inet_pton(AF_INET, ip, &to.sin_addr);
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
	int server = place("127.0.0.1", &port, 5), fd, on = 0;
	struct race_params p = { .host = "127.0.0.1", .port = port,
	    .deadline = clock_in(LONG) };
	socklen_t len = sizeof(on);

	(void)state;
	fd = race(&p, peer, sizeof(peer), &e);
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

static void
note_addresses(void *arg, const char *addresses)
{
	strlcat(arg, addresses, 256);
	strlcat(arg, ";", 256);
}

static const struct told {
	const char	*name;
	const char	*host, *source_ip;
	const char	*want;
} told[] = {
	{ "an address", "127.0.0.1", NULL, "127.0.0.1;" },
	{ "both families", "127.9.9.1,::1,127.9.9.2", NULL,
	    "127.9.9.1, ::1, 127.9.9.2;" },
	{ "those that will be tried", "127.9.9.1,::1", "127.0.0.1",
	    "127.9.9.1;" },
	{ "no host", "no-such-host.example", NULL, "" },
};

static void
test_told(void **state)
{
	const struct told *row = *state;
	char peer[64], heard[256] = "";
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = place("127.0.0.1", &port, 5), fd;

	fd = race(&(struct race_params){ .host = row->host, .port = port,
	    .source_ip = row->source_ip, .deadline = clock_in(LONG),
	    .found = note_addresses, .arg = heard }, peer, sizeof(peer), &e);
	assert_string_equal(heard, row->want);
	if (fd != -1)
		close(fd);
	close(server);
}

/* "localhost" is both addresses: whichever of them listens is found. */
static void
test_localhost(void **state)
{
	static const char *const ips[] = { "127.0.0.1", "::1" };
	struct err e = ERR_INIT;
	char peer[64], want[64];
	unsigned port;
	size_t i;
	int server, fd;

	(void)state;
	for (i = 0; i < COUNT(ips); i++) {
		port = 0;
		server = place(ips[i], &port, 5);
		if (server == -1)
			continue;	/* no IPv6 here */
		fd = race(&(struct race_params){ .host = "LocalHost",
		    .port = port, .deadline = clock_in(LONG) }, peer,
		    sizeof(peer), &e);
		assert_int_not_equal(fd, -1);
		snprintf(want, sizeof(want), i == 0 ? "%s:%u" : "[%s]:%u",
		    ips[i], port);
		assert_string_equal(peer, want);
		close(fd);
		close(server);
	}
}

/*
 * Each letter is an address, of the name in this order: (o)pen, (r)efusing,
 * (s)ilent, (u)nreachable, which shows at once.
 */
static const struct {
	const char	*name;
	const char	*runners;
	int		 winner;	/* which, or -1 */
	int64_t		 least, most;	/* ms */
	const char	*why;		/* N is that address */
} races[] = {
	{ "the first", "oo", 0, 0, 250, NULL },
	{ "the first is refused", "ro", 1, 0, 250, NULL },
	{ "many are refused", "rrrrro", 5, 0, 250, NULL },
	{ "the first is unreachable", "uo", 1, 0, 250, NULL },
	{ "the first is silent", "so", 1, 249, 500, NULL },
	{ "two are silent", "sso", 2, 499, 750, NULL },
	{ "refused while another is silent", "sro", 2, 249, 500, NULL },
	{ "unreachable while another is silent", "suo", 2, 249, 500, NULL },
	{ "more while another is silent", "suurruo", 6, 249, 500, NULL },
	{ "refused", "r", -1, 0, 250,
	    "cannot connect to 0: Connection refused" },
	{ "all are refused", "rrr", -1, 0, 250,
	    "cannot connect to 2: Connection refused" },
	{ "what tells most is said", "uru", -1, 0, 250,
	    "cannot connect to 1: Connection refused" },
	{ "all are unreachable", "uu", -1, 0, 250,
	    "cannot connect to 1: Network is unreachable" },
	{ "silent", "s", -1, 999, LONG,
	    "no answer to the connection; is the port open?" },
	{ "refused and silent", "rsr", -1, 999, LONG,
	    "no answer to the connection; is the port open?" },
};

struct track {
	char	 ip[7][32];
	char	 host[256];
	int	 at[7];
	int	 guest[7][16];
	size_t	 guests[7];
	unsigned port;
};

static void
build(struct track *t, const char *runners)
{
	size_t i, n = strlen(runners);

	*t = (struct track){ .port = 0 };
	for (i = 0; i < n; i++) {
		if (runners[i] == 'u')
			strlcpy(t->ip[i], "255.255.255.255", sizeof(t->ip[i]));
		else
			snprintf(t->ip[i], sizeof(t->ip[i]), "127.0.%d.%zu",
			    getpid() % 200, i + 2);
		strlcat(t->host, i > 0 ? "," : "", sizeof(t->host));
		strlcat(t->host, t->ip[i], sizeof(t->host));
		t->at[i] = runners[i] == 'u' ? -1 : place(t->ip[i], &t->port,
		    runners[i] == 'o' ? 5 : runners[i] == 's' ? 0 : -1);
		if (runners[i] == 's')
			t->guests[i] = fill_queue(t->ip[i], t->port,
			    t->guest[i], 16);
	}
	if (n == 1)		/* an address is not asked for */
		strlcat(t->host, ",255.255.255.255", sizeof(t->host));
}

static void
clear(struct track *t)
{
	size_t i;

	for (i = 0; i < COUNT(t->at); i++) {
		if (t->at[i] > 0)
			close(t->at[i]);
		while (t->guests[i] > 0)
			close(t->guest[i][--t->guests[i]]);
	}
}

static int
sockets(void)
{
	socklen_t len = sizeof(int);
	int fd, type, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
	return n;
}

/* Put addresses in the place of their numbers. */
static void
write_out(char *out, size_t size, const char *text, const struct track *t)
{
	const char *digit = strpbrk(text, "0123456789");

	if (digit == NULL)
		strlcpy(out, text, size);
	else
		snprintf(out, size, "%.*s%s:%u%s", (int)(digit - text), text,
		    t->ip[*digit - '0'], t->port, digit + 1);
}

static void
test_race(void **state)
{
	const __typeof__(races[0]) *r = *state;
	char peer[64], want[128];
	struct err e = ERR_INIT;
	struct track t;
	int64_t start, took;
	int fd, before, i;

	build(&t, r->runners);
	for (i = 0; r->runners[i] != '\0'; i++)
		if (r->runners[i] == 's' && t.guests[i] == 0) {
			clear(&t);
			skip();		/* this system answers all the same */
		}
	before = sockets();
	start = clock_ms();
	fd = race(&(struct race_params){ .host = t.host, .port = t.port,
	    .deadline = clock_in(r->winner == -1 ? 1000 : LONG) }, peer,
	    sizeof(peer), &e);
	took = clock_ms() - start;
	assert_int_equal(fd != -1, r->winner != -1);
	if (fd != -1) {
		snprintf(want, sizeof(want), "%s:%u", t.ip[r->winner], t.port);
		assert_string_equal(peer, want);
		close(fd);
	} else {
		write_out(want, sizeof(want), r->why, &t);
		assert_string_equal(e.text, want);
		assert_int_equal(e.kind, ERR_TEMP);
	}
	assert_in_range(took, r->least, r->most);
	assert_int_equal(sockets(), before);	/* the losers are closed */
	clear(&t);
}

/* Over both families, where there are two. */
static void
test_families(void **state)
{
	char peer[64], want[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = place("127.0.0.1", &port, 0), fds[16], fd;
	int other = place("::1", &port, 5);
	size_t n = fill_queue("127.0.0.1", port, fds, COUNT(fds));
	struct race_params p = { .host = "localhost", .port = port };

	(void)state;
	if (n == 0 || other == -1)
		skip();
	p.deadline = clock_in(LONG);
	fd = race(&p, peer, sizeof(peer), &e);
	assert_int_not_equal(fd, -1);
	snprintf(want, sizeof(want), "[::1]:%u", port);
	assert_string_equal(peer, want);
	close(fd);
	while (n > 0)
		close(fds[--n]);
	close(server);
	close(other);
}

static void
test_interrupted(void **state)
{
	static volatile sig_atomic_t stop = 1;
	char peer[64];
	struct err e = ERR_INIT;
	struct track t;

	(void)state;
	build(&t, "s");
	if (t.guests[0] == 0)
		skip();
	assert_int_equal(race(&(struct race_params){ .host = t.ip[0],
	    .port = t.port, .deadline = clock_in(LONG), .stop = &stop }, peer,
	    sizeof(peer), &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_string_equal(e.text, "interrupted while connecting");
	clear(&t);
}

/* ---------------------------------------------------------- where from */

static const struct {
	const char	*name;
	const char	*host, *source_ip;
	const char	*from;		/* NULL: it does not connect */
	enum err_kind	 kind;
	const char	*why;
} sources[] = {
	{ "loopback", "127.0.0.1", "127.0.0.1", "127.0.0.1", 0, NULL },
	{ "another of loopback's", "127.0.0.1", "127.0.0.2", "127.0.0.2", 0,
	    NULL },
	{ "the family that fits", "localhost", "127.0.0.2", "127.0.0.2", 0,
	    NULL },
	{ "one a family", "127.0.0.1", "::1 127.0.0.2", "127.0.0.2", 0, NULL },
	{ "in the other order", "127.0.0.1", "127.0.0.2 \t ::1", "127.0.0.2",
	    0, NULL },
	{ "a blank at the end", "127.0.0.1", "127.0.0.2 ", "127.0.0.2", 0,
	    NULL },
	{ "a name", "127.0.0.1", "localhost", NULL, ERR_CONFIG,
	    "source_ip: localhost is no address" },
	{ "empty", "127.0.0.1", "", NULL, ERR_CONFIG, "is no address" },
	{ "an address cut short", "127.0.0.1", "127.0.0", NULL, ERR_CONFIG,
	    "is no address" },
	{ "and more", "127.0.0.1", "127.0.0.1x", NULL, ERR_CONFIG,
	    "source_ip: 127.0.0.1x is no address" },
	{ "longer than an address", "127.0.0.1",
	    "127.0.0.1111111111111111111111111111111111111111", NULL,
	    ERR_CONFIG, "is no address" },
	{ "no address at last", "127.0.0.1", "127.0.0.1 x", NULL, ERR_CONFIG,
	    "source_ip: x is no address" },
	{ "two of a family", "127.0.0.1", "127.0.0.1 127.0.0.2", NULL,
	    ERR_CONFIG, "source_ip: 127.0.0.2 is a second IPv4 address" },
	{ "two of the other", "127.0.0.1", "::1 ::2", NULL, ERR_CONFIG,
	    "source_ip: ::2 is a second IPv6 address" },
	{ "an escape", "127.0.0.1", "\033[2J", NULL, ERR_CONFIG,
	    "\\x1B[2J" },
	{ "not this machine's", "127.0.0.1", "192.0.2.1", NULL, ERR_TEMP,
	    "from 192.0.2.1: Cannot assign requested address; check "
	    "\"source_ip\"" },
	{ "the other family", "127.0.0.1", "::1", NULL, ERR_TEMP,
	    "cannot connect to 127.0.0.1 from ::1: it has no IPv6 address; "
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
	int server = place("127.0.0.1", &port, 5), fd;

	fd = race(&(struct race_params){ .host = r->host, .port = port,
	    .source_ip = r->source_ip, .deadline = clock_in(LONG) }, peer,
	    sizeof(peer), &e);
	assert_int_equal(fd == -1, r->from == NULL);
	assert_int_equal(e.kind, r->kind);
	if (fd != -1) {
		getsockname(fd, (struct sockaddr *)&from, &len);
		assert_string_equal(inet_ntop(AF_INET, &from.sin_addr, text,
		    sizeof(text)), r->from);
		close(fd);
	} else
		assert_non_null(strstr(e.text, r->why));
	close(server);
}

/* Each family from its own: IPv6 has no other address to be sure by. */
static void
test_source_v6(void **state)
{
	char peer[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = place("::1", &port, 5), fd;
	struct race_params p = { .host = "localhost", .port = port,
	    .source_ip = "127.0.0.1 ::1", .deadline = clock_in(LONG) };

	(void)state;
	if (server == -1)
		skip();
	fd = race(&p, peer, sizeof(peer), &e);
	assert_int_not_equal(fd, -1);
	assert_int_equal(peer[0], '[');
	close(fd);
	p.source_ip = "127.0.0.1 2001:db8::1";
	assert_int_equal(race(&p, peer, sizeof(peer), &e), -1);
	close(server);
}

/* Rather no connection than one from an address that was not asked for; and
 * the other family's absence is not what failed. */
static void
test_source_family(void **state)
{
	char peer[64];
	struct err e = ERR_INIT;
	unsigned port = 0;
	int server = place("::1", &port, 5);
	struct race_params p = { .host = "localhost", .port = port,
	    .source_ip = "127.0.0.1", .deadline = clock_in(LONG) };

	(void)state;
	if (server == -1)
		skip();
	assert_int_equal(race(&p, peer, sizeof(peer), &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "Connection refused"));
	close(server);
}

int
main(void)
{
	if (pipe(gate) == -1)
		return 99;
	UNIT_ROWS(orders, test_order);
	UNIT_TEST(test_known);
	UNIT_ROWS(unknowns, test_unknown);
	UNIT_TEST(test_slow);
	UNIT_TEST(test_connected);
	UNIT_ROWS(told, test_told);
	UNIT_TEST(test_localhost);
	UNIT_ROWS(races, test_race);
	UNIT_TEST(test_families);
	UNIT_TEST(test_interrupted);
	UNIT_ROWS(sources, test_source);
	UNIT_TEST(test_source_v6);
	UNIT_TEST(test_source_family);
	return unit_run("race");
}
