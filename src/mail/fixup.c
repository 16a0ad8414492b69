#include <string.h>

#include "base/str.h"
#include "mail/addr.h"
#include "mail/date.h"
#include "mail/encoded.h"
#include "mail/fixup.h"
#include "mail/headtext.h"
#include "mail/msgid.h"
#include "mail/once.h"
#include "mail/resent.h"

#define FIELD_ROOM	(16 * 1024)
#define RECEIVED_MAX	100	/* RFC 5321 6.3 */

/* A display name, in a From of which the longer name counts. */
static int
add_name(struct buf *b, const char *name)
{
	size_t n = strlen(name);

	if (headtext_8bit(name, n))
		return encoded_add(b, strlen("Resent-From: "), ENCODED_PHRASE,
		    name, n);
	return addr_phrase(b, name);
}

/* Control characters would end the field, or worse. */
static int
is_clean(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return 0;
	return 1;
}

static int
add_address(struct buf *b, const struct fixup *f)
{
	return f->sender[0] != '\0' ? buf_adds(b, f->sender) :
	    buf_addf(b, "MAILER-DAEMON@%s", f->host);
}

static int
make_from(struct buf *b, const struct fixup *f, struct err *e)
{
	int r = 0, named = f->full_name != NULL && f->full_name[0] != '\0';

	if (named && (!is_clean(f->full_name) ||
	    !str_utf8(f->full_name, strlen(f->full_name))))
		return err_set(e, ERR_DATA, "full name \"%s\": not UTF-8 text "
		    "of one line", str_shown(f->full_name,
		    strlen(f->full_name)));
	if (named)
		r |= add_name(b, f->full_name) | buf_adds(b, " <");
	r |= add_address(b, f);
	if (named)
		r |= buf_addc(b, '>');
	return r == 0 ? 0 : err_set(e, ERR_DATA, "From would be too long");
}

static int
make_date(struct buf *b, const struct fixup *f, struct err *e)
{
	(void)e;
	date_format(b, f->now, f->utc);
	return 0;
}

static int
make_msgid(struct buf *b, const struct fixup *f, struct err *e)
{
	if (msgid_make(b, f->host) == -1)
		return err_set(e, ERR_DATA, "Message-ID would be too long");
	return 0;
}

/* In the order in which each is put in front: the last becomes the first. */
static const struct piece {
	const char	*name, *resent;
	size_t		 when;		/* offset in struct fixup */
	int		(*empty)(const struct field *);
	int		(*make)(struct buf *, const struct fixup *,
			    struct err *);
} pieces[] = {
	{ "Message-ID", "Resent-Message-ID", offsetof(struct fixup, msgid),
	    once_empty, make_msgid },
	{ "From", "Resent-From", offsetof(struct fixup, from), author_nobody,
	    make_from },
	{ "Date", "Resent-Date", offsetof(struct fixup, date), once_empty,
	    make_date },
};

static int
add_piece(struct header *h, size_t at, const struct piece *p,
    const char *name, const struct fixup *f, struct err *e)
{
	struct buf body = BUF_MAX(FIELD_ROOM);
	int r = p->make(&body, f, e);

	if (r == 0)
		header_insert(h, at, name, buf_str(&body));
	buf_free(&body);
	return r;
}

static enum fixup_when
when_at(const struct fixup *f, size_t offset)
{
	return *(const enum fixup_when *)(const void *)
	    ((const char *)f + offset);
}

/* From that is there is for author_apply(), which keeps the name. */
static int
is_made_anew(const struct piece *p, const struct fixup *f)
{
	return when_at(f, p->when) == FIXUP_ON && p->make != make_from;
}

static int
complete(struct header *h, const struct fixup *f, struct err *e)
{
	const struct piece *p = pieces;
	size_t i, n = sizeof(pieces) / sizeof(pieces[0]);

	for (; p < pieces + n; p++) {
		if (when_at(f, p->when) == FIXUP_OFF)
			continue;
		for (i = header_find(h, p->name, 0); i < h->n;
		    i = header_find(h, p->name, i + 1))
			h->field[i].gone = is_made_anew(p, f) ||
			    p->empty(&h->field[i]);
		if (!header_has(h, p->name) &&
		    add_piece(h, 0, p, p->name, f, e) == -1)
			return -1;
	}
	return 0;
}

/* What a block of Resent- fields must have, put at its top. */
static int
complete_resent(struct header *h, const struct fixup *f, struct err *e)
{
	const struct piece *p = pieces;
	size_t i, first, end, n = sizeof(pieces) / sizeof(pieces[0]);

	for (; p < pieces + n; p++) {
		resent_block(h, &first, &end);
		if (first == end || when_at(f, p->when) == FIXUP_OFF)
			continue;
		i = header_find(h, p->resent, first);
		if (i < end && !p->empty(&h->field[i]))
			continue;
		if (i < end)
			h->field[i].gone = 1;
		if (add_piece(h, first, p, p->resent, f, e) == -1)
			return -1;
	}
	return 0;
}

/* Fields of which there is one, but for those that must not be touched. */
static void
unite(struct header *h, const struct fixup *f)
{
	static const struct {
		const char	*name;
		size_t		 when;
		int		(*empty)(const struct field *);
	} firsts[] = {
		{ "From", offsetof(struct fixup, from), author_nobody },
		{ "Sender", offsetof(struct fixup, from), author_nobody },
		{ "Date", offsetof(struct fixup, date), once_empty },
		{ "Message-ID", offsetof(struct fixup, msgid), once_empty },
	};
	static const char *const lists[] = { "To", "Cc", "Reply-To" };
	size_t i;

	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
		if (when_at(f, firsts[i].when) != FIXUP_OFF)
			once_first(h, firsts[i].name, firsts[i].empty);
	once_first(h, "Subject", once_blank);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		once_join(h, lists[i]);
}

/* From and Sender, and their twins. */
static void
agree(struct header *h, const struct fixup *f)
{
	struct buf address = BUF_MAX(FIELD_ROOM);
	struct author w = { .all = f->from == FIXUP_ON, .keep = f->keep };

	if (f->from != FIXUP_OFF && add_address(&address, f) == 0) {
		w.address = buf_str(&address);
		author_apply(h, &w);
	}
	buf_free(&address);
}

static int
check_loop(const struct header *h, struct err *e)
{
	size_t i, n = 0;

	for (i = header_find(h, "Received", 0); i < h->n;
	    i = header_find(h, "Received", i + 1))
		n++;
	if (n <= RECEIVED_MAX)
		return 0;
	return err_set(e, ERR_UNAVAIL, "5.4.6 the message has %zu Received "
	    "fields: it goes in a loop; nothing was sent", n);
}

static void
hide_recipients(struct header *h)
{
	header_remove(h, "To");
	header_remove(h, "Cc");
	header_prepend(h, "To", "undisclosed-recipients:;");
}

int
fixup_apply(struct message *m, const struct fixup *f, struct err *e)
{
	static const char *const never[] = { "Bcc", "Resent-Bcc",
	    "Return-Path", "Content-Length" };
	struct header *h = &m->header;
	size_t i;

	if (check_loop(h, e) == -1)
		return -1;
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		header_remove(h, never[i]);
	if (f->undisclosed)
		hide_recipients(h);
	unite(h, f);
	if (complete(h, f, e) == -1 || complete_resent(h, f, e) == -1)
		return -1;
	agree(h, f);
	return 0;
}

static int
names_recipients(const struct field *f, const char *prefix)
{
	static const char *const names[] = { "To", "Cc", "Bcc" };
	size_t i, n = strlen(prefix);

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_begins(f->text, f->name_len, prefix) &&
		    str_same_n(f->text + n, f->name_len - n, names[i],
		    strlen(names[i])))
			return !f->gone;
	return 0;
}

void
fixup_recipients(const struct message *m, struct addr_list *list)
{
	const struct header *h = &m->header;
	const char *prefix = "", *body;
	size_t i, n, first = 0, end = h->n;

	for (i = 0; i < h->n; i++)
		if (names_recipients(&h->field[i], "Resent-"))
			prefix = "Resent-";
	if (prefix[0] != '\0')
		resent_block(h, &first, &end);
	for (i = first; i < end; i++) {
		if (!names_recipients(&h->field[i], prefix))
			continue;
		body = field_body(&h->field[i], &n);
		addr_parse(list, body, n);
	}
}
