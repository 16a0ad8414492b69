/*
 * recipients.h - who the message goes to: arguments and, with -t, its fields.
 */
#ifndef APP_RECIPIENTS_H
#define APP_RECIPIENTS_H

#include "app/job.h"

/* Fill j->env.  Who cannot be is refused by name on stderr, the worst kind
 * kept in j->bad.  Returns 0, or -1 with *e set when nobody is left. */
int	 recipients_find(struct job *j, struct err *e);

#endif
