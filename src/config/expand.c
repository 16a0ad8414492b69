#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "config/expand.h"

#define MAILNAME	"/etc/mailname"

static int
add_user(struct buf *b)
{
	const char *name = getenv("USER");
	struct passwd *pw;

	if (name == NULL || name[0] == '\0')
		name = getenv("LOGNAME");
	if (name == NULL || name[0] == '\0') {
		pw = getpwuid(getuid());
		name = pw != NULL ? pw->pw_name : "nobody";
	}
	return buf_adds(b, name);
}

static int
add_host(struct buf *b)
{
	const char *name = getenv("HOSTNAME");
	char host[256];

	if (name != NULL && name[0] != '\0')
		return buf_adds(b, name);
	if (gethostname(host, sizeof(host)) == -1)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	return buf_adds(b, host[0] != '\0' ? host : "localhost");
}

static int
add_mailname(struct buf *b)
{
	struct buf name = BUF_MAX(1024);
	struct err e = ERR_INIT;
	size_t n;
	int r;

	r = file_read(&name, MAILNAME, NULL, &e);
	n = strcspn(buf_str(&name), " \t\r\n");
	r = r == 0 && n > 0 ? buf_add(b, buf_str(&name), n) : add_host(b);
	buf_free(&name);
	return r;
}

static const struct {
	char	 letter;
	int	(*add)(struct buf *);
} patterns[] = {
	{ 'U', add_user }, { 'H', add_host }, { 'M', add_mailname },
};

#define NPATTERNS	(sizeof(patterns) / sizeof(patterns[0]))

int
expand_add(struct buf *b, const char *text)
{
	size_t i;
	int r = 0;

	for (; *text != '\0' && r == 0; text++) {
		for (i = 0; text[0] == '%' && i < NPATTERNS; i++)
			if (text[1] == patterns[i].letter)
				break;
		if (text[0] != '%' || i == NPATTERNS) {
			r = buf_addc(b, *text);
			continue;
		}
		r = patterns[i].add(b);
		text++;
	}
	return r;
}
