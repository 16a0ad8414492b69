#include <string.h>

#include "base/secretenv.h"
#include "base/str.h"
#include "cred/source.h"

int
env_get(struct quest *q, struct err *e)
{
	const char *name = q->p->password_env, *value;

	if (name == NULL)
		return 0;
	strlcpy(q->found->where, name, sizeof(q->found->where));
	value = secretenv_get(name);
	if (value == NULL)
		return err_set(e, ERR_CONFIG, "password_env: the variable %s "
		    "is not set", str_shown(name, strlen(name)));
	if (source_take(q, "password_env", value, strlen(value), e) == -1)
		return err_suffix(e, " (the variable %s)",
		    str_shown(name, strlen(name)));
	return 1;
}
