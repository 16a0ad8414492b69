#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/must.h"
#include "base/secret.h"

static void *
or_end(void *p)
{
	must_have(p != NULL);
	return p;
}

void *
mem_new(size_t n, size_t size)
{
	return or_end(calloc(n > 0 ? n : 1, size));
}

void *
mem_grow(void *p, size_t had, size_t want)
{
	return or_end(recallocarray(p, had, want, 1));
}

char *
mem_strn(const char *s, size_t n)
{
	char *copy = or_end(malloc(n + 1));

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
mem_str(const char *s)
{
	return mem_strn(s, strlen(s));
}

void
mem_wipe(char *s)
{
	if (secret_is(s))
		secret_free(s);
	else if (s != NULL)
		freezero(s, strlen(s));
}
