/*
 * meter SECONDS INPUT OUTPUT COMMAND ... - run a command once, and print what
 * it cost: microseconds from fork to exit, microseconds of CPU (user and
 * system), its largest resident set in KiB, its exit status (128 and more: the
 * signal), and 1 if it was killed because the seconds had passed.
 *
 * INPUT becomes its standard input, OUTPUT takes what it says.
 *
 * This program is small for a reason.  What wait4(2) reports as the largest
 * resident set begins with what the child had before exec(3), on Linux, so a
 * client that a large interpreter started would never measure less than that.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "loop.h"

#ifdef __APPLE__
#define RSS_UNIT	1024		/* ru_maxrss is in bytes there */
#else
#define RSS_UNIT	1
#endif
#define NO_EXEC		127

static volatile sig_atomic_t child, killed;

static void
on_signal(int sig)
{
	(void)sig;
	killed = 1;
	if (child > 0)
		kill((pid_t)child, SIGKILL);
}

static void
run(const char *input, const char *output, char **command)
{
	int in = open(input, O_RDONLY);
	int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (in == -1 || out == -1 || dup2(in, STDIN_FILENO) == -1 ||
	    dup2(out, STDOUT_FILENO) == -1 || dup2(out, STDERR_FILENO) == -1)
		_exit(NO_EXEC);
	close(in);
	close(out);
	execvp(command[0], command);
	_exit(NO_EXEC);
}

static long long
cpu_us(const struct rusage *u)
{
	return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000000LL +
	    u->ru_utime.tv_usec + u->ru_stime.tv_usec;
}

static void
limit(unsigned seconds)
{
	static const int ends[] = { SIGALRM, SIGHUP, SIGINT, SIGTERM };
	struct sigaction a = { .sa_handler = on_signal };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		sigaction(ends[i], &a, NULL);
	alarm(seconds);
}

int
main(int argc, char **argv)
{
	struct rusage used;
	int64_t begun, wall;
	int status;
	pid_t pid;

	if (argc < 5)
		errx(EX_USAGE, "usage: meter SECONDS INPUT OUTPUT COMMAND ...");
	begun = loop_us();
	pid = fork();
	if (pid == -1)
		err(EX_OSERR, "fork");
	if (pid == 0)
		run(argv[2], argv[3], argv + 4);
	child = pid;
	limit(loop_number(argv[1], 3600));
	while (wait4(pid, &status, 0, &used) == -1)
		if (errno != EINTR)
			err(EX_OSERR, "wait4");
	wall = loop_us() - begun;
	printf("%lld %lld %ld %d %d\n", (long long)wall, cpu_us(&used),
	    used.ru_maxrss / RSS_UNIT, WIFEXITED(status) ?
	    WEXITSTATUS(status) : 128 + WTERMSIG(status), (int)killed);
	return 0;
}
