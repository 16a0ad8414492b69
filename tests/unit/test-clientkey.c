/* The PIN that is configured is tried once, and never as the last one. */
#include "unit.h"

#include "app/clientkey.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/tls.h"

static const struct row {
	const char	*name;
	const char	*password, *command;
	unsigned	 how[4];	/* calls, one after the other */
	int		 calls;
	const char	*says;		/* the last; NULL: refused */
	const char	*why[2];
} rows[] = {
	{ "as it is", "1234", NULL, { 0 }, 1, "1234", { NULL } },
	{ "by a command", NULL, "echo 1234", { 0 }, 1, "1234", { NULL } },
	{ "for another host", NULL, "mkdir once && echo 1234", { 0, 0, 0 }, 3,
	    "1234", { NULL } },
	{ "wrong", "1234", NULL, { 0, TLS_PIN_AGAIN }, 2, NULL,
	    { "the token t: the PIN or passphrase of \"tls_key_password\"" } },
	{ "wrong at once", "1234", NULL, { TLS_PIN_AGAIN }, 1, NULL,
	    { "passphrase of \"tls_key_password\"" } },
	{ "wrong by a command", NULL, "echo 1", { 0, TLS_PIN_AGAIN }, 2, NULL,
	    { "\"tls_key_passwordeval\"" } },
	{ "wrong for the host before", "1234", NULL, { 0, TLS_PIN_AGAIN, 0 },
	    3, NULL, { "terminal" } },
	{ "not as the last", "1234", NULL, { TLS_PIN_LAST }, 1, NULL,
	    { "one more wrong PIN", "p11tool --login" } },
	{ "not as the last, though known", "1234", NULL, { 0, TLS_PIN_LAST },
	    2, NULL, { "one more wrong PIN" } },
	{ "wrong, and then the last", "1234", NULL, { 0, TLS_PIN_AGAIN |
	    TLS_PIN_LAST }, 2, NULL, { "one more wrong PIN" } },
	{ "none", NULL, NULL, { 0 }, 1, NULL, { "the token t",
	    "tls_key_password_file" } },
};

static void
test_pin(void **state)
{
	const struct row *r = *state;
	struct account *a = account_new("work");
	struct clientkey k = { .account = a, .deadline = clock_in(60000),
	    .word = BUF_SECRET(CLIENTKEY_MAX) };
	struct buf out = BUF_SECRET(CLIENTKEY_MAX);
	struct err e = ERR_INIT;
	char folder[] = "/tmp/test-clientkey.XXXXXX";
	int i, got = 0;

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	a->tls_key_password = r->password ? mem_str(r->password) : NULL;
	a->tls_key_passwordeval = r->command ? mem_str(r->command) : NULL;
	for (i = 0; i < r->calls; i++) {
		buf_clear(&out);
		e = (struct err)ERR_INIT;
		got = clientkey_pin(&k, "the token t", r->how[i], &out, &e);
	}
	assert_int_equal(got, r->says != NULL ? 0 : -1);
	assert_int_equal(k.failed, r->says == NULL);
	assert_string_equal(buf_str(&out), r->says != NULL ? r->says : "");
	for (i = 0; i < 2 && r->why[i] != NULL; i++)
		if (strstr(e.text, r->why[i]) == NULL)
			fail_msg("no \"%s\" in: %s", r->why[i], e.text);
	assert_null(strstr(e.text, "1234"));
	buf_free(&out);
	buf_free(&k.word);
	account_free(a);
	rmdir("once");
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	pid_t pid = fork();		/* one that has no terminal */
	int status;

	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	setsid();
	unsetenv("SSH_ASKPASS");
	unsetenv("DISPLAY");
	unsetenv("WAYLAND_DISPLAY");
	UNIT_ROWS(rows, test_pin);
	return unit_run("clientkey");
}
