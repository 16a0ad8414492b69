/*
 * pem.h - certificates in PEM (RFC 7468), found and looked into.
 */
#ifndef NET_PEM_H
#define NET_PEM_H

#include <stddef.h>

#include "base/buf.h"

/* A certificate's base64, between the lines that begin and end it. */
struct pem {
	const char	*text;		/* borrowed */
	size_t		 n;
	const char	*first;		/* its first line */
	size_t		 line, stride;	/* letters in each, and its length with
					 * the line end; 0: not regular */
};

/*
 * The next certificate in p[0..end), by either name that GnuTLS has for one:
 * returns where to look for another, or NULL when there is none.
 */
const char *pem_next(struct pem *, const char *p, const char *end);
/*
 * Are its lines so regular that pem_octet() works?  All but the last have the
 * same length, and there are as many letters as its DER says, so that in a
 * certificate that is whole there cannot be anything else between them.  Most
 * are; base64 may be otherwise.
 */
int	 pem_regular(const struct pem *);
/* The octet that is encoded there, or -1; a struct pem, for x509_find(). */
int	 pem_octet(const void *, size_t at);
/* Append all of it.  Returns 0, or -1 when it is not base64. */
int	 pem_decode(struct buf *, const struct pem *);

#endif
