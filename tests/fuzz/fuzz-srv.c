#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/srvset.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint32_t	seed;

static uint32_t
pick(uint32_t below)
{
	assert(below > 0);
	seed = seed * 1103515245 + 12345;
	return seed % below;
}

static void
check(const struct srv_record *r)
{
	const char *host = r->target.host;
	size_t n = strlen(host);

	assert(n > 0 && n <= 253 && host[0] != '-' && host[0] != '.');
	assert(strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
	    "XYZ0123456789-._") == n);
	assert(r->target.port > 0 && r->target.port <= 65535);
	assert(r->priority <= 65535 && r->weight <= 65535);
}

/* What comes first is what the order promises, whatever the chance. */
static void
check_order(const struct srv_set *set)
{
	const struct srv_record *a, *b;
	size_t i;

	for (i = 1; i < set->n; i++) {
		a = &set->record[i - 1];
		b = &set->record[i];
		assert(a->priority <= b->priority);
		assert(a->priority < b->priority ||
		    a->target.tls_at_once >= b->target.tls_at_once);
	}
}

static uint32_t
sum(const struct srv_set *set)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < set->n; i++)
		n += set->record[i].weight + set->record[i].target.port;
	return n;
}

/* Two messages, of the two services: the first two bytes say where they are
 * cut, in copies of their exact size. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srv_set set = { .n = 0 };
	size_t cut, n, i;
	uint32_t before;
	uint8_t *copy;
	int tls;

	if (size < 2)
		return 0;
	cut = (size_t)data[0] << 8 | data[1];
	data += 2;
	size -= 2;
	if (cut > size)
		cut = size;
	for (tls = 1; tls >= 0; tls--) {
		n = tls ? cut : size - cut;
		copy = malloc(n > 0 ? n : 1);
		memcpy(copy, tls ? data : data + cut, n);
		srvset_parse(&set, tls, copy, n);
		free(copy);
		assert(set.n <= (size_t)(2 - tls) * SRV_MAX);
	}
	for (i = 0; i < set.n; i++)
		check(&set.record[i]);
	before = sum(&set);
	seed = (uint32_t)cut;
	srvset_order(&set, pick);
	check_order(&set);
	assert(sum(&set) == before);
	return 0;
}
