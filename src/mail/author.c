#include <string.h>

#include "base/str.h"
#include "mail/addr.h"
#include "mail/author.h"

#define FIELD_ROOM	(16 * 1024)

/* Two addresses in SMTP form: local parts exactly, domains without case. */
static int
same_address(const char *a, const char *b)
{
	const char *at = strrchr(a, '@'), *bt = strrchr(b, '@');
	size_t n;

	if (at == NULL || bt == NULL)
		return strcmp(a, b) == 0;
	n = (size_t)(at - a);
	return n == (size_t)(bt - b) && memcmp(a, b, n) == 0 &&
	    str_same(at, bt);
}

/* Is it, or may it stay, as it is?  path is its SMTP form. */
static int
agrees(const struct author *w, const struct addr *a, const char *path)
{
	if (a->bad != NULL)
		return 0;
	if (a->domain == NULL)
		return 0;
	return !w->all || same_address(path, w->address);
}

/* A phrase without its quotes. */
static int
add_bare(struct buf *b, const char *phrase)
{
	int r = 0;

	for (; *phrase != '\0'; phrase++) {
		if (*phrase == '\\' && phrase[1] != '\0')
			phrase++;
		else if (*phrase == '"')
			continue;
		r |= buf_addc(b, *phrase);
	}
	return r;
}

/* "Bob (bob@x.org)", or the address alone. */
static int
add_with_address(struct buf *b, const char *display, const char *comment,
    const char *path)
{
	struct buf text = BUF_MAX(FIELD_ROOM);
	int r = 0;

	if (display != NULL)
		r |= add_bare(&text, display);
	else if (comment != NULL)
		r |= buf_adds(&text, comment);
	r |= buf_addf(&text, text.len > 0 ? " (%s)" : "%s", path);
	r |= addr_phrase(b, buf_str(&text));
	buf_free(&text);
	return r;
}

/*
 * The name to show: the display name as it was written, else the old-style one
 * in a comment, else a bare local name.  What is encoded is left alone.
 */
static int
add_name(struct buf *b, const struct author *w, const struct addr *a,
    const char *path)
{
	const char *local = a->bad == NULL && a->domain == NULL ?
	    a->local : NULL;
	const char *comment = a->comment != NULL ? a->comment : local;

	if (w->keep == AUTHOR_NAME && a->bad == NULL && local == NULL &&
	    (a->display == NULL || strstr(a->display, "=?") == NULL))
		return add_with_address(b, a->display, a->comment, path);
	if (a->display != NULL)
		return buf_adds(b, a->display);
	return comment != NULL ? addr_phrase(b, comment) : 0;
}

/* One address, what it says of itself kept; an empty list is no address. */
static int
make_field(struct buf *b, const struct author *w, const struct addr *a,
    const char *path)
{
	int r = a != NULL ? add_name(b, w, a, path) : 0;

	return r | buf_addf(b, b->len > 0 ? " <%s>" : "%s", w->address);
}

/* Where answers went before, they go still. */
static void
add_reply_to(struct header *h, size_t i, const struct addr_list *list,
    const char *old)
{
	size_t k, whole = 0;

	for (k = 0; k < list->n; k++)
		whole += list->addr[k].bad == NULL &&
		    list->addr[k].domain != NULL;
	if (whole == list->n && whole > 0 && !header_has(h, "Reply-To"))
		header_insert(h, i + 1, "Reply-To", old);
}

static int
apply_one(struct header *h, size_t i, const char *name,
    const struct author *w, struct err *e)
{
	struct addr_list list = ADDR_LIST_INIT;
	struct buf b = BUF_MAX(FIELD_ROOM), path = BUF_MAX(FIELD_ROOM);
	struct buf old = BUF_MAX(FIELD_ROOM);
	const struct addr *first;
	const char *body;
	size_t n;
	int r = 0;

	body = field_body(&h->field[i], &n);
	addr_parse(&list, body, n);
	first = list.n > 0 ? &list.addr[0] : NULL;
	if (first != NULL && first->bad == NULL)
		r |= addr_path(&path, first);
	if (r == 0 && list.n == 1 && agrees(w, first, buf_str(&path)))
		goto out;
	if (r == 0 && list.n > 1 && !w->all && first->domain != NULL)
		goto out;
	r |= field_unfold(&old, &h->field[i]);
	r |= make_field(&b, w, first, buf_str(&path));
	if (r != 0)
		r = err_set(e, ERR_DATA, "%s would be too long", name);
	else {
		header_set(h, i, name, buf_str(&b));
		if (w->keep == AUTHOR_REPLY_TO && str_same(name, "From"))
			add_reply_to(h, i, &list, buf_str(&old));
	}
out:
	addr_list_free(&list);
	buf_free(&b);
	buf_free(&path);
	buf_free(&old);
	return r;
}

int
author_apply(struct header *h, const struct author *w, struct err *e)
{
	static const char *const names[] = { "From", "Sender", "Resent-From",
	    "Resent-Sender" };
	size_t i, k;

	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		i = header_find(h, names[k], 0);
		if (i < h->n && apply_one(h, i, names[k], w, e) == -1)
			return -1;
	}
	return 0;
}
