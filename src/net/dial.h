/*
 * dial.h - the connection to a server, by whatever way, or the reason why
 * there is none: TCP to a host, TCP by way of a SOCKS5 proxy, a socket of this
 * machine, or a program that connects for us.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct dial_params {
	const char	*host;		/* a name or an address; may be NULL
					 * for a socket or a command */
	unsigned	 port;
	const char	*source_ip;	/* to connect from, or NULL: an IPv4
					 * and an IPv6 address, a space
					 * between, or one of them, and the
					 * other family is not used then */
	const char	*proxy_host;	/* SOCKS5, or NULL */
	unsigned	 proxy_port;
	const char	*proxy_user, *proxy_password;	/* or NULL */
	const char	*socket;	/* its path, instead of all that; or
					 * NULL */
	const char	*command;	/* an argv.h command line, instead of
					 * all that, in which %h and %p are
					 * host and port; or NULL */
	int64_t		 deadline;	/* clock_ms(), for all of it */
	const volatile sig_atomic_t *stop;	/* or NULL */
	/* See race.h: the addresses of the host, or of the proxy; or NULL. */
	void		(*found)(void *arg, const char *addresses);
	void		*arg;
};

struct dialed {
	int	 fd;			/* the caller's to close */
	char	 peer[256];		/* who it is, for people */
	pid_t	 child;			/* the command, or 0 */
	int	 child_fd;		/* fd once more, for dial_done() */
};

/*
 * Connect.  A host's addresses are raced (race.h).  The descriptor does not
 * block, is closed on exec, and if it is TCP's has no Nagle's delay.  Not a
 * byte has been read that is the server's.  Returns 0, or -1 with *e set:
 * ERR_NOHOST, ERR_TEMP, or ERR_CONFIG for parameters that cannot be right.
 */
int	 dial(const struct dial_params *, struct dialed *, struct err *e);
/* When the descriptor has been closed: let the command end, within seconds, or
 * make it end, and reap it. */
void	 dial_done(struct dialed *);

#endif
