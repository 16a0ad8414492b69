#include <string.h>

#include "base/str.h"
#include "mail/addr.h"
#include "mail/date.h"
#include "mail/encoded.h"
#include "mail/fixup.h"
#include "mail/headtext.h"
#include "mail/msgid.h"

#define FIELD_ROOM	(16 * 1024)

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
	if (f->sender[0] != '\0')
		r |= buf_adds(b, f->sender);
	else
		r |= buf_addf(b, "MAILER-DAEMON@%s", f->host);
	if (named)
		r |= buf_addc(b, '>');
	return r == 0 ? 0 : err_set(e, ERR_DATA, "From would be too long");
}

static int
make_date(struct buf *b, const struct fixup *f, struct err *e)
{
	(void)e;
	date_format(b, f->now, 0);
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

static int
is_resent(const struct field *f)
{
	return !f->gone && f->name_len > 7 &&
	    str_begins(f->text, f->name_len, "Resent-");
}

/* The fields of RFC 5322 3.6.6, a bit each; 0 for what only looks like one. */
static unsigned
resent_bit(const struct field *f)
{
	static const char *const names[] = { "Resent-Date", "Resent-From",
	    "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc",
	    "Resent-Message-ID", "Resent-Reply-To" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (field_is(f, names[i]))
			return 1U << i;
	return 0;
}

/*
 * The topmost block of Resent- fields, [first, end).  Another field ends it,
 * and so does a name that comes again: it is that of an older resending.
 */
static void
resent_block(const struct header *h, size_t *first, size_t *end)
{
	unsigned seen = 0, bit;
	size_t i;

	for (i = 0; i < h->n && !is_resent(&h->field[i]); i++)
		;
	*first = i;
	for (; i < h->n && is_resent(&h->field[i]); i++) {
		bit = resent_bit(&h->field[i]);
		if (seen & bit)
			break;
		seen |= bit;
	}
	*end = i;
}

static enum fixup_when
when_of(const struct piece *p, const struct fixup *f)
{
	return *(const enum fixup_when *)(const void *)
	    ((const char *)f + p->when);
}

static int
complete(struct header *h, const struct fixup *f, struct err *e)
{
	enum fixup_when when;
	size_t i;

	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		when = when_of(&pieces[i], f);
		if (when == FIXUP_ON)
			header_remove(h, pieces[i].name);
		if (when != FIXUP_OFF && !header_has(h, pieces[i].name) &&
		    add_piece(h, 0, &pieces[i], pieces[i].name, f, e) == -1)
			return -1;
	}
	return 0;
}

/* What a block of Resent- fields must have, put at its top. */
static int
complete_resent(struct header *h, const struct fixup *f, struct err *e)
{
	size_t i, k, first, end;

	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		resent_block(h, &first, &end);
		for (k = first; k < end; k++)
			if (field_is(&h->field[k], pieces[i].resent))
				break;
		if (first == end || k < end ||
		    when_of(&pieces[i], f) == FIXUP_OFF)
			continue;
		if (add_piece(h, first, &pieces[i], pieces[i].resent, f,
		    e) == -1)
			return -1;
	}
	return 0;
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
	struct header *h = &m->header;

	if (f->undisclosed)
		hide_recipients(h);
	if (complete(h, f, e) == -1 || complete_resent(h, f, e) == -1)
		return -1;
	header_remove(h, "Bcc");
	header_remove(h, "Resent-Bcc");
	header_remove(h, "Return-Path");
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
