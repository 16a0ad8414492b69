#include <err.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "base/base64.h"
#include "gnu.h"

#define EXPORTER_LABEL	"EXPORTER-Channel-Binding"	/* RFC 9266 2 */

static void
must(int r, const char *what)
{
	if (r < 0)
		errx(EX_NOINPUT, "%s: %s", what, gnutls_strerror(r));
}

/* Not the file's own setting: that refuses what a test wants to be stapled. */
static int
staple(gnutls_session_t tls, void *arg, gnutls_datum_t *response)
{
	(void)tls;
	return gnutls_load_file(arg, response) < 0 ?
	    GNUTLS_E_NO_CERTIFICATE_STATUS : 0;
}

void
tls_prepare(struct options *o)
{
	if (o->cert == NULL || o->key == NULL)
		errx(EX_USAGE, "TLS needs cert= and key=");
	must(gnutls_certificate_allocate_credentials(&o->cred), "credentials");
	must(gnutls_session_ticket_key_generate(&o->tickets), "tickets");
	must(gnutls_certificate_set_x509_key_file(o->cred, o->cert, o->key,
	    GNUTLS_X509_FMT_PEM), o->cert);
	if (o->ca != NULL)
		must(gnutls_certificate_set_x509_trust_file(o->cred, o->ca,
		    GNUTLS_X509_FMT_PEM), o->ca);
	if (o->ocsp != NULL)
		gnutls_certificate_set_ocsp_status_request_function(o->cred,
		    staple, (void *)(uintptr_t)o->ocsp);
}

static int
wants_alpn(const struct options *o)
{
	return o->alpn != NULL && strcmp(o->alpn, "-") != 0;
}

static int
wants_certificate(const struct options *o)
{
	return o->client != NULL && strcmp(o->client, "require") == 0;
}

static void
offer_alpn(struct client *c)
{
	const char *name = c->options->alpn;
	gnutls_datum_t protocol;

	if (name != NULL && strcmp(name, "-") == 0)
		return;
	if (name == NULL)
		name = "smtp";
	protocol.data = (unsigned char *)(uintptr_t)name;
	protocol.size = (unsigned)strlen(name);
	gnutls_alpn_set_protocols(c->tls, &protocol, 1,
	    wants_alpn(c->options) ? GNUTLS_ALPN_MANDATORY : 0);
}

static int
prepare(struct client *c)
{
	const struct options *o = c->options;
	const char *where;
	int r;

	gnutls_init(&c->tls, GNUTLS_SERVER);
	r = gnutls_priority_set_direct(c->tls, o->priority, &where);
	if (r < 0) {
		client_log(c, "tls-failed priority %s", where);
		return -1;
	}
	gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, o->cred);
	gnutls_session_ticket_enable_server(c->tls, &o->tickets);
	if (o->ca != NULL)
		gnutls_certificate_server_set_request(c->tls,
		    wants_certificate(o) ? GNUTLS_CERT_REQUIRE :
		    GNUTLS_CERT_REQUEST);
	offer_alpn(c);
	gnutls_transport_set_int(c->tls, c->fd);
	return 0;
}

void
tls_subject(const struct client *c, struct buf *out)
{
	const gnutls_datum_t *list;
	gnutls_datum_t dn = { NULL, 0 };
	gnutls_x509_crt_t cert;
	unsigned n;

	list = gnutls_certificate_get_peers(c->tls, &n);
	if (list == NULL || n == 0 || gnutls_x509_crt_init(&cert) < 0) {
		buf_adds(out, "-");
		return;
	}
	if (gnutls_x509_crt_import(cert, list, GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_x509_crt_get_dn3(cert, &dn, 0) == 0) {
		buf_add(out, dn.data, dn.size);
		gnutls_free(dn.data);
	} else {
		buf_adds(out, "-");
	}
	gnutls_x509_crt_deinit(cert);
}

/* Returns 0, or -1 where a good one is required, and this one is not. */
static int
look_at_certificate(struct client *c)
{
	struct buf subject = BUF_MAX(4096);
	const char *verdict = "none";
	unsigned status = 0, n;

	if (c->options->ca == NULL)
		return 0;
	if (gnutls_certificate_get_peers(c->tls, &n) != NULL) {
		c->certified = gnutls_certificate_verify_peers2(c->tls,
		    &status) == 0 && status == 0;
		verdict = c->certified ? "verified" : "refused";
	}
	tls_subject(c, &subject);
	client_log(c, "certificate %s %s", verdict, buf_str(&subject));
	buf_free(&subject);
	if (c->certified || !wants_certificate(c->options))
		return 0;
	gnutls_alert_send(c->tls, GNUTLS_AL_FATAL,
	    GNUTLS_A_CERTIFICATE_UNKNOWN);
	return -1;
}

/* Returns 0, or -1 where one is demanded, and there is none. */
static int
look_at_session(struct client *c)
{
	gnutls_datum_t alpn = { (unsigned char *)(uintptr_t)"-", 1 };
	char name[256] = "-";
	size_t len = sizeof(name) - 1;
	unsigned type;
	int none = gnutls_alpn_get_selected_protocol(c->tls, &alpn) < 0;

	if (gnutls_server_name_get(c->tls, name, &len, &type, 0) < 0)
		name[0] = '-', name[1] = '\0';
	client_log(c, "tls %s alpn=%.*s resumed=%d name=%s",
	    gnutls_protocol_get_name(gnutls_protocol_get_version(c->tls)),
	    none ? 1 : (int)alpn.size, none ? "-" : (char *)alpn.data,
	    gnutls_session_is_resumed(c->tls), name);
	if (!none || !wants_alpn(c->options))
		return 0;
	client_log(c, "tls-failed no ALPN");
	gnutls_alert_send(c->tls, GNUTLS_AL_FATAL,
	    GNUTLS_A_NO_APPLICATION_PROTOCOL);
	return -1;
}

int
tls_start(struct client *c)
{
	int r;

	if (prepare(c) == -1)
		return -1;
	do {
		r = gnutls_handshake(c->tls);
	} while (r < 0 && !gnutls_error_is_fatal(r));
	if (r == 0)
		return look_at_session(c) == -1 ||
		    look_at_certificate(c) == -1 ? -1 : 0;
	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		client_log(c, "tls-failed %s: %s", gnutls_strerror(r),
		    gnutls_alert_get_name(gnutls_alert_get(c->tls)));
	else
		client_log(c, "tls-failed %s", gnutls_strerror(r));
	gnutls_alert_send_appropriate(c->tls, r);
	return -1;
}

/* RFC 5929 3 and RFC 9266: the first is of TLS up to 1.2. */
int
tls_binding(const struct client *c, const char *name, struct buf *out)
{
	gnutls_datum_t octets;
	char key[32];
	int new, r;

	if (c->tls == NULL)
		return -1;
	new = gnutls_protocol_get_version(c->tls) == GNUTLS_TLS1_3;
	if (new != (strcmp(name, "tls-exporter") == 0))
		return -1;
	if (new) {
		r = gnutls_prf_rfc5705(c->tls, sizeof(EXPORTER_LABEL) - 1,
		    EXPORTER_LABEL, 0, "", sizeof(key), key);
		return r < 0 ? -1 : base64_add(out, key, sizeof(key));
	}
	if (gnutls_session_channel_binding(c->tls, GNUTLS_CB_TLS_UNIQUE,
	    &octets) < 0)
		return -1;
	r = base64_add(out, octets.data, octets.size);
	gnutls_free(octets.data);
	return r;
}
