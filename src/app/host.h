/*
 * host.h - what this machine is called.
 *
 * Each name is found out when it is first asked for, and kept.
 */
#ifndef APP_HOST_H
#define APP_HOST_H

/* What gethostname(2) says; "" if nothing. */
const char *host_name(void);
/* The first word of /etc/mailname; "" if there is none. */
const char *host_mailname(void);
/* The fully qualified name that the resolver has for host_name() (as "hostname
 * -f"); "" if there is none.  This may ask the DNS, and wait for it. */
const char *host_canonical(void);

#endif
