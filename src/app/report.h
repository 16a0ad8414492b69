/*
 * report.h - what came of a submission: to people, to the log, as a code.
 */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "app/deliver.h"
#include "mail/envelope.h"

/* A line to stderr: program, then the text. */
void	 report_error(const char *text);
/* The same about an account and the place it has got to. */
void	 report_about(const struct delivery *, const char *text);
/* Standard error is for nobody (-oeq). */
void	 report_quiet(void);
/*
 * Tell the fate of every recipient that did not get the message, and who has
 * it when others do not.  Returns the kind of the worst failure.
 */
enum err_kind	 report_recipients(const struct delivery *,
		    const struct envelope *);
/* One parseable line to the account's logfile and syslog; a log that fails is
 * said to stderr and changes nothing. */
void	 report_log(const struct delivery *, const struct envelope *,
	    const char *message_id, const char *tag, enum err_kind);

#endif
