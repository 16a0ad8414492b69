#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "smtp/command.h"
#include "smtp/phases.h"

#define AUTH_LINE_MAX	510		/* RFC 4954 4, CRLF not counted */

enum phase
opening_on_greeting(struct session *s, size_t unused)
{
	(void)unused;
	if (reply_class(&s->reply) == 2)
		return PH_EHLO;
	return phase_refused(s, STAGE_SESSION, "the server turns us away: ");
}

static enum phase
greet(struct session *s, enum verb verb, const char *word)
{
	if (s->lane.owed > 0)
		return s->phase;
	if (command_add(&s->out, "%s %s", word, s->params.helo) == -1)
		return phase_fail(s, ERR_CONFIG, "\"%s\" is no name for %s; "
		    "see \"domain\" in posthorn.conf(5)",
		    str_shown(s->params.helo, strlen(s->params.helo)), word);
	lane_push(&s->lane, verb, 0);
	return s->phase;
}

enum phase
opening_ehlo(struct session *s)
{
	return greet(s, V_EHLO, s->params.lmtp ? "LHLO" : "EHLO");
}

enum phase
opening_helo(struct session *s)
{
	return greet(s, V_HELO, "HELO");
}

/* What comes next now that we know what the server can do. */
static enum phase
after_hello(struct session *s)
{
	if (s->params.tls == SESSION_STARTTLS && !s->tls_up) {
		if (s->ehlo.can & EHLO_STARTTLS)
			return PH_STARTTLS;
		return phase_fail(s, ERR_PROTOCOL, "the server offers no "
		    "STARTTLS, and nothing is sent without TLS; is this the "
		    "right host and port?");
	}
	if (s->params.auth == NULL)
		return PH_READY;
	if (s->ehlo.can & EHLO_AUTH)
		return PH_AUTH;
	return phase_fail(s, ERR_UNAVAIL, "the server offers no login%s",
	    s->tls_up ? "; set \"auth off\" if it needs none" :
	    " without TLS; turn tls on");
}

/* RFC 5321 4.1.4: HELO for a server that does not know EHLO. */
enum phase
opening_on_ehlo(struct session *s, size_t unused)
{
	(void)unused;
	if (reply_class(&s->reply) == 2) {
		ehlo_read(&s->ehlo, &s->reply);
		return after_hello(s);
	}
	if (s->params.lmtp)
		return phase_refused(s, STAGE_SESSION, "LHLO refused (does "
		    "the server speak LMTP?): ");
	if (reply_class(&s->reply) != 5)
		return phase_refused(s, STAGE_SESSION, "EHLO refused: ");
	ehlo_clear(&s->ehlo);
	if (s->params.tls == SESSION_STARTTLS && !s->tls_up)
		return phase_fail(s, ERR_PROTOCOL, "EHLO refused, so there is "
		    "no STARTTLS: %s", reply_words(&s->reply));
	if (s->params.auth != NULL)
		return phase_fail(s, ERR_UNAVAIL, "EHLO refused, so there is "
		    "no login: %s", reply_words(&s->reply));
	return PH_HELO;
}

enum phase
opening_on_helo(struct session *s, size_t unused)
{
	(void)unused;
	if (reply_class(&s->reply) == 2)
		return after_hello(s);
	return phase_fail(s, reply_kind(&s->reply, STAGE_SESSION),
	    "HELO refused: %s%s", reply_words(&s->reply),
	    s->reply.code == 500 || s->reply.code == 502 ?
	    "; if it speaks LMTP, set \"protocol lmtp\"" : "");
}

enum phase
opening_starttls(struct session *s)
{
	if (s->lane.owed == 0)
		phase_say_word(s, V_STARTTLS, "STARTTLS");
	return s->phase;
}

enum phase
opening_on_starttls(struct session *s, size_t unused)
{
	(void)unused;
	if (s->reply.code == 220)
		return PH_HANDSHAKE;
	return phase_fail(s, reply_class(&s->reply) == 4 ? ERR_TEMP :
	    ERR_PROTOCOL, "STARTTLS refused: %s", reply_words(&s->reply));
}

/*
 * The initial response goes along where the line stays within its limit; else
 * it is held until the server asks with an empty challenge (RFC 4954 4).
 */
static int
say_auth(struct session *s)
{
	const struct buf *first = login_first(s->login);
	struct buf words = BUF_MAX(64);
	const char *response = "";
	int r = 0;

	buf_addf(&words, "AUTH %s", login_name(s->login));
	if (first != NULL)
		response = first->len > 0 ? buf_str(first) : "=";
	phase_told(s, response);
	if (first != NULL && words.len + 1 + strlen(response) <=
	    AUTH_LINE_MAX)
		buf_addc(&words, ' ');
	else {
		r = buf_adds(&s->held, response);
		response = "";
	}
	if (r == 0)
		r = command_secret(&s->out, buf_str(&words), response);
	if (r == 0 && s->held.len == 0)
		login_said(s->login);
	buf_free(&words);
	return r;
}

/* Who is asked for the password is not the only one who learns it. */
static int
ask(void *arg, const char **password, struct err *e)
{
	struct session *s = arg;
	const struct sasl_params *p = s->params.auth;

	if (p->ask(p->arg, password, e) == -1)
		return -1;
	phase_knows(s, *password);
	return 0;
}

static enum tls_binding
binding(void *arg, struct buf *out)
{
	struct session *s = arg;
	const struct sasl_params *p = s->params.auth;

	return p->binding(p->arg, out);
}

static int
begin_login(struct session *s, struct err *e)
{
	s->overheard = *s->params.auth;
	s->overheard.ask = ask;
	s->overheard.arg = s;
	if (s->overheard.binding != NULL)
		s->overheard.binding = binding;
	s->login = login_new(&s->overheard, buf_str(&s->ehlo.auth));
	return login_begin(s->login, e);
}

/* The first mechanism; or the next, which has begun when one failed. */
enum phase
opening_auth(struct session *s)
{
	struct err e = ERR_INIT;

	if (s->login == NULL && begin_login(s, &e) == -1)
		return phase_fail(s, e.kind, "%s", e.text);
	if (say_auth(s) == -1)
		return phase_fail(s, ERR_CONFIG, "%s: the user or the password "
		    "is too long", login_name(s->login));
	lane_push(&s->lane, V_AUTH, 0);
	return PH_LOGIN;
}

static enum phase
logged_in(struct session *s)
{
	const char *user = s->params.auth->user;

	if (!login_content(s->login) || s->held.len > 0) {
		phase_fail(s, ERR_PROTOCOL, "the server accepted the login "
		    "before %s was through; it may be an impostor",
		    login_name(s->login));
		return phase_hang_up(s);
	}
	log_story("logged in%s%s by %s", user != NULL ? " as " : "",
	    user != NULL ? str_shown(user, strlen(user)) : "",
	    login_name(s->login));
	strlcpy(s->mechanism, login_name(s->login), sizeof(s->mechanism));
	login_free(s->login);
	s->login = NULL;
	return PH_READY;
}

/*
 * The exchange is stuck: leave it, by "*" if there is another way, or it was we
 * who failed; else without a word, for now any would be a response, and who
 * plays tricks gets none.
 */
static enum phase
stuck(struct session *s, struct err *e)
{
	int r, over = login_failed(s->login, e) == -1;

	if (over && (login_has_shown(s->login) ||
	    !login_is_final(s->login, &s->last)))
		return phase_fail(s, e->kind, "%s", e->text);
	if (over)
		s->err = *e;
	r = command_add(&s->out, "*");
	assert(r == 0);
	(void)r;
	lane_push(&s->lane, V_CANCEL, 0);
	return PH_LOGIN;
}

/* 334 */
static enum phase
challenged(struct session *s)
{
	struct buf response = BUF_SECRET(SASL_RESPONSE_MAX);
	struct err e = ERR_INIT;
	int r = 0;

	if (s->held.len > 0) {
		buf_add(&response, buf_str(&s->held), s->held.len);
		buf_clear(&s->held);
	} else
		r = login_answer(s->login, buf_str(&s->reply.text), &response,
		    &e);
	if (r == 0) {
		phase_told(s, buf_str(&response));
		r = command_secret(&s->out, "", buf_str(&response));
		assert(r == 0);
		login_said(s->login);
		lane_push(&s->lane, V_AUTH, 0);
	}
	buf_free(&response);
	return r == 0 ? PH_LOGIN : stuck(s, &e);
}

enum phase
opening_on_auth(struct session *s, size_t unused)
{
	struct err e = ERR_INIT;

	(void)unused;
	if (s->reply.code == 334)
		return challenged(s);
	if (s->reply.code == 235)
		return logged_in(s);
	buf_clear(&s->held);
	s->phase = PH_READY;			/* the exchange is over */
	if (login_refused(s->login, &s->reply, &e) == 0)
		return PH_AUTH;
	return phase_fail(s, e.kind, "%s", e.text);
}

/* RFC 4954 4: to "*" the reply is 501. */
enum phase
opening_on_cancel(struct session *s, size_t unused)
{
	(void)unused;
	if (reply_class(&s->reply) >= 4)
		return s->err.kind != ERR_NONE ? PH_QUIT : PH_AUTH;
	return phase_fail(s, ERR_PROTOCOL, "the server goes on with a login "
	    "that was cancelled: %s", reply_words(&s->reply));
}
