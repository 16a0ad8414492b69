#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "mail/dkim.h"
#include "mail/mime.h"
#include "mail/recode.h"

#define INPUT_MAX	(64 * 1024)
#define TEXT_MAX	(8 * 1024 * 1024)
#define LEAVES_MAX	32768
#define DEPTH_MAX	50
#define BOUNDARY_MAX	256

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * What a reader makes of a message: its leaves, decoded.  This walks from the
 * outer multiparts inwards, with the whole text at hand; parts.c goes line by
 * line, and the innermost first.
 */
struct tree {
	int		 eightbit, binary;
	struct buf	 text;		/* of all leaves */
	size_t		 end[LEAVES_MAX];
	size_t		 n;
	const struct buf *open[DEPTH_MAX];
	size_t		 depth;
	int		 ambiguous;	/* readers do not agree on it */
	int		 part;		/* not the message itself */
	int		 digest;	/* of a digest */
	int		 enclosed;	/* in messages in the message */
	int		 sealed;	/* in multiparts that are signed, ... */
	int		 may_be_binary;	/* as one of these says */
	int		 unlabelled;	/* open ones that do not say binary */

	int		 bad_header;	/* of a part: a line too long, ... */
	int		 raw_header;	/* the same: 8-bit text */
	int		 bad_leaf;
	int		 bad_label;	/* none that says what is in it */
	int		 lacks_charset;
};

struct stretch {
	const char	*p, *end;
};

static int	walk(struct tree *, struct stretch, int digest);

static int
unfit(int eightbit, const char *p, const char *end)
{
	const char *line = p;

	for (; p < end; p++) {
		if (*p == '\0' || (str_8bit(*p) && !eightbit))
			return 1;
		if (*p == '\n')
			line = p + 1;
		else if (*p != '\r' && p - line >= MESSAGE_LINE_MAX)
			return 1;
	}
	return 0;
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c != '\0' ? strchr(digits, str_lower(c)) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

static void
decode_qp(struct buf *b, const char *p, const char *end)
{
	const char *eol, *stop;

	for (; p < end; p = eol < end ? eol + 1 : end) {
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol != NULL ? eol : end;
		stop = eol > p && eol < end ? eol - 1 : eol;
		while (stop > p && str_blank(stop[-1]))
			stop--;
		for (; p < stop; p++) {
			if (*p != '=') {
				buf_addc(b, *p);
			} else if (p + 1 == stop) {
				break;
			} else if (stop - p > 2 && hex(p[1]) != -1 &&
			    hex(p[2]) != -1) {
				buf_addc(b, (char)(hex(p[1]) << 4 |
				    hex(p[2])));
				p += 2;
			} else
				buf_addc(b, '=');
		}
		if (p == stop && eol < end)
			buf_adds(b, "\r\n");
	}
}

/* Each "=" ends what is being put together. */
static void
decode_base64(struct buf *b, const char *p, const char *end)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v = 0;
	int bits = 0;
	const char *d;

	for (; p < end; p++) {
		if (*p == '=')
			bits = 0;
		d = *p != '\0' ? strchr(digits, *p) : NULL;
		if (d == NULL)
			continue;
		v = v << 6 | (uint32_t)(d - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_addc(b, (char)(v >> bits & 255));
		}
	}
}

static void
judge_leaf(struct tree *t, const struct mime *m, struct stretch s)
{
	if (t->binary && (m->coding == MIME_BINARY || t->may_be_binary))
		t->bad_label |= t->unlabelled > 0 && unfit(1, s.p, s.end);
	else
		t->bad_leaf |= unfit(t->eightbit, s.p, s.end);
	t->lacks_charset |= t->part && !t->enclosed && !t->sealed &&
	    mime_lacks_charset(m) && (m->typed || !t->digest) &&
	    str_has_8bit_n(s.p, (size_t)(s.end - s.p));
}

static void
add_text(struct tree *t, const struct mime *m, struct stretch s)
{
	size_t start = t->text.len, n;

	if (m->coding == MIME_QP)
		decode_qp(&t->text, s.p, s.end);
	else if (m->coding == MIME_BASE64)
		decode_base64(&t->text, s.p, s.end);
	else
		buf_add(&t->text, s.p, (size_t)(s.end - s.p));
	n = t->text.len;
	if (n - start >= 2 && memcmp(t->text.data + n - 2, "\r\n", 2) == 0)
		buf_cut(&t->text, n - 2);
	assert(t->n < LEAVES_MAX);
	t->end[t->n++] = t->text.len;
}

static void
add_leaf(struct tree *t, const struct mime *m, struct stretch s)
{
	judge_leaf(t, m, s);
	add_text(t, m, s);
}

/* 1: a delimiter, 2: the closing one. */
static int
delimiter(const struct buf *b, const char *p, const char *eol)
{
	if (eol > p && eol[-1] == '\r')
		eol--;
	while (eol > p && str_blank(eol[-1]))
		eol--;
	if ((size_t)(eol - p) < 2 + b->len || memcmp(p, "--", 2) != 0 ||
	    memcmp(p + 2, b->data, b->len) != 0)
		return 0;
	p += 2 + b->len;
	if (p == eol)
		return 1;
	return eol - p == 2 && memcmp(p, "--", 2) == 0 ? 2 : 0;
}

/* Would a line be a delimiter of both? */
static int
alike(const struct buf *a, const struct buf *b)
{
	size_t n = a->len < b->len ? a->len : b->len;

	if (memcmp(a->data, b->data, n) != 0)
		return 0;
	if (a->len == b->len)
		return 1;
	a = a->len > b->len ? a : b;
	return a->len - n == 2 && memcmp(a->data + n, "--", 2) == 0;
}

/* Returns 0 when it has no delimiter. */
static int
walk_parts(struct tree *t, const struct mime *m, struct stretch s)
{
	const char *part = NULL, *p = s.p, *eol;
	int digest = mime_is(m, "multipart/digest"), kind, seen = 0;
	size_t i;

	if (t->depth == DEPTH_MAX || m->boundary.len > BOUNDARY_MAX)
		return 0;
	for (i = 0; i < t->depth; i++)
		t->ambiguous |= alike(t->open[i], &m->boundary);
	t->open[t->depth++] = &m->boundary;
	for (; p < s.end; p = eol < s.end ? eol + 1 : s.end) {
		eol = memchr(p, '\n', (size_t)(s.end - p));
		eol = eol != NULL ? eol : s.end;
		kind = delimiter(&m->boundary, p, eol);
		if (kind == 0)
			continue;
		seen = 1;
		if (part != NULL)
			walk(t, (struct stretch){ part, p - part >= 2 ?
			    p - 2 : p }, digest);
		part = kind == 1 ? (eol < s.end ? eol + 1 : s.end) : NULL;
		if (kind == 2)
			break;
	}
	if (p >= s.end && part != NULL)
		walk(t, (struct stretch){ part, s.end }, digest);
	t->depth--;
	return seen;
}

/* A boundary with characters that mail does not allow. */
static int
impossible(const struct tree *t, const struct buf *boundary)
{
	size_t i;

	for (i = 0; i < boundary->len; i++)
		if ((unsigned char)boundary->data[i] < ' ' ||
		    (str_8bit(boundary->data[i]) && !t->eightbit))
			return 1;
	return boundary->len == 0;
}

/* Its octets are to stay, and its parts are judged. */
static void
walk_sealed(struct tree *t, const struct mime *m, struct stretch s)
{
	int before = t->may_be_binary;

	t->sealed++;
	t->may_be_binary |= m->coding == MIME_BINARY;
	add_text(t, &(struct mime)MIME_INIT, s);
	if (impossible(t, &m->boundary) || !walk_parts(t, m, s))
		judge_leaf(t, m, s);
	t->may_be_binary = before;
	t->sealed--;
}

static int
walk_holder(struct tree *t, const struct mime *m, struct stretch s, int digest)
{
	int message = m->typed ? mime_is(m, "message/rfc822") ||
	    mime_is(m, "message/global") : digest == 1;

	if (mime_is(m, "multipart/") && !impossible(t, &m->boundary))
		return walk_parts(t, m, s);
	if (!message || digest < 0 || m->coding == MIME_QP ||
	    m->coding == MIME_BASE64 || m->coding == MIME_FOREIGN)
		return 0;
	t->enclosed++;
	walk(t, s, 0);
	t->enclosed--;
	return 1;
}

/* digest is -1 where no empty line is before the body. */
static void
walk_body(struct tree *t, const struct mime *m, struct stretch s, int digest)
{
	int bad = t->sealed == 0 && m->coding != MIME_BINARY, found;

	t->unlabelled += bad;
	if (mime_is(m, "multipart/signed") ||
	    mime_is(m, "multipart/encrypted")) {
		walk_sealed(t, m, s);
		t->unlabelled -= bad;
		return;
	}
	found = walk_holder(t, m, s, digest);
	t->unlabelled -= bad;
	if (!found)
		add_leaf(t, m, s);
}

/* An entity: header, empty line, body. */
static int
walk(struct tree *t, struct stretch s, int digest)
{
	struct header h = { .raw = BUF_MAX(TEXT_MAX) };
	struct mime m = MIME_INIT;
	const char *p = s.p, *eol;
	size_t body, n;

	t->digest = digest == 1;
	for (; p < s.end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(s.end - p));
		if (eol == NULL)
			eol = s.end;
		n = (size_t)(eol - p);
		if (n > 0 && p[n - 1] == '\r')
			n--;
		if (field_name(p, n, &body) == 0 && (n == 0 ||
		    !str_blank(*p) || h.raw.len == 0))
			break;
		buf_add(&h.raw, p, n);
		buf_adds(&h.raw, "\r\n");
		if (eol == s.end) {
			p = s.end;
			break;
		}
	}
	if (s.end - p >= 2 && memcmp(p, "\r\n", 2) == 0)
		p += 2;
	else if (p < s.end)
		digest = -1;
	t->part = 1;
	t->bad_header |= unfit(t->eightbit, buf_str(&h.raw),
	    buf_str(&h.raw) + h.raw.len);
	t->raw_header |= !t->enclosed && !t->sealed &&
	    str_has_8bit_n(buf_str(&h.raw), h.raw.len);
	header_blank(&h);
	header_index(&h);
	mime_read(&m, &h);
	walk_body(t, &m, (struct stretch){ p, s.end }, digest);
	mime_free(&m);
	header_free(&h);
	return 1;
}

static void
read_it(struct message *m, const void *p, size_t n)
{
	struct err e = ERR_INIT;
	int fd = memfd_create("message", MFD_CLOEXEC);

	assert(fd != -1 && write(fd, p, n) == (ssize_t)n);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	assert(message_read(m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e) == 0);
	close(fd);
}

static void
wire_of(struct message *m, struct buf *out)
{
	struct message_reader r;
	struct err e = ERR_INIT;
	ssize_t n;

	buf_clear(out);
	message_rewind(&r, m);
	while ((n = message_next(&r, buf_room(out, INPUT_MAX), INPUT_MAX,
	    &e)) > 0)
		buf_took(out, (size_t)n);
	assert(n == 0);
}

/* The body is walked with the message's fields, which are not the issue. */
static struct tree *
tree_of(struct message *m, const struct buf *wire, const struct recode *how)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct mime mime = MIME_INIT;
	const char *body;

	assert(t != NULL);
	t->eightbit = how->eightbit;
	t->binary = how->binary;
	t->text = (struct buf)BUF_MAX(TEXT_MAX);
	body = wire->data + header_size(&m->header) + 2;
	mime_read(&mime, &m->header);
	walk_body(t, &mime, (struct stretch){ body, wire->data + wire->len },
	    0);
	mime_free(&mime);
	return t;
}

static void
tree_free(struct tree *t)
{
	buf_free(&t->text);
	free(t);
}

static void
same_tree(const struct tree *a, const struct tree *b)
{
	if (a->ambiguous || b->ambiguous)
		return;
	assert(a->n == b->n);
	assert(memcmp(a->end, b->end, a->n * sizeof(a->end[0])) == 0);
	assert(memcmp(buf_str(&a->text), buf_str(&b->text),
	    a->text.len) == 0);
}

static void
check_facts(const struct message *m, const struct buf *wire)
{
	struct facts f = { .lines = 0 };
	size_t start = header_size(&m->header) + 2;

	facts_text(&f, wire->data + start, wire->len - start);
	assert(f.len == 0);
	assert(m->longest == f.longest && m->longest_at == f.longest_at);
	assert(m->body_8bit == (f.wide_at != 0));
	assert(m->body_nul == (f.nul_at != 0) && m->dot_line == f.dot);
}

/* What is promised of the new body; readers agree on it. */
static void
check_promises(const struct message *m, const struct tree *t,
    const struct recode *how)
{
	int is_signed = dkim_signed(&m->header) || m->inline_pgp;

	assert(!t->bad_leaf);
	if (t->bad_header)
		return;
	assert(how->binary || !message_binary(m));
	assert(how->eightbit || how->binary || !m->body_8bit);
	if (is_signed)
		return;
	assert(how->utf8 || !how->eightbit || !t->raw_header);
	assert(how->any ? !t->lacks_charset : !t->bad_label);
}

static void
check(struct message *m, const struct recode *how)
{
	struct buf before = BUF_MAX(TEXT_MAX), after = BUF_MAX(TEXT_MAX);
	struct tree *old, *new;
	struct err e = ERR_INIT;
	int r;

	wire_of(m, &before);
	old = tree_of(m, &before, how);
	r = recode_apply(m, how, &e);
	wire_of(m, &after);
	new = tree_of(m, &after, how);
	if (r == -1) {
		assert(e.kind == ERR_DATA);
		assert(before.len == after.len);
		assert(memcmp(before.data, after.data, after.len) == 0);
	} else {
		if (!new->ambiguous)
			check_promises(m, new, how);
		same_tree(old, new);
		m->cr_first = m->cr_last = 0;	/* other lines now */
		assert(recode_apply(m, how, &e) == 0);
		wire_of(m, &before);
		assert(before.len == after.len);
		assert(memcmp(before.data, after.data, after.len) == 0);
	}
	check_facts(m, &after);
	tree_free(old);
	tree_free(new);
	buf_free(&before);
	buf_free(&after);
}

/* What was done for another server is undone without a trace. */
static void
check_reset(struct message *m, const struct recode *other)
{
	struct buf before = BUF_MAX(TEXT_MAX), after = BUF_MAX(TEXT_MAX);
	struct err e = ERR_INIT;

	wire_of(m, &before);
	message_keep(m);
	if (recode_apply(m, other, &e) == -1)
		assert(e.kind == ERR_DATA);
	message_reset(m);
	wire_of(m, &after);
	assert(before.len == after.len);
	assert(memcmp(before.data, after.data, after.len) == 0);
	check_facts(m, &after);
	buf_free(&before);
	buf_free(&after);
}

/* The first octet says what the server takes, and what is said before. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m;
	struct err e = ERR_INIT;
	struct recode how, other;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	how = (struct recode){ .eightbit = data[0] & 1,
	    .utf8 = (data[0] & 3) == 3, .binary = (data[0] & 8) != 0,
	    .any = (data[0] & 16) != 0 };
	other = (struct recode){ .eightbit = !how.eightbit,
	    .utf8 = (data[0] & 33) == 32, .binary = (data[0] & 64) != 0 };
	read_it(&m, data + 1, size - 1);
	header_blank(&m.header);
	if (data[0] & 4)
		assert(recode_declare(&m, &e) == 0);
	check_reset(&m, &other);
	check(&m, &how);
	message_free(&m);
	return 0;
}
