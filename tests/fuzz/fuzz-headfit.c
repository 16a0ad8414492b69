#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/str.h"
#include "mail/headfit.h"
#include "mail/message.h"

#define RAW_MAX	(4 * 1024 * 1024)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A control character stands for what a fuzzer is slow to find: long text. */
static void
expand(struct buf *b, const char *p, size_t n)
{
	static const struct {
		const char	*text;
		int		 times;
	} longer[] = { { "x", 990 }, { " ", 500 }, { "\xc3\xa9", 400 },
	    { "ab ", 300 }, { "a@b,", 250 }, { "\xe9", 30 } };
	size_t i;
	int k;

	for (i = 0; i < n; i++) {
		if (p[i] < 1 || p[i] > 6) {
			buf_addc(b, p[i]);
			continue;
		}
		for (k = 0; k < longer[p[i] - 1].times; k++)
			buf_adds(b, longer[p[i] - 1].text);
	}
}

/* The lines of the input that may be in a header, as message_read() has it. */
static void
take_lines(struct buf *raw, const char *p, size_t n)
{
	const char *end = p + n, *eol;
	size_t len, body;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		len = (size_t)(eol - p);
		if (memchr(p, '\r', len) == NULL &&
		    (field_name(p, len, &body) > 0 ||
		    (len > 0 && raw->len > 0 && str_blank(*p)))) {
			buf_add(raw, p, len);
			buf_adds(raw, "\r\n");
		}
		if (eol == end)
			break;
	}
}

/* Is it an encoded-word, in UTF-8, and one that cannot be decoded? */
struct word {
	int	 is;
	int	 utf8;
	int	 bad;
};

static int
hex(char c)
{
	if (str_digit(c))
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
read_q(struct buf *b, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '_')
			buf_addc(b, ' ');
		else if (p[i] != '=')
			buf_addc(b, p[i]);
		else if (n - i < 3 || hex(p[i + 1]) < 0 || hex(p[i + 2]) < 0)
			return -1;
		else {
			buf_addc(b, (char)(hex(p[i + 1]) * 16 +
			    hex(p[i + 2])));
			i += 2;
		}
	}
	return 0;
}

/* =?charset?Q?text?= with four question marks and no control characters. */
static struct word
read_word(struct buf *b, const char *p, size_t n)
{
	struct word w = { 0 };
	size_t i, mark[4], marks = 0, had = b->len;

	for (i = 0; i < n; i++) {
		if (p[i] <= ' ' || p[i] == 0x7f)
			return w;
		if (p[i] == '?' && marks == 4)
			return w;
		if (p[i] == '?')
			mark[marks++] = i;
	}
	w.is = marks == 4 && mark[0] == 1 && p[0] == '=' && mark[1] > 2 &&
	    mark[2] == mark[1] + 2 && strchr("QqBb", p[mark[1] + 1]) != NULL &&
	    mark[3] > mark[2] + 1 && mark[3] == n - 2 && p[n - 1] == '=';
	if (!w.is)
		return w;
	w.utf8 = str_same_n(p + 2, mark[1] - 2, "utf-8", 5) ||
	    str_same_n(p + 2, mark[1] - 2, "us-ascii", 8);
	p += mark[2] + 1;
	n = mark[3] - mark[2] - 1;
	w.bad = (str_lower(p[-2]) == 'q' ? read_q(b, p, n) :
	    base64_read(b, p, n)) == -1;
	if (w.utf8 && !str_utf8(buf_str(b) + had, b->len - had))
		w.bad = 1;
	return w;
}

/* What a reader of RFC 2047 shows, trimmed.  Returns 0 if readers differ. */
static int
read_text(struct buf *b, const struct field *f)
{
	struct buf text = BUF_MAX(RAW_MAX * 4);
	const char *p, *end, *gap;
	struct word w = { 0 };
	size_t before;
	int was = 0, sure = 1;

	field_unfold(&text, f);
	p = buf_str(&text);
	end = p + text.len;
	for (; p < end; was = w.is) {
		gap = p;
		while (p < end && (str_blank(*p) || *p == '\0'))
			p++;
		before = b->len;
		for (; gap < p; gap++)
			if (b->len > 0)
				buf_addc(b, *gap == '\0' ? ' ' : *gap);
		gap = p;
		while (p < end && !str_blank(*p) && *p != '\0')
			p++;
		w = read_word(b, gap, (size_t)(p - gap));
		if (w.is && was) {	/* no white space between two */
			buf_cut(b, before);
			read_word(b, gap, (size_t)(p - gap));
		}
		if (!w.is)
			buf_add(b, gap, (size_t)(p - gap));
		if (w.is && (w.bad || (!w.utf8 && p - gap > 998)))
			sure = 0;
	}
	while (b->len > 0 && str_blank(b->data[b->len - 1]))
		buf_cut(b, b->len - 1);
	buf_free(&text);
	return sure;
}

static void
check_text(const struct field *was, const struct field *is)
{
	struct buf a = BUF_MAX(RAW_MAX * 4), b = BUF_MAX(RAW_MAX * 4);
	size_t skip = 0;

	if (read_text(&a, was) && read_text(&b, is)) {
		while (skip < a.len && a.data[skip] == ' ')
			skip++;
		assert(a.len == b.len);
		assert(memcmp(buf_str(&a), buf_str(&b), a.len) == 0);
	}
	buf_free(&a);
	buf_free(&b);
}

/* A structured field that is ASCII: only white space may differ. */
static void
check_tokens(const struct field *was, const struct field *is)
{
	size_t i, k;

	for (i = was->body, k = is->body;; i++, k++) {
		while (i < was->len && strchr(" \t\r\n", was->text[i]))
			i++;		/* a NUL too */
		while (k < is->len && strchr(" \t\r\n", is->text[k]))
			k++;
		if (i == was->len || k == is->len)
			break;
		assert(was->text[i] == is->text[k]);
	}
	assert(i == was->len && k == is->len);
}

static int
wide(const struct field *f)
{
	size_t i;

	for (i = 0; i < f->len; i++)
		if (str_8bit(f->text[i]))
			return 1;
	return 0;
}

/* Every line of a field as it may be on the wire. */
static void
check_wire(const struct field *f, const struct headfit *how)
{
	const char *p = f->text, *end = p + f->len, *eol;

	assert(memchr(p, '\0', f->len) == NULL);
	assert(!wide(f) || (how->utf8 && str_utf8(p, f->len)));
	for (; p < end; p = eol + 2) {
		eol = memchr(p, '\r', (size_t)(end - p));
		assert(eol != NULL && eol + 2 <= end && eol[1] == '\n');
		assert(memchr(p, '\n', (size_t)(eol - p)) == NULL);
		assert(eol - p <= MESSAGE_LINE_MAX);
		assert(eol > p && (p == f->text || str_blank(*p)));
	}
}

/* Lines of white space only. */
static size_t
empty_lines(const struct field *f)
{
	const char *p = f->text, *end = p + f->len;
	size_t n = 0;
	int empty = 1;

	for (; p < end; p++) {
		if (*p == '\n') {
			n += (size_t)empty;
			empty = 1;
		} else if (!str_blank(*p) && *p != '\r' && *p != '\0')
			empty = 0;
	}
	return n;
}

static void
check_field(const struct field *was, const struct field *is,
    const struct headfit *how)
{
	static const char *const text[] = { "Subject", "Comments", "X", "A" };
	size_t i;

	assert(was->name_len == is->name_len);
	assert(memcmp(was->text, is->text, was->name_len) == 0);
	assert(empty_lines(is) <= empty_lines(was));
	check_wire(is, how);
	for (i = 0; i < 4; i++)
		if (field_is(was, text[i])) {
			check_text(was, is);
			return;
		}
	if (!wide(was) && (field_is(was, "To") || field_is(was, "Received") ||
	    field_is(was, "Content-Type")))
		check_tokens(was, is);
}

/* What was done for another server is undone without a trace. */
static void
check_reset(const struct header *was, struct header *is,
    const struct headfit *how)
{
	const struct headfit other = { !how->utf8, how->nested };
	struct err e = ERR_INIT;
	size_t i;

	header_keep(is);
	if (headfit_apply(is, &other, &e) == -1)
		assert(e.kind == ERR_DATA);
	header_reset(is);
	assert(is->n == was->n);
	for (i = 0; i < is->n; i++) {
		assert(is->field[i].owned == NULL && !is->field[i].gone);
		assert(is->field[i].name_len == was->field[i].name_len);
		assert(is->field[i].body == was->field[i].body);
		assert(is->field[i].len == was->field[i].len);
		assert(memcmp(is->field[i].text, was->field[i].text,
		    was->field[i].len) == 0);
	}
}

static void
check(const struct buf *raw, const struct headfit *how)
{
	struct header was = { .raw = BUF_MAX(RAW_MAX) };
	struct header is = { .raw = BUF_MAX(RAW_MAX) };
	struct header again = { .raw = BUF_MAX(RAW_MAX * 4) };
	struct err e = ERR_INIT;
	size_t i;

	buf_add(&was.raw, raw->data, raw->len);
	buf_add(&is.raw, raw->data, raw->len);
	header_index(&was);
	header_index(&is);
	headfit_needs_utf8(&was);
	check_reset(&was, &is, how);
	if (headfit_apply(&is, how, &e) == -1) {
		assert(!how->nested && e.kind == ERR_DATA);
		goto out;
	}
	for (i = 0; i < is.n; i++) {
		if (is.field[i].gone)
			continue;
		check_field(&was.field[i], &is.field[i], how);
		buf_add(&again.raw, is.field[i].text, is.field[i].len);
		assert(again.raw.len < again.raw.max);
	}
	assert(how->utf8 || !headfit_8bit(&is));
	header_index(&again);
	assert(again.raw.len == header_size(&is));
	assert(headfit_apply(&again, how, &e) == 0);
	for (i = 0; i < again.n; i++)
		assert(again.field[i].owned == NULL && !again.field[i].gone);
out:
	header_free(&was);
	header_free(&is);
	header_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text = BUF_MAX(RAW_MAX), raw = BUF_MAX(RAW_MAX);
	struct headfit how;
	int k;

	if (size > 1000)
		size = 1000;
	expand(&text, (const char *)data, size);
	take_lines(&raw, buf_str(&text), text.len);
	for (k = 0; k < 4 && raw.len > 0; k++) {
		how = (struct headfit){ k & 1, k >> 1 & 1 };
		check(&raw, &how);
	}
	buf_free(&text);
	buf_free(&raw);
	return 0;
}
