#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "net/socks.h"

#define PROTOCOL	5
#define LOGIN_VERSION	1
#define FIELD_MAX	255		/* its length is one octet */

enum { METHOD_NONE = 0, METHOD_PASSWORD = 2, METHOD_REFUSED = 0xff };
enum { ATYP_IPV4 = 1, ATYP_NAME = 3, ATYP_IPV6 = 4 };
enum { CMD_CONNECT = 1 };

/* For people. */
static const char *
server(const struct socks *s)
{
	char text[FIELD_MAX + 16];
	int n = snprintf(text, sizeof(text), strchr(s->params->host, ':') !=
	    NULL ? "[%s]:%u" : "%s:%u", s->params->host, s->params->port);

	return str_shown(text, (size_t)n);
}

static void
put(struct socks *s, const void *p, size_t n)
{
	assert(n <= sizeof(s->out) - s->out_len);
	memcpy(s->out + s->out_len, p, n);
	s->out_len += n;
}

static void
put_octet(struct socks *s, unsigned octet)
{
	put(s, &(unsigned char){ (unsigned char)octet }, 1);
}

static void
put_field(struct socks *s, const char *text)
{
	size_t n = strlen(text);

	put_octet(s, (unsigned)n);
	put(s, text, n);
}

static void
await(struct socks *s, enum socks_phase phase, size_t need)
{
	s->phase = phase;
	s->in_len = 0;
	s->in_need = need;
}

/* RFC 1928 3: VER NMETHODS METHODS */
static void
greet(struct socks *s)
{
	put_octet(s, PROTOCOL);
	put_octet(s, s->params->user != NULL ? 2 : 1);
	put_octet(s, METHOD_NONE);
	if (s->params->user != NULL)
		put_octet(s, METHOD_PASSWORD);
	await(s, SOCKS_GREETED, 2);
}

/* RFC 1929 2: VER ULEN UNAME PLEN PASSWD */
static void
log_in(struct socks *s)
{
	put_octet(s, LOGIN_VERSION);
	put_field(s, s->params->user);
	put_field(s, s->params->password);
	await(s, SOCKS_LOGIN, 2);
}

/* RFC 1928 4: VER CMD RSV ATYP DST.ADDR DST.PORT */
static void
ask(struct socks *s)
{
	const char *host = s->params->host;
	struct in_addr v4;
	struct in6_addr v6;

	put_octet(s, PROTOCOL);
	put_octet(s, CMD_CONNECT);
	put_octet(s, 0);
	if (inet_pton(AF_INET, host, &v4) == 1) {
		put_octet(s, ATYP_IPV4);
		put(s, &v4, sizeof(v4));
	} else if (inet_pton(AF_INET6, host, &v6) == 1) {
		put_octet(s, ATYP_IPV6);
		put(s, &v6, sizeof(v6));
	} else {
		put_octet(s, ATYP_NAME);
		put_field(s, host);
	}
	put_octet(s, s->params->port >> 8 & 0xff);
	put_octet(s, s->params->port & 0xff);
	await(s, SOCKS_ASKED, 5);	/* up to the address' first octet */
}

static int
fits(const char *what, const char *text, struct err *e)
{
	size_t n = strlen(text);

	if (n > 0 && n <= FIELD_MAX)
		return 1;
	err_set(e, ERR_CONFIG, "%s: %s", what, n == 0 ? "it is empty" :
	    "it is longer than a SOCKS proxy can be told");
	return 0;
}

int
socks_begin(struct socks *s, const struct socks_params *p, struct err *e)
{
	*s = (struct socks){ .params = p };
	if (!fits("host", p->host, e))
		return -1;
	if (p->user != NULL && p->password == NULL)
		return err_set(e, ERR_CONFIG, "proxy_user needs "
		    "proxy_password");
	if (p->user != NULL && (!fits("proxy_user", p->user, e) ||
	    !fits("proxy_password", p->password, e)))
		return -1;
	greet(s);
	return 0;
}

size_t
socks_want(const struct socks *s)
{
	return s->phase == SOCKS_OPEN ? 0 : s->in_need - s->in_len;
}

/* It did not begin with the version. */
static int
stranger(unsigned char first, struct err *e)
{
	static const struct {
		unsigned char	 first;
		const char	*what;
	} known[] = {
		{ 'H', ": it speaks HTTP" },
		{ '2', ": it is a mail server" },
		{ '4', ": it is a mail server" },
		{ '5', ": it is a mail server" },
		{ 0, ": it knows SOCKS4 only" },
		{ 4, ": it knows SOCKS4 only" },
		{ 0x15, ": it wants TLS" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].first == first)
			break;
	return err_set(e, ERR_TEMP, "this is no SOCKS5 proxy%s",
	    i < sizeof(known) / sizeof(known[0]) ? known[i].what : "");
}

/* RFC 1928 3: VER METHOD */
static int
on_greeting(struct socks *s, struct err *e)
{
	int has_user = s->params->user != NULL;

	if (s->in[1] == METHOD_PASSWORD && has_user) {
		log_in(s);
		return 0;
	}
	if (s->in[1] == METHOD_NONE) {
		ask(s);
		return 0;
	}
	if (s->in[1] == METHOD_REFUSED)
		return err_set(e, ERR_TEMP, has_user ? "it takes no user and "
		    "password" : "it wants a login; set \"proxy_user\" and "
		    "\"proxy_password\"");
	return err_set(e, ERR_TEMP, "it wants a login (method %u) that it was "
	    "not offered", s->in[1]);
}

/* RFC 1929 2: VER STATUS.  Some put SOCKS' own version there. */
static int
on_login(struct socks *s, struct err *e)
{
	if (s->in[1] != 0)
		return err_set(e, ERR_TEMP, "it refused user and password; "
		    "check \"proxy_user\" and \"proxy_password\"");
	ask(s);
	return 0;
}

/* RFC 1928 6, as soon as it says no: some send no more than that. */
static int
refused(const struct socks *s, struct err *e)
{
	static const char *const words[] = {
		[1] = "general failure",
		[2] = "its rules forbid it",
		[3] = "network unreachable",
		[4] = "host unreachable, or not found",
		[5] = "connection refused by the server",
		[6] = "the server is too far (TTL expired)",
		[7] = "it makes no connections for others",
		[8] = "it does not take this kind of address",
	};
	unsigned code = s->in[1];

	if (code >= sizeof(words) / sizeof(words[0]))
		return err_set(e, ERR_TEMP, "cannot connect to %s: failure %u",
		    server(s), code);
	return err_set(e, ERR_TEMP, "cannot connect to %s: %s", server(s),
	    words[code]);
}

/* RFC 1928 6: VER REP RSV ATYP BND.ADDR BND.PORT, whose length shows in ATYP
 * and, of a name, in its first octet. */
static int
on_answer(struct socks *s, struct err *e)
{
	size_t head = 4, port = 2;

	if (s->in_need > head + 1) {		/* all of it is there */
		s->phase = SOCKS_OPEN;
		return 0;
	}
	switch (s->in[3]) {
	case ATYP_IPV4:
		s->in_need = head + 4 + port;
		return 0;
	case ATYP_IPV6:
		s->in_need = head + 16 + port;
		return 0;
	case ATYP_NAME:
		s->in_need = head + 1 + s->in[4] + port;
		return 0;
	}
	return err_set(e, ERR_TEMP, "its answer has an address of unknown "
	    "kind %u", s->in[3]);
}

static int
take(struct socks *s, unsigned char octet, struct err *e)
{
	s->in[s->in_len++] = octet;
	if (s->in_len == 1 && s->phase != SOCKS_LOGIN && octet != PROTOCOL)
		return stranger(octet, e);
	if (s->in_len == 2 && s->phase == SOCKS_ASKED && octet != 0)
		return refused(s, e);
	if (s->in_len < s->in_need)
		return 0;
	switch (s->phase) {
	case SOCKS_GREETED:
		return on_greeting(s, e);
	case SOCKS_LOGIN:
		return on_login(s, e);
	case SOCKS_ASKED:
		return on_answer(s, e);
	case SOCKS_OPEN:
		break;
	}
	return 0;
}

void
socks_sent(struct socks *s)
{
	explicit_bzero(s->out, s->out_len);
	s->out_len = 0;
}

int
socks_feed(struct socks *s, const void *p, size_t n, struct err *e)
{
	const unsigned char *octet = p;
	size_t i;

	assert(n <= socks_want(s));
	for (i = 0; i < n; i++)
		if (take(s, octet[i], e) == -1)
			return -1;
	return 0;
}

int
socks_silent(const struct socks *s, const char *why, struct err *e)
{
	switch (s->phase) {
	case SOCKS_GREETED:
		return err_set(e, ERR_TEMP, "%s; is it a SOCKS5 proxy?", why);
	case SOCKS_LOGIN:
		return err_set(e, ERR_TEMP, "%s after user and "
		    "password were sent", why);
	case SOCKS_ASKED:
		return err_set(e, ERR_TEMP, "%s after it was asked for %s",
		    why, server(s));
	case SOCKS_OPEN:
		break;
	}
	return err_set(e, ERR_TEMP, "%s", why);
}

void
socks_end(struct socks *s)
{
	explicit_bzero(s, sizeof(*s));
}
