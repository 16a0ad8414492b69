/*
 * folder.h - folders for what this program keeps, and files put into them.
 *
 * What is kept there is trusted later, so a folder that others may write to
 * is none: each is judged by its descriptor, which nobody can exchange.
 */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"

/* Does it belong to us, and lack these bits of its mode? */
int	 folder_ours(const struct stat *, mode_t forbidden);
/*
 * Open the folder that a file is in; path has a "/".  flags are more ones of
 * open(2), such as O_NOFOLLOW.  Returns its descriptor, or -1 with errno: EPERM
 * when it is not ours alone.
 */
int	 folder_open(const char *path, int flags);
/* Make it, and folders above it, as mkdir -p does, 0700, if what is there of
 * them is ours: root leaves nothing in a user's home, or in /. */
void	 folder_make(const char *path);
/*
 * Put text into a file of that name, 0600, in the place of one that is there:
 * it has the old text or the new one, at any moment.  With `safe` it stays so
 * when the power fails.  Two at once need a lock.  Returns 0, or -1 with errno.
 */
int	 folder_put(int dir, const char *name, const struct buf *text,
	    int safe);
/*
 * Lock a file of that name, which is made if need be and then stays: a file
 * that is replaced holds no lock.  Waits until the deadline (clock_ms()).
 * Returns a descriptor, and closing it unlocks; or -1 with errno, EWOULDBLOCK
 * when somebody else has had it all the time.
 */
int	 folder_lock(int dir, const char *name, int64_t deadline);

#endif
