/*
 * trust.h - the few trusted certificates that matter for one chain.
 *
 * To load all of a system's hundred and more costs more than the rest of a
 * submission.  GnuTLS looks for a trusted certificate by its subject: one that
 * issued a certificate of the chain, or stands for one in it, and from there
 * it does not go on.  So those with such a subject, by the octet, are all that
 * can have a part in the verdict, and only they are taken; of the others no
 * more is decoded than it takes to see that.
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <stddef.h>

#include "base/err.h"
#include "net/x509.h"

/* Is given each of them, in DER, valid until it returns. */
typedef void trust_take(void *arg, const void *der, size_t n);

/* The system's bundle or folder, or NULL when it keeps none where we know. */
const char *trust_system(void);
/*
 * Hand over those of the trusted certificates that matter for a chain, n
 * certificates in DER, and those that x509_read() cannot make out.  path is a
 * file in PEM, or a folder: then all of its files are read, but for those that
 * begin with a dot and links of c_rehash(1) to others in it.  Returns how
 * many, or -1 with *e set to ERR_CONFIG when it cannot be read or holds no
 * certificate at all.
 */
int	 trust_select(const char *path, const struct x509_der *chain, size_t n,
	    trust_take *, void *arg, struct err *e);

#endif
