#include <string.h>

#include "base/str.h"
#include "smtp/bearer.h"
#include "smtp/json.h"
#include "smtp/told.h"

#define SEP		'\1'		/* kvsep of RFC 7628 3.1 */
#define WORD_MAX	512		/* of what the server says */

/* b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static int
is_token(const char *s)
{
	const char *from = s;

	while (str_alnum(*s) || (*s != '\0' && strchr("-._~+/", *s) != NULL))
		s++;
	return s > from && s[strspn(s, "=")] == '\0';
}

static int
check_words(const struct bearer *b, struct err *e)
{
	const char *name = b->xoauth2 ? "XOAUTH2" : "OAUTHBEARER", *p;

	if (!is_token(b->token))
		return err_set(e, ERR_CONFIG, "%s: %s; the password has to be "
		    "an access token, and nothing else", name,
		    b->token[0] == '\0' ? "the token is empty" :
		    "that is no token: it has a character that none has");
	for (p = b->user != NULL ? b->user : ""; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			return err_set(e, ERR_CONFIG, "%s: the user's name "
			    "has a control character in it", name);
	return 0;
}

/* saslname of RFC 5801 4. */
static int
add_name(struct buf *out, const char *s)
{
	int r = 0;

	for (; *s != '\0' && r == 0; s++)
		r = *s == ',' ? buf_adds(out, "=2C") :
		    *s == '=' ? buf_adds(out, "=3D") : buf_addc(out, *s);
	return r;
}

/* gs2-header = "n," [ "a=" saslname ] ","  and then pairs, RFC 7628 3.1. */
static int
add_oauthbearer(const struct bearer *b, struct buf *out)
{
	int r = buf_adds(out, "n,");

	if (r == 0 && b->user != NULL)
		r = buf_adds(out, "a=") == -1 ? -1 : add_name(out, b->user);
	if (r == 0)
		r = buf_addf(out, ",%c", SEP);
	if (r == 0 && b->host != NULL && b->host[0] != '\0')
		r = buf_addf(out, "host=%s%c", b->host, SEP);
	if (r == 0 && b->port != 0)
		r = buf_addf(out, "port=%u%c", b->port, SEP);
	return r;
}

int
bearer_first(const struct bearer *b, struct buf *out, struct err *e)
{
	size_t before = out->len;
	int r;

	if (check_words(b, e) == -1)
		return -1;
	r = !b->xoauth2 ? add_oauthbearer(b, out) : buf_addf(out, "user=%s%c",
	    b->user != NULL ? b->user : "", SEP);
	if (r == 0 && buf_adds(out, "auth=Bearer ") == 0 &&
	    buf_adds(out, b->token) == 0 &&
	    buf_addf(out, "%c%c", SEP, SEP) == 0)
		return 0;
	buf_cut(out, before);
	return err_set(e, ERR_CONFIG, "the token is too long");
}

#define EXPIRED	"it has expired, was revoked or is for another server; " \
		"get a new one"
#define NARROW	"get one for that scope"

/* What the server's status means (RFC 6750 3.1; a number is HTTP's). */
static const struct remedy {
	const char	*status;
	const char	*text;
} remedies[] = {
	{ "invalid_token", EXPIRED }, { "400", EXPIRED }, { "401", EXPIRED },
	{ "insufficient_scope", NARROW }, { "403", NARROW },
};

static const char *
remedy(const char *status)
{
	size_t i;

	for (i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (str_same(status, remedies[i].status))
			return remedies[i].text;
	return "get a new one";
}

/* Is a part of the token in it, in whatever form?  Then nobody shall see it. */
static int
repeats(const struct bearer *b, const struct buf *said)
{
	struct told t = TOLD_INIT;
	size_t n = strlen(b->token);
	int r;

	told_secret(&t, b->token, n);
	r = n <= TOLD_LEAST ? strstr(buf_str(said), b->token) != NULL :
	    told_shares(&t, buf_str(said), said->len);
	told_free(&t);
	return r;
}

void
bearer_denied(const struct bearer *b, const char *json, size_t n,
    struct buf *answer, struct buf *why)
{
	struct buf status = BUF_MAX(WORD_MAX), scope = BUF_MAX(WORD_MAX);

	if (!b->xoauth2)
		buf_addc(answer, SEP);
	if (json_text(json, n, "status", &status) != 1 || status.len == 0 ||
	    repeats(b, &status)) {
		buf_adds(why, "the server does not take the token, without "
		    "a readable reason; get a new one");
		goto out;
	}
	buf_addf(why, "the server says of the token \"%s\"",
	    str_shown(buf_str(&status), status.len));
	if (json_text(json, n, "scope", &scope) == 1 && scope.len > 0 &&
	    !repeats(b, &scope))
		buf_addf(why, ", scope \"%s\"", str_shown(buf_str(&scope),
		    scope.len));
	buf_addf(why, ": %s", remedy(buf_str(&status)));
out:
	buf_free(&status);
	buf_free(&scope);
}
