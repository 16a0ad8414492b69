/*
 * entity.h - a header and the body that it is about: the message, or a part of
 * it, while parts.c walks by.
 */
#ifndef MAIL_ENTITY_H
#define MAIL_ENTITY_H

#include "base/err.h"
#include "mail/facts.h"
#include "mail/field.h"
#include "mail/mime.h"
#include "mail/parts.h"
#include "mail/scan.h"

struct entity {
	struct parts	*parts;		/* borrowed */
	struct header	 own;		/* of a part */
	struct facts	 facts;		/* of that */
	int		 top;		/* it is the message's own header */
	int		 message;	/* it is one of a message */
	int		 enclosed;	/* in a message in the message */
	int		 separated;	/* an empty line ends it */
	int		 ended;		/* there is no body */
	off_t		 start, body;
	size_t		 depth;		/* multiparts around it */
	struct mime	 mime;
	const char	*within;	/* why it must not be altered; NULL */
	const char	*sealed;	/* the same of its body */
	int		 binary;	/* the body is said to be binary */
};

enum entity_kind {
	ENTITY_LEAF,
	ENTITY_MESSAGE,		/* a message in a message */
	ENTITY_MULTIPART
};

/* What its header shall say, too. */
struct entity_change {
	const char	*coding;	/* NULL: as it is */
	const char	*charset;	/* the same */
	int		 rewritten;	/* the body is a new one, which must
					 * not be taken for a field */
};

/* The message itself. */
void	 entity_init(struct entity *, struct parts *);
void	 entity_free(struct entity *);
/*
 * Read the next header, of a part or of a message in a part.  Returns 0, or
 * -1 with *e set.
 */
int	 entity_read(struct entity *, struct scan_stop *, struct err *e);
/* What its body is to be taken for; finds out what may be done with it. */
enum entity_kind entity_kind(struct entity *);
/* Can a body with these facts not go as it is? */
int	 entity_unfit(const struct entity *, const struct facts *);
/* The right name of an encoding that changes nothing, of one that holds parts
 * or does not, and has 8-bit text or not; NULL to leave it. */
const char *entity_relabel(const struct entity *, int holds, int wide);
/* Write the header, if it must be another.  Returns 0, or -1 with *e set. */
int	 entity_write(struct entity *, const struct entity_change *,
	    struct err *e);
/* Say what cannot go as it is, and why it is not changed.  Returns -1. */
int	 entity_refuse(const struct entity *, const struct facts *,
	    const char *why, struct err *e);
/* Append "part 2.1 (text/plain)", the numbers those of so many levels. */
void	 entity_where(const struct entity *, size_t depth, struct buf *);

#endif
