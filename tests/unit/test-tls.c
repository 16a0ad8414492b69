/* The client against a server of GnuTLS's, over a pair of sockets. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "gnu.h"
#include "net/pin.h"
#include "net/tls.h"

#define LONG	60000		/* no test should ever need it */
#define DAY	(24 * 3600)

static gnutls_certificate_credentials_t cred;
static struct pin pin;
static char cert_word[128], key_word[128];

/* Self-signed, expired, for another host: nothing about it is good. */
static void
make_cred(void)
{
	gnutls_x509_crt_t crt = self_signed(&cred, "CN=elsewhere.example",
	    -2 * DAY, -DAY);
	gnutls_datum_t der;
	size_t size = PIN_SIZE;

	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der));
	must(gnutls_fingerprint(GNUTLS_DIG_SHA256, &der, pin.cert, &size));
	size = PIN_SIZE;
	must(gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, pin.key,
	    &size));
	gnutls_free(der.data);
	gnutls_x509_crt_deinit(crt);
}

static void
make_words(void)
{
	struct buf b = BUF_MAX(256);

	pin_show(&b, &pin);
	snprintf(cert_word, sizeof(cert_word), "%.*s", (int)strcspn(b.data,
	    " "), b.data);
	snprintf(key_word, sizeof(key_word), "%s", strchr(b.data, ' ') + 1);
	buf_free(&b);
}

struct peer {
	int	 fd;		/* ours, not blocking */
	pid_t	 pid;
};

typedef int serve(gnutls_session_t);

/* A server in a process of its own, which ends with what serve() says. */
static struct peer
start(serve *run)
{
	gnutls_session_t s;
	struct peer p;
	int fd[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		abort();
	p.pid = fork();
	if (p.pid == 0) {
		close(fd[0]);
		must(gnutls_init(&s, GNUTLS_SERVER));
		must(gnutls_set_default_priority(s));
		must(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred));
		gnutls_transport_set_int(s, fd[1]);
		do
			r = gnutls_handshake(s);
		while (r < 0 && !gnutls_error_is_fatal(r));
		_exit(r < 0 ? 99 : run(s));
	}
	close(fd[1]);
	p.fd = fd[0];
	fcntl(p.fd, F_SETFL, O_NONBLOCK);
	return p;
}

static int
finish(struct peer *p)
{
	int status;

	close(p->fd);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
do_nothing(gnutls_session_t s)
{
	(void)s;
	return 0;
}

/* C and K stand for the right words. */
static const struct row {
	const char	*name;
	const char	*pins;
	int		 want;
} rows[] = {
	{ "the certificate's", "C", 0 },
	{ "the key's", "K", 0 },
	{ "among others", "sha256:00 K pin-sha256:AA==", 0 },
	{ "another certificate's", "sha256:00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff", -1 },
	{ "another key's",
	    "pin-sha256:LHDhK3oGRvkiefQnx7OOczTY5Tic/xZ6HcMOc/gmtoM=", -1 },
	{ "none", "", -1 },
};

static void
fill_in(struct buf *b, const char *pins)
{
	for (; *pins != '\0'; pins++)
		if (*pins == 'C' && b->len == 0)
			buf_adds(b, cert_word);
		else if (*pins == 'K' && pins[1] == (b->len > 0 ? ' ' : '\0'))
			buf_adds(b, key_word);
		else
			buf_addc(b, *pins);
}

/* No trust is read, and no name looked at, whatever is to be verified. */
static void
test_pin(void **state)
{
	const struct row *r = *state;
	struct buf pins = BUF_MAX(1024);
	struct tls_params p = { .trust_file = "/nonexistent", .name =
	    "mail.example.org", .at_once = 1 };
	struct err e = ERR_INIT;
	struct peer peer;
	struct tls *t;

	fill_in(&pins, r->pins);
	p.pins = buf_str(&pins);
	for (; p.verify < 2; p.verify++) {
		peer = start(do_nothing);
		assert_int_equal(tls_start(&t, peer.fd, &p, clock_in(LONG),
		    &e), r->want);
		if (r->want == 0)
			assert_non_null(strstr(tls_describe(t), "certificate "
			    "of mail.example.org verified by its "
			    "fingerprint"));
		else {
			assert_int_equal(e.kind, ERR_PROTOCOL);
			assert_non_null(strstr(e.text, cert_word));
			assert_non_null(strstr(e.text, key_word));
			assert_non_null(strstr(e.text, p.pins));
			assert_non_null(strstr(e.text, "tls_fingerprint"));
		}
		tls_free(t);
		assert_int_equal(finish(&peer), r->want == 0 ? 0 : 99);
	}
	buf_free(&pins);
}

/* Without pins, all that is wrong with it counts. */
static void
test_no_pin(void **state)
{
	struct tls_params p = { .trust_file = "/nonexistent", .name =
	    "mail.example.org", .verify = 1, .at_once = 1 };
	struct err e = ERR_INIT;
	struct peer peer = start(do_nothing);
	struct tls *t;

	(void)state;
	assert_int_equal(tls_start(&t, peer.fd, &p, clock_in(LONG), &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_null(t);
	assert_int_equal(finish(&peer), 99);
	p.verify = 0;
	peer = start(do_nothing);
	assert_int_equal(tls_start(&t, peer.fd, &p, clock_in(LONG), &e), 0);
	assert_non_null(strstr(tls_describe(t), "not verified"));
	tls_free(t);
	assert_int_equal(finish(&peer), 0);
}

#define TEXT	(3 * 1024 * 1024 + 12345)

static char
text_at(size_t i)
{
	return (char)(i * 31 + i / 1000);
}

/* Reads to the end; tells how much, and 98 if it is not the text. */
static int
read_all(gnutls_session_t s)
{
	char block[5000];
	unsigned long long n = 0;
	ssize_t r, i;
	int fd = gnutls_transport_get_int(s);

	do {
		r = gnutls_record_recv(s, block, sizeof(block));
		for (i = 0; i < r; i++)
			if (block[i] != text_at((size_t)n++))
				return 98;
	} while (r > 0 || (r < 0 && !gnutls_error_is_fatal((int)r)));
	return write(fd, &n, sizeof(n)) == sizeof(n) ? 0 : 97;
}

/* Goes without a good-bye, but first lets us see how much has arrived. */
static unsigned long long
arrived(struct peer *p)
{
	unsigned long long n = 0;

	shutdown(p->fd, SHUT_WR);
	fcntl(p->fd, F_SETFL, 0);
	assert_int_equal(recv(p->fd, &n, sizeof(n), MSG_WAITALL), sizeof(n));
	return n;
}

static const struct flight {
	const char	*name;
	size_t		 block;		/* at most so much in a call */
	size_t		 cut;		/* when so much has left; 0: never */
	int		 unsaid;	/* freed then, not cut */
} flights[] = {
	{ "an octet", 1, 1000, 0 },
	{ "lines", 77, 100000, 0 },
	{ "records", 16384, 0, 0 },
	{ "a little more than records", 16385, 0, 0 },
	{ "some records", 50000, 0, 0 },
	{ "all at once", TEXT, 0, 0 },
	{ "cut at once", TEXT, 1, 0 },
	{ "cut in the middle", TEXT, TEXT / 2, 0 },
	{ "cut in the middle of records", 16384, TEXT / 2, 0 },
	{ "cut near the end", 50000, TEXT - 1, 0 },
	{ "freed at once", TEXT, 1, 1 },
	{ "freed in the middle", 50000, TEXT / 2, 1 },
};

/* A server that is slower than we are gets every octet that was said to have
 * left, and after a cut none more. */
static void
test_flight(void **state)
{
	const struct flight *r = *state;
	struct tls_params p = { .name = "mail.example.org", .at_once = 1 };
	struct err e = ERR_INIT;
	struct peer peer = start(read_all);
	struct tls *t;
	char *text = malloc(TEXT);
	size_t i, left = 0, end = r->cut > 0 ? r->cut : TEXT, want;
	ssize_t n;

	assert_non_null(text);
	for (i = 0; i < TEXT; i++)
		text[i] = text_at(i);
	assert_int_equal(tls_start(&t, peer.fd, &p, clock_in(LONG), &e), 0);
	while (left < end) {
		want = TEXT - left < r->block ? TEXT - left : r->block;
		n = tls_send(t, text + left, want, &e);
		if (n == TLS_AGAIN)
			assert_int_equal(poll(&(struct pollfd){ peer.fd,
			    POLLOUT, 0 }, 1, LONG), 1);
		else {
			assert_true(n > 0 && (size_t)n <= want);
			left += (size_t)n;
		}
	}
	if (r->cut > 0) {	/* as much of the next as goes in */
		n = left < TEXT ? tls_send(t, text + left, TEXT - left, &e) :
		    0;
		left += n > 0 ? (size_t)n : 0;
	}
	if (r->cut > 0 && !r->unsaid) {
		tls_cut(t);
		assert_int_equal(tls_send(t, "x", 1, &e), -1);
	}
	tls_free(t);
	assert_int_equal(arrived(&peer), left);
	assert_int_equal(finish(&peer), 0);
	free(text);
}

/* Both talk at once, and neither waits for the other. */
static int
echo(gnutls_session_t s)
{
	char block[16384];
	ssize_t r, n;

	while ((r = gnutls_record_recv(s, block, sizeof(block))) > 0)
		for (n = 0; n < r; )
			n += gnutls_record_send(s, block + n,
			    (size_t)(r - n));
	return r == 0 ? 0 : 96;
}

static void
test_echo(void **state)
{
	struct tls_params p = { .name = "mail.example.org", .at_once = 1 };
	struct err e = ERR_INIT;
	struct peer peer = start(echo);
	size_t sent = 0, got = 0;
	char block[40000], back[40000];
	struct tls *t;
	ssize_t n;
	size_t i;

	(void)state;
	assert_int_equal(tls_start(&t, peer.fd, &p, clock_in(LONG), &e), 0);
	while (got < TEXT) {
		for (i = 0; i < sizeof(block); i++)
			block[i] = text_at(sent + i);
		i = TEXT - sent < sizeof(block) ? TEXT - sent : sizeof(block);
		if (i > 0 && (n = tls_send(t, block, i, &e)) != TLS_AGAIN) {
			assert_true(n > 0);
			sent += (size_t)n;
		}
		n = tls_recv(t, back, sizeof(back), &e);
		assert_true(n > 0 || n == TLS_AGAIN);
		for (i = 0; n > 0 && i < (size_t)n; i++)
			assert_int_equal(back[i], text_at(got++));
		if (n == TLS_AGAIN && tls_pending(t) == 0)
			assert_true(poll(&(struct pollfd){ peer.fd, (short)
			    (sent < TEXT ? POLLIN | POLLOUT : POLLIN), 0 }, 1,
			    LONG) > 0);
	}
	tls_free(t);
	shutdown(peer.fd, SHUT_WR);
	assert_int_equal(finish(&peer), 0);
}

int
main(void)
{
	int r;

	signal(SIGPIPE, SIG_IGN);
	make_cred();
	make_words();
	UNIT_ROWS(rows, test_pin);
	UNIT_TEST(test_no_pin);
	UNIT_ROWS(flights, test_flight);
	UNIT_TEST(test_echo);
	r = unit_run("tls");
	gnutls_certificate_free_credentials(cred);
	return r;
}
