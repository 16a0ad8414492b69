/*
 * login.h - a login from what the server offers to its yes or no: by which
 * mechanism, and by which one next where one fails for a reason of its own.
 *
 * Another one is tried only if the account allows that one too, which an
 * account that names its mechanism does not.  It is not when the server failed
 * to prove itself; nor when it may be the password that is wrong, for by any
 * other mechanism it would be too, and accounts get locked.  Who was shown a
 * proof, and does not take it, is shown no password.
 */
#ifndef SMTP_LOGIN_H
#define SMTP_LOGIN_H

#include "base/buf.h"
#include "base/err.h"
#include "smtp/reply.h"
#include "smtp/sasl.h"

#define LOGIN_TRIES_MAX	4		/* that the server hears of */

struct login;

/* What is offered: words, spaces between.  Both are borrowed until
 * login_free(). */
struct login *login_new(const struct sasl_params *, const char *offered);
/*
 * Begin by the strongest mechanism that is offered, allowed, has what it needs
 * and was not tried yet, passing over those that cannot begin.  Returns 0, or
 * -1 with *e set: ERR_UNAVAIL when there is none.
 */
int	 login_begin(struct login *, struct err *e);
const char *login_name(const struct login *);
/* What login_first() or login_answer() gave is on its way. */
void	 login_said(struct login *);
/* The initial response in base64, or NULL when the mechanism has none. */
const struct buf *login_first(const struct login *);
/* Append the answer to a challenge.  Returns 0, or -1 with *e set. */
int	 login_answer(struct login *, const char *challenge, struct buf *out,
	    struct err *e);
/* Has a server the password, or a proof of it? */
int	 login_has_shown(const struct login *);
/*
 * login_answer() returned -1 with *e set.  Returns 0 when another mechanism has
 * begun: cancel the exchange at hand (RFC 4954 4), then login_first().  Else
 * returns -1, and *e tells of the earlier ones too.
 */
int	 login_failed(struct login *, struct err *e);
/* The same for the server's refusal: the exchange is over. */
int	 login_refused(struct login *, const struct reply *, struct err *e);
/*
 * Would another server, too, be shown a password that may be wrong, or is what
 * failed no server's doing?  A 454 is: there the password was not judged
 * (RFC 4954 6).
 */
int	 login_is_final(const struct login *, const struct reply *last);
/* True when all is said and proved: see sasl.h. */
int	 login_content(const struct login *);
void	 login_free(struct login *);

#endif
