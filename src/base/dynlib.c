#include <dlfcn.h>
#include <string.h>

#include "base/dynlib.h"

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
		return err_set(e, ERR_UNAVAIL, "cannot load %s: %s; install it",
		    soname, dlerror());
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
