#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/field.h"

#define RAW_MAX	(1024 * 1024)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The lines of the input that may be in a header, as message_read() has it. */
static void
take_lines(struct buf *raw, const char *p, size_t n)
{
	const char *end = p + n, *eol;
	size_t len, body;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		len = (size_t)(eol - p);
		if (memchr(p, '\r', len) == NULL &&
		    (field_name(p, len, &body) > 0 ||
		    (len > 0 && raw->len > 0 && (*p == ' ' || *p == '\t')))) {
			buf_add(raw, p, len);
			buf_add(raw, "\r\n", 2);
		}
		if (eol == end)
			break;
	}
}

static void
check_field(const struct field *f)
{
	struct buf b = BUF_MAX(RAW_MAX);
	const char *body;
	size_t n;

	assert(f->name_len > 0 && f->body > f->name_len && f->body <= f->len);
	assert(f->text[f->body - 1] == ':');
	body = field_body(f, &n);
	assert(body == f->text + f->body && n <= f->len - f->body);
	assert(field_unfold(&b, f) == 0);
	assert(memchr(buf_str(&b), '\n', b.len) == NULL);
	if (b.len > 0)
		assert(strchr(" \t", b.data[0]) == NULL || b.data[0] == '\0');
	if (b.len > 0)
		assert(strchr(" \t", b.data[b.len - 1]) == NULL ||
		    b.data[b.len - 1] == '\0');
	buf_free(&b);
}

/* Edits as octets say; the header stays as long as it says it is. */
static void
edit(struct header *h, const uint8_t *op, size_t n)
{
	static const char *const names[] = { "To", "Subject", "A", "X-Y" };
	static const char *const bodies[] = { "", "x", "a\r\n b", "\r\n\tc" };
	const char *name, *body;
	size_t i, at, before;

	for (i = 0; i + 1 < n && i < 64; i += 2) {
		name = names[op[i] & 3];
		body = bodies[op[i] >> 2 & 3];
		at = op[i + 1];
		before = h->n;
		if (op[i] & 0x80)
			header_remove(h, name);
		else if (op[i] & 0x40 && h->n > 0)
			header_set(h, at % h->n, name, body);
		else
			header_insert(h, at % (h->n + 1), name, body);
		assert(h->n >= before && h->n <= before + 1);
		if (op[i] & 0x80)
			assert(!header_has(h, name));
		else
			assert(header_has(h, name));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header h = { .raw = BUF_MAX(RAW_MAX) };
	struct header again = { .raw = BUF_MAX(RAW_MAX) };
	size_t i, kept = 0, ops = size / 4;

	take_lines(&h.raw, (const char *)data + ops, size - ops);
	header_index(&h);
	assert(header_size(&h) == h.raw.len);
	for (i = 0; i < h.n; i++)
		check_field(&h.field[i]);
	edit(&h, data, ops);
	for (i = 0; i < h.n; i++) {
		if (h.field[i].gone)
			continue;
		check_field(&h.field[i]);
		buf_add(&again.raw, h.field[i].text, h.field[i].len);
		kept++;
	}
	assert(header_size(&h) == again.raw.len);
	header_index(&again);
	assert(again.n == kept);
	header_free(&h);
	header_free(&again);
	return 0;
}
