#include <string.h>

#include "smtp/body.h"

static int
stuff(const struct body *b, struct buf *out, const char *p, size_t n)
{
	const char *end = p + n, *from = p, *eol = p;

	if (!b->in_line && *p == '.' && buf_addc(out, '.') == -1)
		return -1;
	while ((eol = memchr(eol, '\n', (size_t)(end - eol))) != NULL) {
		if (++eol == end)
			break;
		if (*eol != '.')
			continue;
		if (buf_add(out, from, (size_t)(eol - from)) == -1 ||
		    buf_addc(out, '.') == -1)
			return -1;
		from = eol;
	}
	return buf_add(out, from, (size_t)(end - from));
}

static int
chunk(struct buf *out, const char *p, size_t n)
{
	if (out->data == NULL || p != out->data + out->len)
		return buf_add(out, p, n);
	buf_took(out, n);
	return 0;
}

int
body_add(struct body *b, struct buf *out, const char *p, size_t n)
{
	size_t before = out->len;

	if (n == 0)
		return 0;
	if (b->chunk)
		return chunk(out, p, n);
	if (stuff(b, out, p, n) == -1) {
		buf_cut(out, before);
		return -1;
	}
	b->in_line = p[n - 1] != '\n';
	return 0;
}

int
body_end(struct body *b, struct buf *out)
{
	if (b->chunk)
		return 0;
	if (buf_adds(out, b->in_line ? "\r\n.\r\n" : ".\r\n") == -1)
		return -1;
	b->in_line = 0;
	return 0;
}
