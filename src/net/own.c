#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "net/cert.h"
#include "net/own.h"
#include "net/peer.h"
#include "net/pin.h"
#include "net/x509.h"

#define FILE_MAX	(256 * 1024)
#define WORD_MAX	1024		/* of a PIN or a passphrase */
#define TRIES		3		/* by a person */

/* What GnuTLS opens by itself.  All else is a file: a name may have a colon
 * in it. */
static int
is_uri(const char *where)
{
	static const char *const schemes[] = { "pkcs11:", "tpmkey:",
	    "system:" };
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(where, schemes[i], strlen(schemes[i])) == 0)
			return 1;
	return 0;
}

static const char *
key_place(const struct own *o)
{
	return o->params->key_file != NULL ? o->params->key_file :
	    o->params->cert_file;
}

/* ------------------------------------------------------ what opens a key */

/*
 * Ask for it.  Whoever answers with what was wrong a moment ago would go on
 * doing so until the token is locked.
 */
static int
ask(struct own *o, const char *what, unsigned how, struct buf *word)
{
	int64_t start = clock_ms();
	int r = -1;

	o->guarded = 1;
	if (o->params->pin == NULL)
		return err_set(&o->why, ERR_CONFIG, "%s is locked, and there "
		    "is nobody to ask for what opens it", what);
	if (o->params->pin(o->params->pin_arg, what, how, word, &o->why) == 0)
		r = 0;
	o->spent += clock_ms() - start;
	if (r == 0 && (how & TLS_PIN_AGAIN) && word->len == o->tried.len &&
	    memcmp(buf_str(word), buf_str(&o->tried), word->len) == 0)
		r = err_set(&o->why, ERR_CONFIG, "%s does not open with that, "
		    "and the same was given again", what);
	buf_clear(&o->tried);
	if (r == 0)
		buf_add(&o->tried, buf_str(word), word->len);
	return r;
}

static int
wrong(struct own *o, const char *what)
{
	return err_set(&o->why, ERR_CONFIG, "%s: %d wrong answers are enough",
	    what, TRIES);
}

/* Called by GnuTLS for a token, until it opens or we say no. */
int
own_pin(void *arg, int attempt, const char *url, const char *label,
    unsigned flags, char *pin, size_t room)
{
	struct buf word = BUF_SECRET(WORD_MAX);
	struct own *o = arg;
	char what[300];
	unsigned how = 0;
	int r = -1;

	(void)url;
	snprintf(what, sizeof(what), "the token %.200s", label != NULL ?
	    str_text(label) : "without a name");
	if (attempt > 0 || (flags & GNUTLS_PIN_WRONG))
		how |= TLS_PIN_AGAIN;
	if (flags & GNUTLS_PIN_FINAL_TRY)
		how |= TLS_PIN_LAST;
	if (attempt >= TRIES)
		wrong(o, what);
	else if (ask(o, what, how, &word) == 0 && word.len >= room)
		err_set(&o->why, ERR_CONFIG, "%s: no PIN has so many "
		    "characters", what);
	else if (o->why.kind == ERR_NONE) {
		memcpy(pin, buf_str(&word), word.len + 1);
		r = 0;
	}
	buf_free(&word);
	return r;
}

/* ------------------------------------------------------------------- files */

static gnutls_x509_crt_fmt_t
format_of(const struct buf *text)
{
	return memmem(buf_str(text), text->len, "-----BEGIN", 10) != NULL ?
	    GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
}

static gnutls_datum_t
datum(const struct buf *b)
{
	return (gnutls_datum_t){ (unsigned char *)b->data, (unsigned)b->len };
}

static int
read_file(struct own *o, const char *path, int secret, struct buf *text)
{
	struct stat st;

	if (file_read(text, path, &st, &o->why) == -1) {
		o->why.kind = ERR_CONFIG;
		return err_suffix(&o->why, "; check \"%s\"", secret ?
		    "tls_key_file" : "tls_cert_file");
	}
	return secret ? file_safe(path, &st, file_secret_kind(path, &st),
	    &o->why) : 0;
}

static int
read_cert(struct own *o, const char *path)
{
	struct buf text = BUF_SECRET(FILE_MAX);
	gnutls_datum_t data;
	unsigned n = OWN_CHAIN_MAX;
	int r;

	if (read_file(o, path, 0, &text) == -1)
		return -1;
	data = datum(&text);
	if (format_of(&text) == GNUTLS_X509_FMT_PEM)
		r = keys(pcert_list_import_x509_raw)(o->cert, &n, &data,
		    GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT);
	else {
		n = 1;
		r = keys(pcert_import_x509_raw)(o->cert, &data,
		    GNUTLS_X509_FMT_DER, 0);
	}
	buf_free(&text);		/* the key may be there, too */
	if (r >= 0) {
		o->n = n;
		return 0;
	}
	return err_set(&o->why, ERR_CONFIG, "%s: no certificate that can be "
	    "read (%s); \"tls_cert_file\" wants one in PEM or DER",
	    str_text(path), call(strerror)(r));
}

/* As long as whoever is asked has something new to say. */
static int
decrypt(struct own *o, const char *path, const gnutls_datum_t *data,
    gnutls_x509_crt_fmt_t format)
{
	struct buf word = BUF_SECRET(WORD_MAX);
	char what[300];
	int r = -1, i;

	snprintf(what, sizeof(what), "the key %.200s", str_text(path));
	for (i = 0; r < 0; i++) {
		buf_clear(&word);
		if (i == TRIES)
			wrong(o, what);
		if (i == TRIES || ask(o, what, i > 0 ? TLS_PIN_AGAIN : 0,
		    &word) == -1)
			break;
		r = keys(privkey_import_x509_raw)(o->key, data, format,
		    buf_str(&word), 0);
	}
	buf_free(&word);
	return r < 0 ? -1 : 0;
}

static int
read_key(struct own *o, const char *path)
{
	struct buf text = BUF_SECRET(FILE_MAX);
	gnutls_x509_crt_fmt_t format;
	gnutls_datum_t data;
	int r;

	if (read_file(o, path, 1, &text) == -1)
		return -1;
	data = datum(&text);
	format = format_of(&text);
	r = keys(privkey_import_x509_raw)(o->key, &data, format, NULL, 0);
	if (r == GNUTLS_E_DECRYPTION_FAILED)
		r = decrypt(o, path, &data, format);
	else if (r < 0)
		r = err_set(&o->why, ERR_CONFIG, "%s: no private key that can "
		    "be read (%s); \"tls_key_file\" wants one in PEM or DER",
		    str_text(path), call(strerror)(r));
	buf_free(&text);
	return r < 0 ? -1 : 0;
}

/* -------------------------------------------------------------------- URIs */

/* GnuTLS has failed, unless it was us. */
static int
no_token(struct own *o, const char *keyword, int r)
{
	if (o->why.kind != ERR_NONE)
		return -1;
	if (r == GNUTLS_E_PKCS11_PIN_LOCKED)
		return err_set(&o->why, ERR_UNAVAIL, "%s: the token is locked "
		    "after wrong PINs; its maker says how to unlock it",
		    keyword);
	return err_set(&o->why, ERR_UNAVAIL, "%s: %s; is the token there, and "
	    "its module known to p11-kit?  p11tool --list-all shows what is",
	    keyword, call(strerror)(r));
}

static int
fetch_cert(struct own *o, const char *uri)
{
	unsigned n = OWN_CHAIN_MAX;
	int r = keys(pcert_list_import_x509_file)(o->cert, &n, uri,
	    GNUTLS_X509_FMT_DER, own_pin, o, 0);

	if (r < 0)
		return no_token(o, "tls_cert_file", r);
	o->n = n;
	return 0;
}

static int
fetch_key(struct own *o, const char *uri)
{
	int r;

	keys(privkey_set_pin_function)(o->key, own_pin, o);
	r = keys(privkey_import_url)(o->key, uri, 0);
	return r < 0 ? no_token(o, o->params->key_file != NULL ?
	    "tls_key_file" : "tls_cert_file", r) : 0;
}

static int
check_uri(struct own *o, const char *uri)
{
	if (!is_uri(uri) || keys(url_is_supported)(uri))
		return 0;
	return err_set(&o->why, ERR_UNAVAIL, "the GnuTLS of this system "
	    "cannot open %.*s URIs", (int)strcspn(uri, ":"), uri);
}

/* -------------------------------------------------------------------- both */

/* Some tokens keep a key's public half to themselves: then the server will
 * say whether it fits. */
static int
check_pair(struct own *o)
{
	unsigned char one[PIN_SIZE], other[PIN_SIZE];
	size_t n = sizeof(one), m = sizeof(other);
	gnutls_pubkey_t pub;
	int r;

	if (keys(pubkey_init)(&pub) < 0)
		return 0;
	r = keys(pubkey_import_privkey)(pub, o->key, 0, 0);
	if (r >= 0)
		r = keys(pubkey_get_key_id)(pub, GNUTLS_KEYID_USE_SHA256, one,
		    &n);
	keys(pubkey_deinit)(pub);
	if (r < 0 || keys(pubkey_get_key_id)(o->cert[0].pubkey,
	    GNUTLS_KEYID_USE_SHA256, other, &m) < 0)
		return 0;
	if (n == m && memcmp(one, other, n) == 0)
		return 0;
	return err_set(&o->why, ERR_CONFIG, "the key in tls_key_file is not "
	    "the one of the certificate in tls_cert_file");
}

/* What there is to be said of it.  It is for the server to judge. */
static void
introduce(const struct own *o)
{
	const gnutls_datum_t *der = &o->cert[0].cert;
	struct tls_cert c;
	char day[64];

	if (!log_wants(LOG_LEVEL_STORY) ||
	    cert_read(&c, der->data, der->size) == -1)
		return;
	x509_time(day, sizeof(day), c.not_after);
	log_story("the server asks for our certificate: %s, issued by %s, %s "
	    "%s", c.subject, c.issuer, c.not_after < time(NULL) ?
	    "which has expired on" : "valid until", day);
}

static int
load(struct own *o)
{
	const char *cert = o->params->cert_file, *key = key_place(o);

	if (gnu_open_keys(&o->why) == -1 || check_uri(o, cert) == -1 ||
	    check_uri(o, key) == -1)
		return -1;
	if ((is_uri(cert) ? fetch_cert : read_cert)(o, cert) == -1)
		return -1;
	introduce(o);
	o->guarded |= is_uri(key);
	if (keys(privkey_init)(&o->key) < 0)
		return err_set(&o->why, ERR_SOFTWARE, "TLS: no private key");
	if ((is_uri(key) ? fetch_key : read_key)(o, key) == -1)
		return -1;
	return check_pair(o);
}

/* Called by GnuTLS when the server asks; not 0 ends the handshake. */
static int
show(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
    gnutls_pcert_st **certs, unsigned *n, gnutls_ocsp_data_st **ocsp,
    unsigned *nocsp, gnutls_privkey_t *key, unsigned *flags)
{
	struct own *o = ((struct peer *)call(session_get_ptr)(session))->own;

	(void)info;
	*certs = NULL;
	*ocsp = NULL;
	*key = NULL;
	*n = *nocsp = *flags = 0;
	o->asked = 1;
	if (o->params == NULL || o->params->cert_file == NULL)
		return 0;
	if (o->key == NULL && load(o) == -1)
		return -1;
	*certs = o->cert;
	*n = o->n;
	*key = o->key;
	return 0;
}

void
own_watch(struct own *o, gnutls_certificate_credentials_t cred,
    const struct tls_params *params)
{
	o->params = params;
	o->tried = (struct buf)BUF_SECRET(WORD_MAX);
	call(certificate_set_retrieve_function3)(cred, show);
}

void
own_explain(const struct own *o, struct err *e)
{
	if (!o->asked)
		return;
	if (o->n == 0)
		err_suffix(e, " (it had asked for a certificate of ours; if "
		    "you have one, set tls_cert_file)");
	else
		err_suffix(e, " (it may not know the certificate in "
		    "tls_cert_file, or not take it any more)");
}

void
own_free(struct own *o)
{
	unsigned i;

	for (i = 0; i < o->n; i++)
		keys(pcert_deinit)(&o->cert[i]);
	if (o->key != NULL)
		keys(privkey_deinit)(o->key);
	buf_free(&o->tried);
	o->n = 0;
	o->key = NULL;
}
