#include "unit.h"

#include "base/buf.h"
#include "net/socks.h"

#define HOST	"mx.example.org"
#define ASK	"\5\1\0\3\016" HOST "\2\113"	/* port 587 */
#define GREET	"\5\1\0"
#define GREET2	"\5\2\0\2"		/* when there is a user */
#define LOGIN	"\1\3ann\6secret"
#define OPEN	"\5\0\0\1\177\0\0\1\4\70"

/* What we say is one string, and so is what the proxy does. */
static const struct {
	const char	*name;
	const char	*host;
	const char	*user;
	const char	*answers;
	size_t		 answers_len;
	const char	*said;
	size_t		 said_len;
	const char	*why;		/* NULL: it is open */
} rows[] = {
	{ "no login", HOST, NULL, LIT("\5\0" OPEN), LIT(GREET ASK), NULL },
	{ "a login", HOST, "ann", LIT("\5\2\1\0" OPEN), LIT(GREET2 LOGIN ASK),
	    NULL },
	{ "a login of the wrong version", HOST, "ann", LIT("\5\2\5\0" OPEN),
	    LIT(GREET2 LOGIN ASK), NULL },
	{ "a login that is not needed", HOST, "ann", LIT("\5\0" OPEN),
	    LIT(GREET2 ASK), NULL },
	{ "an IPv4 address", "192.0.2.1", NULL, LIT("\5\0" OPEN),
	    LIT(GREET "\5\1\0\1\300\0\2\1\2\113"), NULL },
	{ "an IPv6 address", "2001:db8::1", NULL, LIT("\5\0" OPEN),
	    LIT(GREET "\5\1\0\4\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
	    "\2\113"), NULL },
	{ "bound to an IPv6 address", HOST, NULL,
	    LIT("\5\0\5\0\0\4\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\1\2"),
	    LIT(GREET ASK), NULL },
	{ "bound to a name", HOST, NULL, LIT("\5\0\5\0\0\3\3abc\1\2"),
	    LIT(GREET ASK), NULL },
	{ "bound to an empty name", HOST, NULL, LIT("\5\0\5\0\0\3\0\1\2"),
	    LIT(GREET ASK), NULL },
	{ "something reserved", HOST, NULL, LIT("\5\0\5\0\7\1abcd\1\2"),
	    LIT(GREET ASK), NULL },

	{ "it wants a login", HOST, NULL, LIT("\5\377"), LIT(GREET),
	    "it wants a login; set \"proxy_user\" and \"proxy_password\"" },
	{ "it wants another login", HOST, "ann", LIT("\5\377"), LIT(GREET2),
	    "it takes no user and password" },
	{ "a login that was not offered", HOST, NULL, LIT("\5\2"), LIT(GREET),
	    "it wants a login (method 2) that it was not offered" },
	{ "GSSAPI", HOST, "ann", LIT("\5\1"), LIT(GREET2),
	    "it wants a login (method 1) that it was not offered" },
	{ "the login is refused", HOST, "ann", LIT("\5\2\1\1"),
	    LIT(GREET2 LOGIN), "it refused user and password; check "
	    "\"proxy_user\" and \"proxy_password\"" },

	{ "failure", HOST, NULL, LIT("\5\0\5\1"), LIT(GREET ASK),
	    "cannot connect to " HOST ":587: general failure" },
	{ "not allowed", HOST, NULL, LIT("\5\0\5\2"), LIT(GREET ASK),
	    "cannot connect to " HOST ":587: its rules forbid it" },
	{ "no network", HOST, NULL, LIT("\5\0\5\3"), LIT(GREET ASK),
	    "cannot connect to " HOST ":587: network unreachable" },
	{ "no host", HOST, NULL, LIT("\5\0\5\4"), LIT(GREET ASK),
	    "cannot connect to " HOST ":587: host unreachable, or not found" },
	{ "refused", HOST, NULL, LIT("\5\0\5\5"), LIT(GREET ASK),
	    "cannot connect to " HOST ":587: connection refused by the "
	    "server" },
	{ "TTL", HOST, NULL, LIT("\5\0\5\6"), LIT(GREET ASK),
	    "cannot connect to " HOST ":587: the server is too far (TTL "
	    "expired)" },
	{ "no such command", HOST, NULL, LIT("\5\0\5\7"), LIT(GREET ASK),
	    "cannot connect to " HOST ":587: it makes no connections for "
	    "others" },
	{ "no such address type", HOST, NULL, LIT("\5\0\5\10"),
	    LIT(GREET ASK), "cannot connect to " HOST ":587: it does not take "
	    "this kind of address" },
	{ "an unknown failure", HOST, NULL, LIT("\5\0\5\11"), LIT(GREET ASK),
	    "cannot connect to " HOST ":587: failure 9" },
	{ "another unknown failure", HOST, NULL, LIT("\5\0\5\377"),
	    LIT(GREET ASK), "cannot connect to " HOST ":587: failure 255" },
	{ "an unknown kind of address", HOST, NULL,
	    LIT("\5\0\5\0\0\2\0"), LIT(GREET ASK),
	    "its answer has an address of unknown kind 2" },
	{ "refused to an IPv6 address", "::1", NULL, LIT("\5\0\5\5"),
	    LIT(GREET "\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\113"),
	    "cannot connect to [::1]:587: connection refused by the server" },
	{ "a host that is escaped", "a\033[2J", NULL, LIT("\5\0\5\5"),
	    LIT(GREET "\5\1\0\3\5a\033[2J\2\113"), "cannot connect to "
	    "a\\x1B[2J:587: connection refused by the server" },

	{ "HTTP", HOST, NULL, LIT("HTTP/1.1 400"), LIT(GREET),
	    "this is no SOCKS5 proxy: it speaks HTTP" },
	{ "SMTP", HOST, NULL, LIT("220 mx"), LIT(GREET),
	    "this is no SOCKS5 proxy: it is a mail server" },
	{ "SOCKS4", HOST, NULL, LIT("\0"), LIT(GREET),
	    "this is no SOCKS5 proxy: it knows SOCKS4 only" },
	{ "a TLS alert", HOST, NULL, LIT("\25"), LIT(GREET),
	    "this is no SOCKS5 proxy: it wants TLS" },
	{ "garbage", HOST, NULL, LIT("\377"), LIT(GREET),
	    "this is no SOCKS5 proxy" },
	{ "garbage later", HOST, NULL, LIT("\5\0\1"), LIT(GREET ASK),
	    "this is no SOCKS5 proxy" },
};

/* Feed answers in pieces of up to so many bytes, as many as are wanted. */
static int
converse(struct socks *s, const char *answers, size_t n, size_t piece,
    struct buf *said, struct err *e)
{
	size_t i, k;
	char *copy;
	int r = 0;

	for (i = 0; socks_want(s) > 0 && r == 0; i += k) {
		buf_add(said, s->out, s->out_len);
		socks_sent(s);
		assert_int_equal(s->out_len, 0);
		k = socks_want(s) < piece ? socks_want(s) : piece;
		if (i + k > n)
			k = n - i;	/* it says no more than that */
		assert_true(k > 0);
		copy = unit_copy(answers + i, k);
		r = socks_feed(s, copy, k, e);
		free(copy);
	}
	if (r == 0)			/* not a byte more, nor less */
		assert_int_equal(i, n);
	return r;
}

static void
test_row(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	const struct socks_params p = { .host = r->host, .port = 587,
	    .user = r->user, .password = r->user != NULL ? "secret" : NULL };
	struct buf said = BUF_MAX(2000);
	struct err e;
	struct socks s;
	size_t piece;

	for (piece = 1; piece <= r->answers_len; piece++) {
		e = (struct err)ERR_INIT;
		buf_clear(&said);
		assert_int_equal(socks_begin(&s, &p, &e), 0);
		assert_int_equal(converse(&s, r->answers, r->answers_len,
		    piece, &said, &e), r->why != NULL ? -1 : 0);
		assert_int_equal(e.kind, r->why != NULL ? ERR_TEMP : ERR_NONE);
		assert_string_equal(e.text, r->why != NULL ? r->why : "");
		assert_int_equal(said.len, r->said_len);
		assert_memory_equal(said.data, r->said, r->said_len);
		socks_end(&s);
		assert_null(memmem(&s, sizeof(s), "secret", 6));
	}
	buf_free(&said);
}

static const struct {
	const char	*name;
	size_t		 host, user, password;	/* octets; -1: NULL */
	const char	*why;
} bounds[] = {
	{ "all as long as can be", 255, 255, 255, NULL },
	{ "all as short as can be", 1, 1, 1, NULL },
	{ "a longer host", 256, 1, 1,
	    "host: it is longer than a SOCKS proxy can be told" },
	{ "a longer user", 1, 256, 1,
	    "proxy_user: it is longer than a SOCKS proxy can be told" },
	{ "a longer password", 1, 1, 256,
	    "proxy_password: it is longer than a SOCKS proxy can be told" },
	{ "no host", 0, 1, 1, "host: it is empty" },
	{ "an empty user", 1, 0, 1, "proxy_user: it is empty" },
	{ "an empty password", 1, 1, 0, "proxy_password: it is empty" },
	{ "no password", 1, 1, SIZE_MAX, "proxy_user needs proxy_password" },
	{ "a password alone", 1, SIZE_MAX, 1, NULL },
};

static void
test_bound(void **state)
{
	const __typeof__(bounds[0]) *r = *state;
	char *host = unit_fill('h', r->host), *user = NULL, *password = NULL;
	struct socks_params p = { .host = host, .port = 65535 };
	struct buf said = BUF_MAX(2000);
	struct err e = ERR_INIT;
	struct socks s;

	if (r->user != SIZE_MAX)
		p.user = user = unit_fill('u', r->user);
	if (r->password != SIZE_MAX)
		p.password = password = unit_fill('p', r->password);
	assert_int_equal(socks_begin(&s, &p, &e), r->why != NULL ? -1 : 0);
	assert_int_equal(e.kind, r->why != NULL ? ERR_CONFIG : ERR_NONE);
	assert_string_equal(e.text, r->why != NULL ? r->why : "");
	if (r->why == NULL && user != NULL) {
		assert_int_equal(converse(&s, LIT("\5\2\1\0" OPEN), 1, &said,
		    &e), 0);
		assert_int_equal(said.len, 4 + 3 + r->user + r->password +
		    7 + r->host);
	}
	socks_end(&s);
	buf_free(&said);
	free(host);
	free(user);
	free(password);
}

static const struct {
	const char	*name;
	const char	*answers;
	size_t		 answers_len;
	const char	*want;
} silences[] = {
	{ "at first", LIT(""), "no answer; is it a SOCKS5 proxy?" },
	{ "in the first answer", LIT("\5"),
	    "no answer; is it a SOCKS5 proxy?" },
	{ "then", LIT("\5\2"), "no answer after user and password were sent" },
	{ "at last", LIT("\5\0"),
	    "no answer after it was asked for " HOST ":587" },
	{ "in the last answer", LIT("\5\0\5\0\0\1\0"),
	    "no answer after it was asked for " HOST ":587" },
};

static void
test_silence(void **state)
{
	const __typeof__(silences[0]) *r = *state;
	const struct socks_params p = { .host = HOST, .port = 587,
	    .user = "ann", .password = "secret" };
	struct err e = ERR_INIT;
	struct socks s;
	size_t i;

	assert_int_equal(socks_begin(&s, &p, &e), 0);
	for (i = 0; i < r->answers_len; i++) {
		socks_sent(&s);
		assert_int_equal(socks_feed(&s, r->answers + i, 1, &e), 0);
	}
	assert_int_equal(socks_silent(&s, "no answer", &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_string_equal(e.text, r->want);
	socks_end(&s);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	UNIT_ROWS(bounds, test_bound);
	UNIT_ROWS(silences, test_silence);
	return unit_run("socks");
}
