#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "net/blame.h"
#include "net/cert.h"
#include "net/crl.h"
#include "net/issuers.h"
#include "net/peer.h"
#include "net/pin.h"
#include "net/staple.h"
#include "net/tlsa.h"
#include "net/trust.h"
#include "net/verdict.h"
#include "net/x509.h"

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

/* By CAs, names and dates, and by what the server has stapled.  Returns the
 * bits of the status, or -1. */
static int
ask_gnutls(struct peer *p, gnutls_session_t session, unsigned *status)
{
	gnutls_typed_vdata_st want[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (void *)(uintptr_t)p->params->name,
		    0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID,
		    (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};
	int r = call(certificate_verify_peers)(session, want, 2, status);

	if (r >= 0)
		return 0;
	if (r == GNUTLS_E_CONSTRAINT_ERROR)
		return err_set(&p->why, ERR_PROTOCOL, "the server sends more "
		    "certificates than a chain may have; it needs no others "
		    "than its own and those between that and its CA");
	return err_set(&p->why, ERR_PROTOCOL, "the certificate does not "
	    "verify: %s", call(strerror)(r));
}

/* What that says of its certificate. */
static unsigned
staple_status(const struct staple *s)
{
	return s->kind == STAPLE_BAD ? GNUTLS_CERT_INVALID_OCSP_STATUS :
	    s->kind == STAPLE_REVOKED ? GNUTLS_CERT_REVOKED :
	    s->kind == STAPLE_OLD ? GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED : 0;
}

/*
 * GnuTLS has not found out whose word a response is.  So the chain is verified
 * without any, and we read them.
 */
static int
ask_again(struct peer *p, gnutls_session_t session,
    const struct issuers *from, unsigned n, unsigned *status)
{
	const unsigned before = *status & ~(unsigned)(GNUTLS_CERT_INVALID |
	    GNUTLS_CERT_INVALID_OCSP_STATUS |
	    GNUTLS_CERT_MISSING_OCSP_STATUS);
	struct staple s;
	unsigned i;

	rare(certificate_set_verify_flags)(p->cred,
	    GNUTLS_VERIFY_DISABLE_CRL_CHECKS);
	if (ask_gnutls(p, session, status) == -1)
		return -1;
	*status |= before;
	for (i = 0; i < n; i++) {
		staple_read(&s, session, from, i);
		*status |= staple_status(&s);
	}
	return 0;
}

/* RFC 7633 4.2.2: no good without a good response. */
static void
check_staple(struct peer *p, const struct x509_der *own,
    const struct staple *s, unsigned *status)
{
	if (p->params->facts != NULL)
		staple_show(p->params->facts->ocsp,
		    sizeof(p->params->facts->ocsp), s);
	if (s->kind == STAPLE_REVOKED)
		*status |= GNUTLS_CERT_REVOKED;
	if (!staple_must(own))
		return;
	if (s->kind != STAPLE_GOOD)
		*status |= GNUTLS_CERT_MISSING_OCSP_STATUS;
}

/* A session that is kept goes no further: what is revoked meanwhile would not
 * be heard of. */
static void
limit(struct peer *p, int64_t until)
{
	if (until < p->until)
		p->until = until;
}

/* With what costs more: is asked where it matters. */
static int
verify_closely(struct peer *p, gnutls_session_t session,
    const struct x509_der *chain, size_t n)
{
	struct crl crl = { .until = INT64_MAX };
	struct issuers from = { .crt = NULL };
	struct staple staple;
	unsigned status = 0;
	int r = -1;

	if (gnu_open_rare(&p->why) == -1)
		return -1;
	if (issuers_gather(&from, p->cred, chain, n) == -1) {
		no_certificate(p);
		goto out;
	}
	if (p->params->crl_file != NULL && crl_heed(&crl, p->params->crl_file,
	    p->cred, chain, n, &from, &p->why) == -1)
		goto out;
	if (ask_gnutls(p, session, &status) == -1 ||
	    ((status & GNUTLS_CERT_INVALID_OCSP_STATUS) &&
	    ask_again(p, session, &from, (unsigned)n, &status) == -1))
		goto out;
	staple_read(&staple, session, &from, 0);
	check_staple(p, &chain[0], &staple, &status);
	limit(p, crl.until);
	r = status == 0 ? 0 : blame(&(struct blame){ p->params, chain, n,
	    &from, &crl, &staple, status }, &p->why);
out:
	crl_free(&crl);
	issuers_free(&from);
	return r;
}

static int
verify_chain(struct peer *p, gnutls_session_t session,
    const struct x509_der *chain, size_t n)
{
	unsigned status = 0;

	if (load_trust(p, chain, n) == -1)
		return -1;
	limit(p, staple_until(session, (unsigned)n));
	if (p->params->crl_file == NULL && p->params->facts == NULL &&
	    !staple_must(&chain[0])) {
		if (ask_gnutls(p, session, &status) == -1)
			return -1;
		if (status == 0)
			return 0;
	}
	return verify_closely(p, session, chain, n);
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
	return verdict_chain(&p->why, p->params->name != NULL ?
	    p->params->name : "nobody", &(struct x509_der){ der->data,
	    der->size }, 1);
}

static int
no_record(struct peer *p, const gnutls_datum_t *der, unsigned status)
{
	struct buf shown = BUF_MAX(256);
	const char *name = p->params->name;
	struct pin pin;

	if (status != 0)		/* a record for whoever signed it */
		return err_set(&p->why, ERR_PROTOCOL, "the TLSA records of %s "
		    "name who has signed the certificate, but it %s", name,
		    status & GNUTLS_CERT_UNEXPECTED_OWNER ?
		    "is for other names" : status & GNUTLS_CERT_EXPIRED ?
		    "has expired" : status & GNUTLS_CERT_NOT_ACTIVATED ?
		    "is not yet valid" : "does not verify");
	if (take_pin(p, &pin, der) == -1)
		return -1;
	pin_show(&shown, &pin);
	err_set(&p->why, ERR_PROTOCOL, "no TLSA record of %s is for the "
	    "certificate (%s); it may be an attack, and nothing was sent",
	    name, buf_str(&shown));
	buf_free(&shown);
	return -1;
}

/*
 * By TLSA records (RFC 6698 2.1.1, RFC 7671 5).  DANE-EE counts whatever name
 * and dates the certificate has; those of PKIX come on top of what CAs say.
 */
static int
check_dane(struct peer *p, gnutls_session_t session,
    const gnutls_datum_t *der, unsigned n)
{
	const struct tlsa_set *set = p->tlsa;
	struct tlsa_chain chain = { der, n, p->params->name, NULL };
	unsigned status = 0, other = 0;

	if (gnu_open_dane(&p->why) == -1 || gnu_open_rare(&p->why) == -1)
		return -1;
	if (tlsa_names(set, TLSA_DANE_EE, der) ||
	    tlsa_leads(set, TLSA_DANE_TA, &chain, &status))
		return 0;
	if (tlsa_has(set, TLSA_PKIX_TA) || tlsa_has(set, TLSA_PKIX_EE)) {
		if (verify_peers(p, session, der, n) == -1)
			return -1;
		chain.cred = p->cred;
		if (tlsa_names(set, TLSA_PKIX_EE, der) ||
		    tlsa_leads(set, TLSA_PKIX_TA, &chain, &other))
			return 0;
	}
	return no_record(p, der, status | other);
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
	if (p->params->dane)
		return check_dane(p, session, der, n);
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
	return p->verify || p->pins != NULL || p->judge != NULL || p->dane;
}

void
peer_watch(struct peer *p, gnutls_session_t session)
{
	p->until = INT64_MAX;
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
