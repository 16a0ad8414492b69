#include <stdlib.h>

#include "app/state.h"
#include "base/file.h"
#include "base/mem.h"

/* The XDG Base Directory Specification: a relative path is to be ignored. */
char *
state_path(const char *name)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	struct buf b = BUF_MAX(1024 * 1024);
	char *folder = file_home("~/.local/state"), *path;

	buf_addf(&b, "%s/posthorn/%s", xdg != NULL && xdg[0] == '/' ? xdg :
	    folder, name);
	path = mem_str(buf_str(&b));
	free(folder);
	buf_free(&b);
	return path;
}
