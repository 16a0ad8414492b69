/*
 * knownfile.h - the known_hosts file: read whole, and changed whole.
 *
 * A file or a folder that others could write to is refused, and so is one that
 * is damaged: nothing is trusted then, and nobody is a stranger.  Of several
 * who change it at once none loses what another has written.
 */
#ifndef NET_KNOWNFILE_H
#define NET_KNOWNFILE_H

#include "base/buf.h"
#include "base/err.h"
#include "net/knownhosts.h"

/*
 * Read it into text, whose limit is KNOWNHOSTS_MAX; nothing when there is none.
 * Returns 0, or -1 with *e set to ERR_CONFIG (or as file_read() does).
 */
int	 knownfile_read(const char *path, struct buf *text, struct err *e);
/*
 * Change it; the folder is made if need be (folder.h), and what is changed is
 * safe on disk.  Returns 0, or -1 with *e set: as above, ERR_CREATE or ERR_IO
 * when it cannot be written, ERR_TEMP when it is locked for too long.
 */
int	 knownfile_change(const char *path, const struct knownhosts_change *,
	    struct err *e);

#endif
