#include <stdarg.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/log.h"

#define LOG_LINE_MAX	(70 * 1024)

static enum log_level wanted = LOG_LEVEL_QUIET;
static log_sink *sink, *dialogue;

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

void
log_open_dialogue(log_sink *to)
{
	dialogue = to;
}

static void __attribute__((format(printf, 3, 0)))
say(log_sink *to, enum log_level level, const char *fmt, va_list ap)
{
	struct buf line = BUF_MAX(LOG_LINE_MAX);

	buf_vaddf(&line, fmt, ap);
	to(level, buf_str(&line));
	buf_free(&line);
}

/* To the one who asked for this level, and to the file of the dialogue. */
static void __attribute__((format(printf, 2, 0)))
say_both(enum log_level level, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	if (log_wants(level))
		say(sink, level, fmt, ap);
	if (dialogue != NULL)
		say(dialogue, level, fmt, again);
	va_end(again);
}

void
log_story(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_both(LOG_LEVEL_STORY, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	va_start(ap, fmt);
	say(sink, LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}

int
log_wants_dialogue(void)
{
	return dialogue != NULL || log_wants(LOG_LEVEL_DEBUG);
}

void
log_dialogue(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_both(LOG_LEVEL_DEBUG, fmt, ap);
	va_end(ap);
}

void
log_remark(const char *fmt, ...)
{
	va_list ap;

	if (dialogue == NULL)
		return;
	va_start(ap, fmt);
	say(dialogue, LOG_LEVEL_QUIET, fmt, ap);
	va_end(ap);
}
