#include "smtp/sasl.h"
#include "unit.h"

/* Which mechanism is chosen out of what is offered and what is allowed. */
static const struct choice {
	const char	*name;
	const char	*offered;
	const char	*allowed;	/* NULL: on */
	int		 protected;
	const char	*want;		/* NULL: none */
	const char	*words;		/* in the error */
} choices[] = {
	{ "the strongest", " PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256",
	    NULL, 1, "SCRAM-SHA-256", NULL },
	{ "any order", " SCRAM-SHA-1 PLAIN", NULL, 1, "SCRAM-SHA-1", NULL },
	{ "any case", " plain login", NULL, 1, "PLAIN", NULL },
	{ "PLAIN before LOGIN", " LOGIN PLAIN", NULL, 1, "PLAIN", NULL },
	{ "a hidden one before PLAIN", " PLAIN CRAM-MD5", NULL, 1, "CRAM-MD5",
	    NULL },
	{ "a word that begins like one", " PLAIN-CLIENTTOKEN X-PLAIN", NULL, 1,
	    NULL, "PLAIN-CLIENTTOKEN" },
	{ "none that we have", " GSSAPI XOAUTH2", NULL, 1, NULL,
	    "the server offers GSSAPI XOAUTH2" },
	{ "nothing", "", NULL, 1, NULL, "offers none" },
	{ "the one that is named", " PLAIN SCRAM-SHA-256", "PLAIN", 1, "PLAIN",
	    NULL },
	{ "one that is named and not offered", " PLAIN", "SCRAM-SHA-1", 1,
	    NULL, "allows SCRAM-SHA-1" },
	{ "nothing that reveals the password without TLS", " PLAIN LOGIN",
	    NULL, 0, NULL, "turn tls on" },
	{ "what hides it without TLS", " PLAIN CRAM-MD5", NULL, 0, "CRAM-MD5",
	    NULL },
	{ "named without TLS", " PLAIN CRAM-MD5", "PLAIN", 0, "PLAIN", NULL },
};

static const char *password;
static unsigned asked;

static int
ask(void *unused, const char **word, struct err *e)
{
	(void)unused;
	asked++;
	if (password == NULL)
		return err_set(e, ERR_TEMP, "the safe is closed");
	*word = password;
	return 0;
}

static void
test_choice(void **state)
{
	const struct choice *c = *state;
	struct sasl_params p = { .user = "me", .mechanisms = c->allowed,
	    .protected = c->protected, .ask = ask };
	struct err e = ERR_INIT;
	struct sasl *s;

	asked = 0;
	if (c->want == NULL) {
		assert_int_equal(sasl_start(&s, &p, c->offered, &e), -1);
		assert_null(s);
		assert_int_equal(e.kind, ERR_UNAVAIL);
		assert_non_null(strstr(e.text, c->words));
		return;
	}
	assert_int_equal(sasl_start(&s, &p, c->offered, &e), 0);
	assert_string_equal(sasl_name(s), c->want);
	assert_int_equal(asked, 0);
	sasl_free(s);
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
} dialogs[] = {
	{ "PLAIN", "PLAIN", "secret", "AG1lAHNlY3JldA==", { { NULL } },
	    ERR_NONE, NULL, 1 },
	{ "PLAIN, UTF-8", "PLAIN", "s\xc3\xa9", "AG1lAHPDqQ==", { { NULL } },
	    ERR_NONE, NULL, 1 },
	{ "PLAIN, asked on", "PLAIN", "secret", "AG1lAHNlY3JldA==",
	    { { "", NULL } }, ERR_PROTOCOL, "asks on", 1 },
	{ "LOGIN", "LOGIN", "secret", NULL,
	    { { "VXNlcm5hbWU6", "bWU=" }, { "UGFzc3dvcmQ6", "c2VjcmV0" } },
	    ERR_NONE, NULL, 1 },
	{ "LOGIN, asked on", "LOGIN", "secret", NULL,
	    { { "VXNlcm5hbWU6", "bWU=" }, { "UGFzc3dvcmQ6", "c2VjcmV0" },
	    { "UGFzc3dvcmQ6", NULL } }, ERR_PROTOCOL, "asks on", 1 },
	/* HMAC-MD5("secret", "<1@x>") */
	{ "CRAM-MD5", "CRAM-MD5", "secret", NULL, { { "PDFAeD4=",
	    "bWUgNDQ1M2MzZDBmZDE2ODc5MmQ1NjVjNzI4YjRkZjY3Mzk=" } },
	    ERR_NONE, NULL, 1 },
	{ "no password", "LOGIN", NULL, NULL,
	    { { "VXNlcm5hbWU6", "bWU=" }, { "UGFzc3dvcmQ6", NULL } },
	    ERR_TEMP, "the safe is closed", 0 },
	{ "no base64", "LOGIN", "secret", NULL, { { "!", NULL } },
	    ERR_PROTOCOL, "base64", 0 },
	/* r=x,s=QSXCR+Q6sek8bf92, and then: i=1000001 */
	{ "SCRAM, a round too many", "SCRAM-SHA-256", "secret", "",
	    { { "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTEwMDAwMDE=",
	    NULL } }, ERR_PROTOCOL, "1000001", 0 },
	/* i=0 */
	{ "SCRAM, no rounds", "SCRAM-SHA-1", "secret", "",
	    { { "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTA=", NULL } },
	    ERR_PROTOCOL, "0 rounds", 0 },
	/* i=4096, and a nonce that is not ours */
	{ "SCRAM, a foreign nonce", "SCRAM-SHA-1", "secret", "",
	    { { "cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTQwOTY=", NULL } },
	    ERR_PROTOCOL, "SCRAM-SHA-1", 0 },
	{ "SCRAM, no challenge", "SCRAM-SHA-256", "secret", "",
	    { { "", NULL } }, ERR_PROTOCOL, "SCRAM-SHA-256", 0 },
};

static void
test_dialog(void **state)
{
	const struct dialog *d = *state;
	struct sasl_params p = { .user = "me", .mechanisms = d->mechanism,
	    .protected = 1, .ask = ask };
	struct buf out = BUF_MAX(SASL_RESPONSE_MAX);
	struct err e = ERR_INIT;
	struct sasl *s;
	size_t i;
	int r;

	password = d->password;
	assert_int_equal(sasl_start(&s, &p, d->mechanism, &e), 0);
	assert_int_equal(sasl_first(s, &out, &e), d->first != NULL);
	if (d->first != NULL && d->first[0] != '\0')
		assert_string_equal(buf_str(&out), d->first);
	for (i = 0; i < STEPS && d->step[i][0] != NULL; i++) {
		buf_clear(&out);
		r = sasl_step(s, d->step[i][0], &out, &e);
		if (d->step[i][1] != NULL) {
			assert_int_equal(r, 0);
			assert_string_equal(buf_str(&out), d->step[i][1]);
			continue;
		}
		assert_int_equal(r, -1);
		assert_int_equal(e.kind, d->err);
		assert_non_null(strstr(e.text, d->words));
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
	struct sasl_params p = { .user = "me", .protected = 1, .ask = ask };
	struct buf out = BUF_MAX(SASL_RESPONSE_MAX);
	struct err e = ERR_INIT;
	struct sasl *s;
	size_t i;

	(void)state;
	password = "secret";
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(sasl_start(&s, &p, "SCRAM-SHA-1", &e), 0);
		assert_int_equal(sasl_first(s, &out, &e), 1);
		/* The nonce is not ours, so that none gets any further. */
		assert_int_equal(sasl_step(s, rows[i].challenge, &out, &e),
		    -1);
		assert_int_equal(strstr(e.text, "is the most") != NULL,
		    rows[i].refused);
		sasl_free(s);
	}
	buf_free(&out);
}

int
main(void)
{
	UNIT_ROWS(choices, test_choice);
	UNIT_ROWS(dialogs, test_dialog);
	UNIT_TEST(test_rounds_in_bounds);
	return unit_run("sasl");
}
