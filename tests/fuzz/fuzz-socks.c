#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/socks.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* How long the answers are that open a connection, said in another way. */
static size_t
length(const uint8_t *p, size_t n)
{
	size_t login = n > 1 && p[1] == 2 ? 2 : 0;
	size_t at = 2 + login;

	assert(n >= at + 5);
	switch (p[at + 3]) {
	case 1:
		return at + 10;
	case 4:
		return at + 22;
	}
	return at + 7 + p[at + 4];
}

/* The first byte says who we are and how the rest is cut. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const hosts[] = { "mx.example.org", "192.0.2.1",
	    "2001:db8::1", "x" };
	struct socks_params p = { .port = 587 };
	struct err e = ERR_INIT;
	struct socks s;
	size_t i, n, piece;
	char *copy;
	int r = 0;

	if (size == 0)
		return 0;
	p.host = hosts[data[0] & 3];
	p.user = data[0] & 4 ? "ann" : NULL;
	p.password = data[0] & 8 || p.user != NULL ? "secret" : NULL;
	piece = 1 + (data[0] >> 4);
	data++;
	size--;
	assert(socks_begin(&s, &p, &e) == 0);
	for (i = 0; r == 0 && i < size && socks_want(&s) > 0; i += n) {
		assert(s.out_len <= SOCKS_OUT_MAX);
		socks_sent(&s);
		n = socks_want(&s) < piece ? socks_want(&s) : piece;
		if (n > size - i)
			n = size - i;
		copy = malloc(n);
		memcpy(copy, data + i, n);
		r = socks_feed(&s, copy, n, &e);
		free(copy);
	}
	assert(r == 0 || (e.kind == ERR_TEMP && e.text[0] != '\0'));
	if (r == 0 && socks_want(&s) == 0)
		assert(i == length(data, size));
	if (p.user == NULL)
		assert(memmem(&s.out, sizeof(s.out), "secret", 6) == NULL);
	if (r == 0 && socks_want(&s) > 0)
		socks_silent(&s, "it hung up", &e);
	socks_end(&s);
	return 0;
}
