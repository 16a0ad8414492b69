/* Certificates as a server shows them, and bundles: what is found lies inside,
 * and is the same by memory and by base64. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "net/pem.h"
#include "net/x509.h"

#define INPUT_MAX	8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int
is_inside(const struct x509_der *part, const uint8_t *data, size_t n)
{
	return part->p >= data && part->len >= 2 &&
	    part->p + part->len <= data + n;
}

static void
check_der(const uint8_t *data, size_t n)
{
	struct x509 x;
	char text[64];

	if (x509_read(&x, data, n) == -1)
		return;
	assert(is_inside(&x.issuer, data, n));
	assert(is_inside(&x.subject, data, n));
	assert(x.subject.p >= x.issuer.p + x.issuer.len);
	x509_time(text, sizeof(text), x.not_before);
	x509_time(text, sizeof(text), x.not_after);
}

/* Is it as long as it says?  If not, nobody will take it for a certificate. */
static int
is_whole(const struct buf *der)
{
	const unsigned char *p = (const unsigned char *)buf_str(der);
	size_t i, len = 0, n = der->len > 5 ? p[1] & 3 : 0;

	for (i = 0; i < n; i++)
		len = len << 8 | p[2 + i];
	return n > 1 && len + 2 + n == der->len;
}

/* Whatever the blocks are, what is seen without decoding them is there. */
static void
check_pem(const char *p, size_t n)
{
	const char *end = p + n;
	struct buf der = BUF_MAX(INPUT_MAX);
	struct x509_map map;
	struct x509 x;
	struct pem block;
	size_t i;

	while ((p = pem_next(&block, p, end)) != NULL) {
		buf_clear(&der);
		if (!pem_regular(&block) || pem_decode(&der, &block) == -1 ||
		    !is_whole(&der))
			continue;
		for (i = 0; i < der.len / 3 * 3; i++)
			assert(pem_octet(&block, i) ==
			    (unsigned char)der.data[i]);
		if (x509_find(&map, pem_octet, &block) == -1 ||
		    x509_read(&x, buf_str(&der), der.len) == -1)
			continue;
		assert(map.subject.len == x.subject.len);
		assert(memcmp(der.data + map.subject.at, x.subject.p,
		    x.subject.len) == 0);
	}
	buf_free(&der);
}

/* The same octets in lines, by a length that the first tells. */
static void
check_lines(const uint8_t *data, size_t n)
{
	struct buf text = BUF_MAX(4 * INPUT_MAX), b64 = BUF_MAX(2 * INPUT_MAX);
	size_t at, line = n > 0 ? data[0] % 100 + 1 : 1;

	base64_add(&b64, data, n);
	buf_adds(&text, "-----BEGIN CERTIFICATE-----\n");
	for (at = 0; at < b64.len; at += line)
		buf_addf(&text, "%.*s\n", (int)line, b64.data + at);
	buf_adds(&text, "-----END CERTIFICATE-----\n");
	check_pem(text.data, text.len);
	buf_free(&text);
	buf_free(&b64);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *copy;

	if (n > INPUT_MAX)
		return 0;
	copy = malloc(n + 1);
	assert(copy != NULL);
	memcpy(copy, data, n);
	copy = realloc(copy, n > 0 ? n : 1);	/* of its exact size */
	assert(copy != NULL);
	check_der(copy, n);
	check_pem((const char *)copy, n);
	check_lines(copy, n);
	free(copy);
	return 0;
}
