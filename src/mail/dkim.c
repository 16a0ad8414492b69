#include <string.h>

#include "base/str.h"
#include "mail/dkim.h"

#define FIELD		"DKIM-Signature"
#define NAME_MAX_LEN	998		/* a line has no longer one */

int
dkim_signed(const struct header *h)
{
	return header_has(h, FIELD);
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && str_gap(*p))
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
static void
add_names(struct buf *names, const char *p, size_t n)
{
	const char *end = p + n, *stop, *last;

	for (; p < end; p = stop < end ? stop + 1 : end) {
		stop = memchr(p, ':', (size_t)(end - p));
		stop = last = stop != NULL ? stop : end;
		p = skip_blanks(p, stop);
		while (last > p && str_gap(last[-1]))
			last--;
		str_add_lower(names, p, (size_t)(last - p));
		buf_addc(names, ':');
	}
}

void
dkim_names(const struct header *h, struct buf *names)
{
	const char *body, *list;
	size_t i, n;

	for (i = header_find(h, FIELD, 0); i < h->n;
	    i = header_find(h, FIELD, i + 1)) {
		body = field_body(&h->field[i], &n);
		list = find_h(body, body + n, &n);
		if (list == NULL)
			continue;
		if (names->len == 0)
			buf_addc(names, ':');
		add_names(names, list, n);
	}
}

int
dkim_lists(const struct buf *names, const char *name, size_t n)
{
	struct buf word = BUF_MAX(NAME_MAX_LEN + 2);
	int r;

	buf_addc(&word, ':');
	str_add_lower(&word, name, n);
	buf_addc(&word, ':');
	r = names->len > 0 && word.len == n + 2 && memmem(names->data,
	    names->len, word.data, word.len) != NULL;
	buf_free(&word);
	return r;
}

int
dkim_covers(const struct header *h, const char *name)
{
	struct buf names = BUF_MAX(DKIM_NAMES_MAX);
	int r;

	dkim_names(h, &names);
	r = dkim_lists(&names, name, strlen(name));
	buf_free(&names);
	return r;
}
