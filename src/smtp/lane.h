/*
 * lane.h - the replies that the server still owes, in order.
 *
 * A run of RCPT commands is one entry, so that ten thousand of them fit.
 */
#ifndef SMTP_LANE_H
#define SMTP_LANE_H

#include <stddef.h>

enum verb {
	V_GREETING, V_EHLO, V_HELO, V_STARTTLS, V_AUTH, V_CANCEL,
	V_MAIL, V_RCPT, V_DATA, V_DOT, V_NO_MESSAGE, V_RSET, V_QUIT
};

#define LANE_RUNS	64

struct lane {
	struct { enum verb verb; size_t first, n; } run[LANE_RUNS];
	size_t	 head, runs;		/* a ring */
	size_t	 owed;			/* replies */
};

/* True when one more can be owed. */
int	 lane_room(const struct lane *);
/* i counts for V_RCPT only: the recipient's index. */
void	 lane_push(struct lane *, enum verb, size_t i);
/* What the next reply answers; the lane must not be empty. */
enum verb lane_pop(struct lane *, size_t *i);
enum verb lane_head(const struct lane *);
/* What was popped last is answered by one reply more (LMTP, RFC 2033 4.2).
 * There must be room. */
void	 lane_again(struct lane *, enum verb);

#endif
