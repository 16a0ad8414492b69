#include "unit.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/srv.h"
#include "net/srvset.h"

#define LONG	60000		/* no test should ever need it */

/* --------------------------------------------------------------- packets */

/* The question "a." for SRV, and so many answers; codes in the flags. */
#define HEAD(flags, answers)	"\1\2" flags "\0\1\0" answers "\0\0\0\0"
#define ASKED	"\1a\0\0\41\0\1"
#define OK(answers)	HEAD("\201\200", answers) ASKED
/* An answer's name is that at 12. */
#define SRV(len, priority, weight, port, target) \
	"\300\14\0\41\0\1\0\0\1\0\0" len priority weight port target
#define MX	"\2mx\0"		/* 4 octets */
#define P0	"\0\0"
#define P1	"\0\1"
#define P587	"\2\113"

/* What is found is "PRIORITY WEIGHT PORT HOST", with "," between. */
static const struct {
	const char	*name;
	const char	*packet;
	size_t		 len;
	const char	*found;		/* NULL: it is no answer */
} packets[] = {
	{ "a record", LIT(OK("\1") SRV("\12", P1, "\0\7", P587, MX)),
	    "1 7 587 mx" },
	{ "several", LIT(OK("\3") SRV("\12", P1, P0, P587, MX)
	    SRV("\14", "\1\0", P1, P1, "\4mail\0")
	    SRV("\14", P0, P1, P587, "\1a\2bc\0")),
	    "1 0 587 mx,256 1 1 mail,0 1 587 a.bc" },
	{ "large numbers",
	    LIT(OK("\1") SRV("\12", "\377\376", "\377\375", "\377\377", MX)),
	    "65534 65533 65535 mx" },
	{ "some characters more",
	    LIT(OK("\1") SRV("\20", P1, P0, P587, "\3a-_\4B9zZ\0")),
	    "1 0 587 a-_.B9zZ" },
	{ "a compressed name", LIT(OK("\2") SRV("\12", P1, P0, P587, MX)
	    SRV("\13", P1, P0, P587, "\2my\300\14")),
	    "1 0 587 mx,1 0 587 my.a" },
	{ "none", LIT(OK("\0")), "" },
	{ "no such name", LIT(HEAD("\201\203", "\0") ASKED), "" },
	{ "not offered", LIT(OK("\1") SRV("\7", P0, P0, P0, "\0")), "." },
	{ "not offered, and others",
	    LIT(OK("\2") SRV("\7", P0, P0, P0, "\0")
	    SRV("\12", P1, P0, P587, MX)), "1 0 587 mx,." },
	{ "no question", LIT("\1\2\201\200\0\0\0\1\0\0\0\0"
	    "\0\0\41\0\1\0\0\1\0\0\12" P1 P0 P587 MX), "1 0 587 mx" },
	{ "an alias", LIT(OK("\2") "\300\14\0\5\0\1\0\0\0\0\0\3\1b\0"
	    "\1b\0\0\41\0\1\0\0\1\0\0\12" P1 P0 P587 MX), "1 0 587 mx" },
	{ "another type", LIT(OK("\1")
	    "\300\14\0\1\0\1\0\0\1\0\0\12" P1 P0 P587 MX), "" },
	{ "another class", LIT(OK("\1")
	    "\300\14\0\41\0\3\0\0\1\0\0\12" P1 P0 P587 MX), "" },
	{ "not in the answer section", LIT("\1\2\201\200\0\1\0\0\0\1\0\0"
	    ASKED SRV("\12", P1, P0, P587, MX)), "" },
	{ "more behind the last", LIT(OK("\1") SRV("\12", P1, P0, P587, MX)
	    "garbage"), "1 0 587 mx" },

	{ "port 0", LIT(OK("\1") SRV("\12", P1, P0, P0, MX)), "" },
	{ "a blank in the name",
	    LIT(OK("\1") SRV("\12", P1, P0, P587, "\2a \0")), "" },
	{ "a dot in a label",
	    LIT(OK("\1") SRV("\12", P1, P0, P587, "\2a.\0")), "" },
	{ "a NUL in the name",
	    LIT(OK("\1") SRV("\12", P1, P0, P587, "\2\0a\0")), "" },
	{ "8 bits", LIT(OK("\1") SRV("\12", P1, P0, P587, "\2\303\251\0")),
	    "" },
	{ "an escape", LIT(OK("\1") SRV("\12", P1, P0, P587, "\2\033[\0")),
	    "" },
	{ "an option", LIT(OK("\1") SRV("\12", P1, P0, P587, "\2-o\0")), "" },
	{ "a slash", LIT(OK("\1") SRV("\12", P1, P0, P587, "\2/x\0")), "" },
	{ "data too short", LIT(OK("\1") SRV("\6", P1, P0, P587, "")), "" },
	{ "no data", LIT(OK("\1") SRV("\0", "", "", "", "")), "" },
	{ "a name beyond its data",
	    LIT(OK("\1") SRV("\7", P1, P0, P587, "\2") "mx\0"), "" },
	{ "a name beyond the end",
	    LIT(OK("\1") SRV("\11", P1, P0, P587, "\2mx")), "" },
	{ "a pointer to itself",
	    LIT(OK("\1") SRV("\10", P1, P0, P587, "\300\55")), "" },
	{ "a pointer beyond the end",
	    LIT(OK("\1") SRV("\10", P1, P0, P587, "\377\377")), "" },
	{ "a label of an unknown kind",
	    LIT(OK("\1") SRV("\10", P1, P0, P587, "\200\0")), "" },
	{ "a bad one among others", LIT(OK("\2")
	    SRV("\10", P1, P0, P587, "\377\377")
	    SRV("\12", P1, P0, P587, MX)), "1 0 587 mx" },

	{ "a question", LIT(HEAD("\1\0", "\1") ASKED
	    SRV("\12", P1, P0, P587, MX)), NULL },
	{ "the server failed", LIT(HEAD("\201\202", "\1") ASKED
	    SRV("\12", P1, P0, P587, MX)), NULL },
	{ "the server refused", LIT(HEAD("\201\205", "\0") ASKED), NULL },
	{ "empty", LIT(""), NULL },
	{ "half a header", LIT("\1\2\201\200\0\1\0\1\0\0\0"), NULL },
	{ "no more than a header", LIT(HEAD("\201\200", "\1")), NULL },
	{ "a question cut short", LIT(HEAD("\201\200", "\1") "\1a\0\0\41\0"),
	    NULL },
	{ "an answer cut short", LIT(OK("\1") "\300\14\0\41\0\1\0\0\1\0\0"),
	    NULL },
	{ "data cut short",
	    LIT(OK("\1") SRV("\13", P1, P0, P587, MX)), NULL },
	{ "fewer than it says", LIT(OK("\2") SRV("\12", P1, P0, P587, MX)),
	    NULL },
	{ "more questions than it has", LIT("\1\2\201\200\377\377\0\0\0\0\0\0"
	    ASKED), NULL },
};

static void
show(const struct srv_set *set, char *out, size_t size)
{
	const struct srv_record *r = set->record;
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < set->n; i++, r++)
		n += (size_t)snprintf(out + n, size - n, "%s%u %u %u %s",
		    i > 0 ? "," : "", r->priority, r->weight, r->target.port,
		    r->target.host);
	if (set->refused)
		strlcat(out, n > 0 ? ",." : ".", size);
}

static void
test_packet(void **state)
{
	const __typeof__(packets[0]) *r = *state;
	char *packet = unit_copy(r->packet, r->len), got[512];
	struct srv_set set = { .n = 0 };

	assert_int_equal(srvset_parse(&set, 1, (void *)packet, r->len),
	    r->found != NULL ? 0 : -1);
	show(&set, got, sizeof(got));
	if (r->found != NULL)
		assert_string_equal(got, r->found);
	free(packet);
}

/* A message of n records, of these priorities. */
static size_t
write_answer(unsigned char *p, const unsigned *priority, size_t n)
{
	unsigned char *start = p;
	size_t i;

	memcpy(p, OK("\0"), sizeof(OK("\0")) - 1);
	p[6] = (unsigned char)(n >> 8);
	p[7] = (unsigned char)n;
	p += sizeof(OK("\0")) - 1;
	for (i = 0; i < n; i++) {
		memcpy(p, SRV("\12", P0, P0, P587, MX), 12 + 10);
		p[12] = (unsigned char)(priority[i] >> 8);
		p[13] = (unsigned char)priority[i];
		p += 12 + 10;
	}
	return (size_t)(p - start);
}

/* There may be more than we want: those that would be tried first are kept,
 * of each service. */
static void
test_many(void **state)
{
	unsigned priority[2000];
	unsigned char *packet = malloc(65535);
	struct srv_set set = { .n = 0 };
	size_t i, len;
	int tls;

	(void)state;
	for (i = 0; i < COUNT(priority); i++)
		priority[i] = (unsigned)(i * 7919 % COUNT(priority));
	len = write_answer(packet, priority, COUNT(priority));
	for (tls = 1; tls >= 0; tls--) {
		assert_int_equal(srvset_parse(&set, tls, packet, len), 0);
		assert_int_equal(set.n, (size_t)(2 - tls) * SRV_MAX);
	}
	srvset_order(&set, arc4random_uniform);
	for (i = 0; i < set.n; i++) {
		assert_int_equal(set.record[i].priority, i / 2);
		assert_int_equal(set.record[i].target.tls_at_once,
		    i % 2 == 0);
	}
	free(packet);
}

/* ----------------------------------------------------------------- order */

static uint32_t picks[16];
static size_t picked;

static uint32_t
pick(uint32_t below)
{
	uint32_t n = picks[picked++ % COUNT(picks)];

	return n < below ? n : below - 1;
}

static const struct {
	const char	*name;
	const char	*records;	/* "LETTER PRIORITY WEIGHT", TLS at once
					 * for capitals */
	uint32_t	 pick[8];
	const char	*order;
} orders[] = {
	{ "one", "A 0 0", { 0 }, "A" },
	{ "priorities", "A 3 0,B 1 0,C 2 0", { 0 }, "BCA" },
	{ "TLS at once comes first", "a 1 9,B 1 0", { 0 }, "Ba" },
	{ "unless the domain prefers the other", "a 1 0,B 2 0", { 0 }, "aB" },
	{ "mixed", "a 1 0,B 2 0,c 2 0,D 1 0", { 0 }, "DaBc" },
	{ "no weights: as they came", "A 1 0,B 1 0,C 1 0", { 0 }, "ABC" },
	{ "the running sum reaches the number: first", "A 1 10,B 1 20,C 1 30",
	    { 10, 0 }, "ABC" },
	{ "one more", "A 1 10,B 1 20,C 1 30", { 11, 0 }, "BAC" },
	{ "to the end of the second", "A 1 10,B 1 20,C 1 30", { 30, 0 },
	    "BAC" },
	{ "the third", "A 1 10,B 1 20,C 1 30", { 31, 0 }, "CAB" },
	{ "the whole sum", "A 1 10,B 1 20,C 1 30", { 60, 0 }, "CAB" },
	{ "the next is drawn too", "A 1 10,B 1 20,C 1 30", { 31, 11 },
	    "CBA" },
	{ "weight 0 has a small chance", "A 1 10,B 1 0", { 0 }, "BA" },
	{ "and no more", "A 1 10,B 1 0", { 1 }, "AB" },
	{ "not across services", "a 1 65535,B 1 1", { 999999 }, "Ba" },
	{ "not across priorities", "A 2 65535,B 1 1", { 999999 }, "BA" },
	{ "the greatest weights", "A 1 65535,B 1 65535,C 1 65535",
	    { 196605, 131070 }, "CBA" },
};

static void
test_order(void **state)
{
	const __typeof__(orders[0]) *r = *state;
	struct srv_set set = { .n = 0 };
	struct srv_record *one;
	const char *p;
	char got[8] = "";
	size_t i;

	for (p = r->records; p != NULL; p = strchr(p, ',')) {
		one = &set.record[set.n++];
		p += *p == ',';
		one->target.host[0] = *p;
		one->target.tls_at_once = *p < 'a';
		assert_int_equal(sscanf(p + 1, "%u %u", &one->priority,
		    &one->weight), 2);
	}
	memset(picks, 0, sizeof(picks));
	memcpy(picks, r->pick, sizeof(r->pick));
	picked = 0;
	srvset_order(&set, pick);
	for (i = 0; i < set.n; i++)
		got[i] = set.record[i].target.host[0];
	assert_string_equal(got, r->order);
}

/* The weights are chances: 1 in 4 of these, give or take 9 sigma. */
static void
test_chance(void **state)
{
	struct srv_set set;
	size_t i, first = 0;

	(void)state;
	for (i = 0; i < 10000; i++) {
		set = (struct srv_set){ .n = 2, .record = {
		    { .weight = 300, .target.port = 1 },
		    { .weight = 100, .target.port = 2 } } };
		srvset_order(&set, arc4random_uniform);
		first += set.record[0].target.port == 2;
	}
	assert_in_range(first, 2100, 2900);
}

/* --------------------------------------------------------------- look-ups */

struct answer {
	int		 why;		/* h_errno, or 0 */
	const char	*packet;
	size_t		 len;
};

#define NEVER	(-9)		/* until the test is over */
#define PACKET(p)	{ 0, LIT(p) }
#define WHY(code)	{ (code), "", 0 }

static const struct answer *answers;	/* NULL: ask the system */
static int gate[2];

/* In the place of the system's. */
int
res_query(const char *name, int class, int type, unsigned char *out, int size)
{
	int (*real)(const char *, int, int, unsigned char *, int);
	const struct answer *a;
	char c;

	if (answers == NULL) {
		*(void **)&real = dlsym(RTLD_NEXT, "res_query");
		return real(name, class, type, out, size);
	}
	a = &answers[strncmp(name, "_submissions._tcp.", 18) != 0];
	if (class != 1 || type != 33)
		abort();
	if (a->why == NEVER)
		h_errno = read(gate[0], &c, 1) == 1 ? TRY_AGAIN : NO_RECOVERY;
	else
		h_errno = a->why;
	if (a->why != 0)
		return -1;
	memcpy(out, a->packet, a->len < (size_t)size ? a->len : (size_t)size);
	return (int)a->len;
}

#define ONE	PACKET(OK("\1") SRV("\12", P1, P0, P587, MX))
#define TWO	PACKET(OK("\2") SRV("\12", "\0\2", P0, P1, "\2m2\0") \
		SRV("\12", P1, P0, P1, "\2m1\0"))
#define DOT	PACKET(OK("\1") SRV("\7", P0, P0, P0, "\0"))

static const struct {
	const char	*name;
	const char	*domain;
	struct answer	 answer[2];	/* submissions, submission */
	const char	*found;		/* "HOST:PORT", and "+" for STARTTLS */
	enum err_kind	 kind;
	const char	*why;
} lookups[] = {
	{ "TLS at once", "x.org", { ONE, WHY(NO_DATA) }, "mx:587", 0, NULL },
	{ "STARTTLS", "x.org", { WHY(HOST_NOT_FOUND), ONE }, "mx:587+", 0,
	    NULL },
	{ "both", "x.org", { TWO, ONE }, "m1:1,mx:587+,m2:1", 0, NULL },
	{ "one is not offered", "x.org", { DOT, ONE }, "mx:587+", 0, NULL },
	{ "one cannot be looked up", "x.org", { ONE, WHY(TRY_AGAIN) },
	    "mx:587", 0, NULL },
	{ "one makes no sense", "x.org", { PACKET("x"), ONE }, "mx:587+", 0,
	    NULL },
	{ "one is late", "x.org", { WHY(NEVER), ONE }, "mx:587+", 0, NULL },
	{ "neither is offered", "x.org", { DOT, DOT }, "", ERR_UNAVAIL,
	    "x.org says in the DNS that it has no submission server" },
	{ "one is not offered, one is not there", "x.org",
	    { WHY(NO_DATA), DOT }, "", ERR_UNAVAIL,
	    "x.org says in the DNS that it has no submission server" },
	{ "one is not offered, one unknown", "x.org",
	    { DOT, WHY(TRY_AGAIN) }, "", ERR_TEMP,
	    "cannot look up _submission._tcp.x.org: " },
	{ "none", "x.org", { WHY(NO_DATA), WHY(HOST_NOT_FOUND) }, "",
	    ERR_NOHOST, "x.org names no submission server in the DNS "
	    "(_submissions._tcp and _submission._tcp were asked for); write "
	    "the server's own name after \"host\"" },
	{ "none that could be", "x.org", { WHY(NO_DATA), PACKET(OK("\1")
	    SRV("\12", P1, P0, P0, MX)) }, "", ERR_NOHOST,
	    "x.org names no submission server in the DNS" },
	{ "no answer", "x.org", { WHY(TRY_AGAIN), WHY(TRY_AGAIN) }, "",
	    ERR_TEMP, "cannot look up _submission" },
	{ "refused", "x.org", { WHY(NO_RECOVERY), WHY(NO_DATA) }, "",
	    ERR_TEMP, "cannot look up _submissions._tcp.x.org: the name "
	    "servers refuse" },
	{ "nonsense", "x.org", { PACKET("x"), WHY(NO_DATA) }, "", ERR_TEMP,
	    "cannot look up _submissions._tcp.x.org: the answer makes no "
	    "sense" },
	{ "an empty domain", "", { ONE, ONE }, "", ERR_CONFIG,
	    "srv: is no domain" },
	{ "an escape", "\033[2J", { WHY(NO_DATA), WHY(NO_DATA) }, "",
	    ERR_NOHOST, "\\x1B[2J names no" },
};

static void
show_found(const struct srv *s, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < s->n; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s:%u%s",
		    i > 0 ? "," : "", s->target[i].host, s->target[i].port,
		    s->target[i].tls_at_once ? "" : "+");
}

static void
test_lookup(void **state)
{
	const __typeof__(lookups[0]) *r = *state;
	struct srv s;
	struct err e = ERR_INIT;
	char got[256];
	int64_t start = clock_ms();

	answers = r->answer;
	assert_int_equal(srv_lookup(&s, r->domain, clock_in(LONG), NULL, &e),
	    r->why != NULL ? -1 : 0);
	show_found(&s, got, sizeof(got));
	assert_string_equal(got, r->found);
	assert_int_equal(e.kind, r->kind);
	if (r->why != NULL)
		assert_memory_equal(e.text, r->why, strlen(r->why));
	assert_true(clock_ms() - start < LONG / 2);
	if (r->answer[0].why == NEVER)
		assert_int_equal(write(gate[1], "x", 1), 1);
}

/* The system has no deadline: we have. */
static void
test_slow(void **state)
{
	static const struct answer never[] = { WHY(NEVER), WHY(NEVER) };
	static volatile sig_atomic_t stop = 1;
	struct srv s;
	struct err e = ERR_INIT;
	int64_t start = clock_ms();

	(void)state;
	answers = never;
	assert_int_equal(srv_lookup(&s, "x.org", clock_in(100), NULL, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "no answer from the name servers"));
	assert_in_range(clock_ms() - start, 99, LONG / 2);
	assert_int_equal(srv_lookup(&s, "x.org", clock_in(LONG), &stop, &e),
	    -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "interrupted"));
	assert_int_equal(write(gate[1], "xxxx", 4), 4);
}

static void
test_long_domain(void **state)
{
	static const struct answer none[] = { WHY(NO_DATA), WHY(NO_DATA) };
	char *domain = unit_fill('x', 253 - 17);
	struct srv s;
	struct err e = ERR_INIT;

	(void)state;
	answers = none;
	assert_int_equal(srv_lookup(&s, domain, clock_in(LONG), NULL, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	domain[253 - 18] = '\0';
	assert_int_equal(srv_lookup(&s, domain, clock_in(LONG), NULL, &e), -1);
	assert_int_equal(e.kind, ERR_NOHOST);
	free(domain);
}

/* ------------------------------------------- the system's resolver itself */

/* The answer to a question, in its place; returns its length, 0 for none. */
static size_t
answer(unsigned char *p, size_t n, int tcp)
{
	static const char two[] = SRV("\12", P1, P0, P587, MX)
	    SRV("\13", P0, P0, P1, "\2my\300\14");
	int plenty = memmem(p, n, "\4much", 5) != NULL;
	int tls = memmem(p, n, "\14_submissions", 13) != NULL;
	size_t i;

	p[2] = 0x81;
	p[3] = 0x80;
	if (memmem(p, n, "\4mute", 5) != NULL)
		return 0;
	if (memmem(p, n, "\4down", 5) != NULL)
		p[3] |= 2;
	else if (memmem(p, n, "\4gone", 5) != NULL)
		p[3] |= 3;
	else if (plenty && !tcp)
		p[2] |= 2;		/* truncated: ask again over TCP */
	else if (tls) {
		p[7] = plenty ? 200 : 2;
		for (i = 0; i < p[7]; i += 2, n += sizeof(two) - 1)
			memcpy(p + n, two, sizeof(two) - 1);
	}
	return n;
}

static void
serve_udp(int fd)
{
	unsigned char p[512];
	struct sockaddr_storage from;
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, p, sizeof(p) / 2, 0, (void *)&from, &len);
		if (n < 12)
			_exit(0);
		sendto(fd, p, answer(p, (size_t)n, 0), 0, (void *)&from, len);
	}
}

static void
serve_tcp(int server)
{
	unsigned char p[16 * 1024];
	size_t n;
	int fd;

	for (;;) {
		fd = accept(server, NULL, NULL);
		if (fd == -1 || read(fd, p, 2) != 2)
			_exit(0);
		n = (size_t)p[0] << 8 | p[1];
		if (n > 512 || read(fd, p + 2, n) != (ssize_t)n)
			_exit(0);
		n = answer(p + 2, n, 1);
		p[0] = (unsigned char)(n >> 8);
		p[1] = (unsigned char)n;
		if (write(fd, p, n + 2) == -1)
			_exit(0);
		close(fd);
	}
}

static int
bind_dns(int type)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
	    .sin_port = htons(53) };
	int fd = socket(AF_INET, type, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (void *)&sa, sizeof(sa)) == -1 ||
	    (type == SOCK_STREAM && listen(fd, 5) == -1))
		return -1;
	return fd;
}

static int
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	int r = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return r ? 0 : -1;
}

/* From now on this process has a loopback network and a resolv.conf of its
 * own.  Returns -1 where that is not allowed. */
static int
move_out(const char *conf)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNS | CLONE_NEWNET |
	    (geteuid() != 0 ? CLONE_NEWUSER : 0)) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount(conf, "/etc/resolv.conf", NULL, MS_BIND, NULL) == -1)
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd == -1 || ioctl(fd, SIOCSIFFLAGS, &lo) == -1)
		return -1;
	close(fd);
	return 0;
}

static const struct {
	const char	*domain;
	int		 ms;
	const char	*found;
	enum err_kind	 kind;
} domains[] = {
	{ "some.example", LONG, "my._submissions._tcp.some.example:1,mx:587",
	    ERR_NONE },
	{ "much.example", LONG, "my._submissions._tcp.much.example:1,"
	    "my._submissions._tcp.much.example:1", ERR_NONE },
	{ "gone.example", LONG, "", ERR_NOHOST },
	{ "down.example", LONG, "", ERR_TEMP },
	{ "mute.example", 300, "", ERR_TEMP },
};

/* Returns 0 when all is well, else which of them is not. */
static int
look_up_all(void)
{
	struct srv s;
	struct err e;
	char got[2048];
	size_t i;
	int r;

	answers = NULL;
	for (i = 0; i < COUNT(domains); i++) {
		e = (struct err)ERR_INIT;
		r = srv_lookup(&s, domains[i].domain,
		    clock_in(domains[i].ms), NULL, &e);
		show_found(&s, got, sizeof(got));
		if (e.kind != domains[i].kind || r != (e.kind == ERR_NONE ?
		    0 : -1) || strncmp(got, domains[i].found,
		    strlen(domains[i].found)) != 0) {
			fprintf(stderr, "# %s: %s %s\n", domains[i].domain,
			    got, e.text);
			return (int)i + 1;
		}
	}
	return 0;
}

static void
in_a_world_of_its_own(const char *conf)
{
	int udp, tcp, r;
	pid_t a, b;

	if (move_out(conf) == -1)
		_exit(77);
	udp = bind_dns(SOCK_DGRAM);
	tcp = bind_dns(SOCK_STREAM);
	if (udp == -1 || tcp == -1)
		_exit(78);
	a = fork();
	if (a == 0)
		serve_udp(udp);
	b = fork();
	if (b == 0)
		serve_tcp(tcp);
	r = look_up_all();
	kill(a, SIGKILL);
	kill(b, SIGKILL);
	_exit(r);
}

static void
test_resolver(void **state)
{
	char conf[] = "/tmp/srv.XXXXXX";
	int status = -1;
	pid_t pid;

	(void)state;
	close(mkstemp(conf));
	assert_int_equal(write_file(conf, "nameserver 127.0.0.1\n"
	    "options timeout:1 attempts:1\n"), 0);
	pid = fork();
	if (pid == 0)
		in_a_world_of_its_own(conf);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(conf);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();			/* no name space for us here */
	assert_int_equal(status, 0);
}

int
main(void)
{
	if (pipe(gate) == -1)
		return 99;
	UNIT_ROWS(packets, test_packet);
	UNIT_TEST(test_many);
	UNIT_ROWS(orders, test_order);
	UNIT_TEST(test_chance);
	UNIT_ROWS(lookups, test_lookup);
	UNIT_TEST(test_slow);
	UNIT_TEST(test_long_domain);
	UNIT_TEST(test_resolver);
	return unit_run("srv");
}
