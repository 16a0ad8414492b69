#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/ehlo.h"
#include "smtp/reply.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct reply *r)
{
	struct ehlo e = EHLO_INIT;
	const char *words = reply_words(r);
	char id[32];
	size_t i;

	assert(r->code >= 200 && r->code <= 599);
	assert(memchr(buf_str(&r->text), '\0', r->text.len) == NULL);
	assert(r->dsn[0] == '\0' || r->dsn[0] - '0' == reply_class(r));
	for (i = 0; words[i] != '\0'; i++)
		assert((unsigned char)words[i] >= 0x20 && words[i] != 0x7f);
	assert(i <= 208);
	reply_queue_id(r, id, sizeof(id));
	assert(strlen(id) < sizeof(id));
	assert(strpbrk(id, " \r\n\"<>") == NULL);
	assert(reply_kind(r, STAGE_RCPT) != ERR_NONE);
	assert(reply_kind(r, STAGE_LOGIN) != ERR_NONE);
	ehlo_read(&e, r);
	assert(e.auth.len <= EHLO_AUTH_MAX);
	ehlo_free(&e);
}

/* Lines are separated by '\n'; each is fed from a copy of its exact size. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply r = REPLY_INIT;
	const uint8_t *end = data + size, *eol;
	enum reply_status status;
	char *line;
	size_t n;

	for (; data < end; data = eol + (eol < end)) {
		eol = memchr(data, '\n', (size_t)(end - data));
		if (eol == NULL)
			eol = end;
		n = (size_t)(eol - data);
		line = malloc(n + 1);
		memcpy(line, data, n);
		line[n] = '\0';
		status = reply_feed(&r, line, n);
		free(line);
		if (status == REPLY_DONE)
			check(&r);
		if (status != REPLY_MORE)
			reply_clear(&r);
	}
	reply_free(&r);
	return 0;
}
