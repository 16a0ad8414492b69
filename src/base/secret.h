/*
 * secret.h - memory for secrets: passwords, tokens, what they are made into.
 *
 * It is locked, so that it does not get to the swap space, as far as
 * RLIMIT_MEMLOCK goes (secret_unlocked() tells of the rest); is left out of
 * core files; is wiped when released, and unmapped with the last secret in it.
 * While there is any, the process writes no core file at all and no other one
 * of the same user can trace it or read /proc/PID/mem: PR_SET_DUMPABLE and
 * RLIMIT_CORE are 0 (secret_hold()).
 *
 * That is for our own copies.  libgsasl and GnuTLS have theirs on the heap,
 * which may be swapped and is not wiped in every case; and so is what they
 * need for a session.  That no core file can be had, nor the memory be read,
 * is true of these too, which is why main() holds from beginning to end.
 * Root, the kernel and a suspended machine's image are beyond this.
 *
 * Helpers inherit none of it: they are executed, and from then on have memory
 * of their own.  Between fork() and exec() they have a copy (a password may be
 * in the very command that is run), so the pages are not wiped on fork.
 *
 * Not for threads.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

/* Zeroed memory; never NULL. */
void	*secret_new(size_t n);
/* The same block with room for n, or a new one: the old content is in it, the
 * rest is zero.  NULL is fine. */
void	*secret_grow(void *, size_t n);
/* Copies, NUL-terminated. */
char	*secret_str(const char *);
char	*secret_strn(const char *, size_t n);
/* Wipe and release; NULL is fine.  mem_wipe() does it as well. */
void	 secret_free(void *);
/* Does it come from here, and is it not yet released? */
int	 secret_is(const void *);

/* Why not all of it could be locked, as an errno; or 0. */
int	 secret_unlocked(void);

/* From now on, and until as many calls of secret_drop(): no core file, no
 * tracing.  Then all is as it was. */
void	 secret_hold(void);
void	 secret_drop(void);
/* In a child that is going to be another program: RLIMIT_CORE as it was. */
void	 secret_in_child(void);

#endif
