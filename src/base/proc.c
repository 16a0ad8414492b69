#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/proc.h"
#include "base/proctree.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/wait.h"

#define ERR_KEEP	4096		/* of standard error */
#define KIN_MAX		64
#define GRACE_MS	100	/* between TERM and KILL */
#define EXIT_STEP_MS	5	/* between looks whether it has ended */
#define OUTPUT_STEP_MS	50	/* the same, as long as it may say more */
#define LOOK_STEP_MS	16	/* the most between looks, while it may */
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

/* What does one of these to the terminal's mode, if we have the terminal. */
static int
terminal_mode(struct termios *mode, int (*what)(int, struct termios *))
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int r = fd != -1 && tcgetpgrp(fd) == getpgrp() &&
	    what(fd, mode) == 0;

	if (fd != -1)
		close(fd);
	return r;
}

static int
set_mode(int fd, struct termios *mode)
{
	return tcsetattr(fd, TCSANOW, mode);
}

static void
forget_signals(void)
{
	int sig;
	sigset_t none;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);	/* fails for some: never mind */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
run_shell(void *command)
{
	secret_in_child();
	execl("/bin/sh", "sh", "-c", (const char *)command, (char *)NULL);
	return 127;
}

static void
child(const struct proc_call *call, int own_group, int out, int err)
{
	int null = open("/dev/null", O_RDONLY);

	if (own_group)
		setpgid(0, 0);
	if (null == -1 || dup2(null, 0) == -1 || dup2(out, 1) == -1 ||
	    dup2(err, 2) == -1)
		_exit(127);
	closefrom(3);
	forget_signals();
	_exit(call->run(call->arg));
}

static int
start(struct helper *h, const struct proc_call *call, struct err *e)
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
		child(call, h->own_group, out[1], err[1]);
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
    int64_t deadline, const volatile sig_atomic_t *stop)
{
	struct pollfd fd[2];
	int left, step;

	do {
		fd[0] = (struct pollfd){ h->out, POLLIN, 0 };
		fd[1] = (struct pollfd){ h->err, POLLIN, 0 };
		look(h);	/* first: then what it said can be read */
		if ((left = clock_left(deadline)) == 0)
			return "took too long";
		step = patience(h, left);
		if ((stop != NULL ? wait_fds(fd, 2, clock_in(step), stop) :
		    poll(fd, 2, step)) == -1)
			return errno == EINTR ? "interrupted" :
			    strerror(errno);
		if (fd[1].revents != 0)
			take_err(h, errors);
		if (fd[0].revents != 0 && take(&h->out, out) == -1)
			return "said more than a password can be";
	} while (!h->ended || fd[0].revents != 0);
	return NULL;
}

/* To all that come of it: its group, or where that is ours, its kin. */
static void
tell(const struct helper *h, const pid_t *kin, size_t n, int sig)
{
	size_t i;

	if (h->own_group)
		kill(-h->pid, sig);
	for (i = 0; i < n; i++)
		kill(kin[i], sig);
	kill(h->pid, sig);
}

/* It stays a zombie, so that its number is no other's yet. */
static int
is_over(const struct helper *h)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)h->pid, &info, WEXITED | WNOHANG |
	    WNOWAIT) == 0 && info.si_pid == h->pid;
}

/* With a moment to put the terminal right. */
static void
finish(struct helper *h)
{
	pid_t kin[KIN_MAX];
	int64_t end = clock_in(GRACE_MS);
	size_t n;

	if (h->ended)
		return;
	n = h->own_group ? 0 : proctree_list(h->pid, kin, KIN_MAX);
	tell(h, kin, n, SIGTERM);
	while (!is_over(h) && clock_left(end) > 0)
		poll(NULL, 0, EXIT_STEP_MS);
	tell(h, kin, n, SIGKILL);
	while (waitpid(h->pid, &h->status, 0) == -1 && errno == EINTR)
		forget_signals();
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
run(const struct proc_call *call, struct buf *out, struct err *e)
{
	struct buf errors = BUF_MAX(ERR_KEEP + 2048);
	struct helper h = { .out = -1, .err = -1 };
	struct termios mode;
	const char *why;
	int i, r = 0, has_mode = terminal_mode(&mode, tcgetattr);

	if (start(&h, call, e) == -1)
		return -1;
	why = listen_to(&h, out, &errors, call->deadline, call->stop);
	finish(&h);
	if (has_mode && (why != NULL || h.status != 0))
		terminal_mode(&mode, set_mode);
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
proc_call(const struct proc_call *call, struct buf *out, struct err *e)
{
	struct sigaction normal = { .sa_handler = SIG_DFL }, before;
	int r;

	/* Where it is ignored, as some callers leave it, children are reaped
	 * by the system and their exit status is lost. */
	sigaction(SIGCHLD, &normal, &before);
	r = run(call, out, e);
	sigaction(SIGCHLD, &before, NULL);
	return r;
}

int
proc_run(const char *command, struct buf *out, int64_t deadline,
    const volatile sig_atomic_t *stop, struct err *e)
{
	const struct proc_call call = { .run = run_shell,
	    .arg = (void *)(uintptr_t)command, .deadline = deadline,
	    .stop = stop };

	return proc_call(&call, out, e);
}

/* Become argv, with one end of the pair; or tell why not. */
static void
talker(char *const argv[], int own_group, int end, int told)
{
	int why;

	if (own_group)
		setpgid(0, 0);
	if (dup2(end, 0) != -1 && dup2(end, 1) != -1 &&
	    (told == 3 || dup3(told, 3, O_CLOEXEC) != -1)) {
		told = 3;
		closefrom(4);
		forget_signals();
		secret_in_child();
		execvp(argv[0], argv);
	}
	why = errno;
	if (write(told, &why, sizeof(why)) == -1)
		_exit(126);
	_exit(127);
}

/* Fork with these pipes; what is the child's of them is closed on our side. */
static pid_t
fork_talker(char *const argv[], const int pair[2], const int told[2])
{
	int own_group = !in_foreground(), why;
	pid_t pid = fork();

	if (pid == 0)
		talker(argv, own_group, pair[1], told[1]);
	why = errno;
	close(pair[1]);
	close(told[1]);
	errno = why;
	return pid;
}

/* The other end of told is closed when the program is executed. */
static int
is_running(const char *name, int told, int64_t deadline,
    const volatile sig_atomic_t *stop, struct err *e)
{
	const char *shown = str_shown(name, strlen(name));
	int why, woken = wait_fd(told, POLLIN, deadline, stop);
	ssize_t n;

	if (woken == -1)
		return err_set(e, ERR_TEMP, "interrupted while %s was started",
		    shown);
	if (woken == 0)
		return err_set(e, ERR_TEMP, "%s took too long to start",
		    shown);
	n = read(told, &why, sizeof(why));
	if (n == 0)
		return 0;
	return err_set(e, ERR_TEMP, "cannot run %s: %s", shown,
	    strerror(n == (ssize_t)sizeof(why) ? why : EIO));
}

int
proc_open(struct proc *p, char *const argv[], int64_t deadline,
    const volatile sig_atomic_t *stop, struct err *e)
{
	struct sigaction normal = { .sa_handler = SIG_DFL };
	int pair[2], told[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return err_set(e, ERR_TEMP, "socketpair: %s", strerror(errno));
	if (pipe2(told, O_CLOEXEC) == -1) {
		err_set(e, ERR_TEMP, "pipe: %s", strerror(errno));
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	sigaction(SIGCHLD, &normal, NULL);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	p->fd = pair[0];
	p->pid = fork_talker(argv, pair, told);
	if (p->pid == -1)
		r = err_set(e, ERR_TEMP, "fork: %s", strerror(errno));
	else
		r = is_running(argv[0], told[0], deadline, stop, e);
	close(told[0]);
	if (r == 0)
		return 0;
	if (p->pid != -1) {
		kill(p->pid, SIGKILL);	/* it is not the program yet */
		proc_close(p);
	} else
		close(p->fd);
	return -1;
}

/* What it still has to say, so that it does not die of nobody hearing it. */
static void
hear_out(struct proc *p)
{
	char chunk[4096];
	ssize_t n = read(p->fd, chunk, sizeof(chunk));

	if (n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return;
	close(p->fd);
	p->fd = -1;
}

static int
ends_by(struct proc *p, int64_t deadline, int *status)
{
	int step = 1;
	pid_t r;

	for (;;) {
		r = waitpid(p->pid, status, WNOHANG);
		if (r == p->pid || (r == -1 && errno == ECHILD))
			return 1;
		if (clock_left(deadline) == 0)
			return 0;
		if (wait_fd(p->fd, POLLIN, clock_in(step), NULL) > 0)
			hear_out(p);
		if (step < LOOK_STEP_MS)
			step *= 2;
	}
}

int
proc_close(struct proc *p)
{
	static const struct { int sig, ms; } steps[] = {
		{ 0, 2000 }, { SIGHUP, 500 }, { SIGTERM, 500 },
		{ SIGKILL, 2000 },
	};
	size_t i;
	int status = 0, ended = 0;

	shutdown(p->fd, SHUT_WR);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && !ended; i++) {
		if (steps[i].sig != 0) {
			kill(-p->pid, steps[i].sig);	/* if it has a group */
			kill(p->pid, steps[i].sig);
		}
		ended = ends_by(p, clock_in(steps[i].ms), &status);
	}
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
	return ended ? status : -1;
}
