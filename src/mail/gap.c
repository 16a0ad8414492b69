#include <string.h>

#include "base/str.h"
#include "mail/gap.h"
#include "mail/message.h"

#define BLOCK	(64 * 1024)

/* The line at hand. */
struct line {
	int		 eightbit;
	struct draft	*draft;
	struct buf	 text;		/* as far as it may go */
	int		 changed;
};

static int
end_line(struct line *l, struct err *e)
{
	char *p = l->text.data;
	size_t n = l->text.len, i;
	int r;

	for (i = 0; i < n; i++) {
		if (p[i] != '\0' && (l->eightbit || !str_8bit(p[i])))
			continue;
		p[i] = '?';
		l->changed = 1;
	}
	/* It must not have become a delimiter. */
	if (l->changed && n > 1 && p[0] == '-' && p[1] == '-')
		p[0] = '?';
	r = draft_add(l->draft, buf_str(&l->text), n, e);
	buf_clear(&l->text);
	l->changed = 0;
	return r == -1 ? -1 : draft_add(l->draft, "\r\n", 2, e);
}

static void
add(struct line *l, const char *p, size_t n)
{
	size_t room = l->text.max - l->text.len;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	l->changed |= n > room;
	buf_add(&l->text, p, n < room ? n : room);
}

static int
add_block(struct line *l, const char *p, size_t n, struct err *e)
{
	const char *end = p + n, *eol;

	while ((eol = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		add(l, p, (size_t)(eol - p));
		if (end_line(l, e) == -1)
			return -1;
		p = eol + 1;
	}
	add(l, p, (size_t)(end - p));
	return 0;
}

int
gap_write(const struct gap *g, struct draft *d, struct err *e)
{
	struct line l = { .eightbit = g->eightbit, .draft = d,
	    .text = BUF_MAX(MESSAGE_LINE_MAX) };
	struct buf block = BUF_MAX(BLOCK);
	size_t room = BLOCK;
	ssize_t n = 0;
	off_t at;
	int r = 0;

	for (at = g->from; r == 0 && at < g->to; at += n) {
		if (g->to - at < (off_t)room)
			room = (size_t)(g->to - at);
		n = spill_read(g->body, at, buf_room(&block, room), room, e);
		r = n == -1 ? -1 : add_block(&l, block.data, (size_t)n, e);
	}
	buf_free(&l.text);
	buf_free(&block);
	return r;
}
