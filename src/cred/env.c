#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "cred/source.h"

extern char **environ;

/* What was taken out of the environment. */
struct kept {
	struct kept	*next;
	char		*name;
	char		*value;
};

static struct kept *kept;

static const char *
kept_value(const char *name)
{
	const struct kept *k;

	for (k = kept; k != NULL; k = k->next)
		if (strcmp(k->name, name) == 0)
			return k->value;
	return NULL;
}

static void
keep(const char *name, const char *value)
{
	struct kept *k = mem_new(1, sizeof(*k));

	k->name = mem_str(name);
	k->value = secret_str(value);
	k->next = kept;
	kept = k;
}

/* The octets themselves are what /proc shows, unsetenv(3) or not; and there
 * may be several of one name, of which the first counts. */
void
cred_env_take(const char *name)
{
	size_t n = strlen(name);
	char **at, *value;

	for (at = environ; at != NULL && *at != NULL; at++) {
		if (strncmp(*at, name, n) != 0 || (*at)[n] != '=')
			continue;
		value = *at + n + 1;
		if (kept_value(name) == NULL)
			keep(name, value);
		explicit_bzero(value, strlen(value));
	}
	unsetenv(name);
}

void
cred_env_forget(void)
{
	struct kept *k;

	while ((k = kept) != NULL) {
		kept = k->next;
		free(k->name);
		secret_free(k->value);
		free(k);
	}
}

int
env_get(struct quest *q, struct err *e)
{
	const char *name = q->p->password_env, *value;

	if (name == NULL)
		return 0;
	strlcpy(q->found->where, name, sizeof(q->found->where));
	value = kept_value(name);
	if (value == NULL)
		value = getenv(name);
	if (value == NULL)
		return err_set(e, ERR_CONFIG, "password_env: the variable %s "
		    "is not set", str_shown(name, strlen(name)));
	if (source_take(q, "password_env", value, strlen(value), e) == -1)
		return err_suffix(e, " (the variable %s)",
		    str_shown(name, strlen(name)));
	return 1;
}
