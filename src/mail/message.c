#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/wait.h"
#include "mail/message.h"

#define CHUNK	(64 * 1024)

enum part { PART_HEADER, PART_EMPTY_LINE, PART_BODY, PART_END };

/* The input on its way into the message. */
struct input {
	struct message	*msg;
	char		*chunk;
	size_t		 len;		/* bytes in chunk */
	int		 in_body;
	int		 first;		/* no line has been seen yet */
	int		 dot_ends;
	int		 ended;		/* by a lone dot */
	size_t		 line_len;	/* of a line longer than the chunk */
	struct facts	 facts;		/* of the body */
};

/* Every CR in the n bytes ends no line.  Was there one? */
static int
drop_cr(char *p, size_t n)
{
	char *end = p + n;
	int found = 0;

	while ((p = memchr(p, '\r', (size_t)(end - p))) != NULL) {
		*p = ' ';
		found = 1;
	}
	return found;
}

static int
body_part(struct input *in, const char *p, size_t n, int whole,
    struct err *e)
{
	in->line_len = whole ? 0 : in->line_len + n;
	facts_line(&in->facts, p, n, whole);
	if (spill_add(&in->msg->body, p, n, e) == -1)
		return -1;
	return whole ? spill_add(&in->msg->body, "\r\n", 2, e) : 0;
}

static int
header_part(struct input *in, const char *p, size_t n, int whole,
    struct err *e)
{
	struct buf *raw = &in->msg->header.raw;

	in->line_len += n;
	if (buf_add(raw, p, n) == -1 ||
	    (whole && buf_add(raw, "\r\n", 2) == -1))
		return err_set(e, ERR_DATA, "the header is over %zu octets",
		    raw->max);
	if (whole)
		in->line_len = 0;
	return 0;
}

static void
note_cr(struct input *in)
{
	struct message *m = in->msg;

	m->cr_last = in->facts.lines + 1;
	if (m->cr_first == 0)
		m->cr_first = m->cr_last;
}

/* ">From " is what some mailboxes make of it. */
static int
is_mbox_line(const char *p, size_t n)
{
	if (n > 0 && p[0] == '>') {
		p++;
		n--;
	}
	return n >= 5 && memcmp(p, "From ", 5) == 0;
}

/*
 * A line without its line end, or with whole unset a part of one that does
 * not fit the chunk.
 */
static int
take_line(struct input *in, char *p, size_t n, int whole, struct err *e)
{
	int starts = in->line_len == 0, first = in->first, cr;
	size_t body;

	in->first = 0;
	cr = drop_cr(p, n);
	in->msg->stray_cr |= cr;
	if (in->dot_ends && starts && whole && n == 1 && p[0] == '.') {
		in->ended = 1;
		return 0;
	}
	if (!in->in_body && starts && field_name(p, n, &body) == 0 &&
	    (n == 0 || !str_blank(p[0]) || in->msg->header.raw.len == 0)) {
		if (first && whole && is_mbox_line(p, n))
			return 0;
		in->in_body = 1;
		if (whole && n == 0)
			return 0;
	}
	if (!in->in_body)
		return header_part(in, p, n, whole, e);
	if (cr)
		note_cr(in);
	return body_part(in, p, n, whole, e);
}

/* Have these lines of a body nothing that makes a fact anew? */
static int
is_plain(const struct input *in, const char *p, size_t n)
{
	const struct facts *f = &in->facts;

	return (f->nul_at != 0 || memchr(p, '\0', n) == NULL) &&
	    (f->wide_at != 0 || !str_has_8bit_n(p, n));
}

/*
 * Take plain lines, as many as there are, at a fraction of what take_line()
 * costs.  Returns where it stopped: at the end, at a stray CR, or at a lone dot
 * that may end the message; NULL with *e set.
 */
static char *
take_plain(struct input *in, char *p, char *end, struct err *e)
{
	int has_cr = memchr(p, '\r', (size_t)(end - p)) != NULL;
	char *eol, *to;
	size_t n;

	while ((eol = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n = (size_t)(eol - p);
		if (has_cr && n > 0 && p[n - 1] == '\r')
			n--;
		if ((n == 1 && p[0] == '.' && in->dot_ends) ||
		    (has_cr && memchr(p, '\r', n) != NULL))
			break;
		to = spill_room(&in->msg->body, n + 2, e);
		if (to == NULL)
			return NULL;
		memcpy(to, p, n);
		memcpy(to + n, "\r\n", 2);
		spill_took(&in->msg->body, n + 2);
		facts_plain_line(&in->facts, p, n);
		p = eol + 1;
	}
	return p;
}

/* Plain lines, if the next ones are such. */
static int
take_plain_lines(struct input *in, char **p, char *end, int *plain,
    struct err *e)
{
	char *from = *p;

	if (!in->in_body || in->line_len > 0 || *plain == 0)
		return 0;
	if (*plain == -1)
		*plain = is_plain(in, from, (size_t)(end - from));
	if (*plain)
		*p = take_plain(in, from, end, e);
	return *p == NULL ? -1 : *p > from;
}

/* All lines that the chunk holds; the rest of it moves to the front. */
static int
take_chunk(struct input *in, struct err *e)
{
	char *p = in->chunk, *end = p + in->len, *eol;
	int r, plain = -1;
	size_t n;

	while (!in->ended &&
	    (eol = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		r = take_plain_lines(in, &p, end, &plain, e);
		if (r == -1)
			return -1;
		if (r == 1)
			continue;
		n = (size_t)(eol - p);
		if (n > 0 && p[n - 1] == '\r')
			n--;
		if (take_line(in, p, n, 1, e) == -1)
			return -1;
		p = eol + 1;
	}
	if (in->ended) {
		in->msg->after_dot |= p < end;
		in->len = 0;
		return 0;
	}
	if (p == in->chunk && in->len == CHUNK) {
		n = end[-1] == '\r' ? CHUNK - 1 : CHUNK;
		if (take_line(in, p, n, 0, e) == -1)
			return -1;
		p += n;
	}
	in->len = (size_t)(end - p);
	memmove(in->chunk, p, in->len);
	return 0;
}

/* What comes after the last line end. */
static int
take_rest(struct input *in, struct err *e)
{
	size_t n = in->len;

	if (n > 0 && in->chunk[n - 1] == '\r')
		n--;
	if (in->len == 0 && in->line_len == 0)
		return 0;
	return take_line(in, in->chunk, n, 1, e);
}

/* A signal is noticed whenever it comes, and so not by read(2)'s EINTR. */
static int
read_all(struct input *in, int fd, const volatile sig_atomic_t *stop,
    struct err *e)
{
	ssize_t n;

	for (;;) {
		if (fd != -1 && wait_fd(fd, POLLIN, CLOCK_NEVER, stop) == -1 &&
		    stop != NULL && *stop)
			return err_set(e, ERR_TEMP, "interrupted while the "
			    "message was read; nothing was sent");
		n = read(fd, in->chunk + in->len, CHUNK - in->len);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n == -1)
			return err_set(e, ERR_NOINPUT, "cannot read the "
			    "message: %s; nothing was sent", strerror(errno));
		if (n == 0)
			return take_rest(in, e);
		in->len += (size_t)n;
		if (take_chunk(in, e) == -1)
			return -1;
	}
}

static void
set_facts(struct message *m, const struct facts *f)
{
	m->longest = f->longest;
	m->longest_at = f->longest_at;
	m->body_8bit = f->wide_at != 0;
	m->body_nul = f->nul_at != 0;
	m->dot_line = f->dot;
}

int
message_read(struct message *m, const struct message_input *from,
    struct err *e)
{
	struct buf chunk = BUF_MAX(CHUNK);
	struct input in = { .msg = m, .first = 1, .dot_ends = from->dot_ends };
	size_t max = from->header_max > 0 ? from->header_max :
	    MESSAGE_HEADER_MAX;
	int r;

	*m = (struct message){ .header.raw = BUF_MAX(max) };
	spill_init(&m->body);
	in.chunk = buf_room(&chunk, CHUNK);
	r = read_all(&in, from->fd, from->stop, e);
	buf_drop(&chunk);		/* wiping costs more than reading */
	if (r == -1) {
		message_free(m);
		return -1;
	}
	header_index(&m->header);
	set_facts(m, &in.facts);
	m->inline_pgp = in.facts.pgp;
	return 0;
}

static void
free_kept(struct message *m)
{
	if (m->kept != NULL)
		spill_free(&m->kept->body);
	free(m->kept);
	m->kept = NULL;
}

void
message_keep(struct message *m)
{
	header_keep(&m->header);
	free_kept(m);
	m->keep = 1;
}

void
message_reset(struct message *m)
{
	struct message *was = m->kept;

	header_reset(&m->header);
	if (was == NULL)
		return;
	spill_free(&m->body);
	was->header = m->header;
	*m = *was;			/* whose own `kept` is NULL */
	free(was);
}

void
message_set_body(struct message *m, struct spill *body, const struct facts *f)
{
	struct message *was;

	if (m->keep && m->kept == NULL) {
		was = mem_new(1, sizeof(*was));
		*was = *m;
		was->header = (struct header){ .n = 0 };
		m->kept = was;
	} else
		spill_free(&m->body);
	m->body = *body;
	spill_init(body);
	set_facts(m, f);
	m->recoded++;
}

uint64_t
message_size(const struct message *m)
{
	return (uint64_t)header_size(&m->header) + 2 + (uint64_t)m->body.size;
}

int
message_8bit(const struct message *m)
{
	const struct header *h = &m->header;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone &&
		    str_has_8bit_n(h->field[i].text, h->field[i].len))
			return 1;
	return m->body_8bit;
}

static int
field_fits(const struct field *f, struct err *e)
{
	const char *p = f->text, *end = p + f->len, *eol;
	const char *name = str_shown(f->text, f->name_len);

	if (memchr(p, '\0', f->len) != NULL)
		return err_set(e, ERR_DATA, "the header field %s holds a NUL;"
		    " mail cannot carry one", name);
	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			break;
		if (eol - p - 1 > MESSAGE_LINE_MAX)
			return err_set(e, ERR_DATA, "the header field %s has "
			    "a line of %zu octets; mail allows %d: fold it",
			    name, (size_t)(eol - p - 1), MESSAGE_LINE_MAX);
	}
	return 0;
}

int
message_binary(const struct message *m)
{
	return m->longest > MESSAGE_LINE_MAX || m->body_nul;
}

int
message_fit(const struct message *m, int binary, struct err *e)
{
	const struct header *h = &m->header;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone && field_fits(&h->field[i], e) == -1)
			return -1;
	if (binary)
		return 0;
	if (m->longest > MESSAGE_LINE_MAX)
		return err_set(e, ERR_DATA, "line %llu of the body has %zu "
		    "octets; mail allows %d: encode it as quoted-printable",
		    (unsigned long long)m->longest_at, m->longest,
		    MESSAGE_LINE_MAX);
	if (m->body_nul)
		return err_set(e, ERR_DATA, "the body holds a NUL; mail cannot"
		    " carry one: encode it as base64");
	return 0;
}

void
message_free(struct message *m)
{
	header_free(&m->header);
	spill_free(&m->body);
	free_kept(m);
}

void
message_rewind(struct message_reader *r, struct message *m)
{
	*r = (struct message_reader){ .msg = m, .part = PART_HEADER };
}

/* From the fields that are not gone; 0 when all have been read. */
static size_t
next_header(struct message_reader *r, char *p, size_t n)
{
	const struct header *h = &r->msg->header;
	const struct field *f;
	size_t part, done = 0;

	while (r->field < h->n && done < n) {
		f = &h->field[r->field];
		part = f->gone ? 0 : f->len - r->at;
		if (part > n - done)
			part = n - done;
		memcpy(p + done, f->text + r->at, part);
		done += part;
		r->at += part;
		if (f->gone || r->at == f->len) {
			r->field++;
			r->at = 0;
		}
	}
	return done;
}

ssize_t
message_next(struct message_reader *r, char *p, size_t n, struct err *e)
{
	static const char empty_line[] = "\r\n";
	size_t got = 0;
	ssize_t more;

	if (r->part == PART_HEADER) {
		got = next_header(r, p, n);
		if (r->field == r->msg->header.n)
			r->part = PART_EMPTY_LINE;
	}
	while (r->part == PART_EMPTY_LINE && got < n) {
		p[got++] = empty_line[r->at++];
		if (r->at == 2)
			r->part = PART_BODY;
	}
	while (r->part == PART_BODY && got < n) {
		more = spill_read(&r->msg->body, r->offset, p + got, n - got,
		    e);
		if (more == -1)
			return -1;
		if (more == 0)
			r->part = PART_END;
		got += (size_t)more;
		r->offset += more;
	}
	return (ssize_t)got;
}
