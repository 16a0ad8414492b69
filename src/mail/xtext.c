#include "base/str.h"
#include "mail/xtext.h"

/* xchar = %d33-126 except "+" and "=" */
int
xtext_add(struct buf *b, const char *s, size_t n)
{
	size_t i, before = b->len;
	int r = 0;

	for (i = 0; i < n && r == 0; i++)
		if (s[i] < 33 || s[i] > 126 || s[i] == '+' || s[i] == '=')
			r = buf_addf(b, "+%02X", (unsigned char)s[i]);
		else
			r = buf_addc(b, s[i]);
	if (r == -1)
		buf_cut(b, before);
	return r;
}

/* The code point at s, which is UTF-8; *n is how many octets it has. */
static unsigned long
code_point(const char *s, size_t *n)
{
	unsigned char first = (unsigned char)s[0];
	unsigned long c;
	size_t i;

	*n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	c = *n == 1 ? first : first & (0x7fU >> *n);
	for (i = 1; i < *n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

/* QCHAR = %x21-2A / %x2C-3C / %x3E-5B / %x5D-7E; all else is "\x{HEX}" */
int
xtext_add_utf8(struct buf *b, const char *s, size_t n)
{
	size_t i, len, before = b->len;
	unsigned long c;
	int r = str_utf8(s, n) ? 0 : -1;

	for (i = 0; i < n && r == 0; i += len) {
		c = code_point(s + i, &len);
		if (c < 33 || c > 126 || c == '+' || c == '=' || c == '\\')
			r = buf_addf(b, "\\x{%02lX}", c);
		else
			r = buf_addc(b, s[i]);
	}
	if (r == -1)
		buf_cut(b, before);
	return r;
}
