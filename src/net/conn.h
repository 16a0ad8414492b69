/*
 * conn.h - lines in, bytes out, over a socket with or without TLS.
 *
 * Nothing here blocks but conn_wait() and conn_starttls().
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "net/tls.h"

#define CONN_LINE_MAX	(64 * 1024)	/* octets of a line we are sent */
#define CONN_AGAIN	TLS_AGAIN

struct conn;

/* Takes the descriptor, which does not block. */
struct conn *conn_new(int fd);
/*
 * Start TLS.  Refuses, with ERR_PROTOCOL, when anything has arrived that was
 * not read yet: it came before the TLS, from anybody (RFC 3207 4.2, 6).  For
 * implicit TLS nothing can have.  Returns 0, or -1 with *e set.
 */
int	 conn_starttls(struct conn *, const struct tls_params *,
	    int64_t deadline, struct err *e);
/*
 * The next line, without its CRLF (or lone LF), NUL-terminated, valid until
 * the next call.  Returns 1, 0 when no whole line is there, or -1 with *e
 * set to ERR_PROTOCOL when it is longer than CONN_LINE_MAX.
 */
int	 conn_line(struct conn *, const char **line, size_t *len,
	    struct err *e);
/* Read once.  Returns how many bytes, 0 at the end, CONN_AGAIN, or -1 with
 * *e set. */
ssize_t	 conn_fill(struct conn *, struct err *e);
/* Returns how many of n bytes went out, CONN_AGAIN (call again with the same
 * bytes), or -1 with *e set. */
ssize_t	 conn_send(struct conn *, const void *, size_t n, struct err *e);
/*
 * Wait until there is something to read, or, with writing set, room to write.
 * stop as in wait.h.  Returns poll(2)'s bits, POLLOUT for room and any other
 * for something to read, 0 when the deadline has passed, or -1 when *stop is
 * set.
 */
int	 conn_wait(struct conn *, int writing, int64_t deadline,
	    const volatile sig_atomic_t *stop);
/* What protects it: see tls_describe(); "no TLS" without. */
const char *conn_describe(const struct conn *);
/* See tls_binding(); TLS_NO_BINDING without TLS. */
enum tls_binding conn_binding(const struct conn *, struct buf *out);
/* Nothing more goes out, not even what TLS may have kept to send later. */
void	 conn_cut(struct conn *);
/* Say good-bye and close. */
void	 conn_free(struct conn *);

#endif
