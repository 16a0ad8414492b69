/*
 * buf.h - bytes that grow up to a limit named at birth.
 *
 * Every buf has a limit, so no peer can make us allocate without bound.
 * The content is always followed by a NUL that len does not count.  Memory is
 * wiped when released.  Passing the limit is an error; no memory is the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char	*data;		/* NUL-terminated; owned; NULL at first */
	size_t	 len;
	size_t	 size;		/* bytes allocated */
	size_t	 max;		/* len never exceeds this */
	int	 secret;	/* its memory is that of secret.h */
};

#define BUF_MAX(n)	{ .max = (n) }
#define BUF_SECRET(n)	{ .max = (n), .secret = 1 }

/* Append n bytes.  Returns 0, or -1 past the limit (buf unchanged). */
int		 buf_add(struct buf *, const void *, size_t n);
int		 buf_addc(struct buf *, char);
int		 buf_adds(struct buf *, const char *);
/* Append formatted text.  Return as buf_add(). */
int		 buf_addf(struct buf *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
int		 buf_vaddf(struct buf *, const char *fmt, va_list)
		    __attribute__((format(printf, 2, 0)));
/* Room for n more bytes at the end, to be written by the caller, who then
 * says with buf_took() how many.  Returns NULL past the limit. */
char		*buf_room(struct buf *, size_t n);
void		 buf_took(struct buf *, size_t n);
/* Drop the first n bytes; n must not exceed len. */
void		 buf_eat(struct buf *, size_t n);
/* Keep only the first n bytes, and wipe the rest. */
void		 buf_cut(struct buf *, size_t n);
/* Content as a string, "" when empty; valid until the next change. */
const char	*buf_str(const struct buf *);
void		 buf_clear(struct buf *);	/* keep memory and limit */
void		 buf_free(struct buf *);	/* wipe, keep limit and kind */
void		 buf_drop(struct buf *);	/* the same of what is public:
						 * not wiped, unless secret */

#endif
