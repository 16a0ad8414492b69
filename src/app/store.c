#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/job.h"
#include "app/report.h"
#include "app/secret.h"
#include "app/store.h"
#include "app/tty.h"
#include "base/str.h"
#include "config/config.h"
#include "cred/cred.h"

#define HOST_ROOM	256

/* The first line, without its end. */
static int
read_word(struct buf *out, struct err *e)
{
	char chunk[4096], *nl = NULL;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, chunk, sizeof(chunk));
		if (n > 0) {
			nl = memchr(chunk, '\n', (size_t)n);
			if (nl != NULL)
				n = nl - chunk;
			if (buf_add(out, chunk, (size_t)n) == -1)
				n = -1;
		}
	} while (n > 0 && nl == NULL);
	explicit_bzero(chunk, sizeof(chunk));
	if (n == -1)
		return err_set(e, ERR_IO, "standard input does not give a "
		    "password");
	if (out->len > 0 && out->data[out->len - 1] == '\r')
		buf_cut(out, out->len - 1);
	if (out->len == 0 || memchr(out->data, '\0', out->len) != NULL)
		return err_set(e, ERR_DATA, "there is no password on standard "
		    "input");
	return 0;
}

static int
ask(const struct cred_params *p, struct buf *out, struct err *e)
{
	int r;

	if (!isatty(STDIN_FILENO))
		return read_word(out, e);
	r = tty_password(NULL, p, out, e);
	if (r == 0)
		return err_set(e, ERR_IO, "no terminal to ask on");
	return r == 1 ? 0 : -1;
}

/* What is stored must be of use. */
static int
check(const struct account *a, const struct cred_params *p, struct err *e)
{
	char where[512];

	if (a->user == NULL || p->host == NULL)
		return err_set(e, ERR_CONFIG, "%s: account %s has no %s, by "
		    "which it would be found again; write: %s NAME",
		    account_origin(a, "", where, sizeof(where)),
		    str_text(a->name), a->user == NULL ? "user" : "host",
		    a->user == NULL ? "user" : "host");
	if (a->keyring == CRED_KEYRING_OFF)
		return err_set(e, ERR_CONFIG, "\"keyring off\" %s: it would "
		    "not be looked for there", account_place(a, "keyring",
		    where, sizeof(where)));
	return 0;
}

/* A source that is asked before the keyring goes on winning. */
static void
warn(const struct account *a)
{
	const struct { const char *keyword, *value; } before[] = {
		{ "password", a->password },
		{ "passwordeval", a->passwordeval },
		{ "password_file", a->password_file },
		{ "password_env", a->password_env },
	};
	char where[512];
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (before[i].value != NULL) {
			printf("it is not in use yet: take away \"%s\" %s\n",
			    before[i].keyword, account_place(a,
			    before[i].keyword, where, sizeof(where)));
			return;
		}
}

static int
store_for(const struct account *a, struct err *e)
{
	struct buf word = BUF_SECRET(SECRET_MAX);
	struct cred_params p;
	char host[HOST_ROOM];
	int r;

	secret_sources(a, &p, host, sizeof(host));
	if (check(a, &p, e) == -1)
		return -1;
	r = ask(&p, &word, e);
	if (r == 0)
		r = cred_store(&p, buf_str(&word), e);
	buf_free(&word);
	if (r == -1)
		return -1;
	printf("the keyring has the password of %s at %s\n", str_text(p.user),
	    str_text(p.host));
	warn(a);
	return 0;
}

int
store(const struct cli *c)
{
	struct config config;
	struct err e = ERR_INIT;
	const struct account *a = NULL;
	int r = -1;

	if (job_load(&config, c, &e) == 0) {
		a = config_account(&config, c->account);
		if (a == NULL)
			config_no_account(&config, c->account, &e);
		else
			r = store_for(a, &e);
	}
	if (r == -1)
		report_error(e.text);
	config_free(&config);
	secret_forget();
	return r == 0 ? 0 : err_exit(e.kind);
}
