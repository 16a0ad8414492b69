/*
 * phases.h - what session.c shares with its two halves, opening.c (greeting
 * to login) and transaction.c (MAIL to the final dot): them, and the ways out.
 *
 * A `say` function puts commands on the wire as far as the phase and the
 * window allow; a handler takes in one reply.  Both return the phase that
 * follows, so that the compiler refuses a path that forgets to go on.
 */
#ifndef SMTP_PHASES_H
#define SMTP_PHASES_H

#include "smtp/session.h"

typedef enum phase phase_say(struct session *);
typedef enum phase phase_on(struct session *, size_t i);

phase_say	 opening_ehlo, opening_helo, opening_starttls, opening_auth;
phase_on	 opening_on_greeting, opening_on_ehlo, opening_on_helo,
		 opening_on_starttls, opening_on_auth, opening_on_cancel;
phase_say	 transaction_rset, transaction_envelope;
phase_on	 transaction_on_rset, transaction_on_mail, transaction_on_rcpt,
		 transaction_on_data, transaction_on_dot,
		 transaction_on_no_message;
/* A reply in the middle of the message, which nobody asked for. */
enum phase	 transaction_interrupted(struct session *);
/* Checks what the server cannot take, and begins. */
enum phase	 transaction_begin(struct session *);
/* May one more command be said, with a reply owed for it? */
int		 transaction_room(const struct session *);
/* All of the message is out: from now on there is doubt. */
void		 transaction_all_out(struct session *);
/* Is there somebody whom no transaction has tried yet? */
int		 transaction_left(const struct session *);

/* What the transaction wants of the server, and may not have: every recipient
 * concerned is refused.  Returns 0, or -1 when nobody is left. */
int		 wishes_check(struct session *);
/* Say MAIL, or RCPT to recipient i, with all that is wished and offered; what
 * does not fit a line is refused. */
void		 wishes_mail(struct session *);
void		 wishes_rcpt(struct session *, size_t i);

/* Does the server offer all of these: EHLO_... of ehlo.h? */
static inline int
phase_may(const struct session *s, unsigned what)
{
	return (s->ehlo.can & what) == what;
}

/* Remember a response (base64), or the password, so that no reply that repeats
 * it is shown. */
void		 phase_told(struct session *, const char *response);
void		 phase_knows(struct session *, const char *password);
/* A word that is a whole command: it always fits. */
void		 phase_say_word(struct session *, enum verb, const char *);
/* Ends the session, with QUIT where the server would understand it. */
enum phase	 phase_fail(struct session *, enum err_kind, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));
/* The same for a reply that is a refusal: kind and words are the server's. */
enum phase	 phase_refused(struct session *, enum reply_stage,
		    const char *what);
/* Ends the session without another word. */
enum phase	 phase_hang_up(struct session *);

#endif
