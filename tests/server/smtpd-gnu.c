/*
 * smtpd-gnu OPTION=VALUE ... - a submission server on GnuTLS and on libgsasl's
 * server side, at a free port of the loopback interface.  Prints the port, and
 * ends when its standard input does.
 *
 *	tls=none|starttls|implicit
 *	cert=FILE key=FILE	its certificate, in PEM, with those behind it
 *	priority=STRING		GnuTLS's, as NORMAL:-VERS-ALL:+VERS-TLS1.2
 *	alpn=PROTOCOL		demanded of the client; "-" is none, and by
 *				itself "smtp" is taken, not demanded
 *	ocsp=FILE		the response to staple, in DER, read each time,
 *				and stapled whatever it says
 *	ca=FILE			asks the client for a certificate of that CA
 *	client=ask|require	goes on without one, or ends the session
 *	mechanisms=NAMES	offered, spaces between; without them no login.
 *				Of OAUTHBEARER and XOAUTH2 the password is the
 *				token
 *	users=FILE		each line "NAME PASSWORD"
 *	clear=yes		logins are offered without TLS too
 *	service=NAME host=NAME	of GSSAPI and DIGEST-MD5; smtp and localhost by
 *				themselves.  The keytab is $KRB5_KTNAME's
 *	fault=refuse|busy|drop	a right login gets 535, 454 or no answer
 *	log=FILE mail=FOLDER	where to say what came, and to keep messages
 *
 * The log has a line a fact, each with the connection's number in front, and
 * always before the answer that the client waits for:
 *
 *	1 tls TLS1.3 alpn=smtp resumed=0 name=localhost
 *	1 tls-failed WHY
 *	1 certificate verified|refused|none SUBJECT
 *	1 command EHLO				the verb alone
 *	1 login SCRAM-SHA-256-PLUS ann tls-exporter
 *	1 login-failed PLAIN WHY
 *	1 mail 7 SENDER RECIPIENT ...		FOLDER/7 is what came
 *	1 end
 *
 * "-" stands for none.  By hand, with tests/whole/gnuserver.py's doing:
 *
 *	tests/server/smtpd-gnu tls=implicit cert=c.pem key=c.key users=users \
 *	    mechanisms='SCRAM-SHA-256-PLUS PLAIN' log=/dev/stderr mail=/tmp
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../bench/loop.h"
#include "base/mem.h"
#include "gnu.h"

#define LOG_LINE_MAX	65536

static struct options options = {
	.tls = "none", .service = "smtp", .host = "localhost",
	.priority = "NORMAL", .log = "/dev/null",
};
static int logfile;

static const struct name {
	const char	*word;
	const char	**value;
} names[] = {
	{ "alpn",	&options.alpn },
	{ "ca",		&options.ca },
	{ "cert",	&options.cert },
	{ "clear",	&options.clear },
	{ "client",	&options.client },
	{ "fault",	&options.fault },
	{ "host",	&options.host },
	{ "key",	&options.key },
	{ "log",	&options.log },
	{ "mail",	&options.mail },
	{ "mechanisms",	&options.mechanisms },
	{ "ocsp",	&options.ocsp },
	{ "priority",	&options.priority },
	{ "service",	&options.service },
	{ "tls",	&options.tls },
	{ "users",	&options.users },
};

/* One write() to a file opened with O_APPEND: threads do not mix lines. */
void
client_log(const struct client *c, const char *fmt, ...)
{
	struct buf line = BUF_MAX(LOG_LINE_MAX);
	va_list ap;

	buf_addf(&line, "%u ", c->number);
	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	buf_addc(&line, '\n');
	if (write(logfile, line.data, line.len) == -1)
		err(EX_IOERR, "%s", options.log);
	buf_free(&line);
}

unsigned
next_message(void)
{
	static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
	static unsigned last;
	unsigned n;

	pthread_mutex_lock(&counting);
	n = ++last;
	pthread_mutex_unlock(&counting);
	return n;
}

static void
set(const char *word)
{
	size_t i, n = strcspn(word, "=");

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].word) == n &&
		    memcmp(names[i].word, word, n) == 0)
			break;
	if (i == sizeof(names) / sizeof(names[0]) || word[n] != '=')
		errx(EX_USAGE, "unknown option: %s", word);
	*names[i].value = word + n + 1;
}

static void *
serve(void *arg)
{
	struct client *c = arg;

	converse(c);
	if (c->tls != NULL) {
		gnutls_bye(c->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(c->tls);
	}
	client_log(c, "end");
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	buf_free(&c->sender);
	buf_free(&c->rcpts);
	free(c->name);
	free(c);
	return NULL;
}

static void
welcome(int listener)
{
	static unsigned number;
	struct client *c;
	pthread_t thread;
	int fd = loop_accept(listener);

	if (fd == -1)
		return;
	c = mem_new(1, sizeof(*c));
	c->options = &options;
	c->fd = fd;
	c->number = ++number;
	c->in = (struct buf)BUF_MAX(2 * LINE_MAX_OCTETS);
	c->out = (struct buf)BUF_MAX(LINE_MAX_OCTETS);
	c->sender = (struct buf)BUF_MAX(LOG_LINE_MAX / 4);
	c->rcpts = (struct buf)BUF_MAX(LOG_LINE_MAX / 2);
	if (pthread_create(&thread, NULL, serve, c) != 0)
		errx(EX_OSERR, "no thread");
	pthread_detach(thread);
}

int
main(int argc, char **argv)
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
	    { .events = POLLIN } };
	unsigned port;
	int i;

	for (i = 1; i < argc; i++)
		set(argv[i]);
	signal(SIGPIPE, SIG_IGN);
	logfile = open(options.log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (logfile == -1)
		err(EX_CANTCREAT, "%s", options.log);
	if (strcmp(options.tls, "none") != 0)
		tls_prepare(&options);
	fds[1].fd = loop_listen(&port);
	if (fds[1].fd == -1)
		err(EX_OSERR, "listen");
	printf("%u\n", port);
	fflush(stdout);
	while (fds[0].revents == 0) {
		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			err(EX_OSERR, "poll");
		if (fds[1].revents & POLLIN)
			welcome(fds[1].fd);
	}
	return 0;
}
