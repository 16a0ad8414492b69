#include "unit.h"

#include "base/str.h"
#include "mail/charset.h"

static const struct {
	const char	*name;
	const char	*text;
	size_t		 n;
	const char	*want;
} texts[] = {
	{ "nothing", LIT(""), "us-ascii" },
	{ "ASCII", LIT("abc\177\1"), "us-ascii" },
	{ "a NUL", LIT("a\0b"), "us-ascii" },
	{ "two octets", LIT("\xc3\xa4"), "utf-8" },
	{ "three octets", LIT("\xe2\x82\xac"), "utf-8" },
	{ "four octets", LIT("\xf0\x9f\x8e\x89"), "utf-8" },
	{ "Latin-1", LIT("Gr\xfc\xdf" "e"), CHARSET_UNKNOWN },
	{ "cut short", LIT("caf\xc3"), CHARSET_UNKNOWN },
	{ "overlong", LIT("\xc0\xaf"), CHARSET_UNKNOWN },
	{ "a surrogate", LIT("\xed\xa0\x80"), CHARSET_UNKNOWN },
	{ "over U+10FFFF", LIT("\xf4\x90\x80\x80"), CHARSET_UNKNOWN },
	{ "one that goes on", LIT("\x80"), CHARSET_UNKNOWN },
};

static void
test_text(void **state)
{
	const __typeof__(texts[0]) *r = *state;
	char *copy = unit_copy(r->text, r->n);

	assert_string_equal(charset_of(copy, r->n), r->want);
	free(copy);
}

/* A body is read in blocks of 32 KiB: what stands at their edges counts. */
static const struct {
	const char	*name;
	size_t		 before;	/* octets of ASCII */
	const char	*text;
	size_t		 after;
	const char	*want;
} bodies[] = {
	{ "empty", 0, "", 0, "us-ascii" },
	{ "ASCII", 100000, "", 0, "us-ascii" },
	{ "UTF-8", 0, "\xc3\xa4", 0, "utf-8" },
	{ "UTF-8 at the end", 99999, "\xc3\xa4", 0, "utf-8" },
	{ "two octets over an edge", 32767, "\xc3\xa4", 9, "utf-8" },
	{ "three octets, cut after one", 32767, "\xe2\x82\xac", 9, "utf-8" },
	{ "three octets, cut after two", 32766, "\xe2\x82\xac", 9, "utf-8" },
	{ "four octets, cut after one", 32767, "\xf0\x9f\x8e\x89", 9, "utf-8" },
	{ "four octets, cut after two", 32766, "\xf0\x9f\x8e\x89", 9, "utf-8" },
	{ "four octets, cut after three", 32765, "\xf0\x9f\x8e\x89", 9,
	    "utf-8" },
	{ "whole before an edge", 32764, "\xf0\x9f\x8e\x89", 9, "utf-8" },
	{ "the second edge", 65535, "\xc3\xa4", 9, "utf-8" },
	{ "over the edge to nothing", 32767, "\xc3", 0, CHARSET_UNKNOWN },
	{ "over the edge to ASCII", 32767, "\xc3", 9, CHARSET_UNKNOWN },
	{ "three of four, and the end", 32765, "\xf0\x9f\x8e", 0,
	    CHARSET_UNKNOWN },
	{ "Latin-1", 10, "\xfc", 10, CHARSET_UNKNOWN },
	{ "Latin-1 in a file", 300000, "\xfc", 10, CHARSET_UNKNOWN },
	{ "UTF-8 in a file", 300000, "\xc3\xa4", 300000, "utf-8" },
	{ "Latin-1 before an edge", 32764, "\xfc" "abc", 9, CHARSET_UNKNOWN },
};

static void
test_body(void **state)
{
	const __typeof__(bodies[0]) *r = *state;
	char *before = unit_fill('a', r->before);
	char *after = unit_fill('b', r->after);
	struct spill body;
	struct err e = ERR_INIT;

	spill_init(&body);
	spill_add(&body, before, r->before, &e);
	spill_add(&body, r->text, strlen(r->text), &e);
	spill_add(&body, after, r->after, &e);
	assert_string_equal(charset_of_body(&body, &e), r->want);
	assert_int_equal(e.kind, ERR_NONE);
	spill_free(&body);
	free(before);
	free(after);
}

static const struct {
	const char	*name;
	off_t		 from, to;
	const char	*want;
} stretches[] = {
	{ "all", 0, 9, CHARSET_UNKNOWN },
	{ "nothing", 3, 3, "us-ascii" },
	{ "before", 0, 2, "us-ascii" },
	{ "UTF-8", 2, 4, "utf-8" },
	{ "half of a character", 2, 3, CHARSET_UNKNOWN },
	{ "the other half", 3, 4, CHARSET_UNKNOWN },
	{ "between", 4, 6, "us-ascii" },
	{ "Latin-1", 6, 7, CHARSET_UNKNOWN },
	{ "behind", 7, 9, "us-ascii" },
};

static void
test_stretch(void **state)
{
	const __typeof__(stretches[0]) *r = *state;
	struct spill body;
	struct err e = ERR_INIT;

	spill_init(&body);
	spill_add(&body, "ab\xc3\xa4" "cd\xe4" "ef", 9, &e);
	assert_string_equal(charset_of_part(&body, r->from, r->to, &e),
	    r->want);
	spill_free(&body);
}

static void
test_unreadable(void **state)
{
	struct spill body;
	struct err e = ERR_INIT;
	char *text = unit_fill('a', 300000);

	(void)state;
	spill_init(&body);
	assert_int_equal(spill_add(&body, text, 300000, &e), 0);
	assert_int_equal(spill_read(&body, 0, text, 1, &e), 1);
	assert_int_equal(ftruncate(body.fd, 1000), 0);
	assert_null(charset_of_body(&body, &e));
	assert_int_equal(e.kind, ERR_IO);
	spill_free(&body);
	free(text);
}

static const struct {
	const char	*name;
	size_t		 width;
	const char	*want;
} labels[] = {
	{ "ISO-8859-1", 1, "iso-8859-1" },
	{ "ISO-8859-15", 1, "iso-8859-15" },
	{ "KOI8-R", 1, "koi8-r" },
	{ "CP1252", 1, "windows-1252" },
	{ "CP1251", 1, "windows-1251" },
	{ "CP866", 1, "cp866" },
	{ "TIS-620", 1, "tis-620" },
	{ "UTF-8", 6, CHARSET_UNKNOWN },
	{ "utf8", 1, CHARSET_UNKNOWN },
	{ "ANSI_X3.4-1968", 1, CHARSET_UNKNOWN },
	{ "US-ASCII", 1, CHARSET_UNKNOWN },
	{ "646", 1, CHARSET_UNKNOWN },
	{ "", 1, CHARSET_UNKNOWN },
	{ "EUC-JP", 3, CHARSET_UNKNOWN },
	{ "GB18030", 4, CHARSET_UNKNOWN },
	{ "BIG5", 2, CHARSET_UNKNOWN },
	{ "a?b", 1, CHARSET_UNKNOWN },
	{ "a'b", 1, CHARSET_UNKNOWN },
	{ "a b", 1, CHARSET_UNKNOWN },
	{ "a-name-of-over-24-octets-x", 1, CHARSET_UNKNOWN },
};

static void
test_label(void **state)
{
	const __typeof__(labels[0]) *r = *state;
	struct buf b = BUF_MAX(CHARSET_MAX);

	charset_label(&b, r->name, r->width);
	assert_string_equal(buf_str(&b), r->want);
	buf_free(&b);
}

static void
test_fallback(void **state)
{
	(void)state;
	assert_string_equal(charset_fallback(), CHARSET_UNKNOWN);
	assert_ptr_equal(charset_fallback(), charset_of("\xff", 1));
}

/* The program's exit status, or -1. */
static int
run(char *const argv[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* In a child, since the answer is kept. */
static int
fallback_is(const char *folder, const char *locale, const char *want)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		setenv("LOCPATH", folder, 1);
		setenv("LC_ALL", locale, 1);
		_exit(strcmp(charset_fallback(), want) != 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Locales are made for it, where there is what makes them. */
static void
test_locale(void **state)
{
	static const char *const made[][3] = {
		{ "latin1", "ISO-8859-1", "iso-8859-1" },
		{ "koi", "KOI8-R", "koi8-r" },
		{ "windows", "CP1252", "windows-1252" },
		{ "utf", "UTF-8", CHARSET_UNKNOWN },
		{ "korean", "EUC-KR", CHARSET_UNKNOWN },
	};
	char folder[] = "/tmp/test-charset.XXXXXX", path[100];
	int good = 1, status = 1;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (i = 0; i < COUNT(made) && status <= 1; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, made[i][0]);
		status = run((char *const[]){ "localedef", "-c", "-i",
		    "POSIX", "-f", (char *)(uintptr_t)made[i][1], path,
		    NULL });
		if (status <= 1 && access(path, F_OK) == 0)
			good &= fallback_is(folder, made[i][0], made[i][2]);
	}
	good &= fallback_is(folder, "none", CHARSET_UNKNOWN);
	run((char *const[]){ "rm", "-rf", folder, NULL });
	if (status > 1)
		skip();
	assert_true(good);
}

int
main(void)
{
	setenv("LC_ALL", "C", 1);
	UNIT_TEST(test_locale);		/* before anything asks */
	UNIT_ROWS(texts, test_text);
	UNIT_ROWS(bodies, test_body);
	UNIT_ROWS(stretches, test_stretch);
	UNIT_ROWS(labels, test_label);
	UNIT_TEST(test_unreadable);
	UNIT_TEST(test_fallback);
	return unit_run("charset");
}
