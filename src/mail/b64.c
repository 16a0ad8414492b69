#include <assert.h>
#include <string.h>

#include "base/base64.h"
#include "base/str.h"
#include "mail/b64.h"

#define LINE	(B64_LINE_MAX / 4 * 3)	/* octets of a line */

static int
in_alphabet(char c)
{
	return str_alnum(c) || c == '+' || c == '/' || c == '=';
}

static size_t
lay(struct b64 *b, const char *s, size_t n, struct buf *out)
{
	char *room = buf_room(out, B64_ROOM(n)), *to = room;
	size_t i;

	assert(room != NULL);
	for (i = 0; i < n; i++) {
		if (!in_alphabet(s[i]))
			continue;
		if (b->column == B64_LINE_MAX) {
			*to++ = '\r';
			*to++ = '\n';
			b->column = 0;
		}
		*to++ = s[i];
		b->column++;
	}
	buf_took(out, (size_t)(to - room));
	return n;
}

size_t
b64_encode(struct b64 *b, const char *s, size_t n, int last, struct buf *out)
{
	size_t at, part;
	int r = 0;

	if (b->coded)
		return lay(b, s, n, out);
	for (at = 0; at < n; at += part) {
		part = n - at < LINE ? n - at : LINE;
		if (part < LINE && !last)
			break;
		if (b->column > 0)
			r |= buf_add(out, "\r\n", 2);
		r |= base64_add(out, s + at, part);
		b->column = (part + 2) / 3 * 4;
	}
	assert(r == 0);
	(void)r;
	return at;
}

void
b64_end(struct b64 *b, struct buf *out)
{
	if (b->column > 0)
		buf_adds(out, "\r\n");
	b->column = 0;
}

uint64_t
b64_length(uint64_t n)
{
	uint64_t letters = (n + 2) / 3 * 4;

	return letters == 0 ? 0 :
	    letters + (letters - 1) / B64_LINE_MAX * 2;
}
