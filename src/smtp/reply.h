/*
 * reply.h - an SMTP reply (RFC 5321 4.2), assembled without I/O, and judged.
 *
 * Text is kept as the server sent it; reply_words() makes it fit for people.
 */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define REPLY_TEXT_MAX	(64 * 1024)

struct reply {
	int		 code;		/* 0 before the first line */
	char		 dsn[12];	/* RFC 3463, "5.1.1"; "" if there is
					 * none, or one that contradicts */
	struct buf	 text;		/* lines joined by '\n', with the dsn */
};

#define REPLY_INIT	{ .text = BUF_MAX(REPLY_TEXT_MAX) }

enum reply_status {
	REPLY_BAD,			/* not SMTP: drop the connection */
	REPLY_MORE,			/* a continuation line must follow */
	REPLY_DONE
};

/* What the reply answers, as far as its meaning hangs on that. */
enum reply_stage { STAGE_SESSION, STAGE_LOGIN, STAGE_RCPT, STAGE_MAIL };

/* One line, without its line end and followed by a NUL. */
enum reply_status	 reply_feed(struct reply *, const char *, size_t);
void			 reply_clear(struct reply *);
void			 reply_free(struct reply *);
/* The kind of failure that a reply of class 4 or 5 is (DESIGN.md 4); any
 * other class is ERR_PROTOCOL. */
enum err_kind		 reply_kind(const struct reply *, enum reply_stage);
/* "550 5.1.1 no such user", escaped and cut; see str_shown(). */
const char		*reply_words(const struct reply *);
/* The id under which the server queued the message, or "". */
void			 reply_queue_id(const struct reply *, char *id,
			    size_t size);

static inline int
reply_class(const struct reply *r)	/* 2, 3, 4 or 5 */
{
	return r->code / 100;
}

#endif
