#include <stdint.h>
#include <stdlib.h>

#include "mail/msgid.h"

#define LETTERS	24			/* of five bits each */

int
msgid_make(struct buf *b, const char *host)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned char random[LETTERS];
	char id[LETTERS + 1];
	size_t i;

	arc4random_buf(random, sizeof(random));
	for (i = 0; i < LETTERS; i++)
		id[i] = alphabet[random[i] & 31];
	id[LETTERS] = '\0';
	return buf_addf(b, "<%s@%s>", id, host);
}
