/*
 * mechs.h - a mechanism by its name, for tests.
 */
#ifndef TESTS_MECHS_H
#define TESTS_MECHS_H

#include "smtp/mech.h"
#include "unit.h"

static inline const struct mech *
mech_called(const char *name)
{
	const struct mech *m;
	size_t i;

	for (i = 0; (m = mech_at(i)) != NULL; i++)
		if (strcmp(m->name, name) == 0)
			return m;
	fail_msg("no mechanism %s", name);
	return NULL;
}

#endif
