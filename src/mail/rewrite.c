#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "mail/dkim.h"
#include "mail/message.h"
#include "mail/rewrite.h"

#define BODY_MAX	((size_t)16 * 1024 * 1024)
#define TARGETS_MAX	((size_t)4 * 1024 * 1024)
#define NAME_ROOM	500		/* an old-style name, as a phrase */
#define LINE_WANTED	76		/* for several in the place of one */

/* The body that is written, and where its first line begins. */
struct writer {
	struct buf	*out;
	size_t		 start;		/* of it in out */
	size_t		 column;
	int		 full;		/* a limit was passed */
};

static void
put(struct writer *w, const char *s, size_t n)
{
	if (buf_add(w->out, s, n) == -1)
		w->full = 1;
}

/* Octets in the line that is written, as far as that matters. */
static size_t
column(const struct writer *w)
{
	const char *p = buf_str(w->out) + w->start, *eol;
	size_t n = w->out->len - w->start, skipped = 0;

	if (n > MESSAGE_LINE_MAX + 1) {
		skipped = n - MESSAGE_LINE_MAX - 1;
		p += skipped;
		n -= skipped;
	}
	eol = memrchr(p, '\n', n);
	if (eol != NULL)
		return n - (size_t)(eol + 1 - p);
	return skipped > 0 ? MESSAGE_LINE_MAX + 1 : w->column + n;
}

/* Octets of s up to its first line end, as far as that matters. */
static size_t
line_length(const char *s, size_t n)
{
	const char *eol;

	if (n > MESSAGE_LINE_MAX + 1)
		n = MESSAGE_LINE_MAX + 1;
	eol = memchr(s, '\r', n);
	return eol != NULL ? (size_t)(eol - s) : n;
}

/* Begin a new line; blanks before it go, for none may be of blanks alone. */
static void
fold(struct writer *w)
{
	const char *p = buf_str(w->out);
	size_t n = w->out->len;

	while (n > w->start && str_blank(p[n - 1]))
		n--;
	buf_cut(w->out, n);
	if (n > w->start && p[n - 1] == '\n')
		put(w, " ", 1);
	else
		put(w, "\r\n ", 3);
}

/* Text that may be put in a new line, without the blanks before it then. */
static void
put_fitting(struct writer *w, const char *s, size_t n, size_t limit)
{
	size_t blanks = 0;

	if (column(w) + line_length(s, n) <= limit) {
		put(w, s, n);
		return;
	}
	while (blanks < n && str_blank(s[blanks]))
		blanks++;
	if (blanks < n && s[blanks] != '\r')
		fold(w);
	put(w, s + blanks, n - blanks);
}

/* What comes between two that are replaced, or before and after them. */
static void
put_source(struct writer *w, const char *s, size_t n)
{
	put_fitting(w, s, n, MESSAGE_LINE_MAX);
}

static void
put_named(struct writer *w, const struct addr *a, const char *path, size_t n)
{
	struct buf name = BUF_MAX(NAME_ROOM), addr = BUF_MAX(TARGETS_MAX);

	if (a->display == NULL && (a->comment == NULL ||
	    addr_phrase(&name, a->comment) == -1))
		put_fitting(w, path, n, MESSAGE_LINE_MAX);
	else {
		if (a->display != NULL)
			put_fitting(w, a->display, strlen(a->display),
			    MESSAGE_LINE_MAX);
		else
			put_fitting(w, buf_str(&name), name.len,
			    MESSAGE_LINE_MAX);
		buf_addf(&addr, " <%.*s>", (int)n, path);
		put_fitting(w, buf_str(&addr), addr.len, MESSAGE_LINE_MAX);
	}
	buf_free(&name);
	buf_free(&addr);
}

/* Every target but the last ends in a comma. */
static void
put_several(struct writer *w, const char *p, const char *end)
{
	struct buf one = BUF_MAX(TARGETS_MAX);
	const char *eol;
	int first = 1;

	for (; p < end; p = eol + 1, first = 0) {
		eol = memchr(p, '\n', (size_t)(end - p));
		buf_clear(&one);
		buf_addf(&one, "%s%.*s%s", first ? "" : " ", (int)(eol - p), p,
		    eol + 1 < end ? "," : "");
		put_fitting(w, buf_str(&one), one.len,
		    first ? MESSAGE_LINE_MAX : LINE_WANTED);
	}
	buf_free(&one);
}

/* RFC 5322 has no other place for a name without an address. */
static void
put_name(struct writer *w, const struct addr *a)
{
	struct buf name = BUF_MAX(BODY_MAX), path = BUF_MAX(NAME_ROOM);

	if (a->display != NULL)
		buf_adds(&name, a->display);
	else if (addr_path(&path, a) == 0)
		addr_phrase(&name, buf_str(&path));
	buf_adds(&name, ":;");
	put_fitting(w, buf_str(&name), name.len, MESSAGE_LINE_MAX);
	buf_free(&name);
	buf_free(&path);
}

static void
put_targets(struct writer *w, const struct addr *a, const struct buf *to)
{
	const char *p = buf_str(to), *end = p + to->len;
	const char *eol = memchr(p, '\n', to->len);

	assert(eol != NULL && end[-1] == '\n');
	if (eol + 1 == end)
		put_named(w, a, p, to->len - 1);
	else
		put_several(w, p, end);
}

/* Members that parse know where they begin, and have no NUL. */
static int
rewrite_members(struct writer *w, const char *body, size_t n,
    const struct addr_list *list, const struct rewrite *rw)
{
	struct buf to = BUF_MAX(TARGETS_MAX);
	enum rewrite_as as = REWRITE_STAY;
	const struct addr *a;
	size_t i, done = 0;
	int changed = 0;

	for (i = 0; i < list->n && !w->full; i++) {
		a = &list->addr[i];
		buf_clear(&to);
		if (a->bad != NULL)
			continue;
		as = rw->find(rw->ctx, a, &to);
		if (as == REWRITE_STAY || (as == REWRITE_NAME && a->grouped))
			continue;
		put_source(w, body + done, a->at - done);
		if (as == REWRITE_NAME)
			put_name(w, a);
		else
			put_targets(w, a, &to);
		done = a->at + strlen(a->raw);
		changed = 1;
	}
	if (changed)
		put_source(w, body + done, n - done);
	buf_free(&to);
	return changed;
}

int
rewrite_body(struct buf *out, const char *body, size_t n, size_t at,
    const struct rewrite *rw)
{
	struct writer w = { .out = out, .start = out->len, .column = at };
	struct addr_list list = ADDR_LIST_INIT;
	int changed;

	addr_parse(&list, body, n);
	changed = rewrite_members(&w, body, n, &list, rw);
	addr_list_free(&list);
	if (!w.full)
		return changed;
	buf_cut(out, w.start);
	return -1;
}

static void
rewrite_one(struct header *h, size_t i, const struct rewrite *rw)
{
	struct field *f = &h->field[i];
	struct buf out = BUF_MAX(BODY_MAX), name = BUF_MAX(f->name_len);
	const char *body;
	size_t n;
	int r;

	body = field_body(f, &n);
	for (; n > 0 && str_blank(*body); n--)
		body++;
	buf_add(&name, f->text, f->name_len);
	r = rewrite_body(&out, body, n, f->name_len + 2, rw);
	if (r == 1)
		header_set(h, i, buf_str(&name), buf_str(&out));
	else if (r == -1)
		log_story("%s is too long to be rewritten", buf_str(&name));
	buf_free(&out);
	buf_free(&name);
}

void
rewrite_apply(struct header *h, const struct rewrite *rw)
{
	static const char *const names[] = { "To", "Cc", "Resent-To",
	    "Resent-Cc" };
	size_t i, k;

	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		if (!rw->signed_too && dkim_covers(h, names[k]))
			continue;
		for (i = header_find(h, names[k], 0); i < h->n;
		    i = header_find(h, names[k], i + 1))
			rewrite_one(h, i, rw);
	}
}
