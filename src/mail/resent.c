#include "base/str.h"
#include "mail/resent.h"

static int
is_resent(const struct field *f)
{
	return f->name_len > 7 && str_begins(f->text, f->name_len, "Resent-");
}

/* The fields of RFC 5322 3.6.6, a bit each; 0 for what only looks like one. */
static unsigned
bit_of(const struct field *f)
{
	static const char *const names[] = { "Resent-Date", "Resent-From",
	    "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc",
	    "Resent-Message-ID", "Resent-Reply-To" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (field_is(f, names[i]))
			return 1U << i;
	return 0;
}

void
resent_block(const struct header *h, size_t *first, size_t *end)
{
	unsigned seen = 0, bit;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone && is_resent(&h->field[i]))
			break;
	*first = *end = i;
	for (; i < h->n; i++) {
		if (h->field[i].gone)
			continue;
		if (!is_resent(&h->field[i]))
			break;
		bit = bit_of(&h->field[i]);
		if (seen & bit)
			break;
		seen |= bit;
		*end = i + 1;
	}
}
