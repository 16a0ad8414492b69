#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "smtp/ehlo.h"

#define LIMIT_MAX	999999999

/* A number of no more than max, else 0: as if nothing had been said. */
static uint64_t
number(const char *arg, size_t n, long long max)
{
	long long v;

	return str_number_n(arg, n, 0, max, &v) == 0 ? (uint64_t)v : 0;
}

/* The next word of an argument; n is its length, 0 at the end. */
static const char *
next_word(const char **p, const char *end, size_t *n)
{
	const char *word;

	while (*p < end && str_blank(**p))
		++*p;
	word = *p;
	while (*p < end && !str_blank(**p))
		++*p;
	*n = (size_t)(*p - word);
	return word;
}

static void
take_size(struct ehlo *e, const char *arg, size_t n)
{
	const char *end = arg + n, *word = next_word(&arg, end, &n);

	e->size = number(word, n, INT64_MAX);
}

/* RFC 9422 2: name=value; names that are not known are skipped. */
static void
take_limits(struct ehlo *e, const char *arg, size_t n)
{
	static const struct { const char *name; size_t offset; } limits[] = {
		{ "RCPTMAX=", offsetof(struct ehlo, rcpt_max) },
		{ "RCPTDOMAINMAX=", offsetof(struct ehlo, domain_max) },
		{ "MAILMAX=", offsetof(struct ehlo, mail_max) },
	};
	const char *end = arg + n, *word;
	size_t i, len;

	while (word = next_word(&arg, end, &n), n > 0)
		for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
			len = strlen(limits[i].name);
			if (str_begins(word, n, limits[i].name))
				*(size_t *)(void *)((char *)e +
				    limits[i].offset) = (size_t)number(
				    word + len, n - len, LIMIT_MAX);
		}
}

/* RFC 2852 2: the least by-time, perhaps. */
static void
take_by(struct ehlo *e, const char *arg, size_t n)
{
	const char *end = arg + n, *word = next_word(&arg, end, &n);

	e->by_min = (unsigned)number(word, n, LIMIT_MAX);
}

/* RFC 4865 3: the longest interval and the latest date. */
static void
take_hold(struct ehlo *e, const char *arg, size_t n)
{
	const char *end = arg + n, *word = next_word(&arg, end, &n);

	e->hold_max = number(word, n, LIMIT_MAX);
	word = next_word(&arg, end, &n);
	if (n < sizeof(e->hold_until)) {
		memcpy(e->hold_until, word, n);
		e->hold_until[n] = '\0';
	}
}

static void
take_auth(struct ehlo *e, const char *arg, size_t n)
{
	const char *end = arg + n, *word;

	while (word = next_word(&arg, end, &n), n > 0)
		if (buf_addc(&e->auth, ' ') == 0)
			buf_add(&e->auth, word, n);
}

static const struct word {
	const char	*name;
	unsigned	 bit;
	void		(*take)(struct ehlo *, const char *, size_t);
} words[] = {
	{ "PIPELINING", EHLO_PIPELINING, NULL },
	{ "8BITMIME", EHLO_8BITMIME, NULL },
	{ "SIZE", EHLO_SIZE, take_size },
	{ "STARTTLS", EHLO_STARTTLS, NULL },
	{ "AUTH", EHLO_AUTH, take_auth },
	{ "DSN", EHLO_DSN, NULL },
	{ "SMTPUTF8", EHLO_SMTPUTF8, NULL },
	{ "CHUNKING", EHLO_CHUNKING, NULL },
	{ "BINARYMIME", EHLO_BINARYMIME, NULL },
	{ "ENHANCEDSTATUSCODES", EHLO_ENHANCED, NULL },
	{ "LIMITS", EHLO_LIMITS, take_limits },
	{ "REQUIRETLS", EHLO_REQUIRETLS, NULL },
	{ "MT-PRIORITY", EHLO_PRIORITY, NULL },
	{ "DELIVERBY", EHLO_DELIVERBY, take_by },
	{ "FUTURERELEASE", EHLO_HOLD, take_hold },
};

/* ehlo-line = ehlo-keyword *( SP ehlo-param ); "AUTH=" is an old form, and
 * some servers begin with a blank. */
static void
read_line(struct ehlo *e, const char *line, size_t n)
{
	size_t i, len;

	for (; n > 0 && str_blank(*line); n--)
		line++;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i].name);
		if (!str_begins(line, n, words[i].name) || (n > len &&
		    !str_blank(line[len]) && line[len] != '='))
			continue;
		e->can |= words[i].bit;
		if (words[i].take != NULL && n > len)
			words[i].take(e, line + len + 1, n - len - 1);
		return;
	}
}

void
ehlo_read(struct ehlo *e, const struct reply *r)
{
	const char *p = strchr(buf_str(&r->text), '\n');
	size_t n;

	ehlo_clear(e);
	while (p != NULL) {
		n = strcspn(++p, "\n");
		read_line(e, p, n);
		p = p[n] == '\n' ? p + n : NULL;
	}
}

void
ehlo_clear(struct ehlo *e)
{
	struct buf auth = e->auth;

	buf_clear(&auth);
	*e = (struct ehlo){ .auth = auth };
}

void
ehlo_free(struct ehlo *e)
{
	buf_free(&e->auth);
	ehlo_clear(e);
}
