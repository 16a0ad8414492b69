#include <string.h>

#include "base/str.h"
#include "mail/charset.h"
#include "mail/fold.h"
#include "mail/headtext.h"
#include "mail/param.h"

#define PARAM_NAME_MAX	32	/* of what can be sections of a line each */

/* attribute "=" value, with what is around them. */
struct param {
	const char	*name, *name_end;	/* after white space */
	const char	*value, *value_end;	/* quotes included */
	const char	*end;			/* its semicolon, or all */
};

/* attribute-char of RFC 2231 7. */
static int
is_attribute(char c)
{
	return str_alnum(c) || (c != '\0' && strchr("!#$&+-.^_`{|}~", c));
}

/* The comment that opens at p, or NULL.  After one that stays open none is
 * looked for any more: *open is set. */
static const char *
comment_end(const char *p, const char *end, int *open)
{
	const char *close = *open ? NULL : headtext_comment(p, end);

	*open |= close == NULL;
	return close;
}

/* The semicolon that ends it, or the end. */
static const char *
param_end(const char *p, const char *end, int *open)
{
	const char *close;
	int quoted = 0;

	for (; p < end && (quoted || *p != ';'); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (quoted && *p == '\\' && p + 1 < end)
			p++;
		else if (!quoted && *p == '(') {
			close = comment_end(p, end, open);
			p = close != NULL ? close - 1 : p;
		}
	}
	return p;
}

/*
 * The end of a value without quotes.  That is a token, and CFWS may follow; but
 * file names with blanks are written that way too.  A boundary with more behind
 * it must stay what it is.
 */
static const char *
bare_value(const char *p, const char *end, int token)
{
	const char *start = p, *word;

	while (end > p && str_gap(end[-1]))
		end--;
	while (p < end && !str_gap(*p) && *p != '(')
		p++;
	word = p;
	if (token)
		return word;
	while (p < end && str_gap(*p))
		p++;
	if (p < end && *p == '(' && headtext_comment(p, end) == end &&
	    !str_has_8bit_n(start, (size_t)(word - start)))
		return word;
	return end;
}

/* Returns 0 if it has no name or no value. */
static int
split(struct param *m, const char *p, const char *end)
{
	while (p < end && str_gap(*p))
		p++;
	m->name = p;
	while (p < end && (is_attribute(*p) || *p == '*' || *p == '%'))
		p++;
	m->name_end = p;
	while (p < end && str_gap(*p))
		p++;
	if (m->name == m->name_end || p == end || *p != '=')
		return 0;
	for (p++; p < end && str_gap(*p);)
		p++;
	m->value = p;
	m->end = end;
	if (p < end && *p == '"') {
		for (p++; p < end && *p != '"'; p++)
			if (*p == '\\' && p + 1 < end)
				p++;
		m->value_end = p < end ? p + 1 : end;
	} else
		m->value_end = bare_value(p, end, str_same_n(m->name,
		    (size_t)(m->name_end - m->name), "boundary", 8));
	return 1;
}

static void
add_value(struct buf *b, const struct param *m)
{
	const char *p = m->value, *end = m->value_end;
	int quoted = *p == '"';

	for (; p < end; p++) {
		if (quoted && *p == '"')
			continue;
		if (quoted && *p == '\\' && p + 1 < end)
			p++;
		if (*p != '\r' && *p != '\n')
			buf_addc(b, *p);
	}
}

/* What is no parameter, or none that can be encoded: comments are comments,
 * else 8-bit octets become question marks. */
static void
add_masked(struct buf *b, const char *p, const char *end)
{
	const char *close;
	int quoted = 0, open = 0;

	for (; p < end; p++) {
		close = *p == '(' && !quoted ? comment_end(p, end, &open) :
		    NULL;
		if (close != NULL) {
			headtext_cfws(b, p, (size_t)(close - p));
			p = close - 1;
			continue;
		}
		if (*p == '"')
			quoted = !quoted;
		if (quoted && *p == '\\' && p + 1 < end)
			buf_addc(b, *p++);
		buf_addc(b, str_8bit(*p) ? '?' : *p);
	}
}

static size_t
cost(const char *p, size_t n)
{
	size_t i, sum = 0;

	for (i = 0; i < n; i++)
		sum += is_attribute(p[i]) ? 1 : 3;
	return sum;
}

/* Octets of the character that begins the n octets; 0 of none. */
static size_t
character(const char *p, size_t n, int utf8)
{
	size_t k = n > 0;

	while (utf8 && k < n && ((unsigned char)p[k] & 0xc0) == 0x80)
		k++;
	return k;
}

static void
add_percent(struct buf *b, const char *p, size_t n)
{
	for (; n > 0; p++, n--) {
		if (is_attribute(*p))
			buf_addc(b, *p);
		else
			buf_addf(b, "%%%02X", (unsigned char)*p);
	}
}

/* As many characters as fit the line, one at least; returns their octets. */
static size_t
add_section(struct buf *b, const char *p, size_t n, int utf8)
{
	size_t room = FOLD_WIDTH - 1, column = fold_column(b, 0);
	size_t done = 0, k;

	do {
		k = character(p + done, n - done, utf8);
		add_percent(b, p + done, k);
		column += cost(p + done, k);
		done += k;
		k = character(p + done, n - done, utf8);
	} while (done < n && column + cost(p + done, k) <= room);
	return done;
}

/* name*0*=, name*1*=, ... each on a line (RFC 2231 3). */
static void
add_sections(struct buf *b, const struct param *m, const char *charset,
    const struct buf *value)
{
	int n = (int)(m->name_end - m->name), utf8 = str_same(charset, "utf-8");
	size_t section, done = 0;

	for (section = 0; done < value->len; section++) {
		if (section > 0)
			buf_adds(b, ";\r\n ");
		buf_addf(b, "%.*s*%zu*=", n, m->name, section);
		if (section == 0)
			buf_addf(b, "%s''", charset);
		done += add_section(b, value->data + done, value->len - done,
		    utf8);
	}
}

static void
add_extended(struct buf *b, const struct param *m)
{
	struct buf value = BUF_MAX((size_t)(m->value_end - m->value));
	int n = (int)(m->name_end - m->name);
	const char *charset;
	size_t want;

	add_value(&value, m);
	charset = charset_of(value.data, value.len);
	if (str_same(charset, "utf-8"))
		charset = "UTF-8";
	want = (size_t)n + strlen(charset) + 5 +	/* "*=''" and ";" */
	    cost(value.data, value.len);
	if (fold_column(b, 0) + want > FOLD_WIDTH)
		fold_break(b);
	if (want < FOLD_WIDTH) {
		buf_addf(b, "%.*s*=%s''", n, m->name, charset);
		add_percent(b, value.data, value.len);
	} else
		add_sections(b, m, charset, &value);
	buf_free(&value);
}

/* An extended value that is not all encoded. */
static void
add_encoded_rest(struct buf *b, const struct param *m)
{
	const char *p;

	for (p = m->value; p < m->value_end; p++)
		if (str_8bit(*p))
			buf_addf(b, "%%%02X", (unsigned char)*p);
		else
			buf_addc(b, *p);
}

/* Does the next one say the same in the extended form (RFC 6266 4.3)? */
static int
is_said_again(const struct param *m, const char *end)
{
	size_t n = (size_t)(m->name_end - m->name);
	const char *p = m->end;

	for (p += p < end; p < end && str_gap(*p);)
		p++;
	return (size_t)(end - p) > n + 1 && str_same_n(p, n, m->name, n) &&
	    p[n] == '*' && p[n + 1] == '=';
}

/* Up to stop, and others up to end. */
static void
add_param(struct buf *b, const char *p, const char *stop, const char *end)
{
	struct param m;
	size_t n;

	if (!split(&m, p, stop) || is_said_again(&m, end) ||
	    !str_has_8bit_n(m.value, (size_t)(m.value_end - m.value))) {
		add_masked(b, p, stop);
		return;
	}
	n = (size_t)(m.name_end - m.name);
	buf_add(b, p, (size_t)(m.name - p));
	if (m.name_end[-1] == '*') {
		buf_add(b, m.name, (size_t)(m.value - m.name));
		add_encoded_rest(b, &m);
	} else if (memchr(m.name, '*', n) == NULL && n <= PARAM_NAME_MAX)
		add_extended(b, &m);
	else
		add_masked(b, m.name, m.value_end);
	add_masked(b, m.value_end, m.end);
}

void
param_fit(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n, *stop;
	int open = 0;

	stop = param_end(p, end, &open);
	add_masked(b, p, stop);
	while (stop < end) {
		buf_addc(b, ';');
		p = stop + 1;
		stop = param_end(p, end, &open);
		if (str_has_8bit_n(p, (size_t)(stop - p)))
			add_param(b, p, stop, end);
		else
			buf_add(b, p, (size_t)(stop - p));
	}
}
