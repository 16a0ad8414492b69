#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "mail/field.h"

/* ftext = %d33-57 / %d59-126 */
size_t
field_name(const char *line, size_t n, size_t *body)
{
	size_t i = 0, len;

	while (i < n && line[i] > 32 && line[i] < 127 && line[i] != ':')
		i++;
	len = i;
	while (i < n && str_blank(line[i]))
		i++;
	if (len == 0 || i == n || line[i] != ':')
		return 0;
	*body = i + 1;
	return len;
}

static void
free_fields(struct field *field, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(field[i].owned);
	free(field);
}

void
header_keep(struct header *h)
{
	free_fields(h->kept, h->kept_n);
	h->kept = NULL;
	h->kept_n = 0;
	h->keep = 1;
}

/* Texts that we made stay with those that are kept, for they come back. */
void
header_touch(struct header *h)
{
	struct field *f;
	size_t i;

	if (!h->keep || h->kept != NULL)
		return;
	h->kept = mem_new(h->n, sizeof(*h->kept));
	h->kept_n = h->n;
	for (i = 0; i < h->n; i++) {
		f = &h->field[i];
		h->kept[i] = *f;
		if (f->owned != NULL)
			f->text = f->owned = mem_strn(f->owned, f->len);
	}
}

void
header_reset(struct header *h)
{
	if (h->kept == NULL)
		return;
	free_fields(h->field, h->n);
	h->field = h->kept;
	h->n = h->room = h->kept_n;
	h->kept = NULL;
	h->kept_n = 0;
}

static struct field *
add_field(struct header *h)
{
	size_t room;

	if (h->n == h->room) {
		room = h->room > 0 ? h->room * 2 : 16;
		h->field = mem_grow(h->field, h->room * sizeof(*h->field),
		    room * sizeof(*h->field));
		h->room = room;
	}
	h->field[h->n] = (struct field){ .text = NULL };
	return &h->field[h->n++];
}

void
header_index(struct header *h)
{
	const char *p = buf_str(&h->raw), *end = p + h->raw.len, *eol;
	struct field *f = NULL;

	for (; p < end; p = eol) {
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol != NULL ? eol + 1 : end;
		if (f != NULL && str_blank(*p)) {
			f->len += (size_t)(eol - p);
			continue;
		}
		f = add_field(h);
		f->text = p;
		f->len = (size_t)(eol - p);
		f->name_len = field_name(p, f->len, &f->body);
		assert(f->name_len > 0);	/* message_read() looked */
	}
}

void
header_blank(struct header *h)
{
	char *p = h->raw.data, *end;

	if (h->raw.len == 0)		/* p is NULL then */
		return;
	end = p + h->raw.len;
	while (p < end && (p = memchr(p, '\0', (size_t)(end - p))) != NULL)
		*p++ = ' ';
}

int
field_is(const struct field *f, const char *name)
{
	return str_same_n(f->text, f->name_len, name, strlen(name));
}

size_t
header_find(const struct header *h, const char *name, size_t i)
{
	for (; i < h->n; i++)
		if (!h->field[i].gone && field_is(&h->field[i], name))
			break;
	return i;
}

int
header_has(const struct header *h, const char *name)
{
	return header_find(h, name, 0) < h->n;
}

const char *
field_body(const struct field *f, size_t *n)
{
	*n = f->len - f->body;
	while (*n > 0 && (f->text[f->body + *n - 1] == '\n' ||
	    f->text[f->body + *n - 1] == '\r'))
		--*n;
	return f->text + f->body;
}

int
field_unfold(struct buf *b, const struct field *f)
{
	size_t n, i, start = b->len, end = start;
	const char *s = field_body(f, &n);

	for (i = 0; i < n; i++) {
		if (s[i] == '\r' || s[i] == '\n' ||
		    (b->len == start && str_blank(s[i])))
			continue;
		if (buf_addc(b, s[i]) == -1)
			return -1;
		if (!str_blank(s[i]))
			end = b->len;
	}
	buf_cut(b, end);
	return 0;
}

/* A line end inside a body must be a fold, or it would start a new field. */
static int
is_folded(const char *s)
{
	for (; (s = strpbrk(s, "\r\n")) != NULL; s += 3)
		if (s[0] != '\r' || s[1] != '\n' || !str_blank(s[2]))
			return 0;
	return 1;
}

static void
fill_field(struct field *f, const char *name, const char *body)
{
	struct buf b = BUF_MAX(strlen(name) + strlen(body) + 4);
	int r;

	assert(is_folded(body));
	r = buf_addf(&b, "%s: %s\r\n", name, body);
	assert(r == 0);
	(void)r;
	free(f->owned);
	f->owned = mem_strn(b.data, b.len);
	f->text = f->owned;
	f->len = b.len;
	f->name_len = field_name(f->text, f->len, &f->body);
	f->gone = 0;
	buf_free(&b);
}

void
header_set(struct header *h, size_t i, const char *name, const char *body)
{
	assert(i < h->n);
	header_touch(h);
	fill_field(&h->field[i], name, body);
}

void
header_remove(struct header *h, const char *name)
{
	size_t i;

	for (i = header_find(h, name, 0); i < h->n;
	    i = header_find(h, name, i + 1)) {
		header_touch(h);
		h->field[i].gone = 1;
	}
}

void
header_insert(struct header *h, size_t i, const char *name, const char *body)
{
	assert(i <= h->n);
	header_touch(h);
	add_field(h);
	memmove(h->field + i + 1, h->field + i,
	    (h->n - 1 - i) * sizeof(*h->field));
	h->field[i] = (struct field){ .text = NULL };
	fill_field(&h->field[i], name, body);
}

void
header_prepend(struct header *h, const char *name, const char *body)
{
	header_insert(h, 0, name, body);
}

size_t
header_size(const struct header *h)
{
	size_t i, n = 0;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone)
			n += h->field[i].len;
	return n;
}

void
header_free(struct header *h)
{
	free_fields(h->field, h->n);
	free_fields(h->kept, h->kept_n);
	buf_free(&h->raw);
	*h = (struct header){ .raw = BUF_MAX(h->raw.max) };
}
