#include "unit.h"

#include "base/mem.h"
#include "smtp/session.h"

/* What was heard of a session by who looks on: a letter a mark, and the text of
 * the reply that was at hand. */
static void
note(void *arg, enum session_mark mark, const struct session *s)
{
	static const char letters[] = "GHTL";

	buf_addf(arg, "%c(%s)%s", letters[mark], mark == SESSION_SECURED ?
	    "" : buf_str(&s->reply.text), s->mechanism);
}

static int
ask_secret(void *arg, const char **password, struct err *e)
{
	(void)arg;
	(void)e;
	*password = "secret";
	return 0;
}

static const struct marks_row {
	const char	*name;
	enum session_tls tls;
	const char	*login;
	const char	*said[6];	/* "TLS": that is up now */
	const char	*want;
} marks[] = {
	{ "plain", SESSION_PLAIN, NULL, { "220 a", "250 b" }, "G(a)H(b)" },
	{ "STARTTLS", SESSION_STARTTLS, NULL, { "220 a", "250-b\n250 STARTTLS",
	    "220 go", "TLS", "250 c" }, "G(a)H(b\nSTARTTLS)T()H(c)" },
	{ "no STARTTLS", SESSION_STARTTLS, NULL, { "220 a", "250 b" },
	    "G(a)H(b)" },
	{ "STARTTLS refused", SESSION_STARTTLS, NULL, { "220 a",
	    "250-b\n250 STARTTLS", "454 no" }, "G(a)H(b\nSTARTTLS)" },
	{ "login", SESSION_TLS, "PLAIN", { "220 a", "250-b\n250 AUTH PLAIN",
	    "235 in" }, "G(a)H(b\nAUTH PLAIN)L(in)PLAIN" },
	{ "login refused", SESSION_TLS, "PLAIN", { "220 a",
	    "250-b\n250 AUTH PLAIN", "535 no" }, "G(a)H(b\nAUTH PLAIN)" },
	{ "login too soon", SESSION_TLS, "LOGIN", { "220 a",
	    "250-b\n250 AUTH LOGIN", "235 in" }, "G(a)H(b\nAUTH LOGIN)" },
	{ "no login", SESSION_TLS, "PLAIN", { "220 a", "250 b" },
	    "G(a)H(b)" },
	{ "greeting refused", SESSION_PLAIN, NULL, { "554 no" }, "" },
	{ "EHLO refused", SESSION_PLAIN, NULL, { "220 a", "451 no" },
	    "G(a)" },
	{ "HELO", SESSION_PLAIN, NULL, { "220 a", "502 no", "250 b" },
	    "G(a)H(b)" },
};

/* Each line of a reply, and all that we had to say is out before. */
static void
hear_reply(struct session *s, const char *text)
{
	char *line;
	size_t n;

	session_wrote(s, session_out(s)->len);
	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		line = mem_strn(text, n);
		session_line(s, line, n);
		free(line);
	}
}

static void
test_marks(void **state)
{
	const struct marks_row *row = *state;
	struct buf heard = BUF_MAX(1024);
	struct sasl_params sasl = { .user = "u", .protected = 1,
	    .mechanisms = row->login, .ask = ask_secret };
	struct session_params params = { .helo = "x", .tls = row->tls,
	    .auth = row->login != NULL ? &sasl : NULL,
	    .mark = note, .mark_arg = &heard };
	struct session s;
	size_t i;

	session_init(&s, &params);
	for (i = 0; i < 6 && row->said[i] != NULL; i++)
		if (strcmp(row->said[i], "TLS") == 0)
			session_tls_up(&s);
		else
			hear_reply(&s, row->said[i]);
	assert_string_equal(buf_str(&heard), row->want);
	session_free(&s);
	buf_free(&heard);
}

int
main(void)
{
	UNIT_ROWS(marks, test_marks);
	return unit_run("marks");
}
