#include "base/proc.h"
#include "cred/source.h"

int
eval_get(struct quest *q, struct err *e)
{
	struct buf said = BUF_SECRET(SOURCE_MAX);
	const struct cred_params *p = q->p;
	int r;

	if (p->passwordeval == NULL)
		return 0;
	if (proc_run(p->passwordeval, &said, p->deadline, p->stop, e) == 0)
		r = source_line(q, "passwordeval", &said, e);
	else {
		e->kind = ERR_TEMP;
		r = err_prefix(e, "passwordeval: ");
	}
	buf_free(&said);
	return r;
}
