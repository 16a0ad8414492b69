/*
 * secretenv.h - variables of the environment that have secrets.
 *
 * What is taken out is inherited by no helper from then on, and /proc does not
 * show it.  Its value is kept as a secret until secretenv_forget().
 */
#ifndef BASE_SECRETENV_H
#define BASE_SECRETENV_H

/* One that is taken already, or is not there, is no matter. */
void	 secretenv_take(const char *name);
/* The value of one that was taken, else of one in the environment, else NULL.
 * Borrowed. */
const char *secretenv_get(const char *name);
void	 secretenv_forget(void);

#endif
