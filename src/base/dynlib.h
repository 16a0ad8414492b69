/*
 * dynlib.h - a shared library that is loaded when it is first needed.
 *
 * GnuTLS costs more start-up than all the rest of a plain submission, so the
 * three big libraries are not linked but opened by their ABI's file name.
 * Where configure was told --disable-lazy-libs they are linked as well, and
 * opening finds what is there already.
 */
#ifndef BASE_DYNLIB_H
#define BASE_DYNLIB_H

#include <stddef.h>

#include "base/err.h"

struct dynlib_symbol {
	const char	*name;
	void		*slot;	/* a function pointer to be filled in */
};

/*
 * Open the library and fill every slot.  Repeated calls are cheap and do
 * nothing once *handle is set.  Returns 0, or -1 with *e set: ERR_UNAVAIL and
 * the library or the symbol that is missing, ERR_TEMP when descriptors are.
 */
int	 dynlib_open(void **handle, const char *soname,
	    const struct dynlib_symbol *, size_t n, struct err *e);

#endif
