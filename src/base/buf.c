#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/secret.h"

#define BUF_FIRST	64

/* Room for need bytes and the NUL behind them. */
static void
grow(struct buf *b, size_t need)
{
	size_t size = b->size > 0 ? b->size : BUF_FIRST;

	while (size <= need)
		size *= 2;
	if (size == b->size)
		return;
	b->data = b->secret ? secret_grow(b->data, size) :
	    mem_grow(b->data, b->size, size);
	b->size = size;
}

char *
buf_room(struct buf *b, size_t n)
{
	if (n > b->max - b->len)
		return NULL;
	grow(b, b->len + n);
	return b->data + b->len;
}

void
buf_took(struct buf *b, size_t n)
{
	assert(b->len + n < b->size);
	b->len += n;
	b->data[b->len] = '\0';
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	char *room = buf_room(b, n);

	if (room == NULL)
		return -1;
	if (n > 0)
		memcpy(room, p, n);
	buf_took(b, n);
	return 0;
}

int
buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list measure;
	char *room;
	int n;

	va_copy(measure, ap);
	n = vsnprintf(NULL, 0, fmt, measure);
	va_end(measure);
	assert(n >= 0);			/* our own format strings are valid */
	room = buf_room(b, (size_t)n);
	if (room == NULL)
		return -1;
	vsnprintf(room, (size_t)n + 1, fmt, ap);
	buf_took(b, (size_t)n);
	return 0;
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vaddf(b, fmt, ap);
	va_end(ap);
	return r;
}

void
buf_eat(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

void
buf_cut(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (b->data == NULL)
		return;
	explicit_bzero(b->data + n, b->len - n);
	b->len = n;
}

const char *
buf_str(const struct buf *b)
{
	return b->len > 0 ? b->data : "";
}

void
buf_clear(struct buf *b)
{
	if (b->data != NULL)
		b->data[0] = '\0';
	b->len = 0;
}

static void
forget(struct buf *b)
{
	b->data = NULL;
	b->len = b->size = 0;
}

void
buf_free(struct buf *b)
{
	if (b->secret)
		secret_free(b->data);
	else
		freezero(b->data, b->size);
	forget(b);
}

void
buf_drop(struct buf *b)
{
	if (b->secret)
		secret_free(b->data);
	else
		free(b->data);
	forget(b);
}
