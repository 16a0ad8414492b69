#include "unit.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "net/knownfile.h"

#define A	"pin-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B	"pin-sha256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="
#define LINE	"a:1 " A " 2026-01-02\n"
#define MANY	100

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

static const char *
file(void)
{
	return path_of("state/known_hosts");
}

static void
make(const char *text, mode_t mode, mode_t folder)
{
	int fd;

	mkdir(path_of("state"), 0700);
	fd = open(file(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
	assert_int_equal(chmod(file(), mode), 0);
	assert_int_equal(chmod(path_of("state"), folder), 0);
}

static int
clean(void **state)
{
	(void)state;
	unlink(file());
	rmdir(file());
	unlink(path_of("state/known_hosts.lock"));
	unlink(path_of("state/other"));
	rmdir(path_of("state"));
	return 0;
}

static const struct {
	const char	*name;
	const char	*text;
	mode_t		 mode, folder;
	const char	*error;		/* NULL: it is taken */
} files[] = {
	{ "ours alone", LINE, 0600, 0700, NULL },
	{ "that others may read", LINE, 0644, 0755, NULL },
	{ "empty", "", 0600, 0700, NULL },
	{ "writable for the group", LINE, 0660, 0700, "not ours alone" },
	{ "writable for all", LINE, 0602, 0700, "not ours alone" },
	{ "in a folder of the group", LINE, 0600, 0770, "its folder is not "
	    "ours alone" },
	{ "in a folder of all", LINE, 0600, 0777, "its folder is not ours" },
	{ "damaged", LINE "a\n", 0600, 0700, "known_hosts:2: \"a\" is no "
	    "HOST:PORT; no key in it is trusted" },
	{ "newer", "version 7\n", 0600, 0700, "known_hosts:1: a newer" },
};

static void
test_read(void **state)
{
	const __typeof__(files[0]) *r = *state;
	struct buf text = BUF_MAX(KNOWNHOSTS_MAX);
	struct err e = ERR_INIT;
	int got;

	make(r->text, r->mode, r->folder);
	got = knownfile_read(file(), &text, &e);
	assert_int_equal(got, r->error != NULL ? -1 : 0);
	if (r->error == NULL)
		assert_string_equal(buf_str(&text), r->text);
	else if (strstr(e.text, r->error) == NULL || e.kind != ERR_CONFIG)
		fail_msg("%s", e.text);
	buf_free(&text);
	clean(NULL);
}

/* And nothing is written into what is not trusted. */
static void
test_change(void **state)
{
	const struct knownhosts_change c = { .place = "b:1", .pin = B,
	    .since = "2026-01-02" };
	const __typeof__(files[0]) *r = *state;
	struct buf text = BUF_MAX(KNOWNHOSTS_MAX);
	struct err e = ERR_INIT;
	struct knownhost k;

	make(r->text, r->mode, r->folder);
	assert_int_equal(knownfile_change(file(), &c, &e),
	    r->error != NULL ? -1 : 0);
	assert_int_equal(file_read(&text, file(), NULL, &e), 0);
	if (r->error == NULL)
		assert_true(knownhosts_find(text.data, text.len, "b:1", 0,
		    &k));
	else
		assert_string_equal(buf_str(&text), r->text);
	buf_free(&text);
	clean(NULL);
}

static void
test_none(void **state)
{
	struct buf text = BUF_MAX(KNOWNHOSTS_MAX);
	struct err e = ERR_INIT;

	(void)state;
	buf_adds(&text, "old");
	assert_int_equal(knownfile_read(path_of("a/b/c"), &text, &e), 0);
	assert_string_equal(buf_str(&text), "");
	assert_int_equal(mkdir(path_of("state"), 0700), 0);
	assert_int_equal(knownfile_read(file(), &text, &e), 0);
	assert_int_equal(mkdir(file(), 0700), 0);
	assert_int_equal(knownfile_read(file(), &text, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	buf_free(&text);
}

static void
test_link(void **state)
{
	struct buf text = BUF_MAX(KNOWNHOSTS_MAX);
	struct err e = ERR_INIT;

	(void)state;
	make(LINE, 0600, 0700);
	assert_int_equal(rename(file(), path_of("state/other")), 0);
	assert_int_equal(symlink("other", file()), 0);
	assert_int_equal(knownfile_read(file(), &text, &e), -1);
	assert_non_null(strstr(e.text, "it is a link"));
	buf_free(&text);
}

static void
test_too_large(void **state)
{
	struct buf text = BUF_MAX(KNOWNHOSTS_MAX);
	char *fill = unit_fill('#', KNOWNHOSTS_MAX - 1);
	struct err e = ERR_INIT;

	(void)state;
	make(fill, 0600, 0700);
	assert_int_equal(knownfile_read(file(), &text, &e), -1);
	assert_non_null(strstr(e.text, "it is too large"));
	free(fill);
	buf_free(&text);
}

/* What is written can be read again. */
static void
test_becomes_too_large(void **state)
{
	const struct knownhosts_change c = { .place = "b:1", .pin = B,
	    .since = "2026-01-02" };
	struct buf text = BUF_MAX(KNOWNHOSTS_MAX);
	char *fill = unit_fill('#', KNOWNHOSTS_MAX - 4096 - 20);
	struct err e = ERR_INIT;

	(void)state;
	make(fill, 0600, 0700);
	assert_int_equal(knownfile_read(file(), &text, &e), 0);
	assert_int_equal(knownfile_change(file(), &c, &e), -1);
	assert_non_null(strstr(e.text, "it would become too large"));
	assert_int_equal(knownfile_read(file(), &text, &e), 0);
	assert_string_equal(buf_str(&text), fill);
	free(fill);
	buf_free(&text);
}

static void
test_no_room(void **state)
{
	const struct knownhosts_change c = { .place = "b:1", .pin = B,
	    .since = "2026-01-02" };
	struct buf text = BUF_MAX(KNOWNHOSTS_MAX);
	struct rlimit old, small;
	struct err e = ERR_INIT;

	(void)state;
	make(LINE, 0600, 0700);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ 80, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(knownfile_change(file(), &c, &e), -1);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(e.kind, ERR_IO);
	assert_int_equal(knownfile_read(file(), &text, &e), 0);
	assert_string_equal(buf_str(&text), LINE);
	buf_free(&text);
}

static void
add(int i)
{
	char place[32];
	struct knownhosts_change c = { .place = place, .pin = B,
	    .since = "2026-01-02" };
	struct err e = ERR_INIT;

	snprintf(place, sizeof(place), "host%d:25", i);
	_exit(knownfile_change(file(), &c, &e) == 0 ? 0 : 1);
}

/* Nobody's line is lost. */
static void
test_at_once(void **state)
{
	struct buf text = BUF_MAX(KNOWNHOSTS_MAX);
	struct err e = ERR_INIT;
	char place[32];
	pid_t pid[MANY];
	struct knownhost k;
	int i, status;

	(void)state;
	for (i = 0; i < MANY; i++)
		if ((pid[i] = fork()) == 0)
			add(i);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(knownfile_read(file(), &text, &e), 0);
	for (i = 0; i < MANY; i++) {
		snprintf(place, sizeof(place), "host%d:25", i);
		assert_true(knownhosts_find(text.data, text.len, place, 0,
		    &k));
	}
	buf_free(&text);
}

#define CLEAN(f)	unit_tests[unit_count - 1].teardown_func = (f)

int
main(void)
{
	int r;

	umask(0);
	snprintf(top, sizeof(top), "/tmp/test-knownfile.XXXXXX");
	if (mkdtemp(top) == NULL)
		return 99;
	UNIT_ROWS(files, test_read);
	UNIT_ROWS(files, test_change);
	UNIT_TEST(test_none);
	CLEAN(clean);
	UNIT_TEST(test_link);
	CLEAN(clean);
	UNIT_TEST(test_too_large);
	CLEAN(clean);
	UNIT_TEST(test_becomes_too_large);
	CLEAN(clean);
	UNIT_TEST(test_no_room);
	CLEAN(clean);
	UNIT_TEST(test_at_once);
	CLEAN(clean);
	r = unit_run("knownfile");
	rmdir(top);
	return r;
}
