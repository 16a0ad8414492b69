#include <string.h>

#include "base/proc.h"
#include "base/str.h"
#include "cred/cred.h"

#define OUTPUT_MAX	((size_t)64 * 1024)

static int
too_long(struct err *e, enum err_kind kind)
{
	return err_set(e, kind, "the password is too long");
}

/* The first line of what the helper says, without its end. */
static int
from_command(const struct cred_params *p, struct buf *out, struct err *e)
{
	struct buf said = BUF_MAX(OUTPUT_MAX);
	const char *nl;
	size_t n;
	int r = -1;

	if (proc_run(p->passwordeval, &said, p->deadline, p->stop, e) == -1) {
		e->kind = ERR_TEMP;
		err_prefix(e, "passwordeval: ");
		goto out;
	}
	nl = memchr(buf_str(&said), '\n', said.len);
	n = nl != NULL ? (size_t)(nl - said.data) : said.len;
	while (n > 0 && said.data[n - 1] == '\r')
		n--;
	if (n == 0)
		err_set(e, ERR_TEMP, "passwordeval said nothing");
	else if (memchr(said.data, '\0', n) != NULL)
		err_set(e, ERR_TEMP, "passwordeval said a NUL byte, which no "
		    "password can have");
	else
		r = buf_add(out, said.data, n) == 0 ? 0 :
		    too_long(e, ERR_TEMP);
out:
	buf_free(&said);
	return r;
}

int
cred_password(const struct cred_params *p, struct buf *out, struct err *e)
{
	if (p->password != NULL)
		return buf_adds(out, p->password) == 0 ? 0 :
		    too_long(e, ERR_CONFIG);
	if (p->passwordeval != NULL)
		return from_command(p, out, e);
	if (p->ask != NULL)
		return p->ask(p->arg, p, out, e);
	return err_set(e, ERR_CONFIG, "no password for user %s; set "
	    "\"passwordeval\" in the account", p->user != NULL ?
	    str_shown(p->user, strlen(p->user)) : "");
}
