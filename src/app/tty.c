#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <string.h>
#include <unistd.h>

#include "app/tty.h"
#include "base/str.h"

#define TTY_PASSWORD_MAX	1024

int
tty_password(void *unused, const struct cred_params *p, struct buf *out,
    struct err *e)
{
	char prompt[512], word[TTY_PASSWORD_MAX] = "";
	struct buf text = BUF_MAX(sizeof(prompt) - 1);
	int r = -1;

	(void)unused;
	if (buf_addf(&text, "password for %s at %s: ",
	    str_shown(p->user, strlen(p->user)), p->host == NULL ?
	    "this account" : str_shown(p->host, strlen(p->host))) == -1)
		buf_adds(&text, "password: ");
	if (readpassphrase(buf_str(&text), word, sizeof(word),
	    RPP_REQUIRE_TTY) == NULL) {
		if (errno == EINTR)
			err_set(e, ERR_TEMP, "interrupted; nothing was sent");
		else
			err_set(e, ERR_CONFIG, "no password and no terminal "
			    "to ask on; set \"passwordeval\" in the "
			    "configuration");
	} else if (word[0] == '\0')
		err_set(e, ERR_TEMP, "no password was given; nothing was "
		    "sent");
	else if (strlen(word) == sizeof(word) - 1)
		err_set(e, ERR_TEMP, "the password is too long to be typed; "
		    "nothing was sent");
	else
		r = buf_adds(out, word);
	explicit_bzero(word, sizeof(word));
	buf_free(&text);
	return r;
}
