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
	char *p = buf_room(&block, BLOCK);
	ssize_t n;
	int r = 0;

	while (r == 0 && from < to) {
		n = spill_read(old, from, p,
		    to - from < BLOCK ? (size_t)(to - from) : BLOCK, e);
		if (n <= 0)
			r = -1;
		else
			r = draft_add(d, p, (size_t)n, e);
		from += n;
	}
	buf_free(&block);
	return r;
}

void
draft_free(struct draft *d)
{
	spill_free(&d->body);
}
