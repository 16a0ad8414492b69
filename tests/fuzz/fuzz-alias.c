#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/alias.h"
#include "mail/addr.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The input up to a NUL is the file; what follows are those it includes. */
static const char *part[4];
static size_t part_len[4];

/* No file is read: "/1" to "/3" are parts, all others are not there. */
static int
read_part(struct buf *b, const char *path, struct err *e)
{
	size_t i = (size_t)(path[1] - '0');

	if (path[1] < '1' || path[1] > '3' || path[2] != '\0')
		return err_set(e, ERR_NOINPUT, "%s: is not there", path);
	return buf_add(b, part[i], part_len[i]);
}

static void
split(const char *text, size_t n)
{
	const char *nul;
	size_t i;

	for (i = 0; i < 4; i++) {
		nul = i < 3 && n > 0 ? memchr(text, '\0', n) : NULL;
		part[i] = text;
		part_len[i] = nul != NULL ? (size_t)(nul - text) : n;
		text += part_len[i];
		n -= part_len[i];
		if (nul != NULL) {
			text++;
			n--;
		}
	}
}

static void
check_shown(const char *s)
{
	assert(s[0] != '\0' && str_utf8(s, strlen(s)));
	for (; *s != '\0'; s++)
		assert((unsigned char)*s >= 0x20 && *s != 0x7f);
}

/* What is kept is one mailbox; who gets nothing is told. */
static void
check_result(const struct aliases_result *r)
{
	struct err e = ERR_INIT;
	struct addr a = { 0 };
	size_t i;

	assert(r->n + r->nrefusal > 0);
	assert(r->n + r->nrefusal <= ALIAS_RESULTS_MAX);
	for (i = 0; i < r->n; i++) {
		assert(addr_parse_one(&a, r->addr[i], strlen(r->addr[i]),
		    &e) == 0);
		addr_free(&a);
	}
	for (i = 0; i < r->nrefusal; i++) {
		check_shown(r->refusal[i].target);
		check_shown(r->refusal[i].why);
	}
}

static void
expand(const struct aliases *a, const char *name)
{
	struct aliases_result r = { 0 };

	if (aliases_expand(a, name, &r))
		check_result(&r);
	else
		assert(r.n == 0 && r.nrefusal == 0);
	aliases_result_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1);
	struct err e = ERR_INIT;
	struct aliases a;
	size_t i;
	int r;

	memcpy(text, data, size);
	split(text, size);
	r = aliases_parse(&a, "f", part[0], part_len[0], &e);
	assert((r == -1) == (e.kind == ERR_CONFIG));
	a.read = read_part;
	for (i = 0; i < a.n && i < 8; i++)
		expand(&a, a.def[i].name);
	expand(&a, "nobody");
	aliases_free(&a);
	free(text);
	return 0;
}
