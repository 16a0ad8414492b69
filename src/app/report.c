#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "app/report.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#define LOG_LINE_MAX	(64 * 1024)
#define SPEAKER		"posthorn: "
#define NAMES_MAX	3000		/* octets of recipients in a line */

static int quiet;

void
report_quiet(void)
{
	quiet = 1;
}

/* One write a line, so that lines of several processes do not mix. */
static void
say(const char *account, const char *where, const char *text)
{
	struct buf line = BUF_MAX(16 * 1024);

	buf_adds(&line, SPEAKER);
	if (account != NULL)
		buf_addf(&line, "%s: ", account);
	if (where[0] != '\0')
		buf_addf(&line, "%s: ", where);
	buf_adds(&line, text);
	log_remark("%s", buf_str(&line) + strlen(SPEAKER));
	buf_addc(&line, '\n');
	if (!quiet)
		file_write_all(STDERR_FILENO, buf_str(&line), line.len);
	buf_free(&line);
}

void
report_error(const char *text)
{
	say(NULL, "", text);
}

static void
tell(const struct delivery *d, const char *where, const char *text)
{
	say(d->account->name, where, text);
}

void
report_about(const struct delivery *d, const char *text)
{
	tell(d, d->where, text);
}

static const char *
state_words(const struct rcpt *r)
{
	if (r->status == RCPT_IN_DOUBT)
		return "in doubt: the server may have it already";
	return "not sent";
}

static enum err_kind
kind_of(const struct rcpt *r, const struct delivery *d)
{
	if (r->status == RCPT_SENT)
		return ERR_NONE;
	if (r->kind != ERR_NONE)
		return r->kind;
	if (d->err.kind != ERR_NONE)
		return d->err.kind;
	return ERR_TEMP;
}

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Do two recipients share their fate, and its reason? */
static int
alike(const struct rcpt *a, const struct rcpt *b)
{
	if (a->status != b->status)
		return 0;
	return a->status == RCPT_SENT ||
	    (same(a->why, b->why) && same(a->where, b->where));
}

/* "<a@x>, <b@y> and 7 more": recipients from i on that are like it.  Where
 * adjoining is set, only as far as they follow each other.  Returns the first
 * that was not looked at. */
static size_t
name_alike(struct buf *text, const struct envelope *env, size_t i,
    int adjoining)
{
	const struct rcpt *first = &env->rcpt[i];
	size_t more = 0, n = 0;

	for (; i < env->nrcpt; i++) {
		if (!alike(&env->rcpt[i], first)) {
			if (adjoining)
				break;
			continue;
		}
		if (text->len > NAMES_MAX) {
			more++;
			continue;
		}
		buf_addf(text, "%s<%s>", n++ > 0 ? ", " : "",
		    str_shown(env->rcpt[i].addr, strlen(env->rcpt[i].addr)));
	}
	if (more > 0)
		buf_addf(text, " and %zu more", more);
	return i;
}

/* A line for the recipients from i on that share a fate; returns the next. */
static size_t
tell_some(const struct delivery *d, const struct envelope *env, size_t i)
{
	const struct rcpt *r = &env->rcpt[i];
	struct buf text = BUF_MAX(NAMES_MAX + 4096);

	i = name_alike(&text, env, i, 1);
	buf_adds(&text, ": ");
	if (r->status == RCPT_IN_DOUBT)
		buf_addf(&text, "%s; ", state_words(r));
	buf_adds(&text, r->why != NULL ? r->why :
	    d->err.kind != ERR_NONE ? d->err.text : state_words(r));
	if (r->status == RCPT_IN_DOUBT)
		buf_adds(&text, "; to send it again may double it");
	if (r->status == RCPT_TEMPFAIL && d->earlier[0] != '\0')
		buf_addf(&text, "; before that, %s", d->earlier);
	tell(d, r->where != NULL ? r->where : d->where, buf_str(&text));
	buf_free(&text);
	return i;
}

static void
tell_sent(const struct delivery *d, const struct envelope *env)
{
	struct buf text = BUF_MAX(NAMES_MAX + 4096);
	size_t i, sent = envelope_count(env, RCPT_SENT);

	if (sent == 0 || (sent == env->nrcpt && !d->others_refused))
		return;
	buf_adds(&text, "delivered all the same to ");
	for (i = 0; env->rcpt[i].status != RCPT_SENT; i++)
		;
	name_alike(&text, env, i, 0);
	buf_adds(&text, "; do not send it to them again");
	tell(d, d->earlier[0] != '\0' ? "" : d->where, buf_str(&text));
	buf_free(&text);
}

enum err_kind
report_recipients(const struct delivery *d, const struct envelope *env)
{
	enum err_kind worst = ERR_NONE;
	size_t i, untold = 0;
	int mixed = 0;		/* not all share a fate: all are named */

	for (i = 1; i < env->nrcpt; i++)
		mixed |= !alike(&env->rcpt[0], &env->rcpt[i]);
	for (i = 0; i < env->nrcpt; i++)
		worst = err_worse(worst, kind_of(&env->rcpt[i], d));
	for (i = 0; i < env->nrcpt;) {
		if (env->rcpt[i].status == RCPT_SENT)
			i++;
		else if (env->rcpt[i].why == NULL && !mixed &&
		    d->err.kind != ERR_NONE &&
		    env->rcpt[i].status != RCPT_IN_DOUBT) {
			untold++;
			i++;
		} else
			i = tell_some(d, env, i);
	}
	if (untold > 0)
		tell(d, d->where, d->err.text);
	tell_sent(d, env);
	return worst;
}

/* A value in single quotes, quotes inside made double ones. */
static void
add_quoted(struct buf *b, const char *s)
{
	buf_addc(b, '\'');
	for (; *s != '\0'; s++)
		buf_addc(b, *s == '\'' ? '"' : *s);
	buf_addc(b, '\'');
}

static void
add_time(struct buf *b, const char *format)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[128];

	if (localtime_r(&now, &tm) != NULL && strftime(text, sizeof(text),
	    format != NULL ? format : "%b %d %H:%M:%S", &tm) > 0)
		buf_addf(b, "%s ", text);
}

/* White space would end a field's value, and let it write another field. */
static void
add_solid(struct buf *b, const char *s)
{
	const char *p = str_shown(s, strlen(s));

	for (; *p != '\0'; p++)
		buf_addc(b, *p == ' ' || *p == '\t' ? '_' : *p);
}

static void
add_word(struct buf *b, const char *key, const char *s)
{
	buf_addf(b, "%s=", key);
	add_solid(b, s);
	buf_addc(b, ' ');
}

static void
add_recipients(struct buf *b, const struct envelope *env)
{
	size_t i;

	buf_adds(b, "recipients=");
	for (i = 0; i < env->nrcpt && b->len < LOG_LINE_MAX / 2; i++) {
		buf_adds(b, i > 0 ? "," : "");
		add_solid(b, env->rcpt[i].addr);
	}
	if (i < env->nrcpt)
		buf_addf(b, ",and_%zu_more", env->nrcpt - i);
	buf_addc(b, ' ');
}

/* msmtp's fields in msmtp's order, then ours. */
static void
log_fields(struct buf *b, const struct delivery *d, const struct envelope *env,
    const char *message_id, enum err_kind kind)
{
	const struct account *a = d->account;
	size_t i;

	add_word(b, "host", d->host[0] != '\0' ? d->host : d->where);
	buf_addf(b, "tls=%s auth=%s ", a->tls ? "on" : "off",
	    a->auth != NULL ? "on" : "off");
	if (a->user != NULL)
		add_word(b, "user", a->user);
	add_word(b, "from", env->sender);
	add_recipients(b, env);
	buf_addf(b, "mailsize=%llu ", (unsigned long long)d->size);
	if (d->code != 0) {
		buf_addf(b, "smtpstatus=%d smtpmsg=", d->code);
		add_quoted(b, d->reply);
		buf_addc(b, ' ');
	}
	for (i = 0; i < env->nrcpt; i++)
		if (env->rcpt[i].why != NULL)
			break;
	if (kind != ERR_NONE) {
		buf_adds(b, "errormsg=");
		add_quoted(b, d->err.kind != ERR_NONE ? d->err.text :
		    i < env->nrcpt ? env->rcpt[i].why : "");
		buf_addc(b, ' ');
	}
	if (d->earlier[0] != '\0') {
		buf_adds(b, "earlier=");
		add_quoted(b, d->earlier);
		buf_addc(b, ' ');
	}
	buf_addf(b, "exitcode=%s ", err_exit_name(kind));
	add_word(b, "messageid", message_id);
	if (d->queue_id[0] != '\0')
		add_word(b, "queueid", d->queue_id);
	if (d->altered[0] != '\0')
		add_word(b, "altered", d->altered);
	buf_addf(b, "sent=%zu turns=%u ms=%lld",
	    envelope_count(env, RCPT_SENT), d->turns, (long long)d->ms);
}

static void
log_to_file(const struct delivery *d, const char *fields)
{
	const struct account *a = d->account;
	struct buf line = BUF_MAX(LOG_LINE_MAX + 256);
	struct err e = ERR_INIT;
	char *path = file_home(a->logfile);

	add_time(&line, a->logfile_time_format);
	buf_addf(&line, "%s\n", fields);
	if (strcmp(a->logfile, "-") == 0)
		file_write_all(STDOUT_FILENO, buf_str(&line), line.len);
	else if (file_append(path, buf_str(&line), line.len, &e) == -1) {
		err_prefix(&e, "log: ");
		tell(d, d->where, e.text);
	}
	mem_wipe(path);
	buf_free(&line);
}

static const struct facility { const char *name; int value; } facilities[] = {
	{ "LOG_MAIL", LOG_MAIL }, { "LOG_USER", LOG_USER },
	{ "LOG_LOCAL0", LOG_LOCAL0 }, { "LOG_LOCAL1", LOG_LOCAL1 },
	{ "LOG_LOCAL2", LOG_LOCAL2 }, { "LOG_LOCAL3", LOG_LOCAL3 },
	{ "LOG_LOCAL4", LOG_LOCAL4 }, { "LOG_LOCAL5", LOG_LOCAL5 },
	{ "LOG_LOCAL6", LOG_LOCAL6 }, { "LOG_LOCAL7", LOG_LOCAL7 },
};

static int
facility_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (str_same(name, facilities[i].name))
			return facilities[i].value;
	return LOG_MAIL;
}

void
report_log(const struct delivery *d, const struct envelope *env,
    const char *message_id, const char *tag, enum err_kind kind)
{
	const struct account *a = d->account;
	struct buf fields = BUF_MAX(LOG_LINE_MAX);

	if (a->logfile == NULL && a->syslog == NULL)
		return;
	log_fields(&fields, d, env, message_id, kind);
	if (a->logfile != NULL)
		log_to_file(d, buf_str(&fields));
	if (a->syslog != NULL) {
		openlog(tag != NULL ? tag : "posthorn", LOG_PID,
		    facility_of(a->syslog));
		syslog(kind == ERR_NONE ? LOG_INFO : LOG_ERR, "%s",
		    buf_str(&fields));
		closelog();
	}
	buf_free(&fields);
}
