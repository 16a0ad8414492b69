/*
 * str.h - text without a locale: ASCII classes, comparison, escaping.
 *
 * ctype.h follows the locale and is undefined for negative chars; mail is
 * ASCII or UTF-8, whatever the caller's locale says.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stddef.h>

#include "base/buf.h"

#define STR_SHOW_MAX	200	/* bytes of outside text shown to a person */

static inline int
str_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline int
str_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline int
str_alnum(char c)
{
	return str_alpha(c) || str_digit(c);
}

static inline int
str_blank(char c)		/* WSP of RFC 5234 */
{
	return c == ' ' || c == '\t';
}

static inline int
str_gap(char c)			/* WSP, or of a line end: a fold's */
{
	return str_blank(c) || c == '\r' || c == '\n';
}

static inline int
str_8bit(char c)
{
	return (unsigned char)c >= 0x80;
}

/* A hexadecimal digit's value, or -1. */
static inline int
str_hex(char c)
{
	if (str_digit(c))
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline char
str_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Equality without regard to ASCII case. */
int	 str_same(const char *, const char *);
int	 str_same_n(const char *, size_t, const char *, size_t);
/* Does the first (of n bytes) begin with the second, ASCII case apart? */
int	 str_begins(const char *, size_t n, const char *prefix);
/* Is there an 8-bit octet among n of them, or in a string? */
int	 str_has_8bit_n(const char *, size_t n);
int	 str_has_8bit(const char *);
/* Append text in lower case, ASCII alone.  Returns as buf_add(). */
int	 str_add_lower(struct buf *, const char *, size_t n);
/* Is s[0..n) valid UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
int	 str_utf8(const char *, size_t n);
/*
 * Append outside text so that a person may see it: control characters,
 * what turns the direction of text or has no width, and bytes that are not
 * UTF-8 become \xNN, line ends a space, and after
 * STR_SHOW_MAX bytes comes "...".
 */
void	 str_show(struct buf *, const char *, size_t n);
/* The same into a static ring of eight buffers, for use in a message. */
const char *str_shown(const char *, size_t n);
const char *str_text(const char *);		/* of a string */
/*
 * The word of words[0..n) nearest to s, or NULL if none is near enough to be
 * what the writer meant (a third of its letters, case apart).
 */
const char *str_nearest(const char *s, const char *const *words, size_t n);
/* A decimal number in min..max, nothing else.  Returns 0, or -1. */
int	 str_number(const char *, long long min, long long max, long long *);
/* The same for n octets. */
int	 str_number_n(const char *, size_t n, long long min, long long max,
	    long long *);

#endif
