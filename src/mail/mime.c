#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "mail/lex822.h"
#include "mail/mime.h"

#define TYPE		"Content-Type"
#define ENCODING	"Content-Transfer-Encoding"

static const struct {
	const char		*name;
	enum mime_coding	 coding;
} codings[] = {
	{ "7bit", MIME_7BIT },
	{ "8bit", MIME_8BIT },
	{ "base64", MIME_BASE64 },
	{ "binary", MIME_BINARY },
	{ "quoted-printable", MIME_QP },
	{ "uuencode", MIME_FOREIGN },
};

/* A parameter: where its value stands, quotes included, and what it is. */
struct parameter {
	const char	*name;
	size_t		 len;
	const char	*from, *to;
	struct buf	 value;
};

/* An unclosed comment takes the rest. */
static void
skip(struct lex *l)
{
	if (lex_cfws(l, NULL) == -1)
		l->p = l->end;
	while (l->p < l->end && str_gap(*l->p))
		l->p++;
}

/* Up to white space, a comment, or one of these. */
static size_t
word(struct lex *l, const char *stops)
{
	const char *start = l->p;

	while (l->p < l->end && !str_gap(*l->p) && *l->p != '(' &&
	    (*l->p == '\0' || strchr(stops, *l->p) == NULL))
		l->p++;
	return (size_t)(l->p - start);
}

/* type "/" subtype; anything else says nothing. */
static void
read_type(struct lex *l, struct buf *type)
{
	const char *s;
	size_t n, sub;

	skip(l);
	s = l->p;
	n = word(l, ";/\"=");
	str_add_lower(type, s, n);
	skip(l);
	if (lex_at(l, '/')) {
		buf_addc(type, '/');
		l->p++;
		skip(l);
		s = l->p;
		sub = word(l, ";/\"=");
		str_add_lower(type, s, sub);
		if (n > 0 && sub > 0)
			return;
	}
	buf_clear(type);
}

/* A quoted-string, however it ends. */
static void
read_quoted(struct lex *l, struct buf *b)
{
	int r = 0;

	for (l->p++; l->p < l->end && *l->p != '"'; l->p++) {
		if (*l->p == '\\' && l->end - l->p > 1)
			l->p++;
		else if (*l->p == '\r' || *l->p == '\n')
			continue;
		r |= buf_addc(b, *l->p);
	}
	if (l->p < l->end)
		l->p++;
	else
		l->why = "a quote is not closed";
	if (r == -1)
		buf_clear(b);
}

/* parameter = attribute "=" value; 0 when there is no more. */
static int
next_parameter(struct lex *l, struct parameter *p)
{
	buf_clear(&p->value);
	for (;;) {
		skip(l);
		while (lex_at(l, ';') || lex_at(l, '"') || lex_at(l, '=')) {
			l->p++;
			skip(l);
		}
		if (l->p == l->end)
			return 0;
		p->name = l->p;
		p->len = word(l, ";=\"");
		skip(l);
		if (!lex_at(l, '='))
			continue;
		l->p++;
		skip(l);
		break;
	}
	p->from = l->p;
	if (lex_at(l, '"'))
		read_quoted(l, &p->value);
	else
		buf_add(&p->value, p->from, word(l, ";"));
	p->to = l->p;
	return 1;
}

/* charset'language'text with %XX (RFC 2231 4). */
static void
add_extended(struct buf *b, const struct buf *value)
{
	const char *s = buf_str(value), *p = strchr(s, '\'');
	int high, low;

	p = p != NULL ? strchr(p + 1, '\'') : NULL;
	for (p = p != NULL ? p + 1 : s; *p != '\0'; p++) {
		high = *p == '%' ? str_hex(p[1]) : -1;
		low = high != -1 ? str_hex(p[2]) : -1;
		if (low == -1)
			buf_addc(b, *p);
		else {
			buf_addc(b, (char)(high << 4 | low));
			p += 2;
		}
	}
}

/* The first of a name counts, plain or extended. */
static void
note(struct buf *b, const struct parameter *p, const char *name)
{
	size_t n = strlen(name);

	if (b->len > 0)
		return;
	if (str_same_n(p->name, p->len, name, n))
		buf_add(b, buf_str(&p->value), p->value.len);
	else if (p->len == n + 1 && p->name[n] == '*' &&
	    str_same_n(p->name, n, name, n))
		add_extended(b, &p->value);
}

/* name*0=, name*1*= and so on: pieces of one value, in order (RFC 2231 3). */
static void
note_piece(struct buf *b, const struct parameter *p, const char *name,
    unsigned *next)
{
	char word[32];
	size_t n = p->len > 0 && p->name[p->len - 1] == '*' ? p->len - 1 :
	    p->len;

	snprintf(word, sizeof(word), "%s*%u", name, *next);
	if ((b->len > 0 && *next == 0) ||
	    !str_same_n(p->name, n, word, strlen(word)))
		return;
	if (n < p->len)
		add_extended(b, &p->value);
	else
		buf_add(b, buf_str(&p->value), p->value.len);
	++*next;
}

static void
read_content_type(struct mime *m, const struct field *f)
{
	struct parameter p = { .value = BUF_MAX(MIME_VALUE_MAX) };
	struct lex l = { .p = NULL };
	unsigned boundaries = 0, charsets = 0;
	const char *s;
	size_t n;

	s = field_body(f, &n);
	l = (struct lex){ .p = s, .end = s + n };
	read_type(&l, &m->type);
	while (next_parameter(&l, &p)) {
		note_piece(&m->boundary, &p, "boundary", &boundaries);
		note_piece(&m->charset, &p, "charset", &charsets);
		note(&m->boundary, &p, "boundary");
		note(&m->charset, &p, "charset");
	}
	n = m->boundary.len;
	while (n > 0 && str_blank(m->boundary.data[n - 1]))
		n--;
	buf_cut(&m->boundary, n);
	buf_free(&p.value);
}

static enum mime_coding
coding_of(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
		if (str_same_n(s, n, codings[i].name,
		    strlen(codings[i].name)))
			return codings[i].coding;
	return str_begins(s, n, "x-") ? MIME_FOREIGN : MIME_UNKNOWN;
}

static void
read_encoding(struct mime *m, const struct field *f)
{
	struct lex l = { .p = NULL };
	const char *s;
	size_t n;

	s = field_body(f, &n);
	l = (struct lex){ .p = s, .end = s + n };
	skip(&l);
	if (lex_at(&l, '"'))
		l.p++;
	s = l.p;
	n = word(&l, ";\"");
	m->coding = coding_of(s, n);
	buf_add(&m->encoding, s, n);
}

void
mime_read(struct mime *m, const struct header *h)
{
	size_t i;

	mime_free(m);
	i = header_find(h, TYPE, 0);
	m->typed = i < h->n;
	if (i < h->n)
		read_content_type(m, &h->field[i]);
	i = header_find(h, ENCODING, 0);
	if (i < h->n)
		read_encoding(m, &h->field[i]);
}

void
mime_free(struct mime *m)
{
	buf_free(&m->type);
	buf_free(&m->boundary);
	buf_free(&m->charset);
	buf_free(&m->encoding);
	*m = (struct mime)MIME_INIT;
}

int
mime_is(const struct mime *m, const char *type)
{
	const char *s = buf_str(&m->type);
	size_t n = strlen(type);

	return n > 0 && type[n - 1] == '/' ? strncmp(s, type, n) == 0 :
	    strcmp(s, type) == 0;
}

int
mime_lacks_charset(const struct mime *m)
{
	static const char *const ascii[] = { "", "us-ascii", "ascii",
	    "ansi_x3.4-1968", "646" };
	size_t i;

	if ((m->typed && !mime_is(m, "text/")) ||
	    m->coding == MIME_BASE64 || m->coding == MIME_FOREIGN)
		return 0;
	for (i = 0; i < sizeof(ascii) / sizeof(ascii[0]); i++)
		if (str_same(buf_str(&m->charset), ascii[i]))
			return 1;
	return 0;
}

/* With the field's name as it was written. */
static void
set_field(struct header *h, size_t i, const char *body)
{
	char *name = mem_strn(h->field[i].text, h->field[i].name_len);

	header_set(h, i, name, body);
	free(name);
}

/* The field without what ends it and says nothing: ";", white space. */
static size_t
trimmed(const char *s, size_t n)
{
	while (n > 0 && (str_gap(s[n - 1]) || s[n - 1] == ';'))
		n--;
	return n;
}

/* The field's body with the parameter's value in its place, or at the end;
 * of a field whose end is in a quote or a comment only the type is kept. */
static void
add_with(struct buf *b, struct lex l, const char *name, const char *value)
{
	struct parameter p = { .value = BUF_MAX(MIME_VALUE_MAX) };
	struct buf type = BUF_MAX(MIME_VALUE_MAX);
	const char *s = l.p, *end = l.end;
	int found = 0;

	read_type(&l, &type);
	while (!found && next_parameter(&l, &p))
		found = str_same_n(p.name, p.len, name, strlen(name));
	if (found) {
		buf_add(b, s, (size_t)(p.from - s));
		buf_adds(b, value);
		buf_add(b, p.to, (size_t)(end - p.to));
	} else {
		if (l.why != NULL)
			buf_adds(b, buf_str(&type));
		else
			buf_add(b, s, trimmed(s, (size_t)(end - s)));
		buf_addf(b, "; %s=%s", name, value);
	}
	buf_free(&type);
	buf_free(&p.value);
}

void
mime_set_charset(struct header *h, const char *charset)
{
	struct buf b = { .max = 0 };
	size_t i = header_find(h, TYPE, 0), n;
	const char *s = "text/plain";

	if (i == h->n)
		n = strlen(s);
	else
		s = field_body(&h->field[i], &n);
	b.max = n + MIME_VALUE_MAX + strlen(charset) + 32;
	while (n > 0 && str_gap(*s)) {
		s++;
		n--;
	}
	add_with(&b, (struct lex){ .p = s, .end = s + n }, "charset", charset);
	if (i == h->n)
		header_insert(h, h->n, TYPE, buf_str(&b));
	else
		set_field(h, i, buf_str(&b));
	buf_free(&b);
}

void
mime_set_encoding(struct header *h, const char *coding)
{
	size_t i = header_find(h, ENCODING, 0);

	if (i == h->n) {
		header_insert(h, h->n, ENCODING, coding);
		return;
	}
	set_field(h, i, coding);
	while ((i = header_find(h, ENCODING, i + 1)) < h->n) {
		header_touch(h);
		h->field[i].gone = 1;
	}
}
