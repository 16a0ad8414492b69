#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "mail/addr.h"
#include "mail/author.h"
#include "mail/dkim.h"
#include "mail/resent.h"

#define NAME_ROOM	2000		/* a longer name is none */
#define FIELD_ROOM	(16 * 1024)

/* What a field says of its author. */
struct who {
	struct buf	 name;		/* a phrase; or empty */
	struct buf	 path;		/* SMTP form; empty: no address */
	int		 good;		/* addresses with domains, no less */
	int		 same;		/* one, and it is the account's */
	int		 several;
};

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

/* Does anybody else know that domain?  A machine's name has no dot. */
static int
is_known(const char *domain, const struct author *w)
{
	const char *at = strrchr(w->address, '@');

	if (domain != NULL && at != NULL && str_same(domain, at + 1))
		return 1;
	return domain != NULL && !str_same(domain, "localhost") &&
	    !str_same(domain, "localhost.localdomain") &&
	    (w->machine == NULL || strchr(domain, '.') != NULL ||
	    !str_same(domain, w->machine));
}

/* Text on one line: runs of blanks, line ends and controls become a space. */
static int
add_line(struct buf *b, const char *s, size_t n)
{
	size_t i, start = b->len;
	int gap = 0;

	for (i = 0; i < n; i++) {
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f) {
			gap = b->len > start;
			continue;
		}
		if ((gap && buf_addc(b, ' ') == -1) ||
		    buf_addc(b, s[i]) == -1)
			return -1;
		gap = 0;
	}
	return 0;
}

/* Text as a phrase, quoted where it must be. */
static int
add_phrase(struct buf *b, const char *s, size_t n)
{
	struct buf line = BUF_MAX(FIELD_ROOM);
	int r = add_line(&line, s, n);

	if (r == 0 && line.len > 0)
		r = addr_phrase(b, buf_str(&line));
	buf_free(&line);
	return r;
}

/* Text without quotes and what quotes in them. */
static void
add_bare(struct buf *b, const char *s, size_t n)
{
	size_t i;
	int in = 0;

	for (i = 0; i < n; i++) {
		if (in && s[i] == '\\' && i + 1 < n)
			i++;
		else if (s[i] == '"') {
			in = !in;
			continue;
		}
		if (buf_addc(b, s[i]) == -1)
			break;
	}
}

/* The display name as it was written, else the old-style one in a comment,
 * else the local part where that is all that there is. */
static int
add_name(struct buf *b, const struct addr *a, const struct author *w)
{
	const char *old = a->comment;

	if (a->display != NULL)
		return buf_adds(b, a->display);
	if (old == NULL && !is_known(a->domain, w))
		old = a->local;
	return old != NULL ? add_phrase(b, old, strlen(old)) : 0;
}

/* Of several, the one who agrees; else the first. */
static void
take_author(struct who *who, const struct addr_list *list,
    const struct author *w)
{
	struct buf path = BUF_MAX(FIELD_ROOM);
	const struct addr *a = &list->addr[0];
	size_t i;

	for (i = 0; i < list->n; i++) {
		buf_clear(&path);
		if (addr_path(&path, &list->addr[i]) == 0 &&
		    same_address(buf_str(&path), w->address))
			break;
	}
	who->same = i == 0 && list->n == 1;
	who->several = list->n > 1;
	if (i < list->n)
		a = &list->addr[i];
	if (is_known(a->domain, w))
		addr_path(&who->path, a);
	if (add_name(&who->name, a, w) == -1)
		buf_clear(&who->name);
	buf_free(&path);
}

/*
 * Of what does not parse (`Smith, Bob <bob@x.org>`, `Bob [x] <bob@x.org>`),
 * the address in the angle brackets at the end, if it is one, and what stands
 * before them; else all of it as a name.
 */
static void
salvage(struct who *who, const char *s, size_t n, const struct author *w)
{
	struct buf text = BUF_MAX(n + 1), name = BUF_MAX(n + 1);
	struct addr a = { 0 };
	struct err ignored = ERR_INIT;
	const char *angle;

	add_line(&text, s, n);
	angle = text.len > 0 && text.data[text.len - 1] == '>' ?
	    memrchr(text.data, '<', text.len) : NULL;
	n = text.len;
	if (angle != NULL && addr_parse_one(&a, angle,
	    (size_t)(text.data + n - angle), &ignored) == 0 &&
	    is_known(a.domain, w)) {
		addr_path(&who->path, &a);
		n = (size_t)(angle - text.data);
	}
	if (n > 0)
		add_bare(&name, text.data, n);
	if (add_phrase(&who->name, buf_str(&name), name.len) == -1)
		buf_clear(&who->name);
	addr_free(&a);
	buf_free(&text);
	buf_free(&name);
}

static void
read_author(struct who *who, const struct field *f, const struct author *w)
{
	struct addr_list list = ADDR_LIST_INIT;
	size_t i, n;
	const char *body = field_body(f, &n);

	*who = (struct who){ .name = BUF_MAX(NAME_ROOM),
	    .path = BUF_MAX(FIELD_ROOM), .good = 1 };
	if (n > AUTHOR_BODY_MAX || addr_parse(&list, body, n) > 0)
		who->good = 0;
	for (i = 0; who->good && i < list.n; i++)
		who->good = is_known(list.addr[i].domain, w);
	who->good &= list.n > 0;
	if (who->good || (list.n == 1 && list.addr[0].bad == NULL))
		take_author(who, &list, w);
	else if (list.n > 0)
		salvage(who, body, n, w);
	addr_list_free(&list);
}

/* The name with the address that it had: "Bob (bob@x.org)".  Encoded-words
 * are such only outside quotes (RFC 2047 5). */
static int
add_name_with_address(struct buf *b, const struct who *who)
{
	const char *name = buf_str(&who->name);
	struct buf text = BUF_MAX(FIELD_ROOM);
	int r;

	if (strstr(name, "=?") != NULL) {
		r = buf_addf(&text, "(%s)", buf_str(&who->path));
		r |= buf_addf(b, "%s ", name);
	} else {
		add_bare(&text, name, who->name.len);
		r = buf_addf(&text, text.len > 0 ? " (%s)" : "%s",
		    buf_str(&who->path));
	}
	r |= add_phrase(b, buf_str(&text), text.len);
	buf_free(&text);
	return r;
}

/* Where answers went before, they go still. */
static void
add_reply_to(struct header *h, size_t i, const struct who *who)
{
	size_t n;
	const char *body = field_body(&h->field[i], &n);
	struct buf old = BUF_MAX(n + FIELD_ROOM);

	if (who->good)
		add_line(&old, body, n);
	else if (who->name.len > 0)
		buf_addf(&old, "%s <%s>", buf_str(&who->name),
		    buf_str(&who->path));
	else
		buf_adds(&old, buf_str(&who->path));
	header_insert(h, i + 1, "Reply-To", buf_str(&old));
	buf_free(&old);
}

static void
write_author(struct header *h, size_t i, const char *name,
    const struct author *w, const struct who *who)
{
	int replaced = who->path.len > 0 &&
	    !same_address(buf_str(&who->path), w->address);
	const char *address = who->path.len > 0 && !w->all ?
	    buf_str(&who->path) : w->address;
	struct buf b = BUF_MAX(2 * FIELD_ROOM);

	if (w->all && w->keep == AUTHOR_NAME && replaced)
		add_name_with_address(&b, who);
	else
		buf_adds(&b, buf_str(&who->name));
	buf_addf(&b, b.len > 0 ? " <%s>" : "%s", address);
	if (dkim_covers(h, name))
		log_story("%s is changed, and a DKIM signature covers it: "
		    "it will not verify", name);
	if (w->all && w->keep == AUTHOR_REPLY_TO &&
	    (replaced || who->several) && str_same(name, "From") &&
	    !header_has(h, "Reply-To"))
		add_reply_to(h, i, who);
	header_set(h, i, name, buf_str(&b));
	buf_free(&b);
}

static void
apply_one(struct header *h, size_t i, const char *name,
    const struct author *w)
{
	struct who who;

	read_author(&who, &h->field[i], w);
	if (!who.good || (w->all && !who.same))
		write_author(h, i, name, w, &who);
	buf_free(&who.name);
	buf_free(&who.path);
}

void
author_apply(struct header *h, const struct author *w)
{
	static const struct {
		const char	*name;
		int		 resent;	/* in the topmost block */
	} names[] = {
		{ "From", 0 }, { "Sender", 0 },
		{ "Resent-From", 1 }, { "Resent-Sender", 1 },
	};
	size_t i, k, first, end;

	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		first = 0;
		end = h->n;
		if (names[k].resent)
			resent_block(h, &first, &end);
		i = header_find(h, names[k].name, first);
		if (i < end)
			apply_one(h, i, names[k].name, w);
	}
}

int
author_nobody(const struct field *f)
{
	struct addr_list list = ADDR_LIST_INIT;
	size_t n;
	const char *body = field_body(f, &n);

	if (n > AUTHOR_BODY_MAX)
		return 0;
	addr_parse(&list, body, n);
	n = list.n;
	addr_list_free(&list);
	return n == 0;
}
