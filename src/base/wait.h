/*
 * wait.h - the one place where the program sleeps: poll(2) with a deadline.
 *
 * A signal that comes between looking at its flag and going to sleep is not
 * missed: it is held back until the sleep has begun.
 */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Wait for any of n descriptors.  stop is the flag that the handlers of INT,
 * TERM and HUP set, or NULL when those shall not end the wait.  Returns how
 * many have revents set, 0 when the deadline (clock_ms()) has passed, or -1
 * with errno, EINTR being that *stop is set.
 */
int	 wait_fds(struct pollfd *, size_t n, int64_t deadline,
	    const volatile sig_atomic_t *stop);
/* The same for one; returns its revents. */
int	 wait_fd(int fd, int events, int64_t deadline,
	    const volatile sig_atomic_t *stop);

#endif
