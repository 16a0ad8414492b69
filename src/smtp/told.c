#include <string.h>

#include "base/base64.h"
#include "base/str.h"
#include "smtp/told.h"

#define TOLD_LONG	48	/* octets that nobody has for a word */

/* Another mechanism has the same password. */
static int
is_known(const struct buf *to, const char *word, size_t n)
{
	const char *p = buf_str(to), *end = p + to->len;

	for (; p < end; p += strlen(p) + 1)
		if (strlen(p) == n && memcmp(p, word, n) == 0)
			return 1;
	return 0;
}

static void
remember(struct buf *to, const char *word, size_t n)
{
	if (n > TOLD_PART)
		n = TOLD_PART;
	if (n > TOLD_LEAST && !is_known(to, word, n) &&
	    buf_add(to, word, n) == 0)
		buf_addc(to, '\0');
}

void
told_response(struct told *t, const char *response)
{
	remember(&t->words, response, strlen(response));
}

static void
remember_hex(struct told *t, const char *secret, size_t n)
{
	struct buf hex = BUF_SECRET(TOLD_MAX);
	size_t i;

	for (i = 0; i < n; i++)
		buf_addf(&hex, "%02x", (unsigned char)secret[i]);
	remember(&t->words, buf_str(&hex), hex.len);
	buf_free(&hex);
}

/* Some encode all signs but those in `plain` (RFC 3986 2.3). */
static void
remember_url(struct told *t, const char *secret, size_t n, const char *plain)
{
	struct buf url = BUF_SECRET(TOLD_MAX);
	size_t i;

	for (i = 0; i < n; i++)
		if (str_alnum(secret[i]) || (secret[i] != '\0' &&
		    strchr(plain, secret[i]) != NULL))
			buf_addc(&url, secret[i]);
		else
			buf_addf(&url, "%%%02x", (unsigned char)secret[i]);
	remember(&t->words, buf_str(&url), url.len);
	buf_free(&url);
}

/*
 * What a secret is in the base64 of something longer: with so many octets of
 * another before it, those letters that hang on it alone.
 */
static void
remember_base64(struct told *t, const char *secret, size_t n, size_t before)
{
	struct buf clear = BUF_SECRET(TOLD_MAX), text = BUF_SECRET(TOLD_MAX);
	size_t from = (before * 8 + 5) / 6, to = (before + n) * 8 / 6;

	buf_add(&clear, "\0\0", before);
	buf_add(&clear, secret, n);
	if (base64_add(&text, buf_str(&clear), clear.len) == 0)
		remember(&t->inner, buf_str(&text) + from, to - from);
	buf_free(&clear);
	buf_free(&text);
}

void
told_secret(struct told *t, const char *secret, size_t n)
{
	size_t before;

	if (n <= TOLD_LEAST)
		return;
	if (n > TOLD_PART)
		n = TOLD_PART;
	remember(&t->words, secret, n);
	remember_hex(t, secret, n);
	remember_url(t, secret, n, "");
	remember_url(t, secret, n, "-._~");
	for (before = 0; before < 3; before++)
		remember_base64(t, secret, n, before);
}

/* ----------------------------------------------------------- crossing out */

/* base64 has two alphabets (RFC 4648 5). */
static char
fold(char c)
{
	return c == '-' ? '+' : c == '_' ? '/' : str_lower(c);
}

/* Returns where the likeness to the word ends, or NULL when there is too little
 * of it. */
static char *
alike(char *p, const char *end, const char *word, size_t len)
{
	size_t n = 0;

	for (; p < end && n < len; p++)
		if (fold(*p) == fold(word[n]))
			n++;
		else if (n == 0 || *p != '\n')
			break;
	return n >= (len > TOLD_LONG ? TOLD_LONG : len) ? p : NULL;
}

static int
same_fold(const char *a, const char *b, size_t n)
{
	while (n > 0 && fold(*a) == fold(*b)) {
		a++;
		b++;
		n--;
	}
	return n == 0;
}

static int
is_base64(char c)
{
	return str_alnum(c) || (c != '\0' && strchr("+/-_=", c) != NULL);
}

/* Returns the end, having made stars of it; in base64 of all around it. */
static char *
strike(char *from, char *to, const char *text, const char *end, int inner)
{
	while (inner && from > text && is_base64(from[-1]))
		from--;
	while (inner && to < end && is_base64(*to))
		to++;
	memset(from, '*', (size_t)(to - from));
	return to;
}

static size_t
cross_out(const struct buf *words, char *text, size_t n, int inner)
{
	const char *word = buf_str(words), *last = word + words->len;
	char *p, *to, *end = text + n;
	size_t len, found = 0;

	for (; word < last; word += len + 1) {
		len = strlen(word);
		for (p = text; p < end; p = to == NULL ? p + 1 : to) {
			to = alike(p, end, word, len);
			if (to == NULL)
				continue;
			to = strike(p, to, text, end, inner);
			found++;
		}
	}
	return found;
}

size_t
told_cross_out(const struct told *t, char *text, size_t n)
{
	return cross_out(&t->words, text, n, 0) +
	    cross_out(&t->inner, text, n, 1);
}

static int
shares(const struct buf *words, const char *text, size_t n)
{
	const char *word = buf_str(words), *last = word + words->len, *p;
	size_t len, part, i;

	for (; word < last; word += len + 1) {
		len = strlen(word);
		part = len > TOLD_SHARE ? TOLD_SHARE : len;
		for (i = 0; i + part <= n; i++)
			for (p = word; p + part <= word + len; p++)
				if (same_fold(p, text + i, part))
					return 1;
	}
	return 0;
}

int
told_shares(const struct told *t, const char *text, size_t n)
{
	return shares(&t->words, text, n) || shares(&t->inner, text, n);
}

void
told_free(struct told *t)
{
	buf_free(&t->words);
	buf_free(&t->inner);
}
