#include <stdint.h>
#include <string.h>

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

/* Skips white space; -1 at the end, -2 for a pad, -3 for what is neither. */
static int
next_value(const char **p, const char *end)
{
	int value;

	while (*p < end && (str_blank(**p) || **p == '\r' || **p == '\n'))
		++*p;
	if (*p == end)
		return -1;
	if (*(*p)++ == '=')
		return -2;
	value = value_of((*p)[-1]);
	return value != -1 ? value : -3;
}

int
base64_read(struct buf *b, const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	uint32_t v = 0;
	size_t room = n / 4 * 3 + 3, took = 0;
	size_t letters = 0, pads = 0, bits = 0;
	int value;
	char *out;

	if (room > b->max - b->len)
		room = b->max - b->len;
	out = buf_room(b, room);
	while ((value = next_value(&p, end)) >= 0) {
		letters++;
		v = v << 6 | (uint32_t)value;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (took == room)
			break;
		out[took++] = (char)(v >> bits & 0xff);
	}
	for (; value == -2; value = next_value(&p, end))
		pads++;
	if (value != -1 || pads > 2 || (letters + pads) % 4 != 0) {
		explicit_bzero(out, took);
		return -1;
	}
	buf_took(b, took);
	return 0;
}
