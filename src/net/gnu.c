#include "base/dynlib.h"
#include "net/gnu.h"

#ifndef GNUTLS_SONAME
#define GNUTLS_SONAME	"libgnutls.so.30"
#endif

#define SYMBOL(f)	{ #f, &gnu.f##_ },

struct gnu gnu;

static const struct dynlib_symbol symbols[] = { GNU_FUNCTIONS(SYMBOL) };

int
gnu_open(struct err *e)
{
	static void *lib;

	return dynlib_open(&lib, GNUTLS_SONAME, symbols,
	    sizeof(symbols) / sizeof(symbols[0]), e);
}
