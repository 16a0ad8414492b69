#include <string.h>

#include "base/str.h"
#include "mail/addr.h"
#include "mail/date.h"
#include "mail/encoded.h"
#include "mail/fixup.h"
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

	if (str_has_8bit_n(name, n))
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
	int		(*make)(struct buf *, const struct fixup *,
			    struct err *);
} pieces[] = {
	{ "Message-ID", "Resent-Message-ID", offsetof(struct fixup, msgid),
	    make_msgid },
	{ "From", "Resent-From", offsetof(struct fixup, from), make_from },
	{ "Date", "Resent-Date", offsetof(struct fixup, date), make_date },
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

static int
complete(struct header *h, const struct fixup *f, struct err *e)
{
	const struct piece *p = pieces;
	size_t n = sizeof(pieces) / sizeof(pieces[0]);

	for (; p < pieces + n; p++) {
		/* A From that is there keeps its name: see agree(). */
		if (when_at(f, p->when) == FIXUP_ON && p->make != make_from)
			header_remove(h, p->name);
		if (when_at(f, p->when) != FIXUP_OFF &&
		    !header_has(h, p->name) &&
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
	size_t first, end, n = sizeof(pieces) / sizeof(pieces[0]);

	for (; p < pieces + n; p++) {
		resent_block(h, &first, &end);
		if (first == end || when_at(f, p->when) == FIXUP_OFF ||
		    header_find(h, p->resent, first) < end)
			continue;
		if (add_piece(h, first, p, p->resent, f, e) == -1)
			return -1;
	}
	return 0;
}

/* Empty ones are missing; but what is off must not be touched. */
static void
drop_empty(struct header *h, const struct fixup *f)
{
	static const struct {
		const char	*name;
		size_t		 when;
		int		(*empty)(const struct field *);
	} rows[] = {
		{ "From", offsetof(struct fixup, from), author_nobody },
		{ "Sender", offsetof(struct fixup, from), author_nobody },
		{ "Date", offsetof(struct fixup, date), once_empty },
		{ "Message-ID", offsetof(struct fixup, msgid), once_empty },
		{ "Resent-From", offsetof(struct fixup, from), author_nobody },
		{ "Resent-Sender", offsetof(struct fixup, from),
		    author_nobody },
		{ "Resent-Date", offsetof(struct fixup, date), once_empty },
		{ "Resent-Message-ID", offsetof(struct fixup, msgid),
		    once_empty },
	};
	size_t i, k;

	for (k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		if (when_at(f, rows[k].when) == FIXUP_OFF)
			continue;
		for (i = header_find(h, rows[k].name, 0); i < h->n;
		    i = header_find(h, rows[k].name, i + 1))
			h->field[i].gone = rows[k].empty(&h->field[i]);
	}
}

/* Fields of which there is one. */
static void
unite(struct header *h, const struct fixup *f)
{
	static const char *const lists[] = { "To", "Cc", "Reply-To" };
	size_t i;

	if (f->from != FIXUP_OFF) {
		once_first(h, "From");
		once_first(h, "Sender");
	}
	if (f->date != FIXUP_OFF)
		once_first(h, "Date");
	if (f->msgid != FIXUP_OFF)
		once_first(h, "Message-ID");
	once_first(h, "Subject");
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		once_join(h, lists[i]);
}

/* From and Sender, and their twins. */
static void
agree(struct header *h, const struct fixup *f)
{
	struct buf address = BUF_MAX(FIELD_ROOM);
	struct author w = { .all = f->from == FIXUP_ON, .keep = f->keep,
	    .machine = f->machine };

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
	static const char nobody[] = "undisclosed-recipients:;";
	size_t i = header_find(h, "To", 0);

	header_remove(h, "To");
	header_remove(h, "Cc");
	header_remove(h, "Resent-To");
	header_remove(h, "Resent-Cc");
	if (i < h->n)
		header_set(h, i, "To", nobody);
	else
		header_prepend(h, "To", nobody);
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
	drop_empty(h, f);
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
