/*
 * knownhosts.h - the text of a known_hosts file: keys of servers, by a place.
 *
 *	version 1
 *	# a comment
 *	nas.example:587 pin-sha256:BASE64 2026-01-02 what you like
 *
 * A place is a name and a port, "[2001:db8::1]:587" for an address that has
 * colons; it may have several lines, and any of their keys will do.  Then come
 * SHA-256 of the public key (RFC 7469 2.4) and the day, UTC, on which it was
 * first seen.  People may edit it.  A line that is damaged spoils all of it:
 * it might be the one by which a change would be noticed.
 *
 * This is text in memory; knownfile.h has the file.
 */
#ifndef NET_KNOWNHOSTS_H
#define NET_KNOWNHOSTS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define KNOWNHOSTS_MAX		((size_t)1024 * 1024)
#define KNOWNHOSTS_PLACE_MAX	300
#define KNOWNHOSTS_PIN		"pin-sha256:"

struct knownhost {
	char	 pin[64];		/* "pin-sha256:BASE64" */
	char	 since[16];		/* "2026-01-02" */
};

/* What is to become of a place. */
struct knownhosts_change {
	const char	*place;
	const char	*keep;		/* words: the keys that stay; NULL: all
					 * of them */
	const char	*pin;		/* to be known too, or NULL */
	const char	*since;		/* for that one, if it is new */
};

/* Append the place of a name and a port.  Returns 0, or -1 when that can be
 * no name of a server. */
int	 knownhosts_place(struct buf *, const char *name, unsigned port);
/* Is that a key as it stands here? */
int	 knownhosts_is_pin(const char *, size_t n);
/* Returns 0, or -1 with *e set to ERR_CONFIG, beginning with the line's
 * number. */
int	 knownhosts_check(const char *text, size_t n, struct err *e);
/* The i-th key that is known for a place, of text that was checked.  Returns
 * 1, or 0 when there are no more. */
int	 knownhosts_find(const char *text, size_t n, const char *place,
	    size_t i, struct knownhost *);
/*
 * Append text that was checked as it is after a change.  Lines that it does not
 * concern stay as they are.  Returns 1, 0 when nothing is to be changed, or
 * -1 past the limit of `out`.
 */
int	 knownhosts_edit(struct buf *out, const char *text, size_t n,
	    const struct knownhosts_change *);

#endif
