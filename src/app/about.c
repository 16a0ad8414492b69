#include <stdio.h>
#include <stdlib.h>

#include "app/about.h"
#include "app/cli.h"
#include "config/config.h"
#include "mail/addr.h"
#include "net/dane.h"
#include "net/tls.h"
#include "smtp/mech.h"
#include "smtp/sasl.h"

void
about_help(void)
{
	printf("usage: posthorn [flags] [--] recipient ...\n"
	    "       posthorn [flags] -t\n"
	    "Takes a message from standard input and submits it to the "
	    "smarthost of an\naccount in ~/.config/posthorn/config.  Also "
	    "runs as sendmail and newaliases.\n\n");
	cli_print_flags();
	printf("\nAny keyword of posthorn.conf(5) but passwords may be given "
	    "as --KEYWORD=VALUE.\nFlags of other sendmails are accepted; see "
	    "posthorn(1).\n");
}

/* So many to a line, the longest among them. */
#define MECHANISMS_A_LINE	5

static void
print_mechanisms(void)
{
	const struct mech *m;
	size_t i;

	for (i = 0; (m = mech_at(i)) != NULL; i++)
		printf("%s%s", i > 0 && i % MECHANISMS_A_LINE == 0 ? "\n  " :
		    " ", m->name);
	printf("\n");
}

void
about_version(void)
{
	struct buf where = BUF_MAX(8192);

	printf("posthorn %s\n", VERSION);
	printf("features: TLS, STARTTLS, PIPELINING, CHUNKING, BINARYMIME, "
	    "8BITMIME, SIZE,\n  DSN, SMTPUTF8, LIMITS, REQUIRETLS, "
	    "MT-PRIORITY, DELIVERBY, FUTURERELEASE,\n  LMTP, SOCKS%s\n",
	    dane_is_built() ? ", DANE" : "");
	printf("login:");
	print_mechanisms();
	printf("libraries (built with): GnuTLS %s, libgsasl %s, libidn2 %s\n",
	    tls_library(), sasl_library(), addr_library());
	config_paths(&where);
	printf("configuration:\n%s", buf_str(&where));
	buf_free(&where);
}

void
about_keywords(void)
{
	const char *name;
	int in_effect;
	size_t i;

	for (i = 0; (name = config_keyword(i, &in_effect)) != NULL; i++)
		printf("%s%s\n", name, in_effect ? "" : " (not in effect)");
}
