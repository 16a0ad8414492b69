#include <string.h>

#include "mail/holders.h"

static struct holder
at(const struct buf *b, size_t i)
{
	struct holder h;

	memcpy(&h, b->data + i * sizeof(h), sizeof(h));
	return h;
}

void
holders_enter(struct holders *l, off_t start, size_t depth)
{
	struct holder h = { .start = start, .depth = depth };

	buf_add(&l->open, &h, sizeof(h));
}

void
holders_leave(struct holders *l, size_t level)
{
	size_t n = l->open.len / sizeof(struct holder);

	while (n > 0 && at(&l->open, n - 1).depth >= level)
		n--;
	buf_cut(&l->open, n * sizeof(struct holder));
}

/* Those that were found before began before those that are still open. */
void
holders_mark(struct holders *l)
{
	size_t room = l->found.max - l->found.len;

	if (l->open.len > 0)
		buf_add(&l->found, l->open.data, l->open.len < room ?
		    l->open.len : room);
	buf_clear(&l->open);
}

void
holders_rewind(struct holders *l)
{
	buf_clear(&l->open);
	l->next = 0;
}

int
holders_take(struct holders *l, off_t start)
{
	if (!holders_left(l) || at(&l->found, l->next).start != start)
		return 0;
	l->next++;
	return 1;
}

int
holders_left(const struct holders *l)
{
	return l->next < l->found.len / sizeof(struct holder);
}

void
holders_free(struct holders *l)
{
	buf_free(&l->open);
	buf_free(&l->found);
	l->next = 0;
}
