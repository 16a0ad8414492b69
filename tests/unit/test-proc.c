#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
	int got = proc_run(r->command, &out, clock_in(LONG), &e);

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

	assert_int_equal(proc_run(r->command, &out, clock_in(r->limit), &e),
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
	assert_int_equal(proc_run(command, &out, clock_in(1000), &e), -1);
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
	    "/proc/self/status", &out, clock_in(LONG), &e), 0);
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
	assert_int_equal(proc_run("echo x", &out, clock_in(LONG), &e), 0);
	assert_int_equal(proc_run("exit 4", &out, clock_in(LONG), &e), -1);
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
	    clock_in(LONG), &e), 0);
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
	assert_int_equal(proc_run("echo x", &out, CLOCK_NEVER, &e), 0);
	assert_string_equal(buf_str(&out), "> x\n");
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
	return unit_run("proc");
}
