#include <errno.h>
#include <limits.h>

#include "base/clock.h"
#include "base/wait.h"

/* Sleep with the three signals let in, and look at the flag with them out. */
static int
sleep_once(struct pollfd *fd, size_t n, int64_t deadline,
    const volatile sig_atomic_t *stop)
{
	struct timespec t;
	sigset_t held, before;
	int r, why, left = clock_left(deadline);

	if (stop == NULL)
		return poll(fd, (nfds_t)n, left);
	t = (struct timespec){ left / 1000, left % 1000 * 1000000L };
	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigprocmask(SIG_BLOCK, &held, &before);
	if (*stop) {
		errno = EINTR;
		r = -1;
	} else
		r = ppoll(fd, (nfds_t)n, left == -1 ? NULL : &t, &before);
	why = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = why;
	return r;
}

int
wait_fds(struct pollfd *fd, size_t n, int64_t deadline,
    const volatile sig_atomic_t *stop)
{
	int r;

	do
		r = sleep_once(fd, n, deadline, stop);
	while ((r == -1 && errno == EINTR && (stop == NULL || !*stop)) ||
	    (r == 0 && clock_left(deadline) != 0));
	return r;
}

int
wait_fd(int fd, int events, int64_t deadline,
    const volatile sig_atomic_t *stop)
{
	struct pollfd one = { fd, (short)events, 0 };
	int r = wait_fds(&one, 1, deadline, stop);

	return r > 0 ? one.revents : r;
}
