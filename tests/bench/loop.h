/*
 * loop.h - what the programs of make bench share: the loopback interface, and
 * a clock in microseconds.
 *
 * Nothing here listens or connects anywhere else.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

/* Listen on a free port.  Returns a descriptor, or -1 with errno. */
int		 loop_listen(unsigned *port);
/* Connect to a port; accept a connection.  Return a descriptor with
 * TCP_NODELAY, or -1 with errno. */
int		 loop_connect(unsigned port);
int		 loop_accept(int listener);
/* Monotonic time in microseconds. */
int64_t		 loop_us(void);
/* A number of an argument vector; ends the program where it is none. */
unsigned	 loop_number(const char *, unsigned max);

#endif
