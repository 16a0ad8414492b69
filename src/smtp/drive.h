/*
 * drive.h - a session over a connection: the poll loop.
 */
#ifndef SMTP_DRIVE_H
#define SMTP_DRIVE_H

#include <signal.h>
#include <stdint.h>

#include "mail/message.h"
#include "net/conn.h"
#include "smtp/session.h"

struct drive_params {
	int64_t			 deadline;	/* for all of it, clock_ms() */
	const volatile sig_atomic_t *stop;	/* or NULL */
	const struct tls_params	*tls;		/* for STARTTLS, or NULL */
};

/*
 * Go on until the session is READY or wants to CLOSE.  Whatever happens to the
 * connection is told to the session, so that its err and its envelope say all
 * that there is to say.  Once *stop is set nothing more is sent and the final
 * dot never goes out; if it is out already, its reply is awaited for ten
 * seconds more.  msg is what each body is read from; NULL where none will be
 * sent.
 */
void	 drive(struct conn *, struct session *, struct message *msg,
	    const struct drive_params *);

#endif
