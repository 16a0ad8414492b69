/*
 * spill.h - a body of any size: memory first, then an unlinked file.
 *
 * Up to SPILL_MEMORY bytes stay in memory; more go to an unlinked temporary
 * file below $TMPDIR (or /tmp, /var/tmp) in large writes, so memory does not
 * grow with the message.
 */
#ifndef MAIL_SPILL_H
#define MAIL_SPILL_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define SPILL_MEMORY	(256 * 1024)

struct spill {
	struct buf	 mem;		/* what is not yet in the file */
	int		 fd;		/* -1 while all is in memory */
	off_t		 size;		/* of all */
};

void	 spill_init(struct spill *);
/* Append.  Returns 0, or -1 with *e set (ERR_IO: no room, ...). */
int	 spill_add(struct spill *, const void *, size_t n, struct err *e);
/*
 * Room for n more bytes, at most SPILL_MEMORY, to be written by the caller,
 * who then says with spill_took() how many.  Returns NULL with *e set.
 */
char	*spill_room(struct spill *, size_t n, struct err *e);
void	 spill_took(struct spill *, size_t n);
/*
 * Read up to n bytes at offset into p.  Returns how many, 0 only at the end,
 * or -1 with *e set.
 */
ssize_t	 spill_read(struct spill *, off_t offset, void *p, size_t n,
	    struct err *e);
void	 spill_free(struct spill *);

#endif
