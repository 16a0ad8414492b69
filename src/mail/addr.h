/*
 * addr.h - mailboxes and groups of RFC 5322 3.4 and 6531, obsolete forms too.
 *
 * The parser reads everything that the grammar (with its obs- productions)
 * allows and nothing else: what does not parse is reported by its own text,
 * never repaired, so that no message goes to an address nobody wrote.
 */
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define ADDR_LOCAL_MAX	64	/* octets, RFC 5321 4.5.3.1.1 */
#define ADDR_PATH_MAX	254	/* local part, at sign and domain */
#define ADDR_DEPTH_MAX	50	/* nested comments */

struct addr {
	char	*display;	/* phrase as written, or NULL */
	char	*comment;	/* the last, old-style name, or NULL */
	char	*local;		/* without quotes; NULL if bad */
	char	*domain;	/* lower-cased A-labels, or "[literal]"; NULL
				 * when the address is a bare local name */
	char	*raw;		/* the source text of this one, trimmed */
	size_t	 at;		/* where raw begins in it; not if bad */
	char	*bad;		/* why it does not parse, or NULL */
	int	 grouped;	/* it is a member of a group */
};

struct addr_list {
	struct addr	*addr;
	size_t		 n;
	size_t		 room;
};

#define ADDR_LIST_INIT	{ NULL, 0, 0 }

/*
 * Parse text[0..n) as an address-list (folding allowed, groups flattened,
 * routes dropped, empty list members skipped).  Every member becomes an
 * element, in order; one that does not parse has `bad` set and the parser
 * goes on after the next comma outside quotes, comments and brackets.
 * A bare local name (no "@") is an element with domain NULL.
 * Returns how many elements are bad.
 */
size_t	 addr_parse(struct addr_list *, const char *text, size_t n);
/*
 * Parse exactly one mailbox, in the form that -f takes: ADDR, <ADDR>, or
 * with a phrase.  Returns 0, or -1 with *e set to ERR_DATA.
 */
int	 addr_parse_one(struct addr *, const char *text, size_t n,
	    struct err *e);
/* Append the SMTP form (RFC 5321 4.1.2): the local part quoted only where it
 * must be; a bare name stays bare.  Returns as buf_add(). */
int	 addr_path(struct buf *, const struct addr *);
/* True when the address can only go with SMTPUTF8 (RFC 6531 3.2). */
int	 addr_needs_utf8(const struct addr *);
/* Append a phrase that stands for this display name: as it is, or quoted. */
int	 addr_phrase(struct buf *, const char *name);
/* A host name to lower-case A-labels by IDNA2008.  Returns 0, or -1 with *e
 * set to ERR_DATA.  libidn2 is loaded only when there is 8-bit text. */
int	 addr_host(struct buf *out, const char *host, size_t n, struct err *e);
/* The version of libidn2 that this was built with. */
const char *addr_library(void);
void	 addr_free(struct addr *);
void	 addr_list_free(struct addr_list *);

#endif
