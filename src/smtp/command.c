#include <stdarg.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "smtp/command.h"

/* The rule of the door: one line, of a length that servers take. */
static int
let_out(struct buf *out, const struct buf *line, size_t max)
{
	size_t before = out->len;

	if (line->len > max || memchr(buf_str(line), '\0', line->len) != NULL ||
	    strpbrk(buf_str(line), "\r\n") != NULL)
		return -1;
	if (buf_add(out, buf_str(line), line->len) == -1)
		return -1;
	if (buf_add(out, "\r\n", 2) == -1) {
		buf_cut(out, before);
		return -1;
	}
	return 0;
}

int
command_add(struct buf *out, const char *fmt, ...)
{
	struct buf line = BUF_MAX(COMMAND_MAX);
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vaddf(&line, fmt, ap);
	va_end(ap);
	if (r == 0)
		r = let_out(out, &line, COMMAND_MAX);
	if (r == 0)
		log_dialogue("C: %s", str_shown(buf_str(&line), line.len));
	buf_free(&line);
	return r;
}

int
command_secret(struct buf *out, const char *words, const char *secret)
{
	struct buf line = BUF_SECRET(COMMAND_AUTH_MAX);
	int r = -1;

	if (buf_adds(&line, words) == 0 && buf_adds(&line, secret) == 0)
		r = let_out(out, &line, COMMAND_AUTH_MAX);
	if (r == 0)
		log_dialogue("C: %s%s", words, secret[0] != '\0' ? "***" : "");
	buf_free(&line);
	return r;
}
