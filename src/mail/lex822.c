#include <string.h>

#include "base/str.h"
#include "mail/lex822.h"

static const char open_comment[] = "a comment is not closed";
static const char open_quote[] = "a quote is not closed";
static const char too_deep[] = "comments are nested too deep";
static const char too_long[] = "a part of it is too long";
static const char bad_control[] = "a control character in the address";

static int
fail(struct lex *l, const char *why)
{
	l->why = why;
	return -1;
}

int
lex_atext(char c)
{
	return str_alnum(c) || str_8bit(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* FWS: a line end counts only before white space. */
static int
fws(struct lex *l)
{
	const char *p = l->p;

	if (p < l->end && *p == '\r')
		p++;
	if (p < l->end && *p == '\n')
		p++;
	if (p == l->end || !str_blank(*p))
		return 0;
	l->p = p + 1;
	return 1;
}

static int
control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The character of a quoted-pair, its backslash at the cursor, or -1: there
 * is none, so that what it stands in is open, or it cannot be sent. */
static int
quoted_pair(struct lex *l, char *c, const char *open)
{
	if (l->end - l->p < 2)
		return fail(l, open);
	if (control(l->p[1]) && l->p[1] != '\t')
		return fail(l, bad_control);
	*c = l->p[1];
	l->p += 2;
	return 0;
}

/* comment = "(" *([FWS] ccontent) [FWS] ")"; depth is counted, not stacked. */
static int
comment(struct lex *l, struct buf *text)
{
	size_t depth = 0;
	char c;

	if (text != NULL)
		buf_clear(text);
	do {
		if (l->p == l->end)
			return fail(l, open_comment);
		c = *l->p;
		if (c == '\\') {
			if (quoted_pair(l, &c, open_comment) == -1)
				return -1;
		} else if (fws(l))
			c = ' ';
		else if (control(c))
			return fail(l, bad_control);
		else {
			l->p++;
			if (c == '(' && ++depth == 1)
				continue;
			if (depth > LEX_DEPTH_MAX)
				return fail(l, too_deep);
			if (c == ')' && --depth == 0)
				break;
		}
		if (text != NULL)
			buf_addc(text, c);	/* as far as there is room */
	} while (depth > 0);
	return 0;
}

int
lex_cfws(struct lex *l, struct buf *text)
{
	for (;;) {
		if (fws(l))
			continue;
		if (!lex_at(l, '('))
			break;
		if (comment(l, text) == -1)
			return -1;
	}
	/* A line end at the very end folds nothing and hides nothing. */
	while (l->p < l->end && (*l->p == '\r' || *l->p == '\n') &&
	    (l->p + 1 == l->end || (l->p + 2 == l->end && l->p[1] == '\n')))
		l->p++;
	return 0;
}

int
lex_atom(struct lex *l, struct buf *b)
{
	const char *start = l->p;

	while (l->p < l->end && lex_atext(*l->p))
		l->p++;
	if (l->p == start)
		return fail(l, NULL);
	return buf_add(b, start, (size_t)(l->p - start)) == -1 ?
	    fail(l, too_long) : 0;
}

int
lex_quoted(struct lex *l, struct buf *b)
{
	char c;

	for (l->p++; l->p < l->end && *l->p != '"';) {
		c = *l->p;
		if (c == '\\') {
			if (quoted_pair(l, &c, open_quote) == -1)
				return -1;
		} else if ((c == '\r' || c == '\n') && fws(l))
			c = l->p[-1];
		else if (control(c) && c != '\t')
			return fail(l, bad_control);
		else
			l->p++;
		if (buf_addc(b, c) == -1)
			return fail(l, too_long);
	}
	if (l->p == l->end)
		return fail(l, open_quote);
	l->p++;
	return 0;
}

int
lex_literal(struct lex *l, struct buf *b)
{
	buf_addc(b, '[');
	for (l->p++; l->p < l->end && *l->p != ']';) {
		if (fws(l))
			continue;
		if (control(*l->p) || str_8bit(*l->p) || *l->p == '[' ||
		    *l->p == '\\' || *l->p == ' ')
			return -1;
		if (buf_addc(b, *l->p++) == -1)
			return -1;
	}
	if (l->p == l->end)
		return -1;
	l->p++;
	return buf_addc(b, ']');
}
