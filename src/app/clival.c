#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/clival.h"
#include "base/mem.h"
#include "base/str.h"

/* Room for one more of what doubles where it is full. */
static void *
one_more(void *p, size_t n, size_t size)
{
	if (n & (n - 1))			/* no power of two */
		return p;
	return mem_grow(p, n * size, (n == 0 ? 1 : 2 * n) * size);
}

void
clival_set(struct cli *c, const char *typed, const char *keyword,
    const char *value)
{
	c->set = one_more(c->set, c->nset, sizeof(*c->set));
	c->set[c->nset].typed = mem_str(typed);
	c->set[c->nset].keyword = mem_str(keyword);
	c->set[c->nset++].value = mem_str(value);
}

void
clival_ignore(struct cli *c, const char *fmt, ...)
{
	char text[STR_SHOW_MAX + 64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->ignored = one_more(c->ignored, c->nignored, sizeof(*c->ignored));
	c->ignored[c->nignored++] = mem_str(text);
}

void
clival_free(struct cli *c)
{
	size_t i;

	for (i = 0; i < c->nset; i++) {
		free(c->set[i].typed);
		free(c->set[i].keyword);
		free(c->set[i].value);
	}
	for (i = 0; i < c->nignored; i++)
		free(c->ignored[i]);
	free(c->set);
	free(c->ignored);
	c->nset = c->nignored = 0;
	c->set = NULL;
	c->ignored = NULL;
}
