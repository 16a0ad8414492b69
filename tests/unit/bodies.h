/*
 * bodies.h - messages that are made fit for the wire: how tests write them,
 * and see what became of them.
 */
#ifndef BODIES_H
#define BODIES_H

#include "unit.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "mail/recode.h"

#define ROOM	(64 * 1024 * 1024)
#define MV	"MIME-Version: 1.0\n"
#define CT	"Content-Type: "
#define CTE	"Content-Transfer-Encoding: "
#define QP	CTE "quoted-printable\n"
#define B64	CTE "base64\n"
#define MIXED	MV CT "multipart/mixed; boundary=b\n\n"
#define X10	"xxxxxxxxxx"
#define X75	X10 X10 X10 X10 X10 X10 X10 "xxxxx"
#define X100	X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X900	X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X998	X900 X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxxx"
#define SOFT(s)	s "=\n"
#define W4	"\xc3\xa9\xc3\xa9"
#define SAME	NULL

/* Texts have LF here for every CRLF. */
struct row {
	const char	*name;
	const char	*in;
	const char	*out;		/* SAME: as it was */
	const char	*why;		/* it is refused */
};

/* LF becomes CRLF; \1 a NUL. */
static inline struct buf
wire_text(const char *s)
{
	struct buf b = BUF_MAX(ROOM);

	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_addc(&b, '\r');
		buf_addc(&b, *s == '\1' ? '\0' : *s);
	}
	return b;
}

static inline struct message
message_of(const char *p, size_t n)
{
	struct message m;
	struct err e = ERR_INIT;
	int fd = memfd_create("message", MFD_CLOEXEC);

	assert_int_equal(write(fd, p, n), n);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(message_read(&m,
	    &(struct message_input){ fd, 0, 0, NULL }, &e), 0);
	close(fd);
	return m;
}

static inline struct buf
wire_of(struct message *m)
{
	struct message_reader r;
	struct err e = ERR_INIT;
	struct buf b = BUF_MAX(ROOM);
	ssize_t n;

	message_rewind(&r, m);
	while ((n = message_next(&r, buf_room(&b, 65536), 65536, &e)) > 0)
		buf_took(&b, (size_t)n);
	assert_int_equal(n, 0);
	return b;
}

static inline void
expect_wire(struct message *m, const struct buf *want)
{
	struct buf got = wire_of(m);

	assert_string_equal(buf_str(&got), buf_str(want));
	assert_int_equal(got.len, want->len);
	assert_memory_equal(got.data, want->data, want->len);
	buf_free(&got);
}

/* The facts are those of the body that is there now. */
static inline void
expect_facts(struct message *m)
{
	struct buf wire = wire_of(m);
	struct message again = message_of(wire.data, wire.len);

	assert_int_equal(m->longest, again.longest);
	assert_int_equal(m->longest_at, again.longest_at);
	assert_int_equal(m->body_8bit, again.body_8bit);
	assert_int_equal(m->body_nul, again.body_nul);
	assert_int_equal(m->dot_line, again.dot_line);
	message_free(&again);
	buf_free(&wire);
}

static inline void
run(const struct row *r, const struct recode *how)
{
	struct buf in = wire_text(r->in);
	struct buf out = wire_text(r->out != SAME ? r->out : r->in);
	struct message m = message_of(in.data, in.len);
	struct err e = ERR_INIT;

	if (r->out != SAME || r->why != NULL)
		assert_true(recode_needed(&m, how));
	assert_int_equal(recode_apply(&m, how, &e), r->why != NULL ? -1 : 0);
	if (r->why != NULL) {
		assert_int_equal(e.kind, ERR_DATA);
		if (strstr(e.text, r->why) == NULL)
			assert_string_equal(e.text, r->why);
	}
	expect_wire(&m, &out);
	expect_facts(&m);
	if (r->why == NULL) {
		assert_int_equal(recode_apply(&m, how, &e), 0);
		expect_wire(&m, &out);
	}
	message_free(&m);
	buf_free(&in);
	buf_free(&out);
}

#endif
