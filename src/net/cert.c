#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "net/cert.h"
#include "net/gnu.h"
#include "net/pin.h"
#include "net/x509.h"

#define NAMES_SHOWN	5

/* An address as people write it, or what is none. */
static const char *
address(const char *octets, size_t n, char *text, size_t size)
{
	if ((n != 4 && n != 16) || inet_ntop(n == 4 ? AF_INET : AF_INET6,
	    octets, text, (socklen_t)size) == NULL)
		return "?";
	return text;
}

/* The names that it is for: of the DNS, and addresses; else its common name. */
static void
read_names(struct tls_cert *c, gnutls_x509_crt_t crt)
{
	struct buf b = BUF_MAX(sizeof(c->names) - 1);
	char name[256], ip[64];
	unsigned i, n = 0;
	size_t size;
	int type;

	for (i = 0; n < NAMES_SHOWN; i++) {
		size = sizeof(name);
		type = rare(x509_crt_get_subject_alt_name)(crt, i, name, &size,
		    NULL);
		if (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER)
			break;
		if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
			buf_addf(&b, "%sa name of %zu octets", n++ > 0 ? ", " :
			    "", size);
		else if (type == GNUTLS_SAN_DNSNAME)
			buf_addf(&b, "%s%s", n++ > 0 ? ", " : "",
			    str_shown(name, size));
		else if (type == GNUTLS_SAN_IPADDRESS)
			buf_addf(&b, "%s%s", n++ > 0 ? ", " : "",
			    address(name, size, ip, sizeof(ip)));
	}
	size = sizeof(name);
	if (n == 0 && rare(x509_crt_get_dn_by_oid)(crt,
	    GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) == 0)
		buf_adds(&b, str_shown(name, size));
	strlcpy(c->names, buf_str(&b), sizeof(c->names));
	buf_free(&b);
}

/* One of the two functions that give a distinguished name. */
static void
read_dn(char *to, size_t room, gnutls_x509_crt_t crt,
    int (*get)(gnutls_x509_crt_t, char *, size_t *))
{
	char dn[1024];
	size_t size = sizeof(dn);

	if (get(crt, dn, &size) >= 0)
		strlcpy(to, str_shown(dn, strnlen(dn, sizeof(dn))), room);
}

static void
read_key(struct tls_cert *c, gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int algorithm = rare(x509_crt_get_pk_algorithm)(crt, &bits);
	const char *name = algorithm < 0 ? NULL :
	    rare(pk_algorithm_get_name)((gnutls_pk_algorithm_t)algorithm);

	snprintf(c->key, sizeof(c->key), "%s, %u bits", name != NULL ? name :
	    "unknown", bits);
}

static void
read_pins(struct tls_cert *c, gnutls_x509_crt_t crt,
    const gnutls_datum_t *der)
{
	struct buf b = BUF_MAX(256);
	size_t size = PIN_SIZE;
	struct pin pin;
	char *gap;

	if (call(fingerprint)(GNUTLS_DIG_SHA256, der, pin.cert, &size) < 0)
		return;
	size = PIN_SIZE;
	if (call(x509_crt_get_key_id)(crt, GNUTLS_KEYID_USE_SHA256, pin.key,
	    &size) < 0)
		return;
	pin_show(&b, &pin);
	gap = strchr(b.data, ' ');
	*gap = '\0';
	strlcpy(c->sha256, b.data, sizeof(c->sha256));
	strlcpy(c->pin, gap + 1, sizeof(c->pin));
	buf_free(&b);
}

int
cert_read(struct tls_cert *c, const void *der, size_t n)
{
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)der, (unsigned)n };
	struct err ignored = ERR_INIT;
	gnutls_x509_crt_t crt;
	struct x509 x;
	int r = -1;

	*c = (struct tls_cert){ .not_before = -1, .not_after = -1 };
	if (gnu_open_rare(&ignored) == -1 || call(x509_crt_init)(&crt) < 0)
		return -1;
	if (call(x509_crt_import)(crt, &data, GNUTLS_X509_FMT_DER) < 0)
		goto out;
	read_names(c, crt);
	read_dn(c->subject, sizeof(c->subject), crt, rare(x509_crt_get_dn));
	read_dn(c->issuer, sizeof(c->issuer), crt,
	    rare(x509_crt_get_issuer_dn));
	read_key(c, crt);
	read_pins(c, crt, &data);
	if (x509_read(&x, der, n) == 0) {
		c->not_before = x.not_before;
		c->not_after = x.not_after;
	}
	r = 0;
out:
	call(x509_crt_deinit)(crt);
	return r;
}
