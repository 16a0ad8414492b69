#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mail/addr.h"
#include "mail/fixup.h"
#include "mail/message.h"

#define WIRE_MAX	(8 * 1024 * 1024)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
read_it(struct message *m, const void *p, size_t n, int dot_ends)
{
	struct err e = ERR_INIT;
	int fd = memfd_create("message", MFD_CLOEXEC);

	assert(fd != -1 && write(fd, p, n) == (ssize_t)n);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	assert(message_read(m,
	    &(struct message_input){ fd, dot_ends, 0, NULL }, &e) == 0);
	close(fd);
}

static void
wire_of(struct message *m, struct buf *out, size_t piece)
{
	struct message_reader r;
	struct err e = ERR_INIT;
	ssize_t n;

	message_rewind(&r, m);
	while ((n = message_next(&r, buf_room(out, piece), piece, &e)) > 0)
		buf_took(out, (size_t)n);
	assert(n == 0 && out->len == message_size(m));
}

/* Lines end in CRLF, which is nowhere else; a message that fits has short
 * ones and no NUL. */
static void
check_lines(const struct message *m, const struct buf *wire)
{
	struct err e = ERR_INIT;
	size_t i, start = 0;
	int fits = message_fit(m, 0, &e) == 0;

	assert(wire->len >= 2 && wire->data[wire->len - 1] == '\n');
	for (i = 0; i < wire->len; i++) {
		assert(!fits || wire->data[i] != '\0');
		if (wire->data[i] == '\r')
			assert(i + 1 < wire->len && wire->data[i + 1] == '\n');
		if (wire->data[i] != '\n')
			continue;
		assert(i > 0 && wire->data[i - 1] == '\r');
		assert(!fits || i - 1 - start <= MESSAGE_LINE_MAX);
		start = i + 1;
	}
}

/* What is on the wire reads back as itself. */
static void
check_again(const struct buf *wire)
{
	struct message m;
	struct buf again = BUF_MAX(WIRE_MAX);

	read_it(&m, wire->data, wire->len, 0);
	assert(!m.stray_cr && !m.after_dot);
	wire_of(&m, &again, 1000);
	assert(again.len == wire->len);
	assert(memcmp(again.data, wire->data, wire->len) == 0);
	buf_free(&again);
	message_free(&m);
}

static void
check_fixup(struct message *m, size_t piece)
{
	static const struct fixup f = { .sender = "me@x.example",
	    .host = "h.example", .from = FIXUP_AUTO, .date = FIXUP_AUTO,
	    .msgid = FIXUP_AUTO };
	struct addr_list list = ADDR_LIST_INIT;
	struct buf wire = BUF_MAX(WIRE_MAX);
	struct err e = ERR_INIT;

	fixup_recipients(m, &list);
	addr_list_free(&list);
	assert(fixup_apply(m, &f, &e) == 0);
	assert(header_has(&m->header, "From"));
	assert(header_has(&m->header, "Date"));
	assert(header_has(&m->header, "Message-ID"));
	assert(!header_has(&m->header, "Bcc"));
	assert(!header_has(&m->header, "Resent-Bcc"));
	wire_of(m, &wire, piece);
	check_lines(m, &wire);
	check_again(&wire);
	buf_free(&wire);
}

/* The first octet says how the rest is read. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m;
	struct buf wire = BUF_MAX(WIRE_MAX);
	size_t piece;

	if (size == 0)
		return 0;
	piece = 1 + (size_t)(data[0] >> 1);
	read_it(&m, data + 1, size - 1, data[0] & 1);
	wire_of(&m, &wire, piece);
	check_lines(&m, &wire);
	check_again(&wire);
	check_fixup(&m, piece);
	buf_free(&wire);
	message_free(&m);
	return 0;
}
