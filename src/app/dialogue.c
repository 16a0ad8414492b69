#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/about.h"
#include "app/dialogue.h"
#include "app/report.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"

#define HEAD_ROOM	2
#define DIALOGUE_LINE_MAX	(80 * 1024)

/* Open for all of the process. */
static struct {
	int	 fd;
	char	 shown[STR_SHOW_MAX + 8];
} file = { -1, "" };

/* As Sendmail has it: who said it, seen from here. */
static const struct { const char *said, *sign; } signs[] = {
	{ "C: ", ">>> " }, { "S: ", "<<< " }, { "=== ", "=== " },
	{ "", "=== " },			/* the rest */
};

/* Local time, with milliseconds and the offset from UTC (RFC 3339). */
static void
add_stamp(struct buf *b)
{
	char date[64], zone[16];
	struct timespec now;
	struct tm tm;

	if (clock_gettime(CLOCK_REALTIME, &now) == -1 ||
	    localtime_r(&now.tv_sec, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0 ||
	    strftime(zone, sizeof(zone), "%z", &tm) != 5)
		return;
	buf_addf(b, "%s.%03ld%.3s:%s", date, now.tv_nsec / 1000000, zone,
	    zone + 3);
}

/* A disk that is full must not keep the message from its way. */
static void
give_up(void)
{
	char text[sizeof(file.shown) + 128];
	struct buf b = BUF_MAX(sizeof(text));

	buf_addf(&b, "-X %s: %s; the rest of the dialogue is not written",
	    file.shown, strerror(errno));
	close(file.fd);
	file.fd = -1;
	log_open_dialogue(NULL);	/* which report_error() would use */
	report_error(buf_str(&b));
	buf_free(&b);
}

/*
 * One write a line, so that lines of several processes do not mix.  PHP runs
 * what is between two signs wherever it stands, so the first is broken up.
 */
static void
put_line(enum log_level level, const char *line)
{
	struct buf b = BUF_MAX(DIALOGUE_LINE_MAX);
	size_t i;

	(void)level;
	for (i = 0; !str_begins(line, strlen(line), signs[i].said); i++)
		;
	add_stamp(&b);
	buf_addf(&b, " %ld %s", (long)getpid(), signs[i].sign);
	for (line += strlen(signs[i].said); *line != '\0'; line++)
		if (buf_addc(&b, *line) == -1)
			break;
		else if (line[0] == '<' && line[1] == '?')
			buf_addc(&b, '\\');
	buf_addc(&b, '\n');
	if (file.fd != -1 && file_write_all(file.fd, buf_str(&b), b.len) == -1)
		give_up();
	buf_free(&b);
}

static int
refuse(const char *why, struct err *e)
{
	return err_set(e, ERR_NOPERM, "-X %s: %s; nothing was sent",
	    file.shown, why);
}

/* Would somebody run it?  A page of a web server's, or a script. */
static int
is_run(const struct stat *st, const char *text, size_t n)
{
	return st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH) ||
	    str_begins(text, n, "<") || str_begins(text, n, "#!");
}

/* What somebody else may have put there, or would read, is not for us. */
static int
check(int fd, struct err *e)
{
	char text[HEAD_ROOM];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return refuse(strerror(errno), e);
	if (!S_ISREG(st.st_mode))
		return refuse("not a regular file", e);
	if (st.st_uid != geteuid())
		return refuse("it is another user's", e);
	if (st.st_nlink != 1)
		return refuse("it has several names (hard links)", e);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return refuse("others can write to it; run: chmod go-w on it",
		    e);
	n = pread(fd, text, sizeof(text), 0);
	if (n == -1)
		return refuse(strerror(errno), e);
	if (is_run(&st, text, (size_t)n))
		return refuse("it is a program or a page; give a file of its "
		    "own", e);
	return 0;
}

/* What open() says of a link differs between systems. */
static const char *
why_not_open(void)
{
	if (errno == ELOOP || errno == EMLINK)
		return "a symbolic link";
	if (errno == ENOENT)
		return "it must be there already; make an empty file";
	if (errno == ENXIO)
		return "not a regular file";
	return strerror(errno);
}

int
dialogue_open(const char *path, struct err *e)
{
	int fd;

	strlcpy(file.shown, str_shown(path, strlen(path)),
	    sizeof(file.shown));
	fd = open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return refuse(why_not_open(), e);
	if (check(fd, e) == -1) {
		close(fd);
		return -1;
	}
	file.fd = fd;
	log_open_dialogue(put_line);
	return 0;
}

void
dialogue_begin(const struct account *a)
{
	struct buf line = BUF_MAX(DIALOGUE_LINE_MAX / 2);

	if (file.fd == -1)
		return;
	buf_addf(&line, "=== posthorn " VERSION ": account %s, ",
	    str_shown(a->name, strlen(a->name)));
	account_servers(a, &line);
	put_line(LOG_LEVEL_DEBUG, buf_str(&line));
	buf_free(&line);
}
