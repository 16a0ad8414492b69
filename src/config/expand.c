#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/expand.h"

static int
add_user(struct buf *b, struct err *e)
{
	const char *name = getenv("USER");
	struct passwd *pw;

	if (name == NULL || name[0] == '\0')
		name = getenv("LOGNAME");
	if (name == NULL || name[0] == '\0') {
		pw = getpwuid(getuid());
		name = pw != NULL ? pw->pw_name : NULL;
	}
	if (name == NULL)
		return err_set(e, ERR_CONFIG, "%%U: uid %u has no name; set "
		    "$USER, or write the name", (unsigned)getuid());
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

int
expand_add(struct buf *b, const char *text, struct err *e)
{
	int r = 0;

	for (; *text != '\0' && r == 0; text++) {
		if (text[0] == '%' && text[1] == 'U') {
			r = add_user(b, e);
			text++;
		} else if (text[0] == '%' && text[1] == 'H') {
			r = add_host(b);
			text++;
		} else
			r = buf_addc(b, *text);
	}
	return r == 0 || e->kind != ERR_NONE ? r :
	    err_set(e, ERR_CONFIG, "too long");
}

int
expand_waits(const char *text, char letter)
{
	const char sign[] = { '%', letter, '\0' };

	return strstr(text, sign) != NULL;
}

int
expand_late(struct buf *b, const char *text, const char *canonical,
    const char *maildomain)
{
	int r = 0;

	for (; *text != '\0' && r == 0; text++) {
		if (text[0] == '%' && (text[1] == 'C' || text[1] == 'M')) {
			r = buf_adds(b, text[1] == 'C' ? canonical :
			    maildomain);
			text++;
		} else
			r = buf_addc(b, *text);
	}
	return r;
}
