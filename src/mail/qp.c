#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "mail/qp.h"

#define LOOK	5		/* octets of "From " */

/* What may stand for itself in the middle of a line: 33 to 126 without "=",
 * and blanks, with which no line may end. */
static const char literal[256] = {
	['\t'] = 1, [' '] = 1, ['!'] = 1, ['"'] = 1, ['#'] = 1, ['$'] = 1,
	['%'] = 1, ['&'] = 1, ['\''] = 1, ['('] = 1, [')'] = 1, ['*'] = 1,
	['+'] = 1, [','] = 1, ['-'] = 1, ['.'] = 1, ['/'] = 1, ['0'] = 1,
	['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,
	['7'] = 1, ['8'] = 1, ['9'] = 1, [':'] = 1, [';'] = 1, ['<'] = 1,
	['>'] = 1, ['?'] = 1, ['@'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1,
	['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1,
	['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1,
	['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,
	['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['['] = 1,
	['\\'] = 1, [']'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['a'] = 1,
	['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1,
	['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1,
	['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,
	['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1,
	['z'] = 1, ['{'] = 1, ['|'] = 1, ['}'] = 1, ['~'] = 1,
};

/* Text on its way: what is left of it, and where the outcome goes. */
struct pass {
	struct qp	*q;
	const char	*s, *end;
	int		 last;		/* nothing follows end */
	char		*to;
};

static size_t
left(const struct pass *p)
{
	return (size_t)(p->end - p->s);
}

static int
at_crlf(const char *s, const char *end)
{
	return end - s >= 2 && s[0] == '\r' && s[1] == '\n';
}

/* Does the line end here?  What delimits a part ends its last line too. */
static int
ends_line(const char *s, const char *end)
{
	return s == end || at_crlf(s, end);
}

/* May the octet at the cursor stand for itself, where it is the next? */
static int
stands(const struct pass *p)
{
	const char *s = p->s;

	if (!literal[(unsigned char)*s])
		return 0;
	if (str_blank(*s))
		return !ends_line(s + 1, p->end);
	if (p->q->column > 0)
		return 1;
	/* What is behind a soft break in the old text may join it. */
	if (p->q->coded && left(p) > 1 && s[1] == '=' &&
	    (*s == '.' || *s == '-'))
		return 0;
	if (*s == '.')
		return !ends_line(s + 1, p->end);
	if (*s == '-')
		return !p->q->part || left(p) < 2 || s[1] != '-';
	return *s != 'F' || left(p) < 5 || memcmp(s, "From ", 5) != 0;
}

/* Begin another line where width octets do not fit this one.  The last of a
 * line may take the place that a soft break needs else.  Was one begun? */
static int
make_room(struct pass *p, size_t width, const char *next)
{
	size_t max = ends_line(next, p->end) ? QP_LINE_MAX : QP_LINE_MAX - 1;

	if (p->q->column + width <= max)
		return 0;
	memcpy(p->to, "=\r\n", 3);
	p->to += 3;
	p->q->column = 0;
	return 1;
}

static void
put_hex(struct pass *p, char c)
{
	static const char digits[] = "0123456789ABCDEF";

	p->to[0] = '=';
	p->to[1] = digits[(unsigned char)c >> 4];
	p->to[2] = digits[(unsigned char)c & 15];
	p->to += 3;
	p->q->column += 3;
}

/* One octet: at the beginning of a line fewer may stand. */
static void
put(struct pass *p)
{
	int as_it_is = stands(p);

	if (make_room(p, as_it_is ? 1 : 3, p->s + 1))
		as_it_is = stands(p);
	if (as_it_is) {
		*p->to++ = *p->s;
		p->q->column++;
	} else
		put_hex(p, *p->s);
	p->s++;
}

static void
put_line_end(struct pass *p)
{
	memcpy(p->to, "\r\n", 2);
	p->to += 2;
	p->q->column = 0;
	p->s += 2;
}

/* The octet that =XX at s stands for, whatever the case of its digits; or
 * -1. */
static int
hex_octet(const char *s, const char *end)
{
	int high, low;

	if (end - s < 3 || *s != '=')
		return -1;
	high = str_hex(s[1]);
	low = str_hex(s[2]);
	return high == -1 || low == -1 ? -1 : high << 4 | low;
}

/* Behind the blanks at s, of which no more than QP_BLANKS_MAX count. */
static const char *
skip_blanks(const char *s, const char *end)
{
	const char *stop = end - s > QP_BLANKS_MAX ? s + QP_BLANKS_MAX : end;

	while (s < stop && str_blank(*s))
		s++;
	return s;
}

/*
 * Blanks that end a line were added on the way, and do not count (RFC 2045
 * 6.7 (3)).  Before a soft break they do, and may end the new line.
 */
static void
take_blanks(struct pass *p, const char *stop)
{
	int joins = stop < p->end && *stop == '=' &&
	    hex_octet(stop, p->end) == -1;
	int many = stop - p->s == QP_BLANKS_MAX;

	if (ends_line(stop, p->end)) {
		p->s = stop;
		return;
	}
	while (p->s < stop) {
		if (!many && !(joins && p->s + 1 == stop)) {
			put(p);
			continue;
		}
		make_room(p, 3, p->s + 1);
		put_hex(p, *p->s++);
	}
}

static void
take_equals(struct pass *p, const char *stop)
{
	int octet = hex_octet(p->s, p->end);

	if (ends_line(stop, p->end))		/* a soft line break */
		p->s = at_crlf(stop, p->end) ? stop + 2 : stop;
	else if (octet == -1)
		put(p);
	else {
		make_room(p, 3, p->s + 3);
		put_hex(p, (char)octet);
		p->s += 3;
	}
}

/*
 * An "=" or blanks in text that is quoted-printable already.  Returns 0 when
 * more must be seen.
 */
static int
take_coded(struct pass *p)
{
	int equals = *p->s == '=';
	const char *stop = skip_blanks(p->s + equals, p->end);

	if (!p->last && p->end - stop < 3)
		return 0;
	if (equals)
		take_equals(p, stop);
	else
		take_blanks(p, stop);
	return 1;
}

/* Octets that need no thought, copied as far as the line has room. */
static void
take_run(struct pass *p)
{
	size_t n = left(p), k = 0;
	size_t room = QP_LINE_MAX - 1 - p->q->column;

	if (n > room)
		n = room;
	for (; k < n && literal[(unsigned char)p->s[k]]; k++)
		p->to[k] = p->s[k];
	while (k > 0 && str_blank(p->s[k - 1]))
		k--;
	p->s += k;
	p->to += k;
	p->q->column += k;
}

/* The next octet or more.  Returns 0 when more must be seen. */
static int
take(struct pass *p)
{
	if (at_crlf(p->s, p->end))
		put_line_end(p);
	else if (p->q->coded && (*p->s == '=' || str_blank(*p->s)))
		return take_coded(p);
	else
		put(p);
	return 1;
}

size_t
qp_encode(struct qp *q, const char *s, size_t n, int last, struct buf *out)
{
	char *room = buf_room(out, QP_ROOM(n));
	struct pass p = { .q = q, .s = s, .end = s + n, .last = last,
	    .to = room };
	size_t least = last ? 1 : LOOK;

	assert(room != NULL);
	while (left(&p) >= least) {
		if (q->column > 0 && q->column < QP_LINE_MAX - 1)
			take_run(&p);
		if (left(&p) < least || !take(&p))
			break;
	}
	buf_took(out, (size_t)(p.to - room));
	return (size_t)(p.s - s);
}

void
qp_end(struct qp *q, struct buf *out)
{
	if (q->column == 0)
		return;
	if (q->column == QP_LINE_MAX)
		buf_adds(out, "\r\n");
	else
		buf_adds(out, "=\r\n");
	q->column = 0;
}
