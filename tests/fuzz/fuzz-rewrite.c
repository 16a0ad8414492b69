#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/message.h"
#include "mail/rewrite.h"

#define TEXT_ROOM	(8 * 1024 * 1024)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const targets[] = { "", "ann@example.org\n",
    "\"a, b\"@example.org\n", "ann@example.org\nbob@example.net\n" };

/* Who stands for whom hangs on the length of the local part. */
static const char *
stands_for(const struct addr *a)
{
	return targets[strlen(a->local) % 5 % 4];
}

static int
is_nobody(const struct addr *a)
{
	return strlen(a->local) % 5 == 4;
}

static enum rewrite_as
find(void *ctx, const struct addr *a, struct buf *to)
{
	(void)ctx;
	buf_adds(to, stands_for(a));
	return is_nobody(a) ? REWRITE_NAME : to->len > 0 ?
	    REWRITE_ADDRESSES : REWRITE_STAY;
}

/* The input as a body: what is no fold at a line end is made one. */
static void
take_body(struct buf *b, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == '\n')
			buf_adds(b, "\r\n ");
		else if (p[i] != '\r')
			buf_addc(b, p[i]);
}

/* Every line end is a fold.  Returns the longest line. */
static size_t
longest(const struct buf *b, size_t column)
{
	const char *p = buf_str(b);
	size_t i, max = 0;

	for (i = 0; i < b->len; i++, column++) {
		if (p[i] == '\n')
			assert(i > 0 && p[i - 1] == '\r');
		if (p[i] != '\r')
			continue;
		assert(i + 2 < b->len && p[i + 1] == '\n' && p[i + 2] == ' ');
		max = column > max ? column : max;
		column = (size_t)-2;
	}
	return column > max ? column : max;
}

static void
check_member(const struct addr *was, const struct addr *now)
{
	assert((was->bad == NULL) == (now->bad == NULL));
	if (was->bad != NULL)
		assert(strcmp(was->raw, now->raw) == 0 || now->bad != NULL);
	else {
		assert(strcmp(was->local, now->local) == 0);
		assert((was->domain == NULL) == (now->domain == NULL));
		assert(was->domain == NULL ||
		    strcmp(was->domain, now->domain) == 0);
	}
}

/* The members of before, each replaced by those that stand for it. */
static void
check_members(const struct buf *before, const struct buf *after)
{
	struct addr_list was = ADDR_LIST_INIT, now = ADDR_LIST_INIT;
	struct addr_list to = ADDR_LIST_INIT;
	struct buf text = BUF_MAX(256);
	size_t i, k, j = 0;
	const char *s;

	addr_parse(&was, buf_str(before), before->len);
	addr_parse(&now, buf_str(after), after->len);
	for (i = 0; i < was.n; i++) {
		if (was.addr[i].bad == NULL && is_nobody(&was.addr[i]) &&
		    !was.addr[i].grouped)
			continue;
		s = was.addr[i].bad == NULL ? stands_for(&was.addr[i]) : "";
		if (s[0] == '\0') {
			assert(j < now.n);
			check_member(&was.addr[i], &now.addr[j++]);
			continue;
		}
		buf_clear(&text);
		for (; *s != '\0'; s++)
			buf_addc(&text, *s == '\n' ? ',' : *s);
		addr_list_free(&to);
		addr_parse(&to, buf_str(&text), text.len);
		for (k = 0; k < to.n; k++) {
			assert(j < now.n);
			check_member(&to.addr[k], &now.addr[j++]);
		}
	}
	assert(j == now.n);
	addr_list_free(&was);
	addr_list_free(&now);
	addr_list_free(&to);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rewrite rw = { .find = find };
	struct buf in = BUF_MAX(TEXT_ROOM), out = BUF_MAX(TEXT_ROOM);
	size_t limit, max;
	int r;

	take_body(&in, (const char *)data, size);
	r = rewrite_body(&out, buf_str(&in), in.len, 4, &rw);
	assert(r >= 0);
	if (r == 0)
		assert(out.len == 0);
	else {
		max = longest(&in, 4);
		limit = max > MESSAGE_LINE_MAX ? max : MESSAGE_LINE_MAX;
		assert(longest(&out, 4) <= limit);
		check_members(&in, &out);
	}
	buf_free(&in);
	buf_free(&out);
	return 0;
}
