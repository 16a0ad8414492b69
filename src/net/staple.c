#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/staple.h"

#define STATUS_REQUEST	5		/* of RFC 7633 4.1: its extension */
#define SKEW		(5 * 60)	/* by which clocks may differ */
#define ANSWERS_MAX	64		/* of a response; more are not read */
#define LONGEST		(15 * 24 * 3600) /* without a date, as GnuTLS has it */

/* OBJECT IDENTIFIER 1.3.6.1.5.5.7.1.24, id-pe-tlsfeature. */
static const unsigned char tls_feature[] = { 0x06, 0x08, 0x2b, 0x06, 0x01,
    0x05, 0x05, 0x07, 0x01, 0x18 };

static int
has_status_request(gnutls_x509_crt_t crt)
{
	gnutls_x509_tlsfeatures_t features;
	unsigned i, feature = 0;
	int r;

	if (rare(x509_tlsfeatures_init)(&features) < 0)
		return 1;
	r = rare(x509_crt_get_tlsfeatures)(crt, features, 0, NULL);
	for (i = 0; r >= 0 && feature != STATUS_REQUEST; i++)
		r = rare(x509_tlsfeatures_get)(features, i, &feature);
	rare(x509_tlsfeatures_deinit)(features);
	return r >= 0 || r != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

int
staple_must(const struct x509_der *cert)
{
	gnutls_datum_t der = { (unsigned char *)(uintptr_t)cert->p,
	    (unsigned)cert->len };
	struct err ignored = ERR_INIT;
	gnutls_x509_crt_t crt;
	int r = 1;

	if (memmem(cert->p, cert->len, tls_feature,
	    sizeof(tls_feature)) == NULL)
		return 0;
	if (gnu_open_rare(&ignored) == -1 || call(x509_crt_init)(&crt) < 0)
		return 1;
	if (call(x509_crt_import)(crt, &der, GNUTLS_X509_FMT_DER) >= 0)
		r = has_status_request(crt);
	call(x509_crt_deinit)(crt);
	return r;
}

/* Is it the word of who has issued the certificate, or of somebody who was
 * authorised for that (RFC 6960 4.2.2.2)? */
static int
is_authentic(gnutls_ocsp_resp_t resp, const struct issuers *s,
    gnutls_x509_crt_t crt)
{
	unsigned status = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (issuers_signed(crt, s->crt[i]) &&
		    rare(ocsp_resp_verify_direct)(resp, s->crt[i], &status,
		    0) >= 0 && status == 0)
			return 1;
	return 0;
}

/* Which of its answers is about the certificate, or -1. */
static int
find_answer(gnutls_ocsp_resp_t resp, gnutls_x509_crt_t crt)
{
	unsigned i;
	int r;

	for (i = 0; i < ANSWERS_MAX; i++) {
		r = rare(ocsp_resp_check_crt)(resp, i, crt);
		if (r == 0)
			return (int)i;
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
	}
	return -1;
}

static enum staple_kind
judge(const struct staple *s, unsigned status)
{
	int64_t now = time(NULL);

	if (status == GNUTLS_OCSP_CERT_REVOKED)
		return STAPLE_REVOKED;
	if (status != GNUTLS_OCSP_CERT_GOOD)
		return STAPLE_UNKNOWN;
	if (s->until < now)
		return STAPLE_OLD;
	return s->made > now + SKEW ? STAPLE_EARLY : STAPLE_GOOD;
}

static void
read_answer(struct staple *s, gnutls_ocsp_resp_t resp,
    const struct issuers *from, gnutls_x509_crt_t crt)
{
	int at = find_answer(resp, crt);
	time_t made, until, revoked;
	unsigned status;

	s->kind = STAPLE_BAD;
	if (at == -1 || rare(ocsp_resp_get_single)(resp, (unsigned)at, NULL,
	    NULL, NULL, NULL, &status, &made, &until, &revoked, NULL) < 0 ||
	    !is_authentic(resp, from, crt))
		return;
	s->made = made;
	s->until = until != -1 ? until : made + LONGEST;
	s->revoked = revoked;
	s->kind = judge(s, status);
}

void
staple_read(struct staple *s, gnutls_session_t session,
    const struct issuers *from, unsigned i)
{
	gnutls_ocsp_resp_t resp;
	gnutls_datum_t der;

	*s = (struct staple){ .kind = STAPLE_NONE };
	if (i >= from->n ||
	    call(ocsp_status_request_get2)(session, i, &der) < 0 ||
	    rare(ocsp_resp_init)(&resp) < 0)
		return;
	if (rare(ocsp_resp_import)(resp, &der) < 0)
		s->kind = STAPLE_BAD;
	else if (rare(ocsp_resp_get_status)(resp) ==
	    GNUTLS_OCSP_RESP_SUCCESSFUL)
		read_answer(s, resp, from, from->crt[i]);
	rare(ocsp_resp_deinit)(resp);
}

/* By the shortest of its answers; whose word it is, is not asked here: what is
 * false can only shorten that. */
static int64_t
response_until(const gnutls_datum_t *der)
{
	int64_t first = INT64_MAX, last;
	time_t made, until;
	gnutls_ocsp_resp_t resp;
	unsigned i;

	if (rare(ocsp_resp_init)(&resp) < 0)
		return -1;
	if (rare(ocsp_resp_import)(resp, der) < 0)
		first = -1;
	for (i = 0; first != -1 && i < ANSWERS_MAX &&
	    rare(ocsp_resp_get_single)(resp, i, NULL, NULL, NULL, NULL, NULL,
	    &made, &until, NULL, NULL) >= 0; i++) {
		last = until != -1 ? until : made + LONGEST;
		if (last < first)
			first = last;
	}
	rare(ocsp_resp_deinit)(resp);
	return first;
}

int64_t
staple_until(gnutls_session_t session, unsigned n)
{
	struct err ignored = ERR_INIT;
	int64_t first = INT64_MAX, last;
	gnutls_datum_t der;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (call(ocsp_status_request_get2)(session, i, &der) < 0)
			continue;
		last = gnu_open_rare(&ignored) == 0 ? response_until(&der) :
		    -1;
		if (last < first)
			first = last;
	}
	return first;
}

void
staple_show(char *text, size_t size, const struct staple *s)
{
	static const struct {
		const char	*words;
		int		 date;	/* 1: until, 2: revoked, 3: made */
	} kinds[] = {
		[STAPLE_NONE] = { "none", 0 },
		[STAPLE_BAD] = { "not by the certificate's issuer", 0 },
		[STAPLE_REVOKED] = { "revoked on ", 2 },
		[STAPLE_UNKNOWN] = { "unknown to its issuer", 0 },
		[STAPLE_OLD] = { "expired on ", 1 },
		[STAPLE_EARLY] = { "valid only from ", 3 },
		[STAPLE_GOOD] = { "good until ", 1 },
	};
	const int64_t dates[] = { 0, s->until, s->revoked, s->made };
	char date[64] = "";

	if (kinds[s->kind].date != 0)
		x509_time(date, sizeof(date), dates[kinds[s->kind].date]);
	snprintf(text, size, "%s%s", kinds[s->kind].words, date);
}
