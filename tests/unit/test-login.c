#include "mechs.h"
#include "smtp/login.h"

#define EVERY	" PLAIN LOGIN CRAM-MD5 DIGEST-MD5 NTLM GSSAPI GS2-KRB5 " \
		"EXTERNAL ANONYMOUS OAUTHBEARER XOAUTH2 SCRAM-SHA-1 " \
		"SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS"

enum { TLS = 1, CERT = 2, BOUND = 4, ALONE = 8, NOBODY = 16 };

/* Which mechanism is chosen out of what is offered and what is allowed. */
static const struct choice {
	const char	*name;
	const char	*offered;
	const char	*allowed;	/* NULL: on */
	unsigned	 have;
	const char	*want;		/* NULL: none */
	const char	*words;		/* in the error */
} choices[] = {
	{ "the strongest", " PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256",
	    NULL, TLS, "SCRAM-SHA-256", NULL },
	{ "any order", " SCRAM-SHA-1 PLAIN", NULL, TLS, "SCRAM-SHA-1", NULL },
	{ "any case", " plain login", NULL, TLS, "PLAIN", NULL },
	{ "PLAIN before LOGIN", " LOGIN PLAIN", NULL, TLS, "PLAIN", NULL },
	{ "a hidden one before PLAIN", " PLAIN CRAM-MD5", NULL, TLS,
	    "CRAM-MD5", NULL },
	{ "one that proves the server first", " CRAM-MD5 DIGEST-MD5", NULL,
	    TLS, "DIGEST-MD5", NULL },
	{ "NTLM last", " NTLM LOGIN", NULL, TLS, "LOGIN", NULL },
	{ "NTLM alone", " NTLM", NULL, TLS, "NTLM", NULL },
	{ "a word that begins like one", " PLAIN-CLIENTTOKEN X-PLAIN", NULL,
	    TLS, NULL, "PLAIN-CLIENTTOKEN" },
	{ "none that we have", " OTP SRP", NULL, TLS, NULL,
	    "the server offers OTP SRP, and this account allows "
	    "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 "
	    "GSSAPI GS2-KRB5 DIGEST-MD5 CRAM-MD5 PLAIN LOGIN NTLM; see" },
	{ "nothing", "", NULL, TLS, NULL, "offers none" },
	{ "the one that is named", " PLAIN SCRAM-SHA-256", "PLAIN", TLS,
	    "PLAIN", NULL },
	{ "one that is named and not offered", " PLAIN", "SCRAM-SHA-1", TLS,
	    NULL, "allows SCRAM-SHA-1;" },

	{ "nothing that reveals the password without TLS", " PLAIN LOGIN "
	    "NTLM OAUTHBEARER XOAUTH2", NULL, 0, NULL, "turn tls on" },
	{ "what hides it without TLS", " PLAIN CRAM-MD5", NULL, 0, "CRAM-MD5",
	    NULL },
	{ "named without TLS", " PLAIN CRAM-MD5", "PLAIN", 0, "PLAIN", NULL },
	{ "LOGIN without TLS", EVERY, "LOGIN", 0, "LOGIN", NULL },
	{ "NTLM without TLS", EVERY, "NTLM", 0, "NTLM", NULL },
	{ "XOAUTH2 without TLS", EVERY, "XOAUTH2", 0, "XOAUTH2", NULL },
	{ "all without TLS", EVERY, NULL, 0, "SCRAM-SHA-256", NULL },
	{ "all without TLS, and yet a binding", EVERY, NULL, BOUND,
	    "SCRAM-SHA-256", NULL },

	{ "all, and nothing at hand", EVERY, NULL, TLS, "SCRAM-SHA-256",
	    NULL },
	{ "all, and a binding", EVERY, NULL, TLS | BOUND,
	    "SCRAM-SHA-256-PLUS", NULL },
	{ "all, and a certificate", EVERY, NULL, TLS | CERT | BOUND,
	    "EXTERNAL", NULL },
	{ "SHA-1, and a binding", " SCRAM-SHA-1-PLUS SCRAM-SHA-256", NULL,
	    TLS | BOUND, "SCRAM-SHA-1-PLUS", NULL },
	{ "-PLUS alone, and no binding", " SCRAM-SHA-256-PLUS", NULL, TLS,
	    NULL, "offers SCRAM-SHA-256-PLUS" },
	{ "-PLUS named, and no binding", EVERY, "SCRAM-SHA-256-PLUS", TLS,
	    NULL, "nothing to bind it to" },
	{ "-PLUS named", EVERY, "SCRAM-SHA-1-PLUS", TLS | BOUND,
	    "SCRAM-SHA-1-PLUS", NULL },
	{ "EXTERNAL without a certificate", " EXTERNAL PLAIN", NULL, TLS,
	    "PLAIN", NULL },
	{ "EXTERNAL alone, without a certificate", " EXTERNAL", NULL, TLS,
	    NULL, "offers EXTERNAL" },
	{ "EXTERNAL named, without a certificate", EVERY, "EXTERNAL", 0,
	    "EXTERNAL", NULL },
	{ "EXTERNAL named, and nobody", EVERY, "EXTERNAL", TLS | NOBODY,
	    "EXTERNAL", NULL },

	{ "tokens have to be named", " XOAUTH2 OAUTHBEARER", NULL, TLS, NULL,
	    "a login by token has to be named" },
	{ "XOAUTH2 named", EVERY, "XOAUTH2", TLS, "XOAUTH2", NULL },
	{ "OAUTHBEARER named", EVERY, "OAUTHBEARER", TLS, "OAUTHBEARER",
	    NULL },
	{ "ANONYMOUS has to be named", " ANONYMOUS", NULL, TLS, NULL,
	    "offers ANONYMOUS" },
	{ "ANONYMOUS named", EVERY, "ANONYMOUS", TLS | NOBODY, "ANONYMOUS",
	    NULL },

	/* There is no ticket here. */
	{ "Kerberos named", EVERY, "GSSAPI", TLS, NULL,
	    "GSSAPI: no Kerberos ticket for smtp@mx.example; see kinit(1)" },
	{ "Kerberos, the other one", EVERY, "GS2-KRB5", TLS, NULL,
	    "GS2-KRB5: no Kerberos ticket" },
	{ "Kerberos passed over", " GSSAPI GS2-KRB5 CRAM-MD5", NULL, 0,
	    "CRAM-MD5", NULL },
	{ "Kerberos, and nothing more", " GSSAPI GS2-KRB5", NULL, TLS, NULL,
	    "GS2-KRB5: no Kerberos ticket for smtp@mx.example; see kinit(1); "
	    "before that, GSSAPI: no Kerberos ticket" },
};

static unsigned have, asked;

static int
ask(void *unused, const char **word, struct err *e)
{
	(void)unused;
	(void)e;
	asked++;
	*word = "secret";
	return 0;
}

static enum tls_binding
bind_to(void *unused, struct buf *out)
{
	(void)unused;
	if (!(have & BOUND))
		return TLS_NO_BINDING;
	buf_adds(out, "0123456789");
	return TLS_EXPORTER;
}

static struct sasl_params
params(const char *allowed, unsigned what)
{
	have = what;
	asked = 0;
	return (struct sasl_params){
		.user = (what & NOBODY) ? NULL : "me", .host = "mx.example",
		.mechanisms = allowed, .protected = (what & TLS) != 0,
		.certificate = (what & CERT) != 0, .ask = ask,
		.no_password = (what & ALONE) != 0, .binding = bind_to,
	};
}

static void
test_choice(void **state)
{
	const struct choice *c = *state;
	struct sasl_params p = params(c->allowed, c->have);
	struct login *l = login_new(&p, c->offered);
	struct err e = ERR_INIT;
	int r = login_begin(l, &e);

	if (c->want != NULL) {
		assert_int_equal(r, 0);
		assert_string_equal(login_name(l), c->want);
	} else {
		assert_int_equal(r, -1);
		assert_int_not_equal(e.kind, ERR_NONE);
		assert_non_null(strstr(e.text, c->words));
	}
	login_free(l);
}

/* What is said before anything is asked wants no password, but where it is
 * the first thing to be said. */
static void
test_asks_late(void **state)
{
	static const char *const late[] = { "SCRAM-SHA-256", "LOGIN",
	    "CRAM-MD5", "DIGEST-MD5", "NTLM", "EXTERNAL", "ANONYMOUS" };
	struct err e = ERR_INIT;
	struct sasl_params p;
	struct login *l;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(late); i++) {
		p = params(late[i], TLS);
		l = login_new(&p, EVERY);
		assert_int_equal(login_begin(l, &e), 0);
		assert_int_equal(asked, 0);
		login_free(l);
	}
}

/*
 * From one to the next: a reply to AUTH, or a challenge ("334 ..."), and the
 * mechanism after it; in the end the error.
 */
#define ROUNDS	6

static const struct fall {
	const char	*name;
	const char	*offered;
	const char	*allowed;
	unsigned	 have;
	struct { const char *reply, *next; } round[ROUNDS];
	enum err_kind	 kind;
	const char	*words;
} falls[] = {
	{ "504", " SCRAM-SHA-1 CRAM-MD5 PLAIN", NULL, TLS,
	    { { "504 no such", "CRAM-MD5" }, { "504 5.5.4 nor that", "PLAIN" },
	    { "535 5.7.8 wrong", NULL } }, ERR_NOPERM,
	    "login by PLAIN refused: 535 5.7.8 wrong; before that, login by "
	    "SCRAM-SHA-1 refused: 504 no such; login by CRAM-MD5 refused: "
	    "504 5.5.4 "
	    "nor that" },
	{ "534, too weak", " CRAM-MD5 PLAIN", NULL, TLS,
	    { { "534 5.7.9 too weak", "PLAIN" }, { "534 no", NULL } },
	    ERR_NOPERM, "login by PLAIN refused: 534 no; before that, login by "
	    "CRAM-MD5 refused: 534 5.7.9 too weak" },
	{ "534, something else", " CRAM-MD5 PLAIN", NULL, TLS,
	    { { "534 5.7.14 use a browser", NULL } }, ERR_NOPERM,
	    "login by CRAM-MD5 refused: 534 5.7.14 use a browser" },
	{ "500, 501", " DIGEST-MD5 CRAM-MD5 LOGIN", NULL, TLS,
	    { { "501 5.5.2 what", "CRAM-MD5" }, { "500 5.5.6 long", "LOGIN" },
	    { "454 4.7.0 later", NULL } }, ERR_TEMP,
	    "login by LOGIN refused: 454 4.7.0 later; before that, login by "
	    "DIGEST-MD5 refused" },
	/* PDEyM0BteC5leGFtcGxlPg== is CRAM-MD5's challenge, from which on it
	 * has a proof. */
	{ "534 5.7.9 to a proof, and only passwords are left",
	    " CRAM-MD5 PLAIN LOGIN NTLM", NULL, TLS,
	    { { "334 PDEyM0BteC5leGFtcGxlPg==", "CRAM-MD5" },
	    { "534 5.7.9 too weak", NULL } }, ERR_NOPERM, "534 5.7.9" },
	{ "534 5.7.9 to a proof, and all are named", " CRAM-MD5 PLAIN",
	    "CRAM-MD5 PLAIN", TLS,
	    { { "334 PDEyM0BteC5leGFtcGxlPg==", "CRAM-MD5" },
	    { "534 5.7.9 too weak", NULL } }, ERR_NOPERM, "534 5.7.9" },
	{ "534 5.7.9 to a password", " PLAIN LOGIN", NULL, TLS,
	    { { "534 5.7.9 too weak", "LOGIN" } }, ERR_NONE, NULL },
	{ "534 to a password", " PLAIN LOGIN", NULL, TLS,
	    { { "534 no", NULL } }, ERR_NOPERM, "534 no" },
	{ "501 to a password", " PLAIN LOGIN NTLM", NULL, TLS,
	    { { "501 wrong password", NULL } }, ERR_NOPERM,
	    "501 wrong password" },
	{ "500 to a password", " PLAIN LOGIN", NULL, TLS,
	    { { "500 what", NULL } }, ERR_UNAVAIL, "500 what" },
	{ "500 5.7.8 before a password", " CRAM-MD5 LOGIN", NULL, TLS,
	    { { "500 5.7.8 bad", NULL } }, ERR_UNAVAIL, "500 5.7.8 bad" },
	{ "504 5.7.8 to a password", " PLAIN LOGIN", NULL, TLS,
	    { { "504 5.7.8 bad", NULL } }, ERR_UNAVAIL, "504 5.7.8 bad" },
	{ "504 to a password", " PLAIN LOGIN", NULL, TLS,
	    { { "504 5.5.4 what", "LOGIN" } }, ERR_NONE, NULL },
	{ "535 to a password", " SCRAM-SHA-256 PLAIN", NULL, TLS,
	    { { "535 5.7.8 wrong", NULL } }, ERR_NOPERM,
	    "login by SCRAM-SHA-256 refused: 535 5.7.8 wrong" },
	{ "454 to a password", " SCRAM-SHA-256 PLAIN", NULL, TLS,
	    { { "454 4.7.0 later", NULL } }, ERR_TEMP,
	    "login by SCRAM-SHA-256 refused: 454 4.7.0 later" },
	{ "504 to the one that is named", " SCRAM-SHA-256 PLAIN",
	    "SCRAM-SHA-256", TLS, { { "504 no", NULL } }, ERR_UNAVAIL,
	    "login by SCRAM-SHA-256 refused: 504 no" },
	{ "535 to a certificate", " EXTERNAL PLAIN", NULL, TLS | CERT,
	    { { "535 5.7.8 who", "PLAIN" }, { "535 5.7.8 wrong", NULL } },
	    ERR_NOPERM, "login by PLAIN refused: 535 5.7.8 wrong; before that, "
	    "login by EXTERNAL refused: 535 5.7.8 who" },
	{ "454 to a certificate", " EXTERNAL PLAIN", NULL, TLS | CERT,
	    { { "454 4.7.0 broken", "PLAIN" } }, ERR_NONE, NULL },
	{ "nothing that reveals more", " CRAM-MD5 PLAIN LOGIN NTLM", NULL, 0,
	    { { "504 no", NULL } }, ERR_UNAVAIL,
	    "login by CRAM-MD5 refused: 504 no" },
	{ "nothing that has to be named", " CRAM-MD5 ANONYMOUS XOAUTH2", NULL,
	    TLS, { { "504 no", NULL } }, ERR_UNAVAIL,
	    "login by CRAM-MD5 refused: 504 no" },
	{ "so many, and no more", " SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 "
	    "CRAM-MD5 PLAIN LOGIN NTLM", NULL, TLS,
	    { { "504 a", "SCRAM-SHA-1" }, { "504 b", "DIGEST-MD5" },
	    { "504 c", "CRAM-MD5" }, { "504 d", NULL } }, ERR_UNAVAIL,
	    "login by CRAM-MD5 refused: 504 d; before that, login by "
	    "SCRAM-SHA-256" },
	{ "a broken challenge", " SCRAM-SHA-256 PLAIN", NULL, TLS,
	    { { "334 !", "PLAIN" } }, ERR_NONE, NULL },
	{ "a broken challenge, and nothing else", " SCRAM-SHA-256", NULL, TLS,
	    { { "334 !", NULL } }, ERR_PROTOCOL, "not base64" },
	{ "a broken challenge to the one that is named",
	    " SCRAM-SHA-256 PLAIN", "SCRAM-SHA-256", TLS,
	    { { "334 !", NULL } }, ERR_PROTOCOL, "not base64" },
	/* i=4096, and a nonce that is not ours */
	{ "a foreign nonce", " SCRAM-SHA-256 PLAIN", NULL, TLS,
	    { { "334 cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTQwOTY=", NULL } },
	    ERR_PROTOCOL, "did not prove" },
	/* i=1000001 */
	{ "too many rounds", " SCRAM-SHA-256 PLAIN", NULL, TLS,
	    { { "334 cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTEwMDAwMDE=", NULL } },
	    ERR_PROTOCOL, "1000001" },
	{ "asked on, and all is said", " PLAIN LOGIN", NULL, TLS,
	    { { "334 ", NULL } }, ERR_PROTOCOL, "asks on" },
	{ "asked on, and no password was", " EXTERNAL PLAIN", NULL,
	    TLS | CERT, { { "334 ", "PLAIN" } }, ERR_NONE, NULL },
	{ "a binding, then without", " SCRAM-SHA-256-PLUS SCRAM-SHA-256",
	    NULL, TLS | BOUND, { { "504 no", "SCRAM-SHA-256" } }, ERR_NONE,
	    NULL },
	{ "several named", " LOGIN PLAIN CRAM-MD5", "PLAIN LOGIN", 0,
	    { { "504 no", "LOGIN" }, { "504 nor that", NULL } }, ERR_UNAVAIL,
	    "login by LOGIN refused: 504 nor that; before that, "
	    "login by PLAIN" },
	{ "Kerberos before a person is asked", " SCRAM-SHA-1 GSSAPI", NULL,
	    TLS | ALONE, { { "535 5.7.8 wrong", NULL } }, ERR_NOPERM,
	    "before that, GSSAPI: no Kerberos ticket" },
	{ "Kerberos has no ticket", " GSSAPI PLAIN", NULL, TLS,
	    { { "535 5.7.8 wrong", NULL } }, ERR_NOPERM,
	    "login by PLAIN refused: 535 5.7.8 wrong; before that, GSSAPI: no "
	    "Kerberos ticket" },
};

/* Returns 0 when another has begun. */
static int
take_reply(struct login *l, const char *line, struct err *e)
{
	struct reply reply = REPLY_INIT;
	struct buf out = BUF_MAX(SASL_RESPONSE_MAX);
	int r;

	assert_int_equal(reply_feed(&reply, line, strlen(line)), REPLY_DONE);
	if (reply.code != 334)
		r = login_refused(l, &reply, e);
	else if (login_answer(l, buf_str(&reply.text), &out, e) == 0) {
		login_said(l);
		r = 0;
	} else
		r = login_failed(l, e);
	reply_free(&reply);
	buf_free(&out);
	return r;
}

static void
test_fall(void **state)
{
	const struct fall *f = *state;
	struct sasl_params p = params(f->allowed, f->have);
	struct login *l = login_new(&p, f->offered);
	struct err e = ERR_INIT;
	size_t i;
	int r = login_begin(l, &e);

	assert_int_equal(r, 0);
	for (i = 0; i < ROUNDS && f->round[i].reply != NULL; i++) {
		assert_int_equal(r, 0);
		if (login_first(l) != NULL)
			login_said(l);
		r = take_reply(l, f->round[i].reply, &e);
		assert_int_equal(r, f->round[i].next != NULL ? 0 : -1);
		if (r == 0)
			assert_string_equal(login_name(l), f->round[i].next);
	}
	assert_int_equal(e.kind, f->kind);
	if (f->words != NULL)
		assert_non_null(strstr(e.text, f->words));
	login_free(l);
}

/* The last reply to a login that failed: is that the end at other servers? */
static const struct end {
	const char	*name;
	const char	*mechanism;
	const char	*reply[3];
	int		 final;
} ends[] = {
	{ "535 to a password", "PLAIN", { "535 5.7.8 wrong" }, 1 },
	{ "421 to a password", "PLAIN", { "421 4.7.0 too many" }, 1 },
	{ "432 to a password", "PLAIN", { "432 4.7.12 change it" }, 1 },
	{ "250 to a password", "PLAIN", { "250 ok" }, 1 },
	{ "503 to a password", "PLAIN", { "503 5.5.1 no" }, 1 },
	{ "504 to a password", "PLAIN", { "504 5.5.4 what" }, 1 },
	{ "454 to a password", "PLAIN", { "454 4.7.0 later" }, 0 },
	{ "454 to a token", "XOAUTH2", { "454 4.7.0 later" }, 0 },
	{ "421 to a token", "XOAUTH2", { "421 4.7.0 later" }, 1 },
	{ "535 to a proof", "CRAM-MD5", { "334 PDEyM0BteC5leGFtcGxlPg==",
	    "535 5.7.8 wrong" }, 1 },
	{ "421 before a proof", "CRAM-MD5", { "421 4.3.2 down" }, 0 },
	{ "504 before a proof", "CRAM-MD5", { "504 5.5.4 what" }, 0 },
	{ "421 to a user", "LOGIN", { "334 VXNlcm5hbWU6", "421 down" }, 0 },
	{ "421 to a certificate", "EXTERNAL", { "421 4.3.2 down" }, 0 },
};

static void
test_end(void **state)
{
	const struct end *n = *state;
	struct sasl_params p = params(n->mechanism, TLS);
	struct login *l = login_new(&p, EVERY);
	struct reply last = REPLY_INIT;
	struct err e = ERR_INIT;
	size_t i;

	assert_int_equal(login_begin(l, &e), 0);
	if (login_first(l) != NULL)
		login_said(l);
	for (i = 0; i < COUNT(n->reply) && n->reply[i] != NULL; i++) {
		take_reply(l, n->reply[i], &e);
		reply_clear(&last);
		reply_feed(&last, n->reply[i], strlen(n->reply[i]));
	}
	assert_int_equal(login_is_final(l, &last), n->final);
	reply_free(&last);
	login_free(l);
}

/* libgssglue keeps what it learned of its mechanisms. */
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libgssapi_krb5\n";
}

int
main(void)
{
	setenv("KRB5CCNAME", "FILE:/nonexistent", 1);
	setenv("KRB5_CONFIG", "/dev/null", 1);
	UNIT_ROWS(choices, test_choice);
	UNIT_TEST(test_asks_late);
	UNIT_ROWS(falls, test_fall);
	UNIT_ROWS(ends, test_end);
	return unit_run("login");
}
