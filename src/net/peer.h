/*
 * peer.h - is it who it should be?  The judgement within a TLS handshake.
 *
 * What tls.h promises of certificates is kept here: the chain by CAs, or the
 * certificate by pins, or by the judge of the caller.
 */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <stdint.h>

#include "net/gnu.h"
#include "net/tls.h"

struct own;
struct tlsa_set;

struct peer {
	const struct tls_params	*params;	/* in the handshake */
	gnutls_certificate_credentials_t cred;	/* that trust is added to */
	struct err		 why;	/* it is not; or ERR_NONE */
	int			 verified;	/* in this handshake */
	int			 hello13;	/* the server wants TLS 1.3 */
	int64_t			 when;		/* it was verified: time(2) */
	int64_t			 expires;	/* what it was verified by */
	int64_t			 until;		/* what is known of its not
						 * being revoked is good */
	struct tlsa_set		*tlsa;		/* that it is judged by */
	struct own		*own;		/* what it is shown */
};

/* Does it matter who answers? */
int	 peer_matters(const struct tls_params *);
/* Have the session judged by p, which is to stay where it is. */
void	 peer_watch(struct peer *p, gnutls_session_t);
/*
 * After the handshake.  Returns 0 when whoever answers has shown a certificate
 * that is good, or resumed a session with somebody who did; else -1 with *e
 * set to ERR_PROTOCOL.
 */
int	 peer_check(const struct peer *, gnutls_session_t, struct err *e);

#endif
