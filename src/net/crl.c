#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "net/cert.h"
#include "net/crl.h"

#define FILE_MAX	(64 * 1024 * 1024)	/* some have a million rows */
#define SERIAL_ROOM	128
#define SKEW		(5 * 60)	/* by which clocks may differ */

static int
load(struct crl *c, const char *path, struct err *e)
{
	struct buf text = BUF_MAX(FILE_MAX);
	gnutls_datum_t data;
	int r;

	if (file_read(&text, path, NULL, e) == -1) {
		e->kind = ERR_CONFIG;
		return err_suffix(e, "; check \"tls_crl_file\"");
	}
	data = (gnutls_datum_t){ (unsigned char *)(uintptr_t)buf_str(&text),
	    (unsigned)text.len };
	r = rare(x509_crl_list_import2)(&c->list, &c->n, &data,
	    GNUTLS_X509_FMT_PEM, 0);
	buf_drop(&text);
	if (r >= 0 && c->n > 0)
		return 0;
	c->list = NULL;
	c->n = 0;
	return err_set(e, ERR_CONFIG, "%s: no revocation list that can be "
	    "read (%s); \"tls_crl_file\" wants CRLs in PEM",
	    str_shown(path, strlen(path)), call(strerror)(r));
}

/* Is it a list by that name? */
static int
is_by(gnutls_x509_crl_t list, const struct x509_der *name)
{
	gnutls_datum_t dn;
	int r;

	if (rare(x509_crl_get_raw_issuer_dn)(list, &dn) < 0)
		return 0;
	r = x509_same(name, &(struct x509_der){ dn.data, dn.size });
	free(dn.data);
	return r;
}

/* By the key of who has issued that certificate, whatever its dates? */
static int
is_signed(gnutls_x509_crl_t list, gnutls_x509_crt_t crt,
    const struct issuers *from)
{
	const unsigned dates = GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
	    GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE |
	    GNUTLS_CERT_INVALID;
	unsigned status;
	size_t i;

	for (i = 0; i < from->n; i++) {
		status = 0;
		if (issuers_signed(crt, from->crt[i]) &&
		    rare(x509_crl_verify)(list, &from->crt[i], 1, 0,
		    &status) >= 0 && (status & ~dates) == 0)
			return 1;
	}
	return 0;
}

/* Who has issued that certificate, for a person. */
static void
name_issuer(char *text, size_t size, const struct x509_der *cert)
{
	struct tls_cert c;

	cert_read(&c, cert->p, cert->len);
	snprintf(text, size, "%.200s", c.issuer);
}

/* Before t it is early, and after it too old. */
static int
wrong_time(const char *path, const struct x509_der *cert, int early, int64_t t,
    struct err *e)
{
	char who[256], when[64], today[64];

	name_issuer(who, sizeof(who), cert);
	x509_time(when, sizeof(when), t);
	x509_time(today, sizeof(today), time(NULL));
	return err_set(e, ERR_CONFIG, "%s: the revocation list of %s is %s "
	    "%s%s, and it is %s here; %s", str_shown(path, strlen(path)), who,
	    early ? "valid only from" : "good until", when, early ? "" :
	    " only", today, early ? "fetch it again, or this clock is wrong" :
	    "fetch a new one, or take \"tls_crl_file\" away");
}

static int
not_whole(const char *path, const struct x509_der *cert, const char *why,
    struct err *e)
{
	char who[256];

	name_issuer(who, sizeof(who), cert);
	return err_set(e, ERR_CONFIG, "%s: a revocation list of %s does not "
	    "tell of all that it has revoked: %s; have whole lists only in "
	    "\"tls_crl_file\", or take it away", str_shown(path,
	    strlen(path)), who, why);
}

static int
not_signed(const char *path, const struct x509_der *cert, struct err *e)
{
	char who[256];

	name_issuer(who, sizeof(who), cert);
	return err_set(e, ERR_CONFIG, "%s: a revocation list is in the name "
	    "of %s, and not signed by it; fetch it again, or take "
	    "\"tls_crl_file\" away", str_shown(path, strlen(path)), who);
}

/*
 * Why a list may not be taken for all that its issuer has revoked, or NULL
 * when it may (RFC 5280 5.2): "If a CRL contains a critical extension that the
 * application cannot process, then the application MUST NOT use that CRL to
 * determine the status of certificates."
 */
static const char *
why_partial(gnutls_x509_crl_t list)
{
	static const struct {
		const char	*oid, *why;
	} known[] = {
		{ "2.5.29.20", NULL },		/* CRL Number */
		{ "2.5.29.35", NULL },		/* Authority Key Identifier */
		{ "2.5.29.27", "it is a delta, with the changes since "
		    "another" },
		{ "2.5.29.28", "it is of some certificates only (Issuing "
		    "Distribution Point)" },
	};
	const size_t n = sizeof(known) / sizeof(known[0]);
	unsigned critical, i;
	char oid[128];
	size_t size, j;
	int r;

	for (i = 0;; i++) {
		size = sizeof(oid);
		critical = 0;
		r = rare(x509_crl_get_extension_info)(list, i, oid, &size,
		    &critical);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return NULL;
		for (j = 0; r >= 0 && j < n; j++)
			if (strcmp(oid, known[j].oid) == 0)
				break;
		if (r >= 0 && j < n && known[j].why != NULL)
			return known[j].why;
		if (r < 0 || (j == n && critical))
			return "it has a critical extension that is not known "
			    "here";
	}
}

/* What is known of one issuer's. */
struct known {
	int		 named, good;	/* how many lists */
	int64_t		 until;			/* the newest is good */
	int64_t		 early;			/* one is valid only from
						 * then; 0: none */
	const char	*partial;		/* one is, and why */
};

/* When a list comes into effect and is too old, as far as that counts. */
static void
heed_dates(struct known *k, gnutls_x509_crl_t list)
{
	int64_t from = rare(x509_crl_get_this_update)(list);
	int64_t next = rare(x509_crl_get_next_update)(list);

	if (next == -1)				/* none is promised */
		next = INT64_MAX;
	if (from > time(NULL) + SKEW)
		k->early = from;
	else if (next > k->until)
		k->until = next;
}

/*
 * Heed the lists of who has issued that certificate.  One by another key of the
 * same name is another CA's, or an older one's; one that is too old counts as
 * well, as long as there is a newer one.
 */
static struct known
heed_lists(const struct crl *c, gnutls_certificate_credentials_t cred,
    const struct x509_der *name, gnutls_x509_crt_t crt,
    const struct issuers *from)
{
	struct known k = { .until = -1 };
	const char *why;
	unsigned i;

	for (i = 0; i < c->n; i++) {
		if (!is_by(c->list[i], name))
			continue;
		k.named++;
		if (!is_signed(c->list[i], crt, from))
			continue;
		k.good++;
		why = why_partial(c->list[i]);
		if (why != NULL)
			k.partial = why;
		rare(certificate_set_x509_crl)(cred, &c->list[i], 1);
		heed_dates(&k, c->list[i]);
	}
	return k;
}

/* Is that enough to go by? */
static int
check_known(const struct known *k, const char *path,
    const struct x509_der *cert, struct err *e)
{
	if (k->good == 0)
		return not_signed(path, cert, e);
	if (k->partial != NULL)
		return not_whole(path, cert, k->partial, e);
	if (k->until == -1)
		return wrong_time(path, cert, 1, k->early, e);
	return k->until < time(NULL) ?
	    wrong_time(path, cert, 0, k->until, e) : 0;
}

int
crl_heed(struct crl *c, const char *path,
    gnutls_certificate_credentials_t cred, const struct x509_der *chain,
    size_t n, const struct issuers *from, struct err *e)
{
	struct known k;
	struct x509 x;
	size_t i;

	*c = (struct crl){ .until = INT64_MAX };
	if (load(c, path, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (x509_read(&x, chain[i].p, chain[i].len) == -1)
			continue;
		k = heed_lists(c, cred, &x.issuer, from->crt[i], from);
		if (k.named == 0)
			continue;
		if (check_known(&k, path, &chain[i], e) == -1)
			return -1;
		if (k.until < c->until)
			c->until = k.until;
	}
	return 0;
}

/* In one list. */
static int64_t
find(gnutls_x509_crl_t list, const unsigned char *serial, size_t n)
{
	gnutls_x509_crl_iter_t iter = NULL;
	unsigned char one[SERIAL_ROOM];
	size_t size = sizeof(one);
	int64_t found = 0;
	time_t since;

	while (found == 0 && rare(x509_crl_iter_crt_serial)(list, &iter, one,
	    &size, &since) >= 0) {
		if (size == n && memcmp(one, serial, n) == 0)
			found = since;
		size = sizeof(one);
	}
	rare(x509_crl_iter_deinit)(iter);
	return found;
}

int64_t
crl_revoked(const struct crl *c, gnutls_x509_crt_t crt,
    const struct x509_der *issuer)
{
	unsigned char serial[SERIAL_ROOM];
	size_t size = sizeof(serial);
	int64_t since = 0;
	unsigned i;

	if (rare(x509_crt_get_serial)(crt, serial, &size) < 0)
		return 0;
	for (i = 0; i < c->n && since == 0; i++)
		if (is_by(c->list[i], issuer))
			since = find(c->list[i], serial, size);
	return since;
}

void
crl_free(struct crl *c)
{
	unsigned i;

	for (i = 0; i < c->n; i++)
		rare(x509_crl_deinit)(c->list[i]);
	free(c->list);
	*c = (struct crl){ .list = NULL };
}
