/*
 * tls.h - a TLS client over a socket that does not block (RFC 8446, 8314).
 *
 * TLS 1.2 at least, if not told otherwise (RFC 8996).  Before a byte of ours
 * goes out the chain is verified against the trust given, and the name against
 * the certificate: its common name too, where it names no host otherwise (RFC
 * 6125 6.4.4), for private CAs still issue such.  Where it was verified the
 * session may be kept for the next connection: see resume.h.  GnuTLS is loaded
 * at the first use.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "net/cert.h"

#define TLS_AGAIN	(-2)

/* What a login can be bound to, so that it is good in this session alone. */
enum tls_binding { TLS_NO_BINDING, TLS_UNIQUE, TLS_EXPORTER };

/* Of a PIN or passphrase that is asked for: the one before was wrong; and a
 * wrong one now locks the token. */
enum tls_pin { TLS_PIN_AGAIN = 1, TLS_PIN_LAST = 2 };

struct tls_params {
	const char	*trust_file;	/* CA certificates, PEM; NULL: system */
	const char	*name;		/* to be verified, and for SNI */
	const char	*priorities;	/* GnuTLS's, or NULL */
	unsigned	 min_version;	/* see tls_version(); 0: TLS 1.2 */
	const char	*crl_file;	/* revocation lists, PEM, or NULL; they
					 * count where CAs do */
	const char	*alpn;		/* what is to be spoken (RFC 7301), or
					 * NULL */
	int		 at_once;	/* no STARTTLS came before */
	const char	*pins;		/* see pin.h: the certificate has to
					 * match, and need not verify; or
					 * NULL */
	int		 verify;	/* unset: anybody may answer, but for
					 * pins */
	/* Instead of CAs, whoever knows: returns 0 where the certificate will
	 * do, else -1 with *e set.  id is what that depends on. */
	int		(*judge)(void *arg, const struct tls_cert *,
			    struct err *e);
	void		*judge_arg;
	const char	*judge_id;
	int		 dane;		/* set: what the DNS says of name and
					 * port, signed, instead of CAs or
					 * with them; see dane.h */
	unsigned	 port;
	/* What we show to a server that asks for it: see own.h.  Either is
	 * NULL, or a file or a URI; a key of NULL is where the certificate
	 * is.  pin() is asked for what opens it, `what` says for people
	 * which, and `how` is of enum tls_pin.  Returns 0 with the word
	 * appended, else -1 with *e set; NULL: there is nobody to ask. */
	const char	*cert_file, *key_file;
	int		(*pin)(void *arg, const char *what, unsigned how,
			    struct buf *, struct err *);
	void		*pin_arg;
	struct tls_facts *facts;	/* to be filled in, as far as it gets,
					 * also on failure; or NULL */
	const char	*tickets;	/* file that keeps a session for this
					 * host and account, or NULL */
	int		 anew;		/* the one that is kept is not used */
	const volatile sig_atomic_t *stop;	/* or NULL */
};

struct tls;

/*
 * Shake hands on fd, which stays the caller's.  Returns 0, or -1 with *e set:
 * ERR_PROTOCOL when the certificate or the protocol is not good enough,
 * naming the check, ERR_TEMP on silence or hang-up, ERR_CONFIG for a bad
 * file of trust or revocation, or bad priorities.  What is wrong with a
 * certificate of ours is ERR_CONFIG, or ERR_UNAVAIL when its token is not
 * there.
 */
int	 tls_start(struct tls **, int fd, const struct tls_params *,
	    int64_t deadline, struct err *e);
/* Up to n bytes.  Returns how many, 0 at the end, TLS_AGAIN when it would
 * block, or -1 with *e set. */
ssize_t	 tls_recv(struct tls *, void *, size_t n, struct err *e);
/*
 * Returns how many have left, in records that have whole, TLS_AGAIN when it
 * would block, or -1 with *e set.  Call again beginning with the first that has
 * not left.  Up to 64 KiB leave by one system call, of more than a record (16
 * KiB) only whole ones: give it as much as there is.
 */
ssize_t	 tls_send(struct tls *, const void *, size_t n, struct err *e);
/* Bytes that can be had without reading from the socket. */
size_t	 tls_pending(const struct tls *);
/* "TLS1.3, AES-256-GCM, certificate of mail.example.org verified", or "...,
 * resumed; certificate of mail.example.org verified on 2026-01-02 ..." */
const char *tls_describe(const struct tls *);
/* Append the octets that a login may be bound to.  Returns their kind; with
 * TLS_NO_BINDING there are none. */
enum tls_binding tls_binding(struct tls *, struct buf *out);
/* From now on nothing goes out, not even records of which a part has. */
void	 tls_cut(struct tls *);
/* Says good-bye without waiting, and keeps the session. */
void	 tls_free(struct tls *);
/* "1.0" to "1.3" as on the wire, 0x0301 to 0x0304; 0 for any other word and
 * NULL. */
unsigned tls_version(const char *word);
/* The version of GnuTLS that this was built with. */
const char *tls_library(void);

#endif
