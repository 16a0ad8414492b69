#include <stdarg.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/log.h"

#define LOG_LINE_MAX	(70 * 1024)

static enum log_level wanted = LOG_LEVEL_QUIET;
static log_sink *sink;

void
log_open(enum log_level level, log_sink *to)
{
	wanted = to != NULL ? level : LOG_LEVEL_QUIET;
	sink = to;
}

int
log_wants(enum log_level level)
{
	return level <= wanted;
}

static void __attribute__((format(printf, 2, 0)))
say(enum log_level level, const char *fmt, va_list ap)
{
	struct buf line = BUF_MAX(LOG_LINE_MAX);

	buf_vaddf(&line, fmt, ap);
	sink(level, buf_str(&line));
	buf_free(&line);
}

void
log_story(const char *fmt, ...)
{
	va_list ap;

	if (!log_wants(LOG_LEVEL_STORY))
		return;
	va_start(ap, fmt);
	say(LOG_LEVEL_STORY, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	va_start(ap, fmt);
	say(LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}
