/*
 * session.h - one connection of server.c: what came, and what is owed.
 *
 * What is read is kept as it is until the connection is closed, and so a place
 * in it stays good; a pointer does not outlive the next session_read().
 */
#ifndef SESSION_H
#define SESSION_H

#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define SESSION_MAX	(512 * 1024 * 1024)	/* octets of a connection */
#define SESSION_LINE	4096			/* of a command */

enum link { LINK_PLAIN, LINK_STARTTLS, LINK_TLS, LINKS };

/* Octets of the input, by their place. */
struct span {
	size_t	 at;
	size_t	 len;
};

enum what { SENDER, RECIPIENT, TEXT, CHUNK, ACCEPTED };

struct event {
	enum what	 what;	/* TEXT has dots stuffed, CHUNK has not */
	struct span	 span;
};

/* The same for all connections. */
struct setup {
	int64_t		 patience;	/* microseconds */
	const char	*user, *password;
	gnutls_certificate_credentials_t cred;
	gnutls_datum_t	 tickets;
};

struct session {
	const struct setup *setup;
	int		 fd;
	enum link	 link;
	gnutls_session_t tls;		/* NULL: in the clear */
	char		*in;
	size_t		 len, size;
	size_t		 at;		/* where the next command begins */
	struct buf	 out;
	struct buf	 events;	/* struct event, one after another */
	int64_t		 spoke;		/* when, if no answer came since */
	unsigned	 turns;
	unsigned	 rcpts;
	int		 resumed, logged_in, greeted, mail, over;
};

/* Owned by the caller; the descriptor is the session's from now on. */
struct session	*session_new(const struct setup *, int fd, enum link);
void		 session_free(struct session *);
/* These return 0, or -1 when the connection is gone. */
int		 session_start_tls(struct session *);
int		 session_flush(struct session *);	/* write what is owed */
int		 session_read(struct session *);	/* that, and read */
/* The next command, without its line end. */
int		 session_line(struct session *, struct span *);
/* Owe the client that; remember that it came. */
void		 session_say(struct session *, const char *);
void		 session_note(struct session *, enum what, size_t at,
		    size_t len);
/* Write what is owed and close the connection; what came stays. */
void		 session_close(struct session *);

/* The conversation, up to QUIT or the connection's end. */
void		 converse(struct session *);
/* Print what came, as server.c says; the input is not what it was then. */
void		 report(struct session *);

#endif
