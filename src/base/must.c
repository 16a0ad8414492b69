#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/must.h"

/* Whatever name we were called by, messages begin with ours. */
void
must_have(int there)
{
	if (there)
		return;
	fprintf(stderr, "posthorn: out of memory\n");
	exit(EX_TEMPFAIL);
}
