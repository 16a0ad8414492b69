#include <stdio.h>
#include <string.h>

#include "app/remedy.h"
#include "base/str.h"
#include "config/show.h"

static int
in_word(char c)
{
	return str_alnum(c) || c == '_';
}

/* Some keywords are plain English: those count in quotes, or in front. */
static int
is_named(const char *text, const char *word, size_t n)
{
	if (memchr(word, '_', n) != NULL)
		return 1;
	return word == text ? word[n] == ':' : word[-1] == '"' &&
	    word[n] == '"';
}

/* The first keyword of the text that somebody has set, or NULL. */
static const struct keyword *
named(const struct account *a, const char *text)
{
	const struct keyword *k;
	const char *p = text;
	size_t n;

	for (; *p != '\0'; p += n > 0 ? n : 1) {
		for (n = 0; in_word(p[n]); n++)
			;
		k = n > 0 ? keyword_find(p, n) : NULL;
		if (k != NULL && show_is_set(a, k) && is_named(text, p, n))
			return k;
	}
	return NULL;
}

/* What says how the server is reached. */
static void
add_way(struct buf *b, const struct account *a)
{
	const struct { const char *keyword, *value, *more; } ways[] = {
		{ "socket", a->socket, "" },
		{ "connect_command", a->connect_command, "" },
		{ "proxy_host", a->proxy_host, ", proxy_port, and whether the "
		    "proxy is up" },
		{ "host", a->host, ", port, and whether the server is up and "
		    "no firewall is between" },
	};
	char where[512];
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].value != NULL)
			break;
	if (i < sizeof(ways) / sizeof(ways[0]))
		buf_addf(b, "; check \"%s\" %s%s", ways[i].keyword,
		    account_place(a, ways[i].keyword, where, sizeof(where)),
		    ways[i].more);
}

/* Does the text end with: check "KEYWORD"? */
static int
ends_in(const char *text, const char *keyword)
{
	size_t n = strlen(text), len = strlen(keyword) + 2;

	return n > len && text[n - len] == '"' && text[n - 1] == '"' &&
	    strncmp(text + n - len + 1, keyword, len - 2) == 0;
}

void
remedy_add(struct buf *b, const struct account *a, enum watch_step step,
    const struct err *why)
{
	const struct keyword *k = named(a, why->text);
	char where[512];

	buf_adds(b, why->text);
	if (k != NULL) {
		account_place(a, k->name, where, sizeof(where));
		if (ends_in(why->text, k->name))
			buf_addf(b, " %s", where);
		else if (strstr(why->text, where) == NULL)
			buf_addf(b, "; %s is set %s", k->name, where);
	} else if (step == WATCH_NAME && why->kind == ERR_TEMP)
		buf_adds(b, "; check the network, and the name servers in "
		    "/etc/resolv.conf");
	else if (step == WATCH_CONNECT)
		add_way(b, a);
}
