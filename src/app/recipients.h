/*
 * recipients.h - who the message goes to: arguments and, with -t, its fields.
 */
#ifndef APP_RECIPIENTS_H
#define APP_RECIPIENTS_H

#include "app/job.h"

/* An address as it was given, and what becomes of it.  Both are borrowed. */
typedef void recipients_visit(void *ctx, const struct addr *,
	    const struct local_answer *);

/* Fill j->env.  Who cannot be is refused by name on stderr, the worst kind
 * kept in j->bad.  Returns 0, or -1 with *e set when nobody is left. */
int	 recipients_find(struct job *j, struct err *e);
/* Every address in order, and once, as recipients_find() (which must have been
 * called) saw it. */
void	 recipients_each(struct job *j, recipients_visit *, void *ctx);
/* Make To and Cc of the message agree with what became of their addresses, as
 * far as `set_to_header` wants it. */
void	 recipients_rewrite(struct job *j);

#endif
