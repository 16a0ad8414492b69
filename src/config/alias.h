/*
 * alias.h - files in the format of /etc/aliases: who a local name stands for.
 *
 * The format is that of Postfix's aliases(5) and of Sendmail, with msmtp's
 * `default:` for names that have no definition, and its comments after a
 * target.  Of several definitions of a name the first counts, as with
 * Postfix; -v tells of the others.  Commands and files are refused and never
 * touched.  What comes out is text that addr_parse_one() reads; qualifying
 * bare names, and leaving out addresses that are there twice, is the caller's.
 */
#ifndef CONFIG_ALIAS_H
#define CONFIG_ALIAS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define ALIAS_SIZE_MAX		((size_t)1024 * 1024)	/* of a file */
#define ALIAS_RESULTS_MAX	10000	/* of one name, refusals included */
#define ALIAS_DEPTH_MAX		20	/* aliases and files, one in another */
#define ALIAS_FILES_MAX		100	/* included for one name */

/* Reads a file to its end into b, as file_read() does.  Returns 0, or -1 with
 * *e set. */
typedef int aliases_reader(struct buf *b, const char *path, struct err *e);

/* ALIASES_NAMED: where its local part has an alias.  ALIASES_ANY: like a bare
 * name, `default:` included. */
enum aliases_ours { ALIASES_NOT_OURS, ALIASES_NAMED, ALIASES_ANY };

struct aliases_def {
	char		*name;		/* in lower case; owned */
	size_t		 at, len;	/* its targets, in text */
	unsigned	 line;
};

struct aliases {
	char			*file;	/* its name, for messages; owned */
	char			*text;	/* of the file; owned */
	struct aliases_def	*def;	/* sorted by name; owned */
	size_t			 n, room;
	aliases_reader		*read;	/* of `:include:`; NULL: refused */
	/* Is a target at that domain followed?  NULL: none is.  Set by the
	 * caller; ours is borrowed. */
	enum aliases_ours	(*is_ours)(const void *ours,
				    const char *domain);
	const void		*ours;
};

/* A target that is not followed.  Both texts are fit to be shown, and owned. */
struct aliases_refusal {
	char	*target;	/* as written; of what an included file holds
				 * only the `:include:` itself */
	char	*why;		/* "FILE:LINE: reason" */
};

struct aliases_result {
	char			**addr;		/* in order; owned */
	size_t			  n, room;
	struct aliases_refusal	 *refusal;	/* in order; owned */
	size_t			  nrefusal, refusal_room;
};

/*
 * Read a file; what it includes is read when it is needed.  *a is zeroed
 * before, and is fit for aliases_free() also on failure.  Returns 0, or -1
 * with *e set: ERR_NOINPUT when there is no such file, ERR_IO when reading
 * fails, else ERR_CONFIG (with "FILE:LINE: " for what stands in it).
 */
int	 aliases_load(struct aliases *a, const char *path, struct err *e);
/* The same for text that is called file; a->read is NULL.  Returns 0, or -1
 * with *e set to ERR_CONFIG. */
int	 aliases_parse(struct aliases *a, const char *file, const char *text,
	    size_t n, struct err *e);
/* The definition of that name, whatever its case, or NULL. */
const struct aliases_def *aliases_find(const struct aliases *,
	    const char *name);
/*
 * Expand a local name (as in struct addr: without quotes), whatever its case.
 * Aliases are followed through others and through `:include:`, each once; a
 * name among its own targets, or behind a backslash, is the plain name; so is
 * one without a definition when there is no `default:` either.  The result
 * is emptied first; *r was zeroed once.  Returns 1 when the name is an alias
 * (there is at least one address or refusal then; nothing but one refusal
 * when there are over ALIAS_RESULTS_MAX), or 0 when the name stands for
 * itself and r is empty.
 */
int	 aliases_expand(const struct aliases *, const char *name,
	    struct aliases_result *r);
void	 aliases_result_free(struct aliases_result *);	/* empties */
void	 aliases_free(struct aliases *);

#endif
