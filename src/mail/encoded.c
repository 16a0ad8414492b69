#include <string.h>

#include "base/base64.h"
#include "base/str.h"
#include "mail/charset.h"
#include "mail/encoded.h"
#include "mail/fold.h"

#define FRAME	7		/* of "=?" charset "?Q?" text "?=" */

/* How one text is encoded. */
struct form {
	const char	*charset;
	enum encoded_in	 in;
	int		 utf8;
	int		 q;
	size_t		 width;		/* of a line */
};

/* May Q leave it as it is?  RFC 2047 4.2 and 5. */
static int
is_plain(enum encoded_in in, char c)
{
	static const char *const not[] = {
		[ENCODED_TEXT] = "=?_", [ENCODED_COMMENT] = "=?_()\"\\" };

	if (str_alnum(c))
		return 1;
	if (in == ENCODED_PHRASE)
		return c != '\0' && strchr("!*+-/", c) != NULL;
	return c > ' ' && c < 0x7f && strchr(not[in], c) == NULL;
}

static size_t
q_cost(enum encoded_in in, const char *p, size_t n)
{
	size_t i, cost = 0;

	for (i = 0; i < n; i++)
		cost += p[i] == ' ' || is_plain(in, p[i]) ? 1 : 3;
	return cost;
}

static size_t
b_cost(size_t n)
{
	return (n + 2) / 3 * 4;
}

static struct form
form_of(enum encoded_in in, const char *text, size_t n)
{
	struct form f = { .charset = charset_of(text, n), .in = in,
	    .width = FOLD_WIDTH };

	if (str_same(f.charset, "utf-8")) {
		f.charset = "UTF-8";
		f.utf8 = 1;
	} else if (str_same(f.charset, "us-ascii"))
		f.charset = "US-ASCII";
	if (in == ENCODED_COMMENT)
		f.width--;		/* its parenthesis */
	f.q = q_cost(in, text, n) <= b_cost(n);
	return f;
}

/* Octets of the character at p; the text is known to be valid. */
static size_t
character(const struct form *f, const char *p)
{
	unsigned char c = (unsigned char)*p;

	if (!f->utf8)
		return 1;
	return c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
}

/* How many of the octets fit into a word at that column. */
static size_t
fitting(const struct form *f, const char *text, size_t n, size_t column)
{
	size_t room = column < f->width ? f->width - column : 0;
	size_t frame = strlen(f->charset) + FRAME, done, next, cost = 0;

	if (room > ENCODED_MAX)
		room = ENCODED_MAX;
	for (done = 0; done < n; done = next) {
		next = done + character(f, text + done);
		cost = f->q ? cost + q_cost(f->in, text + done, next - done) :
		    b_cost(next);
		if (frame + cost > room)
			break;
	}
	return done;
}

static int
add_word(struct buf *b, const struct form *f, const char *p, size_t n)
{
	size_t i;
	int r = buf_addf(b, "=?%s?%c?", f->charset, f->q ? 'Q' : 'B');

	if (!f->q)
		return r | base64_add(b, p, n) | buf_adds(b, "?=");
	for (i = 0; i < n; i++) {
		if (p[i] == ' ')
			r |= buf_addc(b, '_');
		else if (is_plain(f->in, p[i]))
			r |= buf_addc(b, p[i]);
		else
			r |= buf_addf(b, "=%02X", (unsigned char)p[i]);
	}
	return r | buf_adds(b, "?=");
}

/* Is there only "Name:" on the line?  It should not stand there alone. */
static int
after_colon(const struct buf *b)
{
	size_t i = b->len;

	while (i > 0 && str_blank(b->data[i - 1]))
		i--;
	return i == 0 || b->data[i - 1] == ':';
}

/* What goes on the line as it is, which is folded if that is better. */
static size_t
first_part(struct buf *b, size_t before, const struct form *f,
    const char *text, size_t n)
{
	size_t part = fitting(f, text, n, fold_column(b, before));

	if (part == n || (part > 0 && (after_colon(b) ||
	    fitting(f, text, n, 1) < n)))
		return part;
	fold_break(b);
	return fitting(f, text, n, fold_column(b, before));
}

int
encoded_add(struct buf *b, size_t before, enum encoded_in in,
    const char *text, size_t n)
{
	struct form f = form_of(in, text, n);
	size_t part;
	int r = 0, first = 1;

	for (; n > 0; text += part, n -= part) {
		if (first)
			part = first_part(b, before, &f, text, n);
		else {
			r |= buf_adds(b, "\r\n ");
			part = fitting(&f, text, n, 1);
		}
		if (part == 0)		/* the line is full, and stays so */
			part = character(&f, text);
		r |= add_word(b, &f, text, part);
		first = 0;
	}
	return r;
}

/* The parts of "=?charset?Q?text?=". */
struct parts {
	const char	*charset, *text;
	size_t		 charset_n, text_n;
	char		 how;
};

static int
split(struct parts *w, const char *p, size_t n)
{
	const char *mark;
	size_t i;

	if (n < 9 || memcmp(p, "=?", 2) != 0 || memcmp(p + n - 2, "?=", 2) != 0)
		return 0;
	w->charset = p + 2;
	mark = memchr(p + 2, '?', n - 4);
	if (mark == NULL || mark == p + 2 || p + n - mark < 6 ||
	    mark[2] != '?')
		return 0;
	w->charset_n = (size_t)(mark - w->charset);
	w->how = str_lower(mark[1]);
	w->text = mark + 3;
	w->text_n = (size_t)(p + n - 2 - w->text);
	for (i = 2; i < n; i++)
		if (p[i] <= ' ' || p[i] == 0x7f)
			return 0;
	return (w->how == 'q' || w->how == 'b') && w->text_n > 0 &&
	    memchr(w->text, '?', w->text_n) == NULL;
}

int
encoded_is(const char *p, size_t n)
{
	struct parts w;

	return split(&w, p, n);
}

static int
read_q(struct buf *b, const char *p, size_t n)
{
	size_t i;
	int r = 0, high, low;

	for (i = 0; i < n; i++) {
		if (p[i] != '=') {
			r |= buf_addc(b, p[i] == '_' ? ' ' : p[i]);
			continue;
		}
		if (n - i < 3 || (high = str_hex(p[i + 1])) == -1 ||
		    (low = str_hex(p[i + 2])) == -1)
			return -1;
		r |= buf_addc(b, (char)(high << 4 | low));
		i += 2;
	}
	return r;
}

int
encoded_read(struct buf *b, const char *word, size_t n)
{
	struct parts w;

	if (!split(&w, word, n) ||
	    (!str_same_n(w.charset, w.charset_n, "utf-8", 5) &&
	    !str_same_n(w.charset, w.charset_n, "us-ascii", 8)))
		return -1;
	return w.how == 'q' ? read_q(b, w.text, w.text_n) :
	    base64_read(b, w.text, w.text_n);
}
