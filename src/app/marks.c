#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>

#include "app/marks.h"
#include "base/str.h"

#define STEP_WIDTH	14

static const struct {
	const char	*sign;		/* UTF-8 */
	const char	*word;		/* of one width */
} marks[] = {
	[MARK_GOOD] = { "\xe2\x9c\x93", "ok     " },
	[MARK_BAD] = { "\xe2\x9c\x97", "FAILED " },
	[MARK_CARE] = { "!", "warning" },
	[MARK_UNTRIED] = { "\xe2\x80\x93", "-      " },
};

/* Of the locale that the caller's environment names, which is not ours. */
static int
speaks_utf8(void)
{
	static int known = -1;
	locale_t mine;

	if (known != -1)
		return known;
	mine = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	known = mine != (locale_t)0 &&
	    str_same(nl_langinfo_l(CODESET, mine), "UTF-8");
	if (mine != (locale_t)0)
		freelocale(mine);
	return known;
}

void
mark_step(enum mark mark, const char *step, int64_t ms, const char *fmt, ...)
{
	va_list ap;

	printf("  %s %-*s ", speaks_utf8() ? marks[mark].sign :
	    marks[mark].word, STEP_WIDTH, step);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	if (ms != MARK_NO_TIME)
		printf(" (%lld ms)", (long long)ms);
	putchar('\n');
	fflush(stdout);
}

void
mark_more(const char *fmt, ...)
{
	va_list ap;

	printf("      ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void
mark_head(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}
