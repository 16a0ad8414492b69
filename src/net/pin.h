/*
 * pin.h - certificates that are known by a fingerprint.
 *
 * Of the certificate itself, or of the public key in it, which a new
 * certificate may go on with.  Both are SHA-256, of DER.
 */
#ifndef NET_PIN_H
#define NET_PIN_H

#include <stddef.h>

#include "base/buf.h"

#define PIN_SIZE	32

struct pin {
	unsigned char	 cert[PIN_SIZE];
	unsigned char	 key[PIN_SIZE];		/* of SubjectPublicKeyInfo */
};

/*
 * Is it any of these words, "sha256:HEX" for a certificate, in lower case, or
 * "pin-sha256:BASE64" for a key?
 */
int	 pin_match(const char *words, const struct pin *);
/* Append both words for it. */
void	 pin_show(struct buf *, const struct pin *);

#endif
