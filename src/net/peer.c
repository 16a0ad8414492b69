#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "net/cert.h"
#include "net/peer.h"
#include "net/pin.h"
#include "net/trust.h"
#include "net/verdict.h"
#include "net/x509.h"

/* One reason out of the bits of the verification status. */
static enum verdict
reason(unsigned status)
{
	static const struct {
		unsigned	 bit;
		enum verdict	 verdict;
	} reasons[] = {
		{ GNUTLS_CERT_SIGNER_NOT_FOUND, VERDICT_SIGNER },
		{ GNUTLS_CERT_SIGNER_NOT_CA, VERDICT_NO_CA },
		{ GNUTLS_CERT_EXPIRED, VERDICT_EXPIRED },
		{ GNUTLS_CERT_NOT_ACTIVATED, VERDICT_EARLY },
		{ GNUTLS_CERT_UNEXPECTED_OWNER, VERDICT_NAME },
		{ GNUTLS_CERT_PURPOSE_MISMATCH, VERDICT_PURPOSE },
		{ GNUTLS_CERT_REVOKED, VERDICT_REVOKED },
		{ GNUTLS_CERT_INSECURE_ALGORITHM, VERDICT_WEAK },
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (status & reasons[i].bit)
			return reasons[i].verdict;
	return VERDICT_OTHER;
}

/* Called for each trusted certificate that matters. */
static void
trust_one(void *arg, const void *der, size_t n)
{
	struct peer *p = arg;
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)der, (unsigned)n };

	call(certificate_set_x509_trust_mem)(p->cred, &data,
	    GNUTLS_X509_FMT_DER);
}

/* All that GnuTLS thinks this system trusts. */
static int
trust_system_of_gnutls(struct peer *p)
{
	if (call(certificate_set_x509_system_trust)(p->cred) >= 0)
		return 0;
	return err_set(&p->why, ERR_CONFIG, "this system has no CA "
	    "certificates; install ca-certificates, or set tls_trust_file");
}

/* Hand GnuTLS those of the trusted certificates that the chain asks for. */
static int
load_trust(struct peer *p, const struct x509_der *chain, size_t n)
{
	const char *own = p->params->trust_file;
	const char *path = own != NULL ? own : trust_system();
	struct err e = ERR_INIT;
	int found = -1;

	if (path != NULL)
		found = trust_select(path, chain, n, trust_one, p, &e);
	if (found == -1 && own == NULL)
		return trust_system_of_gnutls(p);
	if (found == -1)
		p->why = e;
	return found == -1 ? -1 : 0;
}

static int
no_certificate(struct peer *p)
{
	return err_set(&p->why, ERR_PROTOCOL, "the server showed no "
	    "certificate that can be read");
}

/* Say what is wrong with it. */
static int
explain(struct peer *p, const struct x509_der *chain, size_t n,
    unsigned status)
{
	struct verdict_facts f = { .name = p->params->name,
	    .trust = p->params->trust_file, .chain = chain, .n = n,
	    .status = status };
	struct tls_cert cert;

	if (cert_read(&cert, chain[0].p, chain[0].len) == -1)
		return no_certificate(p);
	f.names = cert.names[0] != '\0' ? cert.names :
	    "somebody without a name";
	f.signer = cert.issuer[0] != '\0' ? cert.issuer : "somebody";
	verdict_explain(&p->why, reason(status), &f);
	return -1;
}

static int
verify_chain(struct peer *p, gnutls_session_t session,
    const struct x509_der *chain, size_t n)
{
	gnutls_typed_vdata_st want[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (void *)(uintptr_t)p->params->name,
		    0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID,
		    (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};
	unsigned status = 0;
	int r;

	if (load_trust(p, chain, n) == -1)
		return -1;
	r = call(certificate_verify_peers)(session, want, 2, &status);
	if (r < 0)
		return err_set(&p->why, ERR_PROTOCOL, "the certificate does "
		    "not verify: %s", call(strerror)(r));
	return status == 0 ? 0 : explain(p, chain, n, status);
}

/* The same of what GnuTLS hands out. */
static int
verify_peers(struct peer *p, gnutls_session_t session,
    const gnutls_datum_t *der, unsigned n)
{
	struct x509_der *chain = mem_new(n, sizeof(*chain));
	unsigned i;
	int r;

	for (i = 0; i < n; i++)
		chain[i] = (struct x509_der){ der[i].data, der[i].size };
	r = verify_chain(p, session, chain, n);
	free(chain);
	return r;
}

/* The fingerprints that the server's own certificate has. */
static int
take_pin(struct peer *p, struct pin *pin, const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;
	size_t size = PIN_SIZE;
	int r;

	if (call(fingerprint)(GNUTLS_DIG_SHA256, der, pin->cert, &size) < 0 ||
	    call(x509_crt_init)(&crt) < 0)
		return no_certificate(p);
	size = PIN_SIZE;
	r = call(x509_crt_import)(crt, der, GNUTLS_X509_FMT_DER);
	if (r >= 0)
		r = call(x509_crt_get_key_id)(crt, GNUTLS_KEYID_USE_SHA256,
		    pin->key, &size);
	call(x509_crt_deinit)(crt);
	return r < 0 || size != PIN_SIZE ? no_certificate(p) : 0;
}

static int
check_pin(struct peer *p, const gnutls_datum_t *der)
{
	const char *pins = p->params->pins;
	struct buf shown = BUF_MAX(256);
	struct pin pin;

	if (take_pin(p, &pin, der) == -1)
		return -1;
	if (pin_match(pins, &pin))
		return 0;
	pin_show(&shown, &pin);
	err_set(&p->why, ERR_PROTOCOL, "the certificate is %s, and not %s; if "
	    "the server has a new one, and you know it from there, set "
	    "tls_fingerprint to that", buf_str(&shown), str_shown(pins,
	    strlen(pins)));
	buf_free(&shown);
	return -1;
}

/* What a session that is kept will be worth: no more than its chain. */
static void
note_verified(struct peer *p, const gnutls_datum_t *der, unsigned n)
{
	struct x509 x;

	p->verified = 1;
	p->when = time(NULL);
	for (p->expires = INT64_MAX; n > 0; n--, der++)
		if (x509_read(&x, der->data, der->size) == -1)
			p->expires = -1;
		else if (x.not_after < p->expires)
			p->expires = x.not_after;
}

/* For people: who it is, whatever is thought of it. */
static void
note_facts(struct tls_facts *f, const gnutls_datum_t *der, unsigned n)
{
	char from[64], to[64];
	struct tls_cert cert;
	unsigned i;

	cert_read(&f->cert, der[0].data, der[0].size);
	for (i = 0; i < n; i++) {
		if (cert_read(&cert, der[i].data, der[i].size) == -1)
			continue;
		x509_time(from, sizeof(from), cert.not_before);
		x509_time(to, sizeof(to), cert.not_after);
		buf_addf(&f->chain, "%s, issued by %s, valid %s to %s\n",
		    cert.subject, cert.issuer, from, to);
	}
}

/* By whatever this account goes. */
static int
judge(struct peer *p, gnutls_session_t session, const gnutls_datum_t *der,
    unsigned n)
{
	struct tls_cert cert;

	if (p->params->pins != NULL)
		return check_pin(p, der);
	if (p->params->judge == NULL)
		return verify_peers(p, session, der, n);
	if (cert_read(&cert, der[0].data, der[0].size) == -1)
		return no_certificate(p);
	return p->params->judge(p->params->judge_arg, &cert, &p->why);
}

/* Is all of the chain what it was verified by? */
static int
by_chain(const struct tls_params *p)
{
	return p->pins == NULL && p->judge == NULL;
}

/* Called by GnuTLS in the middle of the handshake; not 0 ends it. */
static int
verify(gnutls_session_t session)
{
	struct peer *p = call(session_get_ptr)(session);
	const gnutls_datum_t *der;
	unsigned n = 0;

	der = call(certificate_get_peers)(session, &n);
	if (der == NULL || n == 0)
		return peer_matters(p->params) ? no_certificate(p) : 0;
	if (p->params->facts != NULL)
		note_facts(p->params->facts, der, n);
	if (!peer_matters(p->params))
		return 0;
	if (judge(p, session, der, n) == -1)
		return -1;
	note_verified(p, der, by_chain(p->params) ? n : 1);
	return 0;
}

/* Called by GnuTLS behind the ServerHello. */
static int
note_version(gnutls_session_t session, unsigned type, unsigned when,
    unsigned incoming, const gnutls_datum_t *message)
{
	struct peer *p = call(session_get_ptr)(session);

	(void)type;
	(void)when;
	(void)incoming;
	(void)message;
	p->hello13 = call(protocol_get_version)(session) == GNUTLS_TLS1_3;
	return 0;
}

int
peer_matters(const struct tls_params *p)
{
	return p->verify || p->pins != NULL || p->judge != NULL;
}

void
peer_watch(struct peer *p, gnutls_session_t session)
{
	call(session_set_ptr)(session, p);
	if (peer_matters(p->params) || p->params->facts != NULL)
		call(certificate_set_verify_function)(p->cred, verify);
	call(handshake_set_hook_function)(session,
	    GNUTLS_HANDSHAKE_SERVER_HELLO, GNUTLS_HOOK_POST, note_version);
}

/*
 * By TLS 1.3 it takes the key of a session to resume it.  A ServerHello of 1.2
 * would only have to repeat the session's identifier, which anybody has seen,
 * and GnuTLS would go on with no key at all.
 */
int
peer_check(const struct peer *p, gnutls_session_t session, struct err *e)
{
	int resumed = p->hello13 && call(session_is_resumed)(session);

	if (!peer_matters(p->params) || p->verified || resumed)
		return 0;
	return err_set(e, ERR_PROTOCOL, "the server has shown no "
	    "certificate; it may be an attack, and nothing was sent");
}
