#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "mail/scan.h"

#define WINDOW	(64 * 1024)

/* A line without its line end, or a part of one that fills the window. */
struct line {
	const char	*p;
	size_t		 n;
	int		 first;		/* it begins the line */
	int		 whole;		/* it ends it */
	off_t		 at;
};

void
scan_init(struct scan *s, struct spill *body)
{
	/* A small body has no use for a large one, which is wiped then. */
	*s = (struct scan){ .body = body, .window = { .max =
	    body->size < WINDOW ? (size_t)body->size + 1 : WINDOW } };
	s->level = mem_new(SCAN_DEPTH_MAX, sizeof(*s->level));
}

void
scan_free(struct scan *s)
{
	buf_free(&s->window);
	free(s->level);
	s->level = NULL;
}

off_t
scan_at(const struct scan *s)
{
	return s->offset + (off_t)s->at;
}

int
scan_open(struct scan *s, const struct buf *boundary, int digest)
{
	struct scan_level *l;

	if (s->depth == SCAN_DEPTH_MAX || boundary->len > SCAN_BOUNDARY_MAX)
		return -1;
	l = &s->level[s->depth++];
	*l = (struct scan_level){ .len = boundary->len, .digest = digest };
	memcpy(l->boundary, boundary->data, boundary->len);
	return 0;
}

void
scan_close(struct scan *s, size_t level)
{
	s->depth = level - 1;
}

static void
go_back(struct scan *s, off_t at, uint64_t lines)
{
	if (at >= s->offset)
		s->at = (size_t)(at - s->offset);
	else {
		buf_clear(&s->window);
		s->offset = at;
		s->at = 0;
	}
	s->lines = lines;
	s->within = 0;
}

/* What was read moves out of the window.  Returns 0 at the end of the body. */
static int
fill(struct scan *s, struct err *e)
{
	size_t room;
	ssize_t n;

	if (s->stop != NULL && *s->stop)
		return err_set(e, ERR_TEMP, "interrupted; nothing was sent");
	buf_eat(&s->window, s->at);
	s->offset += (off_t)s->at;
	s->at = 0;
	room = s->window.max - s->window.len;
	n = spill_read(s->body, s->offset + (off_t)s->window.len,
	    buf_room(&s->window, room), room, e);
	if (n == -1)
		return -1;
	buf_took(&s->window, (size_t)n);
	return n > 0;
}

/* Takes n octets, and with the line end skip more. */
static int
give(struct scan *s, struct line *l, size_t n, size_t skip)
{
	l->p = s->window.data + s->at;
	l->n = n;
	l->at = scan_at(s);
	l->first = !s->within;
	l->whole = skip > 0;
	s->at += n + skip;
	s->lines += skip > 0;
	s->within = skip == 0;
	return 1;
}

/* Returns 0 at the end of the body; lines of it end in CRLF, the last too. */
static int
next_line(struct scan *s, struct line *l, struct err *e)
{
	const char *p, *eol;
	size_t left, n;
	int r;

	for (;;) {
		left = s->window.len - s->at;
		p = buf_str(&s->window) + s->at;
		eol = memchr(p, '\n', left);
		if (eol != NULL) {
			n = (size_t)(eol - p);
			return n > 0 && p[n - 1] == '\r' ?
			    give(s, l, n - 1, 2) : give(s, l, n, 1);
		}
		if (left == WINDOW)
			return give(s, l, left - (p[left - 1] == '\r'), 0);
		r = fill(s, e);
		if (r == -1)
			return -1;
		if (r == 0)
			return left > 0 ? give(s, l, left, 0) : 0;
	}
}

/* delimiter = "--" boundary ["--"] transport-padding */
static int
delimits(const struct scan *s, const struct line *l, struct scan_stop *stop)
{
	const struct scan_level *v;
	size_t n = l->n, i;

	if (!l->first || !l->whole || n < 3 || l->p[0] != '-' ||
	    l->p[1] != '-')
		return 0;
	while (str_blank(l->p[n - 1]))
		n--;
	for (i = s->depth; i > 0; i--) {
		v = &s->level[i - 1];
		if (n != 2 + v->len && n != 4 + v->len)
			continue;
		if (memcmp(l->p + 2, v->boundary, v->len) != 0)
			continue;
		if (n == 4 + v->len && memcmp(l->p + n - 2, "--", 2) != 0)
			continue;
		*stop = (struct scan_stop){ .level = i, .at = l->at,
		    .closes = n == 4 + v->len, .after = scan_at(s),
		    .len = n };
		return 1;
	}
	return 0;
}

static void
stop_at_end(const struct scan *s, struct scan_stop *stop)
{
	*stop = (struct scan_stop){ .at = scan_at(s), .after = scan_at(s) };
}

int
scan_stretch(struct scan *s, struct facts *f, struct scan_stop *stop,
    struct err *e)
{
	struct line l;
	int r;

	*f = (struct facts){ .lines = s->lines };
	while ((r = next_line(s, &l, e)) == 1) {
		if (delimits(s, &l, stop))
			return 0;
		facts_line(f, l.p, l.n, l.whole);
	}
	stop_at_end(s, stop);
	return r;
}

/* One of the header: 1 when it is not. */
static int
header_line(struct header *h, struct facts *f, const struct line *l)
{
	size_t body;

	if (l->first && field_name(l->p, l->n, &body) == 0 &&
	    (l->n == 0 || !str_blank(l->p[0]) || h->raw.len == 0))
		return 1;
	facts_line(f, l->p, l->n, l->whole);
	if (buf_add(&h->raw, l->p, l->n) == -1 ||
	    (l->whole && buf_adds(&h->raw, "\r\n") == -1))
		return -1;
	return 0;
}

int
scan_header(struct scan *s, struct header *h, struct facts *f,
    struct scan_stop *stop, struct err *e)
{
	off_t start = scan_at(s);
	uint64_t lines = s->lines, before;
	struct line l;
	int r, no;

	*h = (struct header){ .raw = BUF_MAX(SCAN_HEADER_MAX) };
	*f = (struct facts){ .lines = lines };
	for (before = lines; (r = next_line(s, &l, e)) == 1;
	    before = s->lines) {
		if (delimits(s, &l, stop)) {
			header_index(h);
			return 2;
		}
		no = header_line(h, f, &l);
		if (no == 0)
			continue;
		if (no == -1) {
			header_free(h);
			*f = (struct facts){ .lines = lines };
			go_back(s, start, lines);
			return 1;
		}
		header_index(h);
		if (l.n == 0 && l.whole)
			return 0;
		go_back(s, l.at, before);
		return 1;
	}
	if (r == -1)
		return -1;
	stop_at_end(s, stop);
	header_index(h);
	return 2;
}
