#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/str.h"
#include "net/trust.h"

#define BUNDLE_MAX	(16 * 1024 * 1024)
#define ONE_MAX		(256 * 1024)

static const char begin[] = "-----BEGIN CERTIFICATE-----";
static const char end[] = "-----END CERTIFICATE-----";

const char *
trust_system(void)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Alpine */
		"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora */
		"/etc/ssl/ca-bundle.pem",		/* openSUSE */
		"/etc/ssl/cert.pem",			/* BSD, macOS */
		"/usr/local/share/certs/ca-root-nss.crt",
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

static int
mentions(const struct buf *der, const struct trust_name *name, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (memmem(buf_str(der), der->len, name[i].der,
		    name[i].len) != NULL)
			return 1;
	return 0;
}

/* Each PEM block in turn; returns how many there were. */
static int
scan(const char *p, struct buf *out, const struct trust_name *name, size_t n,
    int *taken)
{
	struct buf der = BUF_MAX(ONE_MAX);
	const char *body, *stop;
	int seen = 0;

	while ((p = strstr(p, begin)) != NULL) {
		body = p + strlen(begin);
		stop = strstr(body, end);
		if (stop == NULL)
			break;
		seen++;
		buf_clear(&der);
		if (base64_read(&der, body, (size_t)(stop - body)) == 0 &&
		    mentions(&der, name, n) &&
		    buf_add(out, p, (size_t)(stop - p) + strlen(end)) == 0 &&
		    buf_addc(out, '\n') == 0)
			++*taken;
		p = stop + strlen(end);
	}
	buf_free(&der);
	return seen;
}

int
trust_select(struct buf *out, const char *path, const struct trust_name *name,
    size_t n, struct err *e)
{
	struct buf bundle = BUF_MAX(BUNDLE_MAX);
	int taken = 0;

	if (file_read(&bundle, path, NULL, e) == -1) {
		e->kind = ERR_CONFIG;
		err_suffix(e, "; check \"tls_trust_file\"");
		taken = -1;
	} else if (scan(buf_str(&bundle), out, name, n, &taken) == 0)
		taken = err_set(e, ERR_CONFIG, "%s: no certificate in it; "
		    "\"tls_trust_file\" wants CA certificates in PEM", path);
	buf_free(&bundle);
	return taken;
}
