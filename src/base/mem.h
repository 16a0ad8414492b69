/*
 * mem.h - allocation that ends the program when there is no memory: see must.h.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Zeroed memory for n things of the given size; release with free(). */
void	*mem_new(size_t n, size_t size);
/* Grow from had to want bytes, zeroing the new part and wiping the old copy,
 * which may have held a password.  Never returns NULL. */
void	*mem_grow(void *, size_t had, size_t want);
/* Copies, NUL-terminated; release with free(). */
char	*mem_str(const char *);
char	*mem_strn(const char *, size_t n);
/* Wipe and release a string that may be secret, of secret.h or not; NULL is
 * fine. */
void	 mem_wipe(char *);

#endif
