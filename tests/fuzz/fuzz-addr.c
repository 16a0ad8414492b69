#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/addr.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What goes to a server is one line, and reads back as the same address. */
static void
check_path(const struct addr *a)
{
	struct buf path = BUF_MAX(4096);
	struct err e = ERR_INIT;
	struct addr back = { 0 };
	size_t i;

	assert(addr_path(&path, a) == 0);
	assert(path.len <= ADDR_PATH_MAX);
	assert(strlen(a->local) <= ADDR_LOCAL_MAX);
	for (i = 0; i < path.len; i++)
		assert((unsigned char)path.data[i] >= 0x20 &&
		    path.data[i] != 0x7f);
	assert(addr_parse_one(&back, path.data, path.len, &e) == 0);
	assert(strcmp(back.local, a->local) == 0);
	assert((back.domain == NULL) == (a->domain == NULL));
	assert(a->domain == NULL || strcmp(back.domain, a->domain) == 0);
	assert(addr_needs_utf8(&back) == addr_needs_utf8(a));
	addr_free(&back);
	buf_free(&path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct addr_list list = ADDR_LIST_INIT;
	char *copy = malloc(size > 0 ? size : 1);
	size_t i, bad, seen = 0;

	memcpy(copy, data, size);
	bad = addr_parse(&list, copy, size);
	free(copy);
	for (i = 0; i < list.n; i++) {
		assert(list.addr[i].raw != NULL);
		assert((list.addr[i].bad == NULL) ==
		    (list.addr[i].local != NULL));
		seen += list.addr[i].bad != NULL;
		if (list.addr[i].bad != NULL)
			continue;
		check_path(&list.addr[i]);
		assert(memcmp(data + list.addr[i].at, list.addr[i].raw,
		    strlen(list.addr[i].raw)) == 0);
	}
	assert(seen == bad);
	addr_list_free(&list);
	return 0;
}
