#include "mail/draft.h"

#define BLOCK	(64 * 1024)

void
draft_init(struct draft *d)
{
	*d = (struct draft){ .facts = { .lines = 0 } };
	spill_init(&d->body);
}

int
draft_add(struct draft *d, const char *p, size_t n, struct err *e)
{
	facts_text(&d->facts, p, n);
	return spill_add(&d->body, p, n, e);
}

int
draft_copy(struct draft *d, struct spill *old, off_t from, off_t to,
    struct err *e)
{
	struct buf block = BUF_MAX(BLOCK);
	size_t room = BLOCK;
	ssize_t n = 0;
	int r = 0;

	for (; r == 0 && from < to; from += n) {
		if (to - from < (off_t)room)
			room = (size_t)(to - from);
		n = spill_read(old, from, buf_room(&block, room), room, e);
		r = n == -1 ? -1 : draft_add(d, block.data, (size_t)n, e);
	}
	buf_free(&block);
	return r;
}

void
draft_free(struct draft *d)
{
	spill_free(&d->body);
}
