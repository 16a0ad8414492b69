/*
 * dialogue.h - the file that -X names, where what is said goes.
 *
 * Whoever can pass flags to sendmail, such as the user of a web form that PHP
 * serves, can name any file.  So it must be one that was made for this: there
 * already, a regular file with one name, ours, writable by nobody else, and
 * nothing that is run.  What is written is never at the begin of a line.
 */
#ifndef APP_DIALOGUE_H
#define APP_DIALOGUE_H

#include "base/err.h"
#include "config/account.h"

/* From now on the dialogue is appended to this file, until the end of the
 * process.  Returns 0, or -1 with *e set to ERR_NOPERM. */
int	 dialogue_open(const char *path, struct err *e);
/* Write which account it is for; nothing when there is no file. */
void	 dialogue_begin(const struct account *);

#endif
