#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/dynlib.h"

/* Are descriptors used up?  dlopen(3) tells no errno. */
static int
is_short(void)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return errno == EMFILE || errno == ENFILE;
	close(fd);
	return 0;
}

/* What is short now may be there later. */
static int
not_loaded(const char *soname, struct err *e)
{
	const char *why = dlerror();

	if (is_short())
		return err_set(e, ERR_TEMP, "cannot load %s: %s", soname, why);
	return err_set(e, ERR_UNAVAIL, "cannot load %s: %s; install it",
	    soname, why);
}

int
dynlib_open(void **handle, const char *soname,
    const struct dynlib_symbol *symbol, size_t n, struct err *e)
{
	void *lib, *p;
	size_t i;

	if (*handle != NULL)
		return 0;
	lib = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
	if (lib == NULL)
		return not_loaded(soname, e);
	for (i = 0; i < n; i++) {
		p = dlsym(lib, symbol[i].name);
		if (p == NULL) {
			err_set(e, ERR_UNAVAIL, "%s has no %s: it is too old",
			    soname, symbol[i].name);
			dlclose(lib);
			return -1;
		}
		memcpy(symbol[i].slot, &p, sizeof(p));
	}
	*handle = lib;
	return 0;
}
