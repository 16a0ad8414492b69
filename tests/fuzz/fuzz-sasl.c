/*
 * Any challenges whatever from a hostile server, to every mechanism but
 * Kerberos: no harm is done, no password is told by those that hide it, and
 * nobody is content whom the server has proved nothing.
 *
 * The first octet chooses the mechanism, the second the channel binding and
 * the password; the rest are challenges, a line each, in clear.  An octet 2 in
 * a line stands for our nonce, which no fuzzer would guess.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "smtp/sasl.h"

#define NONCE_SIGN	2
#define CHALLENGES	6
#define LINE_OCTETS	(16 * 1024)

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* None is without UTF-8: libgsasl's SCRAM leaks a few octets then. */
static const char *const passwords[] = { "very-secret-word", "",
    "very secret: 2,3=4", "very-secret-\xc3\xa4\xe2\x85\xa3" };

static int
ask(void *arg, const char **word, struct err *e)
{
	(void)e;
	*word = arg;
	return 0;
}

/* What stands behind r= in what we said first, if anything. */
static void
find_nonce(const struct buf *first, struct buf *nonce)
{
	struct buf clear = BUF_MAX(SASL_RESPONSE_MAX);
	const char *p;

	if (base64_read(&clear, buf_str(first), first->len) == 0 &&
	    (p = strstr(buf_str(&clear), ",r=")) != NULL)
		buf_adds(nonce, p + 3);
	buf_free(&clear);
}

static void
encode(const char *p, size_t n, const struct buf *nonce, struct buf *out)
{
	struct buf clear = BUF_MAX(LINE_OCTETS);
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == NONCE_SIGN)
			buf_add(&clear, buf_str(nonce), nonce->len);
		else
			buf_addc(&clear, p[i]);
	base64_add(out, buf_str(&clear), clear.len);
	buf_free(&clear);
}

/* password is NULL where the server has said it. */
static void
judge(const struct mech *m, const struct buf *said, const char *password)
{
	struct buf clear = BUF_MAX(SASL_RESPONSE_MAX);
	int hides = password != NULL && password[0] != '\0' &&
	    !(m->is & MECH_REVEALS);

	assert(strpbrk(buf_str(said), "\r\n") == NULL);
	assert(strlen(buf_str(said)) == said->len);
	assert(base64_read(&clear, buf_str(said), said->len) == 0);
	if (hides && clear.len > 0)
		assert(memmem(buf_str(&clear), clear.len, password,
		    strlen(password)) == NULL);
	buf_free(&clear);
}

/* Who can tell a server that knows the password from one that does not?  The
 * fuzzer does not know it. */
static int
is_mutual(const struct mech *m)
{
	return (m->is & MECH_ROUNDS) || strcmp(m->name, "DIGEST-MD5") == 0;
}

static void
play(struct sasl *s, const struct mech *m, const char *password,
    const char *p, size_t n)
{
	struct buf said = BUF_MAX(SASL_RESPONSE_MAX);
	struct buf heard = BUF_MAX(SASL_RESPONSE_MAX);
	struct buf nonce = BUF_MAX(1024);
	struct err e = ERR_INIT;
	const char *nl;
	size_t len, i;
	int r = sasl_first(s, &said, &e);

	if (r != -1) {
		judge(m, &said, password);
		find_nonce(&said, &nonce);
	}
	for (i = 0; r != -1 && i < CHALLENGES; i++) {
		nl = memchr(p, '\n', n);
		len = nl != NULL ? (size_t)(nl - p) : n;
		buf_clear(&said);
		buf_clear(&heard);
		encode(p, len, &nonce, &heard);
		r = sasl_step(s, buf_str(&heard), &said, &e);
		if (r == 0)
			judge(m, &said, password);
		n -= len + (nl != NULL);
		p += len + (nl != NULL);
	}
	if (r == -1)
		assert(sasl_fault(s) != SASL_SOUND && e.kind != ERR_NONE);
	if (is_mutual(m))
		assert(!sasl_content(s));
	buf_free(&said);
	buf_free(&heard);
	buf_free(&nonce);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned which = n > 0 ? data[0] : 0, how = n > 1 ? data[1] : 0;
	const char *password = passwords[how >> 2 & 3];
	struct sasl_params p = { .user = (how & 32) ? "me@corp" : "me",
	    .host = "mx.example", .port = 587, .ask = ask,
	    .realm = (how & 16) ? "realm" : NULL,
	    .arg = (void *)(uintptr_t)password };
	struct buf octets = BUF_MAX(64);
	const struct mech *m;
	struct sasl *s;

	m = mech_at(which % MECH_MAX);
	if (n < 2 || m == NULL || (m->is & MECH_KERBEROS))
		return -1;
	buf_adds(&octets, "0123456789abcdef");
	s = sasl_new(m, &p, (enum tls_binding)(how % 3), &octets);
	if (memmem(data, n, password, strlen(password)) != NULL)
		password = NULL;
	play(s, m, password, (const char *)data + 2, n - 2);
	sasl_free(s);
	buf_free(&octets);
	return 0;
}
