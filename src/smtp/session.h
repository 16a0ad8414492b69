/*
 * session.h - an SMTP submission session, without I/O (RFC 5321, 6409).
 *
 * The driver writes what session_out() gives, feeds reply lines in, and does
 * what session_want() says.  Pipelining (RFC 2920) is only a wider window:
 * with a window of 1 the same code waits for each reply.  A session carries
 * any number of transactions, one after the other.
 *
 * With CHUNKING (RFC 3030) a message of at most SESSION_FLIGHT_MAX octets
 * leaves in one flight with all of its envelope; a longer one follows once
 * somebody is there to get it.  Where a server takes fewer recipients at a
 * time than there are (RFC 9422; RFC 5321 4.5.3.1.10) one session_mail() makes
 * several transactions, and the body is asked for anew in each.
 *
 * What became of each recipient is in the envelope, always true: SENT when
 * the final reply was read and good, IN_DOUBT from the moment at which the
 * end of the message was written until then, and WAITING when nothing is
 * known.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "mail/envelope.h"
#include "smtp/body.h"
#include "smtp/ehlo.h"
#include "smtp/lane.h"
#include "smtp/login.h"
#include "smtp/reply.h"
#include "smtp/told.h"

#define SESSION_OUT_MAX		(256 * 1024)
#define SESSION_FLIGHT_MAX	(256 * 1024)	/* see below */
#define SESSION_BLOCK		(64 * 1024)	/* of body at a time */
#define SESSION_RECORD		(16 * 1024)	/* what TLS sends at once */
#define SESSION_DOMAINS_MAX	32		/* of RCPTDOMAINMAX, RFC 9422 */

enum session_tls { SESSION_PLAIN, SESSION_STARTTLS, SESSION_TLS };

enum session_want {
	SESSION_IO,		/* write what is out, feed lines in */
	SESSION_STARTTLS_NOW,	/* shake hands, then session_tls_up() */
	SESSION_READY,		/* session_mail() or session_quit() */
	SESSION_BODY,		/* session_body() or session_body_end() */
	SESSION_CLOSE		/* all is said: close the connection */
};

/* What a session has behind it, for who looks on. */
enum session_mark {
	SESSION_GREETED, SESSION_HELLO, SESSION_SECURED, SESSION_LOGGED_IN
};

struct session;

struct session_params {
	const char		*helo;		/* our name, borrowed */
	int			 lmtp;		/* RFC 2033 */
	enum session_tls	 tls;
	const struct sasl_params *auth;		/* NULL: no login; borrowed */
	unsigned		 timeout_s;	/* of each wait; 0: no other */
	size_t			 window;	/* replies owed at most; 0: as
						 * many as the server lets us */
	size_t			 rcpt_max;	/* recipients of a transaction:
						 * what an earlier session with
						 * this server found; or 0 */
	/* Told of each mark when it is reached, while the reply that says so
	 * is at hand; or NULL. */
	void			(*mark)(void *arg, enum session_mark,
				    const struct session *);
	void			*mark_arg;
};

struct transaction {
	struct envelope	*env;		/* borrowed; those WAITING are tried */
	uint64_t	 size;		/* octets on the wire, stuffing apart:
					 * exactly those that will be fed */
	int		 eightbit;	/* the message has 8-bit octets */
	int		 binary;	/* it has long lines or NULs, and goes
					 * by BDAT or not at all */
	int		 utf8;		/* SMTPUTF8 is wanted if offered; so it
					 * is for an address that needs it */
	const char	*dsn_notify;	/* "never" or a list; or NULL */
	const char	*dsn_ret;	/* "full" or "hdrs"; or NULL */
	const char	*dsn_envid;	/* xtext; or NULL */
	const char	*auth;		/* AUTH= (RFC 4954 5): a mailbox, "<>";
					 * or NULL */
	int		 require_tls;	/* REQUIRETLS, or not at all */
	const char	*priority;	/* MT-PRIORITY=, -9 to 9; or NULL */
	const char	*deliver_by;	/* BY=, "SECONDS;R" or ";N"; or NULL */
	const char	*hold_for;	/* HOLDFOR=, seconds; or NULL */
	const char	*hold_until;	/* HOLDUNTIL=, a UTC date and time as in
					 * RFC 3339; or NULL */
	int		 last;		/* QUIT comes right behind */
};

enum phase {
	PH_GREETING, PH_EHLO, PH_HELO, PH_STARTTLS, PH_HANDSHAKE, PH_AUTH,
	PH_LOGIN, PH_READY, PH_RSET, PH_ENVELOPE, PH_BODY, PH_DOT, PH_QUIT,
	PH_CLOSED
};

struct session {
	/* To be read by anybody. */
	struct err		 err;	/* why the session failed, or none */
	char			 queue_id[512];	/* the server's, commas between
						 * several; or "" */
	struct reply		 last;	/* the last reply, but QUIT's */
	unsigned		 turns;	/* times that we wrote, then waited */
	unsigned		 replies;	/* that came, ever */
	unsigned		 bodies;	/* begun, ever: each is fed from
						 * the message's beginning */
	int			 more;	/* some are WAITING for another
					 * connection to the same server */
	size_t			 rcpt_max;	/* for that one's params */
	char			 mechanism[32];	/* we are logged in by; or "" */
	int			 hung_up;	/* we did: nothing may follow */

	/* The rest is the session's own. */
	struct session_params	 params;
	enum phase		 phase;
	struct lane		 lane;
	struct reply		 reply;
	struct ehlo		 ehlo;
	struct buf		 out;
	uint64_t		 written;	/* octets, ever */
	uint64_t		 dot_end;	/* the dot is out then */
	uint64_t		 idle_at;	/* all was answered then */
	int			 tls_up, quit_said, odd_parting, unanswered;
	int			 no_more;	/* transactions */
	struct login		*login;
	struct sasl_params	 overheard;	/* params.auth's */
	struct buf		 held;		/* response for the next 334 */
	struct told		 told;		/* secrets */
	struct buf		 crossed;	/* a line, and none in it */

	struct transaction	 tr;
	struct body		 body;
	uint64_t		 fed;		/* octets of it */
	size_t			 next_rcpt;
	size_t			 said, accepted, refused;	/* RCPT */
	size_t			 domain[SESSION_DOMAINS_MAX]; /* who has it */
	size_t			 domains;
	size_t			 done;		/* transactions */
	int			 mail_said, mail_refused, data_said;
	int			 all_out;	/* the message, to its end */
	int			 use_utf8, use_dsn, dirty, pausing;
};

void	 session_init(struct session *, const struct session_params *);
enum session_want session_want(const struct session *);
/* What the server offers: EHLO_... of ehlo.h; known when READY. */
unsigned session_can(const struct session *);
/* Begin a transaction; only when READY.  tr is copied, its members not.  The
 * transaction may end the session, and `more` says that it is not through. */
void	 session_mail(struct session *, const struct transaction *tr);
void	 session_quit(struct session *);
/* One line of a reply, without its line end and followed by a NUL. */
void	 session_line(struct session *, const char *, size_t n);
void	 session_tls_up(struct session *);
/* What is to be written, and how much of it was. */
const struct buf *session_out(const struct session *);
void	 session_wrote(struct session *, size_t n);
/* How many octets of the message are wanted next, and where they may be put to
 * be handed over from there; NULL when they go out in another form. */
char	*session_room(struct session *, size_t *n);
/* Up to SESSION_BLOCK octets of the message in wire form; only when BODY.  It
 * ends with session_body_end(), unless the session wants no more of it. */
void	 session_body(struct session *, const char *, size_t n);
void	 session_body_end(struct session *);
/* The connection is no more, for this reason; settles what is unknown. */
void	 session_lost(struct session *, const struct err *);
/* True once all of a message is out and its last reply is not in yet. */
int	 session_in_doubt(const struct session *);
/* Whoever is not in the transaction at hand is for another session. */
void	 session_finish(struct session *);
/* True when a reply is owed to us. */
int	 session_owed(const struct session *);
/* Seconds that the next reply, or progress in writing, may take. */
unsigned session_patience(const struct session *);
/* What has not come, for people: "no reply to EHLO". */
const char *session_lack(const struct session *);
/* It has failed in a way in which another server would fail it as well, or
 * must not be tried, for it would be shown the same password: see login.h. */
int	 session_is_final(const struct session *);
void	 session_free(struct session *);

#endif
