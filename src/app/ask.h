/*
 * ask.h - a question that only a person at the terminal can answer.
 *
 * On the controlling terminal, for standard input may be the message; and not
 * where it is somebody else's turn there, as of a job in the background.
 */
#ifndef APP_ASK_H
#define APP_ASK_H

#include <signal.h>

struct ask {
	const char	*text;		/* lines to be shown first */
	const char	*question;	/* with a blank behind it */
	const char	*other;		/* a third answer, or NULL */
	const char	*exact;		/* what also means yes, in that very
					 * form; or NULL */
	const volatile sig_atomic_t *stop;	/* a signal came; or NULL */
};

enum ask_answer {
	ASK_NOBODY,			/* there is no terminal */
	ASK_NOTHING,			/* no answer, or none that is one, for
					 * as often or long as we ask */
	ASK_STOPPED,			/* *stop is set */
	ASK_NO,
	ASK_YES,
	ASK_OTHER
};

/* The answer; what had been typed before the question is none. */
enum ask_answer ask(const struct ask *);

#endif
