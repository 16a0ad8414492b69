#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/host.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"

#define NAME_ROOM	256
#define MAILNAME	"/etc/mailname"

const char *
host_name(void)
{
	static char name[NAME_ROOM];

	if (name[0] == '\0' && gethostname(name, sizeof(name)) == -1)
		name[0] = '\0';
	name[sizeof(name) - 1] = '\0';
	return name;
}

const char *
host_mailname(void)
{
	static char name[NAME_ROOM];
	static int known;
	struct buf text = BUF_MAX(4096);
	struct err ignored = ERR_INIT;

	if (!known && file_read(&text, MAILNAME, NULL, &ignored) == 0) {
		buf_cut(&text, strcspn(buf_str(&text), " \t\r\n"));
		if (text.len < sizeof(name))
			strlcpy(name, buf_str(&text), sizeof(name));
	}
	known = 1;
	buf_free(&text);
	return name;
}

/* Letters, digits, hyphens and dots, with a dot inside (RFC 5321 2.3.5). */
static int
is_fqdn(const char *s)
{
	size_t i, n = strlen(s);
	const char *dot = strchr(s, '.');

	if (n == 0 || n > 253 || dot == NULL || dot == s || s[n - 1] == '.')
		return 0;
	for (i = 0; i < n; i++)
		if (!str_alnum(s[i]) && s[i] != '-' &&
		    (s[i] != '.' || s[i + 1] == '.'))
			return 0;
	return !str_begins(s, n, "localhost.");
}

const char *
host_canonical(void)
{
	static char name[NAME_ROOM];
	static int known;
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME };
	struct addrinfo *ai = NULL;

	if (!known && host_name()[0] != '\0' &&
	    getaddrinfo(host_name(), NULL, &hints, &ai) == 0) {
		if (ai->ai_canonname != NULL &&
		    is_fqdn(ai->ai_canonname))
			strlcpy(name, ai->ai_canonname, sizeof(name));
		freeaddrinfo(ai);
	}
	known = 1;
	return name;
}
