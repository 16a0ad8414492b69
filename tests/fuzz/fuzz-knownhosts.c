#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/knownhosts.h"

#define PIN	"pin-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define MAX	(64 * 1024)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t
count(const char *text, size_t n, const char *place, const char *pin)
{
	struct knownhost k;
	size_t i, found = 0;

	for (i = 0; knownhosts_find(text, n, place, i, &k); i++) {
		assert(knownhosts_is_pin(k.pin, strlen(k.pin)));
		assert(strlen(k.since) == 10);
		found += pin == NULL || strcmp(k.pin, pin) == 0;
	}
	return found;
}

/* After a change the text is still right, the key is known, others are as
 * known as before, and doing it again changes nothing. */
static void
change(const char *text, size_t n, const char *place, const char *keep)
{
	struct knownhosts_change c = { .place = place, .keep = keep,
	    .pin = PIN, .since = "2026-01-02" };
	struct buf out = BUF_MAX(MAX), again = BUF_MAX(MAX);
	struct err e = ERR_INIT;
	int r = knownhosts_edit(&out, text, n, &c);

	if (r != -1) {
		assert(knownhosts_check(buf_str(&out), out.len, &e) == 0);
		assert(count(buf_str(&out), out.len, place, PIN) > 0);
		if (keep != NULL)
			assert(count(buf_str(&out), out.len, place, NULL) ==
			    count(buf_str(&out), out.len, place, PIN));
		else
			assert(count(buf_str(&out), out.len, place, NULL) ==
			    count(text, n, place, NULL) + (size_t)r);
		assert(count(buf_str(&out), out.len, "b:2", NULL) ==
		    count(text, n, "b:2", NULL));
		assert(knownhosts_edit(&again, buf_str(&out), out.len,
		    &c) == 0);
	}
	buf_free(&out);
	buf_free(&again);
}

/* A name up to the first NUL, if there is one, and the file behind it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t skip = nul != NULL ? (size_t)(nul - data) + 1 : 0;
	struct buf place = BUF_MAX(KNOWNHOSTS_PLACE_MAX);
	size_t n = size - skip;
	struct err e = ERR_INIT;
	char *text;

	if (n > MAX / 2)
		return 0;
	text = malloc(n > 0 ? n : 1);
	memcpy(text, data + skip, n);
	if (skip == 0 || knownhosts_place(&place, (const char *)data,
	    587) == -1) {
		buf_clear(&place);
		buf_adds(&place, "a:1");
	}
	if (knownhosts_check(text, n, &e) == 0) {
		change(text, n, buf_str(&place), NULL);
		change(text, n, buf_str(&place), "");
	} else
		assert(e.kind == ERR_CONFIG && e.text[0] != '\0');
	free(text);
	buf_free(&place);
	return 0;
}
