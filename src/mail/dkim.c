#include <string.h>

#include "base/str.h"
#include "mail/dkim.h"

#define FIELD	"DKIM-Signature"

int
dkim_signed(const struct header *h)
{
	return header_has(h, FIELD);
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (str_blank(*p) || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

/* The value of the tag h= in a tag-list (RFC 6376 3.2), or NULL. */
static const char *
find_h(const char *p, const char *end, size_t *n)
{
	const char *stop, *eq;

	for (; p < end; p = stop < end ? stop + 1 : end) {
		stop = memchr(p, ';', (size_t)(end - p));
		stop = stop != NULL ? stop : end;
		p = skip_blanks(p, stop);
		if (p == stop || *p != 'h')
			continue;
		eq = skip_blanks(p + 1, stop);
		if (eq == stop || *eq != '=')
			continue;
		*n = (size_t)(stop - eq - 1);
		return eq + 1;
	}
	return NULL;
}

/* sig-h-tag: names, colons between them, white space around. */
static int
lists(const char *p, size_t n, const char *name, size_t len)
{
	const char *end = p + n, *stop, *last;

	for (; p < end; p = stop < end ? stop + 1 : end) {
		stop = memchr(p, ':', (size_t)(end - p));
		stop = last = stop != NULL ? stop : end;
		p = skip_blanks(p, stop);
		while (last > p && (str_blank(last[-1]) || last[-1] == '\r' ||
		    last[-1] == '\n'))
			last--;
		if (str_same_n(p, (size_t)(last - p), name, len))
			return 1;
	}
	return 0;
}

int
dkim_covers_n(const struct header *h, const char *name, size_t len)
{
	const char *body, *list;
	size_t i, n;

	for (i = header_find(h, FIELD, 0); i < h->n;
	    i = header_find(h, FIELD, i + 1)) {
		body = field_body(&h->field[i], &n);
		list = find_h(body, body + n, &n);
		if (list != NULL && lists(list, n, name, len))
			return 1;
	}
	return 0;
}

int
dkim_covers(const struct header *h, const char *name)
{
	return dkim_covers_n(h, name, strlen(name));
}
