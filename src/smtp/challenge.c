#include <string.h>

#include "base/base64.h"
#include "base/str.h"
#include "smtp/challenge.h"

#define NTLM_LEAST	32	/* up to and with the server's nonce */
#define NTLM_TARGET	12	/* the field that says where its name is */

/* What e= may be (RFC 5802 7).  Anything else may be what we said. */
static const char *
scram_reason(const char *text)
{
	static const char *const reasons[] = {
		"invalid-encoding", "extensions-not-supported",
		"invalid-proof", "channel-bindings-dont-match",
		"server-does-support-channel-binding",
		"channel-binding-not-supported",
		"unsupported-channel-binding-type", "unknown-user",
		"invalid-username-encoding", "no-resources", "other-error",
	};
	size_t n = strcspn(text, ","), i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_same_n(text, n, reasons[i], strlen(reasons[i])))
			return reasons[i];
	return "no";
}

/*
 * RFC 5802 5.1: i=, the number of rounds, costs us and not the server, so one
 * that is not to be believed must not keep us busy for hours.  RFC 5802 7: e=
 * is no challenge, but why the login is refused.
 */
static enum sasl_fault
check_scram(const struct mech *m, const char *text, struct err *e)
{
	const char *p = strstr(text, ",i=");
	char rounds[24];
	long long n;

	if (strncmp(text, "e=", 2) == 0) {
		err_set(e, ERR_NOPERM, "login by %s refused: the server says "
		    "\"%s\"", m->name, scram_reason(text + 2));
		return SASL_ALL;
	}
	if (p == NULL)
		return SASL_SOUND;
	strlcpy(rounds, p + 3, sizeof(rounds));
	rounds[strcspn(rounds, ",")] = '\0';
	if (str_number(rounds, 1, SASL_ROUNDS_MAX, &n) == 0)
		return SASL_SOUND;
	if (rounds[0] == '\0' || rounds[strspn(rounds, "0123456789")] != '\0')
		strlcpy(rounds, "no number of", sizeof(rounds));
	err_set(e, ERR_PROTOCOL, "%s: the server asks for %s rounds, and not "
	    "for 1 to %d", m->name, rounds, SASL_ROUNDS_MAX);
	return SASL_SERVER;
}

static size_t
little_endian(const char *p, size_t n)
{
	size_t v = 0;

	while (n-- > 0)
		v = v << 8 | (unsigned char)p[n];
	return v;
}

/*
 * MS-NLMP 2.2.1.2.  libntlm takes the place of the target's name on trust, and
 * what it finds there it sends back.
 */
static int
is_ntlm(const struct buf *text)
{
	static const char begin[] = "NTLMSSP\0\2\0\0";	/* and a NUL more */
	const char *p = buf_str(text);
	size_t len, at;

	if (text->len < NTLM_LEAST || memcmp(p, begin, sizeof(begin)) != 0)
		return 0;
	len = little_endian(p + NTLM_TARGET, 2);
	at = little_endian(p + NTLM_TARGET + 4, 4);
	return len == 0 || (len <= NTLM_TARGET_MAX && at <= text->len &&
	    len <= text->len - at);
}

static enum sasl_fault
broken(const struct mech *m, const char *how, struct err *e)
{
	err_set(e, ERR_PROTOCOL, "%s: the challenge %s", m->name, how);
	return SASL_OWN;
}

enum sasl_fault
challenge_read(const struct mech *m, const char *challenge, struct buf *text,
    struct err *e)
{
	if (base64_read(text, challenge, strlen(challenge)) == -1)
		return broken(m, "is not base64", e);
	if ((m->is & MECH_NTLM) && !is_ntlm(text))
		return broken(m, "is none", e);
	if (!(m->is & MECH_BINARY) && memchr(buf_str(text), '\0', text->len) !=
	    NULL)
		return broken(m, "holds a NUL", e);
	return (m->is & MECH_ROUNDS) ? check_scram(m, buf_str(text), e) :
	    SASL_SOUND;
}
