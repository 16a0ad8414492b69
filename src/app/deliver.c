#include <string.h>

#include "app/deliver.h"
#include "app/route.h"
#include "app/talk.h"
#include "app/watch.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#define ATTEMPT_SECONDS		(6 * 3600)	/* unless total_timeout is */

/* On the way from one place to the next. */
struct trip {
	struct delivery	*d;
	struct envelope	*env;
	struct message	*msg;
	struct secret	 secret;
	struct clientkey key;
	int64_t		 deadline;
	struct buf	 earlier;	/* what failed before, and where */
	enum err_kind	 kind;		/* of that, the worst */
	int		 heals;		/* some of it may be well later */
	int		 alarmed;	/* by a key: that is the end */
	int		 final;		/* what was said of the login is, too */
};

static int
is_stopped(const struct delivery *d)
{
	return d->stop != NULL && *d->stop;
}

/* What the reader of an error can do about it, where only we know. */
static void
advise(const struct trip *t, const struct place *p)
{
	struct delivery *d = t->d;

	if (d->code == 0 && d->turns == 0 && d->err.kind == ERR_TEMP &&
	    d->connected && !is_stopped(d) &&
	    p->tls == SESSION_STARTTLS)
		err_suffix(&d->err, "; if this port wants TLS at once, set "
		    "\"tls_starttls off\"");
	if (is_stopped(d) && strstr(d->err.text, "interrupted") != NULL &&
	    strstr(d->err.text, "sent") == NULL)
		err_suffix(&d->err, "; nothing was sent");
	if (d->err.kind == ERR_NOPERM && d->account->auth != NULL)
		secret_advise(&t->secret, &d->err);
	if (p->by_srv != NULL && d->err.kind == ERR_PROTOCOL &&
	    !str_same(p->name, p->host))
		err_suffix(&d->err, "; DNS alone says that %s serves %s: to "
		    "trust that, write \"host %s\"", p->host, p->by_srv,
		    p->host);
}

static void
note_kind(struct trip *t)
{
	t->kind = err_worse(t->kind, t->d->err.kind);
	t->heals |= t->d->err.kind == ERR_TEMP;
}

/* Why this place did not do, in a few words. */
static const char *
why_not(const struct trip *t)
{
	size_t i;

	if (t->d->err.kind != ERR_NONE)
		return t->d->err.text;
	for (i = 0; i < t->env->nrcpt; i++)
		if (t->env->rcpt[i].status == RCPT_TEMPFAIL &&
		    t->env->rcpt[i].why != NULL)
			return t->env->rcpt[i].why;
	return "not now";
}

/*
 * A host that cannot be reached, turns us away or puts us off hands over to
 * the next; what it refuses for good is refused, and so is a login.  Once a
 * server has the password, all but a 454 may mean that it is wrong, a 421 or
 * no reply at all too, and accounts get locked: the same is not tried again
 * elsewhere.
 */
static int
may_hand_over(const struct trip *t)
{
	if (is_stopped(t->d) || t->secret.failed || t->key.failed ||
	    t->alarmed || t->final || clock_left(t->deadline) == 0)
		return 0;
	switch (t->d->err.kind) {
	case ERR_NONE:
	case ERR_NOHOST:
	case ERR_UNAVAIL:
	case ERR_TEMP:
	case ERR_PROTOCOL:
		return 1;
	case ERR_USAGE:
	case ERR_DATA:
	case ERR_NOINPUT:
	case ERR_NOUSER:
	case ERR_SOFTWARE:
	case ERR_OS:
	case ERR_CREATE:
	case ERR_IO:
	case ERR_NOPERM:
	case ERR_CONFIG:
		break;
	}
	return 0;
}

static int
hands_over(const struct trip *t)
{
	return may_hand_over(t) && envelope_count(t->env, RCPT_WAITING) +
	    envelope_count(t->env, RCPT_TEMPFAIL) > 0;
}

/* Those who were put off get another chance. */
static void
note_failure(struct trip *t)
{
	struct delivery *d = t->d;
	const char *why = why_not(t);

	log_story("%s: %s; trying the next host", d->where, why);
	if (buf_addf(&t->earlier, "%s%s: %s", t->earlier.len > 0 ? "; " : "",
	    d->where, why) == -1)
		log_debug("no room for that");
	note_kind(t);
	envelope_settle(t->env, d->where);
	t->heals |= envelope_move(t->env, RCPT_TEMPFAIL, RCPT_WAITING,
	    ERR_NONE, NULL) > 0;
}

/* The time for one place: it may not use up that of those behind it. */
static int64_t
share(const struct trip *t, const struct route *r)
{
	int left = clock_left(t->deadline);

	return left == -1 || !route_more(r) ? t->deadline :
	    clock_in(left / 2);
}

/* As many connections as the server wants for one message. */
static void
visit(struct trip *t, const struct place *p, int64_t deadline)
{
	struct delivery *d = t->d;
	struct talk one = { .d = d, .place = p, .secret = &t->secret,
	    .key = &t->key, .deadline = deadline };

	for (;;) {
		one.final = 0;
		if (talk(&one, t->env, t->msg) == -1) {
			t->final = one.final;
			if (one.tofu.stranger && tofu_ask(&one.tofu, p,
			    d->stop, &d->err) == 0)
				continue;
			t->alarmed = one.tofu.refused;
			if (!t->alarmed)
				advise(t, p);
			return;
		}
		if (!one.more)
			return;
		if (is_stopped(d)) {
			err_set(&d->err, ERR_TEMP, "interrupted; to them "
			    "nothing was sent");
			return;
		}
		log_story("the server takes no more on this connection; "
		    "making another");
	}
}

/* What can heal at one of several places can heal (DESIGN.md 4). */
static enum err_kind
kind_of_all(const struct trip *t)
{
	enum err_kind last = t->d->err.kind;

	if (last == ERR_NONE || last == ERR_NOPERM || last == ERR_CONFIG)
		return last;
	return t->heals || last == ERR_TEMP ? ERR_TEMP :
	    err_worse(t->kind, last);
}

static void
conclude(struct trip *t)
{
	struct delivery *d = t->d;

	strlcpy(d->earlier, buf_str(&t->earlier), sizeof(d->earlier));
	if (d->earlier[0] == '\0' || d->err.kind == ERR_NONE)
		return;
	err_suffix(&d->err, "; before that, %s", d->earlier);
	if (!t->alarmed)
		d->err.kind = kind_of_all(t);
}

static void
travel(struct trip *t)
{
	struct delivery *d = t->d;
	struct route route;
	struct place p;
	struct err e;
	int found, tried = 0;

	route_begin(&route, d->account);
	for (;;) {
		e = (struct err)ERR_INIT;
		found = route_next(&route, &p, talk_patience(d->account,
		    t->deadline), d->stop, &e);
		if (found == 0)
			break;
		if (tried++ > 0)
			note_failure(t);
		strlcpy(d->where, p.where, sizeof(d->where));
		strlcpy(d->host, p.host, sizeof(d->host));
		if (found == -1)
			d->err = e;
		else
			visit(t, &p, share(t, &route));
		if (!hands_over(t))
			break;
	}
}

/* To all places, whatever became of those before: who looks on hears of each,
 * and the first that does not hand over is what a submission would end with. */
static void
tour(struct trip *t)
{
	struct delivery *d = t->d;
	struct err outcome = ERR_INIT;
	struct route route;
	struct place p;
	int found, settled = 0;

	route_begin(&route, d->account);
	while ((found = route_next(&route, &p, talk_patience(d->account,
	    t->deadline), d->stop, &d->err)) != 0) {
		strlcpy(d->where, p.where, sizeof(d->where));
		strlcpy(d->host, p.host, sizeof(d->host));
		d->watch->place(d->watch->arg, &p);
		d->turns = 0;
		if (found == 1)
			visit(t, &p, share(t, &route));
		d->watch->left(d->watch->arg, d);
		if (!settled) {
			outcome = d->err;
			outcome.kind = kind_of_all(t);
			settled = d->err.kind == ERR_NONE || !may_hand_over(t);
			note_kind(t);
		}
		/* What one has refused is no good for another. */
		if (t->secret.failed || t->key.failed || is_stopped(d) ||
		    t->final ||
		    d->err.kind == ERR_NOPERM)
			break;
		d->err = (struct err)ERR_INIT;
	}
	d->err = outcome;
}

int
deliver(struct delivery *d, struct envelope *env, struct message *msg)
{
	const struct account *a = d->account;
	struct trip t = {
		.d = d, .env = env, .msg = msg,
		.secret = { .account = a, .stop = d->stop,
		    .word = BUF_SECRET(SECRET_MAX) },
		.key = { .account = a, .stop = d->stop,
		    .word = BUF_SECRET(CLIENTKEY_MAX) },
		.deadline = clock_in(1000LL * (a->total_timeout > 0 ?
		    a->total_timeout : ATTEMPT_SECONDS)),
		.earlier = BUF_MAX(sizeof(d->earlier) - 1),
	};
	int64_t start = clock_ms();

	d->err = (struct err)ERR_INIT;
	d->size = msg != NULL ? message_size(msg) : 0;
	t.secret.deadline = t.key.deadline = t.deadline;
	if (msg == NULL)
		tour(&t);
	else {
		travel(&t);
		conclude(&t);
	}
	buf_free(&t.secret.word);
	buf_free(&t.key.word);
	buf_free(&t.earlier);
	d->ms = clock_ms() - start;
	return d->err.kind == ERR_NONE ? 0 : -1;
}
