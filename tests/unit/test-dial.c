#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"
#include "net/dial.h"

#define LONG	60000		/* no test should ever need it */

static char folder[] = "/tmp/dial.XXXXXX";

/* A listener on a free port. */
static int
listener(unsigned *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (void *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (void *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

/* ---------------------------------------------------------------- a host */

static void
test_host(void **state)
{
	struct dialed d;
	struct err e = ERR_INIT;
	unsigned port;
	int server = listener(&port);
	struct dial_params p = { .host = "127.0.0.1", .port = port,
	    .deadline = clock_in(LONG) };
	char want[64];

	(void)state;
	assert_int_equal(dial(&p, &d, &e), 0);
	snprintf(want, sizeof(want), "127.0.0.1:%u", port);
	assert_string_equal(d.peer, want);
	assert_int_equal(d.child, 0);
	assert_true(fcntl(d.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(d.fd, F_GETFD) & FD_CLOEXEC);
	close(d.fd);
	dial_done(&d);
	close(server);
}

static void
test_no_host(void **state)
{
	struct dialed d;
	struct err e = ERR_INIT;
	struct dial_params p = { .host = "", .port = 25,
	    .deadline = clock_in(LONG) };

	(void)state;
	assert_int_equal(dial(&p, &d, &e), -1);
	assert_int_equal(e.kind, ERR_NOHOST);
	assert_string_equal(e.text, "there is no host ; check \"host\"");
	assert_int_equal(d.fd, -1);
}

/* --------------------------------------------------------------- a proxy */

#define HOST	"mx.example"
#define ASK	"\5\1\0\3\012" HOST "\2\113"
#define OPEN	"\5\0\0\1\177\0\0\1\4\70"

struct step {
	const char	*in;		/* what it waits for */
	size_t		 in_len;
	const char	*out;
	size_t		 out_len;
};

struct script {
	const char	*name;
	const char	*user;
	struct step	 step[4];
	const char	*rest;		/* what the server says, or NULL */
	const char	*why;
};

/* At the end of the script it hangs up, or is silent until we do. */
#define SILENT	{ "-", 0, "", 0 }
#define END	{ NULL, 0, NULL, 0 }

static const struct script scripts[] = {
	{ "no login", NULL, {
		{ LIT("\5\1\0"), LIT("\5\0") },
		{ LIT(ASK), LIT(OPEN) }, END }, "", NULL },
	{ "a greeting close behind", NULL, {
		{ LIT("\5\1\0"), LIT("\5\0") },
		{ LIT(ASK), LIT(OPEN "220 hello\r\n") }, END },
		"220 hello\r\n", NULL },
	{ "a login", "ann", {
		{ LIT("\5\2\0\2"), LIT("\5\2") },
		{ LIT("\1\3ann\6secret"), LIT("\1\0") },
		{ LIT(ASK), LIT("\5\0\0\3\3abc\1\2" "220 x") }, END },
		"220 x", NULL },
	{ "refused", NULL, {
		{ LIT("\5\1\0"), LIT("\5\0") },
		{ LIT(ASK), LIT("\5\5\0\1\0\0\0\0\0\0") }, END }, NULL,
		"cannot connect to " HOST ":587: connection refused by the "
		"server" },
	{ "HTTP", NULL, {
		{ LIT("\5\1\0"), LIT("HTTP/1.1 400 Bad Request\r\n") }, END },
		NULL, "this is no SOCKS5 proxy: it speaks HTTP" },
	{ "hangs up at once", NULL, { END }, NULL,
		"it hung up; is it a SOCKS5 proxy?" },
	{ "hangs up", NULL, {
		{ LIT("\5\1\0"), LIT("\5") }, END }, NULL,
		"it hung up; is it a SOCKS5 proxy?" },
	{ "hangs up at the login", "ann", {
		{ LIT("\5\2\0\2"), LIT("\5\2") },
		{ LIT("\1\3ann\6secret"), LIT("") }, END }, NULL,
		"it hung up after user and password were sent" },
	{ "hangs up at the request", NULL, {
		{ LIT("\5\1\0"), LIT("\5\0") },
		{ LIT(ASK), LIT("\5\0\0\1\1") }, END }, NULL,
		"it hung up after it was asked for " HOST ":587" },
	{ "is silent", NULL, { SILENT }, NULL,
		"no answer; is it a SOCKS5 proxy?" },
	{ "is silent at the request", NULL, {
		{ LIT("\5\1\0"), LIT("\5\0") },
		{ LIT(ASK), LIT("\5\0\0\1\1") }, SILENT }, NULL,
		"no answer after it was asked for " HOST ":587" },
};

struct proxy {
	int			 fd;		/* listens */
	const struct step	*step;
	size_t			 piece;
	int			 deaf;		/* heard something else */
};

/* Returns 0 when it is through, as it should be. */
static int
play(struct proxy *x, int fd)
{
	const struct step *s;
	char in[256];
	size_t i, n;

	for (s = x->step; s->in != NULL; s++) {
		while (s->in[0] == '-')	/* until the other side hangs up */
			if (read(fd, in, sizeof(in)) <= 0)
				return 0;
		for (i = 0; i < s->in_len; i++)
			if (read(fd, in + i, 1) != 1)
				return -1;
		if (memcmp(in, s->in, s->in_len) != 0)
			return -1;
		for (i = 0; i < s->out_len; i += n) {
			n = s->out_len - i < x->piece ? s->out_len - i :
			    x->piece;
			if (send(fd, s->out + i, n, MSG_NOSIGNAL) == -1)
				return 0;	/* has heard enough */
		}
	}
	return 0;
}

static void *
serve(void *arg)
{
	struct proxy *x = arg;
	int fd = accept(x->fd, NULL, NULL), on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	x->deaf = play(x, fd);
	close(fd);
	return NULL;
}

static void
talk(const struct script *r, size_t piece)
{
	struct proxy x = { .step = r->step, .piece = piece };
	unsigned port;
	struct dial_params p = { .host = HOST, .port = 587,
	    .proxy_host = "localhost", .proxy_user = r->user,
	    .proxy_password = r->user != NULL ? "secret" : NULL };
	char want[256], got[64];
	struct dialed d;
	struct err e = ERR_INIT;
	pthread_t thread;

	x.fd = listener(&port);
	p.proxy_port = port;
	p.deadline = clock_in(r->why != NULL && strncmp(r->why, "no answer",
	    9) == 0 ? 300 : LONG);
	assert_int_equal(pthread_create(&thread, NULL, serve, &x), 0);
	assert_int_equal(dial(&p, &d, &e), r->why != NULL ? -1 : 0);
	if (r->why != NULL) {
		snprintf(want, sizeof(want), "proxy localhost:%u: %s", port,
		    r->why);
		assert_string_equal(e.text, want);
		assert_int_equal(e.kind, ERR_TEMP);
		assert_int_equal(d.fd, -1);
	} else {
		snprintf(want, sizeof(want), HOST ":587 by way of "
		    "127.0.0.1:%u", port);
		assert_string_equal(d.peer, want);
		unit_hear(d.fd, got, sizeof(got));
		assert_string_equal(got, r->rest);
		close(d.fd);
	}
	pthread_join(thread, NULL);
	assert_int_equal(x.deaf, 0);
	close(x.fd);
}

static void
test_proxy(void **state)
{
	talk(*state, 1000);
	talk(*state, 1);
}

/* What is wrong before anything is said to anybody. */
static const struct {
	const char	*name;
	const char	*host;
	const char	*proxy;
	const char	*user, *password, *source_ip;
	enum err_kind	 kind;
	const char	*why;
} wrongs[] = {
	{ "nobody listens", HOST, "127.0.0.1", NULL, NULL, NULL, ERR_TEMP,
	    "proxy 127.0.0.1:1: cannot connect to 127.0.0.1:1: Connection "
	    "refused" },
	{ "no such proxy", HOST, "", NULL, NULL, NULL, ERR_TEMP,
	    "proxy :1: there is no host ; check \"proxy_host\"" },
	{ "half a login", HOST, "127.0.0.1", "ann", NULL, NULL, ERR_CONFIG,
	    "proxy 127.0.0.1:1: proxy_user needs proxy_password" },
	{ "no host", "", "127.0.0.1", NULL, NULL, NULL, ERR_CONFIG,
	    "proxy 127.0.0.1:1: host: it is empty" },
	{ "a source_ip that is none", HOST, "127.0.0.1", NULL, NULL, "x",
	    ERR_CONFIG, "proxy 127.0.0.1:1: source_ip: x is no address" },
};

static void
test_wrong(void **state)
{
	const __typeof__(wrongs[0]) *r = *state;
	struct dial_params p = { .host = r->host, .port = 587,
	    .proxy_host = r->proxy, .proxy_port = 1, .proxy_user = r->user,
	    .proxy_password = r->password, .source_ip = r->source_ip,
	    .deadline = clock_in(LONG) };
	struct dialed d;
	struct err e = ERR_INIT;

	assert_int_equal(dial(&p, &d, &e), -1);
	assert_string_equal(e.text, r->why);
	assert_int_equal(e.kind, r->kind);
	assert_int_equal(d.fd, -1);
}

static void
test_proxy_interrupted(void **state)
{
	static volatile sig_atomic_t stop = 1;
	unsigned port;
	int server = listener(&port);
	struct dial_params p = { .host = HOST, .port = 587,
	    .proxy_host = "127.0.0.1", .proxy_port = port,
	    .deadline = clock_in(LONG), .stop = &stop };
	struct dialed d;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(dial(&p, &d, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "interrupted"));
	close(server);
}

/* --------------------------------------------------------------- a socket */

static int
bind_socket(const char *path, int type, int backlog)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
	unlink(path);
	assert_int_equal(bind(fd, (void *)&sa, sizeof(sa)), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static int
dial_path(const char *path, int ms, struct dialed *d, struct err *e)
{
	return dial(&(struct dial_params){ .socket = path, .port = 24,
	    .deadline = clock_in(ms) }, d, e);
}

static void
test_socket(void **state)
{
	char path[64], got[8];
	struct dialed d;
	struct err e = ERR_INIT;
	int server, fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/lmtp", folder);
	server = bind_socket(path, SOCK_STREAM, 1);
	assert_int_equal(dial_path(path, LONG, &d, &e), 0);
	assert_string_equal(d.peer, path);
	assert_int_equal(d.child, 0);
	assert_true(fcntl(d.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(d.fd, F_GETFD) & FD_CLOEXEC);
	fd = accept(server, NULL, NULL);
	assert_int_equal(write(fd, "220", 3), 3);
	close(fd);
	unit_hear(d.fd, got, sizeof(got));
	assert_string_equal(got, "220");
	close(d.fd);
	close(server);
}

/* %s is the folder. */
static const struct {
	const char	*name;
	const char	*path;
	enum err_kind	 kind;
	const char	*why;
} paths[] = {
	{ "not there", "%s/none", ERR_TEMP, "cannot connect to %s/none: No "
	    "such file or directory; is the server running?" },
	{ "left over", "%s/deaf", ERR_TEMP, "cannot connect to %s/deaf: "
	    "Connection refused; is the server running?" },
	{ "a file", "%s/file", ERR_TEMP, "cannot connect to %s/file: "
	    "Connection refused; is the server running?" },
	{ "of datagrams", "%s/datagram", ERR_TEMP, "cannot connect to "
	    "%s/datagram: Protocol wrong type for socket; it is no stream "
	    "socket" },
	{ "not a folder", "%s/file/x", ERR_TEMP, "cannot connect to "
	    "%s/file/x: Not a directory" },
	{ "an escape", "%s/\033[2J", ERR_TEMP, "cannot connect to "
	    "%s/\\x1B[2J: No such file or directory; is the server running?" },
	{ "empty", "", ERR_CONFIG, "socket: there is no path" },
};

static void
test_path(void **state)
{
	const __typeof__(paths[0]) *r = *state;
	char path[256], want[256], *one;
	struct dialed d;
	struct err e = ERR_INIT;

	one = strstr(r->path, "%s");
	snprintf(path, sizeof(path), "%s%s", one != NULL ? folder : "",
	    one != NULL ? one + 2 : r->path);
	one = strstr(r->why, "%s");
	snprintf(want, sizeof(want), "%.*s%s%s", one != NULL ?
	    (int)(one - r->why) : 0, r->why, one != NULL ? folder : "",
	    one != NULL ? one + 2 : r->why);
	assert_int_equal(dial_path(path, LONG, &d, &e), -1);
	assert_non_null(strstr(e.text, want));
	assert_int_equal(e.kind, r->kind);
	assert_int_equal(d.fd, -1);
}

static void
test_long_path(void **state)
{
	struct sockaddr_un sa;
	char *path = unit_fill('x', sizeof(sa.sun_path));
	struct dialed d;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(dial_path(path, LONG, &d, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "xx is too long: a path of a socket "
	    "has up to 107 bytes"));
	path[sizeof(sa.sun_path) - 1] = '\0';
	assert_int_equal(dial_path(path, LONG, &d, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	free(path);
}

/* Its queue is full: that may pass, or may not. */
static void
test_busy(void **state)
{
	static volatile sig_atomic_t stop = 1;
	char path[64];
	struct dialed d, guest[3];
	struct err e = ERR_INIT;
	int64_t start = clock_ms();
	int server;

	(void)state;
	snprintf(path, sizeof(path), "%s/busy", folder);
	server = bind_socket(path, SOCK_STREAM, 1);
	assert_int_equal(dial_path(path, LONG, &guest[0], &e), 0);
	assert_int_equal(dial_path(path, LONG, &guest[1], &e), 0);
	assert_int_equal(dial_path(path, 200, &d, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_non_null(strstr(e.text, "the server is too busy"));
	assert_in_range(clock_ms() - start, 199, LONG / 2);
	assert_int_equal(dial(&(struct dial_params){ .socket = path,
	    .deadline = clock_in(LONG), .stop = &stop }, &d, &e), -1);
	assert_string_equal(e.text, "interrupted while connecting");
	close(guest[0].fd);
	close(guest[1].fd);
	close(server);
}

static void *
let_one_in(void *arg)
{
	int server = *(int *)arg;

	poll(NULL, 0, 100);		/* so that it is tried in vain */
	close(accept(server, NULL, NULL));
	return NULL;
}

static void
test_busy_no_more(void **state)
{
	char path[64];
	struct dialed d, guest[2];
	struct err e = ERR_INIT;
	pthread_t thread;
	int server;

	(void)state;
	snprintf(path, sizeof(path), "%s/busy", folder);
	server = bind_socket(path, SOCK_STREAM, 1);
	assert_int_equal(dial_path(path, LONG, &guest[0], &e), 0);
	assert_int_equal(dial_path(path, LONG, &guest[1], &e), 0);
	assert_int_equal(pthread_create(&thread, NULL, let_one_in, &server),
	    0);
	assert_int_equal(dial_path(path, LONG, &d, &e), 0);
	pthread_join(thread, NULL);
	close(d.fd);
	close(guest[0].fd);
	close(guest[1].fd);
	close(server);
}

/* -------------------------------------------------------------- a command */

static const struct {
	const char	*name;
	const char	*command;
	const char	*host;
	unsigned	 port;
	const char	*heard;		/* NULL: it does not start */
	const char	*peer;		/* or the error */
} commands[] = {
	{ "a word", "pwd", NULL, 0, "", "the command \"pwd\"" },
	{ "words", "sh -c 'echo \"$@\"' sh %h %p", HOST, 587,
	    HOST " 587\n", "the command \"sh ...\"" },
	{ "a host of several words is one", "sh -c 'echo $#' sh %h",
	    "a b c; d", 587, "1\n", "the command \"sh ...\"" },
	{ "a percent sign", "echo a%%", NULL, 0, "a%\n", "the command "
	    "\"echo ...\"" },
	{ "no shell", "printf $HOME;x", NULL, 0, "$HOME;x", "the command "
	    "\"printf ...\"" },
	{ "it fails", "false", NULL, 0, "", "the command \"false\"" },
	{ "not there", "no-such-program-7 %h", HOST, 587, NULL,
	    "connect_command: cannot run no-such-program-7: No such file or "
	    "directory" },
	{ "an open quote", "sh -c 'x", HOST, 587, NULL,
	    "connect_command: a quote is not closed" },
	{ "an unknown letter", "nc %r", HOST, 587, NULL, "connect_command: "
	    "%r means nothing here; write %% for a percent sign" },
	{ "a host that there is not", "nc %h", NULL, 587, NULL,
	    "connect_command: there is nothing to put in the place of %h" },
	{ "a port that there is not", "nc %p", HOST, 0, NULL,
	    "connect_command: there is nothing to put in the place of %p" },
	{ "an option", "ssh %h", "-oProxyCommand=x", 587, NULL,
	    "connect_command: -oProxyCommand=x would be taken for an "
	    "option" },
	{ "empty", " ", HOST, 587, NULL,
	    "connect_command: there is no command" },
};

static void
test_command(void **state)
{
	const __typeof__(commands[0]) *r = *state;
	struct dial_params p = { .host = r->host, .port = r->port,
	    .command = r->command, .socket = "/not/this",
	    .proxy_host = "nor.this", .deadline = clock_in(LONG) };
	char got[256];
	struct dialed d;
	struct err e = ERR_INIT;

	assert_int_equal(dial(&p, &d, &e), r->heard != NULL ? 0 : -1);
	if (r->heard == NULL) {
		assert_string_equal(e.text, r->peer);
		assert_int_equal(e.kind, strstr(r->peer, "cannot run") !=
		    NULL ? ERR_TEMP : ERR_CONFIG);
		assert_int_equal(d.fd, -1);
		assert_int_equal(d.child, 0);
		return;
	}
	assert_string_equal(d.peer, r->peer);
	unit_hear(d.fd, got, sizeof(got));
	if (strcmp(r->command, "pwd") != 0)
		assert_string_equal(got, r->heard);
	close(d.fd);
	assert_true(d.child > 0);
	dial_done(&d);
	assert_int_equal(d.child, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	dial_done(&d);			/* there is nothing to do any more */
}

/* It goes on until we close: then it is not waited for for ever. */
static void
test_command_ends(void **state)
{
	static const char *const lines[] = { "cat",
	    "sh -c 'trap \"\" HUP TERM; sleep 60; sleep 60'" };
	char got[5];
	struct dialed d;
	struct err e = ERR_INIT;
	int64_t start = clock_ms();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		assert_int_equal(dial(&(struct dial_params){
		    .command = lines[i], .deadline = clock_in(LONG) }, &d,
		    &e), 0);
		if (i == 0) {
			assert_int_equal(write(d.fd, "echo", 4), 4);
			unit_hear(d.fd, got, sizeof(got));
			assert_string_equal(got, "echo");
		}
		close(d.fd);
		dial_done(&d);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
	assert_true(clock_ms() - start < LONG / 2);
}

int
main(void)
{
	char command[64];
	int r;

	if (mkdtemp(folder) == NULL)
		return 99;
	snprintf(command, sizeof(command), "%s/file", folder);
	close(open(command, O_WRONLY | O_CREAT, 0600));
	snprintf(command, sizeof(command), "%s/deaf", folder);
	close(bind_socket(command, SOCK_STREAM, 1));
	snprintf(command, sizeof(command), "%s/datagram", folder);
	bind_socket(command, SOCK_DGRAM, -1);
	UNIT_TEST(test_host);
	UNIT_TEST(test_no_host);
	UNIT_ROWS(scripts, test_proxy);
	UNIT_ROWS(wrongs, test_wrong);
	UNIT_TEST(test_proxy_interrupted);
	UNIT_TEST(test_socket);
	UNIT_ROWS(paths, test_path);
	UNIT_TEST(test_long_path);
	UNIT_TEST(test_busy);
	UNIT_TEST(test_busy_no_more);
	UNIT_ROWS(commands, test_command);
	UNIT_TEST(test_command_ends);
	r = unit_run("dial");
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) == 0 ? r : 99;
}
