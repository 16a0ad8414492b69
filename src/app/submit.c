#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/deliver.h"
#include "app/identity.h"
#include "app/report.h"
#include "app/submit.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "mail/addr.h"
#include "mail/fixup.h"
#include "mail/message.h"
#include "mail/xtext.h"

/* Everything that one submission is made of. */
struct job {
	const struct cli	*cli;
	struct config		 config;
	struct account		*account;	/* owned: with overrides */
	struct message		 msg;
	struct envelope		 env;
	struct buf		 sender;
	enum err_kind		 bad;		/* worst of those refused */
	int			 read;		/* there is a message */
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	stop = sig;
}

/* A signal that the caller ignores (nohup) stays ignored. */
static void
catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa, old;
	size_t i;

	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		if (sigaction(sigs[i], NULL, &old) == -1 ||
		    old.sa_handler == SIG_IGN)
			continue;
		memset(&sa, 0, sizeof(sa));
		sa.sa_handler = on_signal;
		sigaction(sigs[i], &sa, NULL);
	}
}

/* Refused by name; the others go. */
static void
refuse(struct job *j, const char *raw, const char *why, enum err_kind kind)
{
	struct buf text = BUF_MAX(2048);

	buf_addf(&text, "<%s>: %s; not sent to this one",
	    str_shown(raw, strlen(raw)), why);
	report_error(NULL, buf_str(&text));
	j->bad = err_worse(j->bad, kind);
	buf_free(&text);
}

static void
add_recipient(struct job *j, const struct addr *a)
{
	struct buf path = BUF_MAX(4096);

	if (a->bad != NULL)
		refuse(j, a->raw, a->bad, ERR_DATA);
	else if (a->domain == NULL)
		refuse(j, a->raw, "no domain, and no aliases in this version: "
		    "write user@domain", ERR_NOUSER);
	else if (addr_path(&path, a) == -1)
		refuse(j, a->raw, "too long", ERR_DATA);
	else
		envelope_add(&j->env, buf_str(&path), a->raw);
	buf_free(&path);
}

static void
add_recipients(struct job *j)
{
	struct addr_list list = ADDR_LIST_INIT;
	size_t i;

	for (i = 0; i < j->cli->narg; i++)
		addr_parse(&list, j->cli->arg[i], strlen(j->cli->arg[i]));
	if (j->cli->read_rcpts)
		fixup_recipients(&j->msg, &list);
	for (i = 0; i < list.n; i++)
		add_recipient(j, &list.addr[i]);
	addr_list_free(&list);
}

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

static int
fix_header(struct job *j, struct err *e)
{
	const struct account *a = j->account;
	struct buf host = BUF_MAX(512), author = BUF_MAX(4096);
	struct err ignored = ERR_INIT;
	struct fixup f = {
		.full_name = j->cli->full_name != NULL ? j->cli->full_name :
		    a->from_full_name,
		.now = time(NULL),
		.from = (enum fixup_when)a->set_from_header,
		.date = (enum fixup_when)a->set_date_header,
		.msgid = (enum fixup_when)a->set_msgid_header,
		.undisclosed = a->undisclosed_recipients,
	};
	int r;

	/* A From of nobody is refused: who sends with <> is somebody still. */
	if (j->sender.len > 0)
		buf_adds(&author, buf_str(&j->sender));
	else if (identity_sender(&author, a, NULL, &ignored) == -1)
		buf_clear(&author);
	f.sender = buf_str(&author);
	identity_msgid_host(&host, buf_str(&author));
	f.host = buf_str(&host);
	r = fixup_apply(&j->msg, &f, e);
	buf_free(&host);
	buf_free(&author);
	return r;
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

/* Up to where a connection would be made. */
static int
prepare(struct job *j, struct err *e)
{
	const struct cli *c = j->cli;

	if (c->narg == 0 && !c->read_rcpts)
		return err_set(e, ERR_USAGE, "no recipients: name them, or "
		    "give -t to take them from the message; see --help");
	if (load(j, e) == -1)
		return -1;
	if (c->mode == CLI_SUBMIT || c->read_rcpts) {
		if (message_read(&j->msg, STDIN_FILENO, !c->dot_goes_on,
		    &stop, e) == -1)
			return -1;
		j->read = 1;
		if (j->msg.after_dot)
			report_error(NULL, "the input went on after a line "
			    "with a lone dot, which ended the message; use -i");
	}
	if (choose(j, e) == -1)
		return -1;
	add_recipients(j);
	if (j->env.nrcpt == 0)
		return no_recipients(j, e);
	return 0;
}

static void
free_job(struct job *j)
{
	if (j->read)
		message_free(&j->msg);
	envelope_free(&j->env);
	buf_free(&j->sender);
	account_free(j->account);
	config_free(&j->config);
}

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
	struct delivery d = { .account = j->account, .stop = &stop,
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

int
submit(const struct cli *c)
{
	struct job j = { .cli = c, .env = ENVELOPE_INIT,
	    .sender = BUF_MAX(4096) };
	struct err e = ERR_INIT;
	enum err_kind kind;

	catch_signals();
	if (prepare(&j, &e) == -1 || fix_header(&j, &e) == -1 ||
	    message_fit(&j.msg, &e) == -1) {
		report_error(NULL, e.text);
		kind = e.kind;
	} else if (stop) {
		report_error(NULL, "interrupted; nothing was sent");
		kind = ERR_TEMP;
	} else
		kind = err_worse(send_it(&j), j.bad);
	free_job(&j);
	return err_exit(kind);
}

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
verify(const struct cli *c)
{
	struct job j = { .cli = c, .env = ENVELOPE_INIT,
	    .sender = BUF_MAX(4096) };
	struct err e = ERR_INIT;
	enum err_kind kind;

	if (prepare(&j, &e) == -1) {
		report_error(NULL, e.text);
		kind = e.kind;
	} else {
		say_plan(&j);
		kind = j.bad;
	}
	free_job(&j);
	return err_exit(kind);
}
