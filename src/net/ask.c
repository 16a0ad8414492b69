#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wait.h"
#include "net/ask.h"

/* Shared with the thread; whoever is last frees it. */
struct ask {
	pthread_mutex_t	 lock;
	int		 users;
	int		 done[2];	/* a pipe; closed: answered */
	void		(*work)(void *);
	void		(*release)(void *);
	void		*arg;
};

void
ask_leave(struct ask *a)
{
	int users;

	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	users = --a->users;
	pthread_mutex_unlock(&a->lock);
	if (users > 0)
		return;
	a->release(a->arg);
	pthread_mutex_destroy(&a->lock);
	close(a->done[0]);
	free(a);
}

static void *
answer(void *p)
{
	struct ask *a = p;

	a->work(a->arg);
	close(a->done[1]);
	ask_leave(a);
	return NULL;
}

static int
start(struct ask *a)
{
	pthread_t thread;
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	r = pthread_create(&thread, NULL, answer, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r == 0)
		pthread_detach(thread);
	return r;
}

struct ask *
ask_start(void (*work)(void *), void (*release)(void *), void *arg,
    struct err *e)
{
	struct ask *a = mem_new(1, sizeof(*a));
	int r;

	a->work = work;
	a->release = release;
	a->arg = arg;
	if (pipe2(a->done, O_CLOEXEC) == -1) {
		err_set(e, ERR_OS, "pipe: %s", strerror(errno));
		release(arg);
		free(a);
		return NULL;
	}
	pthread_mutex_init(&a->lock, NULL);
	a->users = 2;
	r = start(a);
	if (r == 0)
		return a;
	err_set(e, ERR_OS, "thread: %s", strerror(r));
	close(a->done[1]);
	a->users = 1;
	ask_leave(a);
	return NULL;
}

int
ask_fd(const struct ask *a)
{
	return a->done[0];
}

int
ask_wait(struct ask *a, int64_t deadline, const volatile sig_atomic_t *stop)
{
	int woken = wait_fd(a->done[0], POLLIN, deadline, stop);

	if (woken <= 0)
		return woken;
	pthread_mutex_lock(&a->lock);		/* its writes come first */
	pthread_mutex_unlock(&a->lock);
	return 1;
}
