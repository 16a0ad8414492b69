#include <string.h>

#include "base/str.h"
#include "mail/fold.h"
#include "mail/message.h"

/* A cursor over the lines of a field, and in what it stands. */
struct scan {
	enum fold_of	 of;
	const char	*p, *end;	/* of the line, without CRLF */
	const char	*open;		/* up to it, no member is kept whole */
	const char	*loose;		/* up to it, no quoted-string either */
	size_t		 depth;		/* of comments */
	int		 quote, angle;
};

/* The line that is made. */
struct line {
	struct buf	*b;
	const struct fold *how;
	size_t		 column;
	int		 solid;		/* more than the name is on it */
};

size_t
fold_column(const struct buf *b, size_t before)
{
	size_t i = b->len;

	while (i > 0 && b->data[i - 1] != '\n' && b->len - i < FOLD_FAR)
		i--;
	if (i == 0 && before < FOLD_FAR - b->len)
		return b->len + before;
	return b->len - i;
}

void
fold_break(struct buf *b)
{
	char blanks[FOLD_WIDTH];
	size_t i = b->len, n;

	while (i > 0 && b->len - i < sizeof(blanks) &&
	    str_blank(b->data[i - 1]))
		i--;
	n = b->len - i;
	if (i == 0 || b->data[i - 1] == '\n' || n == sizeof(blanks))
		return;
	if (n == 0) {
		buf_adds(b, "\r\n ");
		return;
	}
	memcpy(blanks, b->data + i, n);
	buf_cut(b, i);
	buf_adds(b, "\r\n");
	buf_add(b, blanks, n);
}

void
fold_undo(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n, *from;

	while (p < end) {
		for (from = p; p < end && *p != '\r' && *p != '\n'; p++)
			;
		buf_add(b, from, (size_t)(p - from));
		while (p < end && (*p == '\r' || *p == '\n'))
			p++;
	}
}

/* Over one character, or a pair of them. */
static void
step(struct scan *s)
{
	char c = *s->p++;

	if (s->of == FOLD_TEXT)
		return;
	if (c == '\\' && (s->quote || s->depth > 0)) {
		s->p += s->p < s->end;
	} else if (s->quote)
		s->quote = c != '"';
	else if (c == '(')
		s->depth++;
	else if (s->depth > 0)
		s->depth -= c == ')';
	else if (c == '"')
		s->quote = 1;
	else if (c == '<' || c == '>')
		s->angle = c == '<';
}

/* Does the character before the cursor separate what may be put apart? */
static int
is_separator(const struct scan *s)
{
	char c = s->p[-1];

	if (s->quote || s->depth > 0)
		return 0;
	return (s->of == FOLD_LIST && c == ',' && !s->angle) ||
	    (s->of == FOLD_PARAMS && c == ';');
}

static int
is_whole(const struct scan *s)
{
	if (s->quote)
		return s->p >= s->loose;
	return s->p >= s->open && (s->of == FOLD_LIST || s->of == FOLD_PARAMS);
}

/* Move to the end of the token at the cursor; returns its octets. */
static size_t
token(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end) {
		if (str_blank(*s->p) && !is_whole(s))
			break;
		step(s);
		if (is_separator(s))
			break;
	}
	return (size_t)(s->p - start);
}

/*
 * The same.  A member that is wider than a line is taken word by word, and so
 * is a quoted-string that fits none; each is looked through but once.
 */
static size_t
fitting_token(struct scan *s)
{
	struct scan before = *s;
	size_t n = token(s);

	if (n >= FOLD_WIDTH && s->p > before.open) {
		before.open = s->p;
		*s = before;
		n = token(s);
	}
	if (n >= MESSAGE_LINE_MAX && s->p > before.loose) {
		before.loose = s->p;
		*s = before;
		n = token(s);
	}
	return n;
}

static void
break_line(struct line *l)
{
	buf_adds(l->b, "\r\n");
	l->column = 0;
}

/* Not in the middle of a character or a quoted-pair. */
static size_t
cut_at(const char *p, size_t n)
{
	size_t k = n;

	while (k > n - 3 && ((unsigned char)p[k] & 0xc0) == 0x80)
		k--;
	return k > 1 && p[k - 1] == '\\' ? k - 1 : k;
}

/* A token that no line holds, on several. */
static void
add_cut(struct line *l, const char *p, size_t n)
{
	size_t part;

	while (n > MESSAGE_LINE_MAX - l->column) {
		part = cut_at(p, MESSAGE_LINE_MAX - l->column);
		buf_add(l->b, p, part);
		p += part;
		n -= part;
		break_line(l);
		buf_addc(l->b, ' ');
		l->column = 1;
	}
	buf_add(l->b, p, n);
	l->column += n;
}

/* Returns 0, or -1 when there is no place for a fold. */
static int
add_token(struct line *l, const char *gap, size_t blanks, size_t n)
{
	const char *tok = gap + blanks;
	size_t want = l->column + blanks + n;

	if (l->column > 0 && (want > MESSAGE_LINE_MAX ||
	    (l->solid && want > FOLD_WIDTH)))
		break_line(l);
	if (l->column == 0 && (blanks == 0 || blanks + n > MESSAGE_LINE_MAX)) {
		gap = " ";
		blanks = 1;
	}
	buf_add(l->b, gap, blanks);
	l->column += blanks;
	l->solid = 1;
	if (n <= MESSAGE_LINE_MAX - l->column) {
		buf_add(l->b, tok, n);
		l->column += n;
		return 0;
	}
	if (!l->how->cut)
		return -1;
	add_cut(l, tok, n);
	return 0;
}

static int
wants_fold(const struct fold *how, const char *p, size_t n)
{
	return n > MESSAGE_LINE_MAX || (how->encoded && n > FOLD_WIDTH &&
	    (how->of == FOLD_PARAMS || memmem(p, n, "=?", 2) != NULL));
}

/* One line of the field on as many as it needs; its name is written. */
static int
fold_line(struct line *l, struct scan *s)
{
	const char *gap;
	size_t blanks;

	for (;;) {
		gap = s->p;
		while (s->p < s->end && str_blank(*s->p))
			s->p++;
		blanks = (size_t)(s->p - gap);
		if (s->p == s->end)
			break;
		if (add_token(l, gap, blanks, fitting_token(s)) == -1)
			return -1;
	}
	if (blanks <= MESSAGE_LINE_MAX - l->column) {
		buf_add(l->b, gap, blanks);
		l->column += blanks;
	}
	if (l->column > 0)
		buf_adds(l->b, "\r\n");
	return 0;
}

size_t
fold_field(struct buf *b, const struct fold *how, const char *field, size_t n)
{
	struct scan s = { .of = how->of, .open = field, .loose = field };
	struct line l = { .b = b, .how = how };
	const char *p = field, *end = field + n, *eol, *next, *start;

	for (; p < end; p = next) {
		eol = memchr(p, '\n', (size_t)(end - p));
		next = eol != NULL ? eol + 1 : end;
		eol = eol == NULL ? end : eol > p && eol[-1] == '\r' ?
		    eol - 1 : eol;
		start = p;
		if (p == field && (start = memchr(p, ':', n)) != NULL)
			start++;
		s.p = start != NULL ? start : p;
		s.end = eol;
		if (!wants_fold(how, p, (size_t)(eol - p))) {
			buf_add(b, p, (size_t)(eol - p));
			buf_adds(b, "\r\n");
			while (s.p < s.end)
				step(&s);
			continue;
		}
		buf_add(b, p, (size_t)(s.p - p));
		l.column = (size_t)(s.p - p);
		l.solid = 0;
		if (fold_line(&l, &s) == -1)
			return (size_t)(eol - p);
	}
	return 0;
}
