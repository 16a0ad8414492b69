/*
 * resume.h - a TLS session kept in a file for the next connection.
 *
 * With it the next server shows no certificate, and none is verified (RFC
 * 8446 2.2).  So a session is kept only where one was, and used only under
 * the same settings and the same trust, while that certificate and the word on
 * its not being revoked last, for a week at most (4.6.1), and once (C.4),
 * whoever else wants it at that moment; and not where our own key is in a token
 * or took a PIN, for which it would stand in.  The file is as secret as a
 * password: one that others may touch, or in a folder that they may write to,
 * is left alone.  All this is a cache: what fails is no error, and -d says why.
 */
#ifndef NET_RESUME_H
#define NET_RESUME_H

#include <stdint.h>

#include "base/buf.h"
#include "net/tls.h"

struct resume {
	char		*path;		/* owned; NULL: nothing is kept */
	struct buf	 settings;	/* what the session depends on */
	struct buf	 session;	/* GnuTLS's, and secret; or empty */
	int64_t		 verified;	/* when the certificate was: time(2) */
	int64_t		 expires;	/* when that is good no more */
};

/*
 * Take the session for these parameters out of its file, if one is there that
 * may be used.  library is the version of GnuTLS.  Call resume_free() later.
 */
void	 resume_begin(struct resume *, const struct tls_params *,
	    const char *library);
/* Put a session into the file; verified and expires say of what worth it is.
 * Folders are made, below one that is ours. */
void	 resume_keep(const struct resume *, const void *session, size_t n);
void	 resume_free(struct resume *);

#endif
