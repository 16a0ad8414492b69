#include "base/base64.h"
#include "base/log.h"
#include "smtp/session.h"
#include "unit.h"

#define TOKEN_LEN	(60 * 1024)
#define A10		"abcdefghij"
#define TOKEN		"ya29." A10 A10 A10 A10 A10 A10

static char last[512];

static void
keep(enum log_level level, const char *line)
{
	(void)level;
	strlcpy(last, line, sizeof(last));
}

static int
ask(void *arg, const char **word, struct err *e)
{
	(void)e;
	*word = arg;
	return 0;
}

static void
say(struct session *s, const char *line)
{
	size_t n = strlen(line);
	char *copy = unit_copy(line, n + 1);

	session_wrote(s, session_out(s)->len);
	session_line(s, copy, n);
	free(copy);
}

static void
begin(struct session *s, const struct session_params *p, const char *auth)
{
	char line[64];

	session_init(s, p);
	say(s, "220 x");
	say(s, "250-x");
	snprintf(line, sizeof(line), "250 AUTH %s", auth);
	say(s, line);
}

/* A token of any length: not in the AUTH line, but in one of its own. */
static void
test_long_token(void **state)
{
	char *token = unit_fill('t', TOKEN_LEN);
	struct sasl_params login = { .user = "me", .protected = 1,
	    .mechanisms = "XOAUTH2", .ask = ask, .arg = token };
	struct session_params params = { .helo = "x", .auth = &login };
	struct buf clear = BUF_MAX(2 * TOKEN_LEN);
	const struct buf *out;
	struct session s;

	(void)state;
	begin(&s, &params, "XOAUTH2");
	out = session_out(&s);
	assert_string_equal(buf_str(out), "AUTH XOAUTH2\r\n");
	say(&s, "334 ");
	assert_string_equal(buf_str(out) + out->len - 2, "\r\n");
	assert_int_equal(base64_read(&clear, buf_str(out), out->len - 2), 0);
	assert_int_equal(clear.len, strlen("user=me\1auth=Bearer \1\1") +
	    TOKEN_LEN);
	say(&s, "235 welcome");
	assert_int_equal(session_want(&s), SESSION_READY);
	session_free(&s);
	buf_free(&clear);
	free(token);
}

/* What a server repeats of the password, and what is shown of that. */
static const struct echo {
	const char	*name;
	const char	*mechanism;
	const char	*password;
	const char	*line;
	const char	*shown;
} echoes[] = {
	{ "all", "PLAIN", "horse-7", "535 no: horse-7!",
	    "S: 535 no: *******!" },
	{ "in base64", "PLAIN", "horse-7", "535 aG9yc2UtNw== bad",
	    "S: 535 ************ bad" },
	{ "the response", "PLAIN", "horse-7", "535 AG1lAGhvcnNlLTc= bad",
	    "S: 535 **************** bad" },
	{ "twice", "PLAIN", "horse-7", "535 horse-7horse-7",
	    "S: 535 **************" },
	{ "in another case", "PLAIN", "horse-7", "535 no: HORSE-7!",
	    "S: 535 no: *******!" },
	{ "in base64, all small", "PLAIN", "horse-7", "535 ag9yc2utnw== bad",
	    "S: 535 ************ bad" },
	{ "in base64 behind another", "PLAIN", "horse-7",
	    "535 x:YW5uOmhvcnNlLTc= bad", "S: 535 x:**************** bad" },
	{ "in base64 behind two", "PLAIN", "horse-7",
	    "535 eHhob3JzZS03 bad", "S: 535 ************ bad" },
	{ "in base64 between others, for an URL", "PLAIN", "ho\xff\xfeose",
	    "535 YTpob__-b3NlOmI bad", "S: 535 *************** bad" },
	{ "for an URL", "PLAIN", "horse-7", "535 horse%2d7 bad",
	    "S: 535 ********* bad" },
	{ "for an URL, a blank", "PLAIN", "horse-7 ", "535 horse-7%20 bad",
	    "S: 535 ********** bad" },
	{ "in hex", "PLAIN", "horse-7", "535 686F7273652d37 bad",
	    "S: 535 ************** bad" },
	{ "four letters", "PLAIN", "hors", "535 hors", "S: 535 ****" },
	{ "the beginning", "PLAIN", "horse-7", "535 a horse",
	    "S: 535 a horse" },
	{ "a token", "XOAUTH2", TOKEN, "535 no " TOKEN ".",
	    "S: 535 no **********************************************"
	    "*******************." },
	{ "the beginning of a token", "XOAUTH2", TOKEN,
	    "535 no ya29." A10 A10 A10 A10 "abcde...", "S: 535 no "
	    "**************************************************..." },
	{ "what many tokens begin with", "XOAUTH2", TOKEN, "535 no ya29.abc",
	    "S: 535 no ya29.abc" },
};

static void
test_echo(void **state)
{
	const struct echo *c = *state;
	struct sasl_params login = { .user = "me", .protected = 1,
	    .mechanisms = c->mechanism, .ask = ask,
	    .arg = (void *)(uintptr_t)c->password };
	struct session_params params = { .helo = "x", .auth = &login };
	struct session s;

	begin(&s, &params, c->mechanism);
	log_open_dialogue(keep);
	session_wrote(&s, session_out(&s)->len);
	session_line(&s, c->line, strlen(c->line));
	log_open_dialogue(NULL);
	/* QUIT comes after it. */
	assert_string_equal(last, "C: QUIT");
	assert_non_null(strstr(s.err.text, c->shown + strlen("S: ")));
	session_free(&s);
}

/* What is not the reply that it should be: the lines, and what is said of them
 * in the end and kept for the log. */
static const struct odd {
	const char	*name;
	const char	*mechanism;
	const char	*line[4];
	const char	*error;
	const char	*kept;
} odds[] = {
	{ "no code", "PLAIN", { "horse-7" },
	    "does not speak SMTP: \"*******\"", "x\nAUTH PLAIN" },
	{ "no code in the second line", "PLAIN",
	    { "535-5.7.8 a", "horse-7 b" },
	    "does not speak SMTP: \"******* b\"", "x\nAUTH PLAIN" },
	{ "the response, bare", "LOGIN",
	    { "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "aG9yc2UtNw==" },
	    "does not speak SMTP: \"************\"", "***" },
	{ "a code, and nothing between", "LOGIN",
	    { "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "334horse-7" },
	    "does not speak SMTP: \"334*******\"", "***" },
	{ "a challenge that repeats the response", "PLAIN",
	    { "334 AG1lAGhvcnNlLTc=" }, "asks on", "***" },
	{ "a challenge that is one too many", "LOGIN",
	    { "334 VXNlcm5hbWU6", "-334 horse-7" },
	    "nobody asked for: 334 ***", "***" },
	{ "split over two lines", "PLAIN", { "535-no: hor", "535 se-7!" },
	    "535 no: ********!", "no: ********!" },
	{ "split behind a code", "PLAIN",
	    { "535-5.7.8 no: hor", "535 5.7.8 se-7!" },
	    "535 5.7.8 no: ********!", "5.7.8 no: ********!" },
};

/* A line after '-' comes before what is to be said is out. */
static void
test_odd(void **state)
{
	const struct odd *o = *state;
	struct sasl_params login = { .user = "me", .protected = 1,
	    .mechanisms = o->mechanism, .ask = ask,
	    .arg = (void *)(uintptr_t)"horse-7" };
	struct session_params params = { .helo = "x", .auth = &login };
	struct session s;
	size_t i;

	begin(&s, &params, o->mechanism);
	for (i = 0; i < 4 && o->line[i] != NULL; i++)
		if (o->line[i][0] == '-')
			session_line(&s, o->line[i] + 1,
			    strlen(o->line[i] + 1));
		else
			say(&s, o->line[i]);
	assert_non_null(strstr(s.err.text, o->error));
	assert_string_equal(buf_str(&s.last.text), o->kept);
	session_free(&s);
}

/* Each mechanism in turn has said the password, and it is known once. */
static void
test_many_tries(void **state)
{
	char *word = unit_fill('p', TOKEN_LEN);
	struct sasl_params login = { .user = "me", .protected = 1,
	    .ask = ask, .arg = word };
	struct session_params params = { .helo = "x", .auth = &login };
	struct session s;

	(void)state;
	begin(&s, &params, "PLAIN LOGIN");
	say(&s, "334 ");
	say(&s, "504 no");
	assert_string_equal(buf_str(session_out(&s)), "AUTH LOGIN\r\n");
	say(&s, "334 VXNlcm5hbWU6");
	say(&s, "334 UGFzc3dvcmQ6");
	say(&s, "535 no");
	assert_int_equal(s.err.kind, ERR_NOPERM);
	assert_null(strstr(s.err.text, "pppp"));
	/* Four forms, and three responses. */
	assert_true(s.told.words.len <= 7 * (TOLD_PART + 1));
	assert_true(s.told.inner.len <= 3 * (TOLD_PART + 1));
	session_free(&s);
	free(word);
}

static int
no_answer(void *unused, const char **word, struct err *e)
{
	(void)unused;
	(void)word;
	return err_set(e, ERR_TEMP, "the safe is closed");
}

/* Nobody there who knows the password: the server hears so. */
static void
test_no_answer(void **state)
{
	struct sasl_params login = { .user = "me", .protected = 1,
	    .ask = no_answer };
	struct session_params params = { .helo = "x", .auth = &login };
	struct session s;

	(void)state;
	begin(&s, &params, "CRAM-MD5 PLAIN");
	say(&s, "334 PDEyM0BteC5leGFtcGxlPg==");
	assert_string_equal(buf_str(session_out(&s)), "*\r\n");
	say(&s, "501 5.7.0 cancelled");
	assert_string_equal(buf_str(session_out(&s)), "QUIT\r\n");
	assert_int_equal(s.err.kind, ERR_TEMP);
	assert_string_equal(s.err.text, "the safe is closed");
	assert_int_equal(session_is_final(&s), 1);
	session_free(&s);
}

int
main(void)
{
	UNIT_TEST(test_long_token);
	UNIT_ROWS(echoes, test_echo);
	UNIT_ROWS(odds, test_odd);
	UNIT_TEST(test_many_tries);
	UNIT_TEST(test_no_answer);
	return unit_run("opening");
}
