#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/proc.h"

#define LONG	60000		/* no test should ever need it */

static const struct {
	const char	*name;
	const char	*command;
	const char	*out;		/* what it says */
	const char	*why;		/* the error, or NULL: it is well */
} rows[] = {
	{ "says nothing", "true", "", NULL },
	{ "says a word", "echo hello", "hello\n", NULL },
	{ "a shell's line", "printf %s \"$((6 * 7))\" | cat", "42", NULL },
	{ "its input is empty", "cat", "", NULL },
	{ "its input is /dev/null", "readlink /proc/self/fd/0",
	    "/dev/null\n", NULL },
	{ "warns, and is well", "echo odd >&2; echo x", "x\n", NULL },
	{ "fails", "exit 3", "", "exit status 3" },
	{ "fails with words", "echo no key >&2; exit 1", "",
	    "exit status 1: no key" },
	{ "the last line counts", "echo one >&2; echo two >&2; exit 1", "",
	    "exit status 1: two" },
	{ "empty lines at the end do not",
	    "printf 'one\\ntwo\\n\\r\\n\\n' >&2; exit 1", "",
	    "exit status 1: two" },
	{ "a line without its end", "printf 'one\\ntwo' >&2; exit 1", "",
	    "exit status 1: two" },
	{ "its words are escaped", "printf 'a\\033[2J\\377' >&2; exit 1", "",
	    "exit status 1: a\\x1B[2J\\xFF" },
	{ "much on standard error", "yes x | head -100000 >&2; "
	    "echo last >&2; exit 1", "", "exit status 1: last" },
	/* All of it is in the pipe when we look: it stops us until it ended. */
	{ "much on standard error at once", "p=$$ q=$PPID n=0; "
	    "kill -STOP $q; (until grep -qs '^State:.Z' /proc/$p/status || "
	    "[ $((n += 1)) -gt 2000 ]; do :; done; kill -CONT $q) "
	    ">/dev/null 2>&1 & printf '%060000d\\nlast\\n' 0 >&2; exit 1", "",
	    "exit status 1: last" },
	{ "not there", "exec /nonexistent/helper 2>/dev/null", "",
	    "exit status 127" },
	{ "killed", "kill -9 $$", "", "killed by signal 9" },
	{ "says something and fails", "echo x; exit 2", "x\n",
	    "exit status 2" },
	{ "closes its output early", "exec >&-; exit 5", "",
	    "exit status 5" },
	{ "leaves a child that holds its error open",
	    "sleep 30 >/dev/null </dev/null & echo x", "x\n", NULL },
	{ "leaves a child that holds its output open",
	    "sleep 30 </dev/null & echo x", "x\n", NULL },
	{ "fails, and leaves such a child",
	    "sleep 30 </dev/null & echo x; exit 2", "x\n", "exit status 2" },
	{ "complains at length, its output closed", "echo x; exec >&-; "
	    "head -c 200000 /dev/zero >&2", "x\n", NULL },
};

static void
test_run(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct buf out = BUF_MAX(1000);
	struct err e = ERR_INIT;
	int64_t start = clock_ms();
	int got = proc_run(r->command, &out, clock_in(LONG), NULL, &e);

	assert_true(clock_ms() - start < 15000);
	assert_string_equal(e.text, r->why != NULL ? r->why : "");
	assert_int_equal(got, r->why != NULL ? -1 : 0);
	assert_int_equal(e.kind, r->why != NULL ? ERR_TEMP : ERR_NONE);
	assert_string_equal(buf_str(&out), r->out);
	buf_free(&out);
}

static const struct {
	const char	*name;
	const char	*command;
	size_t		 max;
	int64_t		 limit;		/* ms */
	const char	*why;
} bounds[] = {
	{ "just fits", "printf 0123456789", 10, LONG, NULL },
	{ "one too many", "printf 0123456789a", 10, LONG,
	    "said more than a password can be" },
	{ "never ends to speak", "exec yes", 5000, LONG,
	    "said more than a password can be" },
	{ "a group that never ends to speak", "yes | cat", 5000, LONG,
	    "said more than a password can be" },
	{ "never comes to an end", "exec sleep 60", 10, 100,
	    "took too long" },
	{ "nor does its child", "sleep 60 | cat", 10, 100, "took too long" },
	{ "nor, its output closed", "exec >&- 2>&-; sleep 60", 10, 100,
	    "took too long" },
	{ "deaf to signals", "trap '' INT TERM HUP; sleep 60; sleep 60", 10,
	    100, "took too long" },
	{ "says what it waits for", "echo card? >&2; sleep 60", 10, 500,
	    "took too long: card?" },
	{ "no time at all", "exec sleep 60", 10, 0, "took too long" },
};

static void
test_bound(void **state)
{
	const __typeof__(bounds[0]) *r = *state;
	struct buf out = BUF_MAX(r->max);
	struct err e = ERR_INIT;
	int64_t start = clock_ms();

	assert_int_equal(proc_run(r->command, &out, clock_in(r->limit), NULL,
	    &e),
	    r->why != NULL ? -1 : 0);
	assert_string_equal(e.text, r->why != NULL ? r->why : "");
	assert_true(clock_ms() - start < LONG / 2);
	assert_true(out.len <= r->max);
	/* Nobody is left behind to be waited for. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	buf_free(&out);
}

/*
 * The whole group dies.  Its members hold the only other end of a pipe (whose
 * path they open: descriptors are closed), so its end tells that they did.
 */
static void
test_group(void **state)
{
	char folder[] = "/tmp/proc.XXXXXX", path[64], command[256], c;
	struct buf out = BUF_MAX(10);
	struct err e = ERR_INIT;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	snprintf(command, sizeof(command), "exec 7>%s; echo >&7; "
	    "(trap '' TERM; sleep 60) & sleep 60 & wait", path);
	assert_int_equal(proc_run(command, &out, clock_in(1000), NULL, &e), -1);
	assert_string_equal(e.text, "took too long");
	fcntl(fd, F_SETFL, 0);
	assert_int_equal(read(fd, &c, 1), 1);
	assert_int_equal(poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 15000),
	    1);
	assert_int_equal(read(fd, &c, 1), 0);
	close(fd);
	unlink(path);
	rmdir(folder);
	buf_free(&out);
}

/* Whatever we ignore or hold back, it does not inherit. */
static void
test_signals(void **state)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE,
	    SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM };
	struct buf out = BUF_MAX(1000);
	struct err e = ERR_INIT;
	sigset_t held, before;
	unsigned long long blocked = 1, ignoring = 1;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGUSR1);
	sigprocmask(SIG_BLOCK, &held, &before);
	assert_int_equal(proc_run("exec grep -E '^Sig(Blk|Ign)' "
	    "/proc/self/status", &out, clock_in(LONG), NULL, &e), 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	for (i = 0; i < COUNT(ignored); i++)
		signal(ignored[i], SIG_DFL);
	assert_int_equal(sscanf(buf_str(&out), "SigBlk: %llx SigIgn: %llx",
	    &blocked, &ignoring), 2);
	/* 32 and 33 are libc's own, and make(1) has them ignored. */
	assert_true(blocked == 0 && (ignoring & ~0x180000000ULL) == 0);
	buf_free(&out);
}

/* A caller that ignores SIGCHLD passes that on to us: no child to wait for. */
static void
test_no_children(void **state)
{
	struct buf out = BUF_MAX(1000);
	struct err e = ERR_INIT;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(proc_run("echo x", &out, clock_in(LONG), NULL, &e), 0);
	assert_int_equal(proc_run("exit 4", &out, clock_in(LONG), NULL, &e),
	    -1);
	assert_string_equal(e.text, "exit status 4");
	assert_true(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
	buf_free(&out);
}

/* It has our three descriptors and no other. */
static void
test_descriptors(void **state)
{
	struct buf out = BUF_MAX(1000);
	struct err e = ERR_INIT;
	int fd = dup(2), far = fcntl(2, F_DUPFD, 100);

	(void)state;
	assert_int_equal(proc_run("for i in 3 4 5 6 7 8 9 100; do "
	    "test -e /proc/$$/fd/$i && echo $i; done; true", &out,
	    clock_in(LONG), NULL, &e), 0);
	assert_string_equal(buf_str(&out), "");
	close(fd);
	close(far);
	buf_free(&out);
}

static void
test_appended(void **state)
{
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	(void)state;
	buf_adds(&out, "> ");
	assert_int_equal(proc_run("echo x", &out, CLOCK_NEVER, NULL, &e), 0);
	assert_string_equal(buf_str(&out), "> x\n");
	buf_free(&out);
}

/* ------------------------------------------------ a program to talk to */

/* Shell commands are argv's own here: the program is sh. */
static const struct {
	const char	*name;
	const char	*command;
	const char	*say;
	const char	*heard;
	int		 status;
} talks[] = {
	{ "an echo", "read a; echo \"<$a>\"", "x\n", "<x>\n", 0 },
	{ "our end is its input's end", "cat; echo over", "a\nb", "a\nbover\n",
	    0 },
	{ "its status", "exit 3", "", "", 3 << 8 },
	{ "killed", "kill -9 $$", "", "", 9 },
	{ "input and output are one socket", "test -S /dev/stdin && "
	    "test /dev/stdin -ef /dev/stdout && echo yes", "", "yes\n", 0 },
	{ "standard error is ours", "test /proc/$$/fd/2 -ef /proc/$PPID/fd/2 "
	    "&& echo yes", "", "yes\n", 0 },
	{ "no other descriptor", "for i in 3 4 5 6 7 8 9 10 11 12 100; do "
	    "test -e /proc/$$/fd/$i && echo $i; done; true", "", "", 0 },
	/* 32 and 33 are libc's own, and make(1) has them ignored. */
	{ "no signal is ignored or held back", "grep -E '^Sig(Blk|Ign)' "
	    "/proc/self/status | sed 's/180000000$//' | grep '[1-9a-f]'; true",
	    "", "", 0 },
};

static void
test_talk(void **state)
{
	const __typeof__(talks[0]) *r = *state;
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)r->command, NULL };
	char got[256];
	struct err e = ERR_INIT;
	struct proc p;
	int far = fcntl(2, F_DUPFD, 100);
	sigset_t held, before;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &before);
	assert_int_equal(proc_open(&p, argv, clock_in(LONG), NULL, &e), 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_true(fcntl(p.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(p.fd, F_GETFD) & FD_CLOEXEC);
	if (r->say[0] != '\0')		/* else it may be gone already */
		assert_int_equal(send(p.fd, r->say, strlen(r->say),
		    MSG_NOSIGNAL), strlen(r->say));
	shutdown(p.fd, SHUT_WR);
	unit_hear(p.fd, got, sizeof(got));
	assert_string_equal(got, r->heard);
	close(far);
	assert_int_equal(proc_close(&p), r->status);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static const struct {
	const char	*name;
	const char	*program;
	const char	*why;
} failures[] = {
	{ "not there", "/nonexistent/program",
	    "cannot run /nonexistent/program: No such file or directory" },
	{ "not in $PATH", "no-such-program-7",
	    "cannot run no-such-program-7: No such file or directory" },
	{ "a folder", "/tmp", "cannot run /tmp: Permission denied" },
	{ "its name is escaped", "/a\033[2J",
	    "cannot run /a\\x1B[2J: No such file or directory" },
	{ "empty", "", "cannot run : No such file or directory" },
};

static void
test_failure(void **state)
{
	const __typeof__(failures[0]) *r = *state;
	char *argv[] = { (char *)(uintptr_t)r->program, NULL };
	int64_t start = clock_ms();
	struct err e = ERR_INIT;
	struct proc p;
	int next = dup(2), after;

	close(next);
	assert_int_equal(proc_open(&p, argv, clock_in(LONG), NULL, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_string_equal(e.text, r->why);
	assert_true(clock_ms() - start < 1500);
	after = dup(2);		/* nothing was left open */
	assert_int_equal(after, next);
	close(after);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
test_not_started(void **state)
{
	static volatile sig_atomic_t stop = 1;
	char *argv[] = { "sleep", "60", NULL };
	int64_t start = clock_ms();
	struct err e = ERR_INIT;
	struct proc p;

	(void)state;
	assert_int_equal(proc_open(&p, argv, clock_in(LONG), &stop, &e), -1);
	assert_string_equal(e.text, "interrupted while sleep was started");
	assert_true(clock_ms() - start < 1500);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* How it ends when its input has, and how long that takes at least. */
static const struct {
	const char	*name;
	const char	*command;
	int64_t		 least;
	int		 status;
} ends[] = {
	{ "by itself", "cat; exit 7", 0, 7 << 8 },
	{ "has ended already", "exit 7", 0, 7 << 8 },
	{ "soon", "cat; sleep 1; exit 7", 900, 7 << 8 },
	/* To nobody, these would be SIGPIPE. */
	{ "with last words", "cat; sleep 0.1; echo bye; exit 7", 100, 7 << 8 },
	{ "with many", "cat; head -c 1000000 /dev/zero && exit 7", 0, 7 << 8 },
	{ "its output first", "cat; exec >&-; sleep 1; exit 7", 900, 7 << 8 },
	{ "but a child that holds on to it", "sleep 60 2>&- & cat; exit 7",
	    0, 7 << 8 },
	{ "never silent", "exec yes", 2000, SIGHUP },
	{ "by HUP", "exec sleep 60", 2000, SIGHUP },
	{ "by TERM", "trap '' HUP; exec sleep 60", 2500, SIGTERM },
	{ "by KILL", "trap '' HUP TERM; exec sleep 60", 3000, SIGKILL },
	{ "stopped", "trap '' HUP TERM; kill -STOP $$", 3000, SIGKILL },
	{ "and its group", "trap '' HUP TERM; sleep 60; sleep 60", 3000,
	    SIGKILL },
};

/* Whoever has the pipe of its error is alive. */
static void
test_end(void **state)
{
	const __typeof__(ends[0]) *r = *state;
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)r->command, NULL }, c;
	int alive[2], error = dup(2);
	int64_t start;
	struct err e = ERR_INIT;
	struct proc p;

	assert_int_equal(pipe(alive), 0);
	fcntl(alive[0], F_SETFD, FD_CLOEXEC);
	dup2(alive[1], 2);
	assert_int_equal(proc_open(&p, argv, clock_in(LONG), NULL, &e), 0);
	dup2(error, 2);
	close(error);
	close(alive[1]);
	if (strstr(r->name, "already") != NULL)
		poll(&(struct pollfd){ p.fd, POLLIN, 0 }, 1, LONG);
	start = clock_ms();
	assert_int_equal(proc_close(&p), r->status);
	assert_int_equal(p.fd, -1);
	assert_in_range(clock_ms() - start, r->least, 15000);
	assert_int_equal(poll(&(struct pollfd){ alive[0], POLLIN, 0 }, 1,
	    LONG), 1);
	assert_int_equal(read(alive[0], &c, 1), 0);
	close(alive[0]);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* A signal to our group, which has no terminal, leaves it alone. */
static void
test_talk_group(void **state)
{
	char *argv[] = { "cat", NULL };
	struct err e = ERR_INIT;
	struct proc p;
	int tty = open("/dev/tty", O_RDONLY | O_NOCTTY);

	(void)state;
	if (tty != -1) {
		close(tty);
		skip();
	}
	assert_int_equal(proc_open(&p, argv, clock_in(LONG), NULL, &e), 0);
	assert_int_equal(getpgid(p.pid), p.pid);
	assert_int_equal(proc_close(&p), 0);
}

/* Whoever ignores SIGCHLD has no child to wait for: ours is not lost. */
static void
test_talk_no_children(void **state)
{
	char *argv[] = { "sh", "-c", "exit 4", NULL };
	struct err e = ERR_INIT;
	struct proc p;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(proc_open(&p, argv, clock_in(LONG), NULL, &e), 0);
	assert_int_equal(proc_close(&p), 4 << 8);
}

static int
say_seven(void *arg)
{
	int *n = arg;

	printf("%d\n", *n);
	*n = 8;
	fflush(stdout);
	fprintf(stderr, "so it goes\n");
	return *n == 8 && getppid() != getpid() ? 3 : 0;
}

/* What a function does in its child stays there. */
static void
test_call(void **state)
{
	int n = 7;
	const struct proc_call call = { .run = say_seven, .arg = &n,
	    .deadline = clock_in(LONG) };
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(proc_call(&call, &out, &e), -1);
	assert_string_equal(buf_str(&out), "7\n");
	assert_string_equal(e.text, "exit status 3: so it goes");
	assert_int_equal(n, 7);
	buf_free(&out);
}

int
main(void)
{
	/* An input of ours that a helper would read for ever. */
	if (freopen("/dev/zero", "r", stdin) == NULL)
		return 99;
	UNIT_ROWS(rows, test_run);
	UNIT_ROWS(bounds, test_bound);
	UNIT_TEST(test_group);
	UNIT_TEST(test_signals);
	UNIT_TEST(test_no_children);
	UNIT_TEST(test_descriptors);
	UNIT_TEST(test_appended);
	UNIT_TEST(test_call);
	UNIT_ROWS(talks, test_talk);
	UNIT_ROWS(failures, test_failure);
	UNIT_TEST(test_not_started);
	UNIT_ROWS(ends, test_end);
	UNIT_TEST(test_talk_group);
	UNIT_TEST(test_talk_no_children);
	return unit_run("proc");
}
