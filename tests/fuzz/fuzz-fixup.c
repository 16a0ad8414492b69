#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "mail/addr.h"
#include "mail/dkim.h"
#include "mail/fixup.h"

#define RAW_MAX	(4 * 1024 * 1024)
#define ME	"ann@example.org"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The lines of the input that may be in a header, as message_read() has it. */
static void
take_lines(struct buf *raw, const char *p, size_t n)
{
	const char *end = p + n, *eol;
	size_t len, body;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		len = (size_t)(eol - p);
		if (memchr(p, '\r', len) == NULL &&
		    (field_name(p, len, &body) > 0 ||
		    (len > 0 && raw->len > 0 && str_blank(*p)))) {
			buf_add(raw, p, len);
			buf_add(raw, "\r\n", 2);
		}
		if (eol == end)
			break;
	}
}

static void
check_line_ends(const struct field *f)
{
	size_t i;

	assert(f->len >= 2 && f->text[f->len - 1] == '\n');
	for (i = 0; i + 2 < f->len; i++) {
		assert((f->text[i] == '\r') == (f->text[i + 1] == '\n'));
		if (f->text[i] == '\r')
			assert(str_blank(f->text[i + 2]));
	}
}

/* How many addresses, or -1 when one of them is bad. */
static long
addresses(const struct field *f)
{
	struct addr_list list = ADDR_LIST_INIT;
	size_t n, bad;
	const char *body = field_body(f, &n);

	bad = addr_parse(&list, body, n);
	n = list.n;
	addr_list_free(&list);
	return bad > 0 ? -1 : (long)n;
}

static size_t
count(const struct header *h, const char *name)
{
	size_t i, n = 0;

	for (i = header_find(h, name, 0); i < h->n;
	    i = header_find(h, name, i + 1))
		n++;
	return n;
}

/* One of each, unless it is signed or does not parse. */
static void
check_once(const struct header *h)
{
	static const char *const firsts[] = { "From", "Sender", "Date",
	    "Message-ID", "Subject" };
	static const char *const lists[] = { "To", "Cc", "Reply-To" };
	size_t i, k, good;

	for (k = 0; k < 5; k++)
		assert(count(h, firsts[k]) <= 1 || dkim_covers(h, firsts[k]));
	for (k = 0; k < 3; k++) {
		good = 0;
		for (i = header_find(h, lists[k], 0); i < h->n;
		    i = header_find(h, lists[k], i + 1))
			good += addresses(&h->field[i]) >= 0;
		assert(good <= 1 || dkim_covers(h, lists[k]));
	}
	assert(count(h, "From") > 0 && count(h, "Date") > 0 &&
	    count(h, "Message-ID") > 0);
	assert(count(h, "Bcc") + count(h, "Resent-Bcc") +
	    count(h, "Return-Path") + count(h, "Content-Length") == 0);
	assert(addresses(&h->field[header_find(h, "From", 0)]) > 0);
}

/* Addresses of that name in fields that parse. */
static long
members(const struct header *h, const char *name)
{
	long n, all = 0;
	size_t i;

	for (i = header_find(h, name, 0); i < h->n;
	    i = header_find(h, name, i + 1))
		if ((n = addresses(&h->field[i])) > 0)
			all += n;
	return all;
}

static void
write_out(const struct header *h, struct buf *out)
{
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (h->field[i].gone)
			continue;
		check_line_ends(&h->field[i]);
		buf_add(out, h->field[i].text, h->field[i].len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m = { .header.raw = BUF_MAX(RAW_MAX) };
	struct message again = { .header.raw = BUF_MAX(RAW_MAX) };
	struct buf twice = BUF_MAX(RAW_MAX);
	struct fixup f = { .sender = ME, .host = "example.org",
	    .date = FIXUP_AUTO, .msgid = FIXUP_AUTO };
	struct err e = ERR_INIT;
	long to;

	if (size < 1)
		return 0;
	f.from = data[0] & 1 ? FIXUP_ON : FIXUP_AUTO;
	f.keep = data[0] & 2 ? AUTHOR_NAME : data[0] & 4 ? AUTHOR_REPLY_TO :
	    AUTHOR_FORGET;
	f.undisclosed = data[0] >> 3 & 1;
	f.full_name = data[0] & 16 ? "Smith, Ann" : NULL;
	take_lines(&m.header.raw, (const char *)data + 1, size - 1);
	header_index(&m.header);
	to = members(&m.header, "To");
	if (fixup_apply(&m, &f, &e) == -1) {
		assert(e.kind == ERR_UNAVAIL);
		goto out;
	}
	if (!f.undisclosed)
		assert(members(&m.header, "To") == to);
	check_once(&m.header);
	write_out(&m.header, &again.header.raw);
	header_index(&again.header);
	assert(fixup_apply(&again, &f, &e) == 0);
	write_out(&again.header, &twice);
	assert(twice.len == again.header.raw.len &&
	    memcmp(buf_str(&twice), buf_str(&again.header.raw),
	    twice.len) == 0);
out:
	header_free(&m.header);
	header_free(&again.header);
	buf_free(&twice);
	return 0;
}
