#include <assert.h>

#include "base/str.h"
#include "mail/charset.h"
#include "mail/entity.h"
#include "mail/gap.h"
#include "mail/leaf.h"
#include "mail/message.h"
#include "mail/parts.h"

#define WHERE_MAX	4096

void
parts_init(struct parts *w, const struct header *h, struct spill *body)
{
	*w = (struct parts){ .header = h };
	scan_init(&w->scan, body);
	draft_init(&w->draft, body);
}

void
parts_free(struct parts *w)
{
	scan_free(&w->scan);
	draft_free(&w->draft);
}

/* Something goes as it is that only BINARYMIME has. */
static void
note_binary(struct parts *w, const struct facts *f)
{
	if (f->longest > MESSAGE_LINE_MAX || f->nul_at != 0)
		holders_mark(w->holders);
}

/* ------------------------------------------------------------------ leaves */

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

/* Is it text, but for what is or may be that of somebody else: signed, in an
 * enclosed message, or one in a digest that cannot be read as such? */
static int
may_declare(const struct entity *n)
{
	const struct scan *s = &n->parts->scan;

	return !n->top && !n->enclosed && n->within == NULL &&
	    mime_lacks_charset(&n->mime) &&
	    (n->mime.typed || !s->level[n->depth - 1].digest);
}

/* The charset of text that tells none, as recode_declare() has it for that of
 * the message. */
static int
find_charset(const struct entity *n, const struct facts *f,
    const struct scan_stop *stop, struct entity_change *to, struct err *e)
{
	struct parts *w = n->parts;

	if (!w->declare || f->wide_at == 0 || !may_declare(n))
		return 0;
	to->charset = charset_of_part(w->scan.body, n->body, stop->at, e);
	if (to->charset == NULL)
		return -1;
	if (n->mime.coding == MIME_UNSAID)
		to->coding = "8bit";
	return 0;
}

static int
refuse_foreign(const struct entity *n, const struct facts *f, struct err *e)
{
	struct buf b = BUF_MAX(WHERE_MAX);

	buf_addf(&b, "its encoding %s is none that can be changed; send it "
	    "in base64", str_shown(buf_str(&n->mime.encoding),
	    n->mime.encoding.len));
	entity_refuse(n, f, buf_str(&b), e);
	buf_free(&b);
	return -1;
}

static int
encode_leaf(struct entity *n, const struct facts *f,
    const struct scan_stop *stop, struct entity_change *to, struct err *e)
{
	struct parts *w = n->parts;
	struct leaf l = leaf_of(n, stop);
	enum mime_coding coding = n->mime.coding;

	if (n->sealed != NULL)
		return entity_refuse(n, f, n->sealed, e);
	if (coding == MIME_FOREIGN)
		return refuse_foreign(n, f, e);
	l.coded = coding == MIME_QP || coding == MIME_BASE64;
	if (!l.coded) {
		coding = MIME_BASE64;
		if (f->nul_at == 0 && leaf_choose(&l, &coding, e) == -1)
			return -1;
		to->coding = coding == MIME_QP ? "quoted-printable" :
		    "base64";
	}
	to->rewritten = 1;
	if (entity_write(n, to, e) == -1 ||
	    draft_keep_to(&w->draft, l.from, e) == -1)
		return -1;
	w->encoded = n->top && to->coding != NULL;
	draft_skip_to(&w->draft, l.to);
	return leaf_write(&l, coding, &w->draft, e);
}

static int
end_leaf(struct entity *n, const struct facts *f,
    const struct scan_stop *stop, struct err *e)
{
	struct entity_change to = { .coding = NULL };

	if (find_charset(n, f, stop, &to, e) == -1)
		return -1;
	if (entity_unfit(n, f))
		return encode_leaf(n, f, stop, &to, e);
	note_binary(n->parts, f);
	if (to.coding == NULL)
		to.coding = entity_relabel(n, 0, f->wide_at != 0);
	return entity_write(n, &to, e);
}

static int
take_leaf(struct entity *n, struct scan_stop *stop, struct err *e)
{
	struct facts f;

	return scan_stretch(&n->parts->scan, &f, stop, e) == -1 ? -1 :
	    end_leaf(n, &f, stop, e);
}

/* ------------------------------------------------------ what holds others */

/* The header of a multipart, or before the one of an enclosed message. */
static int
write_holder(struct entity *n, struct err *e)
{
	struct parts *w = n->parts;
	struct entity_change to = { .coding = entity_relabel(n, 1, 1) };

	if (w->label && holders_take(w->holders, n->start))
		to.coding = "binary";
	else if (!w->label && w->binary && n->within == NULL &&
	    n->mime.coding != MIME_BINARY)
		holders_enter(w->holders, n->start, n->depth);
	return entity_write(n, &to, e);
}

/* A preamble or an epilogue of a multipart of which this is known. */
static int
take_gap(const struct entity *n, const struct parts_level *of,
    const struct facts *f, const struct gap *g, struct err *e)
{
	struct parts *w = n->parts;

	if (!entity_unfit(n, f)) {
		note_binary(w, f);
		return 0;
	}
	if (of->sealed != NULL)
		return entity_refuse(n, f, of->sealed, e);
	if (draft_keep_to(&w->draft, g->from, e) == -1)
		return -1;
	draft_skip_to(&w->draft, g->to);
	return gap_write(g, &w->draft, e);
}

static struct gap
gap_of(const struct parts *w, off_t from, off_t to)
{
	return (struct gap){ .body = w->scan.body, .from = from, .to = to,
	    .eightbit = w->eightbit };
}

static int
take_multipart(struct entity *n, struct scan_stop *stop, struct err *e)
{
	struct parts *w = n->parts;
	struct scan *s = &w->scan;
	struct parts_level *level = &w->level[s->depth];
	struct gap g;
	struct facts f;
	int open;

	*level = (struct parts_level){ .sealed = n->sealed,
	    .binary = n->binary, .enclosed = n->enclosed };
	open = scan_open(s, &n->mime.boundary, mime_is(&n->mime,
	    "multipart/digest"));
	assert(open == 0);		/* else it is a leaf */
	if (scan_stretch(s, &f, stop, e) == -1)
		return -1;
	if (stop->level != s->depth) {		/* it has no parts */
		scan_close(s, s->depth);
		return end_leaf(n, &f, stop, e);
	}
	g = gap_of(w, n->body, stop->at);
	return write_holder(n, e) == -1 ? -1 : take_gap(n, level, &f, &g, e);
}

/* A signature over a CR that is a space now is broken, and nothing mends it. */
static void
note_signed(struct entity *n)
{
	struct parts *w = n->parts;

	if (w->is_signed || !mime_is(&n->mime, "multipart/signed") ||
	    w->cr_last <= w->scan.lines)
		return;
	w->is_signed = 1;
	w->signed_depth = n->depth;
}

static int
check_signed(struct entity *n, const struct scan_stop *stop, struct err *e)
{
	struct parts *w = n->parts;
	struct buf b = BUF_MAX(WHERE_MAX);

	if (!w->is_signed || stop->level > w->signed_depth)
		return 0;
	w->is_signed = 0;
	if (w->cr_first > w->scan.lines)
		return 0;
	entity_where(n, w->signed_depth, &b);
	err_set(e, ERR_DATA, "%s is signed (multipart/signed) and has a CR "
	    "that ends no line; mail cannot carry one, and without it the "
	    "signature is broken: encode it before signing", buf_str(&b));
	buf_free(&b);
	return -1;
}

/* Up to the next delimiter; a header has been read. */
static int
take_entity(struct entity *n, struct scan_stop *stop, struct err *e)
{
	struct entity_change to = { .coding = NULL };
	enum entity_kind kind = entity_kind(n);

	while (!n->ended && kind == ENTITY_MESSAGE) {
		if (write_holder(n, e) == -1)
			return -1;
		n->message = n->enclosed = 1;
		if (entity_read(n, stop, e) == -1)
			return -1;
		kind = entity_kind(n);
	}
	if (n->ended) {
		to.coding = entity_relabel(n, kind != ENTITY_LEAF, 0);
		return entity_write(n, &to, e);
	}
	note_signed(n);
	return kind == ENTITY_MULTIPART ? take_multipart(n, stop, e) :
	    take_leaf(n, stop, e);
}

/* -------------------------------------------------------------- delimiters */

/* White space behind a delimiter may be any amount, and is nothing. */
static int
trim_delimiter(struct entity *n, const struct scan_stop *stop, struct err *e)
{
	struct parts *w = n->parts;
	const struct parts_level *of = &w->level[stop->level - 1];
	struct facts f = { .longest = (size_t)(stop->after - stop->at - 2),
	    .longest_at = w->scan.lines };

	if (f.longest <= MESSAGE_LINE_MAX)
		return 0;
	n->binary = of->binary;
	if (of->sealed != NULL && !entity_unfit(n, &f)) {
		note_binary(w, &f);
		return 0;
	}
	if (of->sealed != NULL)
		return entity_refuse(n, &f, of->sealed, e);
	if (draft_keep_to(&w->draft, stop->at + (off_t)stop->len, e) == -1)
		return -1;
	draft_skip_to(&w->draft, stop->after - 2);
	return 0;
}

/* The epilogue behind a closing delimiter. */
static int
take_epilogue(struct entity *n, struct scan_stop *stop, struct err *e)
{
	struct parts *w = n->parts;
	const struct parts_level *of = &w->level[stop->level - 1];
	off_t from = scan_at(&w->scan);
	struct facts f;
	struct gap g;

	scan_close(&w->scan, stop->level);
	if (scan_stretch(&w->scan, &f, stop, e) == -1)
		return -1;
	g = gap_of(w, from, stop->at);
	n->binary = of->binary;
	return take_gap(n, of, &f, &g, e);
}

/* What a delimiter ends, and the epilogues behind.  Returns 1 when a part
 * begins, 0 at the end of the body, or -1 with *e set. */
static int
next_part(struct entity *n, struct scan_stop *stop, struct err *e)
{
	struct parts *w = n->parts;
	struct scan *s = &w->scan;

	mime_free(&n->mime);			/* it has ended */
	while (stop->level > 0) {
		n->depth = stop->level - 1;
		holders_leave(w->holders, stop->level);
		if (check_signed(n, stop, e) == -1 ||
		    trim_delimiter(n, stop, e) == -1)
			return -1;
		scan_close(s, stop->level + 1);
		if (!stop->closes) {
			s->level[stop->level - 1].part++;
			return 1;
		}
		if (take_epilogue(n, stop, e) == -1)
			return -1;
	}
	return check_signed(n, stop, e);
}

/* The header of a part, and what is known of that by where it is. */
static int
read_part(struct entity *n, struct scan_stop *stop, struct err *e)
{
	const struct parts *w = n->parts;
	const struct parts_level *in = &w->level[stop->level - 1];

	n->message = 0;
	n->within = in->sealed;
	n->enclosed = in->enclosed;
	return entity_read(n, stop, e);
}

int
parts_walk(struct parts *w, struct err *e)
{
	struct scan_stop stop = { .level = 0 };
	struct entity n;
	int r;

	entity_init(&n, w);
	r = take_entity(&n, &stop, e);
	while (r == 0 && (r = next_part(&n, &stop, e)) == 1) {
		r = read_part(&n, &stop, e);
		if (r == 0)
			r = take_entity(&n, &stop, e);
	}
	entity_free(&n);
	w->same = draft_untouched(&w->draft);
	return r != 0 || w->same ? r : draft_keep_to(&w->draft, stop.after, e);
}
