#include "net/srv.h"

int
srv_lookup(struct srv *srv, const char *domain, int64_t deadline,
    const volatile sig_atomic_t *stop, struct err *e)
{
	(void)domain;
	(void)deadline;
	(void)stop;
	srv->n = 0;
	return err_set(e, ERR_UNAVAIL, "this build cannot look up \"srv:\" "
	    "(configure found no res_query()); write the server's own name "
	    "after \"host\"");
}
