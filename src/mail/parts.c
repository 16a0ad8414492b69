#include <string.h>

#include "base/str.h"
#include "mail/gap.h"
#include "mail/headfit.h"
#include "mail/leaf.h"
#include "mail/message.h"
#include "mail/mime.h"
#include "mail/parts.h"

#define WHERE_MAX	4096

enum kind {
	KIND_LEAF,
	KIND_MESSAGE,		/* a message in a message */
	KIND_MULTIPART,
	KIND_SEALED		/* not to be altered */
};

/* A header and the body that it is about: the message, or a part. */
struct entity {
	struct parts	*parts;
	struct header	 own;		/* of a part */
	struct facts	 facts;		/* of that */
	int		 top;		/* it is the message's own header */
	int		 message;	/* it is one of a message */
	int		 separated;	/* an empty line ends it */
	int		 ended;		/* there is no body */
	off_t		 start, body;
	struct mime	 mime;
	const char	*sealed;	/* why it must not be altered */
};

void
parts_init(struct parts *w, const struct header *h, struct spill *body)
{
	*w = (struct parts){ .header = h };
	scan_init(&w->scan, body);
	draft_init(&w->draft);
}

void
parts_free(struct parts *w)
{
	scan_free(&w->scan);
	draft_free(&w->draft);
}

static int
unfit(const struct parts *w, const struct facts *f)
{
	return f->longest > MESSAGE_LINE_MAX || f->nul_at != 0 ||
	    (f->wide_at != 0 && !w->eightbit);
}

/* What lies before at, and is not yet dealt with, goes as it is. */
static int
keep_to(struct parts *w, off_t at, struct err *e)
{
	off_t from = w->done;

	w->done = at;
	return draft_copy(&w->draft, w->scan.body, from, at, e);
}

/* "part 2.1 (text/plain)" */
static void
add_where(struct buf *b, const struct entity *n)
{
	const struct scan *s = &n->parts->scan;
	size_t i;

	buf_adds(b, s->depth > 0 ? "part " : "the message");
	for (i = 0; i < s->depth; i++)
		buf_addf(b, i > 0 ? ".%u" : "%u", s->level[i].part);
	if (n->mime.type.len > 0)
		buf_addf(b, " (%s)",
		    str_shown(n->mime.type.data, n->mime.type.len));
}

static int
refuse(const struct entity *n, const struct facts *f, const char *why,
    struct err *e)
{
	struct buf b = BUF_MAX(WHERE_MAX);

	add_where(&b, n);
	if (f->nul_at != 0)
		buf_addf(&b, " has a NUL in line %llu of the body, which mail "
		    "cannot carry", (unsigned long long)f->nul_at);
	else if (f->longest > MESSAGE_LINE_MAX)
		buf_addf(&b, " has %zu octets in line %llu of the body, where "
		    "mail allows %d", f->longest,
		    (unsigned long long)f->longest_at, MESSAGE_LINE_MAX);
	else
		buf_addf(&b, " has 8-bit text in line %llu of the body, which "
		    "the server does not take",
		    (unsigned long long)f->wide_at);
	err_set(e, ERR_DATA, "%s, and %s", buf_str(&b), why);
	buf_free(&b);
	return -1;
}

static int
refuse_foreign(const struct entity *n, const struct facts *f, struct err *e)
{
	struct buf b = BUF_MAX(WHERE_MAX);

	buf_addf(&b, "its encoding %s is none that can be changed; send it "
	    "in base64", str_shown(buf_str(&n->mime.encoding),
	    n->mime.encoding.len));
	refuse(n, f, buf_str(&b), e);
	buf_free(&b);
	return -1;
}

/* ---------------------------------------------------------------- headers */

static const char *
seal_of(const struct entity *n)
{
	const struct buf *boundary = &n->mime.boundary;
	size_t i;

	if (mime_is(&n->mime, "multipart/signed"))
		return "re-encoding would break the signature; encode it "
		    "before signing (quoted-printable or base64)";
	if (mime_is(&n->mime, "multipart/encrypted"))
		return "what is encrypted is not altered; encode it before "
		    "(base64)";
	if (!mime_is(&n->mime, "multipart/"))
		return NULL;
	for (i = 0; i < boundary->len; i++)
		if ((unsigned char)boundary->data[i] < ' ' ||
		    (str_8bit(boundary->data[i]) && !n->parts->eightbit))
			return "its boundary is none that mail allows; choose "
			    "another (RFC 2046 5.1.1)";
	return NULL;
}

static int
is_identity(enum mime_coding c)
{
	return c != MIME_QP && c != MIME_BASE64 && c != MIME_FOREIGN;
}

static enum kind
kind_of(struct entity *n)
{
	const struct scan *s = &n->parts->scan;
	const struct mime *m = &n->mime;
	int digest = !n->message && s->level[s->depth - 1].digest;

	n->sealed = seal_of(n);
	if (n->sealed != NULL)
		return KIND_SEALED;
	if (mime_is(m, "multipart/"))
		return m->boundary.len > 0 ? KIND_MULTIPART : KIND_LEAF;
	if (!(m->typed ? mime_is(m, "message/rfc822") ||
	    mime_is(m, "message/global") : digest))
		return KIND_LEAF;
	/* Fields that are added to it must not get into this header. */
	return n->separated && is_identity(m->coding) ? KIND_MESSAGE :
	    KIND_LEAF;
}

/* The right name of an encoding that changes nothing; NULL to leave it.  That
 * of what holds parts is for all in it (RFC 2045 6.4), and so must be one that
 * the server takes. */
static const char *
relabel(const struct entity *n, int holds, int wide)
{
	switch (n->mime.coding) {
	case MIME_8BIT:
		return holds && !n->parts->eightbit ? "7bit" : NULL;
	case MIME_BINARY:
		return wide && n->parts->eightbit ? "8bit" : "7bit";
	case MIME_UNSAID:
	case MIME_7BIT:
	case MIME_QP:
	case MIME_BASE64:
	case MIME_UNKNOWN:
	case MIME_FOREIGN:
		break;
	}
	return NULL;
}

static int
write_fields(struct parts *w, const struct header *h, struct err *e)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone && draft_add(&w->draft,
		    h->field[i].text, h->field[i].len, e) == -1)
			return -1;
	return 0;
}

/*
 * The header with this label, unless NULL; a body that is rewritten must not
 * be taken for a field.
 */
static int
write_header(struct entity *n, const char *label, int rewritten,
    struct err *e)
{
	const struct headfit fit = { .utf8 = n->parts->utf8, .nested = 1 };
	struct parts *w = n->parts;
	struct facts f = n->facts;

	if (n->top) {
		w->label = label;
		return 0;
	}
	if (w->utf8)
		f.wide_at = 0;
	rewritten = rewritten && !n->separated;
	if (label == NULL && !rewritten && !unfit(w, &f))
		return 0;
	if (keep_to(w, n->start, e) == -1 ||
	    (unfit(w, &f) && headfit_apply(&n->own, &fit, e) == -1))
		return -1;
	if (label != NULL)
		mime_set_encoding(&n->own, label);
	if (label != NULL && n->message && !header_has(&n->own,
	    "MIME-Version"))
		header_insert(&n->own, n->own.n, "MIME-Version", "1.0");
	w->done = n->body;
	if (write_fields(w, &n->own, e) == -1)
		return -1;
	return n->separated || rewritten ?
	    draft_add(&w->draft, "\r\n", 2, e) : 0;
}

static void
entity_free(struct entity *n)
{
	header_free(&n->own);
	mime_free(&n->mime);
}

/* The next header, of a part or of a message in a part. */
static int
read_header(struct entity *n, struct scan_stop *stop, struct err *e)
{
	struct scan *s = &n->parts->scan;
	int r;

	header_free(&n->own);
	n->top = 0;
	n->start = scan_at(s);
	r = scan_header(s, &n->own, &n->facts, stop, e);
	if (r == -1)
		return -1;
	n->separated = r == 0;
	n->ended = r == 2;
	n->body = n->ended ? stop->at : scan_at(s);
	mime_read(&n->mime, &n->own);
	return 0;
}

/* ----------------------------------------------------------------- bodies */

/* A preamble or an epilogue. */
static int
take_gap(struct parts *w, off_t from, off_t to, struct err *e)
{
	struct gap g = { .body = w->scan.body, .from = from, .to = to,
	    .eightbit = w->eightbit };

	if (keep_to(w, from, e) == -1)
		return -1;
	w->done = to;
	return gap_write(&g, &w->draft, e);
}

/* The line end before a delimiter belongs to that. */
static struct leaf
leaf_of(const struct entity *n, const struct scan_stop *stop)
{
	struct leaf l = { .body = n->parts->scan.body,
	    .stop = n->parts->scan.stop, .from = n->body,
	    .to = stop->at, .ends = stop->level == 0 };

	/* A multipart without parts is a leaf, and must not get any. */
	l.part = n->parts->scan.depth > 0 || mime_is(&n->mime, "multipart/");
	if (!l.ends && l.to > l.from)
		l.to -= 2;
	return l;
}

static int
encode_leaf(struct entity *n, const struct facts *f,
    const struct scan_stop *stop, struct err *e)
{
	struct leaf l = leaf_of(n, stop);
	enum mime_coding coding = n->mime.coding;
	const char *label = NULL;

	if (coding == MIME_FOREIGN)
		return refuse_foreign(n, f, e);
	l.coded = !is_identity(coding);
	if (!l.coded) {
		coding = MIME_BASE64;
		if (f->nul_at == 0 && leaf_choose(&l, &coding, e) == -1)
			return -1;
		label = coding == MIME_QP ? "quoted-printable" : "base64";
	}
	if (write_header(n, label, 1, e) == -1 ||
	    keep_to(n->parts, l.from, e) == -1)
		return -1;
	n->parts->encoded = n->top && label != NULL;
	n->parts->done = l.to;
	return leaf_write(&l, coding, &n->parts->draft, e);
}

static int
end_leaf(struct entity *n, const struct facts *f,
    const struct scan_stop *stop, struct err *e)
{
	if (unfit(n->parts, f))
		return encode_leaf(n, f, stop, e);
	return write_header(n, relabel(n, 0, f->wide_at != 0), 0, e);
}

static int
take_multipart(struct entity *n, struct scan_stop *stop, struct err *e)
{
	struct scan *s = &n->parts->scan;
	struct facts f;
	size_t level = s->depth + 1;
	int open = scan_open(s, &n->mime.boundary,
	    mime_is(&n->mime, "multipart/digest")) == 0;

	if (scan_stretch(s, &f, stop, e) == -1)
		return -1;
	if (!open || stop->level != level) {	/* it has no parts */
		scan_close(s, level);
		return end_leaf(n, &f, stop, e);
	}
	if (write_header(n, relabel(n, 1, 1), 0, e) == -1)
		return -1;
	return unfit(n->parts, &f) ?
	    take_gap(n->parts, n->body, stop->at, e) : 0;
}

static int
take_stretch(struct entity *n, enum kind kind, struct scan_stop *stop,
    struct err *e)
{
	struct facts f;

	if (scan_stretch(&n->parts->scan, &f, stop, e) == -1)
		return -1;
	if (kind == KIND_LEAF)
		return end_leaf(n, &f, stop, e);
	if (unfit(n->parts, &f))
		return refuse(n, &f, n->sealed, e);
	return write_header(n, relabel(n, 1, 1), 0, e);
}

/* Up to the next delimiter; a header has been read. */
static int
take_entity(struct entity *n, struct scan_stop *stop, struct err *e)
{
	enum kind kind = kind_of(n);

	while (!n->ended && kind == KIND_MESSAGE) {
		if (write_header(n, relabel(n, 1, 1), 0, e) == -1)
			return -1;
		n->message = 1;
		if (read_header(n, stop, e) == -1)
			return -1;
		kind = kind_of(n);
	}
	if (n->ended)
		return write_header(n, relabel(n, kind != KIND_LEAF, 0), 0, e);
	if (kind == KIND_MULTIPART)
		return take_multipart(n, stop, e);
	return take_stretch(n, kind, stop, e);
}

/* White space behind a delimiter may be any amount, and is nothing. */
static int
trim_delimiter(struct parts *w, const struct scan_stop *stop, struct err *e)
{
	if (stop->after - stop->at - 2 <= MESSAGE_LINE_MAX)
		return 0;
	if (keep_to(w, stop->at + (off_t)stop->len, e) == -1)
		return -1;
	w->done = stop->after - 2;
	return 0;
}

/* What a delimiter ends, and the epilogues behind.  Returns 1 when a part
 * begins, 0 at the end of the body, or -1 with *e set. */
static int
next_part(struct parts *w, struct scan_stop *stop, struct err *e)
{
	struct scan *s = &w->scan;
	struct facts f;
	off_t from;

	while (stop->level > 0) {
		if (trim_delimiter(w, stop, e) == -1)
			return -1;
		scan_close(s, stop->level + 1);
		if (!stop->closes) {
			s->level[stop->level - 1].part++;
			return 1;
		}
		scan_close(s, stop->level);
		from = scan_at(s);
		if (scan_stretch(s, &f, stop, e) == -1 ||
		    (unfit(w, &f) && take_gap(w, from, stop->at, e) == -1))
			return -1;
	}
	return 0;
}

int
parts_walk(struct parts *w, struct err *e)
{
	struct entity n = { .parts = w, .top = 1, .message = 1,
	    .separated = 1, .mime = MIME_INIT };
	struct scan_stop stop = { .level = 0 };
	int r;

	mime_read(&n.mime, w->header);
	r = take_entity(&n, &stop, e);
	while (r == 0 && (r = next_part(w, &stop, e)) == 1) {
		n.message = 0;
		r = read_header(&n, &stop, e);
		if (r == 0)
			r = take_entity(&n, &stop, e);
	}
	entity_free(&n);
	return r == 0 ? keep_to(w, stop.after, e) : -1;
}
