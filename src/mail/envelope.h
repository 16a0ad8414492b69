/*
 * envelope.h - who a message is from, who it is for, and how that went.
 *
 * Addresses are in SMTP form (RFC 5321 4.1.2), without angle brackets and
 * without CR, LF or NUL.  Everything is owned by the envelope.
 */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include <stddef.h>

#include "base/err.h"

enum rcpt_status {
	RCPT_WAITING,			/* nothing known: may be tried again */
	RCPT_ACCEPTED,			/* server took RCPT; no message yet */
	RCPT_SENT,			/* the final reply was read: 2xx */
	RCPT_TEMPFAIL,
	RCPT_PERMFAIL,
	RCPT_IN_DOUBT			/* line broke after the final dot */
};

struct rcpt {
	char			*addr;	/* SMTP form */
	char			*orig;	/* as given, for people */
	char			*given;	/* SMTP form of that, for ORCPT; NULL:
					 * the same as addr */
	enum rcpt_status	 status;
	enum err_kind		 kind;	/* of the failure; ERR_NONE else */
	char			*why;	/* whoever refused said so; or NULL */
	char			*where;	/* who had the last word on it, where
					 * several had one; or NULL */
	int			 now;	/* in the transaction at hand */
};

struct envelope {
	char		*sender;	/* "" is the null reverse-path */
	struct rcpt	*rcpt;
	size_t		 nrcpt;
	size_t		 room;		/* allocated in rcpt */
	size_t		*slot;		/* hash of addresses: index + 1 */
	size_t		 nslot;		/* a power of two, or 0 */
};

#define ENVELOPE_INIT	{ .sender = NULL }

void	 envelope_sender(struct envelope *, const char *);	/* copies */
/*
 * Add a recipient unless it is there already (local parts compared exactly,
 * domains without case).  Copies.  Returns 1 when added, 0 when it was there.
 * Time is linear in the recipients over a whole list (a hash, not a scan).
 */
int	 envelope_add(struct envelope *, const char *addr, const char *orig);
/* Record what recipient i was before aliases and a default domain, in SMTP
 * form.  Copies. */
void	 envelope_given(struct envelope *, size_t i, const char *given);
/* Record what became of recipient i; why is copied, and may be NULL. */
void	 envelope_mark(struct envelope *, size_t i, enum rcpt_status,
	    enum err_kind, const char *why);
/* The same for every recipient in state from; returns how many. */
size_t	 envelope_move(struct envelope *, enum rcpt_status from,
	    enum rcpt_status to, enum err_kind, const char *why);
/* The same for every recipient that is in the transaction at hand. */
void	 envelope_mark_now(struct envelope *, enum rcpt_status,
	    enum err_kind, const char *why);
/* Record who had the last word on those of whom that is not known, and who are
 * not to be tried elsewhere: neither WAITING nor TEMPFAIL.  Copies. */
void	 envelope_settle(struct envelope *, const char *where);
/* The transaction is over. */
void	 envelope_end(struct envelope *);
size_t	 envelope_count(const struct envelope *, enum rcpt_status);
void	 envelope_free(struct envelope *);

#endif
