#include <stdint.h>
#include <stdio.h>

#include "base/proctree.h"

/* What Linux has where it is configured with PROC_CHILDREN, as mostly it is. */
static size_t
add_children(pid_t pid, pid_t *list, size_t n, size_t max)
{
	char path[64];
	intmax_t child;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%jd/task/%jd/children",
	    (intmax_t)pid, (intmax_t)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return n;
	while (n < max && fscanf(f, "%jd", &child) == 1)
		list[n++] = (pid_t)child;
	fclose(f);
	return n;
}

/* One generation after the other. */
size_t
proctree_list(pid_t pid, pid_t *list, size_t max)
{
	size_t i, n = add_children(pid, list, 0, max);

	for (i = 0; i < n; i++)
		n = add_children(list[i], list, n, max);
	return n;
}
