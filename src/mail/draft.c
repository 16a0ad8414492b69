#include "mail/draft.h"

#define BLOCK	(64 * 1024)

void
draft_init(struct draft *d, struct spill *old)
{
	*d = (struct draft){ .old = old };
	spill_init(&d->body);
}

int
draft_add(struct draft *d, const char *p, size_t n, struct err *e)
{
	facts_text(&d->facts, p, n);
	return spill_add(&d->body, p, n, e);
}

int
draft_keep_to(struct draft *d, off_t at, struct err *e)
{
	struct buf block = BUF_MAX(BLOCK);
	size_t room = BLOCK;
	ssize_t n;
	int r = 0;

	for (; r == 0 && d->done < at; d->done += n) {
		if (at - d->done < (off_t)room)
			room = (size_t)(at - d->done);
		n = spill_read(d->old, d->done, buf_room(&block, room), room,
		    e);
		r = n == -1 ? -1 : draft_add(d, block.data, (size_t)n, e);
		if (r == -1)
			break;
	}
	buf_free(&block);
	return r;
}

void
draft_skip_to(struct draft *d, off_t at)
{
	d->done = at;
}

int
draft_untouched(const struct draft *d)
{
	return d->done == 0 && d->body.size == 0;
}

void
draft_free(struct draft *d)
{
	spill_free(&d->body);
}
