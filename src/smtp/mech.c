#include <string.h>

#include "base/str.h"
#include "smtp/mech.h"

#define SCRAM	(MECH_FIRST | MECH_PASSWORD | MECH_USER | MECH_ROUNDS)
#define TICKET	(MECH_FIRST | MECH_KERBEROS | MECH_AUTHZID | MECH_BINARY)
#define HIDING	(MECH_PASSWORD | MECH_USER)
#define OPEN	(MECH_PASSWORD | MECH_USER | MECH_REVEALS)
#define TOKEN	(MECH_FIRST | OPEN | MECH_NAMED | MECH_BEARER)

/*
 * What proves the server too stands before what does not, and what hides the
 * password before what does not.  NTLM is the old one (MS-NLMP's version 1
 * with its LM response), from which a password is found in hours: it hides
 * nothing, and wants a domain besides.
 */
static const struct mech mechs[] = {
	{ "EXTERNAL", MECH_FIRST | MECH_CERTIFICATE | MECH_AUTHZID },
	{ "SCRAM-SHA-256-PLUS", SCRAM | MECH_BINDING },
	{ "SCRAM-SHA-1-PLUS", SCRAM | MECH_BINDING },
	{ "SCRAM-SHA-256", SCRAM },
	{ "SCRAM-SHA-1", SCRAM },
	{ "GSSAPI", TICKET },
	{ "GS2-KRB5", TICKET },
	{ "DIGEST-MD5", HIDING },
	{ "CRAM-MD5", HIDING },
	{ "PLAIN", OPEN | MECH_FIRST },
	{ "LOGIN", OPEN },
	{ "NTLM", OPEN | MECH_FIRST | MECH_BINARY | MECH_NTLM },
	{ "OAUTHBEARER", TOKEN },
	{ "XOAUTH2", TOKEN },
	{ "ANONYMOUS", MECH_FIRST | MECH_NAMED },
};

#define NMECHS	(sizeof(mechs) / sizeof(mechs[0]))

_Static_assert(NMECHS <= MECH_MAX, "a bit each in an unsigned");

const struct mech *
mech_at(size_t i)
{
	return i < NMECHS ? &mechs[i] : NULL;
}

int
mech_among(const char *words, const struct mech *m)
{
	size_t n;

	for (; *words != '\0'; words += n) {
		words += strspn(words, " ");
		n = strcspn(words, " ");
		if (str_same_n(words, n, m->name, strlen(m->name)))
			return 1;
	}
	return 0;
}

