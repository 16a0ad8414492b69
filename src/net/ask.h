/*
 * ask.h - ask the system something, and wait for the answer no longer than
 * until a deadline.
 *
 * getaddrinfo(3) and res_query(3) have no deadline of their own, so they run
 * in a thread, which is left to itself when nobody waits for it any more.
 */
#ifndef NET_ASK_H
#define NET_ASK_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"

struct ask;

/*
 * Start to run work(arg), with every signal held back: they are for the main
 * thread.  Takes arg, also on failure; whoever is last, the thread or the
 * caller of ask_leave(), calls release(arg).  Returns NULL with *e set when
 * there is no thread to be had.
 */
struct ask *ask_start(void (*work)(void *), void (*release)(void *),
	    void *arg, struct err *e);
/* Wait for it; stop as in wait.h.  Returns 1 when work() is done, so that what
 * it wrote may be read, 0 when the deadline has passed, or -1 for *stop. */
int	 ask_wait(struct ask *, int64_t deadline,
	    const volatile sig_atomic_t *stop);
/* What to wait for, with POLLIN, when there are others to wait for too. */
int	 ask_fd(const struct ask *);
/* No more interested; NULL is fine. */
void	 ask_leave(struct ask *);

#endif
