#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/wait.h"
#include "net/dial.h"
#include "net/race.h"
#include "net/socks.h"

#define BUSY_MS		20	/* until a full queue is tried again */

/* ------------------------------------------------------------------ TCP */

static int
dial_host(const struct dial_params *p, struct dialed *d, struct err *e)
{
	struct race_params to = { .host = p->host, .port = p->port,
	    .source_ip = p->source_ip, .deadline = p->deadline,
	    .stop = p->stop, .found = p->found, .arg = p->arg };

	d->fd = race(&to, d->peer, sizeof(d->peer), e);
	if (d->fd != -1)
		return 0;
	return e->kind == ERR_NOHOST ? err_suffix(e, "; check \"host\"") : -1;
}

/* ---------------------------------------------------------------- SOCKS5 */

/* How a wait ended that was not for something to do. */
static int
gave_up(const struct socks *s, int woken, struct err *e)
{
	return woken == 0 ? socks_silent(s, "no answer", e) :
	    err_set(e, ERR_TEMP, "interrupted");
}

static int
tell(int fd, struct socks *s, const struct dial_params *p,
    struct err *e)
{
	size_t sent = 0;
	ssize_t n;
	int woken;

	while (sent < s->out_len) {
		n = send(fd, s->out + sent, s->out_len - sent, MSG_NOSIGNAL);
		if (n > 0)
			sent += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			woken = wait_fd(fd, POLLOUT, p->deadline, p->stop);
			if (woken <= 0)
				return gave_up(s, woken, e);
		} else if (errno != EINTR)
			return socks_silent(s, "it hung up", e);
	}
	socks_sent(s);
	return 0;
}

static int
hear(int fd, struct socks *s, const struct dial_params *p, struct err *e)
{
	unsigned char in[SOCKS_IN_MAX];
	ssize_t n;
	int woken = wait_fd(fd, POLLIN, p->deadline, p->stop);

	if (woken <= 0)
		return gave_up(s, woken, e);
	n = recv(fd, in, socks_want(s), 0);
	if (n > 0)
		return socks_feed(s, in, (size_t)n, e);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR))
		return 0;
	return socks_silent(s, "it hung up", e);
}

static int
negotiate(int fd, struct socks *s, const struct dial_params *p, struct err *e)
{
	while (socks_want(s) > 0)
		if (tell(fd, s, p, e) == -1 || hear(fd, s, p, e) == -1)
			return -1;
	return 0;
}

/* A proxy can heal, even one whose name is not known today. */
static int
proxy_failed(const struct dial_params *p, struct err *e)
{
	if (e->kind == ERR_NOHOST) {
		e->kind = ERR_TEMP;
		err_suffix(e, "; check \"proxy_host\"");
	}
	return err_prefix(e, "proxy %s:%u: ", str_shown(p->proxy_host,
	    strlen(p->proxy_host)), p->proxy_port);
}

static int
dial_proxy(const struct dial_params *p, struct dialed *d, struct err *e)
{
	struct socks_params to = { .host = p->host, .port = p->port,
	    .user = p->proxy_user, .password = p->proxy_password };
	struct race_params proxy = { .host = p->proxy_host,
	    .port = p->proxy_port, .source_ip = p->source_ip,
	    .deadline = p->deadline, .stop = p->stop, .found = p->found,
	    .arg = p->arg };
	char by[64];
	struct socks s;

	if (socks_begin(&s, &to, e) == -1)
		return proxy_failed(p, e);
	d->fd = race(&proxy, by, sizeof(by), e);
	if (d->fd != -1 && negotiate(d->fd, &s, p, e) == -1) {
		close(d->fd);
		d->fd = -1;
	}
	socks_end(&s);
	if (d->fd == -1)
		return proxy_failed(p, e);
	snprintf(d->peer, sizeof(d->peer), "%s:%u by way of %s",
	    str_shown(p->host, strlen(p->host)), p->port, by);
	return 0;
}

/* ---------------------------------------------------------- a unix socket */

static int
socket_failed(const char *path, int why, struct err *e)
{
	static const struct {
		int		 why;
		const char	*advice;
	} known[] = {
		{ ENOENT, "; is the server running?" },
		{ ECONNREFUSED, "; is the server running?" },
		{ EAGAIN, ": the server is too busy" },
		{ EACCES, "; may this user use it?" },
		{ EPROTOTYPE, "; it is no stream socket" },
	};
	size_t i;

	err_set(e, ERR_TEMP, "cannot connect to %s: %s", str_shown(path,
	    strlen(path)), strerror(why));
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].why == why)
			err_suffix(e, "%s", known[i].advice);
	return -1;
}

/*
 * A full queue says EAGAIN at once, and nothing tells when there is room
 * again.  Returns 0, or -1 with errno.
 */
static int
connect_socket(int fd, const struct sockaddr_un *to,
    const struct dial_params *p)
{
	int64_t until;

	while (connect(fd, (const void *)to, sizeof(*to)) == -1) {
		if (errno != EAGAIN || clock_left(p->deadline) == 0)
			return -1;
		until = clock_first(p->deadline, clock_in(BUSY_MS));
		if (wait_fds(NULL, 0, until, p->stop) == -1)
			return -1;
	}
	return 0;
}

static int
dial_socket(const struct dial_params *p, struct dialed *d, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (p->socket[0] == '\0')
		return err_set(e, ERR_CONFIG, "socket: there is no path");
	if (strlcpy(to.sun_path, p->socket, sizeof(to.sun_path)) >=
	    sizeof(to.sun_path))
		return err_set(e, ERR_CONFIG, "socket: %s is too long: a path "
		    "of a socket has up to %zu bytes", str_shown(p->socket,
		    strlen(p->socket)), sizeof(to.sun_path) - 1);
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd == -1)
		return err_set(e, ERR_TEMP, "socket: %s", strerror(errno));
	if (connect_socket(d->fd, &to, p) == 0) {
		strlcpy(d->peer, str_shown(p->socket, strlen(p->socket)),
		    sizeof(d->peer));
		return 0;
	}
	if (errno == EINTR)
		err_set(e, ERR_TEMP, "interrupted while connecting");
	else
		socket_failed(p->socket, errno, e);
	close(d->fd);
	d->fd = -1;
	return -1;
}

/* -------------------------------------------------------------- a command */

static int
run(const struct dial_params *p, const struct argv *argv, struct dialed *d,
    struct err *e)
{
	struct proc proc;

	if (proc_open(&proc, argv->word, p->deadline, p->stop, e) == -1)
		return -1;
	/* The caller closes without hearing the end of it. */
	d->fd = fcntl(proc.fd, F_DUPFD_CLOEXEC, 0);
	if (d->fd == -1) {
		err_set(e, ERR_TEMP, "dup: %s", strerror(errno));
		proc_close(&proc);
		return -1;
	}
	d->child = proc.pid;
	d->child_fd = proc.fd;
	/* Arguments may be secret, though they should not. */
	snprintf(d->peer, sizeof(d->peer), "the command \"%s%s\"",
	    str_shown(argv->word[0], strlen(argv->word[0])),
	    argv->n > 1 ? " ..." : "");
	return 0;
}

static int
dial_command(const struct dial_params *p, struct dialed *d, struct err *e)
{
	char port[16];
	const struct argv_value values[] = {
		{ 'h', p->host }, { 'p', p->port != 0 ? port : NULL },
	};
	struct argv argv = ARGV_INIT;
	int r = -1;

	snprintf(port, sizeof(port), "%u", p->port);
	if (argv_split(&argv, p->command, e) == 0 &&
	    argv_expand(&argv, values, sizeof(values) / sizeof(values[0]),
	    e) == 0)
		r = run(p, &argv, d, e);
	argv_free(&argv);
	return r == 0 ? 0 : err_prefix(e, "connect_command: ");
}

/* ----------------------------------------------------------------------- */

int
dial(const struct dial_params *p, struct dialed *d, struct err *e)
{
	d->fd = -1;
	d->child = 0;
	d->child_fd = -1;
	d->peer[0] = '\0';
	if (p->command != NULL)
		return dial_command(p, d, e);
	if (p->socket != NULL)
		return dial_socket(p, d, e);
	if (p->proxy_host != NULL)
		return dial_proxy(p, d, e);
	return dial_host(p, d, e);
}

void
dial_done(struct dialed *d)
{
	struct proc proc = { .fd = d->child_fd, .pid = d->child };
	int status;

	if (d->child == 0)
		return;
	status = proc_close(&proc);
	d->child = 0;
	if (status == -1)
		log_story("%s does not end", d->peer);
	else if (WIFSIGNALED(status))
		log_story("%s was killed by signal %d", d->peer,
		    WTERMSIG(status));
	else
		log_debug("%s ended with exit status %d", d->peer,
		    WEXITSTATUS(status));
}
