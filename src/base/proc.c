#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/proc.h"
#include "base/str.h"

#define ERR_KEEP	4096		/* of standard error */
#define EXIT_STEP_MS	5	/* between looks whether it has ended */
#define OUTPUT_STEP_MS	50	/* the same, as long as it may say more */
#define LAST_READS	1024	/* of standard error, when all is over: more
				 * than a pipe holds */

struct helper {
	pid_t		 pid;
	int		 own_group;
	int		 out, err;	/* our ends; -1 when closed */
	int		 ended, status;	/* as waitpid() has it */
};

/*
 * Have we the terminal?  Then the helper must have it too, or it could not
 * ask for a passphrase there: a group in the background is stopped.
 */
static int
in_foreground(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int r;

	if (fd == -1)
		return 0;
	r = tcgetpgrp(fd) == getpgrp();
	close(fd);
	return r;
}

static void
child(const char *command, int own_group, int out, int err)
{
	int sig, null = open("/dev/null", O_RDONLY);
	sigset_t none;

	if (own_group)
		setpgid(0, 0);
	if (null == -1 || dup2(null, 0) == -1 || dup2(out, 1) == -1 ||
	    dup2(err, 2) == -1)
		_exit(127);
	closefrom(3);
	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);	/* fails for some: never mind */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int
start(struct helper *h, const char *command, struct err *e)
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) == -1)
		return err_set(e, ERR_OS, "pipe: %s", strerror(errno));
	if (pipe2(err, O_CLOEXEC) == -1) {
		err_set(e, ERR_OS, "pipe: %s", strerror(errno));
		close(out[0]);
		close(out[1]);
		return -1;
	}
	h->own_group = !in_foreground();
	h->pid = fork();
	if (h->pid == 0)
		child(command, h->own_group, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	h->out = out[0];
	h->err = err[0];
	if (h->pid != -1)
		return 0;
	err_set(e, ERR_OS, "fork: %s", strerror(errno));
	close(h->out);
	close(h->err);
	return -1;
}

/* Read once; closes and forgets the descriptor at its end.  -1: b is full. */
static int
take(int *fd, struct buf *b)
{
	char chunk[1024];
	ssize_t n = read(*fd, chunk, sizeof(chunk));
	int r = 0;

	if (n == -1 && errno == EINTR)
		return 0;
	if (n > 0)
		r = buf_add(b, chunk, (size_t)n);
	else {
		close(*fd);
		*fd = -1;
	}
	explicit_bzero(chunk, sizeof(chunk));
	return r;
}

/* Keep the last part of what goes to standard error. */
static void
take_err(struct helper *h, struct buf *errors)
{
	if (errors->len > ERR_KEEP)
		buf_eat(errors, errors->len - ERR_KEEP);
	take(&h->err, errors);
}

static void
look(struct helper *h)
{
	if (!h->ended && waitpid(h->pid, &h->status, WNOHANG) == h->pid)
		h->ended = 1;
}

/* How long to wait for it to say more; left is -1 where nothing presses. */
static int
patience(const struct helper *h, int left)
{
	int step = h->out != -1 ? OUTPUT_STEP_MS : EXIT_STEP_MS;

	if (h->ended)
		return 0;
	return left != -1 && left < step ? left : step;
}

/*
 * Until the helper has ended and all that it said is read.  A grandchild in
 * the background may hold its descriptors open for ever (gpg-agent does), so
 * their end is not waited for.  Returns what went wrong, or NULL.
 */
static const char *
listen_to(struct helper *h, struct buf *out, struct buf *errors,
    int64_t deadline)
{
	struct pollfd fd[2];
	int left;

	do {
		fd[0] = (struct pollfd){ h->out, POLLIN, 0 };
		fd[1] = (struct pollfd){ h->err, POLLIN, 0 };
		look(h);	/* first: then what it said can be read */
		if ((left = clock_left(deadline)) == 0)
			return "took too long";
		if (poll(fd, 2, patience(h, left)) == -1)
			return errno == EINTR ? "interrupted" :
			    strerror(errno);
		if (fd[1].revents != 0)
			take_err(h, errors);
		if (fd[0].revents != 0 && take(&h->out, out) == -1)
			return "said more than a password can be";
	} while (!h->ended || fd[0].revents != 0);
	return NULL;
}

/* Its group too, where that is its own. */
static void
finish(struct helper *h)
{
	if (h->ended)
		return;
	if (h->own_group)
		kill(-h->pid, SIGKILL);
	kill(h->pid, SIGKILL);
	while (waitpid(h->pid, &h->status, 0) == -1 && errno == EINTR)
		;
}

static const char *
last_line(struct buf *b)
{
	char *nl;

	while (b->len > 0 && (b->data[b->len - 1] == '\n' ||
	    b->data[b->len - 1] == '\r'))
		buf_cut(b, b->len - 1);
	nl = memrchr(buf_str(b), '\n', b->len);
	nl = nl != NULL ? nl + 1 : b->data;
	return b->len > 0 ?
	    str_shown(nl, (size_t)(b->data + b->len - nl)) : "";
}

static int
failed(struct err *e, const char *why, int status, struct buf *errors)
{
	const char *line = last_line(errors);

	if (why != NULL)
		err_set(e, ERR_TEMP, "%s", why);
	else if (WIFSIGNALED(status))
		err_set(e, ERR_TEMP, "killed by signal %d", WTERMSIG(status));
	else
		err_set(e, ERR_TEMP, "exit status %d", WEXITSTATUS(status));
	if (line[0] != '\0')
		err_suffix(e, ": %s", line);
	return -1;
}

static int
run(const char *command, struct buf *out, int64_t deadline, struct err *e)
{
	struct buf errors = BUF_MAX(ERR_KEEP + 2048);
	struct helper h = { .out = -1, .err = -1 };
	const char *why;
	int i, r = 0;

	if (start(&h, command, e) == -1)
		return -1;
	why = listen_to(&h, out, &errors, deadline);
	finish(&h);
	if (h.out != -1)
		close(h.out);
	for (i = 0; i < LAST_READS && h.err != -1 &&
	    poll(&(struct pollfd){ h.err, POLLIN, 0 }, 1, 0) > 0; i++)
		take_err(&h, &errors);
	if (h.err != -1)
		close(h.err);
	if (why != NULL || h.status != 0)
		r = failed(e, why, h.status, &errors);
	buf_free(&errors);
	return r;
}

int
proc_run(const char *command, struct buf *out, int64_t deadline,
    struct err *e)
{
	struct sigaction normal = { .sa_handler = SIG_DFL }, before;
	int r;

	/* Where it is ignored, as some callers leave it, children are reaped
	 * by the system and their exit status is lost. */
	sigaction(SIGCHLD, &normal, &before);
	r = run(command, out, deadline, e);
	sigaction(SIGCHLD, &before, NULL);
	return r;
}
