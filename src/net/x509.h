/*
 * x509.h - where a certificate says who issued it, for whom and how long.
 *
 * Looks without decoding: to choose among trusted certificates, and to know
 * when one ends.  Nothing is verified here, and nothing may be trusted for
 * what is found here: that is GnuTLS's work.
 */
#ifndef NET_X509_H
#define NET_X509_H

#include <stddef.h>
#include <stdint.h>

struct x509_name {
	const unsigned char	*der;		/* borrowed, tag and length
						 * included */
	size_t			 len;
};

struct x509 {
	struct x509_name	 issuer, subject;
	int64_t			 not_after;	/* time(2); -1: not told */
};

/*
 * Read a certificate in DER (RFC 5280 4.1), or its beginning: what follows
 * the subject need not be there.  Returns 0, or -1 when the subject is not
 * reached.
 */
int	 x509_read(struct x509 *, const void *der, size_t n);
/* A moment as a person reads it, "2026-01-02 03:04 UTC", without asking for
 * the zone that we are in, which takes reading a file. */
void	 x509_time(char *text, size_t size, int64_t);
/* Are they octet for octet the same?  GnuTLS compares them so too. */
int	 x509_same(const struct x509_name *, const struct x509_name *);

#endif
