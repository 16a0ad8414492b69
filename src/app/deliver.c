#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/deliver.h"
#include "app/fit.h"
#include "app/identity.h"
#include "app/ticket.h"
#include "app/tty.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cred/cred.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/tls.h"
#include "smtp/drive.h"
#include "smtp/sasl.h"
#include "smtp/session.h"

#define CONNECT_SECONDS		60	/* unless `timeout` says less */
#define ATTEMPT_SECONDS		(6 * 3600)	/* for all of it */
#define HELPER_SECONDS		120	/* for passwordeval */
#define PASSWORD_MAX		(64 * 1024)
#define HELO_MAX		255

/* The password, fetched once and only when a mechanism needs it. */
struct secret {
	const struct account	*account;
	struct buf		 word;
	int			 known;
};

static int
fetch(void *arg, const char **password, struct err *e)
{
	struct secret *s = arg;
	const struct account *a = s->account;
	struct cred_params p = {
		.password = a->password, .passwordeval = a->passwordeval,
		.account = a->name, .user = a->user, .host = a->host,
		.deadline = clock_in(HELPER_SECONDS * 1000),
		.ask = tty_password,
	};
	char where[512];

	if (!s->known && cred_password(&p, &s->word, e) == -1) {
		if (a->passwordeval != NULL && a->password == NULL)
			err_suffix(e, "; check \"passwordeval\" in %s",
			    account_origin(a, "passwordeval", where,
			    sizeof(where)));
		return -1;
	}
	s->known = 1;
	*password = buf_str(&s->word);
	return 0;
}

static enum session_tls
tls_mode(const struct account *a)
{
	if (!a->tls)
		return SESSION_PLAIN;
	return a->tls_starttls == 1 ? SESSION_STARTTLS : SESSION_TLS;
}

static int64_t
patience(const struct account *a, unsigned seconds)
{
	if (a->timeout > 0 && a->timeout < seconds)
		seconds = a->timeout;
	return clock_in((int64_t)seconds * 1000);
}

/* What the session knows, for the report. */
static void
take_result(struct delivery *d, const struct session *s)
{
	d->err = s->err;
	strlcpy(d->queue_id, s->queue_id, sizeof(d->queue_id));
	strlcpy(d->reply, str_shown(buf_str(&s->last.text), s->last.text.len),
	    sizeof(d->reply));
	d->code = s->last.code;
	d->turns = s->turns;
}

/* A reader of the log will want to know why a signature is bad. */
static void
note_altered(struct delivery *d, const struct message *msg)
{
	struct buf names = BUF_MAX(sizeof(d->altered) - 1);

	fit_altered(msg, &names);
	strlcpy(d->altered, buf_str(&names), sizeof(d->altered));
	if (names.len > 0)
		log_story("a signature will not verify: what it covers had to "
		    "be changed: %s", str_shown(d->altered, names.len));
	buf_free(&names);
}

/* The server waits while the message is made fit for it. */
static void
begin(struct delivery *d, struct session *s, struct envelope *env,
    struct message *msg, struct err *e)
{
	struct transaction tr = {
		.env = env, .utf8 = d->utf8, .dsn_notify = d->notify,
		.dsn_ret = d->ret, .dsn_envid = d->envid, .last = 1,
	};

	if (fit_for_server(msg, session_can(s), &tr, d->stop, e) == -1) {
		session_quit(s);
		return;
	}
	d->size = tr.size;
	note_altered(d, msg);
	session_mail(s, &tr);
}

/* Run the session over an open connection until there is no more to say. */
static void
converse(struct delivery *d, struct conn *conn, struct session *s,
    struct envelope *env, struct message *msg, const struct tls_params *tls)
{
	struct drive_params p = { .stop = d->stop, .tls = tls,
	    .deadline = clock_in(ATTEMPT_SECONDS * 1000LL) };
	struct err unfit = ERR_INIT;
	int begun = 0;

	while (session_want(s) != SESSION_CLOSE) {
		if (session_want(s) == SESSION_READY && !begun++)
			begin(d, s, env, msg, &unfit);
		else if (session_want(s) == SESSION_READY)
			session_quit(s);
		drive(conn, s, msg, &p);
	}
	take_result(d, s);
	if (unfit.kind != ERR_NONE) {	/* the server had no part in it */
		d->err = unfit;
		d->code = 0;
	}
}

/* What the reader of an error can do about it, where only we know. */
static void
advise(struct delivery *d)
{
	const struct account *a = d->account;
	const char *key = a->passwordeval != NULL ? "passwordeval" :
	    a->password != NULL ? "password" : "user";
	char where[512];

	if (d->code == 0 && d->turns == 0 && d->err.kind == ERR_TEMP &&
	    d->connected && (d->stop == NULL || !*d->stop) &&
	    tls_mode(a) == SESSION_STARTTLS)
		err_suffix(&d->err, "; if this port wants TLS at once, set "
		    "\"tls_starttls off\"");
	if (d->err.kind == ERR_NOPERM && a->auth != NULL)
		err_suffix(&d->err, "; check \"%s\" in %s", key,
		    account_origin(a, key, where, sizeof(where)));
}

static int
talk(struct delivery *d, int fd, struct envelope *env, struct message *msg)
{
	const struct account *a = d->account;
	struct secret secret = { .account = a, .word = BUF_MAX(PASSWORD_MAX) };
	struct buf helo = BUF_MAX(HELO_MAX);
	char *tickets = ticket_path(a, a->host, a->port);
	struct tls_params tls = {
		.trust_file = a->tls_trust_file, .verify = a->tls_certcheck,
		.name = a->tls_host_override != NULL ?
		    a->tls_host_override : a->host,
		.priorities = a->tls_priorities, .tickets = tickets,
		.stop = d->stop,
	};
	struct sasl_params sasl = {
		.user = a->user, .protected = a->tls,
		.mechanisms = a->auth != NULL && !str_same(a->auth, "on") ?
		    a->auth : NULL,
		.ask = fetch, .arg = &secret,
	};
	struct session_params p = {
		.tls = tls_mode(a), .auth = a->auth != NULL ? &sasl : NULL,
		.timeout_s = a->timeout,
	};
	struct conn *conn = conn_new(fd);
	struct session s;

	identity_helo(&helo, a, fd);
	p.helo = buf_str(&helo);
	session_init(&s, &p);
	tls.at_once = p.tls == SESSION_TLS;
	if (p.tls == SESSION_TLS && conn_starttls(conn, &tls,
	    patience(a, CONNECT_SECONDS), &d->err) == -1)
		session_lost(&s, &d->err);
	else {
		if (p.tls == SESSION_TLS)
			log_story("%s", conn_describe(conn));
		converse(d, conn, &s, env, msg, &tls);
	}
	session_free(&s);
	conn_free(conn);
	buf_free(&secret.word);
	buf_free(&helo);
	free(tickets);
	return d->err.kind == ERR_NONE ? 0 : -1;
}

int
deliver(struct delivery *d, struct envelope *env, struct message *msg)
{
	const struct account *a = d->account;
	struct dial_params to = {
		.host = a->host, .port = a->port, .source_ip = a->source_ip,
		.deadline = patience(a, CONNECT_SECONDS), .stop = d->stop,
	};
	int64_t start = clock_ms();
	struct dialed dialed;
	int r;

	d->err = (struct err)ERR_INIT;
	d->size = message_size(msg);
	log_story("connecting to %s:%u", a->host, a->port);
	r = dial(&to, &dialed, &d->err);
	d->connected = r == 0;
	if (r == 0) {
		log_story("connected to %s", dialed.peer);
		r = talk(d, dialed.fd, env, msg);
		dial_done(&dialed);
	}
	if (r == -1)
		advise(d);
	d->ms = clock_ms() - start;
	return r;
}
