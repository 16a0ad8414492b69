#include <string.h>

#include "app/deliver.h"
#include "app/dialogue.h"
#include "app/fields.h"
#include "app/fit.h"
#include "app/job.h"
#include "app/recipients.h"
#include "app/report.h"
#include "app/signals.h"
#include "app/submit.h"
#include "base/log.h"
#include "base/str.h"
#include "mail/xtext.h"

static void
message_id(const struct job *j, struct buf *out)
{
	size_t i = header_find(&j->msg.header, "Message-ID", 0);

	if (i < j->msg.header.n)
		field_unfold(out, &j->msg.header.field[i]);
}

/* ENVID travels as xtext (RFC 3461 4.4). */
static void
set_dsn(struct job *j, struct delivery *d, struct buf *envid)
{
	const struct cli *c = j->cli;

	d->notify = c->notify != NULL ? c->notify : j->account->dsn_notify;
	d->ret = c->ret != NULL ? c->ret : j->account->dsn_return;
	if (d->notify != NULL && str_same(d->notify, "off"))
		d->notify = NULL;
	if (d->ret != NULL && str_same(d->ret, "off"))
		d->ret = NULL;
	if (c->envid != NULL && xtext_add(envid, c->envid,
	    strlen(c->envid)) == 0)
		d->envid = buf_str(envid);
}

static enum err_kind
send_it(struct job *j)
{
	struct delivery d = { .account = j->account, .stop = &signals_stop,
	    .utf8 = j->cli->utf8, .others_refused = j->bad != ERR_NONE };
	struct buf id = BUF_MAX(4096), envid = BUF_MAX(1024);
	enum err_kind kind;

	set_dsn(j, &d, &envid);
	message_id(j, &id);
	deliver(&d, &j->env, &j->msg);
	kind = report_recipients(&d, &j->env);
	report_log(&d, &j->env, buf_str(&id), j->cli->log_tag, kind);
	if (kind == ERR_NONE)
		log_story("sent to %zu recipient%s: %d %s", j->env.nrcpt,
		    j->env.nrcpt == 1 ? "" : "s", d.code, d.reply);
	buf_free(&id);
	buf_free(&envid);
	return kind;
}

static int
prepare(struct job *j, struct err *e)
{
	const char *path = j->cli->dialogue;

	if ((path != NULL && dialogue_open(path, e) == -1) ||
	    job_prepare(j, e) == -1)
		return -1;
	dialogue_begin(j->account);
	recipients_rewrite(j);
	return 0;
}

int
submit(const struct cli *c)
{
	struct job j = JOB_INIT(c, &signals_stop);
	struct err e = ERR_INIT;
	enum err_kind kind;

	signals_catch();
	if (prepare(&j, &e) == -1 || fields_fix(&j, &e) == -1 ||
	    fit_for_any(&j.msg, &signals_stop, &e) == -1) {
		report_error(e.text);
		kind = e.kind;
	} else if (signals_stop) {
		report_error("interrupted; nothing was sent");
		kind = ERR_TEMP;
	} else
		kind = err_worse(send_it(&j), j.bad);
	job_free(&j);
	return err_exit(kind);
}

