#include "unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "mail/message.h"

#define ROOM	(1 << 20)
#define T30	"0123456789abcdefghijklmnopqrst"

static int
fd_of(const char *text, size_t n)
{
	int fd = memfd_create("message", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* What read(2) will return in pieces of that size. */
static int
pieces_of(const char *text, size_t n, size_t piece)
{
	int fd[2], room = ROOM;
	size_t part;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	for (; n > 0; n -= part, text += part) {
		part = n < piece ? n : piece;
		assert_int_equal(send(fd[1], text, part, 0), part);
	}
	close(fd[1]);
	return fd[0];
}

/* All that a reader gives, asked for in pieces of that size. */
static void
expect_wire(struct message *m, size_t piece, const char *want, size_t n)
{
	struct message_reader reader;
	struct err e = ERR_INIT;
	struct buf got = BUF_MAX(64 * ROOM);
	char *p = malloc(piece);
	ssize_t r;

	message_rewind(&reader, m);
	while ((r = message_next(&reader, p, piece, &e)) > 0) {
		assert_true((size_t)r <= piece);
		buf_add(&got, p, (size_t)r);
	}
	assert_int_equal(r, 0);
	assert_int_equal(message_next(&reader, p, piece, &e), 0);
	assert_int_equal(got.len, n);
	assert_memory_equal(buf_str(&got), want, n);
	assert_int_equal(message_size(m), n);
	buf_free(&got);
	free(p);
}

enum {
	DOT = 1,		/* a lone dot ends the input */
	CR = 2,			/* facts that must be found */
	WIDE = 4,
	NUL = 8,
	DOTTED = 16,
	AFTER = 32,
	BODY_CR = 64,
	PGP = 128
};

static const struct row {
	const char	*name;
	const char	*in;
	size_t		 n;
	const char	*out;
	size_t		 nout;
	int		 flags;
	size_t		 fields, longest;
} rows[] = {
	{ "LF", LIT("A: 1\nB: 2\n\nhi\nyou\n"),
	    LIT("A: 1\r\nB: 2\r\n\r\nhi\r\nyou\r\n"), 0, 2, 3 },
	{ "CRLF", LIT("A: 1\r\nB: 2\r\n\r\nhi\r\n"),
	    LIT("A: 1\r\nB: 2\r\n\r\nhi\r\n"), 0, 2, 2 },
	{ "mixed", LIT("A: 1\r\nB: 2\n\r\nhi\nyou\r\n"),
	    LIT("A: 1\r\nB: 2\r\n\r\nhi\r\nyou\r\n"), 0, 2, 3 },
	{ "no final line end", LIT("A: 1\n\nhi"), LIT("A: 1\r\n\r\nhi\r\n"),
	    0, 1, 2 },
	{ "a CR at the end", LIT("A: 1\n\nhi\r"), LIT("A: 1\r\n\r\nhi\r\n"),
	    0, 1, 2 },
	{ "header only", LIT("A: 1\nB: 2\n"), LIT("A: 1\r\nB: 2\r\n\r\n"),
	    0, 2, 0 },
	{ "header and empty line", LIT("A: 1\n\n"), LIT("A: 1\r\n\r\n"),
	    0, 1, 0 },
	{ "header without line end", LIT("A: 1"), LIT("A: 1\r\n\r\n"),
	    0, 1, 0 },
	{ "empty", LIT(""), LIT("\r\n"), 0, 0, 0 },
	{ "an empty line", LIT("\n"), LIT("\r\n"), 0, 0, 0 },
	{ "body only", LIT("\nhi\n"), LIT("\r\nhi\r\n"), 0, 0, 2 },
	{ "no header, no empty line", LIT("hi there\n"),
	    LIT("\r\nhi there\r\n"), 0, 0, 8 },
	{ "a first line that continues nothing", LIT(" A: 1\nB: 2\n"),
	    LIT("\r\n A: 1\r\nB: 2\r\n"), 0, 0, 5 },
	{ "a line in the header that is no field", LIT("A: 1\nhi\nB: 2\n"),
	    LIT("A: 1\r\n\r\nhi\r\nB: 2\r\n"), 0, 1, 4 },
	{ "empty lines at the end stay", LIT("A: 1\n\nhi\n\n\n"),
	    LIT("A: 1\r\n\r\nhi\r\n\r\n\r\n"), 0, 1, 2 },
	{ "empty lines in front stay", LIT("A: 1\n\n\n\nhi\n"),
	    LIT("A: 1\r\n\r\n\r\n\r\nhi\r\n"), 0, 1, 2 },
	{ "folded", LIT("A: 1\n 2\n\t3\nB: 4\n\n"),
	    LIT("A: 1\r\n 2\r\n\t3\r\nB: 4\r\n\r\n"), 0, 2, 0 },
	{ "a fold of blanks only", LIT("A: 1\n \nB: 2\n\n"),
	    LIT("A: 1\r\n \r\nB: 2\r\n\r\n"), 0, 2, 0 },
	{ "no space after the colon", LIT("A:1\n\n"), LIT("A:1\r\n\r\n"),
	    0, 1, 0 },
	{ "space before the colon", LIT("A : 1\n\n"),
	    LIT("A : 1\r\n\r\n"), 0, 1, 0 },
	{ "mbox line", LIT("From a@x Mon Jan  1 00:00:00 2024\nA: 1\n\nhi\n"),
	    LIT("A: 1\r\n\r\nhi\r\n"), 0, 1, 2 },
	{ "quoted mbox line", LIT(">From a@x Mon Jan  1\r\nA: 1\r\n\r\n"),
	    LIT("A: 1\r\n\r\n"), 0, 1, 0 },
	{ "mbox line alone", LIT("From a@x\n"), LIT("\r\n"), 0, 0, 0 },
	{ "From field", LIT("From: a@x\n\n"), LIT("From: a@x\r\n\r\n"),
	    0, 1, 0 },
	{ "From field with space before the colon", LIT("From : a@x\n\n"),
	    LIT("From : a@x\r\n\r\n"), 0, 1, 0 },
	{ "mbox line in the body", LIT("A: 1\n\nFrom me\n"),
	    LIT("A: 1\r\n\r\nFrom me\r\n"), 0, 1, 7 },
	{ "a second mbox line is body", LIT("From a@x\nFrom b@y\nA: 1\n"),
	    LIT("\r\nFrom b@y\r\nA: 1\r\n"), 0, 0, 8 },
	{ "stray CR in the body", LIT("A: 1\n\na\rb\n"),
	    LIT("A: 1\r\n\r\na b\r\n"), CR | BODY_CR, 1, 3 },
	{ "two CRs before LF", LIT("A: 1\n\na\r\r\n"),
	    LIT("A: 1\r\n\r\na \r\n"), CR | BODY_CR, 1, 2 },
	{ "stray CR in the header", LIT("A: 1\rB: 2\n\n"),
	    LIT("A: 1 B: 2\r\n\r\n"), CR, 1, 0 },
	{ "signed inline",
	    LIT("A: 1\n\n-----BEGIN PGP SIGNED MESSAGE-----\n"),
	    LIT("A: 1\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n"), PGP,
	    1, 34 },
	{ "encrypted inline",
	    LIT("A: 1\n\na\n-----BEGIN PGP MESSAGE-----\n"),
	    LIT("A: 1\r\n\r\na\r\n-----BEGIN PGP MESSAGE-----\r\n"), PGP,
	    1, 27 },
	{ "signed, but quoted",
	    LIT("A: 1\n\n> -----BEGIN PGP SIGNED MESSAGE-----\n"),
	    LIT("A: 1\r\n\r\n> -----BEGIN PGP SIGNED MESSAGE-----\r\n"), 0,
	    1, 36 },
	{ "a key", LIT("A: 1\n\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n"),
	    LIT("A: 1\r\n\r\n-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n"), 0,
	    1, 36 },
	{ "LF CR", LIT("A: 1\n\na\n\rb\n"),
	    LIT("A: 1\r\n\r\na\r\n b\r\n"), CR | BODY_CR, 1, 2 },
	{ "a lone dot is text", LIT("A: 1\n\nhi\n.\nyou\n"),
	    LIT("A: 1\r\n\r\nhi\r\n.\r\nyou\r\n"), DOTTED, 1, 3 },
	{ "a lone dot ends", LIT("A: 1\n\nhi\n.\n"),
	    LIT("A: 1\r\n\r\nhi\r\n"), DOT, 1, 2 },
	{ "a lone dot ends, CRLF", LIT("A: 1\r\n\r\nhi\r\n.\r\n"),
	    LIT("A: 1\r\n\r\nhi\r\n"), DOT, 1, 2 },
	{ "a lone dot ends, no line end", LIT("A: 1\n\nhi\n."),
	    LIT("A: 1\r\n\r\nhi\r\n"), DOT, 1, 2 },
	{ "a lone dot, and more", LIT("A: 1\n\nhi\n.\nyou\n.\n"),
	    LIT("A: 1\r\n\r\nhi\r\n"), DOT | AFTER, 1, 2 },
	{ "a lone dot in the header", LIT("A: 1\n.\nB: 2\n"),
	    LIT("A: 1\r\n\r\n"), DOT | AFTER, 1, 0 },
	{ "a lone dot at once", LIT(".\n"), LIT("\r\n"), DOT, 0, 0 },
	{ "dots that are not alone", LIT("A: 1\n\n..\n. \n.a\na.\n"),
	    LIT("A: 1\r\n\r\n..\r\n. \r\n.a\r\na.\r\n"), DOT | DOTTED, 1, 2 },
	{ "dot and CR CR", LIT("A: 1\n\n.\r\r\n"),
	    LIT("A: 1\r\n\r\n. \r\n"), DOT | DOTTED | CR | BODY_CR, 1,
	    2 },
	{ "8-bit body", LIT("A: 1\n\n0123456789\xc3\xbc\n"),
	    LIT("A: 1\r\n\r\n0123456789\xc3\xbc\r\n"), WIDE, 1, 12 },
	{ "8-bit header", LIT("A: \xc3\xbc\n\nhi\n"),
	    LIT("A: \xc3\xbc\r\n\r\nhi\r\n"), 0, 1, 2 },
	{ "NUL in the body", LIT("A: 1\n\na\0b\n"),
	    LIT("A: 1\r\n\r\na\0b\r\n"), NUL, 1, 3 },
	{ "NUL in the header", LIT("A: a\0b\n\n"),
	    LIT("A: a\0b\r\n\r\n"), 0, 1, 0 },
	{ "many fields", LIT("A:1\nB:2\nC:3\nD:4\nE:5\nF:6\nG:7\nH:8\nI:9\n"
	    "J:1\nK:2\nL:3\nM:4\nN:5\nO:6\nP:7\nQ:8\nR:9\n\n"),
	    LIT("A:1\r\nB:2\r\nC:3\r\nD:4\r\nE:5\r\nF:6\r\nG:7\r\nH:8\r\n"
	    "I:9\r\nJ:1\r\nK:2\r\nL:3\r\nM:4\r\nN:5\r\nO:6\r\nP:7\r\nQ:8\r\n"
	    "R:9\r\n\r\n"), 0, 18, 0 },
};

static void
check(const struct row *r, int fd, size_t piece)
{
	struct message m;
	struct err e = ERR_INIT;

	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, r->flags & DOT, 0, NULL }, &e), 0);
	close(fd);
	assert_int_equal(m.header.n, r->fields);
	assert_int_equal(m.longest, r->longest);
	assert_int_equal(m.stray_cr != 0, (r->flags & CR) != 0);
	assert_int_equal(m.cr_first != 0, (r->flags & BODY_CR) != 0);
	assert_int_equal(m.inline_pgp != 0, (r->flags & PGP) != 0);
	assert_int_equal(m.body_8bit != 0, (r->flags & WIDE) != 0);
	assert_int_equal(m.body_nul != 0, (r->flags & NUL) != 0);
	assert_int_equal(m.dot_line != 0, (r->flags & DOTTED) != 0);
	assert_int_equal(m.after_dot != 0, (r->flags & AFTER) != 0);
	expect_wire(&m, piece, r->out, r->nout);
	message_free(&m);
}

static void
test_whole(void **state)
{
	const struct row *r = *state;

	check(r, fd_of(r->in, r->n), 64 * 1024);
}

/* However the input is cut, and however the output is asked for. */
static void
test_cuts(void **state)
{
	const struct row *r = *state;
	size_t piece;

	for (piece = 1; piece < 8; piece++) {
		check(r, pieces_of(r->in, r->n, piece), piece);
		check(r, fd_of(r->in, r->n), piece);
	}
}

/* A line and its end at every place round the input's chunks of 64 KiB. */
static const struct {
	const char	*name;
	size_t		 n;
	const char	*end;
	int		 header;
} chunks[] = {
	{ "LF just before", 64 * 1024 - 4, "\n", 0 },
	{ "LF last in the chunk", 64 * 1024 - 4 - 3, "\n", 0 },
	{ "CR last, LF first in the next", 64 * 1024 - 7, "\r\n", 0 },
	{ "CRLF last in the chunk", 64 * 1024 - 8, "\r\n", 0 },
	{ "a line of one chunk", 64 * 1024, "\n", 0 },
	{ "a line of one chunk, CRLF", 64 * 1024, "\r\n", 0 },
	{ "a line of one less, CRLF", 64 * 1024 - 1, "\r\n", 0 },
	{ "a line of two and a half", 160 * 1024, "\r\n", 0 },
	{ "a line without end", 160 * 1024, "", 0 },
	{ "a line without end, whole chunks", 128 * 1024, "", 0 },
	{ "a field of two chunks and a half", 160 * 1024, "\n", 1 },
	{ "a field of one chunk, CRLF", 64 * 1024 - 5, "\r\n", 1 },
	{ "a field without end", 130 * 1024, "", 1 },
};

static void
test_chunk(void **state)
{
	const __typeof__(chunks[0]) *r = *state;
	struct buf in = BUF_MAX(ROOM), out = BUF_MAX(ROOM);
	char *fill = unit_fill('x', r->n);
	struct message m;
	struct err e = ERR_INIT;
	int fd;

	buf_addf(&in, r->header ? "A: %s%s" : "A: 1\n\n%s%s", fill, r->end);
	buf_addf(&out, r->header ? "A: %s\r\n\r\n" : "A: 1\r\n\r\n%s\r\n",
	    fill);
	if (r->end[0] != '\0') {
		buf_adds(&in, r->header ? "\n.x\ny" : ".x\ny");
		buf_adds(&out, ".x\r\ny\r\n");
	}
	fd = fd_of(in.data, in.len);
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 1, 0, NULL }, &e), 0);
	close(fd);
	assert_int_equal(m.header.n, 1);
	assert_false(m.stray_cr);
	assert_int_equal(m.dot_line, r->end[0] != '\0');
	if (!r->header) {
		assert_int_equal(m.longest, r->n);
		assert_int_equal(m.longest_at, 1);
	}
	expect_wire(&m, 4096, out.data, out.len);
	message_free(&m);
	buf_free(&in);
	buf_free(&out);
	free(fill);
}

/* A dot, or a CR, in a long line's second chunk is not at its beginning. */
static void
test_dot_in_long_line(void **state)
{
	struct message m;
	struct err e = ERR_INIT;
	struct buf in = BUF_MAX(ROOM);
	char *fill = unit_fill('x', 64 * 1024);
	int fd;

	(void)state;
	buf_addf(&in, "\n%s.\n%s\r\ra\n", fill, fill);
	fd = fd_of(in.data, in.len);
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 1, 0, NULL }, &e), 0);
	close(fd);
	assert_false(m.dot_line);
	assert_false(m.after_dot);
	assert_true(m.stray_cr);
	assert_int_equal(m.longest, 64 * 1024 + 3);
	assert_int_equal(m.longest_at, 2);
	message_free(&m);
	buf_free(&in);
	free(fill);
}

/* Bodies round and over what stays in memory come back as they were. */
static const struct {
	const char	*name;
	size_t		 lines;		/* of 30 octets and a line end */
	int		 on_disk;
} sizes[] = {
	{ "all in memory", 8191, 0 },
	{ "memory is just full", 8192, 0 },
	{ "one line over", 8193, 1 },
	{ "two megabytes", 65536, 1 },
	{ "twenty megabytes", 655360, 1 },
};

static void
test_size(void **state)
{
	const __typeof__(sizes[0]) *r = *state;
	struct message m;
	struct err e = ERR_INIT;
	struct buf out = BUF_MAX(64 * ROOM);
	size_t i;
	int fd = memfd_create("message", MFD_CLOEXEC);
	FILE *f = fdopen(fd, "w+");

	fputs("A: 1\n\n", f);
	buf_adds(&out, "A: 1\r\n\r\n");
	for (i = 0; i < r->lines; i++) {
		fprintf(f, "%08zu%.22s\n", i, T30);
		buf_addf(&out, "%08zu%.22s\r\n", i, T30);
	}
	rewind(f);
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	fclose(f);
	assert_int_equal(m.body.fd != -1, r->on_disk);
	assert_true(m.body.mem.size <= 2 * SPILL_MEMORY);
	expect_wire(&m, 10000, out.data, out.len);
	assert_true(m.body.mem.size <= 2 * SPILL_MEMORY);
	message_free(&m);
	buf_free(&out);
}

/* Reading twice gives the same twice, and a change of the header shows. */
static void
test_rewind(void **state)
{
	struct message m;
	struct err e = ERR_INIT;
	int fd = fd_of(LIT("A: 1\nBcc: b@y\nC: 3\n\nhi\n"));

	(void)state;
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	close(fd);
	header_remove(&m.header, "Bcc");
	header_set(&m.header, 0, "A", "one");
	header_insert(&m.header, 3, "D", "4");
	expect_wire(&m, 1, LIT("A: one\r\nC: 3\r\nD: 4\r\n\r\nhi\r\n"));
	expect_wire(&m, 3, LIT("A: one\r\nC: 3\r\nD: 4\r\n\r\nhi\r\n"));
	header_remove(&m.header, "A");
	header_remove(&m.header, "C");
	header_remove(&m.header, "D");
	expect_wire(&m, 2, LIT("\r\nhi\r\n"));
	message_free(&m);
}

static const struct {
	const char	*name;
	const char	*in;
	size_t		 n;
	int		 want;
} wides[] = {
	{ "ASCII", LIT("A: 1\n\nhi\n"), 0 },
	{ "body", LIT("A: 1\n\nh\xfc\n"), 1 },
	{ "header", LIT("A: \xfc\n\nhi\n"), 1 },
	{ "a field that goes", LIT("Bcc: \xfc\n\nhi\n"), 0 },
};

static void
test_8bit(void **state)
{
	const __typeof__(wides[0]) *r = *state;
	struct message m;
	struct err e = ERR_INIT;
	int fd = fd_of(r->in, r->n);

	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	close(fd);
	header_remove(&m.header, "Bcc");
	assert_int_equal(message_8bit(&m), r->want);
	message_free(&m);
}

/* before, n times x, after */
static const struct {
	const char	*name;
	const char	*before;
	size_t		 n;
	const char	*after;
	const char	*why;		/* or NULL: it may go */
	int		 binary;	/* where that is taken, it may */
} fits[] = {
	{ "short", "A: 1\n\n", 10, "\n", NULL, 0 },
	{ "a body line of 998", "A: 1\n\n", 998, "\n", NULL, 0 },
	{ "a body line of 999", "A: 1\n\nhi\n\n", 999, "\n",
	    "line 3 of the body has 999 octets", 1 },
	{ "a field of 998", "A: ", 995, "\n\n", NULL, 0 },
	{ "a field of 999", "B: 1\nA: ", 996, "\n\n",
	    "the header field A has a line of 999 octets", 0 },
	{ "a fold of 999", "B: 1\nA: 1\n ", 998, "\n 2\n\n",
	    "the header field A has a line of 999 octets", 0 },
	{ "a long field of short lines", "A: 1\n ", 900, "\n 2\n\n", NULL, 0 },
	{ "a long field that goes", "Bcc: ", 2000, "\n\n", NULL, 0 },
};

static void
test_fit(void **state)
{
	const __typeof__(fits[0]) *r = *state;
	struct message m;
	struct err e = ERR_INIT;
	struct buf in = BUF_MAX(ROOM);
	char *fill = unit_fill('x', r->n);
	int fd;

	buf_addf(&in, "%s%s%s", r->before, fill, r->after);
	fd = fd_of(in.data, in.len);
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	close(fd);
	header_remove(&m.header, "Bcc");
	assert_int_equal(message_fit(&m, 0, &e), r->why == NULL ? 0 : -1);
	if (r->why != NULL) {
		assert_int_equal(e.kind, ERR_DATA);
		assert_non_null(strstr(e.text, r->why));
	}
	assert_int_equal(message_binary(&m), r->binary);
	assert_int_equal(message_fit(&m, 1, &e), r->why == NULL || r->binary ?
	    0 : -1);
	message_free(&m);
	buf_free(&in);
	free(fill);
}

static const struct {
	const char	*name;
	const char	*in;
	size_t		 n;
	const char	*why;
	int		 binary;
} nuls[] = {
	{ "in the body", LIT("A: 1\n\na\0b\n"), "the body holds a NUL", 1 },
	{ "in a field", LIT("A: 1\nBob: \0\n\n"),
	    "the header field Bob holds a NUL", 0 },
};

static void
test_nul(void **state)
{
	const __typeof__(nuls[0]) *r = *state;
	struct message m;
	struct err e = ERR_INIT;
	int fd = fd_of(r->in, r->n);

	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	close(fd);
	assert_int_equal(message_fit(&m, 0, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_non_null(strstr(e.text, r->why));
	assert_int_equal(message_binary(&m), r->binary);
	assert_int_equal(message_fit(&m, 1, &e), r->binary ? 0 : -1);
	message_free(&m);
}

static const struct {
	const char	*name;
	const char	*in;
	size_t		 n;
	uint64_t	 first, last;
} crs[] = {
	{ "none", LIT("A: 1\n\na\nb\n"), 0, 0 },
	{ "in the header", LIT("A: 1\rB\n\na\nb\n"), 0, 0 },
	{ "in the first line", LIT("A: 1\n\na\rb\nc\n"), 1, 1 },
	{ "two in one line", LIT("A: 1\n\na\nb\rc\rd\n"), 2, 2 },
	{ "in three lines", LIT("\na\n\rb\nc\rd\n\ne\r\r\nf\n"), 2, 5 },
	{ "in a line without end", LIT("\na\n\nb\rc"), 3, 3 },
};

static void
test_cr(void **state)
{
	const __typeof__(crs[0]) *r = *state;
	struct message m;
	struct err e = ERR_INIT;
	int fd = fd_of(r->in, r->n);

	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	close(fd);
	assert_int_equal(m.cr_first, r->first);
	assert_int_equal(m.cr_last, r->last);
	message_free(&m);
}

static void
set_body(struct message *m, const char *text)
{
	struct facts f = { .lines = 0 };
	struct spill body;
	struct err e = ERR_INIT;

	spill_init(&body);
	facts_text(&f, text, strlen(text));
	assert_int_equal(spill_add(&body, text, strlen(text), &e), 0);
	message_set_body(m, &body, &f);
	assert_int_equal(body.size, 0);
}

static void
expect_body(struct message *m, const char *want)
{
	struct err e = ERR_INIT;
	char got[100];
	ssize_t n = spill_read(&m->body, 0, got, sizeof(got), &e);

	assert_int_equal(n, strlen(want));
	assert_memory_equal(got, want, strlen(want));
}

/* Body, facts and fields come back, and the second change frees the first. */
static void
test_keep(void **state)
{
	struct message m;
	struct err e = ERR_INIT;
	int i, fd = fd_of(LIT("A: 1\n\n.h\xc3\xa4\n"));

	(void)state;
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	close(fd);
	set_body(&m, ".h\xc3\xa4\r\n");		/* nothing is kept yet */
	assert_null(m.kept);
	message_keep(&m);
	for (i = 0; i < 3; i++) {
		message_reset(&m);
		assert_int_equal(m.header.field[0].text[3], '1');
		expect_body(&m, ".h\xc3\xa4\r\n");
		assert_true(m.body_8bit && m.dot_line);
		assert_int_equal(m.longest, 4);
		assert_int_equal(m.recoded, 1);
		set_body(&m, "one\r\n");
		set_body(&m, "other text\r\n");
		header_set(&m.header, 0, "A", "2");
		expect_body(&m, "other text\r\n");
		assert_false(m.body_8bit || m.dot_line);
		assert_int_equal(m.longest, 10);
		assert_int_equal(m.recoded, 3);
	}
	message_keep(&m);
	set_body(&m, "more\r\n");
	message_reset(&m);
	expect_body(&m, "other text\r\n");
	assert_int_equal(m.header.field[0].text[3], '2');
	set_body(&m, "more\r\n");
	message_free(&m);			/* both */
}

static void
test_read_error(void **state)
{
	struct message m;
	struct err e = ERR_INIT;
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), -1);
	assert_int_equal(e.kind, ERR_NOINPUT);
	close(fd);
	assert_int_equal(message_read(&m,
	    &(struct message_input){ -1, 0, 0, NULL }, &e), -1);
	assert_int_equal(e.kind, ERR_NOINPUT);
}

static void
test_header_limit(void **state)
{
	struct message m;
	struct err e = ERR_INIT;
	char *fill = unit_fill('x', ROOM);
	int i, fd = memfd_create("message", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(fd, "A: ", 3), 3);
	for (i = 0; i < MESSAGE_HEADER_MAX / ROOM; i++)
		assert_int_equal(write(fd, fill, ROOM), ROOM);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), -1);
	assert_int_equal(e.kind, ERR_DATA);
	assert_string_equal(e.text, "the header is over 33554432 octets");
	close(fd);
	free(fill);
}

int
main(void)
{
	UNIT_ROWS(rows, test_whole);
	unit_rows("in any cut", rows, COUNT(rows), sizeof(rows[0]), test_cuts);
	UNIT_ROWS(chunks, test_chunk);
	UNIT_ROWS(sizes, test_size);
	UNIT_ROWS(wides, test_8bit);
	UNIT_ROWS(fits, test_fit);
	UNIT_ROWS(nuls, test_nul);
	UNIT_ROWS(crs, test_cr);
	UNIT_TEST(test_dot_in_long_line);
	UNIT_TEST(test_rewind);
	UNIT_TEST(test_keep);
	UNIT_TEST(test_read_error);
	UNIT_TEST(test_header_limit);
	return unit_run("message");
}
