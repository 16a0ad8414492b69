/*
 * checkfiles.h - may this user read, write and run what an account names?
 */
#ifndef APP_CHECKFILES_H
#define APP_CHECKFILES_H

#include "app/marks.h"
#include "config/account.h"
#include "config/config.h"

/* A line for each file that the configuration was read from. */
void	 checkfiles_config(const struct config *);
/*
 * A line for each file, folder or command that the account names.  bad is the
 * mark for one without which nothing can be sent and that checkline() would
 * come upon; for aliases, which it would not, that is MARK_BAD, and what a
 * submission goes without is never more than MARK_CARE.  Returns how many have
 * got the mark MARK_BAD.
 */
size_t	 checkfiles_account(const struct account *, enum mark bad);

#endif
