/*
 * sasl.h - one exchange by one SASL mechanism, a step at a time, by libgsasl
 * or, for tokens, by bearer.h (RFC 4422, 4954).  Which mechanism, and what
 * comes after one that failed, is login.h's.
 *
 * Everything that goes in or out is base64, as SMTP carries it.  libgsasl is
 * loaded at the first login, and the password is asked for only when the
 * mechanism wants it.  Nothing here reads or writes, but for Kerberos: what
 * libgsasl calls for it reads the tickets, and may ask the KDC.
 */
#ifndef SMTP_SASL_H
#define SMTP_SASL_H

#include "base/buf.h"
#include "base/err.h"
#include "net/tls.h"
#include "smtp/mech.h"

/* RFC 4954 4 has a server take 12288 octets; tokens of some providers are
 * longer, and go to those that take them. */
#define SASL_RESPONSE_MAX	(96 * 1024)	/* of base64 */
#define SASL_ROUNDS_MAX		1000000		/* that SCRAM may ask of us */

struct sasl_params {
	const char	*user;		/* or NULL, where none is needed */
	const char	*mechanisms;	/* those that are named (spaces
					 * between), whatever they give away;
					 * NULL: all that need no naming and,
					 * unless protected, reveal nothing */
	int		 protected;	/* nobody listens: TLS is on */
	const char	*realm;		/* for NTLM and DIGEST-MD5; or NULL */
	const char	*host;		/* the server's name; or NULL */
	unsigned	 port;		/* or 0 */
	int		 certificate;	/* TLS shows one of ours */
	int		 no_password;	/* nobody has one, but a person who
					 * would be asked */
	/* The password or token, valid until the next call.  Returns 0, or -1
	 * with *e set. */
	int		(*ask)(void *arg, const char **password, struct err *e);
	/* Append the channel binding, as tls_binding(); or NULL.  Called once,
	 * when a mechanism that wants it comes into question. */
	enum tls_binding (*binding)(void *arg, struct buf *out);
	void		*arg;
};

/* Whose fault a failure is. */
enum sasl_fault {
	SASL_SOUND,		/* nobody's yet */
	SASL_OWN,		/* this mechanism's: another may do */
	SASL_ALL,		/* another would fail of the same */
	SASL_SERVER		/* the server did not prove itself, or plays
				 * tricks: it learns nothing more */
};

struct sasl;

/*
 * Begin by this mechanism, with that channel binding if it wants one.  All is
 * borrowed until sasl_free().
 */
struct sasl *sasl_new(const struct mech *, const struct sasl_params *,
	    enum tls_binding, const struct buf *binding);
/*
 * Append the initial response to out.  Returns 1, 0 when the mechanism has
 * none, or -1 with *e set.  Comes first, whatever the mechanism.
 */
int	 sasl_first(struct sasl *, struct buf *out, struct err *e);
/*
 * Append the answer to a challenge to out, which may be no text at all.
 * Returns 0, or -1 with *e set: ERR_PROTOCOL when the server is not to be
 * believed, else what ask() said.
 */
int	 sasl_step(struct sasl *, const char *challenge, struct buf *out,
	    struct err *e);
/* Is what it has said last made of the password? */
int	 sasl_has_secret(const struct sasl *);
/* Has a challenge been answered? */
int	 sasl_answered(const struct sasl *);
/* Whose fault it is that either of the two returned -1. */
enum sasl_fault sasl_fault(const struct sasl *);
/* What the server said of a token, and what to do about it; or "". */
const char *sasl_why(const struct sasl *);
/* True when the mechanism is content: it has said all that it has to say, and
 * the server has proved what it must prove. */
int	 sasl_content(const struct sasl *);
void	 sasl_free(struct sasl *);
/* The version of libgsasl that this was built with. */
const char *sasl_library(void);

#endif
