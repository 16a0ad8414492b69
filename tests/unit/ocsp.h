/*
 * ocsp.h - OCSP responses (RFC 6960 4.2.1) for tests: GnuTLS makes none.
 */
#ifndef TESTS_OCSP_H
#define TESTS_OCSP_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>
#include <string.h>

#include "base/buf.h"
#include "gnu.h"

enum ocsp_says { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

struct ocsp {
	gnutls_x509_crt_t	 cert;		/* that it is about */
	gnutls_x509_crt_t	 issuer;	/* as it says */
	gnutls_x509_crt_t	 signer;
	gnutls_x509_privkey_t	 key;		/* the signer's: P-256 */
	gnutls_x509_crt_t	 sent;		/* along with it, or NULL */
	enum ocsp_says		 says;
	int			 from, to;	/* days from now; to 0: none */
	int			 by_key;	/* that names the signer */
};

/* Tag, length and content. */
static inline void
der(struct buf *b, int tag, const void *p, size_t n)
{
	buf_addc(b, (char)tag);
	if (n >= 0x80) {
		buf_addc(b, (char)0x82);
		buf_addc(b, (char)(n >> 8));
	}
	buf_addc(b, (char)n);
	buf_add(b, p, n);
}

/* The same of what b holds. */
static inline void
der_wrap(struct buf *b, int tag)
{
	struct buf in = *b;

	*b = (struct buf)BUF_MAX(65536);
	der(b, tag, buf_str(&in), in.len);
	buf_free(&in);
}

static inline void
der_put(struct buf *b, int tag, struct buf *content)
{
	der(b, tag, buf_str(content), content->len);
	buf_free(content);
}

static inline void
der_day(struct buf *b, int tag, int day)
{
	time_t t = time(NULL) + (time_t)day * 24 * 3600;
	char text[32];

	strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", gmtime(&t));
	der(b, tag, text, strlen(text));
}

/* CertID */
static inline void
ocsp_id(struct buf *b, const struct ocsp *o)
{
	static const char sha1[] = "\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05";
	unsigned char hash[20], serial[64];
	struct buf id = BUF_MAX(1024);
	gnutls_datum_t name;
	size_t n = sizeof(serial), size = sizeof(hash);

	buf_add(&id, sha1, sizeof(sha1));
	must(gnutls_x509_crt_get_raw_dn(o->issuer, &name));
	must(gnutls_hash_fast(GNUTLS_DIG_SHA1, name.data, name.size, hash));
	gnutls_free(name.data);
	der(&id, 0x04, hash, sizeof(hash));
	must(gnutls_x509_crt_get_key_id(o->issuer, 0, hash, &size));
	der(&id, 0x04, hash, sizeof(hash));
	must(gnutls_x509_crt_get_serial(o->cert, serial, &n));
	der(&id, 0x02, serial, n);
	der_put(b, 0x30, &id);
}

/* SingleResponse */
static inline void
ocsp_single(struct buf *b, const struct ocsp *o)
{
	struct buf one = BUF_MAX(4096), day = BUF_MAX(64);

	ocsp_id(&one, o);
	if (o->says == OCSP_REVOKED) {
		der_day(&day, 0x18, -3);
		der_put(&one, 0xa1, &day);
	} else
		der(&one, o->says == OCSP_GOOD ? 0x80 : 0x82, "", 0);
	der_day(&one, 0x18, o->from);
	if (o->to != 0) {
		der_day(&day, 0x18, o->to);
		der_put(&one, 0xa0, &day);
	}
	der_put(b, 0x30, &one);
}

/* ResponderID: "SHA-1 hash of responder's public key (excluding the tag and
 * length fields)".  Of P-256 that is the last 65 octets. */
static inline void
ocsp_responder(struct buf *b, const struct ocsp *o)
{
	struct buf key = BUF_MAX(64);
	unsigned char hash[20];
	gnutls_datum_t data;
	gnutls_pubkey_t pub;

	if (!o->by_key) {
		must(gnutls_x509_crt_get_raw_dn(o->signer, &data));
		der(b, 0xa1, data.data, data.size);
		gnutls_free(data.data);
		return;
	}
	must(gnutls_pubkey_init(&pub));
	must(gnutls_pubkey_import_x509(pub, o->signer, 0));
	must(gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_DER, &data));
	gnutls_pubkey_deinit(pub);
	must(gnutls_hash_fast(GNUTLS_DIG_SHA1, data.data + data.size - 65, 65,
	    hash));
	gnutls_free(data.data);
	der(&key, 0x04, hash, sizeof(hash));
	der_put(b, 0xa2, &key);
}

/* ResponseData */
static inline void
ocsp_data(struct buf *b, const struct ocsp *o)
{
	struct buf all = BUF_MAX(8192), list = BUF_MAX(4096);

	ocsp_responder(&all, o);
	der_day(&all, 0x18, o->from);
	ocsp_single(&list, o);
	der_put(&all, 0x30, &list);
	der_put(b, 0x30, &all);
}

static inline void
ocsp_sign(struct buf *b, gnutls_x509_privkey_t with)
{
	static const char ecdsa[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04"
	    "\x03\x02";
	gnutls_datum_t data = { (unsigned char *)b->data, (unsigned)b->len };
	struct buf bits = BUF_MAX(1024);
	gnutls_privkey_t key;
	gnutls_datum_t sign;

	must(gnutls_privkey_init(&key));
	must(gnutls_privkey_import_x509(key, with, 0));
	must(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA256, 0, &data,
	    &sign));
	gnutls_privkey_deinit(key);
	buf_add(b, ecdsa, sizeof(ecdsa) - 1);
	buf_addc(&bits, 0);
	buf_add(&bits, sign.data, sign.size);
	gnutls_free(sign.data);
	der_put(b, 0x03, &bits);
}

/* OCSPResponse, appended to nothing. */
static inline void
ocsp_make(struct buf *b, const struct ocsp *o)
{
	static const char basic[] = "\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01"
	    "\x01";
	struct buf sent = BUF_MAX(8192), all = BUF_MAX(65536);
	gnutls_datum_t crt;

	ocsp_data(b, o);
	ocsp_sign(b, o->key);
	if (o->sent != NULL) {
		must(gnutls_x509_crt_export2(o->sent, GNUTLS_X509_FMT_DER,
		    &crt));
		der(&sent, 0x30, crt.data, crt.size);
		gnutls_free(crt.data);
		der_put(b, 0xa0, &sent);
	}
	der_wrap(b, 0x30);
	buf_add(&all, basic, sizeof(basic) - 1);
	der_put(&all, 0x04, b);
	der_wrap(&all, 0x30);
	der(b, 0x0a, "", 1);		/* successful */
	der_put(b, 0xa0, &all);
	der_wrap(b, 0x30);
}

#endif
