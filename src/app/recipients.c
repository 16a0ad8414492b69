#include <string.h>

#include "app/recipients.h"
#include "app/report.h"
#include "base/str.h"
#include "mail/addr.h"
#include "mail/fixup.h"

/* Refused by name; the others go. */
static void
refuse(struct job *j, const char *raw, const char *why, enum err_kind kind)
{
	struct buf text = BUF_MAX(2048);

	buf_addf(&text, "<%s>: %s; not sent to this one",
	    str_shown(raw, strlen(raw)), why);
	report_error(NULL, buf_str(&text));
	j->bad = err_worse(j->bad, kind);
	buf_free(&text);
}

static void
add_recipient(struct job *j, const struct addr *a)
{
	struct buf path = BUF_MAX(4096);

	if (a->bad != NULL)
		refuse(j, a->raw, a->bad, ERR_DATA);
	else if (a->domain == NULL)
		refuse(j, a->raw, "no domain, and no aliases in this version: "
		    "write user@domain", ERR_NOUSER);
	else if (addr_path(&path, a) == -1)
		refuse(j, a->raw, "too long", ERR_DATA);
	else
		envelope_add(&j->env, buf_str(&path), a->raw);
	buf_free(&path);
}

static int
no_recipients(const struct job *j, struct err *e)
{
	if (j->bad != ERR_NONE)
		return err_set(e, j->bad, "no recipient is left; nothing was "
		    "sent");
	if (!j->cli->read_rcpts)
		return err_set(e, ERR_USAGE, "the arguments name no recipient;"
		    " nothing was sent");
	return err_set(e, ERR_DATA, "the message names no recipient in To, Cc "
	    "or Bcc, nor in a topmost Resent- field; nothing was sent");
}

int
recipients_find(struct job *j, struct err *e)
{
	struct addr_list list = ADDR_LIST_INIT;
	size_t i;

	for (i = 0; i < j->cli->narg; i++)
		addr_parse(&list, j->cli->arg[i], strlen(j->cli->arg[i]));
	if (j->cli->read_rcpts)
		fixup_recipients(&j->msg, &list);
	for (i = 0; i < list.n; i++)
		add_recipient(j, &list.addr[i]);
	addr_list_free(&list);
	return j->env.nrcpt > 0 ? 0 : no_recipients(j, e);
}
