#include <string.h>

#include "base/str.h"
#include "smtp/json.h"

#define DEPTH_MAX	16

struct scan {
	const char	*p, *end;
};

static void
skip_gap(struct scan *s)
{
	while (s->p < s->end && str_gap(*s->p))
		s->p++;
}

/* Is it the next sign?  Then it is behind us. */
static int
took(struct scan *s, char c)
{
	skip_gap(s);
	if (s->p == s->end || *s->p != c)
		return 0;
	s->p++;
	return 1;
}

/* 4HEXDIG, or -1. */
static long
hex4(struct scan *s)
{
	long v = 0;
	int i, digit;

	if (s->end - s->p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		digit = str_hex(*s->p++);
		if (digit == -1)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

static int
add_utf8(struct buf *out, long c)
{
	char text[4];
	size_t n = 0;

	if (c < 0x80)
		text[n++] = (char)c;
	else if (c < 0x800)
		text[n++] = (char)(0xc0 | c >> 6);
	else if (c < 0x10000)
		text[n++] = (char)(0xe0 | c >> 12);
	else {
		text[n++] = (char)(0xf0 | c >> 18);
		text[n++] = (char)(0x80 | (c >> 12 & 0x3f));
	}
	if (c >= 0x800)
		text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	if (c >= 0x80)
		text[n++] = (char)(0x80 | (c & 0x3f));
	return buf_add(out, text, n);
}

/* \uXXXX, and of a surrogate's halves both (RFC 8259 7); a lone half is left
 * to whoever shows it. */
static int
unicode(struct scan *s, struct buf *out)
{
	struct scan ahead;
	long c = hex4(s), low;

	if (c == -1)
		return -1;
	if (c >= 0xd800 && c < 0xdc00 && s->end - s->p >= 6 &&
	    s->p[0] == '\\' && s->p[1] == 'u') {
		ahead = *s;
		ahead.p += 2;
		low = hex4(&ahead);
		if (low >= 0xdc00 && low < 0xe000) {
			*s = ahead;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	return add_utf8(out, c);
}

static int
escape(struct scan *s, struct buf *out)
{
	static const char signs[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (s->p == s->end || *s->p == '\0')
		return -1;
	if (*s->p == 'u') {
		s->p++;
		return unicode(s, out);
	}
	at = strchr(signs, *s->p++);
	return at == NULL ? -1 : buf_addc(out, means[at - signs]);
}

/* string = quotation-mark *char quotation-mark */
static int
string(struct scan *s, struct buf *out)
{
	if (!took(s, '"'))
		return -1;
	while (s->p < s->end && *s->p != '"') {
		if (*s->p++ == '\\') {
			if (escape(s, out) == -1)
				return -1;
		} else if (buf_addc(out, s->p[-1]) == -1)
			return -1;
	}
	return took(s, '"') ? 0 : -1;
}

/* A number, or one of the three words. */
static int
bare(struct scan *s, struct buf *out)
{
	const char *from;

	skip_gap(s);
	from = s->p;
	while (s->p < s->end && (str_alnum(*s->p) || *s->p == '-' ||
	    *s->p == '+' || *s->p == '.'))
		s->p++;
	return s->p == from ? -1 : buf_add(out, from, (size_t)(s->p - from));
}

/* A sign within an array or an object: how deep is it now?  -1 where that is
 * too deep, or the text ends. */
static int
skip_sign(struct scan *s, int depth)
{
	char c;

	if (s->p == s->end)
		return -1;
	c = *s->p++;
	if (c == '{' || c == '[')
		return depth == DEPTH_MAX ? -1 : depth + 1;
	return c == '}' || c == ']' ? depth - 1 : depth;
}

/* Over an array or an object to its end, whatever is in it. */
static int
skip_nest(struct scan *s)
{
	struct buf unused = BUF_MAX((size_t)(s->end - s->p));
	int depth = 0;

	do {
		buf_clear(&unused);
		skip_gap(s);
		if (s->p == s->end || *s->p != '"')
			depth = skip_sign(s, depth);
		else if (string(s, &unused) == -1)
			depth = -1;
	} while (depth > 0);
	buf_free(&unused);
	return depth;
}

static int
value(struct scan *s, struct buf *out)
{
	skip_gap(s);
	if (s->p == s->end)
		return -1;
	if (*s->p == '"')
		return string(s, out);
	return *s->p == '{' || *s->p == '[' ? skip_nest(s) : bare(s, out);
}

int
json_text(const char *text, size_t n, const char *name, struct buf *out)
{
	struct scan s = { text, text + n };
	struct buf key = BUF_MAX(n), other = BUF_MAX(n);
	int r = took(&s, '{') ? 0 : -1, found = 0;

	while (r == 0 && !found && !took(&s, '}')) {
		buf_clear(&key);
		buf_clear(&other);
		if (string(&s, &key) == -1 || !took(&s, ':')) {
			r = -1;
			break;
		}
		found = strcmp(buf_str(&key), name) == 0;
		r = value(&s, found ? out : &other);
		if (r == 0 && !found && !took(&s, ',')) {
			r = took(&s, '}') ? 0 : -1;
			break;
		}
	}
	buf_free(&key);
	buf_free(&other);
	return r == -1 ? -1 : found;
}
