/*
 * value.h - values of keywords that have a form of their own.
 *
 * Each function takes a value as a person writes it, not empty, and appends it
 * as an account has it: one spelling for what means the same.  Returns 0, or
 * -1 with *e set to ERR_CONFIG, saying what is wanted (or that libidn2 cannot
 * be loaded).  On failure the buffer may have grown.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/buf.h"
#include "base/err.h"

#define VALUE_SRV	"srv:"		/* before a domain: ask the DNS */

/* Names in A-labels, IP addresses without brackets, and srv:DOMAIN; blanks or
 * commas between, one space afterwards. */
int	 value_hosts(struct buf *, const char *, struct err *e);
/* One of them, without srv:. */
int	 value_host(struct buf *, const char *, struct err *e);
/* An IP address, or one of each family with a space between. */
int	 value_addresses(struct buf *, const char *, struct err *e);
/* A command line that argv.h can split and fill, with %h and %p; as it is. */
int	 value_command(struct buf *, const char *, struct err *e);
/* A domain, in A-labels. */
int	 value_domain(struct buf *, const char *, struct err *e);
/* A mailbox in SMTP form, or "<>". */
int	 value_mailbox(struct buf *, const char *, struct err *e);
/* -9 to 9 (RFC 6710). */
int	 value_priority(struct buf *, const char *, struct err *e);
/* SECONDS[;MODE] with R or N and perhaps a T behind; "SECONDS;MODE" (RFC 2852
 * 4). */
int	 value_deliver_by(struct buf *, const char *, struct err *e);
/* Seconds (RFC 4865 3). */
int	 value_hold_for(struct buf *, const char *, struct err *e);
/* A time as moment.h has it. */
int	 value_hold_until(struct buf *, const char *, struct err *e);
/* SHA-256 of a certificate in hex, with colons or without, or "pin-sha256:"
 * and that of its key in base64 (RFC 7469); several with blanks or commas
 * between.  What openssl x509 says before the hex may stand there; afterwards
 * "sha256:" does, and the hex is in lower case. */
int	 value_fingerprints(struct buf *, const char *, struct err *e);
/* The path of a certificate or a key, or a URI that has no PIN in it. */
int	 value_key_place(struct buf *, const char *, struct err *);
/* The path of a file: absolute, or from "~/", which becomes the home folder; or
 * a name without a slash, as it is, for where secrets are mounted. */
int	 value_secret_file(struct buf *, const char *, struct err *e);
/* The name of a variable; what else stands there is not shown, for it may be
 * the password itself. */
int	 value_variable(struct buf *, const char *, struct err *e);

#endif
