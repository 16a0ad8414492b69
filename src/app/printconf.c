#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/job.h"
#include "app/printconf.h"
#include "app/report.h"
#include "base/str.h"
#include "config/show.h"

#define WHENCE_MAX	1024

/* Is there a control character in it, or what is not UTF-8 and may be one? */
static int
is_obeyed(const char *s, size_t n)
{
	size_t i;

	if (!str_utf8(s, n))
		return 1;
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f ||
		    (s[i] == '\xc2' && (unsigned char)s[i + 1] < 0xa0))
			return 1;
	return 0;
}

/* What goes into a file is read again and must be the same; a terminal is not
 * to do what it says. */
static const char *
printed(const char *s)
{
	size_t n = strlen(s);

	return isatty(STDOUT_FILENO) && is_obeyed(s, n) ? str_shown(s, n) : s;
}

/* A comment is a line of its own in this language: one for all that follows
 * and comes from the same place. */
static void
print_origin(struct buf *last, const char *whence)
{
	if (strcmp(buf_str(last), whence) == 0)
		return;
	buf_clear(last);
	buf_adds(last, whence);
	printf("# %s\n", whence);
}

static void
print_values(const struct account *a, struct buf *last)
{
	struct buf value = BUF_MAX(SHOW_VALUE_MAX);
	struct buf whence = BUF_MAX(WHENCE_MAX);
	const struct keyword *k;
	size_t i;

	for (i = 0; (k = keyword_at(i)) != NULL; i++) {
		buf_clear(&value);
		buf_clear(&whence);
		if (!show_value(&value, a, k) || ((k->flags & KEYWORD_IDLE) &&
		    !show_is_set(a, k)))
			continue;
		show_origin(&whence, a, k);
		print_origin(last, buf_str(&whence));
		printf("%s %s\n", k->name, printed(buf_str(&value)));
	}
	buf_free(&value);
	buf_free(&whence);
}

static enum err_kind
print_account(const struct cli *c, const struct config *config,
    const struct account *written)
{
	struct account *a = account_copy(written);
	struct buf last = BUF_MAX(WHENCE_MAX);
	struct err e = ERR_INIT;
	char where[512];

	job_settle(a, c, &e);
	print_origin(&last, account_origin(a, "", where, sizeof(where)));
	printf("account %s\n", printed(a->name));
	print_values(a, &last);
	if (job_is_parent(c, config, a))
		e.kind = ERR_NONE;
	if (e.kind != ERR_NONE)
		report_error(e.text);
	buf_free(&last);
	account_free(a);
	return e.kind;
}

static enum err_kind
print_accounts(const struct cli *c, const struct config *config)
{
	enum err_kind worst = ERR_NONE;
	size_t i, n = 0;

	for (i = 0; i < config->n; i++) {
		if (c->account != NULL &&
		    strcmp(c->account, config->account[i]->name) != 0)
			continue;
		if (n++ > 0)
			putchar('\n');
		worst = err_worse(worst, print_account(c, config,
		    config->account[i]));
	}
	return worst;
}

int
print_config(const struct cli *c)
{
	struct config config = { 0 };
	struct err e = ERR_INIT;
	enum err_kind kind;

	if (job_load(&config, c, &e) == 0 && c->account != NULL &&
	    config_account(&config, c->account) == NULL)
		config_no_account(&config, c->account, &e);
	kind = e.kind;
	if (kind != ERR_NONE)
		report_error(e.text);
	else
		kind = print_accounts(c, &config);
	config_free(&config);
	return err_exit(kind);
}
