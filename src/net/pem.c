#include <string.h>

#include "base/base64.h"
#include "net/pem.h"

static int
starts(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

/* Behind the line that begins the next one. */
static const char *
begin_of(const char *p, const char *end)
{
	static const char begin[] = "-----BEGIN ";
	static const char *const names[] = { "CERTIFICATE-----",
	    "X509 CERTIFICATE-----" };
	size_t i;

	while ((p = memmem(p, (size_t)(end - p), begin,
	    sizeof(begin) - 1)) != NULL) {
		p += sizeof(begin) - 1;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (starts(p, end, names[i]))
				return p + strlen(names[i]);
	}
	return NULL;
}

/* How long a line end is there: 0, 1 or 2. */
static size_t
line_end(const char *p, const char *end)
{
	if (starts(p, end, "\r\n"))
		return 2;
	return p < end && *p == '\n';
}

/* Base64 has no hyphen: what follows the first is "-----END". */
const char *
pem_next(struct pem *b, const char *p, const char *end)
{
	const char *stop, *eol;

	do {
		p = begin_of(p, end);
		stop = p != NULL ? memchr(p, '-', (size_t)(end - p)) : NULL;
		if (stop == NULL)
			return NULL;
		b->text = p;
		b->n = (size_t)(stop - p);
		p = stop;
	} while (!starts(stop, end, "-----END "));
	b->first = b->text + line_end(b->text, stop);
	eol = memchr(b->first, '\n', (size_t)(stop - b->first));
	b->line = b->stride = 0;
	if (eol != NULL && b->first > b->text) {
		b->line = (size_t)(eol - b->first);
		b->stride = b->line + 1;
		if (b->line > 0 && eol[-1] == '\r')
			b->line--;
	}
	return stop;
}

/* How many letters and pads there are if nothing but line ends stands
 * between them; 0 when line ends are elsewhere. */
static size_t
count_letters(const struct pem *b)
{
	const char *p = b->first, *end = b->text + b->n;
	size_t gap = b->stride - b->line, letters = 0;

	for (; (size_t)(end - p) >= b->stride; p += b->stride) {
		if (p[b->stride - 1] != '\n' ||
		    (gap == 2 && p[b->line] != '\r'))
			return 0;
		letters += b->line;
	}
	letters += (size_t)(end - p);
	return p < end && end[-1] == '\n' ? letters - gap : letters;
}

/* The letters that it takes by what the outermost length says. */
static size_t
letters_due(const struct pem *b)
{
	int n = pem_octet(b, 1), i, octet;
	size_t len = 0;

	if (n < 0x82 || n > 0x83)	/* none is so small or so large */
		return 0;
	for (i = 2; i < 2 + (n & 3); i++) {
		octet = pem_octet(b, (size_t)i);
		if (octet == -1)
			return 0;
		len = len << 8 | (size_t)octet;
	}
	return (len + (size_t)i + 2) / 3 * 4;
}

int
pem_regular(const struct pem *b)
{
	size_t due = b->line > 0 && b->line % 4 == 0 ? letters_due(b) : 0;

	return due > 0 && count_letters(b) == due;
}

int
pem_octet(const void *arg, size_t at)
{
	const struct pem *b = arg;
	size_t letter = at / 3 * 4;
	const char *p = b->first + letter / b->line * b->stride +
	    letter % b->line;
	const char *end = b->text + b->n;

	return p < end && end - p >= 4 ? base64_octet(p, at % 3) : -1;
}

int
pem_decode(struct buf *der, const struct pem *b)
{
	return base64_read(der, b->text, b->n);
}
