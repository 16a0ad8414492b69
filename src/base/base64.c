#include <stdint.h>
#include <string.h>

#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";

int
base64_add(struct buf *b, const void *p, size_t n)
{
	const unsigned char *s = p;
	uint32_t v;
	size_t i, k;
	char *out = buf_room(b, (n + 2) / 3 * 4);

	if (out == NULL)
		return -1;
	for (i = 0; i < n; i += 3) {
		for (v = 0, k = 0; k < 3; k++)
			v = v << 8 | (i + k < n ? s[i + k] : 0u);
		for (k = 0; k < 4; k++)
			*out++ = k > n - i ? '=' :
			    digits[v >> (18 - 6 * k) & 63];
	}
	buf_took(b, (n + 2) / 3 * 4);
	return 0;
}

/* What a character is: a letter, by its value and one, or one of these. */
#define SPACE	65
#define PAD	66

static const unsigned char kinds[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6,
	['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
	['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
	['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
	['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
	['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
	['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
	[' '] = SPACE, ['\t'] = SPACE, ['\r'] = SPACE, ['\n'] = SPACE,
	['='] = PAD,
};

struct reader {
	const unsigned char	*p, *end;
	char			*out, *limit;
	uint32_t		 bits;		/* nbits of them are not out */
	unsigned		 nbits;
	size_t			 letters;
};

/* Four letters at a time, as most of a text comes. */
static void
read_groups(struct reader *r)
{
	const unsigned char *p = r->p;
	char *out = r->out;		/* a char may alias what r points to */
	uint32_t a, b, c, d;

	while (r->end - p >= 4 && r->limit - out >= 3) {
		a = kinds[p[0]] - 1u;
		b = kinds[p[1]] - 1u;
		c = kinds[p[2]] - 1u;
		d = kinds[p[3]] - 1u;
		if ((a | b | c | d) > 63)
			break;
		out[0] = (char)(a << 2 | b >> 4);
		out[1] = (char)(b << 4 | c >> 2);
		out[2] = (char)(c << 6 | d);
		p += 4;
		out += 3;
	}
	r->letters += (size_t)(p - r->p);
	r->p = p;
	r->out = out;
}

/* Up to what is neither letter nor space.  Returns 0, or -1 when there is no
 * room. */
static int
read_letters(struct reader *r)
{
	unsigned kind;

	for (;;) {
		if (r->nbits == 0)
			read_groups(r);
		if (r->p == r->end)
			return 0;
		kind = kinds[*r->p];
		if (kind == 0 || kind == PAD)
			return 0;
		r->p++;
		if (kind == SPACE)
			continue;
		r->letters++;
		r->bits = r->bits << 6 | (kind - 1);
		r->nbits += 6;
		if (r->nbits < 8)
			continue;
		if (r->out == r->limit)
			return -1;
		r->nbits -= 8;
		*r->out++ = (char)(r->bits >> r->nbits & 0xff);
	}
}

/* Nothing but pads, as many as there must be. */
static int
ends_well(const struct reader *r)
{
	const unsigned char *p;
	size_t pads = 0;

	for (p = r->p; p < r->end; p++)
		if (kinds[*p] == PAD)
			pads++;
		else if (kinds[*p] != SPACE)
			return 0;
	return pads <= 2 && (r->letters + pads) % 4 == 0;
}

int
base64_read(struct buf *b, const char *text, size_t n)
{
	struct reader r = { .p = (const unsigned char *)text };
	size_t room = n / 4 * 3 + 3;
	char *start;

	if (room > b->max - b->len)
		room = b->max - b->len;
	start = r.out = buf_room(b, room);
	r.limit = start + room;
	r.end = r.p + n;
	if (read_letters(&r) == -1 || !ends_well(&r)) {
		explicit_bzero(start, (size_t)(r.out - start));
		return -1;
	}
	buf_took(b, (size_t)(r.out - start));
	return 0;
}

int
base64_octet(const char *four, size_t which)
{
	unsigned high = kinds[(unsigned char)four[which]] - 1u;
	unsigned low = kinds[(unsigned char)four[which + 1]] - 1u;

	if ((high | low) > 63)
		return -1;
	return (int)((high << (2 + 2 * which) | low >> (4 - 2 * which)) & 0xff);
}
