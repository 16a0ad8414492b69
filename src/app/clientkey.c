#include <stdio.h>

#include "app/clientkey.h"
#include "app/tty.h"
#include "base/clock.h"
#include "cred/cred.h"
#include "net/tls.h"

#define HELPER_SECONDS		120	/* for tls_key_passwordeval */

/* The keyword that says where to get it, or NULL. */
static const char *
source(const struct account *a)
{
	return a->tls_key_password != NULL ? "tls_key_password" :
	    a->tls_key_passwordeval != NULL ? "tls_key_passwordeval" :
	    a->tls_key_password_file != NULL ? "tls_key_password_file" : NULL;
}

/* From the configuration where that may still be right. */
static int
fetch(struct clientkey *k, const char *what, unsigned how, struct err *e)
{
	const struct account *a = k->account;
	int stored = !k->stale && !(how & TLS_PIN_LAST);
	struct cred_params p = {
		.prefix = "tls_key_", .what = what, .account = a->name,
		.deadline = clock_first(k->deadline,
		    clock_in(HELPER_SECONDS * 1000)),
		.stop = k->stop, .ask = tty_password,
		.at_terminal = tty_is_there,
	};

	if (stored) {
		p.password = a->tls_key_password;
		p.passwordeval = a->tls_key_passwordeval;
		p.password_file = a->tls_key_password_file;
	}
	buf_clear(&k->word);
	return cred_password(&p, &k->word, e);
}

/* Nobody was there to ask: that is not why it failed. */
static int
not_again(const struct clientkey *k, const char *what, unsigned how,
    struct err *e)
{
	const char *keyword = source(k->account);
	char where[512];

	account_place(k->account, keyword, where, sizeof(where));
	if (how & TLS_PIN_LAST)
		return err_set(e, ERR_CONFIG, "%s locks itself if it is given "
		    "one more wrong PIN, so that of \"%s\" %s was not tried; "
		    "check it, and open the token once by hand: p11tool "
		    "--login --list-all", what, keyword, where);
	return err_set(e, ERR_CONFIG, "%s: the PIN or passphrase of \"%s\" %s "
	    "is wrong", what, keyword, where);
}

int
clientkey_pin(void *arg, const char *what, unsigned how, struct buf *out,
    struct err *e)
{
	struct clientkey *k = arg;
	char prompt[512];

	if (how & TLS_PIN_AGAIN) {
		k->known = 0;
		k->stale = 1;
	}
	if (how & TLS_PIN_LAST)
		k->known = 0;
	snprintf(prompt, sizeof(prompt), "PIN or passphrase for %s%s", what,
	    how & TLS_PIN_LAST ? " (one more wrong one locks it)" :
	    how & TLS_PIN_AGAIN ? " (that was wrong)" : "");
	if (!k->known && fetch(k, prompt, how, e) == -1) {
		k->failed = 1;
		if (source(k->account) != NULL && e->kind == ERR_CONFIG &&
		    (how & (TLS_PIN_AGAIN | TLS_PIN_LAST)))
			not_again(k, what, how, e);
		return -1;
	}
	k->known = 1;
	if (buf_add(out, buf_str(&k->word), k->word.len) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: what should open it is too long",
	    what);
}
