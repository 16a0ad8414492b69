#include "smtp/bearer.h"
#include "unit.h"

static const struct first {
	const char	*name;
	struct bearer	 b;
	const char	*want;		/* NULL: refused */
	const char	*words;		/* of that */
} firsts[] = {
	{ "RFC 7628 4.1", { 0, "user@example.com", "server.example.com", 143,
	    "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==" },
	    "n,a=user@example.com,\1host=server.example.com\1port=143\1"
	    "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1",
	    NULL },
	{ "no user, host nor port", { 0, NULL, NULL, 0, "t" },
	    "n,,\1auth=Bearer t\1\1", NULL },
	{ "an empty host", { 0, "u", "", 587, "t" },
	    "n,a=u,\1port=587\1auth=Bearer t\1\1", NULL },
	{ "signs in the user's name", { 0, "a=b,c", NULL, 0, "t" },
	    "n,a=a=3Db=2Cc,\1auth=Bearer t\1\1", NULL },
	{ "XOAUTH2", { 1, "some.one@example.com", "h", 587, "ya29.x-_~+/" },
	    "user=some.one@example.com\1auth=Bearer ya29.x-_~+/\1\1", NULL },
	{ "XOAUTH2, signs in the user's name", { 1, "a=b,c", NULL, 0, "t" },
	    "user=a=b,c\1auth=Bearer t\1\1", NULL },
	{ "an empty token", { 0, "u", NULL, 0, "" }, NULL, "empty" },
	{ "only padding", { 0, "u", NULL, 0, "==" }, NULL, "no token" },
	{ "padding within", { 0, "u", NULL, 0, "a=b" }, NULL, "no token" },
	{ "a blank", { 1, "u", NULL, 0, "a b" }, NULL, "no token" },
	{ "JSON", { 1, "u", NULL, 0, "{\"access_token\":\"x\"}" }, NULL,
	    "no token" },
	{ "a pair's end in the token", { 0, "u", NULL, 0, "a\1auth=b" },
	    NULL, "no token" },
	{ "a line end in the token", { 0, "u", NULL, 0, "a\r\nQUIT" }, NULL,
	    "no token" },
	{ "8 bits in the token", { 0, "u", NULL, 0, "a\xc3\xa4" }, NULL,
	    "no token" },
	{ "a pair's end in the user's name", { 1, "u\1x", NULL, 0, "t" },
	    NULL, "control character" },
};

static void
test_first(void **state)
{
	const struct first *f = *state;
	struct buf out = BUF_MAX(256);
	struct err e = ERR_INIT;

	if (f->want != NULL) {
		assert_int_equal(bearer_first(&f->b, &out, &e), 0);
		assert_string_equal(buf_str(&out), f->want);
	} else {
		assert_int_equal(bearer_first(&f->b, &out, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.text, f->words));
		assert_null(strstr(e.text, "access_token\":"));
		assert_int_equal(out.len, 0);
	}
	buf_free(&out);
}

/* One octet less than it takes is no room, whichever that is. */
static void
test_room(void **state)
{
	const struct bearer *b = &firsts[0].b;
	size_t n = strlen(firsts[0].want), i;
	struct err e = ERR_INIT;

	(void)state;
	for (i = 0; i < n; i++) {
		struct buf out = BUF_MAX(i);

		assert_int_equal(bearer_first(b, &out, &e), -1);
		assert_int_equal(out.len, 0);
		buf_free(&out);
	}
}

static const struct denial {
	const char	*name;
	int		 xoauth2;
	const char	*json;
	const char	*answer;
	const char	*why;
	const char	*token;
} denials[] = {
	{ "RFC 7628 4.3", 0, "{\"status\":\"invalid_token\",\"scope\":"
	    "\"example_scope\",\"openid-configuration\":\"https://x\"}",
	    "\1", "the server says of the token \"invalid_token\", scope "
	    "\"example_scope\": it has expired, was revoked or is for another "
	    "server; get a new one", NULL },
	{ "XOAUTH2", 1, "{\"status\":\"401\",\"schemes\":\"bearer mac\","
	    "\"scope\":\"https://mail.google.com/\"}", "",
	    "the server says of the token \"401\", scope "
	    "\"https://mail.google.com/\": it has expired, was revoked or is "
	    "for another server; get a new one", NULL },
	{ "scope", 0, "{\"status\":\"insufficient_scope\",\"scope\":\"s\"}",
	    "\1", "the server says of the token \"insufficient_scope\", scope "
	    "\"s\": get one for that scope", NULL },
	{ "something else", 0, "{\"status\":\"x\"}", "\1",
	    "the server says of the token \"x\": get a new one", NULL },
	{ "nothing to be read", 0, "?", "\1", "the server does not take the "
	    "token, without a readable reason; get a new one", NULL },
	{ "nothing", 1, "", "", "the server does not take the token, without "
	    "a readable reason; get a new one", NULL },
	{ "the token's beginning as the status", 0,
	    "{\"status\":\"not eyJhbGciOiJSUzI1\"}", "\1",
	    "the server does not take the token, without a readable reason; "
	    "get a new one", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOi" },
	{ "the token as the scope", 0,
	    "{\"status\":\"401\",\"scope\":\"\\u0061b\"}", "\1",
	    "the server says of the token \"401\": it has expired, was revoked "
	    "or is for another server; get a new one", "ab" },
	{ "the token in base64 as the status", 1,
	    "{\"status\":\"ZXlKaGJHY2lPaUpTVXpJMU5pSjkuZXlKcGMzTWlPaQ==\"}",
	    "", "the server does not take the token, without a readable "
	    "reason; get a new one", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOi" },
	{ "the token without its beginning as the scope", 1,
	    "{\"status\":\"401\",\"scope\":\"GciOiJSUzI1NiJ9.eyJpc3M\"}", "",
	    "the server says of the token \"401\": it has expired, was revoked "
	    "or is for another server; get a new one",
	    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOi" },
	{ "what a terminal would obey", 0, "{\"status\":\"\\u001b[2J\\n\"}",
	    "\1", "the server says of the token \"\\x1B[2J \": get a new "
	    "one", NULL },
};

static void
test_denial(void **state)
{
	const struct denial *d = *state;
	struct bearer b = { .xoauth2 = d->xoauth2,
	    .token = d->token != NULL ? d->token : "#" };
	size_t n = strlen(d->json);
	char *copy = unit_copy(d->json, n);
	struct buf answer = BUF_MAX(16), why = BUF_MAX(1024);

	bearer_denied(&b, copy, n, &answer, &why);
	assert_string_equal(buf_str(&answer), d->answer);
	assert_string_equal(buf_str(&why), d->why);
	buf_free(&answer);
	buf_free(&why);
	free(copy);
}

int
main(void)
{
	UNIT_ROWS(firsts, test_first);
	UNIT_TEST(test_room);
	UNIT_ROWS(denials, test_denial);
	return unit_run("bearer");
}
