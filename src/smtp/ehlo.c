#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "smtp/ehlo.h"

static void
take_size(struct ehlo *e, const char *arg, size_t n)
{
	char text[24];
	long long size;

	if (n == 0 || n >= sizeof(text))
		return;
	memcpy(text, arg, n);
	text[n] = '\0';
	if (str_number(text, 0, INT64_MAX, &size) == 0)
		e->size = (uint64_t)size;
}

static void
take_auth(struct ehlo *e, const char *arg, size_t n)
{
	if (n > 0 && buf_addc(&e->auth, ' ') == 0)
		buf_add(&e->auth, arg, n);
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
	{ "LIMITS", EHLO_LIMITS, NULL },
	{ "REQUIRETLS", EHLO_REQUIRETLS, NULL },
	{ "MT-PRIORITY", EHLO_PRIORITY, NULL },
	{ "DELIVERBY", EHLO_DELIVERBY, NULL },
	{ "FUTURERELEASE", EHLO_HOLD, NULL },
};

/* ehlo-line = ehlo-keyword *( SP ehlo-param ); "AUTH=" is an old form. */
static void
read_line(struct ehlo *e, const char *line, size_t n)
{
	size_t i, len;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i].name);
		if (!str_begins(line, n, words[i].name) || (n > len &&
		    line[len] != ' ' && line[len] != '='))
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
	e->can = 0;
	e->size = 0;
	buf_clear(&e->auth);
}

void
ehlo_free(struct ehlo *e)
{
	buf_free(&e->auth);
	ehlo_clear(e);
}
