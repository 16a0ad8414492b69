#include "unit.h"

#include <errno.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/wait.h"

#define LONG	60000		/* no test should ever need it */

static volatile sig_atomic_t stop;
static int pipe_end = -1;

static void
on_stop(int sig)
{
	(void)sig;
	stop = 1;
}

static void
on_other(int sig)
{
	ssize_t n;

	(void)sig;
	n = pipe_end != -1 ? write(pipe_end, "x", 1) : 0;
	(void)n;
}

static void
handle(int sig, void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler };

	sigaction(sig, &sa, NULL);
}

static void
alarm_in(long ms)
{
	struct itimerval soon = { .it_value = { 0, ms * 1000 } };

	setitimer(ITIMER_REAL, &soon, NULL);
}

static void
test_ready(void **state)
{
	struct pollfd two[2];
	int a[2], b[2];

	(void)state;
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	two[0] = (struct pollfd){ a[0], POLLIN, 0 };
	two[1] = (struct pollfd){ b[0], POLLIN, 0 };
	assert_int_equal(write(b[1], "x", 1), 1);
	assert_int_equal(wait_fds(two, 2, CLOCK_NEVER, NULL), 1);
	assert_int_equal(two[0].revents, 0);
	assert_int_equal(two[1].revents, POLLIN);
	assert_int_equal(wait_fds(two, 2, clock_in(-5), &stop), 1);
	assert_int_equal(wait_fd(b[0], POLLIN, clock_in(LONG), &stop),
	    POLLIN);
	assert_int_equal(wait_fd(a[1], POLLOUT, CLOCK_NEVER, NULL), POLLOUT);
	close(a[1]);
	assert_int_equal(wait_fd(a[0], POLLIN, clock_in(LONG), NULL),
	    POLLHUP);
	close(a[0]);
	close(b[0]);
	close(b[1]);
}

static const struct {
	const char	*name;
	int64_t		 limit;
	int		 with_stop;
} limits[] = {
	{ "long passed", -1000, 0 },
	{ "at once", 0, 0 },
	{ "in 50 ms", 50, 0 },
	{ "long passed, with a flag", -1000, 1 },
	{ "in 50 ms, with a flag", 50, 1 },
};

static void
test_deadline(void **state)
{
	const __typeof__(limits[0]) *r = *state;
	int64_t start = clock_ms(), took;
	int p[2];

	assert_int_equal(pipe(p), 0);
	stop = 0;
	assert_int_equal(wait_fd(p[0], POLLIN, clock_in(r->limit),
	    r->with_stop ? &stop : NULL), 0);
	took = clock_ms() - start;
	assert_true(took >= r->limit - 1 && took < LONG / 2);
	close(p[0]);
	close(p[1]);
}

/* A signal before or during the wait ends it, when there is a flag. */
static void
test_stopped(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	handle(SIGTERM, on_stop);
	stop = 0;
	raise(SIGTERM);
	assert_int_equal(wait_fd(p[0], POLLIN, clock_in(LONG), &stop), -1);
	assert_int_equal(errno, EINTR);
	stop = 0;
	handle(SIGALRM, on_stop);
	alarm_in(50);
	assert_int_equal(wait_fd(p[0], POLLIN, CLOCK_NEVER, &stop), -1);
	assert_int_equal(errno, EINTR);
	assert_int_equal(stop, 1);
	close(p[0]);
	close(p[1]);
}

/* A signal that is not ours, or that shall not end it, does not. */
static void
test_not_stopped(void **state)
{
	const volatile sig_atomic_t *flags[] = { NULL, &stop };
	size_t i;
	char c;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	pipe_end = p[1];
	handle(SIGALRM, on_other);
	stop = 0;
	for (i = 0; i < COUNT(flags); i++) {
		alarm_in(50);
		assert_int_equal(wait_fd(p[0], POLLIN, clock_in(LONG),
		    flags[i]), POLLIN);
		assert_int_equal(read(p[0], &c, 1), 1);
	}
	stop = 1;
	alarm_in(50);
	assert_int_equal(wait_fd(p[0], POLLIN, clock_in(LONG), NULL),
	    POLLIN);
	pipe_end = -1;
	close(p[0]);
	close(p[1]);
}

/* The mask is what it was, whatever came of the wait. */
static void
test_mask(void **state)
{
	sigset_t before, after;
	int sig, p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	sigprocmask(SIG_SETMASK, NULL, &before);
	stop = 0;
	wait_fd(p[0], POLLIN, clock_in(0), &stop);
	stop = 1;
	wait_fd(p[0], POLLIN, clock_in(0), &stop);
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (sig = 1; sig < 32; sig++)
		assert_int_equal(sigismember(&before, sig),
		    sigismember(&after, sig));
	close(p[0]);
	close(p[1]);
}

static void
test_closed(void **state)
{
	(void)state;
	assert_int_equal(wait_fd(999, POLLIN, clock_in(LONG), NULL),
	    POLLNVAL);
}

int
main(void)
{
	UNIT_TEST(test_ready);
	UNIT_ROWS(limits, test_deadline);
	UNIT_TEST(test_stopped);
	UNIT_TEST(test_not_stopped);
	UNIT_TEST(test_mask);
	UNIT_TEST(test_closed);
	return unit_run("wait");
}
