/*
 * field.h - a header block as a list of fields, byte for byte.
 *
 * Fields keep their order and their bytes unless somebody replaces them.
 * Lines are held with CRLF; a folded field holds its folds.  What is changed
 * can be taken back to where header_keep() was called.
 */
#ifndef MAIL_FIELD_H
#define MAIL_FIELD_H

#include <stddef.h>

#include "base/buf.h"

struct field {
	const char	*text;		/* see owned; ends in CRLF */
	size_t		 len;
	size_t		 name_len;	/* up to white space or colon */
	size_t		 body;		/* offset of what follows the colon */
	char		*owned;		/* text when we made it, else NULL */
	int		 gone;		/* removed: not written */
};

struct header {
	struct buf	 raw;		/* what was read, with CRLFs */
	struct field	*field;
	size_t		 n;
	size_t		 room;
	int		 keep;		/* see header_keep() */
	struct field	*kept;		/* as they were; owned; NULL while none
					 * has been changed */
	size_t		 kept_n;
};

/*
 * Is this line (no line end) the first of a field?  Returns the length of its
 * name, and in *body the offset behind the colon; or 0.  White space before
 * the colon is obsolete, and allowed (RFC 5322 4.5).
 */
size_t	 field_name(const char *line, size_t n, size_t *body);
/* Split raw into fields (called once, after raw is complete). */
void	 header_index(struct header *);
/* Make spaces of NULs, for what is put into a field's place is a string.  To be
 * called once addresses that they are in have been refused. */
void	 header_blank(struct header *);
/* The index of the next field of that name at or after i, or h->n. */
size_t	 header_find(const struct header *, const char *name, size_t i);
int	 header_has(const struct header *, const char *name);
/* True when the field is called that, case apart. */
int	 field_is(const struct field *, const char *name);
/* What follows the colon, up to but without the final CRLF. */
const char *field_body(const struct field *, size_t *n);
/* Append the body unfolded (CRLF before WSP dropped) and trimmed. */
int	 field_unfold(struct buf *, const struct field *);
/* Replace, remove, put before field i or in front "Name: body" (CRLF is added;
 * body may hold folds as CRLF WSP, and no other CR or LF: asserted). */
void	 header_set(struct header *, size_t i, const char *name,
	    const char *body);
void	 header_remove(struct header *, const char *name);	/* every one */
void	 header_insert(struct header *, size_t i, const char *name,
	    const char *body);
void	 header_prepend(struct header *, const char *name, const char *body);
/* From now on header_reset() has the fields as they are now, each time; what
 * was kept before is forgotten.  Costs nothing until one is changed. */
void	 header_keep(struct header *);
void	 header_reset(struct header *);
/* After header_keep(), call this before a field is changed by other means than
 * those above.  It stays at its place. */
void	 header_touch(struct header *);
/* Bytes of all fields that are not gone. */
size_t	 header_size(const struct header *);
void	 header_free(struct header *);

#endif
