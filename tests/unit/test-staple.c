/* What a server staples, over TLS 1.2 and 1.3, with a certificate that demands
 * it and with one that does not. */
#include "unit.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "gnu.h"
#include "net/tls.h"
#include "ocsp.h"

#define LONG	60000		/* no test should ever need it */
#define DAY	(24 * 3600)
#define NAME	"mail.example.org"

static char top[] = "/tmp/staple.XXXXXX";

enum who {
	CA, INTER, LEAF, MUST, OTHER, EVIL, EVIL_INTER, RESPONDER, NO_RESPONDER,
	TOP, TOP_MUST, CERTS
};

static const struct plan {
	const char	*subject;
	enum who	 issuer;
} plans[CERTS] = {
	[CA] = { "CN=a CA", CA },
	[INTER] = { "CN=inter", CA },
	[LEAF] = { "CN=leaf", INTER },
	[MUST] = { "CN=must-staple", INTER },
	[OTHER] = { "CN=other", INTER },
	[EVIL] = { "CN=evil", EVIL },
	[EVIL_INTER] = { "CN=inter", EVIL_INTER },
	[RESPONDER] = { "CN=responder", INTER },
	[NO_RESPONDER] = { "CN=no responder", INTER },
	[TOP] = { "CN=by a root", CA },
	[TOP_MUST] = { "CN=must-staple by a root", CA },
};

static gnutls_x509_privkey_t keys[CERTS];
static gnutls_x509_crt_t certs[CERTS];

static void
set_features(gnutls_x509_crt_t crt)
{
	gnutls_x509_tlsfeatures_t f;

	must(gnutls_x509_tlsfeatures_init(&f));
	must(gnutls_x509_tlsfeatures_add(f, 5));
	must(gnutls_x509_crt_set_tlsfeatures(crt, f));
	gnutls_x509_tlsfeatures_deinit(f);
}

static void
set_use(gnutls_x509_crt_t crt, enum who who)
{
	int ca = who == CA || who == INTER || who == EVIL ||
	    who == EVIL_INTER;

	must(gnutls_x509_crt_set_basic_constraints(crt, (unsigned)ca, -1));
	if (ca)
		must(gnutls_x509_crt_set_key_usage(crt,
		    GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN |
		    GNUTLS_KEY_DIGITAL_SIGNATURE));
	else
		must(gnutls_x509_crt_set_subject_alt_name(crt,
		    GNUTLS_SAN_DNSNAME, NAME, sizeof(NAME) - 1,
		    GNUTLS_FSAN_SET));
	if (who == RESPONDER)
		must(gnutls_x509_crt_set_key_purpose_oid(crt,
		    GNUTLS_KP_OCSP_SIGNING, 0));
	if (who == MUST || who == TOP_MUST)
		set_features(crt);
}

static void
make(enum who who)
{
	const struct plan *p = &plans[who];
	unsigned char serial = (unsigned char)(who + 1);
	gnutls_x509_crt_t crt;
	gnutls_datum_t der;

	must(gnutls_x509_privkey_init(&keys[who]));
	must(gnutls_x509_privkey_generate(keys[who], GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	must(gnutls_x509_crt_init(&crt));
	must(gnutls_x509_crt_set_version(crt, 3));
	must(gnutls_x509_crt_set_serial(crt, &serial, 1));
	must(gnutls_x509_crt_set_dn(crt, p->subject, NULL));
	must(gnutls_x509_crt_set_key(crt, keys[who]));
	must(gnutls_x509_crt_set_activation_time(crt, time(NULL) - 9 * DAY));
	must(gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 90 * DAY));
	set_use(crt, who);
	must(gnutls_x509_crt_sign2(crt, p->issuer == who ? crt :
	    certs[p->issuer], keys[p->issuer], GNUTLS_DIG_SHA256, 0));
	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der));
	gnutls_x509_crt_deinit(crt);
	must(gnutls_x509_crt_init(&certs[who]));
	must(gnutls_x509_crt_import(certs[who], &der, GNUTLS_X509_FMT_DER));
	gnutls_free(der.data);
}

static void
write_trust(void)
{
	gnutls_datum_t pem;
	int fd = open("ca.pem", O_WRONLY | O_CREAT, 0600);

	must(gnutls_x509_crt_export2(certs[CA], GNUTLS_X509_FMT_PEM, &pem));
	if (write(fd, pem.data, pem.size) != (ssize_t)pem.size)
		abort();
	gnutls_free(pem.data);
	close(fd);
}

struct server {
	const char	*priority;
	const char	*alpn;
	enum who	 cert;
	enum who	 extra;		/* also sent; CERTS: none */
	const void	*staple;
	size_t		 n;		/* 0: none */
};

static int
give(gnutls_session_t s, void *arg, gnutls_datum_t *response)
{
	const struct server *v = arg;

	(void)s;
	response->data = gnutls_malloc(v->n);
	memcpy(response->data, v->staple, v->n);
	response->size = (unsigned)v->n;
	return 0;
}

/* As they are, in whatever order. */
static void
set_chain(gnutls_certificate_credentials_t cred, const struct server *v)
{
	const enum who order[] = { v->cert, plans[v->cert].issuer, v->extra };
	gnutls_pcert_st *chain = gnutls_calloc(3, sizeof(*chain));
	gnutls_privkey_t key;
	int i, n = 0;

	for (i = 0; i < 3; i++)
		if (order[i] != CERTS && order[i] != CA)
			must(gnutls_pcert_import_x509(&chain[n++],
			    certs[order[i]], 0));
	must(gnutls_privkey_init(&key));
	must(gnutls_privkey_import_x509(key, keys[v->cert],
	    GNUTLS_PRIVKEY_IMPORT_COPY));
	must(gnutls_certificate_set_key(cred, NULL, 0, chain, n, key));
}

static int
serve(const struct server *v, int fd)
{
	gnutls_datum_t alpn = { (unsigned char *)(uintptr_t)v->alpn,
	    v->alpn != NULL ? (unsigned)strlen(v->alpn) : 0 };
	gnutls_certificate_credentials_t cred;
	gnutls_session_t s;
	int r;

	must(gnutls_certificate_allocate_credentials(&cred));
	set_chain(cred, v);
	if (v->n > 0)
		must(gnutls_certificate_set_ocsp_status_request_function2(cred,
		    0, give, (void *)(uintptr_t)v));
	must(gnutls_init(&s, GNUTLS_SERVER));
	must(gnutls_priority_set_direct(s, v->priority, NULL));
	must(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred));
	if (v->alpn != NULL)
		must(gnutls_alpn_set_protocols(s, &alpn, 1,
		    GNUTLS_ALPN_MANDATORY));
	gnutls_transport_set_int(s, fd);
	do
		r = gnutls_handshake(s);
	while (r < 0 && !gnutls_error_is_fatal(r));
	if (r < 0)
		gnutls_alert_send_appropriate(s, r);
	return r < 0 ? 99 : 0;
}

/* Connect to it.  Returns as tls_start(). */
static int
meet(const struct server *v, const struct tls_params *p, struct err *e)
{
	int fd[2], status, r;
	struct tls *t;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		_exit(serve(v, fd[1]));
	}
	close(fd[1]);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	*e = (struct err)ERR_INIT;
	r = tls_start(&t, fd[0], p, clock_in(LONG), e);
	tls_free(t);
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return r;
}

#define NOTHING	(-1)
#define JUNK	(-2)

static const struct row {
	const char	*name;
	int		 says;		/* enum ocsp_says, or what to staple */
	enum who	 signer;
	enum who	 sent;		/* along with it; CERTS: none */
	enum who	 about;		/* OTHER; else the certificate */
	enum who	 extra;		/* in the chain; CERTS: none */
	int		 from, to;	/* days */
	const char	*may, *must;	/* what is said; NULL: all is well */
	const char	*facts;
	int		 by_key;	/* how the signer is named */
	int		 top;		/* the certificate is by the root, which
					 * is not sent */
} rows[] = {
	{ "good", OCSP_GOOD, INTER, CERTS, LEAF, CERTS, -1, 5, NULL, NULL,
	    "good until 20", 0, 0 },
	{ "good, without an end", OCSP_GOOD, INTER, CERTS, LEAF, CERTS, -1, 0,
	    NULL, NULL, "good until 20", 0, 0 },
	{ "revoked", OCSP_REVOKED, INTER, CERTS, LEAF, CERTS, -1, 5,
	    "was revoked on 20", "was revoked on 20", "revoked on 20", 0, 0 },
	{ "revoked, and too old", OCSP_REVOKED, INTER, CERTS, LEAF, CERTS, -9,
	    -1, "was revoked on 20", "was revoked on 20",
	    "revoked on 20", 0, 0 },
	{ "unknown", OCSP_UNKNOWN, INTER, CERTS, LEAF, CERTS, -1, 5, NULL,
	    "stapled is: unknown to its issuer",
	    "unknown to its issuer", 0, 0 },
	{ "too old", OCSP_GOOD, INTER, CERTS, LEAF, CERTS, -9, -1,
	    "is too old: expired on 20", "stapled is: expired on 20",
	    "expired on 20", 0, 0 },
	{ "too old, without an end", OCSP_GOOD, INTER, CERTS, LEAF, CERTS, -30,
	    0, "is too old: expired on 20", "stapled is: expired on 20",
	    "expired on 20", 0, 0 },
	{ "of tomorrow", OCSP_GOOD, INTER, CERTS, LEAF, CERTS, 1, 5, NULL,
	    "stapled is: valid only from 20", "valid only from 20", 0, 0 },
	{ "by a responder", OCSP_GOOD, RESPONDER, RESPONDER, LEAF, CERTS, -1,
	    5, NULL, NULL, "good until 20", 0, 0 },
	{ "by who is no responder", OCSP_GOOD, NO_RESPONDER, NO_RESPONDER,
	    LEAF, CERTS, -1, 5, "is not the word of the CA",
	    "stapled is: not by the certificate's issuer",
	    "not by the certificate's issuer", 0, 0 },
	{ "by a stranger", OCSP_GOOD, EVIL, EVIL, LEAF, CERTS, -1, 5,
	    "is not the word of the CA",
	    "stapled is: not by the certificate's issuer",
	    "not by the certificate's issuer", 0, 0 },
	{ "by a stranger in the chain", OCSP_GOOD, EVIL, CERTS, LEAF, EVIL, -1,
	    5, NULL, "stapled is: not by the certificate's issuer",
	    "not by the certificate's issuer", 0, 0 },
	{ "by a stranger of the issuer's name", OCSP_GOOD, EVIL_INTER, CERTS,
	    LEAF, EVIL_INTER, -1, 5, NULL,
	    "stapled is: not by the certificate's issuer",
	    "not by the certificate's issuer", 0, 0 },
	{ "by the issuer's issuer", OCSP_GOOD, CA, CERTS, LEAF, CERTS, -1, 5,
	    NULL, "stapled is: not by the certificate's issuer",
	    "not by the certificate's issuer", 0, 0 },
	{ "about another", OCSP_GOOD, INTER, CERTS, OTHER, CERTS, -1, 5,
	    "is not the word of the CA",
	    "stapled is: not by the certificate's issuer",
	    "not by the certificate's issuer", 0, 0 },
	{ "good, by key", OCSP_GOOD, INTER, CERTS, LEAF, CERTS, -1, 5, NULL,
	    NULL, "good until 20", 1, 0 },
	{ "good, by the root's name", OCSP_GOOD, CA, CERTS, LEAF, CERTS, -1, 5,
	    NULL, NULL, "good until 20", 0, 1 },
	{ "good, by the root's key", OCSP_GOOD, CA, CERTS, LEAF, CERTS, -1, 5,
	    NULL, NULL, "good until 20", 1, 1 },
	{ "revoked, by the root's name", OCSP_REVOKED, CA, CERTS, LEAF, CERTS,
	    -1, 5, "was revoked on 20", "was revoked on 20", "revoked on 20",
	    0, 1 },
	{ "revoked, by the root's key", OCSP_REVOKED, CA, CERTS, LEAF, CERTS,
	    -1, 5, "was revoked on 20", "was revoked on 20", "revoked on 20",
	    1, 1 },
	{ "unknown, by the root's key", OCSP_UNKNOWN, CA, CERTS, LEAF, CERTS,
	    -1, 5, NULL, "stapled is: unknown to its issuer",
	    "unknown to its issuer", 1, 1 },
	{ "too old, by the root's key", OCSP_GOOD, CA, CERTS, LEAF, CERTS, -9,
	    -1, "is too old: expired on 20", "stapled is: expired on 20",
	    "expired on 20", 1, 1 },
	{ "by a stranger's key, below a root", OCSP_GOOD, EVIL, CERTS, LEAF,
	    CERTS, -1, 5, "is not the word of the CA",
	    "stapled is: not by the certificate's issuer",
	    "not by the certificate's issuer", 1, 1 },
	{ "none", NOTHING, INTER, CERTS, LEAF, CERTS, 0, 0, NULL,
	    "stapled is: none", "none", 0, 0 },
	{ "try later", JUNK, INTER, CERTS, LEAF, CERTS, 3, 0, NULL,
	    "stapled is: none", "none", 0, 0 },
	{ "nonsense", JUNK, INTER, CERTS, LEAF, CERTS, 0, 0,
	    "is not the word of the CA",
	    "stapled is: not by the certificate's issuer",
	    "not by the certificate's issuer", 0, 0 },
};

static void
staple(struct buf *b, const struct row *r, enum who cert)
{
	struct ocsp o = { .cert = certs[r->about == OTHER ? OTHER : cert],
	    .issuer = certs[plans[cert].issuer], .signer = certs[r->signer],
	    .key = keys[r->signer], .sent = r->sent != CERTS ?
	    certs[r->sent] : NULL, .from = r->from, .to = r->to,
	    .by_key = r->by_key };

	if (r->says >= 0) {
		o.says = (enum ocsp_says)r->says;
		ocsp_make(b, &o);
	} else if (r->says == JUNK && r->from != 0)
		buf_addf(b, "0\3\n\1%c", r->from);
	else if (r->says == JUNK)
		buf_adds(b, "nonsense");
}

static void
check(const struct row *r, enum who cert, const char *priority, int with)
{
	struct tls_facts facts = TLS_FACTS_INIT;
	struct tls_params p = { .trust_file = "ca.pem", .name = NAME,
	    .verify = 1, .at_once = 1, .facts = with ? &facts : NULL };
	struct server v = { .priority = priority, .cert = cert,
	    .extra = r->extra };
	const char *want = cert == MUST || cert == TOP_MUST ? r->must : r->may;
	struct buf b = BUF_MAX(65536);
	struct err e;
	int got;

	staple(&b, r, cert);
	v.staple = buf_str(&b);
	v.n = b.len;
	got = meet(&v, &p, &e);
	if (got == 0 && want != NULL)
		fail_msg("accepted: %s, %s", priority, facts.ocsp);
	if (got == -1 && (want == NULL || strstr(e.text, want) == NULL ||
	    e.kind != ERR_PROTOCOL))
		fail_msg("%s: %s", priority, e.text);
	if (with && strncmp(facts.ocsp, r->facts, strlen(r->facts)) != 0)
		fail_msg("%s", facts.ocsp);
	buf_free(&facts.chain);
	buf_free(&b);
}

static void
test_staple(void **state)
{
	static const char *const versions[] = { "NORMAL",
	    "NORMAL:-VERS-TLS1.3" };
	const struct row *r = *state;
	size_t i;

	for (i = 0; i < 4; i++) {
		check(r, r->top ? TOP : LEAF, versions[i % 2], i > 1);
		check(r, r->top ? TOP_MUST : MUST, versions[i % 2], i > 1);
	}
}

/* Who goes by a fingerprint does not ask CAs. */
static void
test_pin(void **state)
{
	struct server v = { .priority = "NORMAL", .cert = MUST,
	    .extra = CERTS };
	struct tls_facts facts = TLS_FACTS_INIT;
	struct tls_params p = { .name = NAME, .at_once = 1, .facts = &facts };
	struct err e;

	(void)state;
	assert_int_equal(meet(&v, &p, &e), 0);
	p.pins = facts.cert.pin;
	p.facts = NULL;
	p.verify = 1;
	assert_int_equal(meet(&v, &p, &e), 0);
	buf_free(&facts.chain);
}

static const struct alpn {
	const char	*name;
	const char	*ours, *theirs;
	const char	*want;		/* what is said, or agreed on */
	int		 result;
} alpns[] = {
	{ "both", "smtp", "smtp", "smtp", 0 },
	{ "they know nothing of it", "smtp", NULL, "", 0 },
	{ "we do not offer it", NULL, NULL, "", 0 },
	{ "they speak something else", "smtp", "h2", "does not speak smtp "
	    "(ALPN)", -1 },
};

static void
test_alpn(void **state)
{
	const struct alpn *r = *state;
	struct server v = { .priority = "NORMAL", .cert = LEAF,
	    .extra = CERTS, .alpn = r->theirs };
	struct tls_facts facts = TLS_FACTS_INIT;
	struct tls_params p = { .trust_file = "ca.pem", .name = NAME,
	    .verify = 1, .at_once = 1, .facts = &facts, .alpn = r->ours };
	struct err e;

	assert_int_equal(meet(&v, &p, &e), r->result);
	if (r->result == 0)
		assert_string_equal(facts.alpn, r->want);
	else
		assert_non_null(strstr(e.text, r->want));
	buf_free(&facts.chain);
}

int
main(void)
{
	int r;
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(top) == NULL || chdir(top) == -1)
		return 99;
	for (i = 0; i < CERTS; i++)
		make((enum who)i);
	write_trust();
	UNIT_ROWS(rows, test_staple);
	UNIT_TEST(test_pin);
	UNIT_ROWS(alpns, test_alpn);
	r = unit_run("staple");
	for (i = 0; i < CERTS; i++) {
		gnutls_x509_privkey_deinit(keys[i]);
		gnutls_x509_crt_deinit(certs[i]);
	}
	if (system("rm -rf \"$PWD\"") != 0)
		r = 1;
	return r;
}
