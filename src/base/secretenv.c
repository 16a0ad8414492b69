#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/secretenv.h"

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
secretenv_take(const char *name)
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

const char *
secretenv_get(const char *name)
{
	const char *value = kept_value(name);

	return value != NULL ? value : getenv(name);
}

void
secretenv_forget(void)
{
	struct kept *k;

	while ((k = kept) != NULL) {
		kept = k->next;
		free(k->name);
		secret_free(k->value);
		free(k);
	}
}
