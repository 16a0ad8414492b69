/*
 * proctree.h - the children of a process, and theirs.
 */
#ifndef BASE_PROCTREE_H
#define BASE_PROCTREE_H

#include <stddef.h>
#include <sys/types.h>

/* Put into list those that come of pid, without itself: as many as can be found
 * out (none, but on Linux), at most max.  Returns how many. */
size_t	 proctree_list(pid_t, pid_t *list, size_t max);

#endif
