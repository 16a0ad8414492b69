/*
 * source.h - one function a source of passwords, one file each.
 *
 * Each appends what it has to q->out and returns 1; or 0 when it is not wanted,
 * not there or has nothing, having said so to the searcher with source_note();
 * or -1 with *e set.  Only cred.c calls them.
 */
#ifndef CRED_SOURCE_H
#define CRED_SOURCE_H

#include <stddef.h>

#include "cred/cred.h"

#define SOURCE_MAX	((size_t)64 * 1024)	/* a bearer token is long */

struct quest {
	const struct cred_params *p;
	struct buf		*out;
	struct buf		*notes;
	struct cred_found	*found;		/* whose where is to be set */
	int			 may_store;	/* the keyring would take it */
};

int	 eval_get(struct quest *, struct err *e);
int	 secretfile_get(struct quest *, struct err *e);
int	 env_get(struct quest *, struct err *e);
int	 keyring_get(struct quest *, struct err *e);
int	 netrcfile_get(struct quest *, struct err *e);
int	 askpass_get(struct quest *, struct err *e);

/* Why a source has nothing: for the error when none has. */
void	 source_note(struct quest *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Take the first of n octets' lines as the password, for the source of that
 * name.  Returns 1, or -1 with *e set to that kind. */
int	 source_line(struct quest *, const char *name, const struct buf *,
	    struct err *e);
/* Take n octets as they are.  Returns 1, or -1 with *e set: none, or a NUL. */
int	 source_take(struct quest *, const char *name, const char *, size_t n,
	    struct err *e);

#endif
