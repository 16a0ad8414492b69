/*
 * Any lines whatever from a server: the session neither stalls nor lies.
 *
 * The first octets choose TLS, login, window, LMTP and what is wished; the
 * rest are the lines.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "smtp/session.h"

#define RCPTS	3

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
password(void *unused, const char **word, struct err *e)
{
	(void)unused;
	(void)e;
	*word = "secret";
	return 0;
}

/* Do what it wants until it wants a line, or no more. */
static void
serve(struct session *s, struct transaction *tr)
{
	for (;;) {
		if (session_out(s)->len > 0) {
			session_wrote(s, session_out(s)->len);
			continue;
		}
		switch (session_want(s)) {
		case SESSION_STARTTLS_NOW:
			session_tls_up(s);
			break;
		case SESSION_READY:
			if (tr->env != NULL)
				session_mail(s, tr);
			else
				session_quit(s);
			tr->env = NULL;
			break;
		case SESSION_BODY:
			session_body(s, ".\r\nx\r\n", 6);
			if (session_want(s) == SESSION_BODY)
				session_body_end(s);
			break;
		case SESSION_IO:
		case SESSION_CLOSE:
			return;
		}
	}
}

/* Returns whether a yes came when all of a message was out. */
static int
feed(struct session *s, struct transaction *tr, const char *p, size_t n)
{
	int yes = 0;

	const char *eol;
	char *line;
	size_t len;

	for (;;) {
		serve(s, tr);
		if (session_want(s) == SESSION_CLOSE || n == 0)
			return yes;
		eol = memchr(p, '\n', n);
		len = eol != NULL ? (size_t)(eol - p) : n;
		line = mem_strn(p, len);
		yes |= session_in_doubt(s) && line[0] == '2';
		session_line(s, line, strlen(line));
		free(line);
		len += eol != NULL;
		p += len;
		n -= len;
	}
}

/* What a message may ask of a server, as the bits say. */
static void
wish(struct transaction *tr, unsigned how)
{
	static const struct transaction all = { .eightbit = 1, .binary = 1,
	    .utf8 = 1, .dsn_notify = "never", .dsn_ret = "full",
	    .dsn_envid = "x", .auth = "<>", .require_tls = 1,
	    .priority = "-9", .deliver_by = "120;R", .hold_for = "60" };

	tr->eightbit = (how & 1) != 0 && all.eightbit;
	tr->binary = (how & 2) != 0 && all.binary;
	tr->utf8 = (how & 4) != 0 && all.utf8;
	if (how & 8) {
		tr->dsn_notify = all.dsn_notify;
		tr->dsn_ret = all.dsn_ret;
		tr->dsn_envid = all.dsn_envid;
		tr->auth = all.auth;
	}
	tr->require_tls = (how & 16) != 0 && all.require_tls;
	if (how & 32)
		tr->priority = all.priority;
	if (how & 64)
		tr->deliver_by = all.deliver_by;
	if (how & 128)
		tr->hold_for = all.hold_for;
}

/* Whoever is said to have it was told so after the message. */
static void
judge(const struct session *s, const struct envelope *env, int yes)
{
	size_t i;

	assert(session_want(s) == SESSION_CLOSE);
	for (i = 0; i < RCPTS; i++) {
		assert(env->rcpt[i].status != RCPT_ACCEPTED);
		assert(!env->rcpt[i].now);
		assert(env->rcpt[i].status != RCPT_SENT || yes);
		assert(env->rcpt[i].status != RCPT_IN_DOUBT || s->bodies > 0);
	}
}

/* libgssglue keeps what it learned of its mechanisms. */
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libgssapi_krb5\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const mechanisms[] = { NULL, "PLAIN", "LOGIN",
	    "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2",
	    "DIGEST-MD5" };
	static const struct err gone = { ERR_TEMP, "gone" };
	unsigned how = n > 0 ? data[0] : 0, more = n > 1 ? data[1] : 0;
	struct sasl_params login = { .user = "me", .protected = 1,
	    .mechanisms = mechanisms[how >> 2 & 7], .ask = password };
	struct session_params params = { .helo = "x",
	    .tls = (how & 1) ? SESSION_STARTTLS : SESSION_PLAIN,
	    .window = (how & 2) ? 1 : 0, .lmtp = (how & 0x40) != 0,
	    .auth = (how & 0x80) ? NULL : &login };
	struct envelope env = ENVELOPE_INIT;
	struct transaction tr = { .env = &env, .size = 6,
	    .last = (how & 0x20) == 0 };
	struct session s;
	int yes = 0;

	envelope_sender(&env, "me@example.org");
	envelope_add(&env, "a@x.example", "a");
	envelope_add(&env, "b@y.example", "b");
	envelope_add(&env, "\xc3\xa4@x.example", "c");
	wish(&tr, more);
	session_init(&s, &params);
	if (n > 2)
		yes = feed(&s, &tr, (const char *)data + 2, n - 2);
	session_lost(&s, &gone);
	judge(&s, &env, yes);
	session_free(&s);
	envelope_free(&env);
	return 0;
}
