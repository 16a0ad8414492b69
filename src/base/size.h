/*
 * size.h - an amount of octets in words that people read.
 */
#ifndef BASE_SIZE_H
#define BASE_SIZE_H

#include <stdint.h>

#include "base/buf.h"

#define SIZE_WORDS_MAX	64	/* octets that size_add() appends at most */

/*
 * Append "36.2 MiB (37,912,345 octets)".  A decimal of 0 that is exact is left
 * out, "25 MiB (26,214,400 octets)", and below 1 KiB it is "999 octets".
 * Returns as buf_add().
 */
int	 size_add(struct buf *, uint64_t octets);

#endif
