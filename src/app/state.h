/*
 * state.h - the user's folder for what is kept from one call to the next.
 */
#ifndef APP_STATE_H
#define APP_STATE_H

/* The path of something in it; owned by the caller.  Nothing is made. */
char	*state_path(const char *name);

#endif
