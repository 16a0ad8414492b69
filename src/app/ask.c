#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/ask.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "base/wait.h"

#define ANSWER_MAX	256
#define PATIENCE_MS	(600 * 1000)	/* for all of the answer */
#define TIMES		5		/* that we ask */

static int
open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd != -1 && tcgetpgrp(fd) != getpgrp()) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void
show(int fd, const char *text)
{
	file_write_all(fd, text, strlen(text));
}

/* One character.  Returns 1, 0 at the end, or -1 when *stop is set. */
static int
take_char(int fd, char *c, int64_t deadline, const struct ask *a)
{
	ssize_t n;

	do {
		if (wait_fd(fd, POLLIN, deadline, a->stop) == 0)
			return 0;
		if (a->stop != NULL && *a->stop)
			return -1;
		n = read(fd, c, 1);
	} while (n == -1 && errno == EINTR);
	return n == 1;
}

/* One line without blanks around it; its end is cut off if it is too long to be
 * any answer.  A CR ends it where the terminal is in some mode of another's.
 * Returns as take_char(). */
static int
take_line(int fd, struct buf *line, int64_t deadline, const struct ask *a)
{
	char c;
	int r;

	buf_clear(line);
	while ((r = take_char(fd, &c, deadline, a)) == 1 && c != '\n' &&
	    c != '\r')
		if (line->len > 0 || !str_gap(c))
			(void)buf_addc(line, c);
	while (line->len > 0 && str_gap(line->data[line->len - 1]))
		buf_cut(line, line->len - 1);
	return r;
}

/* ASK_NOTHING if it is no answer. */
static enum ask_answer
understand(const struct ask *a, const char *word)
{
	if (str_same(word, "yes") ||
	    (a->exact != NULL && strcmp(word, a->exact) == 0))
		return ASK_YES;
	if (str_same(word, "no"))
		return ASK_NO;
	if (a->other != NULL && str_same(word, a->other))
		return ASK_OTHER;
	return ASK_NOTHING;
}

static void
explain(int fd, const struct ask *a, const char *word)
{
	/* Somebody has compared, and it is another one. */
	if (a->exact != NULL && strlen(word) == strlen(a->exact))
		show(fd, "That is NOT what the server has shown.  ");
	show(fd, "Please type \"yes\" or \"no\" in full");
	if (a->other != NULL) {
		show(fd, ", or \"");
		show(fd, a->other);
		show(fd, "\"");
	}
	show(fd, ".\n");
}

static enum ask_answer
converse(int fd, const struct ask *a)
{
	struct buf line = BUF_MAX(ANSWER_MAX);
	int64_t deadline = clock_in(PATIENCE_MS);
	enum ask_answer answer = ASK_NOTHING;
	int i, r;

	tcflush(fd, TCIFLUSH);
	show(fd, a->text);
	for (i = 0; i < TIMES && answer == ASK_NOTHING; i++) {
		show(fd, a->question);
		r = take_line(fd, &line, deadline, a);
		if (r != 1) {
			show(fd, "\n");
			answer = r == -1 ? ASK_STOPPED : ASK_NOTHING;
			break;
		}
		answer = understand(a, buf_str(&line));
		if (answer == ASK_NOTHING && i + 1 < TIMES)
			explain(fd, a, buf_str(&line));
	}
	buf_free(&line);
	return answer;
}

enum ask_answer
ask(const struct ask *a)
{
	enum ask_answer answer;
	int fd = open_terminal();

	if (fd == -1)
		return ASK_NOBODY;
	answer = converse(fd, a);
	close(fd);
	return answer;
}
