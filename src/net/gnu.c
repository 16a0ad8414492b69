#include "base/dynlib.h"
#include "net/gnu.h"

#ifndef GNUTLS_SONAME
#define GNUTLS_SONAME	"libgnutls.so.30"
#endif

#define SYMBOL(f)	{ #f, &gnu.f##_ },
#define RARE_SYMBOL(f)	{ #f, &gnu_rare.f##_ },
#define KEY_SYMBOL(f)	{ #f, &gnu_keys.f##_ },
#define DANE_SYMBOL(f)	{ #f, &gnu_dane.f##_ },

struct gnu gnu;
struct gnu_rare gnu_rare;
struct gnu_keys gnu_keys;
struct gnu_dane gnu_dane;

static const struct dynlib_symbol symbols[] = { GNU_FUNCTIONS(SYMBOL) };
static const struct dynlib_symbol rare_symbols[] = {
	GNU_RARE_FUNCTIONS(RARE_SYMBOL)
};
static const struct dynlib_symbol key_symbols[] = {
	GNU_KEY_FUNCTIONS(KEY_SYMBOL)
};
static const struct dynlib_symbol dane_symbols[] = {
	GNU_DANE_FUNCTIONS(DANE_SYMBOL)
};

int
gnu_open(struct err *e)
{
	static void *lib;

	return dynlib_open(&lib, GNUTLS_SONAME, symbols,
	    sizeof(symbols) / sizeof(symbols[0]), e);
}

int
gnu_open_rare(struct err *e)
{
	static void *lib;

	return dynlib_open(&lib, GNUTLS_SONAME, rare_symbols,
	    sizeof(rare_symbols) / sizeof(rare_symbols[0]), e);
}

int
gnu_open_keys(struct err *e)
{
	static void *lib;

	return dynlib_open(&lib, GNUTLS_SONAME, key_symbols,
	    sizeof(key_symbols) / sizeof(key_symbols[0]), e);
}

int
gnu_open_dane(struct err *e)
{
	static void *lib;

	return dynlib_open(&lib, GNUTLS_SONAME, dane_symbols,
	    sizeof(dane_symbols) / sizeof(dane_symbols[0]), e);
}
