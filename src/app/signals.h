/*
 * signals.h - INT, TERM and HUP: what we are about to do is not done.
 */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include <signal.h>

/* The signal that came, or 0. */
extern volatile sig_atomic_t signals_stop;

/* From now on they set signals_stop.  One that the caller ignores (nohup) stays
 * ignored. */
void	 signals_catch(void);

#endif
