/*
 * fit.h - the message made fit for the wire: as little as the server leaves
 * room for is changed, and what that does to a signature is said.
 */
#ifndef APP_FIT_H
#define APP_FIT_H

#include <signal.h>

#include "base/buf.h"
#include "base/err.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "smtp/session.h"

/*
 * What no server takes: over-long lines and NULs where nothing says "binary",
 * text that is not UTF-8 in the header; and 8-bit text that does not say what
 * it is, in the body or a part of it.  Before a connection is made.
 * Returns 0, or -1 with *e set: ERR_DATA when the message cannot go at all,
 * ERR_IO when it cannot be kept, ERR_TEMP when *stop is set (see wait.h) before
 * it is done.
 */
int	 fit_for_any(struct message *, const volatile sig_atomic_t *stop,
	    struct err *e);
/*
 * What this server does not take; `can` is EHLO_... of it.  Fills in what tr
 * says of the message: size, eightbit, binary, utf8 (set beforehand if it is
 * wanted).  Servers may be asked one after the other: each gets what
 * fit_for_any() left, changed for itself alone.
 * Returns as fit_for_any(), and where that fails for good every recipient of
 * tr->env that waits has got the reason.
 */
int	 fit_for_server(struct message *, unsigned can,
	    struct transaction *tr, const volatile sig_atomic_t *stop,
	    struct err *e);
/* Append the signed things that are not as they were signed, in the form that
 * the message has now, commas between, as many as there is room for: "body",
 * "header" (where a stray CR is a space now), names of fields.  Nothing where
 * there is no signature. */
void	 fit_altered(const struct message *, struct buf *);

#endif
