#include "unit.h"

#include "base/clock.h"
#include "cred/cred.h"

#define SECRET	"hunter2"

static int
ask(void *arg, const struct cred_params *p, struct buf *out, struct err *e)
{
	++*(int *)arg;
	if (p->user == NULL)
		return err_set(e, ERR_CONFIG, "no terminal");
	return buf_adds(out, "asked") == 0 ? 1 : -1;
}

static const struct source_row {
	const char	*name;
	const char	*password, *eval, *user;
	int		 asks;
	const char	*want;		/* NULL: it fails */
	enum err_kind	 kind;
	const char	*text;
} sources[] = {
	{ "configured", SECRET, NULL, "u", 0, SECRET, ERR_NONE, NULL },
	{ "configured goes first", SECRET, "echo no", "u", 1, SECRET,
	    ERR_NONE, NULL },
	{ "a command goes before a person", NULL, "echo yes", "u", 1, "yes",
	    ERR_NONE, NULL },
	{ "a person", NULL, NULL, "u", 1, "asked", ERR_NONE, NULL },
	{ "a person who does not answer", NULL, NULL, NULL, 1, NULL,
	    ERR_CONFIG, "no terminal" },
	{ "nothing at all", NULL, NULL, "u", 0, NULL, ERR_CONFIG,
	    "no password for user u (no terminal to ask on); set "
	    "\"password_file\" or \"passwordeval\" in the account" },
	{ "without a line end", NULL, "printf " SECRET, "u", 0, SECRET,
	    ERR_NONE, NULL },
	{ "with CRLF", NULL, "printf '" SECRET "\\r\\n'", "u", 0, SECRET,
	    ERR_NONE, NULL },
	{ "the first line alone", NULL, "printf '" SECRET "\\nuser: x\\n'",
	    "u", 0, SECRET, ERR_NONE, NULL },
	{ "blanks are part of it", NULL, "printf ' a b \\n'", "u", 0, " a b ",
	    ERR_NONE, NULL },
	{ "CR inside is part of it", NULL, "printf 'a\\rb\\n'", "u", 0,
	    "a\rb", ERR_NONE, NULL },
	{ "standard input is empty", NULL, "cat; echo x", "u", 0, "x",
	    ERR_NONE, NULL },
	{ "silence", NULL, "true", "u", 0, NULL, ERR_TEMP,
	    "passwordeval said nothing" },
	{ "an empty first line", NULL, "printf '\\n" SECRET "\\n'", "u", 0,
	    NULL, ERR_TEMP, "passwordeval said nothing" },
	{ "a NUL", NULL, "printf 'a\\0" SECRET "'", "u", 0, NULL, ERR_TEMP,
	    "passwordeval: there is a NUL byte in it, which no password can "
	    "have" },
	{ "a failure", NULL, "echo " SECRET "; echo one >&2; "
	    "echo locked >&2; exit 3", "u", 0, NULL, ERR_TEMP,
	    "passwordeval: exit status 3: locked" },
	{ "a failure without a word", NULL, "echo " SECRET "; exit 1", "u", 0,
	    NULL, ERR_TEMP, "passwordeval: exit status 1" },
	{ "killed", NULL, "kill -9 $$", "u", 0, NULL, ERR_TEMP,
	    "passwordeval: killed by signal 9" },
	{ "too long", NULL, "printf '%2000d' 1", "u", 0, NULL, ERR_TEMP,
	    "passwordeval: the password is too long" },
	{ "without end", NULL, "yes " SECRET, "u", 0, NULL, ERR_TEMP,
	    "passwordeval: said more than a password can be" },
};

static void
test_source(void **state)
{
	const struct source_row *r = *state;
	struct buf out = BUF_MAX(1000);
	struct err e = ERR_INIT;
	int asked = 0;
	struct cred_params p = {
		.password = r->password, .passwordeval = r->eval,
		.account = "work", .user = r->user, .host = "mx",
		.deadline = clock_in(20000), .ask = r->asks ? ask : NULL,
		.arg = &asked,
	};

	if (r->want != NULL) {
		assert_int_equal(cred_password(&p, &out, &e), 0);
		assert_string_equal(buf_str(&out), r->want);
	} else {
		assert_int_equal(cred_password(&p, &out, &e), -1);
		assert_int_equal(e.kind, r->kind);
		assert_string_equal(e.text, r->text);
		assert_null(strstr(e.text, SECRET));
		assert_int_equal(out.len, 0);
	}
	assert_int_equal(asked, r->asks && r->password == NULL &&
	    r->eval == NULL);
	buf_free(&out);
}

static void
test_deadline(void **state)
{
	struct buf out = BUF_MAX(1000);
	struct err e = ERR_INIT;
	struct cred_params p = {
		.passwordeval = "sleep 30", .deadline = clock_in(100),
	};
	int64_t begin = clock_ms();

	(void)state;
	assert_int_equal(cred_password(&p, &out, &e), -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_string_equal(e.text, "passwordeval: took too long");
	assert_true(clock_ms() - begin < 10000);
	buf_free(&out);
}

/* It may heal, whatever it is that keeps a command from being run. */
static void
test_no_descriptors(void **state)
{
	struct cred_params p = {
		.passwordeval = "echo x", .deadline = clock_in(20000),
	};
	struct rlimit old, none;
	struct buf out = BUF_MAX(1000);
	struct err e = ERR_INIT;
	int r;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = cred_password(&p, &out, &e);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(r, -1);
	assert_int_equal(e.kind, ERR_TEMP);
	assert_memory_equal(e.text, "passwordeval: pipe: ", 20);
	buf_free(&out);
}

/* What was there stays: the password is appended. */
static void
test_append(void **state)
{
	struct cred_params p = { .password = SECRET };
	struct buf out = BUF_MAX(8);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(buf_adds(&out, "x"), 0);
	assert_int_equal(cred_password(&p, &out, &e), 0);
	assert_string_equal(buf_str(&out), "x" SECRET);
	assert_int_equal(cred_password(&p, &out, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, "the password is too long");
	buf_free(&out);
}

int
main(void)
{
	UNIT_ROWS(sources, test_source);
	UNIT_TEST(test_deadline);
	UNIT_TEST(test_no_descriptors);
	UNIT_TEST(test_append);
	return unit_run("cred");
}
