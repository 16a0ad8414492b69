#include <inttypes.h>
#include <string.h>

#include "app/state.h"
#include "app/ticket.h"
#include "base/buf.h"
#include "base/fnv.h"
#include "base/str.h"

#define NAME_ROOM	256
#define HOST_SHOWN	100	/* of its octets in the file's name */

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
	struct buf b = BUF_MAX(NAME_ROOM);
	char *path;
	size_t i;

	if (host == NULL || !a->tls ||
	    (!a->tls_certcheck && a->tls_fingerprint == NULL))
		return NULL;
	buf_adds(&b, "tls/");
	for (i = 0; i < HOST_SHOWN && host[i] != '\0'; i++)
		buf_addc(&b, str_alnum(host[i]) || host[i] == '.' ||
		    host[i] == '-' ? str_lower(host[i]) : '_');
	buf_addf(&b, "-%u-%016" PRIx64, port, identity(a, host));
	path = state_path(buf_str(&b));
	buf_free(&b);
	return path;
}
