#include "cred/source.h"

#define WITHOUT		"keyring: this build knows none (configure found no " \
			"libsecret)"

int
keyring_get(struct quest *q, struct err *e)
{
	if (q->p->keyring == CRED_KEYRING_ON)
		return err_set(e, ERR_UNAVAIL, WITHOUT);
	if (q->p->keyring == CRED_KEYRING_AUTO)
		source_note(q, "keyring: this build knows none");
	return 0;
}

int
cred_store(const struct cred_params *p, const char *password, struct err *e)
{
	(void)p;
	(void)password;
	return err_set(e, ERR_UNAVAIL, WITHOUT "; instead set "
	    "\"password_file\" or \"passwordeval\" in the account");
}
