/*
 * watch.h - to look on as a server is approached, one step after the other.
 *
 * For --check and --serverinfo, which go the way of a submission and stop
 * before there is a message.
 */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "app/deliver.h"
#include "app/route.h"
#include "net/cert.h"
#include "smtp/session.h"

enum watch_step {
	WATCH_NAME, WATCH_CONNECT, WATCH_TLS, WATCH_GREETING, WATCH_HELLO,
	WATCH_LOGIN
};

struct watch {
	/* A place is next; its name may have led nowhere. */
	void		(*place)(void *arg, const struct place *);
	/* A step is done, and this is what came of it, escaped: addresses, a
	 * peer, what protects the line.  The session is there from the greeting
	 * on, with the reply at hand; else NULL. */
	void		(*step)(void *arg, enum watch_step, const char *about,
			    const struct session *);
	/* That was all there: d->err says what the next step failed of. */
	void		(*left)(void *arg, const struct delivery *d);
	void		*arg;
	struct tls_facts *facts;	/* of the place at hand */
};

#endif
