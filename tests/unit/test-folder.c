#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/folder.h"

static char top[64];

static const char *
path_of(const char *name)
{
	static char path[4][256];
	static int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", top, name);
	return path[n];
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

/* Whether the folder of a file may be used, by its mode. */
static const struct {
	const char	*name;
	mode_t		 mode;
	int		 link;		/* it is one */
	int		 flags;
	int		 why;		/* errno; 0: it may */
} modes[] = {
	{ "of ours alone", 0700, 0, O_NOFOLLOW, 0 },
	{ "that others may read", 0755, 0, O_NOFOLLOW, 0 },
	{ "that the group may write to", 0770, 0, O_NOFOLLOW, EPERM },
	{ "that all may write to", 0777, 0, O_NOFOLLOW, EPERM },
	{ "that all may write to, sticky", 01777, 0, 0, EPERM },
	{ "a link that may be followed", 0700, 1, 0, 0 },
	{ "a link to where others may write", 0777, 1, 0, EPERM },
	{ "a link that may not be followed", 0700, 1, O_NOFOLLOW, ELOOP },
};

static void
test_open(void **state)
{
	const __typeof__(modes[0]) *r = *state;
	int fd;

	assert_int_equal(mkdir(path_of("real"), 0700), 0);
	assert_int_equal(chmod(path_of("real"), r->mode), 0);
	if (r->link)
		assert_int_equal(symlink("real", path_of("link")), 0);
	fd = folder_open(path_of(r->link ? "link/f" : "real/f"), r->flags);
	if (fd == -1 && r->why == ELOOP)
		assert_true(errno == ELOOP || errno == ENOTDIR);
	else
		assert_int_equal(fd == -1 ? errno : 0, r->why);
	if (fd != -1)
		close(fd);
	unlink(path_of("link"));
	assert_int_equal(rmdir(path_of("real")), 0);
}

static void
test_none(void **state)
{
	(void)state;
	assert_int_equal(folder_open(path_of("none/f"), 0), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(folder_open("/f", 0) != -1, geteuid() == 0);
}

static void
test_make(void **state)
{
	int fd;

	(void)state;
	folder_make(path_of("a/b/c/f"));
	assert_int_equal(mode_of(path_of("a")), 0700);
	assert_int_equal(mode_of(path_of("a/b/c")), 0700);
	folder_make(path_of("a/b/c/f"));	/* is there already */
	fd = folder_open(path_of("a/b/c/f"), O_NOFOLLOW);
	assert_int_not_equal(fd, -1);
	close(fd);
	rmdir(path_of("a/b/c"));
	rmdir(path_of("a/b"));
	rmdir(path_of("a"));
}

static void
has(const char *path, const char *text)
{
	struct buf b = BUF_MAX(100);
	struct err e = ERR_INIT;

	assert_int_equal(file_read(&b, path, NULL, &e), 0);
	assert_string_equal(buf_str(&b), text);
	buf_free(&b);
}

static void
put(int dir, const char *text, int safe)
{
	struct buf b = BUF_MAX(100);

	buf_adds(&b, text);
	assert_int_equal(folder_put(dir, "f", &b, safe), 0);
	has(path_of("f"), text);
	assert_int_equal(mode_of(path_of("f")), 0600);
	buf_free(&b);
}

static void
test_put(void **state)
{
	int dir = folder_open(path_of("f"), 0);

	(void)state;
	put(dir, "one", 0);
	put(dir, "two", 1);
	put(dir, "", 1);
	unlink(path_of("f"));
	close(dir);
}

/* What is there stays, and nothing else does. */
static void
test_put_fails(void **state)
{
	struct buf b = BUF_MAX(100000);
	struct rlimit old, small;
	int dir = folder_open(path_of("f"), 0);
	char *fill = unit_fill('x', 90000);

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	put(dir, "one", 0);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ 1000, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	buf_adds(&b, fill);
	assert_int_equal(folder_put(dir, "f", &b, 1), -1);
	assert_int_equal(errno, EFBIG);
	setrlimit(RLIMIT_FSIZE, &old);
	has(path_of("f"), "one");
	unlink(path_of("f"));
	close(dir);
	free(fill);
	buf_free(&b);
}

static void
test_lock(void **state)
{
	int dir = folder_open(path_of("f"), 0), one, two;
	int64_t start;

	(void)state;
	one = folder_lock(dir, "lock", clock_in(0));
	assert_int_not_equal(one, -1);
	start = clock_ms();
	two = folder_lock(dir, "lock", clock_in(50));
	assert_int_equal(two, -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_true(clock_ms() - start >= 50);
	close(one);
	two = folder_lock(dir, "lock", clock_in(0));
	assert_int_not_equal(two, -1);
	close(two);
	assert_int_equal(unlink(path_of("lock")), 0);
	assert_int_equal(symlink("elsewhere", path_of("lock")), 0);
	assert_int_equal(folder_lock(dir, "lock", clock_in(0)), -1);
	unlink(path_of("lock"));
	close(dir);
}

int
main(void)
{
	int r;

	umask(022);
	snprintf(top, sizeof(top), "/tmp/test-folder.XXXXXX");
	if (mkdtemp(top) == NULL)
		return 99;
	UNIT_ROWS(modes, test_open);
	UNIT_TEST(test_none);
	UNIT_TEST(test_make);
	UNIT_TEST(test_put);
	UNIT_TEST(test_put_fails);
	UNIT_TEST(test_lock);
	r = unit_run("folder");
	rmdir(top);
	return r;
}
