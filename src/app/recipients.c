#include <string.h>

#include "app/host.h"
#include "app/recipients.h"
#include "app/report.h"
#include "base/log.h"
#include "base/str.h"
#include "mail/addr.h"
#include "mail/fixup.h"
#include "mail/rewrite.h"

#define WHEN_AUTO	1
#define WHEN_ON		2

/* Refused by name; the others go. */
static void
refuse(struct job *j, const struct addr *a, const struct local_target *t)
{
	struct buf text = BUF_MAX(8192);

	buf_addf(&text, "<%s>: ", str_shown(a->raw, strlen(a->raw)));
	if (t->text != NULL)
		buf_addf(&text, "%s: ", str_shown(t->text, strlen(t->text)));
	buf_addf(&text, "%s; not sent to this one", t->why);
	report_error(buf_str(&text));
	j->bad = err_worse(j->bad, t->kind);
	buf_free(&text);
}

static void
add_recipient(void *ctx, const struct addr *a, const struct local_answer *r)
{
	struct job *j = ctx;
	struct buf given = BUF_MAX(4096);
	const struct local_target *t;
	size_t i;

	if (a->bad == NULL)
		addr_path(&given, a);
	for (i = 0; i < r->n; i++) {
		t = &r->target[i];
		if (t->path == NULL)
			refuse(j, a, t);
		else if (envelope_add(&j->env, t->path, a->raw) == 1)
			envelope_given(&j->env, j->env.nrcpt - 1,
			    buf_str(&given));
	}
	if (r->alias != NULL)
		log_story("<%s> is an alias in %s", str_shown(a->raw,
		    strlen(a->raw)), r->alias);
	buf_free(&given);
}

static int
no_recipients(const struct job *j, struct err *e)
{
	if (j->bad != ERR_NONE)
		return err_set(e, j->bad, "no recipient is left; nothing was "
		    "sent");
	if (!j->cli->read_rcpts)
		return err_set(e, ERR_USAGE, "the arguments name no recipient;"
		    " nothing was sent");
	return err_set(e, ERR_DATA, "the message names no recipient in To, Cc "
	    "or Bcc, nor in a topmost Resent- field; nothing was sent");
}

/* Is it there for the first time?  An alias may stand for many, and is not
 * followed twice; what is refused is told once. */
static int
is_new(struct envelope *seen, const struct addr *a)
{
	struct buf path = BUF_MAX(4096);
	int r = a->bad != NULL || addr_path(&path, a) == -1 ||
	    envelope_add(seen, buf_str(&path), "") == 1;

	buf_free(&path);
	return r;
}

void
recipients_each(struct job *j, recipients_visit *visit, void *ctx)
{
	struct addr_list list = ADDR_LIST_INIT;
	struct envelope seen = ENVELOPE_INIT;
	struct local_answer answer = { 0 };
	size_t i;

	for (i = 0; i < j->cli->narg; i++)
		addr_parse(&list, j->cli->arg[i], strlen(j->cli->arg[i]));
	if (j->cli->read_rcpts)
		fixup_recipients(&j->msg, &list);
	for (i = 0; i < list.n; i++) {
		if (!is_new(&seen, &list.addr[i]))
			continue;
		local_find(&j->local, &list.addr[i], &answer);
		visit(ctx, &list.addr[i], &answer);
	}
	local_answer_free(&answer);
	envelope_free(&seen);
	addr_list_free(&list);
}

int
recipients_find(struct job *j, struct err *e)
{
	const struct local_names names = { host_name(), host_mailname(),
	    host_canonical };

	if (local_open(&j->local, j->account, &names, e) == -1)
		return -1;
	recipients_each(j, add_recipient, j);
	return j->env.nrcpt > 0 ? 0 : no_recipients(j, e);
}

/* Would a provider refuse it in a field? */
static int
is_unusable(const struct job *j, const struct addr *a)
{
	return a->domain == NULL ||
	    local_kind(a->domain, &j->local.names) == LOCAL_LOOPBACK ||
	    (a->domain[0] != '[' && strchr(a->domain, '.') == NULL);
}

/* What stands for an address of To or Cc.  One that nobody stands for would
 * sink the others, if a provider cannot use it. */
static enum rewrite_as
replace(void *ctx, const struct addr *a, struct buf *to)
{
	struct job *j = ctx;
	struct local_answer r = { 0 };
	struct buf was = BUF_MAX(4096);
	enum rewrite_as as = REWRITE_ADDRESSES;
	size_t i;

	if (j->account->set_to_header != WHEN_ON && !is_unusable(j, a))
		return REWRITE_STAY;
	local_find(&j->local, a, &r);
	for (i = 0; i < r.n; i++)
		if (r.target[i].path != NULL)
			buf_addf(to, "%s\n", r.target[i].path);
	addr_path(&was, a);
	buf_addc(&was, '\n');
	if (to->len == 0)
		as = is_unusable(j, a) ? REWRITE_NAME : REWRITE_STAY;
	else if (strcmp(buf_str(&was), buf_str(to)) == 0)
		as = REWRITE_STAY;
	local_answer_free(&r);
	buf_free(&was);
	return as;
}

void
recipients_rewrite(struct job *j)
{
	const struct account *a = j->account;
	const struct rewrite rw = { .find = replace, .ctx = j,
	    .signed_too = a->set_to_header == WHEN_ON };

	if (a->set_to_header >= WHEN_AUTO && !a->undisclosed_recipients &&
	    j->read)
		rewrite_apply(&j->msg.header, &rw);
}
