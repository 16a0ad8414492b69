/*
 * proc.h - run a helper command, bounded in time and in what it may say.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Run a command line with /bin/sh -c, its standard input /dev/null, in a
 * process group of its own (in ours, when that has the terminal, for it may
 * want to ask there), all other descriptors closed and signals at their
 * defaults.  Its standard output is appended to out; the last line of its
 * standard error is kept.  The group is killed when the deadline (clock_ms())
 * passes or out is full.  Returns 0 when it exits 0; else -1 with *e set to
 * ERR_TEMP and how it ended, with that last line, escaped.
 */
int	 proc_run(const char *command, struct buf *out, int64_t deadline,
	    struct err *e);

#endif
