#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/tlsa.h"

#define DIGEST_MAX	64
#define ANCHORS_MAX	16
#define CHAIN_MAX	32

enum selector { WHOLE, PUBLIC_KEY, SELECTORS };
enum match { EXACT, SHA256, SHA512, MATCHES };

void
tlsa_add(struct tlsa_set *set, unsigned usage, unsigned selector,
    unsigned match, const void *data, size_t len)
{
	struct tlsa *t = &set->record[set->n];

	if (set->n == TLSA_MAX || len == 0 || usage > TLSA_DANE_EE ||
	    selector >= SELECTORS || match >= MATCHES)
		return;
	*t = (struct tlsa){ usage, selector, match, mem_new(len, 1), len };
	memcpy(t->data, data, len);
	set->n++;
}

void
tlsa_free(struct tlsa_set *set)
{
	while (set->n > 0)
		free(set->record[--set->n].data);
}

int
tlsa_has(const struct tlsa_set *set, enum tlsa_usage usage)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->record[i].usage == usage)
			return 1;
	return 0;
}

static gnutls_x509_crt_t
import(const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;

	if (call(x509_crt_init)(&crt) < 0)
		return NULL;
	if (call(x509_crt_import)(crt, der, GNUTLS_X509_FMT_DER) >= 0)
		return crt;
	call(x509_crt_deinit)(crt);
	return NULL;
}

/* SubjectPublicKeyInfo in DER, to be freed. */
static int
public_key(gnutls_datum_t *out, const gnutls_datum_t *cert)
{
	gnutls_x509_crt_t crt = import(cert);
	gnutls_pubkey_t key;
	int r = -1;

	if (crt == NULL)
		return -1;
	if (dane(pubkey_init)(&key) >= 0) {
		r = dane(pubkey_import_x509)(key, crt, 0);
		if (r >= 0)
			r = dane(pubkey_export2)(key, GNUTLS_X509_FMT_DER,
			    out);
		dane(pubkey_deinit)(key);
	}
	call(x509_crt_deinit)(crt);
	return r < 0 ? -1 : 0;
}

/* RFC 6698 2.1.3 */
static int
is_of(const struct tlsa *t, const gnutls_datum_t *what)
{
	unsigned char digest[DIGEST_MAX];
	size_t n = sizeof(digest);

	if (t->match == EXACT)
		return t->len == what->size &&
		    memcmp(t->data, what->data, t->len) == 0;
	return call(fingerprint)(t->match == SHA256 ? GNUTLS_DIG_SHA256 :
	    GNUTLS_DIG_SHA512, what, digest, &n) >= 0 && n == t->len &&
	    memcmp(t->data, digest, n) == 0;
}

int
tlsa_names(const struct tlsa_set *set, enum tlsa_usage usage,
    const gnutls_datum_t *cert)
{
	gnutls_datum_t key = { NULL, 0 };
	int found = 0, has_key = public_key(&key, cert) == 0;
	const struct tlsa *t;
	size_t i;

	for (i = 0; i < set->n && !found; i++) {
		t = &set->record[i];
		if (t->usage == usage)
			found = t->selector == WHOLE ? is_of(t, cert) :
			    has_key && is_of(t, &key);
	}
	free(key.data);
	return found;
}

/* -------------------------------------------------------------- authorities */

struct anchors {
	const struct tlsa_set	*set;
	enum tlsa_usage		 usage;
	gnutls_x509_crt_t	 crt[ANCHORS_MAX];
	unsigned		 n;
};

static void
consider(struct anchors *a, const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;

	if (a->n == ANCHORS_MAX || !tlsa_names(a->set, a->usage, der) ||
	    (crt = import(der)) == NULL)
		return;
	a->crt[a->n++] = crt;
}

/* Who is trusted anyway need not be sent. */
static void
consider_trusted(struct anchors *a, gnutls_certificate_credentials_t cred)
{
	gnutls_x509_trust_list_iter_t at = NULL;
	gnutls_x509_trust_list_t list;
	gnutls_datum_t der;
	gnutls_x509_crt_t crt;

	rare(certificate_get_trust_list)(cred, &list);
	while (rare(x509_trust_list_iter_get_ca)(list, &at, &crt) >= 0) {
		if (dane(x509_crt_export2)(crt, GNUTLS_X509_FMT_DER,
		    &der) >= 0) {
			consider(a, &der);
			free(der.data);
		}
		call(x509_crt_deinit)(crt);
	}
	rare(x509_trust_list_iter_deinit)(at);
}

/* RFC 7671 5.2.1: what the DNS has whole need not be sent either. */
static void
consider_records(struct anchors *a)
{
	const struct tlsa *t;
	size_t i;

	for (i = 0; i < a->set->n; i++) {
		t = &a->set->record[i];
		if (t->usage == a->usage && t->match == EXACT &&
		    t->selector == WHOLE)
			consider(a, &(gnutls_datum_t){ t->data,
			    (unsigned)t->len });
	}
}

static int
verify(gnutls_x509_trust_list_t list, const struct tlsa_chain *c,
    unsigned *status)
{
	gnutls_typed_vdata_st want[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (void *)(uintptr_t)c->name, 0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID,
		    (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};
	gnutls_x509_crt_t crt[CHAIN_MAX];
	unsigned i, n = 0;
	int r = -1;

	for (i = 0; i < c->n && i < CHAIN_MAX; i++)
		if ((crt[n] = import(&c->der[i])) != NULL)
			n++;
		else if (i == 0)
			return 0;
	r = dane(x509_trust_list_verify_crt2)(list, crt, n, want, 2, 0,
	    status, NULL);
	while (n > 0)
		call(x509_crt_deinit)(crt[--n]);
	if (r < 0 && *status == 0)
		*status = GNUTLS_CERT_INVALID;
	return r >= 0 && *status == 0;
}

int
tlsa_leads(const struct tlsa_set *set, enum tlsa_usage usage,
    const struct tlsa_chain *c, unsigned *status)
{
	struct anchors a = { .set = set, .usage = usage };
	gnutls_x509_trust_list_t list;
	unsigned i;
	int r = 0;

	*status = 0;
	for (i = 1; i < c->n; i++)
		consider(&a, &c->der[i]);
	if (c->cred != NULL)
		consider_trusted(&a, c->cred);
	consider_records(&a);
	if (a.n > 0 && dane(x509_trust_list_init)(&list, 0) >= 0) {
		dane(x509_trust_list_add_cas)(list, a.crt, a.n, 0);
		r = verify(list, c, status);
		dane(x509_trust_list_deinit)(list, 1);
		a.n = 0;		/* the list's, and gone with it */
	}
	while (a.n > 0)
		call(x509_crt_deinit)(a.crt[--a.n]);
	return r;
}
