#include <string.h>

#include "base/base64.h"
#include "net/pin.h"

static void
add_cert(struct buf *b, const struct pin *p)
{
	size_t i;

	buf_adds(b, "sha256:");
	for (i = 0; i < PIN_SIZE; i++)
		buf_addf(b, "%02x", p->cert[i]);
}

static void
add_key(struct buf *b, const struct pin *p)
{
	buf_adds(b, "pin-sha256:");
	base64_add(b, p->key, PIN_SIZE);
}

void
pin_show(struct buf *b, const struct pin *p)
{
	add_cert(b, p);
	buf_addc(b, ' ');
	add_key(b, p);
}

int
pin_match(const char *words, const struct pin *p)
{
	struct buf cert = BUF_MAX(128), key = BUF_MAX(128);
	size_t n;
	int found = 0;

	add_cert(&cert, p);
	add_key(&key, p);
	while (*words != '\0' && !found) {
		n = strcspn(words, " ");
		found = (n == cert.len && memcmp(words, cert.data, n) == 0) ||
		    (n == key.len && memcmp(words, key.data, n) == 0);
		words += n;
		words += strspn(words, " ");
	}
	buf_free(&cert);
	buf_free(&key);
	return found;
}
