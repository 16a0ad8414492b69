#include <string.h>
#include <unistd.h>

#include "app/identity.h"
#include "app/job.h"
#include "app/recipients.h"
#include "app/report.h"
#include "mail/addr.h"

/* The first address of the From field in SMTP form, or "". */
static void
header_from(struct job *j, struct buf *out)
{
	struct addr_list list = ADDR_LIST_INIT;
	size_t n, i = header_find(&j->msg.header, "From", 0);
	const char *body;

	if (i < j->msg.header.n) {
		body = field_body(&j->msg.header.field[i], &n);
		addr_parse(&list, body, n);
		if (list.n > 0 && list.addr[0].bad == NULL)
			addr_path(out, &list.addr[0]);
	}
	addr_list_free(&list);
}

/* Which account, with what the command line sets on top. */
static int
choose(struct job *j, struct err *e)
{
	const struct cli *c = j->cli;
	const struct account *a;
	struct buf from = BUF_MAX(4096);
	const char *sender = c->sender;
	size_t i;
	int r = -1;

	header_from(j, &from);
	if (sender == NULL && c->sender_from_header && from.len > 0)
		sender = buf_str(&from);
	a = c->account != NULL ? config_account(&j->config, c->account) :
	    config_choose(&j->config, sender, buf_str(&from), e);
	if (a == NULL && c->account != NULL)
		config_no_account(&j->config, c->account, e);
	if (a == NULL)
		goto out;
	j->account = account_copy(a);
	for (i = 0; i < c->nset; i++)
		if (config_set(j->account, c->set[i].keyword, c->set[i].value,
		    e) == -1) {
			err_prefix(e, "--");
			goto out;
		}
	if (account_finish(j->account, e) == -1)
		goto out;
	r = identity_sender(&j->sender, j->account, sender, e);
	if (r == 0)
		envelope_sender(&j->env, buf_str(&j->sender));
out:
	buf_free(&from);
	return r;
}

static int
load(struct job *j, struct err *e)
{
	const struct cli *c = j->cli;
	size_t i;

	for (i = 0; i < c->nset; i++)
		if (strcmp(c->set[i].keyword, "host") == 0 &&
		    c->account == NULL && c->config == NULL)
			return config_empty(&j->config);
	return config_load(&j->config, c->config, e);
}

int
job_prepare(struct job *j, struct err *e)
{
	const struct cli *c = j->cli;
	const struct message_input in = { .fd = STDIN_FILENO,
	    .dot_ends = !c->dot_goes_on, .stop = j->stop };

	if (c->narg == 0 && !c->read_rcpts)
		return err_set(e, ERR_USAGE, "no recipients: name them, or "
		    "give -t to take them from the message; see --help");
	if (load(j, e) == -1)
		return -1;
	if (c->mode == CLI_SUBMIT || c->read_rcpts) {
		if (message_read(&j->msg, &in, e) == -1)
			return -1;
		j->read = 1;
		if (j->msg.after_dot)
			report_error(NULL, "the input went on after a line "
			    "with a lone dot, which ended the message; use -i");
	}
	if (choose(j, e) == -1)
		return -1;
	return recipients_find(j, e);
}

void
job_free(struct job *j)
{
	if (j->read)
		message_free(&j->msg);
	envelope_free(&j->env);
	local_free(&j->local);
	buf_free(&j->sender);
	account_free(j->account);
	config_free(&j->config);
}
