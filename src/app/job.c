#include <string.h>
#include <unistd.h>

#include "app/identity.h"
#include "app/job.h"
#include "app/recipients.h"
#include "app/report.h"
#include "app/secret.h"
#include "app/tofu.h"
#include "mail/addr.h"
#include "mail/author.h"

/* The first address of the From fields in SMTP form, or "". */
void
job_from(const struct job *j, struct buf *out)
{
	const struct header *h = &j->msg.header;
	struct addr_list list = ADDR_LIST_INIT;
	size_t n, i = header_find(h, "From", 0);
	const char *body;

	for (; i < h->n && list.n == 0; i = header_find(h, "From", i + 1)) {
		body = field_body(&h->field[i], &n);
		if (n <= AUTHOR_BODY_MAX)
			addr_parse(&list, body, n);
	}
	if (list.n > 0 && list.addr[0].bad == NULL)
		addr_path(out, &list.addr[0]);
	addr_list_free(&list);
}

/* Set on a what the command line says of one keyword, of it all if that is
 * NULL.  Returns 0, or -1 with *e set. */
static int
override(struct account *a, const struct cli *c, const char *keyword,
    struct err *e)
{
	size_t i;

	for (i = 0; i < c->nset; i++)
		if ((keyword == NULL ||
		    strcmp(c->set[i].keyword, keyword) == 0) &&
		    config_set(a, c->set[i].keyword, c->set[i].value, e) == -1)
			return err_set(e, e->kind, "%s%s", c->set[i].typed,
			    e->text + strlen(c->set[i].keyword));
	return 0;
}

/* Patterns of `from` that wait for maildomain or a look-up get it now. */
static const struct account *
choose_by(struct job *j, const char *sender, const char *from, struct err *e)
{
	struct config *c = &j->config;
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (override(c->account[i], j->cli, "maildomain", e) == -1)
			return NULL;
		identity_expand_from(c->account[i]);
	}
	return config_choose(c, sender, from, e);
}

/* The message was read before its account was known. */
static int
check_header(const struct job *j, struct err *e)
{
	if (!j->read || j->msg.header.raw.len <= j->account->header_limit)
		return 0;
	return err_set(e, ERR_DATA, "the header is over %u octets; see "
	    "header_limit in posthorn.conf(5)", j->account->header_limit);
}

int
job_settle(struct account *a, const struct cli *c, struct err *e)
{
	if (override(a, c, NULL, e) == -1)
		return -1;
	secret_hide_of(a);
	if (account_finish(a, e) == -1)
		return -1;
	return identity_settle(a, e);
}

/* Which account, with what the command line sets on top. */
static int
choose(struct job *j, struct err *e)
{
	const struct cli *c = j->cli;
	const struct account *a;
	struct buf from = BUF_MAX(4096);
	const char *sender = c->sender;
	int r = -1;

	job_from(j, &from);
	if (sender == NULL && c->sender_from_header && from.len > 0)
		sender = buf_str(&from);
	a = c->account != NULL ? config_account(&j->config, c->account) :
	    choose_by(j, sender, buf_str(&from), e);
	if (a == NULL && c->account != NULL)
		config_no_account(&j->config, c->account, e);
	if (a == NULL)
		goto out;
	j->account = account_copy(a);
	if (job_settle(j->account, c, e) == -1 || check_header(j, e) == -1)
		goto out;
	r = identity_sender(&j->sender, j->account, sender, e);
	if (r == 0)
		envelope_sender(&j->env, buf_str(&j->sender));
out:
	buf_free(&from);
	return r;
}

/* Does the command line say how to reach a server? */
static int
has_way(const struct cli *c)
{
	static const char *const ways[] = { "host", "socket",
	    "connect_command" };
	size_t i, k;

	for (i = 0; i < c->nset; i++)
		for (k = 0; k < sizeof(ways) / sizeof(ways[0]); k++)
			if (strcmp(c->set[i].keyword, ways[k]) == 0)
				return 1;
	return 0;
}

int
job_load(struct config *config, const struct cli *c, struct err *e)
{
	tofu_called(c);
	if (c->account == NULL && c->config == NULL && has_way(c))
		return config_empty(config);
	if ((c->as_sendmail && c->config != NULL ? config_load_root :
	    config_load)(config, c->config, e) == -1)
		return -1;
	secret_hide(config);
	return 0;
}

int
job_is_parent(const struct cli *c, const struct config *config,
    const struct account *a)
{
	return c->account == NULL && config->n > 1 && a->host == NULL &&
	    a->socket == NULL && a->connect_command == NULL &&
	    strcmp(a->name, "default") != 0;
}

/*
 * The most that a header may have in any account that may be chosen: the
 * message has a part in choosing.
 */
static size_t
header_max(const struct job *j)
{
	const struct cli *c = j->cli;
	struct account *given = account_new("");
	struct err ignored = ERR_INIT;
	size_t i, max = 0;

	given->header_limit = 0;
	if (override(given, c, "header_limit", &ignored) == 0)
		max = given->header_limit;
	account_free(given);
	if (max > 0)
		return max;
	for (i = 0; i < j->config.n; i++)
		if ((c->account == NULL ||
		    strcmp(c->account, j->config.account[i]->name) == 0) &&
		    j->config.account[i]->header_limit > max)
			max = j->config.account[i]->header_limit;
	return max;
}

int
job_prepare(struct job *j, struct err *e)
{
	const struct cli *c = j->cli;
	struct message_input in = { .fd = STDIN_FILENO,
	    .dot_ends = !c->dot_goes_on, .stop = j->stop };

	if (c->narg == 0 && !c->read_rcpts)
		return err_set(e, ERR_USAGE, "no recipients: name them, or "
		    "give -t to take them from the message; see --help");
	if (job_load(&j->config, c, e) == -1)
		return -1;
	if (c->mode == CLI_SUBMIT || c->read_rcpts ||
	    c->sender_from_header) {
		in.header_max = header_max(j);
		if (message_read(&j->msg, &in, e) == -1)
			return e->kind != ERR_DATA ? -1 : err_suffix(e,
			    "; see header_limit in posthorn.conf(5)");
		j->read = 1;
		if (j->msg.after_dot)
			report_error("the input went on after a line "
			    "with a lone dot, which ended the message; use -i");
	}
	if (choose(j, e) == -1)
		return -1;
	if (recipients_find(j, e) == -1)
		return -1;
	header_blank(&j->msg.header);
	return 0;
}

int
job_account(struct job *j, const char *name, struct err *e)
{
	const struct account *a;

	if (job_load(&j->config, j->cli, e) == -1)
		return -1;
	a = name != NULL ? config_account(&j->config, name) :
	    config_choose(&j->config, NULL, NULL, e);
	if (a == NULL && name != NULL)
		config_no_account(&j->config, name, e);
	if (a == NULL)
		return -1;
	j->account = account_copy(a);
	return job_settle(j->account, j->cli, e);
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
	secret_forget();
}
