/*
 * ticket.h - the name of the file in which a TLS session is kept.
 */
#ifndef APP_TICKET_H
#define APP_TICKET_H

#include "config/account.h"

/*
 * For an account's connections to that host and port, in the user's folder for
 * state.  Owned by the caller; NULL where none is kept: without TLS, where the
 * certificate is not verified, and where the host has no name.
 */
char	*ticket_path(const struct account *, const char *host, unsigned port);

#endif
