/*
 * fixup.h - what a submission adds to, or takes from, the header (RFC 6409 8).
 *
 * What is there and well stays byte for byte.
 */
#ifndef MAIL_FIXUP_H
#define MAIL_FIXUP_H

#include <time.h>

#include "base/err.h"
#include "mail/message.h"

enum fixup_when { FIXUP_OFF, FIXUP_AUTO, FIXUP_ON };

struct fixup {
	const char	*sender;	/* for From and Sender; "" if null */
	const char	*full_name;	/* for a From that is added; or NULL */
	const char	*host;		/* right-hand side of a Message-ID */
	time_t		 now;
	enum fixup_when	 from, date, msgid;	/* AUTO: when it is missing;
					 * ON: always (the old one goes) */
	int		 undisclosed;	/* To, Cc, Bcc become "To:
					 * undisclosed-recipients:;" */
};

/* Bcc, Resent-Bcc and Return-Path always go.  With any Resent- field there,
 * From, Date and Message-ID are added as they are else, and Resent-Date,
 * Resent-From and Resent-Message-ID are completed the same way.
 * Returns 0, or -1 with *e set. */
int	 fixup_apply(struct message *, const struct fixup *, struct err *e);
/*
 * Recipients of -t: the addresses of To, Cc and Bcc, or, where there is any
 * Resent-To, -Cc or -Bcc, those of the topmost Resent block alone (RFC 5322
 * 3.6.6).  Appended to list in order, bad ones too.
 */
struct addr_list;
void	 fixup_recipients(const struct message *, struct addr_list *);

#endif
