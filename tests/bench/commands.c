#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/str.h"
#include "session.h"

/* What stands between angle brackets.  Returns 0, or -1. */
static int
path(const struct session *s, const struct span *line, struct span *address)
{
	const char *p = s->in + line->at, *end = p + line->len, *open, *close;

	open = memchr(p, '<', line->len);
	if (open == NULL)
		return -1;
	close = memchr(open, '>', (size_t)(end - open));
	if (close == NULL)
		return -1;
	address->at = (size_t)(open + 1 - s->in);
	address->len = (size_t)(close - open - 1);
	return 0;
}

static void
on_ehlo(struct session *s, const struct span *line)
{
	(void)line;
	s->greeted = 1;
	session_say(s, "250-localhost\r\n250-PIPELINING\r\n"
	    "250-SIZE 268435456\r\n250-8BITMIME\r\n250-CHUNKING\r\n"
	    "250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n");
	if (s->link == LINK_STARTTLS && s->tls == NULL)
		session_say(s, "250-STARTTLS\r\n");
	if (s->tls != NULL)
		session_say(s, "250-AUTH PLAIN\r\n");
	session_say(s, "250 SMTPUTF8\r\n");
}

static void
on_starttls(struct session *s, const struct span *line)
{
	(void)line;
	if (s->link != LINK_STARTTLS || s->tls != NULL) {
		session_say(s, "503 5.5.1 no STARTTLS here\r\n");
		return;
	}
	session_say(s, "220 2.0.0 go ahead\r\n");
	s->at = s->len;			/* what came early is not believed */
	if (session_flush(s) == -1 || session_start_tls(s) == -1)
		s->over = 1;
}

/* RFC 4616: authzid NUL authcid NUL password. */
static int
right_password(const struct setup *setup, const char *given, size_t n)
{
	const char *user = memchr(given, '\0', n), *password;
	size_t left;

	if (user == NULL)
		return 0;
	user++;
	left = n - (size_t)(user - given);
	if (left != strlen(setup->user) + 1 + strlen(setup->password))
		return 0;
	password = user + strlen(setup->user) + 1;
	return strcmp(user, setup->user) == 0 &&
	    strcmp(password, setup->password) == 0;
}

static void
on_auth(struct session *s, const struct span *line)
{
	const char *text = s->in + line->at;
	struct buf given = BUF_MAX(SESSION_LINE);
	struct span response = { line->at + 11, 0 };

	if (s->tls == NULL || !str_begins(text, line->len, "AUTH PLAIN")) {
		session_say(s, "504 5.5.4 PLAIN, and under TLS\r\n");
		return;
	}
	if (line->len > 11) {
		response.len = line->len - 11;
	} else {
		session_say(s, "334 \r\n");
		if (session_line(s, &response) == -1)
			return;
	}
	s->logged_in = base64_read(&given, s->in + response.at,
	    response.len) == 0 &&
	    right_password(s->setup, buf_str(&given), given.len);
	session_say(s, s->logged_in ? "235 2.7.0 welcome\r\n" :
	    "535 5.7.8 wrong user or password\r\n");
	buf_free(&given);
}

static void
on_mail(struct session *s, const struct span *line)
{
	struct span address;

	if (!s->greeted || s->mail) {
		session_say(s, "503 5.5.1 out of order\r\n");
	} else if (s->link != LINK_PLAIN && !s->logged_in) {
		session_say(s, "530 5.7.0 log in first\r\n");
	} else if (path(s, line, &address) == -1) {
		session_say(s, "501 5.5.4 no path\r\n");
	} else {
		s->mail = 1;
		s->rcpts = 0;
		session_note(s, SENDER, address.at, address.len);
		session_say(s, "250 2.1.0 ok\r\n");
	}
}

static void
on_rcpt(struct session *s, const struct span *line)
{
	struct span address;

	if (!s->mail) {
		session_say(s, "503 5.5.1 MAIL first\r\n");
	} else if (path(s, line, &address) == -1) {
		session_say(s, "501 5.5.4 no path\r\n");
	} else {
		s->rcpts++;
		session_note(s, RECIPIENT, address.at, address.len);
		session_say(s, "250 2.1.5 ok\r\n");
	}
}

static void
accept_message(struct session *s)
{
	session_note(s, ACCEPTED, 0, 0);
	s->mail = 0;
	s->rcpts = 0;
	session_say(s, "250 2.0.0 taken\r\n");
}

/* RFC 5321 4.5.2.  The line end before the dot is the message's own, or, of an
 * empty one, that of DATA. */
static void
on_data(struct session *s, const struct span *line)
{
	static const char end[] = "\r\n.\r\n";
	size_t from = line->at + line->len, at;
	const char *dot;

	if (s->rcpts == 0) {
		session_say(s, "503 5.5.1 no recipients\r\n");
		return;
	}
	session_say(s, "354 go ahead\r\n");
	while ((dot = memmem(s->in + from, s->len - from, end, 5)) == NULL) {
		if (s->len - from > 4)
			from = s->len - 4;
		if (session_read(s) == -1) {
			s->over = 1;
			return;
		}
	}
	at = (size_t)(dot - s->in) + 2;
	session_note(s, TEXT, s->at, at - s->at);
	s->at = at + 3;
	accept_message(s);
}

/* RFC 3030 2: "BDAT size [LAST]".  The octets come whatever the answer is. */
static void
on_bdat(struct session *s, const struct span *line)
{
	char *text = mem_strn(s->in + line->at + 5, line->len - 5);
	char *after = text + strcspn(text, " ");
	int last = str_same(after, " LAST");
	long long n;

	*after = '\0';
	s->over = str_number(text, 0, SESSION_MAX, &n) == -1;
	free(text);
	while (!s->over && s->len - s->at < (size_t)n)
		s->over = session_read(s) == -1;
	if (s->over)
		return;
	if (s->rcpts > 0)
		session_note(s, CHUNK, s->at, (size_t)n);
	s->at += (size_t)n;
	if (s->rcpts == 0)
		session_say(s, "503 5.5.1 no recipients\r\n");
	else if (last)
		accept_message(s);
	else
		session_say(s, "250 2.0.0 go on\r\n");
}

static void
on_rset(struct session *s, const struct span *line)
{
	(void)line;
	s->mail = 0;
	s->rcpts = 0;
	session_say(s, "250 2.0.0 ok\r\n");
}

static void
on_noop(struct session *s, const struct span *line)
{
	(void)line;
	session_say(s, "250 2.0.0 ok\r\n");
}

static void
on_quit(struct session *s, const struct span *line)
{
	(void)line;
	session_say(s, "221 2.0.0 bye\r\n");
	s->over = 1;
}

static const struct command {
	const char	*verb;
	void		(*obey)(struct session *, const struct span *);
} commands[] = {
	{ "EHLO ",	on_ehlo },
	{ "STARTTLS",	on_starttls },
	{ "AUTH ",	on_auth },
	{ "MAIL FROM:",	on_mail },
	{ "RCPT TO:",	on_rcpt },
	{ "DATA",	on_data },
	{ "BDAT ",	on_bdat },
	{ "RSET",	on_rset },
	{ "NOOP",	on_noop },
	{ "QUIT",	on_quit },
};

static void
obey(struct session *s, const struct span *line)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (str_begins(s->in + line->at, line->len,
		    commands[i].verb))
			break;
	if (i < sizeof(commands) / sizeof(*commands))
		commands[i].obey(s, line);
	else
		session_say(s, "500 5.5.2 what?\r\n");
}

void
converse(struct session *s)
{
	struct span line;

	if (s->link == LINK_TLS && session_start_tls(s) == -1)
		return;
	session_say(s, "220 localhost ESMTP\r\n");
	while (!s->over && session_line(s, &line) == 0)
		obey(s, &line);
}
