#include <stdint.h>

#include "base/base64.h"
#include "base/str.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";

int
base64_add(struct buf *b, const void *p, size_t n)
{
	const unsigned char *s = p;
	uint32_t v;
	size_t i, k;
	char *out = buf_room(b, (n + 2) / 3 * 4);

	if (out == NULL)
		return -1;
	for (i = 0; i < n; i += 3) {
		for (v = 0, k = 0; k < 3; k++)
			v = v << 8 | (i + k < n ? s[i + k] : 0u);
		for (k = 0; k < 4; k++)
			*out++ = k > n - i ? '=' :
			    digits[v >> (18 - 6 * k) & 63];
	}
	buf_took(b, (n + 2) / 3 * 4);
	return 0;
}

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (str_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
base64_read(struct buf *b, const char *text, size_t n)
{
	uint32_t v = 0;
	size_t i, took = 0, bits = 0, pads = 0;
	char *out = buf_room(b, n / 4 * 3 + 3);

	if (out == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		if (str_blank(text[i]) || text[i] == '\r' || text[i] == '\n')
			continue;
		if (text[i] == '=') {
			pads++;
			continue;
		}
		if (value_of(text[i]) == -1 || pads > 0)
			return -1;
		v = v << 6 | (uint32_t)value_of(text[i]);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		out[took++] = (char)(v >> bits & 0xff);
	}
	buf_took(b, took);
	return bits < 6 && pads <= 2 ? 0 : -1;
}
