#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/file.h"

static char folder[64];

static const char *
path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
make(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(file_write_all(fd, text, n), 0);
	close(fd);
}

/* Files of a size, read into a buf with a limit. */
static const struct {
	const char	*name;
	size_t		 size, max, before;
	enum err_kind	 want;
} sizes[] = {
	{ "empty", 0, 1, 0, ERR_NONE },
	{ "no room at all", 0, 0, 0, ERR_DATA },
	{ "one octet", 1, 2, 0, ERR_NONE },
	{ "leaves one octet of room", 9999, 10000, 0, ERR_NONE },
	{ "leaves no room", 10000, 10000, 0, ERR_DATA },
	{ "too great", 10001, 10000, 0, ERR_DATA },
	{ "whole blocks", 8192, 100000, 0, ERR_NONE },
	{ "behind what is there", 5000, 10000, 4999, ERR_NONE },
	{ "behind too much", 5000, 10000, 5000, ERR_DATA },
};

static void
test_size(void **state)
{
	const __typeof__(sizes[0]) *r = *state;
	struct buf b = BUF_MAX(r->max);
	struct err e = ERR_INIT;
	struct stat st;
	char *fill = unit_fill('x', r->size);
	char *before = unit_fill('y', r->before);

	make(path_of("size"), fill, r->size);
	buf_add(&b, before, r->before);
	assert_int_equal(file_read(&b, path_of("size"), &st, &e),
	    r->want == ERR_NONE ? 0 : -1);
	assert_int_equal(e.kind, r->want);
	assert_true(b.len <= r->max);
	if (r->want == ERR_NONE) {
		assert_int_equal(st.st_size, r->size);
		assert_int_equal(b.len, r->before + r->size);
		assert_memory_equal(buf_str(&b) + r->before, fill, r->size);
	} else
		assert_non_null(strstr(e.text, path_of("size")));
	buf_free(&b);
	free(fill);
	free(before);
}

static const struct {
	const char	*name;
	const char	*path;		/* in the folder, or absolute */
	enum err_kind	 want;
	int		 code;		/* errno, or 0 */
} paths[] = {
	{ "not there", "none", ERR_NOINPUT, ENOENT },
	{ "below a file", "file/none", ERR_NOINPUT, ENOTDIR },
	{ "a folder", ".", ERR_CONFIG, 0 },
	{ "a pipe is not waited for", "fifo", ERR_CONFIG, 0 },
	{ "a device", "/dev/zero", ERR_CONFIG, 0 },
	{ "a link that leads nowhere", "nowhere", ERR_NOINPUT, ENOENT },
	{ "a link to itself", "loop", ERR_CONFIG, ELOOP },
	{ "a link to a file", "link", ERR_NONE, 0 },
	{ "without status", "file", ERR_NONE, 0 },
};

static void
test_path(void **state)
{
	const __typeof__(paths[0]) *r = *state;
	struct buf b = BUF_MAX(100);
	struct err e = ERR_INIT;

	errno = 0;
	assert_int_equal(file_read(&b, r->path[0] == '/' ? r->path :
	    path_of(r->path), NULL, &e), r->want == ERR_NONE ? 0 : -1);
	if (r->code != 0)
		assert_int_equal(errno, r->code);
	assert_int_equal(e.kind, r->want);
	if (r->want == ERR_NONE)
		assert_string_equal(buf_str(&b), "text");
	buf_free(&b);
}

static const struct {
	const char	*name;
	mode_t		 mode;
	int		 other;		/* another user's */
	int		 want;
} modes[] = {
	{ "ours alone", 0600, 0, 1 },
	{ "ours, read only", 0400, 0, 1 },
	{ "the group may read", 0640, 0, 0 },
	{ "all may read", 0604, 0, 0 },
	{ "all may write", 0602, 0, 0 },
	{ "everything", 0777, 0, 0 },
	{ "another's", 0600, 1, 0 },
};

static void
test_private(void **state)
{
	const __typeof__(modes[0]) *r = *state;
	struct stat st = { .st_mode = S_IFREG | r->mode,
	    .st_uid = r->other ? geteuid() + 1 : geteuid() };

	assert_int_equal(file_private(&st), r->want);
	st.st_uid = 0;			/* root's are as good as ours */
	assert_int_equal(file_private(&st), r->other ? 1 : r->want);
}

static void
expect_text(const char *path, const char *want)
{
	struct buf b = BUF_MAX(1000);
	struct err e = ERR_INIT;

	assert_int_equal(file_read(&b, path, NULL, &e), 0);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static void
test_append(void **state)
{
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	umask(0);
	assert_int_equal(file_append(path_of("log"), LIT("one\n"), &e), 0);
	umask(022);
	assert_int_equal(stat(path_of("log"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_append(path_of("log"), LIT("two\n"), &e), 0);
	expect_text(path_of("log"), "one\ntwo\n");
	assert_int_equal(file_append(path_of("none/log"), LIT("x"), &e), -1);
	assert_int_equal(e.kind, ERR_CREATE);
	assert_int_equal(file_append(folder, LIT("x"), &e), -1);
	assert_int_equal(e.kind, ERR_CREATE);
	assert_int_equal(file_append("/dev/full", LIT("x"), &e), -1);
	assert_int_equal(e.kind, ERR_IO);
}

static int held = -1;

static void
let_go(int sig)
{
	(void)sig;
	close(held);
}

static void
hold(const char *path)
{
	held = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_not_equal(held, -1);
	assert_int_equal(flock(held, LOCK_EX), 0);
}

/* A lock that is never released is waited for a second and no longer. */
static void
test_locked(void **state)
{
	struct err e = ERR_INIT;
	int64_t start = clock_ms(), took;

	(void)state;
	hold(path_of("locked"));
	assert_int_equal(file_append(path_of("locked"), LIT("x"), &e), -1);
	took = clock_ms() - start;
	assert_int_equal(e.kind, ERR_TEMP);
	assert_true(took >= 900 && took < 10000);
	close(held);
	expect_text(path_of("locked"), "");
}

/* One that is released meanwhile is had; the signal harms nothing. */
static void
test_released(void **state)
{
	struct itimerval soon = { .it_value = { 0, 50000 } };
	struct sigaction sa = { .sa_handler = let_go };
	struct err e = ERR_INIT;

	(void)state;
	hold(path_of("released"));
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_int_equal(file_append(path_of("released"), LIT("x"), &e), 0);
	expect_text(path_of("released"), "x");
	signal(SIGALRM, SIG_DFL);
}

#define WRITERS	4
#define LINES	100

static void
write_lines(char c)
{
	struct err e = ERR_INIT;
	char line[101];
	int i;

	memset(line, c, 100);
	line[100] = '\n';
	for (i = 0; i < LINES; i++)
		if (file_append(path_of("shared"), line, sizeof(line),
		    &e) == -1)
			_exit(1);
	_exit(0);
}

/* Lines of several processes are whole, and none is lost. */
static void
test_together(void **state)
{
	struct buf b = BUF_MAX(WRITERS * LINES * 101 + 1);
	struct err e = ERR_INIT;
	size_t i;
	int status, ok = 0;

	(void)state;
	for (i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_lines((char)('a' + i));
	for (i = 0; i < WRITERS; i++)
		ok += wait(&status) > 0 && status == 0;
	assert_int_equal(ok, WRITERS);
	assert_int_equal(file_read(&b, path_of("shared"), NULL, &e), 0);
	assert_int_equal(b.len, WRITERS * LINES * 101);
	for (i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], i % 101 == 100 ? '\n' :
		    b.data[i - i % 101]);
	buf_free(&b);
}

static void
test_write_all(void **state)
{
	char *p = unit_fill('x', 1 << 20), *got = malloc(1 << 20);
	size_t done = 0;
	ssize_t n;
	int fd[2], status;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	if (fork() == 0) {
		close(fd[0]);
		_exit(file_write_all(fd[1], p, 1 << 20) != 0);
	}
	close(fd[1]);
	while ((n = read(fd[0], got + done, (1 << 20) - done)) > 0)
		done += (size_t)n;
	close(fd[0]);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_int_equal(done, 1 << 20);
	assert_memory_equal(got, p, 1 << 20);
	assert_int_equal(file_write_all(-1, p, 1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(file_write_all(-1, p, 0), 0);
	free(p);
	free(got);
}

static const struct {
	const char	*name;
	const char	*path, *want;
} homes[] = {
	{ "alone", "~", "/home/ann" },
	{ "a file", "~/x/y", "/home/ann/x/y" },
	{ "absolute", "/x/~", "/x/~" },
	{ "relative", "x", "x" },
	{ "another user's", "~bob/x", "~bob/x" },
	{ "empty", "", "" },
};

static void
test_home(void **state)
{
	const __typeof__(homes[0]) *r = *state;
	char *got;

	setenv("HOME", "/home/ann", 1);
	got = file_home(r->path);
	assert_string_equal(got, r->want);
	free(got);
	unsetenv("HOME");
	got = file_home("~/x");
	assert_int_equal(got[0], '/');
	free(got);
	setenv("HOME", "home/ann", 1);
	got = file_home("~/x");
	assert_int_equal(got[0], '/');
	free(got);
}

int
main(void)
{
	static const char *const names[] = { "size", "file", "fifo",
	    "nowhere", "loop", "link", "log", "locked", "released",
	    "shared" };
	size_t i;
	int r;

	strlcpy(folder, "/tmp/file.XXXXXX", sizeof(folder));
	if (mkdtemp(folder) == NULL)
		return 99;
	make(path_of("file"), "text", 4);
	if (mkfifo(path_of("fifo"), 0600) == -1 ||
	    symlink("none", path_of("nowhere")) == -1 ||
	    symlink("loop", path_of("loop")) == -1 ||
	    symlink("file", path_of("link")) == -1)
		return 99;
	UNIT_ROWS(sizes, test_size);
	UNIT_ROWS(paths, test_path);
	UNIT_ROWS(modes, test_private);
	UNIT_ROWS(homes, test_home);
	UNIT_TEST(test_append);
	UNIT_TEST(test_locked);
	UNIT_TEST(test_released);
	UNIT_TEST(test_together);
	UNIT_TEST(test_write_all);
	r = unit_run("file");
	for (i = 0; i < COUNT(names); i++)
		unlink(path_of(names[i]));
	rmdir(folder);
	return r;
}
