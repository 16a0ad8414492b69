/*
 * aliaslex.h - the targets in a list of them, as /etc/aliases has it.
 *
 * A list is cut at the commas that are not in quotes, comments or brackets.
 * "#" begins a comment in a line by itself and, as msmtp has it, behind a
 * blank, where no address goes on.  Nothing is said here of what a target is.
 */
#ifndef CONFIG_ALIASLEX_H
#define CONFIG_ALIASLEX_H

#include <stddef.h>

#include "base/buf.h"

#define ALIASLEX_TARGET_MAX	4096

/* ALIASLEX_FOLDED: lines are one list, as behind an alias's name.
 * ALIASLEX_LINES: the end of a line is an end, too, and closes what is open,
 * as in an included file. */
enum aliaslex_lines { ALIASLEX_FOLDED, ALIASLEX_LINES };

struct aliaslex {
	const char	*p, *end;	/* what is left; borrowed */
	unsigned	 line;
	enum aliaslex_lines lines;
	int		 fresh;		/* nothing but blanks in this line */
	int		 blank;		/* there is one before p */
	int		 quoted;
	unsigned	 comments;	/* that many are open */
	char		 closing;	/* of the open bracket, or NUL */
	struct buf	 item;		/* the target read last: on one line,
					 * without blanks around it */
	unsigned	 item_line;	/* where it begins */
	const char	*why;		/* it is none; NULL when it is one */
};

/* text is borrowed, and its first byte is in that line. */
void	 aliaslex_open(struct aliaslex *, const char *text, size_t n,
	    enum aliaslex_lines, unsigned line);
/* The next target that is not empty.  Returns 1, or 0 when there is none. */
int	 aliaslex_next(struct aliaslex *);
void	 aliaslex_close(struct aliaslex *);

#endif
