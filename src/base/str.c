#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

int
str_same_n(const char *a, size_t na, const char *b, size_t nb)
{
	size_t i;

	if (na != nb)
		return 0;
	for (i = 0; i < na; i++)
		if (str_lower(a[i]) != str_lower(b[i]))
			return 0;
	return 1;
}

int
str_same(const char *a, const char *b)
{
	return str_same_n(a, strlen(a), b, strlen(b));
}

int
str_begins(const char *s, size_t n, const char *prefix)
{
	size_t len = strlen(prefix);

	return n >= len && str_same_n(s, len, prefix, len);
}

/* Length of the UTF-8 sequence at s (RFC 3629 4), or 0. */
static size_t
utf8_span(const unsigned char *s, size_t n)
{
	static const struct { unsigned char lo, hi, lo2, hi2; size_t len; }
	    heads[] = {
		{ 0x00, 0x7f, 0x00, 0xff, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, k;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (s[0] >= heads[i].lo && s[0] <= heads[i].hi)
			break;
	if (i == sizeof(heads) / sizeof(heads[0]) || heads[i].len > n)
		return 0;
	if (heads[i].len > 1 &&
	    (s[1] < heads[i].lo2 || s[1] > heads[i].hi2))
		return 0;
	for (k = 2; k < heads[i].len; k++)
		if (s[k] < 0x80 || s[k] > 0xbf)
			return 0;
	return heads[i].len;
}

int
str_add_lower(struct buf *b, const char *s, size_t n)
{
	char *to = buf_room(b, n);
	size_t i;

	if (to == NULL)
		return -1;
	for (i = 0; i < n; i++)
		to[i] = str_lower(s[i]);
	buf_took(b, n);
	return 0;
}

int
str_has_8bit_n(const char *p, size_t n)
{
	uint64_t word, bits = 0;
	size_t i = 0;

	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		bits |= word;
	}
	for (; i < n; i++)
		bits |= (uint64_t)(unsigned char)p[i];
	return (bits & UINT64_C(0x8080808080808080)) != 0;
}

int
str_has_8bit(const char *s)
{
	return str_has_8bit_n(s, strlen(s));
}

int
str_utf8(const char *s, size_t n)
{
	size_t i, len;

	for (i = 0; i < n; i += len) {
		len = utf8_span((const unsigned char *)s + i, n - i);
		if (len == 0)
			return 0;
	}
	return 1;
}

/* C0, DEL, and C1 as UTF-8 (U+0080 to U+009F): what a terminal obeys. */
static int
is_control(const unsigned char *s, size_t len)
{
	return (len == 1 && (s[0] < 0x20 || s[0] == 0x7f)) ||
	    (len == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

/*
 * What has no width, or turns the order of what stands around it: U+061C,
 * U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F and U+FEFF.
 */
static int
is_unseen(const unsigned char *s, size_t len)
{
	if (len == 2)
		return s[0] == 0xd8 && s[1] == 0x9c;
	if (len != 3)
		return 0;
	if (s[0] == 0xef)
		return s[1] == 0xbb && s[2] == 0xbf;
	if (s[0] != 0xe2)
		return 0;
	return (s[1] == 0x80 && ((s[2] >= 0x8b && s[2] <= 0x8f) ||
	    (s[2] >= 0xa8 && s[2] <= 0xae))) ||
	    (s[1] == 0x81 && s[2] >= 0xa0 && s[2] <= 0xaf);
}

/* As \xNN, one octet or all; of C1 the second says it. */
static size_t
escape(char *to, const unsigned char *s, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0, i = is_control(s, len) ? len - 1 : 0;

	for (len += len == 0; i < len; i++) {
		to[n++] = '\\';
		to[n++] = 'x';
		to[n++] = digits[s[i] >> 4];
		to[n++] = digits[s[i] & 0xf];
	}
	return n;
}

void
str_show(struct buf *b, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, len, wide, end = b->len + STR_SHOW_MAX;
	char hidden[16];
	int blank;

	while (i < n) {
		len = utf8_span(s + i, n - i);
		blank = s[i] == '\r' || s[i] == '\n' || s[i] == '\t';
		wide = !blank && (len == 0 || is_control(s + i, len) ||
		    is_unseen(s + i, len)) ? escape(hidden, s + i, len) : 0;
		if (b->len + (wide > 0 ? wide : len) > end) {
			buf_adds(b, "...");
			return;
		}
		if (blank)
			buf_addc(b, ' ');
		else if (wide > 0)
			buf_add(b, hidden, wide);
		else
			buf_add(b, s + i, len);
		i += len > 0 ? len : 1;
		if (s[i - 1] == '\r' && i < n && s[i] == '\n')
			i++;
	}
}

const char *
str_shown(const char *s, size_t n)
{
	static struct buf ring[8];
	static size_t next;
	struct buf *b = &ring[next++ % 8];

	b->max = STR_SHOW_MAX + 8;
	buf_clear(b);
	str_show(b, s, n);
	return buf_str(b);
}

const char *
str_text(const char *s)
{
	return str_shown(s, strlen(s));
}

/* Letters to insert, remove, replace or swap to get from a to b. */
static size_t
distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), i, j, best;
	size_t row[3][34];
	size_t *two = row[0], *one = row[1], *now = row[2], *free_row;

	if (na > 32 || nb > 32)
		return SIZE_MAX;
	for (j = 0; j <= nb; j++)
		one[j] = j;
	for (i = 1; i <= na; i++) {
		now[0] = i;
		for (j = 1; j <= nb; j++) {
			best = one[j - 1] +
			    (str_lower(a[i - 1]) != str_lower(b[j - 1]));
			if (one[j] + 1 < best)
				best = one[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && two[j - 2] + 1 < best &&
			    str_same_n((char[]){ a[i - 1], a[i - 2] }, 2,
			    b + j - 2, 2))
				best = two[j - 2] + 1;
			now[j] = best;
		}
		free_row = two;
		two = one;
		one = now;
		now = free_row;
	}
	return one[nb];
}

const char *
str_nearest(const char *s, const char *const *words, size_t n)
{
	size_t i, d, least = strlen(s) / 3;
	const char *near = NULL;

	for (i = 0; i < n && s[0] != '\0'; i++) {
		d = distance(s, words[i]);
		if (d < least || (d == least && near == NULL)) {
			least = d;
			near = words[i];
		}
	}
	return near;
}

int
str_number(const char *s, long long min, long long max, long long *value)
{
	const char *why;

	if (s[0] != '-' && !str_digit(s[0]))
		return -1;
	*value = strtonum(s, min, max, &why);
	return why == NULL ? 0 : -1;
}

int
str_number_n(const char *s, size_t n, long long min, long long max,
    long long *value)
{
	char text[24];		/* none has more digits */

	if (n == 0 || n >= sizeof(text) || memchr(s, '\0', n) != NULL)
		return -1;
	memcpy(text, s, n);
	text[n] = '\0';
	return str_number(text, min, max, value);
}
