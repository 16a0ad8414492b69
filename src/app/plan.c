#include <stdio.h>
#include <string.h>

#include "app/job.h"
#include "app/plan.h"
#include "app/report.h"
#include "base/str.h"

static void
say_plan(const struct job *j)
{
	const struct account *a = j->account;
	const struct rcpt *r;
	size_t i;

	printf("account %s: %s:%u, %s, auth %s\n", a->name, a->host, a->port,
	    !a->tls ? "no tls" : a->tls_starttls == 1 ? "starttls" : "tls",
	    a->auth != NULL ? a->auth : "off");
	printf("sender <%s>\n", str_shown(j->env.sender,
	    strlen(j->env.sender)));
	for (i = 0; i < j->env.nrcpt; i++) {
		r = &j->env.rcpt[i];
		printf("recipient <%s>: deliverable by %s:%u",
		    str_shown(r->addr, strlen(r->addr)), a->host, a->port);
		if (strcmp(r->addr, r->orig) != 0)
			printf(", from \"%s\"",
			    str_shown(r->orig, strlen(r->orig)));
		putchar('\n');
	}
}

int
plan(const struct cli *c)
{
	struct job j = JOB_INIT(c, NULL);
	struct err e = ERR_INIT;
	enum err_kind kind;

	if (job_prepare(&j, &e) == -1) {
		report_error(NULL, e.text);
		kind = e.kind;
	} else {
		say_plan(&j);
		kind = j.bad;
	}
	job_free(&j);
	return err_exit(kind);
}
