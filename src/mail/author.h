/*
 * author.h - who a message says it is from: From, Sender and their Resent-
 * twins made to agree with the account.
 *
 * Providers refuse what says it comes from somebody else.  What agrees already
 * stays byte for byte; a display name is kept (an old-style name in a comment
 * too), and fields are found wherever they are.
 */
#ifndef MAIL_AUTHOR_H
#define MAIL_AUTHOR_H

#include "base/err.h"
#include "mail/field.h"

enum author_keep { AUTHOR_FORGET, AUTHOR_REPLY_TO, AUTHOR_NAME };

struct author {
	const char	*address;	/* SMTP form, not empty */
	int		 all;		/* unset: only addresses that are none,
					 * such as cron's "root" */
	enum author_keep keep;		/* where the address replaced is shown:
					 * a Reply-To, or in the name */
};

/*
 * Make them agree.  A From that is missing stays so.  Of several fields of one
 * name in a block the first counts; the others are left alone.  Returns 0, or
 * -1 with *e set to ERR_DATA when a field would be too long.
 */
int	 author_apply(struct header *, const struct author *, struct err *e);

#endif
