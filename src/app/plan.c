#include <stdio.h>
#include <string.h>

#include "app/fields.h"
#include "app/fit.h"
#include "app/identity.h"
#include "app/job.h"
#include "app/plan.h"
#include "app/recipients.h"
#include "app/report.h"
#include "base/str.h"

#define FIELD_SHOWN	(16 * 1024)

/* The first address of From matches one of the account's patterns. */
static int
from_matches(const struct job *j)
{
	struct buf from = BUF_MAX(4096);
	int r;

	job_from(j, &from);
	r = account_matches(j->account, buf_str(&from)) > 0;
	buf_free(&from);
	return r;
}

/* Why it is this account: see config_choose(). */
static const char *
reason(const struct job *j)
{
	const char *sender = j->cli->sender;

	if (j->cli->account != NULL)
		return "-a";
	if (sender != NULL && account_matches(j->account, sender) > 0)
		return "the envelope sender";
	if (from_matches(j))
		return "the From field";
	if (strcmp(j->account->name, "default") == 0)
		return "default";
	return "being the only one there is";
}

/* Would a message have a say in it? */
static int
may_be_another(const struct job *j)
{
	return !j->read && j->config.n > 1 && j->cli->account == NULL &&
	    (j->cli->sender == NULL ||
	    account_matches(j->account, j->cli->sender) == 0);
}

/* How the server is reached, where that is not by a connection from here. */
static void
say_way(const struct account *a)
{
	if (a->source_ip != NULL && a->socket == NULL &&
	    a->connect_command == NULL)
		printf("account %s: from %s\n", str_text(a->name),
		    str_text(a->source_ip));
	if (a->proxy_host != NULL)
		printf("account %s: by the SOCKS proxy %s:%u\n",
		    str_text(a->name), str_text(a->proxy_host), a->proxy_port);
	if (a->connect_command != NULL)
		printf("account %s: by its connect_command\n",
		    str_text(a->name));
}

/* What the server is asked for with every message. */
static void
say_wishes(const struct account *a)
{
	const struct { const char *name, *value; } wishes[] = {
		{ "requiretls", a->requiretls ? "on" : NULL },
		{ "priority", a->priority }, { "deliver_by", a->deliver_by },
		{ "hold_for", a->hold_for }, { "hold_until", a->hold_until },
		{ "mail_auth", a->mail_auth },
	};
	size_t i;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		if (wishes[i].value != NULL)
			printf("account %s: %s %s\n", str_text(a->name),
			    wishes[i].name, str_text(wishes[i].value));
}

static void
say_server(const struct account *a)
{
	struct buf servers = BUF_MAX(FIELD_SHOWN);

	account_servers(a, &servers);
	printf("account %s: %s, %s%s, auth %s\n", str_text(a->name),
	    buf_str(&servers), a->protocol != NULL &&
	    strcmp(a->protocol, "lmtp") == 0 ? "lmtp, " : "",
	    !a->tls ? "no tls" : a->tls_starttls == 1 ? "starttls" : "tls",
	    a->auth != NULL ? a->auth : "off");
	say_way(a);
	say_wishes(a);
	buf_free(&servers);
}

static void
say_account(const struct job *j)
{
	const struct account *a = j->account;
	struct buf helo = BUF_MAX(512);
	char where[512];

	say_server(a);
	printf("account %s: chosen by %s; %s\n", str_text(a->name), reason(j),
	    account_place(a, "", where, sizeof(where)));
	if (may_be_another(j))
		printf("account: the From field of a message may choose "
		    "another one: -t reads it\n");
	identity_helo(&helo, a, -1);
	if (a->domain == NULL && helo.len > 0 && helo.data[0] == '[')
		printf("ehlo: the literal of this host's address\n");
	else
		printf("ehlo %s\n", str_text(buf_str(&helo)));
	printf("sender <%s>\n", str_text(j->env.sender));
	buf_free(&helo);
}

static void
add_target(struct buf *b, const char *path)
{
	buf_addf(b, "%s<%s>", b->len > 0 ? ", " : "", str_text(path));
}

/* What an alias stands for, and who does not get the message. */
static void
say_given(void *unused, const struct addr *a, const struct local_answer *r)
{
	struct buf names = BUF_MAX(FIELD_SHOWN);
	const struct local_target *t;
	size_t i;

	(void)unused;
	for (i = 0; i < r->n; i++)
		if (r->target[i].path != NULL)
			add_target(&names, r->target[i].path);
	if (r->alias != NULL)
		printf("recipient <%s>: alias in %s for %s\n", str_text(a->raw),
		    r->alias, names.len > 0 ? buf_str(&names) : "nobody");
	for (i = 0; i < r->n; i++) {
		t = &r->target[i];
		if (t->path == NULL)
			printf("recipient <%s>: refused: %s%s%s\n",
			    str_text(a->raw), t->text != NULL ?
			    str_text(t->text) : "", t->text != NULL ? ": " : "",
			    t->why);
	}
	buf_free(&names);
}

static void
say_recipients(struct job *j)
{
	struct buf servers = BUF_MAX(FIELD_SHOWN);
	const struct rcpt *r;
	size_t i;

	account_servers(j->account, &servers);
	recipients_each(j, say_given, NULL);
	for (i = 0; i < j->env.nrcpt; i++) {
		r = &j->env.rcpt[i];
		printf("recipient <%s>: deliverable by %s", str_text(r->addr),
		    buf_str(&servers));
		if (str_has_8bit(r->addr))
			printf(" if it has SMTPUTF8");
		if (strcmp(r->addr, r->orig) != 0)
			printf(", from \"%s\"", str_text(r->orig));
		putchar('\n');
	}
	buf_free(&servers);
}

/* Fields of who it is from and for, as they would be sent where UTF-8 is
 * taken. */
static void
say_fields(const struct header *h)
{
	static const char *const names[] = { "From", "Sender", "To", "Cc" };
	struct buf text = BUF_MAX(FIELD_SHOWN);
	size_t i, k;

	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		for (i = header_find(h, names[k], 0); i < h->n;
		    i = header_find(h, names[k], i + 1)) {
			buf_clear(&text);
			field_unfold(&text, &h->field[i]);
			printf("field %s: %s\n", names[k],
			    str_text(buf_str(&text)));
		}
	buf_free(&text);
}

static enum err_kind
say_plan(struct job *j)
{
	struct err e = ERR_INIT;

	say_account(j);
	say_recipients(j);
	if (!j->read)
		return j->bad;
	recipients_rewrite(j);
	if (fields_fix(j, &e) == -1 || fit_for_any(&j->msg, NULL, &e) == -1) {
		report_error(e.text);
		return e.kind;
	}
	say_fields(&j->msg.header);
	return j->bad;
}

int
plan(const struct cli *c)
{
	struct job j = JOB_INIT(c, NULL);
	struct err e = ERR_INIT;
	enum err_kind kind;

	if (job_prepare(&j, &e) == -1) {
		report_error(e.text);
		kind = e.kind;
		if (j.bad != ERR_NONE) {	/* everybody is refused */
			say_account(&j);
			say_recipients(&j);
		}
	} else
		kind = say_plan(&j);
	job_free(&j);
	return err_exit(kind);
}
