/*
 * author.h - who a message says it is from: From, Sender and their Resent-
 * twins made to agree with the account.
 *
 * Providers refuse what says it comes from somebody else, or from nobody.
 * What agrees already stays byte for byte.  Else a display name is kept (an
 * old-style name in a comment too), and of what does not parse as much as can
 * be shown as a name.
 */
#ifndef MAIL_AUTHOR_H
#define MAIL_AUTHOR_H

#include "mail/field.h"

#define AUTHOR_BODY_MAX	(64 * 1024)	/* a longer field does not parse */

enum author_keep { AUTHOR_FORGET, AUTHOR_REPLY_TO, AUTHOR_NAME };

struct author {
	const char	*address;	/* SMTP form, not empty */
	int		 all;		/* unset: only what is no address, such
					 * as cron's "root", or one that only
					 * this machine knows: root@localhost */
	enum author_keep keep;		/* where the address replaced is shown:
					 * a Reply-To, or in the name */
	const char	*machine;	/* what this one is called; or NULL */
};

/*
 * Make them agree: the first From and Sender, and those of the topmost Resent
 * block.  What is missing stays so.
 */
void	 author_apply(struct header *, const struct author *);
/* Does a field of authors name none: nothing, or a group of nobody? */
int	 author_nobody(const struct field *);

#endif
