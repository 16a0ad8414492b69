#include <string.h>
#include <time.h>

#include "app/fields.h"
#include "app/host.h"
#include "app/identity.h"
#include "mail/fixup.h"

#define WHEN_UTC	3		/* of set_date_header */

static enum author_keep
keep_of(const struct account *a)
{
	if (a->keep_original_from == NULL)
		return AUTHOR_FORGET;
	return strcmp(a->keep_original_from, "name") == 0 ? AUTHOR_NAME :
	    AUTHOR_REPLY_TO;
}

int
fields_fix(struct job *j, struct err *e)
{
	const struct account *a = j->account;
	struct buf host = BUF_MAX(512), author = BUF_MAX(4096);
	struct err ignored = ERR_INIT;
	int utc = a->set_date_header == WHEN_UTC;
	struct fixup f = {
		.full_name = j->cli->full_name != NULL ? j->cli->full_name :
		    a->from_full_name,
		.now = time(NULL),
		.from = (enum fixup_when)a->set_from_header,
		.date = utc ? FIXUP_AUTO : (enum fixup_when)a->set_date_header,
		.msgid = (enum fixup_when)a->set_msgid_header,
		.keep = keep_of(a), .machine = host_name(), .utc = utc,
		.undisclosed = a->undisclosed_recipients,
	};
	int r;

	/* A From of nobody is refused: who sends with <> is somebody still. */
	if (j->sender.len > 0)
		buf_adds(&author, buf_str(&j->sender));
	else if (identity_sender(&author, a, NULL, &ignored) == -1)
		buf_clear(&author);
	f.sender = buf_str(&author);
	identity_msgid_host(&host, a, buf_str(&author));
	f.host = buf_str(&host);
	r = fixup_apply(&j->msg, &f, e);
	buf_free(&host);
	buf_free(&author);
	return r;
}
