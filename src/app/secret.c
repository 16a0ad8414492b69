#include "app/secret.h"
#include "app/tty.h"
#include "base/clock.h"
#include "cred/cred.h"

#define HELPER_SECONDS		120	/* for passwordeval */

int
secret_fetch(void *arg, const char **password, struct err *e)
{
	struct secret *s = arg;
	const struct account *a = s->account;
	struct cred_params p = {
		.password = a->password, .passwordeval = a->passwordeval,
		.account = a->name, .user = a->user, .host = a->host,
		.deadline = clock_first(s->deadline,
		    clock_in(HELPER_SECONDS * 1000)),
		.stop = s->stop, .ask = tty_password,
	};
	char where[512];

	if (!s->known && cred_password(&p, &s->word, e) == -1) {
		s->failed = 1;
		if (a->passwordeval != NULL && a->password == NULL)
			err_suffix(e, "; check \"passwordeval\" %s",
			    account_place(a, "passwordeval", where,
			    sizeof(where)));
		return -1;
	}
	s->known = 1;
	*password = buf_str(&s->word);
	return 0;
}
