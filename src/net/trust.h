/*
 * trust.h - the few certificates of a bundle that matter for one chain.
 *
 * To load all of a system's hundred and more certificates costs more than
 * the rest of a submission.  So a bundle is searched, before anything in it
 * is parsed, for those whose subject is a name that the chain mentions.
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct trust_name {
	const void	*der;		/* a distinguished name, borrowed */
	size_t		 len;
};

/* The system's bundle, or NULL when it keeps none where we know. */
const char *trust_system(void);
/*
 * Append to out, in PEM, the certificates of the bundle in which any of the
 * names occurs.  Returns how many, or -1 with *e set to ERR_CONFIG when the
 * file cannot be read or holds no certificate at all.
 */
int	 trust_select(struct buf *out, const char *path,
	    const struct trust_name *, size_t n, struct err *e);

#endif
