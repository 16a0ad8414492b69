/*
 * json.h - one text out of a JSON object (RFC 8259), such as an error is told
 * by.  What is within its members is skipped, not read.
 */
#ifndef SMTP_JSON_H
#define SMTP_JSON_H

#include "base/buf.h"

/*
 * Append the value of that member, a string or a number as it stands, to out.
 * Returns 1, 0 when there is no such member, or -1 when the n octets are no
 * object, or out is full; out may have a part of it then.
 */
int	 json_text(const char *, size_t n, const char *name, struct buf *out);

#endif
