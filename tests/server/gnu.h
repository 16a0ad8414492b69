/*
 * gnu.h - what the parts of smtpd-gnu share: its options, a connection.
 *
 * Each connection has a thread and a struct client of its own; the options do
 * not change once it runs.  smtpd-gnu.c says what each option is.
 */
#ifndef GNU_H
#define GNU_H

#include <gnutls/gnutls.h>
#include <gsasl.h>
#include <stddef.h>

#include "base/buf.h"

#define LINE_MAX_OCTETS	(256 * 1024)	/* a bearer token is long */

/* NULL is one that was not given. */
struct options {
	const char	*tls, *cert, *key, *priority, *alpn, *ocsp;
	const char	*ca, *client;
	const char	*mechanisms, *users, *clear, *service, *host;
	const char	*fault, *log, *mail;
	gnutls_certificate_credentials_t cred;
	gnutls_datum_t	 tickets;
};

struct client {
	const struct options *options;
	int		 fd;
	unsigned	 number;	/* of the connection, from 1 */
	gnutls_session_t tls;		/* NULL: in the clear */
	struct buf	 in, out;
	struct buf	 sender, rcpts;
	char		*name;		/* who logged in; owned */
	const char	*binding;	/* that the login asked for */
	int		 certified;	/* a verified client certificate */
	int		 over;
};

/* smtpd-gnu.c: a line of the log, whole: "NUMBER WORDS". */
void		 client_log(const struct client *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* How many connections there were, messages with one more. */
unsigned	 next_message(void);

/* gnutls.c.  tls_prepare() ends the program where a file is not to be read;
 * the others return 0, or -1 when there is no session. */
void		 tls_prepare(struct options *);
int		 tls_start(struct client *);
/* Append the channel binding, "tls-unique" or "tls-exporter", in base64. */
int		 tls_binding(const struct client *, const char *name,
		    struct buf *);
/* Append the distinguished name of the client's certificate, or "-". */
void		 tls_subject(const struct client *, struct buf *);

/* session.c.  client_line() puts the next line, without its end, into line.
 * Both return 0, or -1 when the connection is gone. */
int		 client_line(struct client *, struct buf *line);
int		 client_say(struct client *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
void		 converse(struct client *);

/* login.c: AUTH, up to its last answer; words are what follows the verb. */
void		 login(struct client *, const char *words);
/* The password of that user, owned by the caller, or NULL. */
char		*password_of(const struct options *, const char *user);

/*
 * bearer.c: OAUTHBEARER and XOAUTH2, which libgsasl does not have.  The token
 * is the user's password.  Takes an initial response, or asks for it.  Returns
 * the user's name, owned by the caller, or NULL when it was refused and the
 * client has answered the challenge that says so, or is gone.
 */
int		 is_bearer(const char *mechanism);
char		*bearer(struct client *, const char *mechanism,
		    const char *first);

#endif
