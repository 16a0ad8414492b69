/*
 * scan.h - a body read once, line by line, and cut at the delimiters of the
 * multiparts that are open (RFC 2046 5.1.1).
 *
 * Memory does not grow with the body, nor with the length of a line.  A
 * delimiter is the whole line but for white space at its end; one of an outer
 * multipart ends all inside it, as closing delimiters get lost.
 */
#ifndef MAIL_SCAN_H
#define MAIL_SCAN_H

#include <signal.h>

#include "base/buf.h"
#include "base/err.h"
#include "mail/facts.h"
#include "mail/field.h"
#include "mail/spill.h"

#define SCAN_DEPTH_MAX		50	/* open multiparts */
#define SCAN_BOUNDARY_MAX	256	/* RFC 2046 allows 70 */
#define SCAN_HEADER_MAX		(1024 * 1024)	/* of a part */

struct scan_level {
	char		 boundary[SCAN_BOUNDARY_MAX];
	size_t		 len;
	unsigned	 part;		/* begun so far */
	int		 digest;	/* its parts are messages */
};

struct scan {
	struct spill	*body;		/* borrowed */
	const volatile sig_atomic_t *stop;	/* as in wait.h */
	struct buf	 window;
	off_t		 offset;	/* of the window */
	size_t		 at;		/* next octet in it */
	uint64_t	 lines;		/* complete ones before it */
	int		 within;	/* it is not the first of a line */
	struct scan_level *level;	/* the outermost first */
	size_t		 depth;
};

/* Where a stretch ended. */
struct scan_stop {
	size_t	 level;			/* whose delimiter, from 1; 0: none,
					 * the body ended */
	int	 closes;		/* it is the last of its multipart */
	off_t	 at, after;		/* its line, and what follows */
	size_t	 len;			/* of it without white space */
};

void	 scan_init(struct scan *, struct spill *);
void	 scan_free(struct scan *);
off_t	 scan_at(const struct scan *);
/* Open and close a multipart.  Returns 0, or -1 when it is too deep or the
 * boundary too long. */
int	 scan_open(struct scan *, const struct buf *boundary, int digest);
void	 scan_close(struct scan *, size_t level);	/* and all within */
/*
 * Read on to the next delimiter, which is read too; facts are those of what
 * lies before it.  Returns 0, or -1 with *e set (ERR_IO, or ERR_TEMP when *stop
 * is set).
 */
int	 scan_stretch(struct scan *, struct facts *, struct scan_stop *,
	    struct err *e);
/*
 * Read the header of a part.  Returns 0 when it ended in an empty line, which
 * is read too; 1 before a line that is no field and so begins the body; 2 at
 * a delimiter or the end, with *stop set; or -1 with *e set (ERR_IO).  One of
 * over SCAN_HEADER_MAX is no header: 1.
 */
int	 scan_header(struct scan *, struct header *, struct facts *,
	    struct scan_stop *stop, struct err *e);

#endif
