#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/fit.h"
#include "app/identity.h"
#include "app/talk.h"
#include "app/ticket.h"
#include "app/watch.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "net/conn.h"
#include "net/dial.h"
#include "net/tls.h"
#include "smtp/drive.h"
#include "smtp/sasl.h"
#include "smtp/session.h"

#define CONNECT_SECONDS		60	/* unless `timeout` says less */
#define HELO_MAX		255

static int
fetch(void *arg, const char **password, struct err *e)
{
	return secret_fetch(((const struct talk *)arg)->secret, password, e);
}

static enum tls_binding
bind_to(void *arg, struct buf *out)
{
	return conn_binding(((const struct talk *)arg)->conn, out);
}

int64_t
talk_patience(const struct account *a, int64_t deadline)
{
	unsigned seconds = CONNECT_SECONDS;

	if (a->timeout > 0 && a->timeout < seconds)
		seconds = a->timeout;
	return clock_first(deadline, clock_in((int64_t)seconds * 1000));
}

static void
note_step(const struct talk *t, enum watch_step step, const char *about,
    const struct session *s)
{
	const struct watch *w = t->d->watch;

	if (w != NULL)
		w->step(w->arg, step, about, s);
}

static void
note_addresses(void *arg, const char *addresses)
{
	note_step(arg, WATCH_NAME, addresses, NULL);
}

static void
note_mark(void *arg, enum session_mark mark, const struct session *s)
{
	static const enum watch_step steps[] = {
		[SESSION_GREETED] = WATCH_GREETING,
		[SESSION_HELLO] = WATCH_HELLO,
		[SESSION_SECURED] = WATCH_TLS,
		[SESSION_LOGGED_IN] = WATCH_LOGIN,
	};
	const struct talk *t = arg;

	note_step(t, steps[mark], mark == SESSION_SECURED ?
	    conn_describe(t->conn) : "", s);
}

/* What the session knows, for the report. */
static void
take_result(struct talk *t, const struct session *s)
{
	struct delivery *d = t->d;

	d->err = s->err;
	if (s->queue_id[0] != '\0' && d->queue_id[0] != '\0')
		strlcat(d->queue_id, ",", sizeof(d->queue_id));
	strlcat(d->queue_id, s->queue_id, sizeof(d->queue_id));
	strlcpy(d->reply, str_shown(buf_str(&s->last.text), s->last.text.len),
	    sizeof(d->reply));
	d->code = s->last.code;
	d->turns += s->turns;
	t->more = s->more;
	t->final = session_is_final(s);
	t->rcpt_max = s->rcpt_max;
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
	const struct account *a = d->account;
	struct transaction tr = {
		.env = env, .utf8 = d->utf8, .dsn_notify = d->notify,
		.dsn_ret = d->ret, .dsn_envid = d->envid, .last = 1,
		.auth = a->auth != NULL ? a->mail_auth : NULL,
		.require_tls = a->requiretls, .priority = a->priority,
		.deliver_by = a->deliver_by, .hold_for = a->hold_for,
		.hold_until = a->hold_until,
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
converse(struct talk *t, struct conn *conn, struct session *s,
    struct envelope *env, struct message *msg, const struct tls_params *tls)
{
	struct drive_params p = { .stop = t->d->stop, .tls = tls,
	    .deadline = t->deadline };
	struct err unfit = ERR_INIT;
	int begun = 0;

	while (session_want(s) != SESSION_CLOSE) {
		if (session_want(s) == SESSION_READY && msg != NULL &&
		    !begun++)
			begin(t->d, s, env, msg, &unfit);
		else if (session_want(s) == SESSION_READY)
			session_quit(s);
		drive(conn, s, msg, &p);
	}
	take_result(t, s);
	if (unfit.kind != ERR_NONE) {	/* the server had no part in it */
		t->d->err = unfit;
		t->d->code = 0;
	}
}

/* Without the name that its certificate must bear nobody can be known. */
static int
check_name(const struct talk *t, struct err *e)
{
	const struct account *a = t->d->account;
	char where[512];

	if (t->place->tls == SESSION_PLAIN || t->place->name[0] != '\0' ||
	    a->tls_fingerprint != NULL || !a->tls_certcheck)
		return 0;
	return err_set(e, ERR_CONFIG, "TLS needs a name to verify: write "
	    "\"host NAME\" or \"tls_host_override NAME\", or \"tls off\" if "
	    "nobody can listen there, %s",
	    account_place(a, a->socket != NULL ? "socket" :
	    "connect_command", where, sizeof(where)));
}

int
talk_is_lmtp(const struct account *a)
{
	return a->protocol != NULL && str_same(a->protocol, "lmtp");
}

struct tls_params
talk_tls(const struct account *a, const struct place *to)
{
	return (struct tls_params){
		.trust_file = a->tls_trust_file, .verify = a->tls_certcheck,
		.name = to->name, .priorities = a->tls_priorities,
		.pins = a->tls_fingerprint, .crl_file = a->tls_crl_file,
		.min_version = tls_version(a->tls_min_version),
		.cert_file = a->tls_cert_file, .key_file = a->tls_key_file,
		.alpn = talk_is_lmtp(a) ? NULL : "smtp",
		.at_once = to->tls == SESSION_TLS,
		.dane = a->tls_trust != NULL && str_same(a->tls_trust, "dane"),
		.port = to->port,
	};
}

struct dial_params
talk_way(const struct account *a, const struct place *to)
{
	return (struct dial_params){
		.host = to->host, .port = to->port,
		.source_ip = a->source_ip, .proxy_host = a->proxy_host,
		.proxy_port = a->proxy_port, .proxy_user = a->proxy_user,
		.proxy_password = a->proxy_password, .socket = a->socket,
		.command = a->connect_command,
	};
}

/* What a person took to answer is none of the time that we may take. */
static void
wait_no_less(struct talk *t, int64_t ms)
{
	if (t->deadline != CLOCK_NEVER)
		t->deadline += ms;
}

/* Fits tls_params.pin. */
static int
ask_pin(void *arg, const char *what, unsigned how, struct buf *word,
    struct err *e)
{
	struct talk *t = arg;
	int64_t start = clock_ms();
	int r = clientkey_pin(t->key, what, how, word, e);

	wait_no_less(t, clock_ms() - start);
	return r;
}

static void
run(struct talk *t, struct conn *conn, const struct session_params *p,
    struct envelope *env, struct message *msg)
{
	const struct account *a = t->d->account;
	const struct place *to = t->place;
	char *tickets = ticket_path(a, to->host[0] != '\0' ? to->host :
	    to->where, to->port);
	struct tls_params tls = talk_tls(a, to);
	struct session s;

	tls.tickets = tickets;
	tls.pin = ask_pin;
	tls.pin_arg = t;
	tls.stop = t->d->stop;
	tls.facts = t->d->watch != NULL ? t->d->watch->facts : NULL;
	tls.anew = t->d->watch != NULL;
	session_init(&s, p);
	if (tofu_begin(&t->tofu, a, to, &tls, &t->d->err) == -1 ||
	    (p->tls == SESSION_TLS && conn_starttls(conn, &tls,
	    talk_patience(a, t->deadline), &t->d->err) == -1))
		session_lost(&s, &t->d->err);
	else {
		if (p->tls == SESSION_TLS) {
			log_story("%s", conn_describe(conn));
			note_step(t, WATCH_TLS, conn_describe(conn), NULL);
		}
		converse(t, conn, &s, env, msg, &tls);
	}
	session_free(&s);
	tofu_end(&t->tofu);
	free(tickets);
}

static void
over(struct talk *t, int fd, struct envelope *env, struct message *msg)
{
	const struct account *a = t->d->account;
	struct buf helo = BUF_MAX(HELO_MAX);
	struct sasl_params sasl = {
		.user = a->user, .protected = t->place->tls != SESSION_PLAIN,
		.mechanisms = a->auth != NULL && !str_same(a->auth, "on") ?
		    a->auth : NULL,
		.realm = a->ntlmdomain, .port = t->place->port,
		.host = t->place->by_srv != NULL ? t->place->host :
		    t->place->name,
		.certificate = a->tls_cert_file != NULL,
		.no_password = !secret_is_configured(a),
		.ask = fetch, .binding = bind_to, .arg = t,
	};
	struct session_params p = {
		.tls = t->place->tls, .auth = a->auth != NULL ? &sasl : NULL,
		.timeout_s = a->timeout, .rcpt_max = t->rcpt_max,
		.lmtp = talk_is_lmtp(a),
		.mark = t->d->watch != NULL ? note_mark : NULL, .mark_arg = t,
	};
	struct conn *conn = conn_new(fd);

	identity_helo(&helo, a, fd);
	p.helo = buf_str(&helo);
	t->conn = conn;
	run(t, conn, &p, env, msg);
	conn_free(conn);
	buf_free(&helo);
}

int
talk(struct talk *t, struct envelope *env, struct message *msg)
{
	struct delivery *d = t->d;
	const struct account *a = d->account;
	struct dial_params to = talk_way(a, t->place);
	struct dialed line = { .fd = -1 };

	wait_no_less(t, t->tofu.spent);
	t->tofu.spent = 0;
	to.stop = d->stop;
	to.deadline = talk_patience(a, t->deadline);
	to.found = d->watch != NULL ? note_addresses : NULL;
	to.arg = t;
	t->more = 0;
	d->err = (struct err)ERR_INIT;
	d->code = 0;
	d->connected = 0;
	if (check_name(t, &d->err) == -1)
		return -1;
	log_story("connecting to %s", t->place->where);
	if (dial(&to, &line, &d->err) == -1)
		return -1;
	d->connected = 1;
	log_story("connected to %s", line.peer);
	note_step(t, WATCH_CONNECT, line.peer, NULL);
	strlcpy(t->tofu.peer, line.peer, sizeof(t->tofu.peer));
	over(t, line.fd, env, msg);
	dial_done(&line);
	return d->err.kind == ERR_NONE ? 0 : -1;
}
