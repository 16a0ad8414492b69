#include <string.h>

#include "app/become.h"
#include "app/check.h"
#include "app/checkfiles.h"
#include "app/checkline.h"
#include "app/identity.h"
#include "app/job.h"
#include "app/marks.h"
#include "app/report.h"
#include "base/clock.h"
#include "base/str.h"
#include "config/show.h"
#include "mail/addr.h"

#define VALUE_WIDTH	36	/* the longest that others line up with */
#define WHENCE_MAX	1024

/* What a reader will look for though nobody has written it. */
static int
is_telling(const struct keyword *k)
{
	static const char *const always[] = { "tls", "tls_certcheck", "auth",
	    "port" };
	size_t i;

	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strcmp(k->name, always[i]) == 0)
			return 1;
	return 0;
}

/* Columns of UTF-8: one for each octet that goes on with no other. */
static int
columns(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* The value as a person may see it, or NULL where there is nothing to say. */
static const char *
told(const struct account *a, const struct keyword *k)
{
	struct buf value = BUF_MAX(SHOW_VALUE_MAX);
	const char *text = NULL;

	if ((show_is_set(a, k) || is_telling(k) || show_differs(a, k)) &&
	    show_value(&value, a, k))
		text = str_shown(buf_str(&value), value.len);
	buf_free(&value);
	return text;
}

struct widths {
	int	 name, value;
};

static struct widths
measure(const struct account *a)
{
	struct widths w = { 0, 0 };
	const struct keyword *k;
	const char *value;
	size_t i;
	int n;

	for (i = 0; (k = keyword_at(i)) != NULL; i++) {
		if ((value = told(a, k)) == NULL)
			continue;
		n = columns(k->name);
		if (n > w.name)
			w.name = n;
		n = columns(value);
		if (n > w.value && n <= VALUE_WIDTH)
			w.value = n;
	}
	return w;
}

static void
say_value(const struct account *a, const struct keyword *k,
    const struct widths *w)
{
	const char *value = told(a, k);
	struct buf whence = BUF_MAX(WHENCE_MAX);
	int gap;

	if (value == NULL)
		return;
	gap = w->value - columns(value);
	show_origin(&whence, a, k);
	mark_more("%-*s  %s%*s  %s%s", w->name, k->name, value, gap > 0 ? gap :
	    0, "", buf_str(&whence), k->flags & KEYWORD_IDLE ?
	    ", without effect" : "");
	buf_free(&whence);
}

static void
say_account(const struct account *a)
{
	struct widths w = measure(a);
	const struct keyword *k;
	char where[512];
	size_t i;

	mark_head("account %s, %s", str_text(a->name), account_origin(a, "",
	    where, sizeof(where)));
	for (i = 0; (k = keyword_at(i)) != NULL; i++)
		say_value(a, k, &w);
}

/* Whom a message is from, when nothing else says so. */
static enum err_kind
check_sender(const struct cli *c, const struct account *a)
{
	struct buf sender = BUF_MAX(ADDR_PATH_MAX * 2);
	struct err e = ERR_INIT;
	int r = identity_sender(&sender, a, c->sender, &e);

	if (r == -1)
		mark_step(MARK_BAD, "sender", MARK_NO_TIME, "%s", e.text);
	else
		mark_step(MARK_GOOD, "sender", MARK_NO_TIME, "<%s>",
		    str_text(buf_str(&sender)));
	buf_free(&sender);
	return r == -1 ? e.kind : ERR_NONE;
}

/* What is wrong here does not keep anybody from trying the line. */
static enum err_kind
check_settled(const struct cli *c, const struct account *a)
{
	int as = c->as_user != NULL;
	enum err_kind kind;

	mark_step(MARK_GOOD, "settings", MARK_NO_TIME, "make sense");
	kind = check_sender(c, a);
	if (checkfiles_account(a, as ? MARK_BAD : MARK_CARE) > 0)
		kind = err_worse(kind, ERR_CONFIG);
	return as ? kind : err_worse(kind, checkline(a));
}

static enum err_kind
check_account(const struct cli *c, const struct config *config,
    const struct account *written)
{
	struct account *a = account_copy(written);
	struct err e = ERR_INIT;
	enum err_kind kind = ERR_NONE;
	int settled = job_settle(a, c, &e);

	say_account(a);
	if (settled == 0)
		kind = check_settled(c, a);
	else if (job_is_parent(c, config, a))
		mark_step(MARK_UNTRIED, "settings", MARK_NO_TIME,
		    "it has no host, and is there for others");
	else {
		mark_step(MARK_BAD, "settings", MARK_NO_TIME, "%s", e.text);
		kind = e.kind;
	}
	account_free(a);
	return kind;
}

static enum err_kind
check_accounts(const struct cli *c, const struct config *config)
{
	enum err_kind worst = ERR_NONE;
	size_t i;

	for (i = 0; i < config->n; i++)
		if (c->account == NULL ||
		    strcmp(c->account, config->account[i]->name) == 0)
			worst = err_worse(worst, check_account(c, config,
			    config->account[i]));
	return worst;
}

/* "FILE, FILE: 3 accounts" */
static void
say_config(const struct config *c, int64_t ms)
{
	struct buf names = BUF_MAX(4096);
	size_t i;

	for (i = 0; i < c->nfile; i++)
		buf_addf(&names, "%s%s", i > 0 ? ", " : "",
		    str_text(c->file[i]));
	mark_step(MARK_GOOD, "configuration", ms, "%s: %zu account%s",
	    c->nfile > 0 ? buf_str(&names) : "the command line alone", c->n,
	    c->n == 1 ? "" : "s");
	buf_free(&names);
}

static int
no_account(const struct config *config, const char *name, struct err *e)
{
	config_no_account(config, name, e);
	return -1;
}

static enum err_kind
check_config(const struct cli *c, struct config *config)
{
	struct err e = ERR_INIT;
	int64_t start = clock_ms();
	int r = job_load(config, c, &e);

	if (r == 0 && config->n == 0)
		r = config_choose(config, NULL, NULL, &e) == NULL ? -1 : 0;
	if (r == 0 && c->account != NULL &&
	    config_account(config, c->account) == NULL)
		r = no_account(config, c->account, &e);
	mark_head("configuration");
	if (r == -1) {
		mark_step(MARK_BAD, "configuration", clock_ms() - start, "%s",
		    e.text);
		return e.kind;
	}
	say_config(config, clock_ms() - start);
	checkfiles_config(config);
	return check_accounts(c, config);
}

int
check(const struct cli *c)
{
	struct config config = { 0 };
	struct err e = ERR_INIT;
	enum err_kind kind;

	if (c->as_user != NULL && become(c->as_user, &e) == -1) {
		report_error(e.text);
		return err_exit(e.kind);
	}
	kind = check_config(c, &config);
	config_free(&config);
	return err_exit(kind);
}
