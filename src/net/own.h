/*
 * own.h - the certificate that we show, where a server asks for one.
 *
 * Certificate and key are files, in PEM or DER, or URIs of what GnuTLS can
 * reach (RFC 7512: pkcs11:...).  Nothing is read, no module of PKCS#11 loaded
 * and nobody asked for a PIN before a server has asked for a certificate.  A
 * PIN that was wrong is not tried a second time.
 */
#ifndef NET_OWN_H
#define NET_OWN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/gnu.h"
#include "net/tls.h"

#define OWN_CHAIN_MAX	16

struct own {
	const struct tls_params	*params;	/* in the handshake */
	gnutls_pcert_st		 cert[OWN_CHAIN_MAX];
	unsigned		 n;
	gnutls_privkey_t	 key;
	struct buf		 tried;		/* the last PIN */
	int			 asked;		/* the server wants one */
	int			 guarded;	/* the key is in a token, or it
						 * took a PIN to open it */
	int64_t			 spent;		/* ms by who typed a PIN */
	struct err		 why;		/* it cannot be shown */
};

/* Have it shown from now on; o is to stay where it is. */
void	 own_watch(struct own *o, gnutls_certificate_credentials_t,
	    const struct tls_params *);
/* Add to an error what our certificate may have to do with it. */
void	 own_explain(const struct own *, struct err *e);
/* A gnutls_pin_callback_t with a struct own.  Returns 0, or -1 with o->why
 * set. */
int	 own_pin(void *o, int attempt, const char *url, const char *label,
	    unsigned flags, char *pin, size_t room);
/* Behind the end of the session. */
void	 own_free(struct own *);

#endif
