/*
 * outbox.h - TLS records on their way into the kernel.
 *
 * By itself GnuTLS makes a system call for each record.  Here those of a flight
 * are gathered and leave by one.  Of the text in them only that counts as sent
 * whose record has left whole; the rest can still be dropped, and nobody can
 * read it.  Text leaves by outbox_flush() alone, so that who asks
 * outbox_taken() right behind it knows all that has left.
 */
#ifndef NET_OUTBOX_H
#define NET_OUTBOX_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

#define OUTBOX_RECORDS	16

struct outbox {
	int		 fd;		/* a socket, borrowed */
	struct buf	 wire;		/* encrypted */
	size_t		 sent;		/* octets of it that have left */
	struct {
		size_t	 text;		/* octets in a record, and where in
					 * wire it ends */
		size_t	 end;
	}		 record[OUTBOX_RECORDS];
	size_t		 n;		/* not yet told of by taken() */
	int		 closed;
};

void	 outbox_init(struct outbox *, int fd);
/* For GnuTLS, with the outbox as its argument: put octets in.  Returns n, or
 * -1 with errno when there are too many. */
ssize_t	 outbox_push(void *, const void *, size_t n);
/* The same: read from the socket.  What is not text leaves before: the server
 * waits for it.  Returns as recv(2). */
ssize_t	 outbox_pull(void *, void *, size_t n);
/* What was put in since the record before is one with so much text in it; at
 * most OUTBOX_RECORDS of them wait at a time. */
void	 outbox_record(struct outbox *, size_t text);
/* Are there octets left to send? */
int	 outbox_pending(const struct outbox *);
/* Send what there is.  Returns 1 when all is out, 0 when it would block, or -1
 * with errno. */
int	 outbox_flush(struct outbox *);
/* How much text has left since the last call, in records that have whole. */
size_t	 outbox_taken(struct outbox *);
/* Forget what has not left, and what is yet to come. */
void	 outbox_close(struct outbox *);

#endif
