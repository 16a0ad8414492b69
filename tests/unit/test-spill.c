#include "unit.h"

#include <dirent.h>
#include <sys/stat.h>

#include "mail/spill.h"

/* The octet that belongs at an offset: a pattern without a short period. */
static char
octet(size_t at)
{
	return (char)(at * 2654435761u >> 13);
}

static const struct {
	const char	*name;
	size_t		 n, piece, reads;
	int		 on_disk;
} sizes[] = {
	{ "nothing", 0, 1, 10, 0 },
	{ "one octet", 1, 1, 10, 0 },
	{ "a little, byte by byte", 1000, 1, 7, 0 },
	{ "just fits", SPILL_MEMORY, 1000, 4096, 0 },
	{ "just fits, at once", SPILL_MEMORY, SPILL_MEMORY, 4096, 0 },
	{ "one over", SPILL_MEMORY + 1, 1000, 4096, 1 },
	{ "one over, at once", SPILL_MEMORY + 1, SPILL_MEMORY + 1, 1, 1 },
	{ "twice", 2 * SPILL_MEMORY, 4096, 100000, 1 },
	{ "much at once", 9 * SPILL_MEMORY + 5, 9 * SPILL_MEMORY + 5,
	    SPILL_MEMORY, 1 },
	{ "odd pieces", 5 * SPILL_MEMORY, 77777, 33333, 1 },
};

static void
fill(struct spill *s, char *p, size_t n, size_t piece)
{
	struct err e = ERR_INIT;
	size_t i, at, part;

	for (i = 0; i < n; i++)
		p[i] = octet(i);
	for (at = 0; at < n; at += part) {
		part = n - at < piece ? n - at : piece;
		assert_int_equal(spill_add(s, p + at, part, &e), 0);
		assert_true(s->mem.len <= SPILL_MEMORY);
	}
	assert_int_equal(s->size, n);
}

static void
test_size(void **state)
{
	const __typeof__(sizes[0]) *r = *state;
	struct spill s;
	struct err e = ERR_INIT;
	char *in = malloc(r->n + 1), *out = malloc(r->reads);
	size_t at = 0;
	ssize_t n;

	spill_init(&s);
	fill(&s, in, r->n, r->piece);
	while ((n = spill_read(&s, (off_t)at, out, r->reads, &e)) > 0) {
		assert_memory_equal(out, in + at, (size_t)n);
		at += (size_t)n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(at, r->n);
	assert_int_equal(s.fd != -1, r->on_disk);
	spill_free(&s);
	assert_int_equal(s.size, 0);
	assert_int_equal(s.fd, -1);
	free(in);
	free(out);
}

static void
test_anywhere(void **state)
{
	struct spill s;
	struct err e = ERR_INIT;
	char *in = malloc(3 * SPILL_MEMORY), out[5];
	size_t at[] = { 3 * SPILL_MEMORY - 2, 0, SPILL_MEMORY - 2, 1 }, i;

	(void)state;
	spill_init(&s);
	fill(&s, in, 3 * SPILL_MEMORY - 100, 1000);
	assert_int_equal(spill_read(&s, 0, out, 5, &e), 5);
	/* One may go on adding after reading. */
	for (i = 3 * SPILL_MEMORY - 100; i < 3 * SPILL_MEMORY; i++) {
		in[i] = octet(i);
		assert_int_equal(spill_add(&s, in + i, 1, &e), 0);
	}
	for (i = 0; i < COUNT(at); i++) {
		assert_int_equal(spill_read(&s, (off_t)at[i], out, 5, &e),
		    i == 0 ? 2 : 5);
		assert_memory_equal(out, in + at[i], i == 0 ? 2 : 5);
	}
	assert_int_equal(spill_read(&s, s.size, out, 5, &e), 0);
	assert_int_equal(spill_read(&s, s.size + 5, out, 5, &e), 0);
	spill_free(&s);
	free(in);
}

static size_t
files_in(const char *folder)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

/* The file has no name, is ours alone, and is where TMPDIR says. */
static void
test_nameless(void **state)
{
	char folder[] = "/tmp/spill.XXXXXX";
	struct stat here, there;
	struct spill s;
	char *in = malloc(2 * SPILL_MEMORY);

	(void)state;
	assert_non_null(mkdtemp(folder));
	setenv("TMPDIR", folder, 1);
	spill_init(&s);
	fill(&s, in, 2 * SPILL_MEMORY, 4096);
	assert_int_equal(files_in(folder), 0);
	assert_int_equal(fstat(s.fd, &here), 0);
	assert_int_equal(stat(folder, &there), 0);
	assert_int_equal(here.st_dev, there.st_dev);
	assert_int_equal(here.st_nlink, 0);
	assert_int_equal(here.st_mode & 0777, 0600);
	spill_free(&s);
	unsetenv("TMPDIR");
	assert_int_equal(rmdir(folder), 0);
	free(in);
}

static const char *const folders[][2] = {
	{ "a folder that is not there", "/nonexistent/folder" },
	{ "a file", "/dev/null" },
	{ "not absolute", "." },
	{ "empty", "" },
};

static void
test_tmpdir(void **state)
{
	const char *const *r = *state;
	struct spill s;
	char *in = malloc(2 * SPILL_MEMORY);

	setenv("TMPDIR", r[1], 1);
	spill_init(&s);
	fill(&s, in, 2 * SPILL_MEMORY, 4096);
	unsetenv("TMPDIR");
	assert_int_not_equal(s.fd, -1);
	spill_free(&s);
	free(in);
}

/* A full disk, as a limit on the size of files. */
static void
test_no_room(void **state)
{
	struct rlimit before, limit;
	struct spill s;
	struct err e = ERR_INIT;
	char *p = unit_fill('x', SPILL_MEMORY);
	int r = 0, i;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 3 * SPILL_MEMORY;
	setrlimit(RLIMIT_FSIZE, &limit);
	spill_init(&s);
	for (i = 0; i < 8 && r == 0; i++)
		r = spill_add(&s, p, SPILL_MEMORY, &e);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(r, -1);
	assert_int_equal(i, 5);
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.text, "TMPDIR"));
	spill_free(&s);
	free(p);
}

/* Somebody cut the file behind our back: no silent half of a message. */
static void
test_cut_short(void **state)
{
	struct spill s;
	struct err e = ERR_INIT;
	char *in = malloc(2 * SPILL_MEMORY), out[16];

	(void)state;
	spill_init(&s);
	fill(&s, in, 2 * SPILL_MEMORY, 4096);
	assert_int_equal(spill_read(&s, 0, out, sizeof(out), &e), sizeof(out));
	assert_int_equal(ftruncate(s.fd, 100), 0);
	assert_int_equal(spill_read(&s, 90, out, sizeof(out), &e), 10);
	assert_int_equal(spill_read(&s, 100, out, sizeof(out), &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	spill_free(&s);
	free(in);
}

int
main(void)
{
	UNIT_ROWS(sizes, test_size);
	UNIT_ROWS(folders, test_tmpdir);
	UNIT_TEST(test_anywhere);
	UNIT_TEST(test_nameless);
	UNIT_TEST(test_no_room);
	UNIT_TEST(test_cut_short);
	return unit_run("spill");
}
