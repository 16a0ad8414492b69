#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/wait.h"
#include "net/dane.h"
#include "net/gnu.h"
#include "net/outbox.h"
#include "net/own.h"
#include "net/peer.h"
#include "net/priority.h"
#include "net/resume.h"
#include "net/tls.h"
#include "net/x509.h"

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
	const struct tls_params		*params;	/* in the handshake */
	struct outbox			 out;
	struct peer			 peer;
	struct own			 own;
	struct tlsa_set			 tlsa;
	int				 heard;	/* from behind the handshake */
	struct resume			 kept;
	char				 about[256];
};

const char *
tls_library(void)
{
	return GNUTLS_VERSION;
}

static int
said_no(const struct tls *t, struct err *e)
{
	const char *name = call(alert_get_name)(call(alert_get)(t->session));

	err_set(e, ERR_PROTOCOL, "the server refused TLS: %s", name != NULL ?
	    name : "unknown alert");
	own_explain(&t->own, e);
	return -1;
}

/* What the server sent instead of an answer. */
static int
refused(const struct tls *t, struct err *e)
{
	gnutls_alert_description_t alert = call(alert_get)(t->session);

	if (alert == GNUTLS_A_PROTOCOL_VERSION)
		return priority_refused(t->params, e);
	if (alert == GNUTLS_A_NO_APPLICATION_PROTOCOL)
		return err_set(e, ERR_PROTOCOL, "the server says that it does "
		    "not speak %s (ALPN): it may be another kind of server, or "
		    "the wrong port", t->params->alpn != NULL ?
		    t->params->alpn : "this protocol");
	return said_no(t, e);
}

/* In GnuTLS's words, or better ones where the cause is known. */
static int
failed(struct tls *t, int r, struct err *e)
{
	if (t->peer.why.kind != ERR_NONE || t->own.why.kind != ERR_NONE) {
		*e = t->own.why.kind != ERR_NONE ? t->own.why : t->peer.why;
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
	case GNUTLS_E_DH_PRIME_UNACCEPTABLE:
		return err_set(e, ERR_PROTOCOL, "the server's key exchange is "
		    "too weak: it takes Diffie-Hellman with 2048 bits, or what "
		    "\"tls_priorities\" says, or elliptic curves");
	case GNUTLS_E_NO_PRIORITIES_WERE_SET:
		return priority_nothing(t->params, e);
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
	case GNUTLS_E_WARNING_ALERT_RECEIVED:
		return refused(t, e);
	default:
		return err_set(e, ERR_PROTOCOL, "TLS: %s", call(strerror)(r));
	}
}

static int
wait_in_handshake(struct tls *t, int64_t deadline, struct err *e)
{
	int woken;

	if (deadline != CLOCK_NEVER)	/* the server waited for a person */
		deadline += t->own.spent;
	woken = wait_fd(t->out.fd, outbox_pending(&t->out) ? POLLOUT : POLLIN,
	    deadline, t->params->stop);

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

/* RFC 7301 3.1.  A server that knows nothing of it is as good. */
static int
set_alpn(struct tls *t)
{
	const char *name = t->params->alpn;
	gnutls_datum_t one = { (unsigned char *)(uintptr_t)name,
	    name != NULL ? (unsigned)strlen(name) : 0 };

	return name == NULL ? 0 :
	    call(alpn_set_protocols)(t->session, &one, 1, 0);
}

/* Offer the session that was kept; the server may or may not want it. */
static void
offer(struct tls *t)
{
	const struct buf *b = &t->kept.session;

	if (b->len > 0 && !t->params->anew)
		call(session_set_data)(t->session, b->data, b->len);
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
		r = call(certificate_allocate_credentials)(&t->peer.cred);
	if (r >= 0)
		r = call(credentials_set)(t->session, GNUTLS_CRD_CERTIFICATE,
		    t->peer.cred);
	if (r >= 0 && name != NULL && !is_ip(name))
		r = call(server_name_set)(t->session, GNUTLS_NAME_DNS, name,
		    strlen(name));
	if (r >= 0)
		r = set_alpn(t);
	if (r < 0)
		return err_set(e, ERR_SOFTWARE, "TLS: %s", call(strerror)(r));
	peer_watch(&t->peer, t->session);
	t->peer.own = &t->own;
	own_watch(&t->own, t->peer.cred, t->params);
	call(transport_set_ptr)(t->session, &t->out);
	call(transport_set_push_function)(t->session, outbox_push);
	call(transport_set_pull_function)(t->session, outbox_pull);
	offer(t);
	return priority_set(t->session, t->params, e);
}

/* For people: what the handshake has led to. */
static void
note_facts(struct tls *t, const char *protocol, const char *cipher)
{
	struct tls_facts *f = t->params->facts;
	struct err ignored = ERR_INIT;
	gnutls_datum_t alpn;

	if (gnu_open_rare(&ignored) == 0 &&
	    rare(alpn_get_selected_protocol)(t->session, &alpn) >= 0)
		strlcpy(f->alpn, str_shown((const char *)alpn.data, alpn.size),
		    sizeof(f->alpn));
	strlcpy(f->protocol, protocol, sizeof(f->protocol));
	strlcpy(f->cipher, cipher, sizeof(f->cipher));
	f->resumed = call(session_is_resumed)(t->session);
	if (peer_matters(t->params)) {
		f->verified = t->kept.verified;
		f->expires = t->peer.verified ? t->peer.expires :
		    t->kept.expires;
	}
}

static void
describe(struct tls *t)
{
	const char *name = call(protocol_get_name)(call(protocol_get_version)(
	    t->session));
	const char *cipher = call(cipher_get_name)(call(cipher_get)(
	    t->session));
	const char *how = !peer_matters(t->params) ? "not verified" :
	    t->params->pins != NULL ? "verified by its fingerprint" :
	    t->params->dane ? "verified by DANE" :
	    t->params->judge != NULL ? "known by its key" :
	    "verified";
	char on[64] = "";

	if (peer_matters(t->params) && !t->peer.verified) {
		strlcpy(on, " on ", sizeof(on));
		x509_time(on + 4, sizeof(on) - 4, t->kept.verified);
	}
	if (cipher == NULL)
		cipher = "?";
	snprintf(t->about, sizeof(t->about), "%s, %s, %scertificate of %.150s "
	    "%s%s", name, cipher, on[0] != '\0' ? "resumed; " : "",
	    t->params->name, how, on);
	if (t->params->facts != NULL)
		note_facts(t, name, cipher);
}

/* All is well: what was found out in the handshake is for later. */
static void
settle(struct tls *t)
{
	if (t->peer.verified) {
		t->kept.verified = t->peer.when;
		t->kept.expires = t->peer.until < t->peer.expires ?
		    t->peer.until : t->peer.expires;
	}
	describe(t);
}

/* Who the server has to be, where the DNS says that. */
static int
look_up(struct tls *t, int64_t deadline, struct err *e)
{
	const struct tls_params *p = t->params;

	return !p->dane || p->pins != NULL ? 0 : dane_find(&t->tlsa,
	    p->name != NULL ? p->name : "", p->port, deadline, p->stop, e);
}

int
tls_start(struct tls **result, int fd, const struct tls_params *params,
    int64_t deadline, struct err *e)
{
	struct tls *t;
	int r = -1;

	*result = NULL;
	if (gnu_open(e) == -1)
		return -1;
	t = mem_new(1, sizeof(*t));
	t->params = t->peer.params = params;
	outbox_init(&t->out, fd);
	t->peer.tlsa = &t->tlsa;
	if (look_up(t, deadline, e) == 0 && set_up(t, e) == 0 &&
	    shake_hands(t, deadline, e) == 0 &&
	    priority_check(t->session, params, e) == 0)
		r = peer_check(&t->peer, t->session, e);
	if (r == 0)
		settle(t);
	t->params = t->peer.params = t->own.params = NULL;
	if (r == -1)
		tls_free(t);
	else
		*result = t;
	return r;
}

/*
 * On an open connection.  By TLS 1.3 a server sees our certificate only when
 * for us the handshake is over, so that its first words may be of that.
 */
static int
broken(struct tls *t, ssize_t r, struct err *e)
{
	int why = errno;

	if (!t->heard && r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return said_no(t, e);
	if (r != GNUTLS_E_PUSH_ERROR && r != GNUTLS_E_PULL_ERROR)
		return err_set(e, ERR_TEMP, "TLS: %s", call(strerror)((int)r));
	err_set(e, ERR_TEMP, "connection lost: %s", strerror(why));
	if (!t->heard)
		own_explain(&t->own, e);
	return -1;
}

ssize_t
tls_recv(struct tls *t, void *p, size_t n, struct err *e)
{
	ssize_t r = call(record_recv)(t->session, p, n);

	if (r > 0)
		t->heard = 1;
	if (r >= 0)
		return r;
	/* Of what is no text there may be no end: others look at the clock. */
	if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED ||
	    r == GNUTLS_E_REHANDSHAKE || r == GNUTLS_E_WARNING_ALERT_RECEIVED)
		return TLS_AGAIN;
	/* Cut off without good-bye: SMTP's own replies say what was done. */
	if (r == GNUTLS_E_PREMATURE_TERMINATION)
		return 0;
	return broken(t, r, e);
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
			return broken(t, r, e);
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

/*
 * RFC 9266 4.2: what TLS 1.3 exports.  RFC 5929 3, for 1.2: its Finished, which
 * binds only where the master secret does (RFC 7627).
 */
enum tls_binding
tls_binding(struct tls *t, struct buf *out)
{
	int new = call(protocol_get_version)(t->session) == GNUTLS_TLS1_3;
	gnutls_datum_t data = { NULL, 0 };
	struct err ignored = ERR_INIT;
	int r;

	if (gnu_open_rare(&ignored) == -1 ||
	    (!new && !rare(session_ext_master_secret_status)(t->session)))
		return TLS_NO_BINDING;
	r = rare(session_channel_binding)(t->session, new ?
	    GNUTLS_CB_TLS_EXPORTER : GNUTLS_CB_TLS_UNIQUE, &data);
	if (r >= 0)
		r = buf_add(out, data.data, data.size);
	free(data.data);
	return r < 0 ? TLS_NO_BINDING : new ? TLS_EXPORTER : TLS_UNIQUE;
}

void
tls_cut(struct tls *t)
{
	outbox_close(&t->out);
}

/* Tickets come when the server pleases: by now, or not at all.  One would stand
 * in for the token or PIN that the next login is to take again. */
static void
keep(struct tls *t)
{
	gnutls_datum_t data;

	if (t->kept.path == NULL || t->own.guarded ||
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
	own_free(&t->own);
	tlsa_free(&t->tlsa);
	resume_free(&t->kept);
	if (t->peer.cred != NULL)
		call(certificate_free_credentials)(t->peer.cred);
	free(t);
}
