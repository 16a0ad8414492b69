/*
 * fields.h - the message's header as the account wants it.
 */
#ifndef APP_FIELDS_H
#define APP_FIELDS_H

#include "app/job.h"

/* Add, drop and rewrite fields of j->msg.  Returns 0, or -1 with *e set. */
int	 fields_fix(struct job *j, struct err *e);

#endif
