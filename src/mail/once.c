#include <assert.h>

#include "base/log.h"
#include "base/str.h"
#include "mail/addr.h"
#include "mail/dkim.h"
#include "mail/lex822.h"
#include "mail/once.h"

static int
is_blank(const struct field *f)
{
	size_t i, n;
	const char *body = field_body(f, &n);

	for (i = 0; i < n; i++)
		if (!str_blank(body[i]) && body[i] != '\r' && body[i] != '\n')
			return 0;
	return 1;
}

int
once_empty(const struct field *f)
{
	size_t n;
	const char *body = field_body(f, &n);
	struct lex lex = { .p = body, .end = body + n };

	for (;;) {
		if (lex_cfws(&lex, NULL) == -1)
			return 0;
		if (!lex_at(&lex, ','))
			return lex.p == lex.end;
		lex.p++;
	}
}

void
once_first(struct header *h, const char *name)
{
	size_t i, keep, first = header_find(h, name, 0), removed = 0;

	if (first == h->n || header_find(h, name, first + 1) == h->n ||
	    dkim_covers(h, name))
		return;
	for (keep = first; keep < h->n && is_blank(&h->field[keep]); )
		keep = header_find(h, name, keep + 1);
	if (keep == h->n)
		keep = first;
	for (i = first; i < h->n; i = header_find(h, name, i + 1)) {
		if (i == keep)
			continue;
		h->field[i].gone = 1;
		removed++;
	}
	log_story("%zu more %s field%s removed: a message has one", removed,
	    name, removed == 1 ? "" : "s");
}

static int
parses(const struct field *f)
{
	struct addr_list list = ADDR_LIST_INIT;
	size_t n;
	const char *body = field_body(f, &n);
	int good = addr_parse(&list, body, n) == 0;

	addr_list_free(&list);
	return good;
}

/* The list without what is around it: commas too, or there would be two. */
static void
add_list(struct buf *b, const struct field *f)
{
	size_t n;
	const char *p = field_body(f, &n), *end = p + n;
	int r;

	while (p < end && (str_blank(*p) || *p == '\r' || *p == '\n' ||
	    *p == ','))
		p++;
	while (end > p && (str_blank(end[-1]) || end[-1] == '\r' ||
	    end[-1] == '\n' || end[-1] == ','))
		end--;
	r = buf_adds(b, b->len > 0 ? ",\r\n " : "");
	r |= buf_add(b, p, (size_t)(end - p));
	assert(r == 0);			/* the list is as long as its parts */
	(void)r;
}

static void
drop_empty(struct header *h, const char *name)
{
	size_t i;

	for (i = header_find(h, name, 0); i < h->n;
	    i = header_find(h, name, i + 1))
		h->field[i].gone = once_empty(&h->field[i]);
}

void
once_join(struct header *h, const char *name)
{
	struct buf list = BUF_MAX(header_size(h) + h->n * 4);
	size_t i, first = h->n, joined = 0;

	if (!header_has(h, name) || dkim_covers(h, name))
		return;
	drop_empty(h, name);
	i = header_find(h, name, 0);
	if (i == h->n || header_find(h, name, i + 1) == h->n)
		return;
	for (; i < h->n; i = header_find(h, name, i + 1)) {
		if (!parses(&h->field[i]))
			continue;
		add_list(&list, &h->field[i]);
		if (joined++ == 0)
			first = i;
		else
			h->field[i].gone = 1;
	}
	if (joined > 1) {
		header_set(h, first, name, buf_str(&list));
		log_story("%zu %s fields were made one", joined, name);
	}
	buf_free(&list);
}
