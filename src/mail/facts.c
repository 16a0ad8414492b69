#include <string.h>

#include "base/str.h"
#include "mail/facts.h"

static int
begins(const char *p, size_t n, const char *with)
{
	size_t len = strlen(with);

	return n >= len && memcmp(p, with, len) == 0;
}

static void
line_start(struct facts *f, const char *p, size_t n)
{
	if (n == 0)
		return;
	if (p[0] == '.')
		f->dot = 1;
	else if (p[0] == '-' &&
	    (begins(p, n, "-----BEGIN PGP SIGNED MESSAGE-----") ||
	    begins(p, n, "-----BEGIN PGP MESSAGE-----")))
		f->pgp = 1;
}

void
facts_line(struct facts *f, const char *p, size_t n, int whole)
{
	if (f->len == 0)
		line_start(f, p, n);
	f->len += n;
	if (f->len > f->longest) {
		f->longest = f->len;
		f->longest_at = f->lines + 1;
	}
	if (f->wide_at == 0 && str_has_8bit_n(p, n))
		f->wide_at = f->lines + 1;
	if (f->nul_at == 0 && n > 0 && memchr(p, '\0', n) != NULL)
		f->nul_at = f->lines + 1;
	if (!whole)
		return;
	f->lines++;
	f->len = 0;
}

void
facts_plain_line(struct facts *f, const char *p, size_t n)
{
	line_start(f, p, n);
	f->lines++;
	if (n > f->longest) {
		f->longest = n;
		f->longest_at = f->lines;
	}
}

static size_t
without_cr(const char *p, size_t n)
{
	return n > 0 && p[n - 1] == '\r' ? n - 1 : n;
}

void
facts_text(struct facts *f, const char *p, size_t n)
{
	const char *end = p + n, *eol;

	while (p < end &&
	    (eol = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		facts_line(f, p, without_cr(p, (size_t)(eol - p)), 1);
		p = eol + 1;
	}
	if (p < end)
		facts_line(f, p, without_cr(p, (size_t)(end - p)), 0);
}
