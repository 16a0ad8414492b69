/*
 * socks.h - what a client and a SOCKS5 proxy say to each other, without I/O
 * (RFC 1928; user and password by RFC 1929).
 *
 * The caller writes what is in out, then reads at most socks_want() bytes and
 * feeds them, until no more are wanted.  So not a byte of what the server says
 * behind the proxy's answer is taken.
 */
#ifndef NET_SOCKS_H
#define NET_SOCKS_H

#include <stddef.h>

#include "base/err.h"

#define SOCKS_OUT_MAX	(3 + 255 + 255)		/* a login is the longest */
#define SOCKS_IN_MAX	(4 + 1 + 255 + 2)

struct socks_params {
	const char	*host;		/* a name, for the proxy to look up, or
					 * an address */
	unsigned	 port;
	const char	*user, *password;	/* or NULL */
};

enum socks_phase { SOCKS_GREETED, SOCKS_LOGIN, SOCKS_ASKED, SOCKS_OPEN };

struct socks {
	const struct socks_params *params;	/* borrowed */
	enum socks_phase phase;
	unsigned char	 out[SOCKS_OUT_MAX];	/* to be written; may hold the
						 * password */
	size_t		 out_len;
	unsigned char	 in[SOCKS_IN_MAX];	/* the answer so far */
	size_t		 in_len, in_need;
};

/* Returns 0, or -1 with *e set to ERR_CONFIG: something is too long for the
 * protocol, or empty. */
int	 socks_begin(struct socks *, const struct socks_params *,
	    struct err *e);
/* How many bytes may be read now; 0: from here on the server speaks. */
size_t	 socks_want(const struct socks *);
/* All of out has been written, and is wiped. */
void	 socks_sent(struct socks *);
/* These n bytes, no more than are wanted, came.  Returns 0, or -1 with *e set
 * to ERR_TEMP and what the proxy said, in words. */
int	 socks_feed(struct socks *, const void *, size_t n, struct err *e);
/* Nothing came, and this is why ("no answer"): returns -1 with *e set to
 * ERR_TEMP, and said when. */
int	 socks_silent(const struct socks *, const char *why, struct err *e);
void	 socks_end(struct socks *);		/* wipe */

#endif
