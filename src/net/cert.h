/*
 * cert.h - a certificate, and a TLS connection, as a person sees them.
 *
 * For questions and reports only: nothing is decided by what stands here.
 * All text is escaped.
 */
#ifndef NET_CERT_H
#define NET_CERT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CERT_CHAIN_MAX	8192

struct tls_cert {
	char	 subject[512], issuer[512];	/* RFC 4514 */
	char	 names[512];			/* and addresses, commas
						 * between them */
	int64_t	 not_before, not_after;		/* time(2); -1: not told */
	char	 sha256[80];			/* "sha256:HEX" */
	char	 pin[64];			/* "pin-sha256:BASE64" */
	char	 key[48];			/* "RSA, 2048 bits" */
};

struct tls_facts {
	char		 protocol[16];		/* "TLS1.3" */
	char		 cipher[64];
	char		 alpn[16];		/* what was agreed on, or "" */
	char		 ocsp[96];		/* what was stapled: "none",
						 * "good until ..."; "" where
						 * CAs did not count */
	int		 resumed;		/* then cert is unknown */
	int64_t		 verified;		/* when; 0: not at all */
	int64_t		 expires;		/* the first of the chain */
	struct tls_cert	 cert;			/* the server's own */
	struct buf	 chain;			/* a line a certificate; to be
						 * released by the caller */
};

#define TLS_FACTS_INIT	{ .chain = BUF_MAX(CERT_CHAIN_MAX) }

/* Fill in what a certificate in DER says.  Returns 0, or -1 when it cannot be
 * read. */
int	 cert_read(struct tls_cert *, const void *der, size_t n);

#endif
