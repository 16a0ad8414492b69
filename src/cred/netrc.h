/*
 * netrc.h - passwords in the form of ftp(1), and of Emacs's authinfo.
 *
 *	machine HOST login USER password SECRET [port PORT]
 *
 * Words stand between white space, line ends included.  One that begins with a
 * quote ends with the next of its kind on the line; in double quotes \" and \\
 * are what they are in C, and any other backslash is itself.  A byte order mark
 * at the start is passed over.  No I/O here.
 */
#ifndef CRED_NETRC_H
#define CRED_NETRC_H

#include <stddef.h>

#include "base/buf.h"

struct netrc_want {
	const char	*host;		/* in any case */
	const char	*user;		/* NULL: anybody */
	unsigned	 port;		/* 0: any */
};

/*
 * Append to out the password of the entry that fits best: one that names the
 * machine goes before `default`, then one that names the login goes before one
 * that does not, then the same of the port, then the first.  Returns the line
 * where it begins, 0 when there is none, or -1 when it does not fit into out.
 */
long	 netrc_find(const char *text, size_t n, const struct netrc_want *,
	    struct buf *out);

#endif
