#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/dynlib.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/wait.h"
#include "net/outbox.h"
#include "net/pin.h"
#include "net/resume.h"
#include "net/tls.h"
#include "net/trust.h"
#include "net/verdict.h"
#include "net/x509.h"

#ifndef GNUTLS_SONAME
#define GNUTLS_SONAME	"libgnutls.so.30"
#endif

/* Tickets of TLS 1.2 are no match for those of 1.3: none is asked for. */
#if GNUTLS_VERSION_NUMBER >= 0x030705
#define TICKETS_OF_13	GNUTLS_NO_TICKETS_TLS12
#else
#define TICKETS_OF_13	0
#endif

#define RECORD_MAX	(16 * 1024)	/* RFC 8446 5.1 */
#define FLIGHT_MAX	(4 * RECORD_MAX) /* octets that leave by one call */

struct tls {
	gnutls_session_t		 session;
	gnutls_certificate_credentials_t cred;
	const struct tls_params		*params;	/* in the handshake */
	struct outbox			 out;
	struct err			 why;	/* of the certificate */
	struct resume			 kept;
	char				 about[256];
	int				 verified; /* in this handshake */
	int				 hello13; /* the server wants TLS 1.3 */
};

/* What is used of GnuTLS: name, and a pointer of its type called that. */
#define FUNCTIONS(F) \
	F(gnutls_alert_get) F(gnutls_alert_get_name) F(gnutls_bye) \
	F(gnutls_certificate_allocate_credentials) \
	F(gnutls_certificate_free_credentials) \
	F(gnutls_certificate_get_peers) \
	F(gnutls_certificate_set_verify_function) \
	F(gnutls_certificate_set_x509_system_trust) \
	F(gnutls_certificate_set_x509_trust_mem) \
	F(gnutls_certificate_verify_peers) F(gnutls_check_version) \
	F(gnutls_cipher_get) F(gnutls_cipher_get_name) \
	F(gnutls_credentials_set) F(gnutls_deinit) F(gnutls_error_is_fatal) \
	F(gnutls_fingerprint) \
	F(gnutls_handshake) F(gnutls_handshake_set_hook_function) \
	F(gnutls_init) F(gnutls_priority_set_direct) \
	F(gnutls_protocol_get_name) F(gnutls_protocol_get_version) \
	F(gnutls_record_check_pending) F(gnutls_record_recv) \
	F(gnutls_record_send) \
	F(gnutls_server_name_set) F(gnutls_session_get_data2) \
	F(gnutls_session_get_flags) F(gnutls_session_get_ptr) \
	F(gnutls_session_is_resumed) F(gnutls_session_set_data) \
	F(gnutls_session_set_ptr) F(gnutls_set_default_priority_append) \
	F(gnutls_strerror) F(gnutls_transport_set_ptr) \
	F(gnutls_transport_set_pull_function) \
	F(gnutls_transport_set_push_function) \
	F(gnutls_x509_crt_deinit) F(gnutls_x509_crt_get_dn_by_oid) \
	F(gnutls_x509_crt_get_issuer_dn) F(gnutls_x509_crt_get_key_id) \
	F(gnutls_x509_crt_get_subject_alt_name) F(gnutls_x509_crt_import) \
	F(gnutls_x509_crt_init)

#define POINTER(f)	__typeof__(f) *f##_;
#define SYMBOL(f)	{ #f, &gnu.f##_ },

static struct { FUNCTIONS(POINTER) } gnu;
static const struct dynlib_symbol symbols[] = { FUNCTIONS(SYMBOL) };

/* Short names for what is behind the pointers. */
#define call(f)	(gnu.gnutls_##f##_)

const char *
tls_library(void)
{
	return GNUTLS_VERSION;
}

/* The names that a certificate is for, at most three of them. */
static void
names_of(struct buf *b, gnutls_x509_crt_t crt)
{
	char name[256];
	size_t size;
	unsigned i, n = 0;
	int type;

	for (i = 0; n < 3; i++) {
		size = sizeof(name);
		type = call(x509_crt_get_subject_alt_name)(crt, i, name, &size,
		    NULL);
		if (type < 0)
			break;
		if (type != GNUTLS_SAN_DNSNAME)
			continue;
		buf_addf(b, "%s%s", n++ > 0 ? ", " : "",
		    str_shown(name, size));
	}
	size = sizeof(name);
	if (n == 0 && call(x509_crt_get_dn_by_oid)(crt,
	    GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) == 0)
		buf_adds(b, str_shown(name, size));
	if (b->len == 0)
		buf_adds(b, "somebody without a name");
}

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
	struct tls *t = arg;
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)der, (unsigned)n };

	call(certificate_set_x509_trust_mem)(t->cred, &data,
	    GNUTLS_X509_FMT_DER);
}

/* All that GnuTLS thinks this system trusts. */
static int
trust_system_of_gnutls(struct tls *t)
{
	if (call(certificate_set_x509_system_trust)(t->cred) >= 0)
		return 0;
	return err_set(&t->why, ERR_CONFIG, "this system has no CA "
	    "certificates; install ca-certificates, or set tls_trust_file");
}

/* Hand GnuTLS those of the trusted certificates that the chain asks for. */
static int
load_trust(struct tls *t, const struct x509_der *chain, size_t n)
{
	const char *own = t->params->trust_file;
	const char *path = own != NULL ? own : trust_system();
	struct err e = ERR_INIT;
	int found = -1;

	if (path != NULL)
		found = trust_select(path, chain, n, trust_one, t, &e);
	if (found == -1 && own == NULL)
		return trust_system_of_gnutls(t);
	if (found == -1)
		t->why = e;
	return found == -1 ? -1 : 0;
}

static int
no_certificate(struct tls *t)
{
	return err_set(&t->why, ERR_PROTOCOL, "the server showed no "
	    "certificate that can be read");
}

/* The server's own as GnuTLS reads it.  Returns 0, or -1 with why set. */
static int
read_crt(struct tls *t, gnutls_x509_crt_t *crt, const gnutls_datum_t *der)
{
	if (call(x509_crt_init)(crt) < 0)
		return no_certificate(t);
	if (call(x509_crt_import)(*crt, der, GNUTLS_X509_FMT_DER) >= 0)
		return 0;
	call(x509_crt_deinit)(*crt);
	return no_certificate(t);
}

/* Say what is wrong with it. */
static int
explain(struct tls *t, const struct x509_der *chain, size_t n,
    unsigned status)
{
	struct verdict_facts f = { .name = t->params->name,
	    .trust = t->params->trust_file, .signer = "somebody",
	    .chain = chain, .n = n, .status = status };
	struct buf names = BUF_MAX(2048);
	gnutls_datum_t der = { (unsigned char *)(uintptr_t)chain[0].p,
	    (unsigned)chain[0].len };
	char signer[256];
	size_t size = sizeof(signer);
	gnutls_x509_crt_t crt;

	if (read_crt(t, &crt, &der) == -1)
		return -1;
	if (call(x509_crt_get_issuer_dn)(crt, signer, &size) >= 0)
		f.signer = str_shown(signer, strnlen(signer, size));
	names_of(&names, crt);
	f.names = buf_str(&names);
	verdict_explain(&t->why, reason(status), &f);
	buf_free(&names);
	call(x509_crt_deinit)(crt);
	return -1;
}

static int
verify_chain(struct tls *t, const struct x509_der *chain, size_t n)
{
	gnutls_typed_vdata_st want[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (void *)(uintptr_t)t->params->name,
		    0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID,
		    (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};
	unsigned status = 0;
	int r;

	if (load_trust(t, chain, n) == -1)
		return -1;
	r = call(certificate_verify_peers)(t->session, want, 2, &status);
	if (r < 0)
		return err_set(&t->why, ERR_PROTOCOL, "the certificate does "
		    "not verify: %s", call(strerror)(r));
	return status == 0 ? 0 : explain(t, chain, n, status);
}

/* The same of what GnuTLS hands out. */
static int
verify_peers(struct tls *t, const gnutls_datum_t *der, unsigned n)
{
	struct x509_der *chain = mem_new(n, sizeof(*chain));
	unsigned i;
	int r;

	for (i = 0; i < n; i++)
		chain[i] = (struct x509_der){ der[i].data, der[i].size };
	r = verify_chain(t, chain, n);
	free(chain);
	return r;
}

/* The fingerprints that the server's own certificate has. */
static int
take_pin(struct tls *t, struct pin *pin, const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;
	size_t size = PIN_SIZE;
	int r;

	if (call(fingerprint)(GNUTLS_DIG_SHA256, der, pin->cert, &size) < 0)
		return no_certificate(t);
	if (read_crt(t, &crt, der) == -1)
		return -1;
	size = PIN_SIZE;
	r = call(x509_crt_get_key_id)(crt, GNUTLS_KEYID_USE_SHA256, pin->key,
	    &size);
	call(x509_crt_deinit)(crt);
	return r < 0 || size != PIN_SIZE ? no_certificate(t) : 0;
}

static int
check_pin(struct tls *t, const gnutls_datum_t *der)
{
	const char *pins = t->params->pins;
	struct buf shown = BUF_MAX(256);
	struct pin pin;

	if (take_pin(t, &pin, der) == -1)
		return -1;
	if (pin_match(pins, &pin))
		return 0;
	pin_show(&shown, &pin);
	err_set(&t->why, ERR_PROTOCOL, "the certificate is %s, and not %s; if "
	    "the server has a new one, and you know it from there, set "
	    "tls_fingerprint to that", buf_str(&shown), str_shown(pins,
	    strlen(pins)));
	buf_free(&shown);
	return -1;
}

/* What a session that is kept will be worth: no more than its chain. */
static void
note_verified(struct tls *t, const gnutls_datum_t *der, unsigned n)
{
	struct x509 x;

	t->verified = 1;
	t->kept.verified = time(NULL);
	for (t->kept.expires = INT64_MAX; n > 0; n--, der++)
		if (x509_read(&x, der->data, der->size) == -1)
			t->kept.expires = -1;
		else if (x.not_after < t->kept.expires)
			t->kept.expires = x.not_after;
}

/* Called by GnuTLS in the middle of the handshake; not 0 ends it. */
static int
verify(gnutls_session_t session)
{
	struct tls *t = call(session_get_ptr)(session);
	const gnutls_datum_t *der;
	unsigned n = 0;

	der = call(certificate_get_peers)(session, &n);
	if (der == NULL || n == 0)
		return no_certificate(t);
	if ((t->params->pins != NULL ? check_pin(t, der) :
	    verify_peers(t, der, n)) == -1)
		return -1;
	note_verified(t, der, t->params->pins != NULL ? 1 : n);
	return 0;
}

/* In GnuTLS's words, or better ones where the cause is known. */
static int
failed(struct tls *t, int r, struct err *e)
{
	const char *alert;

	if (t->why.kind != ERR_NONE) {
		*e = t->why;
		return -1;
	}
	switch (r) {
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PUSH_ERROR:
	case GNUTLS_E_PULL_ERROR:
		return err_set(e, ERR_TEMP, "the server hung up during TLS");
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
	case GNUTLS_E_UNEXPECTED_PACKET:
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		return err_set(e, ERR_PROTOCOL, t->params->at_once ?
		    "the server does not speak TLS at once on this port; try "
		    "\"tls_starttls on\"" : "what came after STARTTLS is not "
		    "TLS; it may be an attack, and nothing was sent");
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
	case GNUTLS_E_WARNING_ALERT_RECEIVED:
		alert = call(alert_get_name)(call(alert_get)(t->session));
		return err_set(e, ERR_PROTOCOL, "the server refused TLS: %s",
		    alert != NULL ? alert : "unknown alert");
	default:
		return err_set(e, ERR_PROTOCOL, "TLS: %s", call(strerror)(r));
	}
}

static int
wait_in_handshake(struct tls *t, int64_t deadline, struct err *e)
{
	int woken = wait_fd(t->out.fd, outbox_pending(&t->out) ? POLLOUT :
	    POLLIN, deadline, t->params->stop);

	if (woken > 0)
		return 0;
	return err_set(e, ERR_TEMP, woken == -1 ? "interrupted during TLS" :
	    "the server fell silent during TLS");
}

static int
shake_hands(struct tls *t, int64_t deadline, struct err *e)
{
	int r;

	while ((r = call(handshake)(t->session)) < 0) {
		if (call(error_is_fatal)(r))
			return failed(t, r, e);
		if (r != GNUTLS_E_AGAIN && r != GNUTLS_E_INTERRUPTED)
			continue;
		if (wait_in_handshake(t, deadline, e) == -1)
			return -1;
	}
	while ((r = outbox_flush(&t->out)) == 0)
		if (wait_in_handshake(t, deadline, e) == -1)
			return -1;
	return r == -1 ? failed(t, GNUTLS_E_PUSH_ERROR, e) : 0;
}

static int
is_ip(const char *name)
{
	struct in6_addr any;

	return inet_pton(AF_INET, name, &any) == 1 ||
	    inet_pton(AF_INET6, name, &any) == 1;
}

static int
set_priorities(struct tls *t, struct err *e)
{
	const char *own = t->params->priorities, *at = "";
	int r;

	if (own == NULL)
		r = call(set_default_priority_append)(t->session,
		    "-VERS-TLS1.1:-VERS-TLS1.0", &at, 0);
	else
		r = call(priority_set_direct)(t->session, own, &at);
	if (r >= 0)
		return 0;
	return err_set(e, ERR_CONFIG, "tls_priorities: GnuTLS does not know "
	    "\"%s\"", str_shown(at, strlen(at)));
}

/* Called by GnuTLS behind the ServerHello. */
static int
note_version(gnutls_session_t session, unsigned type, unsigned when,
    unsigned incoming, const gnutls_datum_t *message)
{
	struct tls *t = call(session_get_ptr)(session);

	(void)type;
	(void)when;
	(void)incoming;
	(void)message;
	t->hello13 = call(protocol_get_version)(session) == GNUTLS_TLS1_3;
	return 0;
}

/* Offer the session that was kept; the server may or may not want it. */
static void
offer(struct tls *t)
{
	const struct buf *b = &t->kept.session;

	if (b->len > 0 && call(session_set_data)(t->session, b->data,
	    b->len) >= 0)
		call(handshake_set_hook_function)(t->session,
		    GNUTLS_HANDSHAKE_SERVER_HELLO, GNUTLS_HOOK_POST,
		    note_version);
}

/* Does it matter who answers? */
static int
is_checked(const struct tls *t)
{
	return t->params->verify || t->params->pins != NULL;
}

static int
set_up(struct tls *t, struct err *e)
{
	const char *name = t->params->name;
	int r;

	resume_begin(&t->kept, t->params, call(check_version)(NULL));
	r = call(init)(&t->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK |
	    GNUTLS_KEY_SHARE_TOP | (t->kept.path != NULL ? TICKETS_OF_13 :
	    GNUTLS_NO_TICKETS));
	if (r >= 0)
		r = call(certificate_allocate_credentials)(&t->cred);
	if (r >= 0)
		r = call(credentials_set)(t->session, GNUTLS_CRD_CERTIFICATE,
		    t->cred);
	if (r >= 0 && name != NULL && !is_ip(name))
		r = call(server_name_set)(t->session, GNUTLS_NAME_DNS, name,
		    strlen(name));
	if (r < 0)
		return err_set(e, ERR_SOFTWARE, "TLS: %s", call(strerror)(r));
	call(session_set_ptr)(t->session, t);
	call(transport_set_ptr)(t->session, &t->out);
	call(transport_set_push_function)(t->session, outbox_push);
	call(transport_set_pull_function)(t->session, outbox_pull);
	if (is_checked(t))
		call(certificate_set_verify_function)(t->cred, verify);
	offer(t);
	return set_priorities(t, e);
}

/* RFC 8996, whatever tls_priorities says. */
static int
check_version(struct tls *t, struct err *e)
{
	gnutls_protocol_t v = call(protocol_get_version)(t->session);
	const char *name = call(protocol_get_name)(v);

	if (v >= GNUTLS_TLS1_2)
		return 0;
	return err_set(e, ERR_PROTOCOL, "the server offers %s only; TLS 1.2 "
	    "is the least", name != NULL ? name : "old TLS");
}

/*
 * Whoever answers has shown a certificate that is good, or resumed a session
 * with somebody who did.  By TLS 1.3 that takes the key of the session.  A
 * ServerHello of 1.2 would only have to repeat the session's identifier, which
 * anybody has seen, and GnuTLS would go on with no key at all.
 */
static int
check_peer(struct tls *t, struct err *e)
{
	int resumed = t->hello13 && call(session_is_resumed)(t->session);

	if (!is_checked(t) || t->verified || resumed)
		return 0;
	return err_set(e, ERR_PROTOCOL, "the server has shown no "
	    "certificate; it may be an attack, and nothing was sent");
}

static void
describe(struct tls *t)
{
	const char *name = call(protocol_get_name)(call(protocol_get_version)(
	    t->session));
	const char *cipher = call(cipher_get_name)(call(cipher_get)(
	    t->session));
	const char *how = !is_checked(t) ? "not verified" :
	    t->params->pins != NULL ? "verified by its fingerprint" :
	    "verified";
	char on[64] = "";

	if (is_checked(t) && !t->verified) {
		strlcpy(on, " on ", sizeof(on));
		x509_time(on + 4, sizeof(on) - 4, t->kept.verified);
	}
	snprintf(t->about, sizeof(t->about), "%s, %s, %scertificate of %.150s "
	    "%s%s", name, cipher != NULL ? cipher : "?", on[0] != '\0' ?
	    "resumed; " : "", t->params->name, how, on);
}

int
tls_start(struct tls **result, int fd, const struct tls_params *params,
    int64_t deadline, struct err *e)
{
	static void *lib;
	struct tls *t;
	int r = -1;

	*result = NULL;
	if (dynlib_open(&lib, GNUTLS_SONAME, symbols,
	    sizeof(symbols) / sizeof(symbols[0]), e) == -1)
		return -1;
	t = mem_new(1, sizeof(*t));
	t->params = params;
	outbox_init(&t->out, fd);
	if (set_up(t, e) == 0 && shake_hands(t, deadline, e) == 0 &&
	    check_version(t, e) == 0)
		r = check_peer(t, e);
	if (r == 0)
		describe(t);
	t->params = NULL;
	if (r == -1)
		tls_free(t);
	else
		*result = t;
	return r;
}

/* On an open connection. */
static int
broken(ssize_t r, struct err *e)
{
	int why = errno;

	if (r != GNUTLS_E_PUSH_ERROR && r != GNUTLS_E_PULL_ERROR)
		return err_set(e, ERR_TEMP, "TLS: %s", call(strerror)((int)r));
	return err_set(e, ERR_TEMP, "connection lost: %s", strerror(why));
}

ssize_t
tls_recv(struct tls *t, void *p, size_t n, struct err *e)
{
	ssize_t r = call(record_recv)(t->session, p, n);

	if (r >= 0)
		return r;
	/* Of what is no text there may be no end: others look at the clock. */
	if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED ||
	    r == GNUTLS_E_REHANDSHAKE || r == GNUTLS_E_WARNING_ALERT_RECEIVED)
		return TLS_AGAIN;
	/* Cut off without good-bye: SMTP's own replies say what was done. */
	if (r == GNUTLS_E_PREMATURE_TERMINATION)
		return 0;
	return broken(r, e);
}

/* Make records of the text, as many as leave by one call.  What is more than
 * whole records has time: text may come that fills another.  Returns 0, or -1
 * with *e set. */
static int
make_records(struct tls *t, const char *p, size_t n, struct err *e)
{
	ssize_t r;

	if (n > FLIGHT_MAX)
		n = FLIGHT_MAX;
	if (n > RECORD_MAX)
		n -= n % RECORD_MAX;
	while (n > 0 && t->out.n < OUTBOX_RECORDS) {
		r = call(record_send)(t->session, p, n);
		if (r < 0)
			return broken(r, e);
		outbox_record(&t->out, (size_t)r);
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

ssize_t
tls_send(struct tls *t, const void *p, size_t n, struct err *e)
{
	size_t taken;
	int r;

	if (t->out.closed)
		return err_set(e, ERR_TEMP, "TLS: cut off");
	/* What is left of the last call is the beginning of this one. */
	if (t->out.n == 0 && make_records(t, p, n, e) == -1)
		return -1;
	r = outbox_flush(&t->out);
	taken = outbox_taken(&t->out);
	if (taken > 0)
		return (ssize_t)taken;
	if (r == -1)
		return err_set(e, ERR_TEMP, "connection lost: %s",
		    strerror(errno));
	return TLS_AGAIN;
}

size_t
tls_pending(const struct tls *t)
{
	return call(record_check_pending)(t->session);
}

const char *
tls_describe(const struct tls *t)
{
	return t->about;
}

void
tls_cut(struct tls *t)
{
	outbox_close(&t->out);
}

/* Tickets come when the server pleases: by now, or not at all. */
static void
keep(struct tls *t)
{
	gnutls_datum_t data;

	if (t->kept.path == NULL ||
	    call(protocol_get_version)(t->session) != GNUTLS_TLS1_3 ||
	    !(call(session_get_flags)(t->session) &
	    GNUTLS_SFLAGS_SESSION_TICKET) ||
	    call(session_get_data2)(t->session, &data) < 0)
		return;
	resume_keep(&t->kept, data.data, data.size);
	explicit_bzero(data.data, data.size);
	free(data.data);
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	if (t->session != NULL) {
		if (t->about[0] != '\0') {
			if (t->out.n > 0)	/* a record that stuck */
				outbox_close(&t->out);
			call(bye)(t->session, GNUTLS_SHUT_WR);
			outbox_flush(&t->out);
			keep(t);
		}
		call(deinit)(t->session);
	}
	outbox_close(&t->out);
	resume_free(&t->kept);
	if (t->cred != NULL)
		call(certificate_free_credentials)(t->cred);
	free(t);
}
