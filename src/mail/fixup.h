/*
 * fixup.h - what a submission adds to, or takes from, the header (RFC 6409 8).
 *
 * What is there and well stays byte for byte.
 */
#ifndef MAIL_FIXUP_H
#define MAIL_FIXUP_H

#include <time.h>

#include "base/err.h"
#include "mail/author.h"
#include "mail/message.h"

enum fixup_when { FIXUP_OFF, FIXUP_AUTO, FIXUP_ON };

struct fixup {
	const char	*sender;	/* for From and Sender; "" if null */
	const char	*full_name;	/* for a From that is added; or NULL */
	const char	*host;		/* right-hand side of a Message-ID */
	time_t		 now;
	enum fixup_when	 from, date, msgid;	/* OFF: never touched; AUTO:
					 * when it is missing, empty or (From)
					 * no address; ON: always */
	enum author_keep keep;		/* of a From that is replaced */
	const char	*machine;	/* what this one is called; or NULL */
	int		 utc;		/* Date tells no time zone */
	int		 undisclosed;	/* To, Cc, Bcc become "To:
					 * undisclosed-recipients:;" */
};

/*
 * Bcc, Resent-Bcc, Return-Path and Content-Length always go.  Of From, Sender,
 * Date, Message-ID and Subject the first counts, several To, Cc or Reply-To
 * become one, and those that are empty go.  From, Date and Message-ID are
 * added where they are missing, and in the topmost Resent block their twins;
 * From and Sender are made to agree with the account (mail/author.h).
 * Returns 0, or -1 with *e set: ERR_UNAVAIL when the message goes in a circle,
 * ERR_DATA when a field cannot be made.
 */
int	 fixup_apply(struct message *, const struct fixup *, struct err *e);
/*
 * Recipients of -t: the addresses of To, Cc and Bcc, or, where there is any
 * Resent-To, -Cc or -Bcc, those of the topmost Resent block alone (RFC 5322
 * 3.6.6).  Appended to list in order, bad ones too.
 */
struct addr_list;
void	 fixup_recipients(const struct message *, struct addr_list *);

#endif
