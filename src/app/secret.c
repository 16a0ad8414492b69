#include <string.h>

#include "app/secret.h"
#include "app/tty.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secretenv.h"
#include "base/str.h"
#include "config/value.h"
#include "cred/cred.h"

#define HELPER_SECONDS		120	/* a person may be asked by it */
#define HOST_ROOM		256

/* The keyword that names a source, and what to do when the password that it
 * gave is wrong. */
static const struct source {
	const char	*name;		/* where nothing better is known */
	const char	*keyword;
	const char	*wrong;		/* NULL: look at the keyword */
} sources[] = {
	[CRED_NONE] = { "nowhere", "user", NULL },
	[CRED_CONFIG] = { "the configuration", "password", NULL },
	[CRED_EVAL] = { "passwordeval", "passwordeval", NULL },
	[CRED_FILE] = { "a file", "password_file", NULL },
	[CRED_ENV] = { "a variable", "password_env", NULL },
	[CRED_KEYRING] = { "the keyring", "keyring", "if the password in the "
	    "keyring is wrong, this replaces it: posthorn --store-password" },
	[CRED_NETRC] = { "netrc", NULL, "correct it there" },
	[CRED_ASKPASS] = { "askpass", NULL, "it may have been mistyped" },
	[CRED_TERMINAL] = { "the terminal", NULL,
	    "was the password mistyped?" },
};

static void
add_place(const struct account *a, const char *keyword, struct err *e)
{
	char where[512];

	err_suffix(e, "; check \"%s\" %s", keyword,
	    account_place(a, keyword, where, sizeof(where)));
}

void
secret_sources(const struct account *a, struct cred_params *p, char *host,
    size_t size)
{
	*p = (struct cred_params){
		.password = a->password, .passwordeval = a->passwordeval,
		.password_file = a->password_file,
		.password_env = a->password_env,
		.keyring = (enum cred_keyring)a->keyring, .netrc = 1,
		.account = a->name, .user = a->user,
		.host = account_host(a, host, size),
		.port = a->host != NULL && str_begins(a->host,
		    strlen(a->host), VALUE_SRV) ? 0 : a->port,
		.deadline = clock_in(HELPER_SECONDS * 1000),
		.ask = tty_password, .at_terminal = tty_is_there,
	};
}

int
secret_is_configured(const struct account *a)
{
	return a->password != NULL || a->passwordeval != NULL ||
	    a->password_file != NULL || a->password_env != NULL;
}

/* What of the account is to be looked at, unless it is we who were stopped. */
static int
fail(struct secret *s, struct err *e)
{
	const char *keyword = sources[s->found.source].keyword;

	s->failed = 1;
	if (s->found.source == CRED_TERMINAL)
		err_suffix(e, "; nothing was sent");
	else if (s->found.source != CRED_NONE && keyword != NULL &&
	    (s->stop == NULL || !*s->stop))
		add_place(s->account, keyword, e);
	return -1;
}

static const char *
source_name(const struct secret *s)
{
	const char *where = s->found.where;

	return where[0] != '\0' ? str_shown(where, strlen(where)) :
	    sources[s->found.source].name;
}

int
secret_fetch(void *arg, const char **password, struct err *e)
{
	struct secret *s = arg;
	struct cred_params p;
	char host[HOST_ROOM];

	if (!s->known) {
		secret_sources(s->account, &p, host, sizeof(host));
		p.deadline = clock_first(s->deadline, p.deadline);
		p.stop = s->stop;
		p.found = &s->found;
		if (cred_password(&p, &s->word, e) == -1)
			return fail(s, e);
		if (!secret_is_configured(s->account))
			log_story("the password is from %s", source_name(s));
	}
	s->known = 1;
	*password = buf_str(&s->word);
	return 0;
}

void
secret_advise(const struct secret *s, struct err *e)
{
	const struct source *from = &sources[s->found.source];
	const char *where = s->found.where;

	if (!s->known) {			/* it was no password */
		add_place(s->account, "auth", e);
		return;
	}
	if (where[0] != '\0')
		err_suffix(e, "; the password is from %s",
		    str_shown(where, strlen(where)));
	if (from->wrong == NULL)
		add_place(s->account, from->keyword, e);
	else
		err_suffix(e, "; %s", from->wrong);
	if (s->found.source == CRED_KEYRING)
		err_suffix(e, " %s", str_shown(s->account->name,
		    strlen(s->account->name)));
}

void
secret_hide_of(const struct account *a)
{
	if (a->password_env != NULL)
		secretenv_take(a->password_env);
}

void
secret_hide(const struct config *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		secret_hide_of(c->account[i]);
}

void
secret_forget(void)
{
	secretenv_forget();
}
