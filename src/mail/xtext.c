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
