#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "mail/envelope.h"

/* Domains are already lower case; the local part is the receiver's affair. */
static size_t
hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* The at sign before the domain, or NULL: one in quotes is none. */
static const char *
at_sign(const char *addr)
{
	const char *p = strrchr(addr, '@');

	return p != NULL && strchr(p, '"') == NULL ? p : NULL;
}

static int
same(const char *a, const char *b)
{
	const char *at = at_sign(a);
	size_t n = at != NULL ? (size_t)(at - a) : strlen(a);

	return strncmp(a, b, n) == 0 && str_same(a + n, b + n);
}

/* The slot that holds addr, or the free one where it belongs. */
static size_t *
slot_of(struct envelope *e, const char *addr)
{
	size_t i = hash(addr) & (e->nslot - 1);

	while (e->slot[i] != 0 && !same(e->rcpt[e->slot[i] - 1].addr, addr))
		i = (i + 1) & (e->nslot - 1);
	return &e->slot[i];
}

static void
more_room(struct envelope *e)
{
	size_t i, room = e->room > 0 ? e->room * 2 : 8;

	e->rcpt = mem_grow(e->rcpt, e->room * sizeof(*e->rcpt),
	    room * sizeof(*e->rcpt));
	e->room = room;
	free(e->slot);
	e->nslot = room * 2;
	e->slot = mem_new(e->nslot, sizeof(*e->slot));
	for (i = 0; i < e->nrcpt; i++)
		*slot_of(e, e->rcpt[i].addr) = i + 1;
}

void
envelope_sender(struct envelope *e, const char *sender)
{
	free(e->sender);
	e->sender = mem_str(sender);
}

int
envelope_add(struct envelope *e, const char *addr, const char *orig)
{
	const char *at = at_sign(addr);
	char *copy = mem_str(addr);
	size_t *slot, i;

	i = at != NULL ? (size_t)(at - addr) : strlen(addr);
	for (; copy[i] != '\0'; i++)
		copy[i] = str_lower(copy[i]);
	if (e->nrcpt == e->room)
		more_room(e);
	slot = slot_of(e, copy);
	if (*slot != 0) {
		free(copy);
		return 0;
	}
	e->rcpt[e->nrcpt++] = (struct rcpt){ .addr = copy,
	    .orig = mem_str(orig), .status = RCPT_WAITING };
	*slot = e->nrcpt;
	return 1;
}

void
envelope_given(struct envelope *e, size_t i, const char *given)
{
	free(e->rcpt[i].given);
	e->rcpt[i].given = mem_str(given);
}

void
envelope_mark(struct envelope *e, size_t i, enum rcpt_status status,
    enum err_kind kind, const char *why)
{
	struct rcpt *r = &e->rcpt[i];
	char *copy = why != NULL ? mem_str(why) : NULL;

	free(r->why);
	r->status = status;
	r->kind = kind;
	r->why = copy;
}

size_t
envelope_move(struct envelope *e, enum rcpt_status from, enum rcpt_status to,
    enum err_kind kind, const char *why)
{
	size_t i, n = 0;

	for (i = 0; i < e->nrcpt; i++) {
		if (e->rcpt[i].status != from)
			continue;
		envelope_mark(e, i, to, kind, why);
		n++;
	}
	return n;
}

void
envelope_mark_now(struct envelope *e, enum rcpt_status status,
    enum err_kind kind, const char *why)
{
	size_t i;

	for (i = 0; i < e->nrcpt; i++)
		if (e->rcpt[i].now)
			envelope_mark(e, i, status, kind, why);
}

void
envelope_settle(struct envelope *e, const char *where)
{
	struct rcpt *r;

	for (r = e->rcpt; r < e->rcpt + e->nrcpt; r++)
		if (r->where == NULL && r->status != RCPT_WAITING &&
		    r->status != RCPT_TEMPFAIL)
			r->where = mem_str(where);
}

void
envelope_end(struct envelope *e)
{
	size_t i;

	for (i = 0; i < e->nrcpt; i++)
		e->rcpt[i].now = 0;
}

size_t
envelope_count(const struct envelope *e, enum rcpt_status status)
{
	size_t i, n = 0;

	for (i = 0; i < e->nrcpt; i++)
		n += e->rcpt[i].status == status;
	return n;
}

void
envelope_free(struct envelope *e)
{
	size_t i;

	for (i = 0; i < e->nrcpt; i++) {
		free(e->rcpt[i].addr);
		free(e->rcpt[i].orig);
		free(e->rcpt[i].given);
		free(e->rcpt[i].why);
		free(e->rcpt[i].where);
	}
	free(e->rcpt);
	free(e->slot);
	free(e->sender);
	*e = (struct envelope)ENVELOPE_INIT;
}
