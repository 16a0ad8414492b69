#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "gnu.h"

#define READ_OCTETS	16384

static ssize_t
read_some(struct client *c, char *room, size_t n)
{
	ssize_t r;

	do {
		r = c->tls != NULL ? gnutls_record_recv(c->tls, room, n) :
		    recv(c->fd, room, n, 0);
	} while (c->tls != NULL ? r == GNUTLS_E_AGAIN ||
	    r == GNUTLS_E_INTERRUPTED : r == -1 && errno == EINTR);
	return r;
}

static ssize_t
write_some(struct client *c, const char *data, size_t n)
{
	ssize_t r;

	do {
		r = c->tls != NULL ? gnutls_record_send(c->tls, data, n) :
		    send(c->fd, data, n, 0);
	} while (c->tls != NULL ? r == GNUTLS_E_AGAIN ||
	    r == GNUTLS_E_INTERRUPTED : r == -1 && errno == EINTR);
	return r;
}

int
client_line(struct client *c, struct buf *line)
{
	const char *lf = NULL;
	char *room;
	ssize_t n;
	size_t len;

	while (c->in.len == 0 ||
	    (lf = memchr(c->in.data, '\n', c->in.len)) == NULL) {
		room = buf_room(&c->in, READ_OCTETS);
		n = room == NULL ? -1 : read_some(c, room, READ_OCTETS);
		if (n <= 0) {
			c->over = 1;
			return -1;
		}
		buf_took(&c->in, (size_t)n);
	}
	len = (size_t)(lf - c->in.data);
	buf_clear(line);
	buf_add(line, c->in.data,
	    len > 0 && lf[-1] == '\r' ? len - 1 : len);
	buf_eat(&c->in, len + 1);
	return 0;
}

int
client_say(struct client *c, const char *fmt, ...)
{
	size_t done = 0;
	va_list ap;
	ssize_t n;

	buf_clear(&c->out);
	va_start(ap, fmt);
	buf_vaddf(&c->out, fmt, ap);
	va_end(ap);
	buf_adds(&c->out, "\r\n");
	while (done < c->out.len) {
		n = write_some(c, c->out.data + done, c->out.len - done);
		if (n <= 0) {
			c->over = 1;
			return -1;
		}
		done += (size_t)n;
	}
	return 0;
}

static int
starts_tls(const struct client *c)
{
	return c->tls == NULL && strcmp(c->options->tls, "starttls") == 0;
}

static int
takes_logins(const struct client *c)
{
	return c->options->mechanisms != NULL &&
	    (c->tls != NULL || c->options->clear != NULL);
}

static void
on_ehlo(struct client *c, const char *words)
{
	(void)words;
	client_say(c, "250-localhost%s%s%s\r\n250-ENHANCEDSTATUSCODES\r\n"
	    "250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING",
	    starts_tls(c) ? "\r\n250-STARTTLS" : "",
	    takes_logins(c) ? "\r\n250-AUTH " : "",
	    takes_logins(c) ? c->options->mechanisms : "");
}

static void
on_starttls(struct client *c, const char *words)
{
	(void)words;
	if (!starts_tls(c)) {
		client_say(c, "503 5.5.1 no STARTTLS here");
		return;
	}
	client_say(c, "220 2.0.0 go ahead");
	buf_clear(&c->in);		/* what came early is not believed */
	if (tls_start(c) == -1)
		c->over = 1;
}

static void
on_auth(struct client *c, const char *words)
{
	if (takes_logins(c) && c->name == NULL)
		login(c, words);
	else
		client_say(c, "503 5.5.1 no login here and now");
}

/* What stands between angle brackets, after a blank where something is. */
static int
add_path(struct buf *out, const char *words)
{
	const char *open = strchr(words, '<'), *close;

	close = open == NULL ? NULL : strchr(open, '>');
	if (close == NULL)
		return -1;
	if (out->len > 0)
		buf_addc(out, ' ');
	if (close == open + 1)
		return buf_addc(out, '-');
	return buf_add(out, open + 1, (size_t)(close - open - 1));
}

static void
on_mail(struct client *c, const char *words)
{
	buf_clear(&c->sender);
	buf_clear(&c->rcpts);
	if (c->options->mechanisms != NULL && c->name == NULL)
		client_say(c, "530 5.7.0 log in first");
	else if (add_path(&c->sender, words) == -1)
		client_say(c, "501 5.5.4 no path");
	else
		client_say(c, "250 2.1.0 ok");
}

static void
on_rcpt(struct client *c, const char *words)
{
	if (c->sender.len == 0)
		client_say(c, "503 5.5.1 MAIL first");
	else if (add_path(&c->rcpts, words) == -1)
		client_say(c, "501 5.5.4 no path");
	else
		client_say(c, "250 2.1.5 ok");
}

/* Lines up to the dot, into a file where there is one. */
static int
take_lines(struct client *c, FILE *file)
{
	struct buf line = BUF_MAX(2 * LINE_MAX_OCTETS);
	int r;

	while ((r = client_line(c, &line)) == 0 &&
	    strcmp(buf_str(&line), ".") != 0) {
		if (line.len > 0 && line.data[0] == '.')
			buf_eat(&line, 1);
		if (file != NULL)
			fprintf(file, "%.*s\n", (int)line.len,
			    buf_str(&line));
	}
	buf_free(&line);
	return r;
}

static void
on_data(struct client *c, const char *words)
{
	struct buf path = BUF_MAX(4096);
	unsigned n = next_message();
	FILE *file = NULL;
	int r;

	(void)words;
	if (c->rcpts.len == 0) {
		client_say(c, "503 5.5.1 no recipients");
		return;
	}
	if (c->options->mail != NULL) {
		buf_addf(&path, "%s/%u", c->options->mail, n);
		file = fopen(buf_str(&path), "w");
	}
	client_say(c, "354 go ahead");
	r = take_lines(c, file);
	if (file != NULL && fclose(file) != 0)
		r = -1;
	if (r == 0) {
		client_log(c, "mail %u %s %s", n, buf_str(&c->sender),
		    buf_str(&c->rcpts));
		client_say(c, "250 2.0.0 taken");
	}
	buf_clear(&c->sender);
	buf_clear(&c->rcpts);
	buf_free(&path);
}

static void
on_rset(struct client *c, const char *words)
{
	(void)words;
	buf_clear(&c->sender);
	buf_clear(&c->rcpts);
	client_say(c, "250 2.0.0 ok");
}

static void
on_noop(struct client *c, const char *words)
{
	(void)words;
	client_say(c, "250 2.0.0 ok");
}

static void
on_quit(struct client *c, const char *words)
{
	(void)words;
	client_say(c, "221 2.0.0 bye");
	c->over = 1;
}

static const struct command {
	const char	*verb;
	void		(*obey)(struct client *, const char *words);
} commands[] = {
	{ "EHLO",	on_ehlo },
	{ "STARTTLS",	on_starttls },
	{ "AUTH",	on_auth },
	{ "MAIL",	on_mail },
	{ "RCPT",	on_rcpt },
	{ "DATA",	on_data },
	{ "RSET",	on_rset },
	{ "NOOP",	on_noop },
	{ "QUIT",	on_quit },
};

static void
obey(struct client *c, const char *line)
{
	size_t i, n = strcspn(line, " ");
	const char *words = line + n + strspn(line + n, " ");

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!str_same_n(line, n, commands[i].verb,
		    strlen(commands[i].verb)))
			continue;
		client_log(c, "command %s", commands[i].verb);
		commands[i].obey(c, words);
		return;
	}
	client_say(c, "500 5.5.2 what?");
}

void
converse(struct client *c)
{
	struct buf line = BUF_MAX(2 * LINE_MAX_OCTETS);

	if (strcmp(c->options->tls, "implicit") == 0 && tls_start(c) == -1)
		return;
	client_say(c, "220 localhost ESMTP smtpd-gnu");
	while (!c->over && client_line(c, &line) == 0)
		obey(c, buf_str(&line));
	buf_free(&line);
}
