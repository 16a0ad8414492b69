/*
 * sasl.h - a login, one step at a time, by libgsasl (RFC 4422, 4954).
 *
 * Everything that goes in or out is base64, as SMTP carries it.  libgsasl is
 * loaded at the first login, and the password is asked for only when the
 * mechanism wants it.
 */
#ifndef SMTP_SASL_H
#define SMTP_SASL_H

#include "base/buf.h"
#include "base/err.h"

#define SASL_RESPONSE_MAX	12288		/* RFC 4954 4 */
#define SASL_ROUNDS_MAX		1000000		/* that SCRAM may ask of us */

struct sasl_params {
	const char	*user;
	const char	*mechanisms;	/* those allowed, spaces between; NULL:
					 * all that hide the password, and, if
					 * protected, all */
	int		 protected;	/* nobody listens: TLS is on */
	/* The password, valid until the next call.  Returns 0, or -1 with *e
	 * set. */
	int		(*ask)(void *arg, const char **password, struct err *e);
	void		*arg;
};

struct sasl;

/*
 * Choose the strongest mechanism that is both offered (words, spaces between)
 * and allowed.  Returns 0, or -1 with *e set: ERR_UNAVAIL when there is none
 * or no libgsasl.  p is borrowed until sasl_free().
 */
int	 sasl_start(struct sasl **, const struct sasl_params *p,
	    const char *offered, struct err *e);
const char *sasl_name(const struct sasl *);
/*
 * Append the initial response to out.  Returns 1, 0 when the mechanism has
 * none, or -1 with *e set.
 */
int	 sasl_first(struct sasl *, struct buf *out, struct err *e);
/*
 * Append the answer to a challenge to out, which may be no text at all.
 * Returns 0, or -1 with *e set: ERR_PROTOCOL when the server is not to be
 * believed, else what ask() said.
 */
int	 sasl_step(struct sasl *, const char *challenge, struct buf *out,
	    struct err *e);
/* True when the mechanism is content: it has said all that it has to say, and
 * the server has proved what it must prove. */
int	 sasl_content(const struct sasl *);
void	 sasl_free(struct sasl *);
/* The version of libgsasl that this was built with. */
const char *sasl_library(void);

#endif
