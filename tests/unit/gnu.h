/*
 * gnu.h - GnuTLS itself, for tests that have it play the server.
 */
#ifndef TESTS_GNU_H
#define TESTS_GNU_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void
must(int r)
{
	if (r < 0) {
		fprintf(stderr, "%s\n", gnutls_strerror(r));
		abort();
	}
}

/* Credentials with a new key and a certificate that it signed itself, for that
 * name and valid between those times from now, in seconds.  The certificate is
 * the caller's to free. */
static inline gnutls_x509_crt_t
self_signed(gnutls_certificate_credentials_t *cred, const char *name,
    time_t from, time_t to)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	must(gnutls_x509_privkey_init(&key));
	must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	must(gnutls_x509_crt_init(&crt));
	must(gnutls_x509_crt_set_version(crt, 3));
	must(gnutls_x509_crt_set_serial(crt, "\1", 1));
	must(gnutls_x509_crt_set_dn(crt, name, NULL));
	must(gnutls_x509_crt_set_key(crt, key));
	must(gnutls_x509_crt_set_activation_time(crt, time(NULL) + from));
	must(gnutls_x509_crt_set_expiration_time(crt, time(NULL) + to));
	must(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0));
	must(gnutls_certificate_allocate_credentials(cred));
	must(gnutls_certificate_set_x509_key(*cred, &crt, 1, key));
	gnutls_x509_privkey_deinit(key);
	return crt;
}

#endif
