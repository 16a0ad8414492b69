/*
 * proc.h - run a helper command, bounded in time and in what it may say; or
 * a program to talk to.
 *
 * A child is in a process group of its own (in ours, when that has the
 * terminal, for it may want to ask there), has no other descriptors than its
 * first three, signals at their defaults, and the RLIMIT_CORE that we had.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Run a command line with /bin/sh -c, its standard input /dev/null.  Its
 * standard output is appended to out; the last line of its standard error is
 * kept.  The group (where it is ours, its children and theirs) is ended, by
 * TERM and soon KILL, when the deadline (clock_ms()) passes, *stop is set (as
 * in wait.h; without it, at any signal that is caught) or out is full.  Returns
 * 0 when it exits 0; else -1 with *e set to ERR_TEMP and how it ended, with
 * that last line, escaped, and the terminal's mode is as it was before.
 */
int	 proc_run(const char *command, struct buf *out, int64_t deadline,
	    const volatile sig_atomic_t *stop, struct err *e);

/*
 * The same of a function of ours, run in a child: what it does to memory and
 * which libraries it loads ends with it.  What it returns is the exit status.
 * If it executes a program, secret_in_child() comes first.
 */
struct proc_call {
	int		(*run)(void *arg);
	void		*arg;
	int64_t		 deadline;
	const volatile sig_atomic_t *stop;	/* or NULL */
};

int	 proc_call(const struct proc_call *, struct buf *out, struct err *e);

struct proc {
	int	 fd;		/* our end of a pair of sockets: not blocking */
	pid_t	 pid;
};

/*
 * Start a program (found in $PATH) whose standard input and output are the
 * other end of p->fd, and standard error is ours.  From then on SIGCHLD has
 * its default action, for an ignored one would take the child away from us.
 * Returns 0 once the program runs, or -1 with *e set to ERR_TEMP.
 */
int	 proc_open(struct proc *p, char *const argv[], int64_t deadline,
	    const volatile sig_atomic_t *stop, struct err *e);
/*
 * End its input, let it have its say (which nobody needs), close p->fd, and
 * see to it that it ends: it has two seconds, then signals help, the last being
 * KILL.  Returns its status as waitpid(2) has it, or -1: not even that has
 * ended it.
 */
int	 proc_close(struct proc *p);

#endif
