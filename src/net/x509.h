/*
 * x509.h - where a certificate says who issued it, for whom and how long.
 *
 * Looks without decoding: to choose among trusted certificates, and to know
 * when one expires.  Nothing is verified here, and nothing may be trusted for
 * what is found here: that is GnuTLS's work.
 */
#ifndef NET_X509_H
#define NET_X509_H

#include <stddef.h>
#include <stdint.h>

/* Something in DER, tag and length included. */
struct x509_der {
	const unsigned char	*p;		/* borrowed */
	size_t			 len;
};

struct x509 {
	struct x509_der	 issuer, subject;
	int64_t			 not_before;	/* time(2); -1: not told */
	int64_t			 not_after;
};

struct x509_span {
	size_t			 at, len;
};

struct x509_map {
	struct x509_span	 issuer, validity, subject;
};

/* The octet at that place of a certificate, or -1 when it has none there. */
typedef int x509_octet(const void *arg, size_t at);

/*
 * Where in a certificate (RFC 5280 4.1) they are, tag and length included, by
 * a look at some 20 of its octets.  What follows the subject need not be
 * there.  Returns 0, or -1 when the subject's end is not reached.
 */
int	 x509_find(struct x509_map *, x509_octet *, const void *arg);
/* The same of one in memory, in DER.  Returns 0, or -1. */
int	 x509_read(struct x509 *, const void *der, size_t n);
/* A moment as a person reads it, "2026-01-02 03:04 UTC", without asking for
 * the zone that we are in, which takes reading a file. */
void	 x509_time(char *text, size_t size, int64_t);
/* Are they octet for octet the same?  GnuTLS compares them so too. */
int	 x509_same(const struct x509_der *, const struct x509_der *);

#endif
