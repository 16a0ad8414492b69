/*
 * conflex.h - the lines and words of msmtp's configuration language.
 *
 * A line is a keyword, blanks, and a value up to the end of the line, which
 * may stand in double quotes as a whole.  No character escapes another.  Lines
 * whose first nonblank is "#", and empty ones, are passed over; so are blanks
 * at either end, a CR before the LF, and a byte order mark.
 */
#ifndef CONFIG_CONFLEX_H
#define CONFIG_CONFLEX_H

#include <stddef.h>

#define CONFLEX_LINE_MAX	((size_t)64 * 1024)

struct conflex {
	const char	*p, *end;	/* what is left; borrowed */
	unsigned	 line;		/* number of the line read last */
};

struct conflex_line {
	const char	*keyword;	/* never empty; all are borrowed */
	size_t		 keyword_len;
	const char	*value;
	size_t		 value_len;	/* 0: there is none */
	int		 quoted;
};

enum conflex_status { CONFLEX_LINE, CONFLEX_END, CONFLEX_NUL, CONFLEX_LONG };

void	 conflex_open(struct conflex *, const char *text, size_t n);
/* The next line that says something.  CONFLEX_NUL and CONFLEX_LONG are errors
 * in the line whose number is in the lexer. */
enum conflex_status	 conflex_next(struct conflex *, struct conflex_line *);
/*
 * The next word of a list in [*p, end), where any number of these characters
 * stands between words (those in double quotes apart).  Returns its length,
 * with *word at its start and *p behind it; 0 when there is none left.
 */
size_t	 conflex_word(const char **p, const char *end, const char *between,
	    const char **word);

#endif
