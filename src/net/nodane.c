/* For systems where configure found no DANE library. */
#include "net/dane.h"

int
dane_is_built(void)
{
	return 0;
}

int
dane_find(struct tlsa_set *set, const char *name, unsigned port,
    int64_t deadline, const volatile sig_atomic_t *stop, struct err *e)
{
	(void)set;
	(void)name;
	(void)port;
	(void)deadline;
	(void)stop;
	return err_set(e, ERR_UNAVAIL, "this posthorn was built without DANE: "
	    "\"tls_trust dane\" cannot be had; build it where GnuTLS's DANE "
	    "library is (libgnutls28-dev, gnutls-dane), or write: tls_trust "
	    "ca");
}
