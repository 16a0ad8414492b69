/* A server of GnuTLS's that sends without end what holds no text: whoever
 * reads is not kept from its clock, nor from a signal. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "gnu.h"
#include "smtp/drive.h"

#define FLOOD_MS	6000	/* then it ends by itself, and that is late */
#define LATE_MS		3000
#define LONG		60000
#define CALLS		500

static gnutls_certificate_credentials_t cred;
static volatile sig_atomic_t stop;

static void
on_alarm(int sig)
{
	stop = sig;
}

static void
make_cred(void)
{
	gnutls_x509_crt_deinit(self_signed(&cred, "CN=flood.example", -3600,
	    3600));
}

static int
alert(gnutls_session_t s)
{
	return gnutls_alert_send(s, GNUTLS_AL_WARNING,
	    GNUTLS_A_NO_RENEGOTIATION);
}

static int
ticket(gnutls_session_t s)
{
	return gnutls_session_ticket_send(s, 1, 0);
}

#define TLS_1_2	"NORMAL:-VERS-ALL:+VERS-TLS1.2"
#define TLS_1_3	"NORMAL:-VERS-ALL:+VERS-TLS1.3"

static const struct row {
	const char	*name;
	const char	*priorities;
	int		(*send)(gnutls_session_t);
} rows[] = {
	{ "alerts of TLS 1.2", TLS_1_2, alert },
	{ "hello requests", TLS_1_2, gnutls_rehandshake },
	{ "tickets", TLS_1_3, ticket },
};

static struct buf block = BUF_MAX(64 * 1024);

/* Many records at once: so there are always more of them than are read. */
static ssize_t
push(gnutls_transport_ptr_t to, const void *p, size_t n)
{
	const int fd = *(const int *)to;
	ssize_t r;
	size_t at;

	if (buf_add(&block, p, n) == 0)
		return (ssize_t)n;
	for (at = 0; at < block.len; at += (size_t)r)
		if ((r = write(fd, block.data + at, block.len - at)) == -1)
			return -1;
	buf_clear(&block);
	return push(to, p, n);
}

static int
flood(const struct row *row, int fd)
{
	const int64_t until = clock_in(FLOOD_MS);
	gnutls_datum_t key;
	gnutls_session_t s;
	int r;

	must(gnutls_init(&s, GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET));
	must(gnutls_priority_set_direct(s, row->priorities, NULL));
	must(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred));
	must(gnutls_session_ticket_key_generate(&key));
	must(gnutls_session_ticket_enable_server(s, &key));
	gnutls_transport_set_int(s, fd);
	do
		r = gnutls_handshake(s);
	while (r < 0 && !gnutls_error_is_fatal(r));
	if (r < 0)
		return 99;
	gnutls_transport_set_ptr(s, &fd);
	gnutls_transport_set_push_function(s, push);
	while (clock_left(until) > 0 && (r = row->send(s)) >= 0)
		;
	return r >= 0 || r == GNUTLS_E_PUSH_ERROR ||
	    r == GNUTLS_E_PREMATURE_TERMINATION ? 0 : 98;
}

/* In a process of its own.  fd becomes ours, which does not block. */
static pid_t
start(const struct row *row, int *fd)
{
	int pair[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		_exit(flood(row, pair[1]));
	}
	close(pair[1]);
	*fd = pair[0];
	fcntl(*fd, F_SETFL, O_NONBLOCK);
	return pid;
}

static void
finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static const struct tls_params anybody = {
	.name = "mail.example.org", .at_once = 1,
};

/* Each call comes back, whatever more is there. */
static void
test_recv(void **state)
{
	struct err e = ERR_INIT;
	struct tls *t;
	char octet;
	int i, fd;
	pid_t pid = start(*state, &fd);

	assert_int_equal(tls_start(&t, fd, &anybody, clock_in(LONG), &e), 0);
	for (i = 0; i < CALLS; i++) {
		assert_int_equal(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1,
		    LONG), 1);
		assert_int_equal(tls_recv(t, &octet, 1, &e), TLS_AGAIN);
	}
	tls_free(t);
	close(fd);
	finish(pid);
}

/* Drive a session to its end, which should come after ms. */
static void
converse(const struct row *row, unsigned timeout_s,
    const struct drive_params *p, int ms, const char *words)
{
	const struct session_params params = { .helo = "client.example",
	    .timeout_s = timeout_s, .tls = SESSION_TLS };
	struct drive_params limits = *p;
	struct err e = ERR_INIT;
	struct session s;
	struct conn *conn;
	int64_t from;
	int fd;
	pid_t pid = start(row, &fd);

	conn = conn_new(fd);
	assert_int_equal(conn_starttls(conn, &anybody, clock_in(LONG), &e),
	    0);
	session_init(&s, &params);
	from = clock_ms();
	limits.deadline = clock_in(p->deadline);
	if (p->stop != NULL)
		setitimer(ITIMER_REAL, &(struct itimerval){ .it_value =
		    { .tv_usec = ms * 1000 } }, NULL);
	drive(conn, &s, NULL, &limits);
	assert_in_range(clock_ms() - from, ms - 20, LATE_MS);
	assert_int_equal(session_want(&s), SESSION_CLOSE);
	assert_int_equal(s.err.kind, ERR_TEMP);
	assert_non_null(strstr(s.err.text, words));
	session_free(&s);
	conn_free(conn);
	finish(pid);
}

static void
test_deadline(void **state)
{
	converse(*state, 0, &(struct drive_params){ .deadline = 400 }, 400,
	    "out of time: no greeting");
}

static void
test_patience(void **state)
{
	converse(*state, 1, &(struct drive_params){ .deadline = LONG }, 1000,
	    "no greeting within 1 second");
}

static void
test_stop(void **state)
{
	stop = 0;
	converse(*state, 0, &(struct drive_params){ .deadline = LONG,
	    .stop = &stop }, 300, "interrupted; nothing was sent");
}

int
main(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int r;

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGALRM, &sa, NULL);
	make_cred();
	UNIT_ROWS(rows, test_recv);
	UNIT_ROWS(rows, test_deadline);
	UNIT_ROWS(rows, test_patience);
	UNIT_ROWS(rows, test_stop);
	r = unit_run("flood");
	gnutls_certificate_free_credentials(cred);
	return r;
}
