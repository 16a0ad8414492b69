#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/ticket.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/fnv.h"
#include "base/mem.h"
#include "base/str.h"

#define PATH_ROOM	8192
#define HOST_SHOWN	100	/* of its octets in the file's name */

/* The XDG Base Directory Specification: a relative path is to be ignored. */
static void
add_state_folder(struct buf *b)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	char *home;

	if (xdg != NULL && xdg[0] == '/') {
		buf_adds(b, xdg);
		return;
	}
	home = file_home("~/.local/state");
	buf_adds(b, home);
	free(home);
}

/* With the NUL: what follows is something else. */
static uint64_t
add_text(uint64_t hash, const char *s)
{
	return s != NULL ? fnv_add(hash, s, strlen(s) + 1) :
	    fnv_add(hash, "\1", 2);
}

static uint64_t
identity(const struct account *a, const char *host)
{
	return add_text(add_text(add_text(FNV_START, a->name), a->user), host);
}

char *
ticket_path(const struct account *a, const char *host, unsigned port)
{
	struct buf b = BUF_MAX(PATH_ROOM);
	char *path = NULL;
	size_t i;

	if (host == NULL || !a->tls ||
	    (!a->tls_certcheck && a->tls_fingerprint == NULL))
		return NULL;
	add_state_folder(&b);
	buf_adds(&b, "/posthorn/tls/");
	for (i = 0; i < HOST_SHOWN && host[i] != '\0'; i++)
		buf_addc(&b, str_alnum(host[i]) || host[i] == '.' ||
		    host[i] == '-' ? str_lower(host[i]) : '_');
	if (buf_addf(&b, "-%u-%016" PRIx64, port, identity(a, host)) == 0)
		path = mem_str(buf_str(&b));
	buf_free(&b);
	return path;
}
