#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <string.h>
#include <unistd.h>

#include "app/tty.h"

#define TTY_PASSWORD_MAX	1024
#define TTY_PROMPT_MAX		1024

int
tty_password(void *unused, const struct cred_params *p, struct buf *out,
    struct err *e)
{
	char word[TTY_PASSWORD_MAX] = "";
	struct buf text = BUF_MAX(TTY_PROMPT_MAX);
	int r = -1;

	(void)unused;
	cred_prompt(p, &text);
	if (readpassphrase(buf_str(&text), word, sizeof(word),
	    RPP_REQUIRE_TTY) == NULL)
		r = errno != EINTR ? 0 : err_set(e, ERR_TEMP, "interrupted");
	else if (word[0] == '\0')
		err_set(e, ERR_TEMP, "no password was given");
	else if (strlen(word) == sizeof(word) - 1)
		err_set(e, ERR_TEMP, "the password is too long to be typed");
	else if (buf_adds(out, word) == -1)
		err_set(e, ERR_TEMP, "the password is too long");
	else
		r = 1;
	explicit_bzero(word, sizeof(word));
	buf_free(&text);
	return r;
}

int
tty_is_there(void *unused)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	(void)unused;
	if (fd == -1)
		return 0;
	close(fd);
	return 1;
}
