#include "unit.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/secret.h"

#if defined(__linux__)
#include <sys/prctl.h>

static int
is_dumpable(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}
#else
#define is_dumpable()	(-1)
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED	1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED	1
#endif
#ifndef SANITIZED
#define SANITIZED	0
#endif

static const struct {
	const char	*name;
	size_t		 size, times;
} sizes[] = {
	{ "none", 0, 3 },
	{ "one octet", 1, 100 },
	{ "fifteen", 15, 100 },
	{ "sixteen", 16, 100 },
	{ "many small ones", 40, 5000 },
	{ "half a chunk", 8192, 5 },
	{ "a chunk but for what it needs itself", 16384 - 48, 3 },
	{ "one octet more", 16384 - 47, 3 },
	{ "a large one", 1000000, 3 },
};

/* Each is zeroed, holds what is put there, and is nobody else's. */
static void
test_size(void **state)
{
	const __typeof__(sizes[0]) *r = *state;
	unsigned char **p = mem_new(r->times, sizeof(*p));
	size_t i, k;

	for (i = 0; i < r->times; i++) {
		p[i] = secret_new(r->size);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		for (k = 0; k < r->size; k++)
			assert_int_equal(p[i][k], 0);
		memset(p[i], (int)(i % 255 + 1), r->size);
		assert_true(r->size == 0 || secret_is(p[i]));
	}
	for (i = 0; i < r->times; i++)
		for (k = 0; k < r->size; k++)
			assert_int_equal(p[i][k], i % 255 + 1);
	for (i = 0; i < r->times; i += 2)
		secret_free(p[i]);
	for (i = 1; i < r->times; i += 2) {
		for (k = 0; k < r->size; k++)
			assert_int_equal(p[i][k], i % 255 + 1);
		secret_free(p[i]);
	}
	free(p);
}

static const struct {
	const char	*name;
	size_t		 from, to;
	int		 last;		/* nothing comes behind it */
} grows[] = {
	{ "from nothing", 0, 10, 1 },
	{ "the last one", 10, 100, 1 },
	{ "within its last octets", 10, 11, 1 },
	{ "the last one, past the chunk", 10, 20000, 1 },
	{ "not the last one", 10, 100, 0 },
	{ "not the last one, past the chunk", 10, 20000, 0 },
	{ "smaller, which it does not become", 100, 10, 1 },
};

static void
test_grow(void **state)
{
	const __typeof__(grows[0]) *r = *state;
	char *p = r->from > 0 ? secret_new(r->from) : NULL, *behind = NULL;
	size_t i;

	if (r->from > 0)
		memset(p, 'x', r->from);
	if (!r->last)
		behind = secret_str("behind");
	p = secret_grow(p, r->to);
	for (i = 0; i < r->from && i < r->to; i++)
		assert_int_equal(p[i], 'x');
	for (; i < r->to; i++)
		assert_int_equal(p[i], 0);
	if (behind != NULL)
		assert_string_equal(behind, "behind");
	secret_free(behind);
	secret_free(p);
}

/* What was released is zero, for whoever gets it next. */
static void
test_wiped(void **state)
{
	char *stays = secret_str("stays"), *p = secret_new(100), *again;
	size_t i;

	(void)state;
	memset(p, 'x', 100);
	secret_free(p);
	again = secret_new(100);
	assert_ptr_equal(p, again);
	for (i = 0; i < 100; i++)
		assert_int_equal(again[i], 0);
	secret_free(again);
	secret_free(stays);
	secret_free(NULL);
}

/* The page is gone with the last secret in it. */
static void
test_unmapped(void **state)
{
	char *p = secret_str("x"), *q = secret_strn("yz", 1);
	char *page = p - (uintptr_t)p % (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)state;
	assert_string_equal(q, "y");
	assert_int_equal(msync(page, 1, MS_ASYNC), 0);
	secret_free(p);
	assert_true(secret_is(q));
	assert_int_equal(msync(page, 1, MS_ASYNC), 0);
	mem_wipe(q);
	assert_false(secret_is(q));
	assert_int_equal(msync(page, 1, MS_ASYNC), -1);
	assert_false(secret_is(state));
}

/* Reading one octet too far, or what was released, ends a sanitized test. */
static volatile char got;

static void
read_too_far(void)
{
	volatile char *p = secret_str("abc");

	got = p[4];
}

static void
read_before(void)
{
	volatile char *p = secret_str("abc");

	got = p[-1];
}

static void
read_released(void)
{
	char *stays = secret_str("abc");
	volatile char *p = secret_str("abc");

	secret_free((char *)(uintptr_t)p);
	got = p[0];
	secret_free(stays);
}

static const struct {
	const char	*name;
	void		(*run)(void);
} faults[] = {
	{ "too far", read_too_far },
	{ "before", read_before },
	{ "released", read_released },
};

static void
test_fault(void **state)
{
	const __typeof__(faults[0]) *r = *state;
	int status = 0;
	pid_t pid;

	if (!SANITIZED)
		skip();
	pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		r->run();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_not_equal(status, 0);
}

static rlim_t
core_limit(void)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_CORE, &l), 0);
	return l.rlim_cur;
}

static rlim_t
allow_core(void)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_CORE, &l), 0);
	l.rlim_cur = l.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_CORE, &l), 0);
	return l.rlim_max;
}

/* No core file from the first secret to the last, and then as before. */
static void
test_hold(void **state)
{
	rlim_t most = allow_core();
	char *large, *p, *q;

	(void)state;
	assert_int_equal(is_dumpable(), 1);
	p = secret_str("x");
	assert_int_equal(is_dumpable(), 0);
	assert_int_equal(core_limit(), 0);
	q = secret_str("y");
	large = secret_new(100000);
	secret_free(p);
	secret_free(q);
	assert_int_equal(is_dumpable(), 0);
	assert_int_equal(core_limit(), 0);
	secret_hold();
	secret_free(large);
	assert_int_equal(is_dumpable(), 0);
	secret_drop();
	assert_int_equal(is_dumpable(), 1);
	assert_int_equal(core_limit(), most);
}

static void
drop_too_often(void)
{
	secret_drop();
}

static void
test_drop(void **state)
{
	(void)state;
	assert_true(unit_aborts(drop_too_often));
}

/* How many KiB of the process are locked; -1 where there is no such file. */
static long
locked(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long n = -1;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmLck: %ld", &n) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return n;
}

static void
test_locked(void **state)
{
	long at_first = locked(), then;
	char *p;

	(void)state;
	if (at_first == -1 || SANITIZED)
		skip();			/* sanitizers lock nothing */
	p = secret_str("x");
	then = locked();
	secret_free(p);
	assert_true(then > at_first);
	assert_int_equal(locked(), at_first);
}

/* In a process of its own: one that changes its user is not dumpable. */
static void
without_locks(void)
{
	static const struct rlimit none = { 0, 0 };
	char *p;

	setrlimit(RLIMIT_MEMLOCK, &none);
	if (setuid(65534) == -1 && geteuid() == 0)
		_exit(1);
	p = secret_str("x");
	if (strcmp(p, "x") != 0)
		_exit(2);
	secret_free(p);
	_exit(0);
}

static void
test_not_locked(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		without_locks();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A buffer of this kind is one all its life. */
static void
test_buf(void **state)
{
	struct buf b = BUF_SECRET(100000);
	int i, k;

	(void)state;
	for (k = 0; k < 3; k++) {
		for (i = 0; i < 1000; i++)
			assert_int_equal(buf_addf(&b, "%d,", i), 0);
		assert_true(secret_is(b.data));
		assert_memory_equal(b.data, "0,1,2,", 6);
		assert_string_equal(b.data + b.len - 4, "999,");
		buf_cut(&b, 3);
		assert_string_equal(buf_str(&b), "0,1");
		if (k == 1)
			buf_drop(&b);
		else
			buf_free(&b);
		assert_false(secret_is(b.data));
		assert_int_equal(b.max, 100000);
	}
	assert_int_equal(is_dumpable(), 1);
}

int
main(void)
{
	UNIT_ROWS(sizes, test_size);
	UNIT_ROWS(grows, test_grow);
	UNIT_ROWS(faults, test_fault);
	UNIT_TEST(test_wiped);
	UNIT_TEST(test_unmapped);
	UNIT_TEST(test_hold);
	UNIT_TEST(test_drop);
	UNIT_TEST(test_locked);
	UNIT_TEST(test_not_locked);
	UNIT_TEST(test_buf);
	return unit_run("secret");
}
