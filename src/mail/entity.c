#include "base/str.h"
#include "mail/entity.h"
#include "mail/headfit.h"
#include "mail/message.h"

#define WHERE_MAX	4096

void
entity_init(struct entity *n, struct parts *w)
{
	*n = (struct entity){ .parts = w, .top = 1, .message = 1,
	    .separated = 1, .start = HOLDERS_TOP, .mime = MIME_INIT };
	mime_read(&n->mime, w->header);
}

void
entity_free(struct entity *n)
{
	header_free(&n->own);
	mime_free(&n->mime);
}

/* ----------------------------------------------------------------- refusal */

void
entity_where(const struct entity *n, size_t depth, struct buf *b)
{
	const struct scan *s = &n->parts->scan;
	size_t i;

	buf_adds(b, depth > 0 ? "part " : "the message");
	for (i = 0; i < depth; i++)
		buf_addf(b, i > 0 ? ".%u" : "%u", s->level[i].part);
	if (n->mime.type.len > 0)
		buf_addf(b, " (%s)",
		    str_shown(n->mime.type.data, n->mime.type.len));
}

int
entity_refuse(const struct entity *n, const struct facts *f, const char *why,
    struct err *e)
{
	struct buf b = BUF_MAX(WHERE_MAX);
	int odd = f->nul_at != 0 || f->longest > MESSAGE_LINE_MAX;

	entity_where(n, n->depth, &b);
	if (f->nul_at != 0)
		buf_addf(&b, " has a NUL in line %llu of the body",
		    (unsigned long long)f->nul_at);
	else if (odd)
		buf_addf(&b, " has %zu octets in line %llu of the body",
		    f->longest, (unsigned long long)f->longest_at);
	else
		buf_addf(&b, " has 8-bit text in line %llu of the body",
		    (unsigned long long)f->wide_at);
	if (!odd || n->binary)
		buf_adds(&b, ", which the server does not take");
	else if (f->nul_at != 0)
		buf_adds(&b, ", which mail cannot carry");
	else
		buf_addf(&b, ", where mail allows %d", MESSAGE_LINE_MAX);
	err_set(e, ERR_DATA, "%s, and %s", buf_str(&b), why);
	buf_free(&b);
	return -1;
}

/* ------------------------------------------------------- what may be done */

/* A type whose body stays as it is. */
static const char *
seal_of(const struct mime *m)
{
	static const struct {
		const char	*type, *why;
	} types[] = {
		{ "multipart/signed", "it is signed (multipart/signed): "
		    "re-encoding would break the signature; encode it before "
		    "signing (quoted-printable or base64)" },
		{ "multipart/encrypted", "what is encrypted is not altered; "
		    "encode it before (base64)" },
		{ "message/partial", "a piece of a message is not encoded; "
		    "encode the message before it is cut (RFC 2046 5.2.2)" },
		{ "message/external-body", "this type is not encoded (RFC "
		    "2046 5.2.3)" },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (mime_is(m, types[i].type))
			return types[i].why;
	return NULL;
}

/* Why the parts of a multipart cannot be told apart, and it cannot be encoded
 * as a whole (RFC 2045 6.4). */
static const char *
lack_of(const struct entity *n)
{
	const struct buf *boundary = &n->mime.boundary;
	size_t i;

	if (boundary->len == 0)
		return "it names no boundary by which its parts could be told "
		    "apart; name one (RFC 2046 5.1.1)";
	if (boundary->len > SCAN_BOUNDARY_MAX)
		return "its boundary is longer than mail allows; choose "
		    "another (RFC 2046 5.1.1)";
	for (i = 0; i < boundary->len; i++)
		if ((unsigned char)boundary->data[i] < ' ' ||
		    (str_8bit(boundary->data[i]) && !n->parts->eightbit))
			return "its boundary is none that mail allows; choose "
			    "another (RFC 2046 5.1.1)";
	if (n->parts->scan.depth == SCAN_DEPTH_MAX)
		return "it is in too many others for its parts to be looked "
		    "at; nest it less deep";
	return NULL;
}

static int
is_identity(enum mime_coding c)
{
	return c != MIME_QP && c != MIME_BASE64 && c != MIME_FOREIGN;
}

static int
is_message(const struct entity *n)
{
	const struct scan *s = &n->parts->scan;
	const struct mime *m = &n->mime;

	if (m->typed ? !mime_is(m, "message/rfc822") &&
	    !mime_is(m, "message/global") :
	    n->message || !s->level[s->depth - 1].digest)
		return 0;
	/* Fields that are added to it must not get into this header. */
	return n->separated && is_identity(m->coding);
}

enum entity_kind
entity_kind(struct entity *n)
{
	const struct scan *s = &n->parts->scan;
	int multipart = mime_is(&n->mime, "multipart/");
	const char *lack = multipart ? lack_of(n) : NULL;

	n->depth = s->depth;
	n->binary = n->mime.coding == MIME_BINARY || (n->within != NULL &&
	    n->parts->level[s->depth - 1].binary);
	n->sealed = n->within != NULL ? n->within : seal_of(&n->mime);
	if (n->sealed == NULL)
		n->sealed = lack;
	if (multipart)
		return lack == NULL ? ENTITY_MULTIPART : ENTITY_LEAF;
	return is_message(n) ? ENTITY_MESSAGE : ENTITY_LEAF;
}

static int
unfit(const struct facts *f, int eightbit)
{
	return f->longest > MESSAGE_LINE_MAX || f->nul_at != 0 ||
	    (f->wide_at != 0 && !eightbit);
}

int
entity_unfit(const struct entity *n, const struct facts *f)
{
	return !(n->binary && n->parts->binary) &&
	    unfit(f, n->parts->eightbit);
}

/* A header is never binary, and without 8-bit text as the message's is; but
 * what is signed, or is of an enclosed message, stays while it can. */
static int
header_unfit(const struct entity *n)
{
	return unfit(&n->facts, n->enclosed || n->within != NULL ?
	    n->parts->eightbit : n->parts->utf8);
}

/* That of what holds parts is for all in it (RFC 2045 6.4), and so must be one
 * that the server takes. */
const char *
entity_relabel(const struct entity *n, int holds, int wide)
{
	const struct parts *w = n->parts;

	switch (n->mime.coding) {
	case MIME_8BIT:
		return holds && !w->eightbit ? "7bit" : NULL;
	case MIME_BINARY:
		if (w->binary)
			return NULL;
		return wide && w->eightbit ? "8bit" : "7bit";
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

/* ----------------------------------------------------------------- headers */

int
entity_read(struct entity *n, struct scan_stop *stop, struct err *e)
{
	struct parts *w = n->parts;
	struct scan *s = &w->scan;
	int r;

	header_free(&n->own);
	n->top = 0;
	n->start = scan_at(s);
	r = scan_header(s, &n->own, &n->facts, stop, e);
	if (r == -1)
		return -1;
	if (n->facts.nul_at != 0)	/* as headfit.c has it */
		header_blank(&n->own);
	if (n->facts.wide_at != 0 && !n->enclosed && n->within == NULL)
		w->raw = 1;
	n->separated = r == 0;
	n->ended = r == 2;
	n->body = n->ended ? stop->at : scan_at(s);
	mime_read(&n->mime, &n->own);
	return 0;
}

static void
edit(struct entity *n, const struct entity_change *to)
{
	struct header *h = &n->own;

	if (to->charset != NULL)
		mime_set_charset(h, to->charset);
	if (to->coding != NULL)
		mime_set_encoding(h, to->coding);
	if (to->coding != NULL && n->message && !header_has(h,
	    "MIME-Version"))
		header_insert(h, h->n, "MIME-Version", "1.0");
}

static int
write_fields(struct draft *d, const struct header *h, struct err *e)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone && draft_add(d, h->field[i].text,
		    h->field[i].len, e) == -1)
			return -1;
	return 0;
}

int
entity_write(struct entity *n, const struct entity_change *to, struct err *e)
{
	struct parts *w = n->parts;
	const struct headfit fit = { .utf8 = w->utf8, .nested = 1 };
	/* What begins the body could be taken for a fold, or a field. */
	int apart = n->separated || to->rewritten || n->own.n == 0;

	if (n->top) {
		w->coding = to->coding;
		return 0;
	}
	if (n->within != NULL)
		return header_unfit(n) ?
		    entity_refuse(n, &n->facts, n->within, e) : 0;
	if (to->coding == NULL && to->charset == NULL &&
	    (n->separated || !to->rewritten) && !header_unfit(n))
		return 0;
	if (draft_keep_to(&w->draft, n->start, e) == -1 ||
	    (header_unfit(n) && headfit_apply(&n->own, &fit, e) == -1))
		return -1;
	edit(n, to);
	draft_skip_to(&w->draft, n->body);
	if (write_fields(&w->draft, &n->own, e) == -1)
		return -1;
	return apart ? draft_add(&w->draft, "\r\n", 2, e) : 0;
}
