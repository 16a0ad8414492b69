#include "base/str.h"
#include "config/aliaslex.h"

static const char too_long[] = "a target of over 4096 bytes";
static const char not_closed[] = "a quote, comment or bracket is not closed";

void
aliaslex_open(struct aliaslex *l, const char *text, size_t n,
    enum aliaslex_lines lines, unsigned line)
{
	*l = (struct aliaslex){ .p = text, .end = text + n, .line = line,
	    .lines = lines, .fresh = lines == ALIASLEX_LINES,
	    .item = BUF_MAX(ALIASLEX_TARGET_MAX) };
}

static int
is_open(const struct aliaslex *l)
{
	return l->quoted || l->comments > 0 || l->closing != '\0';
}

static int
at_comment(const struct aliaslex *l)
{
	return *l->p == '#' && (l->fresh || (l->blank && !is_open(l)));
}

static void
put(struct aliaslex *l, char c)
{
	if (l->item.len == 0) {
		if (str_blank(c))
			return;
		l->item_line = l->line;
	}
	if (buf_addc(&l->item, c) == -1)
		l->why = too_long;
}

/* What this character opens or closes. */
static void
mark(struct aliaslex *l, char c)
{
	if (l->quoted)
		l->quoted = c != '"';
	else if (c == '(' && l->closing != ']')
		l->comments++;
	else if (c == ')' && l->comments > 0)
		l->comments--;
	else if (l->comments > 0)
		return;
	else if (c == '"' && l->closing != ']')
		l->quoted = 1;
	else if (c == l->closing)
		l->closing = '\0';
	else if (l->closing == '\0' && (c == '<' || c == '['))
		l->closing = c == '<' ? '>' : ']';
}

/* The next character; true when the target ends with it. */
static int
step(struct aliaslex *l)
{
	char c = *l->p++;

	if (c == '\n') {
		l->line++;
		l->fresh = l->blank = 1;
		put(l, ' ');
		return l->lines == ALIASLEX_LINES;
	}
	if (c == '\r' && (l->p == l->end || *l->p == '\n'))
		c = ' ';
	l->blank = str_blank(c);
	l->fresh = l->fresh && l->blank;
	if (c == ',' && !is_open(l))
		return 1;
	mark(l, c);
	put(l, c);
	if (c == '\\' && (l->quoted || l->comments > 0) && l->p < l->end &&
	    *l->p != '\n')
		put(l, *l->p++);
	return 0;
}

static void
skip_comment(struct aliaslex *l)
{
	while (l->p < l->end && *l->p != '\n')
		l->p++;
}

static void
take(struct aliaslex *l)
{
	struct buf *b = &l->item;
	size_t n;

	buf_clear(b);
	l->quoted = 0;
	l->comments = 0;
	l->closing = '\0';
	l->why = NULL;
	while (l->p < l->end)
		if (at_comment(l))
			skip_comment(l);
		else if (step(l))
			break;
	if (l->why == NULL && is_open(l))
		l->why = not_closed;
	for (n = b->len; n > 0 && str_blank(b->data[n - 1]); n--)
		;
	buf_cut(b, n);
}

int
aliaslex_next(struct aliaslex *l)
{
	buf_clear(&l->item);
	while (l->p < l->end && l->item.len == 0)
		take(l);
	return l->item.len > 0;
}

void
aliaslex_close(struct aliaslex *l)
{
	buf_free(&l->item);
}
