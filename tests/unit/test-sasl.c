#include <gsasl.h>

#include "base/base64.h"
#include "mechs.h"
#include "smtp/challenge.h"
#include "smtp/sasl.h"

static const char *password;

static int
ask(void *unused, const char **word, struct err *e)
{
	(void)unused;
	if (password == NULL)
		return err_set(e, ERR_TEMP, "the safe is closed");
	*word = password;
	return 0;
}

/* Challenges and answers in base64, by hand and by the RFCs' examples. */
#define STEPS	4

static const struct dialog {
	const char	*name;
	const char	*mechanism;
	const char	*password;
	const char	*first;		/* NULL: none */
	const char	*step[STEPS][2];	/* challenge, answer or NULL */
	enum err_kind	 err;		/* of the step without answer */
	const char	*words;
	int		 content;
	enum sasl_fault	 fault;
} dialogs[] = {
	{ "PLAIN", "PLAIN", "secret", "AG1lAHNlY3JldA==", { { NULL } },
	    .content = 1 },
	{ "PLAIN, UTF-8", "PLAIN", "s\xc3\xa9", "AG1lAHPDqQ==", { { NULL } },
	    .content = 1 },
	{ "PLAIN, asked on", "PLAIN", "secret", "AG1lAHNlY3JldA==",
	    { { "", NULL } }, ERR_PROTOCOL, "asks on", 1, SASL_ALL },
	{ "LOGIN", "LOGIN", "secret", NULL,
	    { { "VXNlcm5hbWU6", "bWU=" }, { "UGFzc3dvcmQ6", "c2VjcmV0" } },
	    .content = 1 },
	{ "LOGIN, asked on", "LOGIN", "secret", NULL,
	    { { "VXNlcm5hbWU6", "bWU=" }, { "UGFzc3dvcmQ6", "c2VjcmV0" },
	    { "UGFzc3dvcmQ6", NULL } }, ERR_PROTOCOL, "asks on", 1,
	    SASL_ALL },
	/* HMAC-MD5("secret", "<1@x>") */
	{ "CRAM-MD5", "CRAM-MD5", "secret", NULL, { { "PDFAeD4=",
	    "bWUgNDQ1M2MzZDBmZDE2ODc5MmQ1NjVjNzI4YjRkZjY3Mzk=" } },
	    .content = 1 },
	{ "no password", "LOGIN", NULL, NULL,
	    { { "VXNlcm5hbWU6", "bWU=" }, { "UGFzc3dvcmQ6", NULL } },
	    ERR_TEMP, "the safe is closed", 0, SASL_ALL },
	{ "no base64", "LOGIN", "secret", NULL, { { "!", NULL } },
	    ERR_PROTOCOL, "base64", 0, SASL_OWN },
	/* r=x,s=QSXCR+Q6sek8bf92, and then: i=1000001 */
	{ "SCRAM, a round too many", "SCRAM-SHA-256", "secret", "",
	    { { "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTEwMDAwMDE=",
	    NULL } }, ERR_PROTOCOL, "1000001", 0, SASL_SERVER },
	/* i=0 */
	{ "SCRAM, no rounds", "SCRAM-SHA-1", "secret", "",
	    { { "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTA=", NULL } },
	    ERR_PROTOCOL, "0 rounds", 0, SASL_SERVER },
	/* i=4096, and a nonce that is not ours */
	{ "SCRAM, a foreign nonce", "SCRAM-SHA-1", "secret", "",
	    { { "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTQwOTY=", NULL } },
	    ERR_PROTOCOL, "did not prove", 0, SASL_SERVER },
	{ "SCRAM, no challenge", "SCRAM-SHA-256", "secret", "",
	    { { "", NULL } }, ERR_PROTOCOL, "SCRAM-SHA-256", 0, SASL_OWN },
	/* e=unknown-user */
	{ "SCRAM, the server ends it", "SCRAM-SHA-256", "secret", "",
	    { { "ZT11bmtub3duLXVzZXI=", NULL } }, ERR_NOPERM,
	    "the server says \"unknown-user\"", 0, SASL_ALL },
	/* e=p=AAAA */
	{ "SCRAM, the server ends it with what we said", "SCRAM-SHA-256",
	    "secret", "", { { "ZT1wPUFBQUE=", NULL } }, ERR_NOPERM,
	    "the server says \"no\"", 0, SASL_ALL },
	/* r=x,s=QSXCR+Q6sek8bf92,i=secret */
	{ "SCRAM, rounds that are what we said", "SCRAM-SHA-256", "secret",
	    "", { { "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPXNlY3JldA==", NULL } },
	    ERR_PROTOCOL, "for no number of rounds", 0, SASL_SERVER },
	{ "SCRAM, a NUL", "SCRAM-SHA-256", "secret", "",
	    { { "cj0A", NULL } }, ERR_PROTOCOL, "NUL", 0, SASL_OWN },
	{ "LOGIN, no UTF-8", "LOGIN", "\xe9t\xe9\xe9", NULL,
	    { { "VXNlcm5hbWU6", "bWU=" }, { "UGFzc3dvcmQ6", "6XTp6Q==" } },
	    .content = 1 },
	{ "CRAM-MD5, no UTF-8", "CRAM-MD5", "\xe9t\xe9\xe9", NULL,
	    { { "PDFAeD4=", NULL } }, ERR_CONFIG, "UTF-8", 0, SASL_OWN },
	{ "DIGEST-MD5, no challenge", "DIGEST-MD5", "secret", NULL,
	    { { "eA==", NULL } }, ERR_PROTOCOL, "DIGEST-MD5", 0, SASL_OWN },
	{ "DIGEST-MD5, an empty challenge", "DIGEST-MD5", "secret", NULL,
	    { { "", "" }, { "", NULL } }, ERR_PROTOCOL, "DIGEST-MD5", 0,
	    SASL_SERVER },
	{ "EXTERNAL, who we are", "EXTERNAL", NULL, "bWU=", { { NULL } },
	    .content = 1 },
	{ "EXTERNAL, asked on", "EXTERNAL", NULL, "bWU=",
	    { { "", NULL } }, ERR_PROTOCOL, "asks on", 1, SASL_OWN },
	{ "ANONYMOUS, a trace", "ANONYMOUS", NULL, "bWU=", { { NULL } },
	    .content = 1 },

	/* What libntlm must not see. */
	{ "NTLM, no challenge", "NTLM", "secret", "", { { "eA==", NULL } },
	    ERR_PROTOCOL, "NTLM", 0, SASL_OWN },
	{ "NTLM, a name past the end", "NTLM", "secret", "",
	    { { "TlRMTVNTUAACAAAABgAGADEAAAAGggAAASNFZ4mrze8AAAAAAAAAAEE=",
	    NULL } }, ERR_PROTOCOL, "NTLM", 0, SASL_OWN },
	{ "NTLM, a name over the end", "NTLM", "secret", "",
	    { { "TlRMTVNTUAACAAAABgAGACgAAAAGggAAASNFZ4mrze8AAAAAAAAAAEE=",
	    NULL } }, ERR_PROTOCOL, "NTLM", 0, SASL_OWN },
	{ "NTLM, a name of no length", "NTLM", "secret", "",
	    { { "TlRMTVNTUAACAAAAAAAAADAAAAAGggAAASNFZ4mrze8AAAAAAAAAAA==",
	    "" } }, .content = 1 },

	/* Tokens: "n,a=me,\1host=mx.example\1port=587\1auth=Bearer t.1\1\1" */
	{ "OAUTHBEARER", "OAUTHBEARER", "t.1", "bixhPW1lLAFob3N0PW14LmV4YW1w"
	    "bGUBcG9ydD01ODcBYXV0aD1CZWFyZXIgdC4xAQE=", { { NULL } },
	    .content = 1 },
	{ "OAUTHBEARER, denied", "OAUTHBEARER", "t.1", "",
	    { { "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=", "AQ==" } },
	    .content = 0 },
	{ "OAUTHBEARER, denied without a reason", "OAUTHBEARER", "t.1", "",
	    { { "!", "AQ==" } }, .content = 0 },
	{ "OAUTHBEARER, denied twice", "OAUTHBEARER", "t.1", "",
	    { { "e30=", "AQ==" }, { "e30=", NULL } }, ERR_PROTOCOL,
	    "asks on", 0, SASL_ALL },
	{ "XOAUTH2", "XOAUTH2", "t.1",
	    "dXNlcj1tZQFhdXRoPUJlYXJlciB0LjEBAQ==", { { NULL } },
	    .content = 1 },
	{ "XOAUTH2, denied", "XOAUTH2", "t.1", "",
	    { { "eyJzdGF0dXMiOiI0MDEifQ==", "" } }, .content = 0 },
};

static void
test_dialog(void **state)
{
	const struct dialog *d = *state;
	struct sasl_params p = { .user = "me", .host = "mx.example",
	    .port = 587, .ask = ask };
	struct buf out = BUF_MAX(SASL_RESPONSE_MAX);
	struct err e = ERR_INIT;
	struct sasl *s;
	size_t i;
	int r;

	password = d->password;
	s = sasl_new(mech_called(d->mechanism), &p, TLS_NO_BINDING, NULL);
	assert_int_equal(sasl_first(s, &out, &e), d->first != NULL);
	if (d->first != NULL && d->first[0] != '\0')
		assert_string_equal(buf_str(&out), d->first);
	for (i = 0; i < STEPS && d->step[i][0] != NULL; i++) {
		buf_clear(&out);
		r = sasl_step(s, d->step[i][0], &out, &e);
		if (d->step[i][1] != NULL) {
			assert_int_equal(r, 0);
			if (d->step[i][1][0] != '\0' || out.len < 100)
				assert_string_equal(buf_str(&out),
				    d->step[i][1]);
			continue;
		}
		assert_int_equal(r, -1);
		assert_int_equal(e.kind, d->err);
		assert_non_null(strstr(e.text, d->words));
		assert_int_equal(sasl_fault(s), d->fault);
	}
	assert_int_equal(sasl_content(s), d->content);
	sasl_free(s);
	buf_free(&out);
}

/* The rounds that we do: a server that knows the password is content. */
static void
test_rounds_in_bounds(void **state)
{
	static const struct {
		const char	*challenge;	/* r=x,s=...,i= this */
		int		 refused;
	} rows[] = {
		/* 1000000, 1000000,x=y, 18446744073709551617, -1, 4096x */
		{ "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTEwMDAwMDA=", 0 },
		{ "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTEwMDAwMDAseD15", 0 },
		{ "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTE4NDQ2NzQ0MDczNzA5NTUx"
		    "NjE3", 1 },
		{ "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPS0x", 1 },
		{ "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTQwOTZ4", 1 },
	};
	struct sasl_params p = { .user = "me", .ask = ask };
	struct buf out = BUF_MAX(SASL_RESPONSE_MAX);
	struct err e = ERR_INIT;
	struct sasl *s;
	size_t i;

	(void)state;
	password = "secret";
	for (i = 0; i < COUNT(rows); i++) {
		s = sasl_new(mech_called("SCRAM-SHA-1"), &p, TLS_NO_BINDING,
		    NULL);
		assert_int_equal(sasl_first(s, &out, &e), 1);
		/* The nonce is not ours, so that none gets any further. */
		assert_int_equal(sasl_step(s, rows[i].challenge, &out, &e),
		    -1);
		assert_int_equal(strstr(e.text, "rounds, and not") != NULL,
		    rows[i].refused);
		sasl_free(s);
	}
	buf_free(&out);
}

/*
 * libgsasl's own server at the other end.  A failure is the client's, with its
 * fault; or the server's alone, which has the last word.
 */
static const struct mutual {
	const char	*name;
	const char	*mechanism;
	enum tls_binding binding;
	const char	*ours, *theirs;		/* its octets; NULL: none */
	const char	*secret;		/* the client's */
	int		 refused;		/* by the server */
	enum sasl_fault	 fault;
	const char	*user;			/* NULL: me */
	const char	*realm;
	const char	*liar;			/* what the server says last */
} mutuals[] = {
	{ .name = "SCRAM-SHA-256", .mechanism = "SCRAM-SHA-256" },
	{ .name = "SCRAM-SHA-1", .mechanism = "SCRAM-SHA-1" },
	{ "SCRAM-SHA-256, wrong password", "SCRAM-SHA-256",
	    .secret = "Secret", .refused = 1 },
	{ "SCRAM-SHA-256, a binding at hand", "SCRAM-SHA-256", TLS_EXPORTER,
	    .ours = "0123456789abcdef" },
	{ "SCRAM-SHA-256, a server that lies", "SCRAM-SHA-256",
	    .fault = SASL_SERVER, .liar = "v=AAAA" },
	{ "SCRAM-SHA-1, a server that forgets", "SCRAM-SHA-1",
	    .fault = SASL_SERVER, .liar = "x" },
	{ "SCRAM-SHA-256, a server that says no", "SCRAM-SHA-256",
	    .fault = SASL_ALL, .liar = "e=invalid-proof" },
	{ "SCRAM-SHA-256-PLUS, exporter", "SCRAM-SHA-256-PLUS", TLS_EXPORTER,
	    .ours = "0123456789abcdef", .theirs = "0123456789abcdef" },
	{ "SCRAM-SHA-256-PLUS, unique", "SCRAM-SHA-256-PLUS", TLS_UNIQUE,
	    .ours = "\1\2\3\xff", .theirs = "\1\2\3\xff" },
	{ "SCRAM-SHA-1-PLUS, exporter", "SCRAM-SHA-1-PLUS", TLS_EXPORTER,
	    .ours = "0123456789abcdef", .theirs = "0123456789abcdef" },
	{ "SCRAM-SHA-1-PLUS, unique", "SCRAM-SHA-1-PLUS", TLS_UNIQUE,
	    .ours = "\1\2\3\xff", .theirs = "\1\2\3\xff" },
	{ "SCRAM-SHA-256-PLUS, another channel", "SCRAM-SHA-256-PLUS",
	    TLS_EXPORTER, "0123456789abcdef", "0123456789abcdeg",
	    .refused = 1 },
	{ "SCRAM-SHA-1-PLUS, another channel", "SCRAM-SHA-1-PLUS", TLS_UNIQUE,
	    "\1\2\3\xff", "\1\2\3", .refused = 1 },
	{ "SCRAM-SHA-256-PLUS, none at hand", "SCRAM-SHA-256-PLUS",
	    TLS_NO_BINDING, NULL, "0123456789abcdef", .fault = SASL_OWN },
	{ .name = "DIGEST-MD5", .mechanism = "DIGEST-MD5" },
	{ "DIGEST-MD5, a realm", "DIGEST-MD5", .realm = "example.org" },
	{ "DIGEST-MD5, wrong password", "DIGEST-MD5", .secret = "Secret",
	    .refused = 1 },
	{ "DIGEST-MD5, a server that lies", "DIGEST-MD5",
	    .fault = SASL_SERVER,
	    .liar = "rspauth=00000000000000000000000000000000" },
	{ "DIGEST-MD5, a server that forgets", "DIGEST-MD5",
	    .fault = SASL_SERVER, .liar = "x" },
	{ .name = "CRAM-MD5", .mechanism = "CRAM-MD5" },
	{ "CRAM-MD5, wrong password", "CRAM-MD5", .secret = "Secret",
	    .refused = 1 },
	{ .name = "PLAIN", .mechanism = "PLAIN" },
	{ "PLAIN, wrong password", "PLAIN", .secret = "Secret",
	    .refused = 1 },
	{ .name = "LOGIN", .mechanism = "LOGIN" },
	{ "LOGIN, wrong password", "LOGIN", .secret = "Secret",
	    .refused = 1 },
	{ .name = "EXTERNAL", .mechanism = "EXTERNAL" },
	{ "EXTERNAL, somebody else", "EXTERNAL", .user = "you",
	    .refused = 1 },
	{ .name = "ANONYMOUS", .mechanism = "ANONYMOUS" },
};

static int
add_binding(Gsasl_session *g, Gsasl_property what, enum tls_binding kind,
    const struct mutual *m)
{
	struct buf text = BUF_MAX(256);

	if (m->theirs == NULL || (m->binding != kind &&
	    m->binding != TLS_NO_BINDING))
		return GSASL_NO_CALLBACK;
	base64_add(&text, m->theirs, strlen(m->theirs));
	gsasl_property_set(g, what, buf_str(&text));
	buf_free(&text);
	return GSASL_OK;
}

static int
same(Gsasl_session *g, Gsasl_property what, const char *text)
{
	const char *said = gsasl_property_fast(g, what);

	return said != NULL && strcmp(said, text) == 0;
}

/* What the server knows. */
static int
on_server_need(Gsasl *context, Gsasl_session *g, Gsasl_property what)
{
	static const struct { Gsasl_property what; const char *text; } all[] =
	    { { GSASL_PASSWORD, "secret" }, { GSASL_SERVICE, "smtp" },
	    { GSASL_HOSTNAME, "mx.example" }, { GSASL_QOPS, "qop-auth" },
	    { GSASL_SCRAM_ITER, "4096" } };
	const struct mutual *m = gsasl_callback_hook_get(context);
	size_t i;

	for (i = 0; i < COUNT(all); i++)
		if (all[i].what == what)
			return gsasl_property_set(g, what, all[i].text);
	if (what == GSASL_REALM && m->realm != NULL)
		return gsasl_property_set(g, what, m->realm);
	if (what == GSASL_CB_TLS_EXPORTER)
		return add_binding(g, what, TLS_EXPORTER, m);
	if (what == GSASL_CB_TLS_UNIQUE)
		return add_binding(g, what, TLS_UNIQUE, m);
	if (what == GSASL_VALIDATE_EXTERNAL)
		return same(g, GSASL_AUTHZID, "me") ? GSASL_OK :
		    GSASL_AUTHENTICATION_ERROR;
	if (what == GSASL_VALIDATE_ANONYMOUS)
		return same(g, GSASL_ANONYMOUS_TOKEN, "me") ? GSASL_OK :
		    GSASL_AUTHENTICATION_ERROR;
	return GSASL_NO_CALLBACK;
}

/* The server's next challenge in base64, or what it says instead of its last,
 * which is the second. */
static int
server_step(Gsasl_session *g, const struct mutual *m, const char *heard,
    unsigned round, struct buf *challenge)
{
	char *text = NULL;
	int r = gsasl_step64(g, heard, &text);

	buf_clear(challenge);
	if (round == 1 && m->liar != NULL) {
		base64_add(challenge, m->liar, strlen(m->liar));
		r = GSASL_NEEDS_MORE;
	} else if (text != NULL)
		buf_adds(challenge, text);
	gsasl_free(text);
	return r;
}

/* Returns the server's verdict; or -1 when the client gave up. */
static int
converse(struct sasl *s, Gsasl_session *g, const struct mutual *m)
{
	struct buf ours = BUF_MAX(SASL_RESPONSE_MAX);
	struct buf theirs = BUF_MAX(SASL_RESPONSE_MAX);
	struct err e = ERR_INIT;
	int r, got = sasl_first(s, &ours, &e);
	unsigned round;

	r = got == -1 ? -1 : GSASL_NEEDS_MORE;
	for (round = 0; r == GSASL_NEEDS_MORE; round++) {
		r = server_step(g, m, got == 0 ? NULL : buf_str(&ours),
		    round, &theirs);
		/* The last word may be the server's proof. */
		if (r != GSASL_NEEDS_MORE && (r != GSASL_OK ||
		    theirs.len == 0))
			break;
		buf_clear(&ours);
		got = 1;
		if (sasl_step(s, buf_str(&theirs), &ours, &e) == -1)
			r = -1;
		else if (r == GSASL_OK)
			assert_int_equal(ours.len, 0);
	}
	buf_free(&ours);
	buf_free(&theirs);
	return r;
}

static void
test_mutual(void **state)
{
	const struct mutual *m = *state;
	struct sasl_params p = { .host = "mx.example", .ask = ask,
	    .user = m->user != NULL ? m->user : "me" };
	struct buf octets = BUF_MAX(256);
	Gsasl *context;
	Gsasl_session *g;
	struct sasl *s;
	int r;

	password = m->secret != NULL ? m->secret : "secret";
	if (m->ours != NULL)
		buf_adds(&octets, m->ours);
	assert_int_equal(gsasl_init(&context), GSASL_OK);
	gsasl_callback_set(context, on_server_need);
	gsasl_callback_hook_set(context, (void *)(uintptr_t)m);
	assert_int_equal(gsasl_server_start(context, m->mechanism, &g),
	    GSASL_OK);
	s = sasl_new(mech_called(m->mechanism), &p, m->binding, &octets);
	r = converse(s, g, m);
	assert_int_equal(sasl_fault(s), m->fault);
	if (m->fault != SASL_SOUND)
		assert_int_equal(r, -1);
	else
		assert_int_equal(r == GSASL_OK, !m->refused);
	if (r == GSASL_OK)
		assert_int_equal(sasl_content(s), 1);
	sasl_free(s);
	gsasl_finish(g);
	gsasl_done(context);
	buf_free(&octets);
}

/* What libntlm has no room for; the last one is a whole exchange. */
static const struct length {
	const char	*name;
	size_t		 user, realm, password, target;
	const char	*words;
} lengths[] = {
	{ "NTLM, a long user", NTLM_USER_MAX + 1, 0, 6, 6, "user" },
	{ "NTLM, a very long user", 600, 0, 6, 6, "user" },
	{ "NTLM, a long domain", 2, NTLM_REALM_MAX + 1, 6, 6, "domain" },
	{ "NTLM, a long password", 2, 0, NTLM_PASSWORD_MAX + 1, 6,
	    "the password is too long" },
	{ "NTLM, a long target", 2, 0, 6, NTLM_TARGET_MAX + 2, "is none" },
	{ "NTLM, all as long as may be", NTLM_USER_MAX, NTLM_REALM_MAX,
	    NTLM_PASSWORD_MAX, NTLM_TARGET_MAX, NULL },
};

static void
add_challenge(struct buf *to, size_t target)
{
	struct buf clear = BUF_MAX(4096);
	size_t i;

	buf_add(&clear, "NTLMSSP\0\2\0\0\0", 12);
	for (i = 0; i < 2; i++) {
		buf_addc(&clear, (char)(target & 0xff));
		buf_addc(&clear, (char)(target >> 8));
	}
	buf_add(&clear, "\60\0\0\0\6\202\0\0" "01234567\0\0\0\0\0\0\0\0",
	    24);
	buf_add(&clear, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(clear.len, 48);
	for (i = 0; i < target / 2; i++)
		buf_add(&clear, "d", 2);
	base64_add(to, buf_str(&clear), clear.len);
	buf_free(&clear);
}

static void
test_length(void **state)
{
	const struct length *l = *state;
	char *who = unit_fill('u', l->user), *realm = unit_fill('r', l->realm);
	char *word = unit_fill('p', l->password);
	struct sasl_params p = { .user = who, .host = "mx.example",
	    .ask = ask, .realm = l->realm > 0 ? realm : NULL };
	struct sasl *s = sasl_new(mech_called("NTLM"), &p, TLS_NO_BINDING,
	    NULL);
	struct buf out = BUF_MAX(4096), theirs = BUF_MAX(4096);
	struct err e = ERR_INIT;
	int r = sasl_first(s, &out, &e);

	password = word;
	add_challenge(&theirs, l->target);
	buf_clear(&out);
	if (r == 1)
		r = sasl_step(s, buf_str(&theirs), &out, &e);
	assert_int_equal(r, l->words != NULL ? -1 : 0);
	if (l->words != NULL)
		assert_non_null(strstr(e.text, l->words));
	else
		/* 64 octets of header, and all of the rest. */
		assert_int_equal(out.len, (64 + 48 + 4 * NTLM_USER_MAX +
		    NTLM_TARGET_MAX + 2) / 3 * 4);
	sasl_free(s);
	buf_free(&out);
	buf_free(&theirs);
	free(who);
	free(realm);
	free(word);
}

int
main(void)
{
	UNIT_ROWS(dialogs, test_dialog);
	UNIT_ROWS(mutuals, test_mutual);
	UNIT_ROWS(lengths, test_length);
	UNIT_TEST(test_rounds_in_bounds);
	return unit_run("sasl");
}
