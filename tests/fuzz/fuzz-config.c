#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/confparse.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What a submission does with an account, nothing of which may fail but by
 * an error. */
static void
use(const struct account *from)
{
	struct account *a = account_copy(from);
	struct buf servers = BUF_MAX(1024 * 1024);
	struct err e = ERR_INIT;
	char text[64];

	account_finish(a, &e);
	account_servers(a, &servers);
	account_host(a, text, sizeof(text));
	account_from(a, text, sizeof(text));
	account_matches(a, "user+tag@example.org");
	account_origin(a, "host", text, sizeof(text));
	account_free(a);
	buf_free(&servers);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c = { 0 };
	struct err e = ERR_INIT;
	char *text = malloc(size > 0 ? size : 1);
	size_t i;
	int r;

	memcpy(text, data, size);
	r = confparse_text(&c, "f", text, size, CONFPARSE_EVAL_NO, &e);
	if ((r == -1) != (e.kind == ERR_CONFIG))
		abort();
	for (i = 0; i < c.n && i < 4; i++)
		use(c.account[i]);
	config_choose(&c, "you@example.org", "me@example.org", &e);
	config_no_account(&c, "work", &e);
	config_free(&c);
	free(text);
	return 0;
}
