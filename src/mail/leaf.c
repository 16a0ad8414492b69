#include "mail/b64.h"
#include "mail/leaf.h"
#include "mail/qp.h"

#define BLOCK	(64 * 1024)

struct coder {
	enum mime_coding coding;
	struct qp	 qp;
	struct b64	 b64;
	struct draft	*draft;		/* NULL: it is only measured */
	uint64_t	 length;	/* of what was encoded */
	uint64_t	 enough;	/* stop when it is longer */
	struct buf	 in, out;
};

static void
coder_init(struct coder *c, enum mime_coding coding, const struct leaf *l)
{
	*c = (struct coder){ .coding = coding, .enough = UINT64_MAX,
	    .qp = { .part = l->part, .coded = l->coded },
	    .b64 = { .coded = l->coded },
	    .in = BUF_MAX(BLOCK), .out = BUF_MAX(QP_ROOM(BLOCK) + 3) };
}

static void
coder_free(struct coder *c)
{
	buf_free(&c->in);
	buf_free(&c->out);
}

/* Encode what is in c->in, as far as that can be. */
static int
encode(struct coder *c, int last, int ends, struct err *e)
{
	const char *s = buf_str(&c->in);
	size_t used;

	buf_clear(&c->out);
	if (c->coding == MIME_QP)
		used = qp_encode(&c->qp, s, c->in.len, last, &c->out);
	else
		used = b64_encode(&c->b64, s, c->in.len, last, &c->out);
	if (last && ends && c->coding == MIME_QP)
		qp_end(&c->qp, &c->out);
	else if (last && ends)
		b64_end(&c->b64, &c->out);
	buf_eat(&c->in, used);
	c->length += c->out.len;
	return c->draft == NULL ? 0 :
	    draft_add(c->draft, buf_str(&c->out), c->out.len, e);
}

static int
run(struct coder *c, const struct leaf *l, struct err *e)
{
	off_t at = l->from;
	size_t room;
	ssize_t n;

	do {
		if (l->stop != NULL && *l->stop)
			return err_set(e, ERR_TEMP, "interrupted; nothing was "
			    "sent");
		room = BLOCK - c->in.len;
		if (l->to - at < (off_t)room)
			room = (size_t)(l->to - at);
		n = room == 0 ? 0 : spill_read(l->body, at,
		    buf_room(&c->in, room), room, e);
		if (n == -1)
			return -1;
		if (n > 0)
			buf_took(&c->in, (size_t)n);
		at += n;
		if (encode(c, at == l->to, l->ends, e) == -1)
			return -1;
	} while (at < l->to && c->length <= c->enough);
	return 0;
}

int
leaf_choose(const struct leaf *l, enum mime_coding *coding, struct err *e)
{
	uint64_t n = (uint64_t)(l->to - l->from);
	struct coder c;
	int r;

	coder_init(&c, MIME_QP, l);
	c.enough = b64_length(n) + (l->ends ? 2 : 0);
	r = run(&c, l, e);
	*coding = c.length <= c.enough ? MIME_QP : MIME_BASE64;
	coder_free(&c);
	return r;
}

int
leaf_write(const struct leaf *l, enum mime_coding coding, struct draft *d,
    struct err *e)
{
	struct coder c;
	int r;

	coder_init(&c, coding, l);
	c.draft = d;
	r = run(&c, l, e);
	coder_free(&c);
	return r;
}
