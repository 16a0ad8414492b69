/* The verdict with the trusted certificates that trust_select() takes is the
 * one with all of them, whatever the chain. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "gnu.h"
#include "net/trust.h"

#define DAY	(24 * 3600)
#define NAME	"localhost"

static char top[] = "/tmp/chain.XXXXXX";

/* Keys, and the certificates that are made with them. */
enum key { K_ROOT, K_ROOT2, K_OLD, K_INTER, K_LEAF, K_OTHER, KEYS };

enum cert {
	ROOT, ROOT2, ROOT_EXPIRED, OLD, CROSS, BACK, INTER, INTER2,
	INTER_OLD, INTER_EXPIRED, NO_CA, LEAF, LEAF_ROOT, EXPIRED, FUTURE,
	WRONG, SELF, OTHER, CLIENT, CERTS, NONE = CERTS
};

static const struct plan {
	const char	*subject;
	enum key	 key, by;
	enum cert	 issuer;	/* NONE: itself */
	int		 from, to;	/* days */
	int		 ca;
} plans[CERTS] = {
	[ROOT] = { "CN=root", K_ROOT, K_ROOT, NONE, -9, 9, 1 },
	[ROOT2] = { "CN=root", K_ROOT2, K_ROOT2, NONE, -9, 9, 1 },
	[ROOT_EXPIRED] = { "CN=root", K_ROOT, K_ROOT, NONE, -9, -1, 1 },
	[OLD] = { "CN=old root", K_OLD, K_OLD, NONE, -9, 9, 1 },
	[CROSS] = { "CN=root", K_ROOT, K_OLD, OLD, -9, 9, 1 },
	[BACK] = { "CN=old root", K_OLD, K_ROOT, ROOT, -9, 9, 1 },
	[INTER] = { "CN=inter", K_INTER, K_ROOT, ROOT, -9, 9, 1 },
	[INTER2] = { "CN=inter", K_INTER, K_ROOT2, ROOT2, -9, 9, 1 },
	[INTER_OLD] = { "CN=inter", K_INTER, K_OLD, OLD, -9, 9, 1 },
	[INTER_EXPIRED] = { "CN=inter", K_INTER, K_ROOT, ROOT, -9, -1, 1 },
	[NO_CA] = { "CN=inter", K_INTER, K_ROOT, ROOT, -9, 9, 0 },
	[LEAF] = { "CN=" NAME, K_LEAF, K_INTER, INTER, -9, 9, 0 },
	[LEAF_ROOT] = { "CN=" NAME, K_LEAF, K_ROOT, ROOT, -9, 9, 0 },
	[EXPIRED] = { "CN=" NAME, K_LEAF, K_INTER, INTER, -9, -1, 0 },
	[FUTURE] = { "CN=" NAME, K_LEAF, K_INTER, INTER, 5, 9, 0 },
	[WRONG] = { "CN=mail.example.org", K_LEAF, K_INTER, INTER, -9, 9, 0 },
	[SELF] = { "CN=" NAME, K_LEAF, K_LEAF, NONE, -9, 9, 0 },
	[OTHER] = { "CN=other", K_OTHER, K_OTHER, NONE, -9, 9, 1 },
	[CLIENT] = { "CN=" NAME, K_LEAF, K_INTER, INTER, -9, 9, 0 },
};

static gnutls_x509_privkey_t keys[KEYS];
static gnutls_x509_crt_t certs[CERTS];
static gnutls_datum_t ders[CERTS], pems[CERTS];

static void
set_names(gnutls_x509_crt_t crt, enum cert c)
{
	const char *host = strchr(plans[c].subject, '=') + 1;

	if (plans[c].ca || c == NO_CA) {
		must(gnutls_x509_crt_set_basic_constraints(crt,
		    (unsigned)plans[c].ca, -1));
		must(gnutls_x509_crt_set_key_usage(crt,
		    GNUTLS_KEY_KEY_CERT_SIGN));
		return;
	}
	must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
	    host, (unsigned)strlen(host), GNUTLS_FSAN_SET));
	must(gnutls_x509_crt_set_key_purpose_oid(crt, c == CLIENT ?
	    GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER, 0));
}

/* Without key identifiers, so that a name alone may lead astray. */
static void
make_cert(enum cert c)
{
	const struct plan *p = &plans[c];
	gnutls_x509_crt_t crt;
	unsigned char serial = (unsigned char)(c + 1);
	const char *bad;

	must(gnutls_x509_crt_init(&crt));
	must(gnutls_x509_crt_set_version(crt, 3));
	must(gnutls_x509_crt_set_serial(crt, &serial, 1));
	must(gnutls_x509_crt_set_dn(crt, p->subject, &bad));
	must(gnutls_x509_crt_set_key(crt, keys[p->key]));
	must(gnutls_x509_crt_set_activation_time(crt, time(NULL) +
	    p->from * DAY));
	must(gnutls_x509_crt_set_expiration_time(crt, time(NULL) +
	    p->to * DAY));
	set_names(crt, c);
	must(gnutls_x509_crt_sign2(crt, p->issuer == NONE ? crt :
	    certs[p->issuer], keys[p->by], GNUTLS_DIG_SHA256, 0));
	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &ders[c]));
	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pems[c]));
	gnutls_x509_crt_deinit(crt);
	/* As one who reads it sees it. */
	must(gnutls_x509_crt_init(&certs[c]));
	must(gnutls_x509_crt_import(certs[c], &ders[c], GNUTLS_X509_FMT_DER));
}

static void
make_all(void)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		must(gnutls_x509_privkey_init(&keys[i]));
		must(gnutls_x509_privkey_generate(keys[i], GNUTLS_PK_ECDSA,
		    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	}
	for (i = 0; i < CERTS; i++)
		make_cert((enum cert)i);
}

static void
free_all(void)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		gnutls_x509_privkey_deinit(keys[i]);
	for (i = 0; i < CERTS; i++) {
		gnutls_x509_crt_deinit(certs[i]);
		gnutls_free(ders[i].data);
		gnutls_free(pems[i].data);
	}
}

/* Lists end with NONE. */
struct set {
	enum cert	 cert[8];
};

static unsigned
count(const struct set *s)
{
	unsigned n = 0;

	while (n < 8 && s->cert[n] != NONE)
		n++;
	return n;
}

/* As a bundle, or a folder with a file each. */
static void
write_trust(const struct set *trust, int folder)
{
	char name[64];
	unsigned i;
	int fd;

	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "trust/%u", i);
		unlink(name);
	}
	remove("trust");
	if (folder && mkdir("trust", 0700) == -1)
		abort();
	for (i = 0; i < count(trust); i++) {
		snprintf(name, sizeof(name), folder ? "trust/%u" : "trust", i);
		fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (write(fd, pems[trust->cert[i]].data,
		    pems[trust->cert[i]].size) == -1)
			abort();
		close(fd);
	}
}

static unsigned
verdict(gnutls_x509_trust_list_t list, const struct set *chain)
{
	gnutls_typed_vdata_st want[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)(uintptr_t)NAME,
		    0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)(uintptr_t)
		    GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};
	gnutls_x509_crt_t crt[8];
	unsigned i, n = count(chain), status = 0;

	for (i = 0; i < n; i++)
		crt[i] = certs[chain->cert[i]];
	must(gnutls_x509_trust_list_verify_crt2(list, crt, n, want, 2, 0,
	    &status, NULL));
	return status;
}

static unsigned
with_all(const struct set *chain, int folder)
{
	gnutls_x509_trust_list_t list;
	unsigned status;

	must(gnutls_x509_trust_list_init(&list, 0));
	must(folder ? gnutls_x509_trust_list_add_trust_dir(list, "trust", NULL,
	    GNUTLS_X509_FMT_PEM, 0, 0) :
	    gnutls_x509_trust_list_add_trust_file(list, "trust", NULL,
	    GNUTLS_X509_FMT_PEM, 0, 0));
	status = verdict(list, chain);
	gnutls_x509_trust_list_deinit(list, 1);
	return status;
}

static void
take(void *arg, const void *der, size_t n)
{
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)der, (unsigned)n };

	must(gnutls_x509_trust_list_add_trust_mem(arg, &data, NULL,
	    GNUTLS_X509_FMT_DER, 0, 0));
}

static unsigned
with_some(const struct set *chain)
{
	gnutls_x509_trust_list_t list;
	struct x509_der der[8];
	struct err e = ERR_INIT;
	unsigned i, status, n = count(chain);

	for (i = 0; i < n; i++)
		der[i] = (struct x509_der){ ders[chain->cert[i]].data,
		    ders[chain->cert[i]].size };
	must(gnutls_x509_trust_list_init(&list, 0));
	assert_true(trust_select("trust", der, n, take, list, &e) >= 0);
	status = verdict(list, chain);
	gnutls_x509_trust_list_deinit(list, 1);
	return status;
}

#define FOUND	0
#define UNKNOWN	GNUTLS_CERT_SIGNER_NOT_FOUND
#define LATE	GNUTLS_CERT_EXPIRED
#define EARLY	GNUTLS_CERT_NOT_ACTIVATED
#define NAMED	GNUTLS_CERT_UNEXPECTED_OWNER
#define ANY	(~0u)		/* as GnuTLS thinks */

static const struct row {
	const char	*name;
	struct set	 chain, trust;
	unsigned	 want;		/* bits that are there; FOUND: none */
} rows[] = {
	{ "good", { { LEAF, INTER, NONE } }, { { ROOT, OTHER, NONE } },
	    FOUND },
	{ "good, and the root sent", { { LEAF, INTER, ROOT, NONE } },
	    { { ROOT, OTHER, NONE } }, FOUND },
	{ "good, in another order", { { LEAF, ROOT, INTER, NONE } },
	    { { OTHER, ROOT, NONE } }, FOUND },
	{ "good, by the root itself", { { LEAF_ROOT, NONE } },
	    { { ROOT, NONE } }, FOUND },
	{ "good, and something else sent", { { LEAF, INTER, OTHER, NONE } },
	    { { ROOT, NONE } }, FOUND },
	{ "expired", { { EXPIRED, INTER, NONE } }, { { ROOT, NONE } }, LATE },
	{ "not yet valid", { { FUTURE, INTER, NONE } }, { { ROOT, NONE } },
	    EARLY },
	{ "wrong host", { { WRONG, INTER, NONE } }, { { ROOT, NONE } },
	    NAMED },
	{ "for clients", { { CLIENT, INTER, NONE } }, { { ROOT, NONE } },
	    GNUTLS_CERT_PURPOSE_MISMATCH },
	{ "self-signed", { { SELF, NONE } }, { { ROOT, NONE } }, UNKNOWN },
	{ "self-signed, and trusted", { { SELF, NONE } },
	    { { ROOT, SELF, NONE } }, FOUND },
	{ "the leaf itself is trusted", { { LEAF, NONE } },
	    { { OTHER, LEAF, NONE } }, FOUND },
	{ "unknown issuer", { { LEAF, INTER, NONE } }, { { OTHER, NONE } },
	    UNKNOWN },
	{ "unknown issuer, and the root sent", { { LEAF, INTER, ROOT, NONE } },
	    { { OTHER, OLD, NONE } }, UNKNOWN },
	{ "the issuer's name, another key", { { LEAF, INTER, NONE } },
	    { { ROOT2, NONE } }, ANY },
	{ "the issuer's name, two keys", { { LEAF, INTER, NONE } },
	    { { ROOT2, ROOT, NONE } }, FOUND },
	{ "two keys, the other way", { { LEAF, INTER, NONE } },
	    { { ROOT, ROOT2, NONE } }, ANY },
	{ "cross-signed, the new root trusted",
	    { { LEAF, INTER, CROSS, NONE } }, { { ROOT, OTHER, NONE } },
	    FOUND },
	{ "cross-signed, the old root trusted",
	    { { LEAF, INTER, CROSS, NONE } }, { { OTHER, OLD, NONE } },
	    FOUND },
	{ "cross-signed, both trusted", { { LEAF, INTER, CROSS, NONE } },
	    { { OLD, ROOT, NONE } }, FOUND },
	{ "cross-signed, the cross itself trusted", { { LEAF, INTER, NONE } },
	    { { CROSS, NONE } }, FOUND },
	{ "cross-signed, neither trusted", { { LEAF, INTER, CROSS, NONE } },
	    { { OTHER, NONE } }, UNKNOWN },
	{ "cross-signed by the old, sent the other way",
	    { { LEAF, INTER_OLD, BACK, NONE } }, { { ROOT, NONE } }, FOUND },
	{ "both intermediates", { { LEAF, INTER_OLD, INTER, NONE } },
	    { { ROOT, NONE } }, ANY },
	{ "intermediate missing", { { LEAF, NONE } }, { { ROOT, NONE } },
	    UNKNOWN },
	{ "intermediate missing, but trusted", { { LEAF, NONE } },
	    { { OTHER, INTER, NONE } }, FOUND },
	{ "intermediate missing, but trusted with its root", { { LEAF, NONE } },
	    { { ROOT, INTER, NONE } }, FOUND },
	{ "intermediate trusted, its root is not",
	    { { LEAF, INTER, NONE } }, { { INTER, NONE } }, FOUND },
	{ "another intermediate of the name trusted",
	    { { LEAF, INTER, NONE } }, { { INTER2, NONE } }, FOUND },
	{ "intermediate expired", { { LEAF, INTER_EXPIRED, NONE } },
	    { { ROOT, NONE } }, LATE },
	{ "intermediate expired, a good one trusted",
	    { { LEAF, INTER_EXPIRED, NONE } }, { { ROOT, INTER, NONE } },
	    ANY },
	{ "intermediate is no CA", { { LEAF, NO_CA, NONE } },
	    { { ROOT, NONE } }, ANY },
	{ "root expired", { { LEAF, INTER, NONE } },
	    { { ROOT_EXPIRED, NONE } }, LATE },
	{ "root expired, and a good one", { { LEAF, INTER, NONE } },
	    { { ROOT_EXPIRED, ROOT, NONE } }, FOUND },
	{ "root expired, and a good one first", { { LEAF, INTER, NONE } },
	    { { ROOT, ROOT_EXPIRED, NONE } }, FOUND },
};

static void
test_row(void **state)
{
	const struct row *r = *state;
	unsigned all, some;
	int folder;

	for (folder = 0; folder < 2; folder++) {
		write_trust(&r->trust, folder);
		all = with_all(&r->chain, folder);
		some = with_some(&r->chain);
		assert_int_equal(some, all);
		if (r->want == FOUND)
			assert_int_equal(all, 0);
		else if (r->want != ANY)
			assert_int_equal(all & r->want, r->want);
	}
}

/* Any chain, any trust. */
static unsigned
chance(unsigned n)
{
	static uint64_t x = 42;

	x = x * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(x >> 33) % n;
}

static void
fill(struct set *s, unsigned at, unsigned n)
{
	for (; n > 0; n--)
		s->cert[at++] = (enum cert)chance(CERTS);
	s->cert[at] = NONE;
}

static void
test_any(void **state)
{
	static const enum cert first[] = { LEAF, LEAF, LEAF, LEAF_ROOT,
	    EXPIRED, WRONG, SELF };
	struct set chain, trust;
	unsigned i, good = 0, all;

	(void)state;
	for (i = 0; i < 1500; i++) {
		chain.cert[0] = first[chance(COUNT(first))];
		fill(&chain, 1, chance(5));
		fill(&trust, 0, 1 + chance(6));
		write_trust(&trust, 0);
		all = with_all(&chain, 0);
		good += all == 0;
		assert_int_equal(with_some(&chain), all);
	}
	assert_true(good > 150 && good < 1350);
}

int
main(void)
{
	int r;

	if (mkdtemp(top) == NULL || chdir(top) == -1)
		return 99;
	make_all();
	UNIT_ROWS(rows, test_row);
	UNIT_TEST(test_any);
	r = unit_run("chain");
	free_all();
	if (system("rm -rf \"$PWD\"") != 0)
		r = 1;
	return r;
}
