/*
 * unit.h - each row of a table is a test of its own, with its name, in cmocka.
 *
 * A row is a struct whose first member is its name; the test finds it in
 * *state.  Text under test is handed over in copies of its exact size, so that
 * a sanitizer sees a byte read too far.
 */
#ifndef UNIT_H
#define UNIT_H

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define UNIT_MAX	1024

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
/* A literal and its length, NULs in it included. */
#define LIT(s)		(s), sizeof(s) - 1
/* Every row of a table, or a function by itself, is a test from now on. */
#define UNIT_ROWS(table, run) \
	unit_rows(#table, (table), COUNT(table), sizeof((table)[0]), (run))
#define UNIT_TEST(run)	unit_add(#run, "", (run), NULL)

static struct CMUnitTest unit_tests[UNIT_MAX];
static size_t unit_count;

static inline void
unit_add(const char *group, const char *name, CMUnitTestFunction run,
    const void *row)
{
	char *full = NULL;

	if (unit_count == UNIT_MAX ||
	    asprintf(&full, "%s%s%s", group, name[0] != '\0' ? ": " : "",
	    name) == -1)
		abort();
	unit_tests[unit_count++] = (struct CMUnitTest){ .name = full,
	    .test_func = run, .initial_state = (void *)(uintptr_t)row };
}

static inline void
unit_rows(const char *group, const void *table, size_t n, size_t size,
    CMUnitTestFunction run)
{
	const char *row = table;
	size_t i;

	for (i = 0; i < n; i++, row += size)
		unit_add(group, *(const char *const *)(const void *)row, run,
		    row);
}

/* Runs them all; what main() returns: how many failed, as far as it goes. */
static inline int
unit_run(const char *group)
{
	int failed = _cmocka_run_group_tests(group, unit_tests, unit_count,
	    NULL, NULL);
	size_t i;

	for (i = 0; i < unit_count; i++)
		free((void *)(uintptr_t)unit_tests[i].name);
	return failed > 100 ? 100 : failed;
}

/* A copy without a spare byte; release with free(). */
static inline char *
unit_copy(const void *p, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, p, n);
	return copy;
}

/* n times the same character, NUL-terminated; release with free(). */
static inline char *
unit_fill(char c, size_t n)
{
	char *s = malloc(n + 1);

	if (s == NULL)
		abort();
	memset(s, c, n);
	s[n] = '\0';
	return s;
}

/* Does it end in a failed assertion? */
static inline int
unit_aborts(void (*run)(void))
{
	static const struct rlimit no_core = { 0, 0 };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		close(STDERR_FILENO);
		run();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGABRT;
}

/* What a descriptor says until its end, or until it has said so much. */
static inline void
unit_hear(int fd, char *out, size_t size)
{
	size_t n = 0;
	ssize_t r;

	do {
		poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 60000);
		r = read(fd, out + n, size - 1 - n);
		n += r > 0 ? (size_t)r : 0;
	} while (r > 0 && n < size - 1);
	out[n] = '\0';
}

#endif
