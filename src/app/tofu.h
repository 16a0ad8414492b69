/*
 * tofu.h - trust on first use: a server is known by its public key.
 *
 * With "tls_trust tofu" the keys in known_hosts are all that counts: no
 * authority, no name, no date.  A key that is not there is asked about where
 * somebody can answer, and one in the place of another never is: that may be an
 * attack, and ends the attempt.  Nobody waits while a person thinks: the
 * connection is closed by then, and made once more after the answer.
 */
#ifndef APP_TOFU_H
#define APP_TOFU_H

#include <signal.h>

#include "app/cli.h"
#include "app/route.h"
#include "config/account.h"
#include "net/knownhosts.h"
#include "net/tls.h"

#define TOFU_FILE	"known_hosts"	/* in the folder for state */

struct tofu {
	char		 place[KNOWNHOSTS_PLACE_MAX];	/* in known_hosts */
	char		 peer[256];	/* whom we are connected to */
	int		 refused;	/* by its key: no other host will do */
	int		 stranger;	/* no key is known, and this is its: */
	struct tls_cert	 met;
	int64_t		 spent;		/* ms by who was asked about it */

	/* For the handshake alone. */
	const char	*account;	/* its name; borrowed */
	struct buf	 text;		/* of known_hosts */
	struct buf	 id;
};

/* How we were called, for advice; borrowed until the end. */
void	 tofu_called(const struct cli *);
/* Append the command that trusts an account's server: "posthorn -C FILE --trust
 * NAME". */
void	 tofu_command(struct buf *, const char *account);
/*
 * Before a connection: if the account trusts so, read known_hosts and have tls
 * judged by it.  Returns 0, or -1 with *e set.  tofu_end() is owed in any case;
 * after it, what stands first in the struct is still there.
 */
int	 tofu_begin(struct tofu *, const struct account *,
	    const struct place *, struct tls_params *tls, struct err *e);
void	 tofu_end(struct tofu *);
/*
 * After a connection to a stranger, whom tofu_end() has left us: ask.  Returns
 * 0 when the key is known now, and it is worth another try; else -1 with *e
 * set, or left as it was where there is nobody to ask.
 */
int	 tofu_ask(struct tofu *, const struct place *,
	    const volatile sig_atomic_t *stop, struct err *e);

/* Append for people who it is, some lines. */
void	 tofu_show(struct buf *, const struct tls_cert *, const char *where,
	    const char *peer);
/* Keep a key.  Of other ones for the place those of the words in `others` stay,
 * or all of them if that is NULL.  Returns 0, or -1 with *e set. */
int	 tofu_keep(const char *place, const char *pin, const char *others,
	    struct err *e);

#endif
