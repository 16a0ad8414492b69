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
say_auth(struct session *s, struct err *e)
{
	struct buf words = BUF_MAX(64), first = BUF_MAX(SASL_RESPONSE_MAX);
	int r = sasl_first(s->sasl, &first, e);

	buf_addf(&words, "AUTH %s", sasl_name(s->sasl));
	if (r == 1 && first.len == 0)
		buf_addc(&first, '=');
	if (r == 1)
		phase_told(s, buf_str(&first));
	if (r == 1 && words.len + 1 + first.len <= AUTH_LINE_MAX)
		buf_addc(&words, ' ');
	else if (r == 1) {
		r = buf_add(&s->held, buf_str(&first), first.len);
		buf_clear(&first);
	}
	if (r != -1)
		r = command_secret(&s->out, buf_str(&words), buf_str(&first));
	buf_free(&words);
	buf_free(&first);
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

enum phase
opening_auth(struct session *s)
{
	struct err e = ERR_INIT;

	s->login = *s->params.auth;
	s->login.ask = ask;
	s->login.arg = s;
	if (sasl_start(&s->sasl, &s->login, buf_str(&s->ehlo.auth),
	    &e) == -1 || say_auth(s, &e) == -1)
		return phase_fail(s, e.kind, "%s", e.text);
	lane_push(&s->lane, V_AUTH, 0);
	return PH_LOGIN;
}

static enum phase
logged_in(struct session *s)
{
	if (!sasl_content(s->sasl) || s->held.len > 0) {
		phase_fail(s, ERR_PROTOCOL, "the server accepted the login "
		    "before %s was through; it may be an impostor",
		    sasl_name(s->sasl));
		return phase_hang_up(s);
	}
	log_story("logged in as %s by %s", str_shown(s->params.auth->user,
	    strlen(s->params.auth->user)), sasl_name(s->sasl));
	strlcpy(s->mechanism, sasl_name(s->sasl), sizeof(s->mechanism));
	sasl_free(s->sasl);
	s->sasl = NULL;
	return PH_READY;
}

/* 334: answer, or leave without a word, for now it would be a response. */
static enum phase
challenged(struct session *s)
{
	struct buf response = BUF_MAX(SASL_RESPONSE_MAX);
	struct err e = ERR_INIT;
	int r = 0;

	if (s->held.len > 0) {
		buf_add(&response, buf_str(&s->held), s->held.len);
		buf_clear(&s->held);
	} else
		r = sasl_step(s->sasl, buf_str(&s->reply.text), &response, &e);
	phase_told(s, buf_str(&response));
	if (r == 0 && command_secret(&s->out, "", buf_str(&response)) == -1)
		r = err_set(&e, ERR_CONFIG, "%s: the user or the password is "
		    "too long", sasl_name(s->sasl));
	buf_free(&response);
	if (r == -1)
		return phase_fail(s, e.kind, "%s", e.text);
	lane_push(&s->lane, V_AUTH, 0);
	return PH_LOGIN;
}

enum phase
opening_on_auth(struct session *s, size_t unused)
{
	(void)unused;
	if (s->reply.code == 334)
		return challenged(s);
	if (s->reply.code == 235)
		return logged_in(s);
	s->phase = PH_READY;			/* the exchange is over */
	return phase_refused(s, STAGE_LOGIN, "login refused: ");
}
