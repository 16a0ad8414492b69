/* What is found is a password of its own size, is appended, and begins on a
 * line that there is; who wants less finds as much. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cred/netrc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static long
find(const char *text, size_t n, const struct netrc_want *want, size_t max)
{
	struct buf out = BUF_MAX(max);
	size_t i;
	long line, lines = 1;

	buf_adds(&out, "x");
	line = netrc_find(text, n, want, &out);
	for (i = 0; i < n; i++)
		lines += text[i] == '\n';
	assert(line >= -1 && line <= lines);
	assert(out.len <= max && out.data[0] == 'x');
	assert((line > 0) == (out.len > 1));
	buf_free(&out);
	return line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct netrc_want want = { "mx", "ann", 465 };
	char *text = malloc(n > 0 ? n : 1);
	long narrow, wide;

	assert(text != NULL);
	memcpy(text, data, n);
	narrow = find(text, n, &want, n + 1);
	assert(narrow != -1);
	find(text, n, &want, 4);
	want.user = NULL;
	want.port = 0;
	wide = find(text, n, &want, n + 1);
	assert(narrow == 0 || wide > 0);
	free(text);
	return 0;
}
