/* The client against a server of GnuTLS's, over a pair of sockets. */
#include "unit.h"

#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/pin.h"
#include "net/tls.h"

#define LONG	60000		/* no test should ever need it */
#define DAY	(24 * 3600)

static gnutls_certificate_credentials_t cred;
static struct pin pin;
static char cert_word[128], key_word[128];

static void
must(int r)
{
	if (r < 0) {
		fprintf(stderr, "%s\n", gnutls_strerror(r));
		abort();
	}
}

/* Self-signed, expired, for another host: nothing about it is good. */
static void
make_cred(void)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t der;
	size_t size = PIN_SIZE;

	must(gnutls_x509_privkey_init(&key));
	must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	must(gnutls_x509_crt_init(&crt));
	must(gnutls_x509_crt_set_version(crt, 3));
	must(gnutls_x509_crt_set_serial(crt, "\1", 1));
	must(gnutls_x509_crt_set_dn(crt, "CN=elsewhere.example", NULL));
	must(gnutls_x509_crt_set_key(crt, key));
	must(gnutls_x509_crt_set_activation_time(crt, time(NULL) - 2 * DAY));
	must(gnutls_x509_crt_set_expiration_time(crt, time(NULL) - DAY));
	must(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0));
	must(gnutls_certificate_allocate_credentials(&cred));
	must(gnutls_certificate_set_x509_key(cred, &crt, 1, key));
	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der));
	must(gnutls_fingerprint(GNUTLS_DIG_SHA256, &der, pin.cert, &size));
	size = PIN_SIZE;
	must(gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, pin.key,
	    &size));
	gnutls_free(der.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
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

int
main(void)
{
	int r;

	signal(SIGPIPE, SIG_IGN);
	make_cred();
	make_words();
	UNIT_ROWS(rows, test_pin);
	UNIT_TEST(test_no_pin);
	r = unit_run("tls");
	gnutls_certificate_free_credentials(cred);
	return r;
}
