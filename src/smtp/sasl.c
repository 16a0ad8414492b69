#include <gsasl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/dynlib.h"
#include "base/mem.h"
#include "base/str.h"
#include "smtp/bearer.h"
#include "smtp/challenge.h"
#include "smtp/sasl.h"

#ifndef GSASL_SONAME
#define GSASL_SONAME	"libgsasl.so.18"
#endif

#define STEPS_MAX	4	/* challenges that any of them needs */
#define WHY_MAX		1024
#define BINDING_MAX	1024	/* TLS has 32 octets, or a hash's worth */
#define NAME_XOAUTH2	"XOAUTH2"
#define SERVICE		"smtp"
#define OTHER		"; name another mechanism by \"auth\", if there is one"

struct sasl {
	const struct mech	*mech;
	const struct sasl_params *params;
	enum tls_binding	 binding;
	struct buf		 bound;		/* that, in base64 */
	Gsasl			*context;
	Gsasl_session		*session;
	enum sasl_fault		 fault;
	struct err		 unasked;	/* what ask() said */
	struct buf		 why;
	int			 asked;		/* for the password */
	int			 content;
	unsigned		 steps;		/* challenges so far */
};

/* What is used of libgsasl: name, and a pointer of its type called that. */
#define FUNCTIONS(F) \
	F(gsasl_callback_hook_get) F(gsasl_callback_hook_set) \
	F(gsasl_callback_set) F(gsasl_client_start) F(gsasl_done) \
	F(gsasl_finish) F(gsasl_free) F(gsasl_init) F(gsasl_property_fast) \
	F(gsasl_property_set) F(gsasl_step) F(gsasl_strerror)

#define POINTER(f)	__typeof__(f) *f##_;
#define SYMBOL(f)	{ #f, &lib.f##_ },

static struct { FUNCTIONS(POINTER) } lib;
static const struct dynlib_symbol symbols[] = { FUNCTIONS(SYMBOL) };

/* Short names for what is behind the pointers. */
#define call(f)	(lib.gsasl_##f##_)

const char *
sasl_library(void)
{
	return GSASL_VERSION;
}

struct sasl *
sasl_new(const struct mech *m, const struct sasl_params *p,
    enum tls_binding binding, const struct buf *octets)
{
	struct sasl *s = mem_new(1, sizeof(*s));

	s->mech = m;
	s->params = p;
	s->bound = (struct buf)BUF_MAX(BINDING_MAX);
	s->why = (struct buf)BUF_MAX(WHY_MAX);
	/* With a binding at hand libgsasl's SCRAM without one fails. */
	if ((m->is & MECH_BINDING) && binding != TLS_NO_BINDING &&
	    base64_add(&s->bound, buf_str(octets), octets->len) == 0)
		s->binding = binding;
	return s;
}

/* ---------------------------------------------------- what libgsasl asks */

static const char *
user(const struct sasl *s)
{
	return s->params->user != NULL ? s->params->user : "";
}

static const char *
authzid(const struct sasl *s)
{
	return (s->mech->is & MECH_AUTHZID) ? s->params->user : NULL;
}

/* RFC 4505 2: a trace, which nobody is asked for. */
static const char *
trace(const struct sasl *s)
{
	return s->params->user != NULL ? s->params->user : "anonymous";
}

static const char *
service(const struct sasl *s)
{
	(void)s;
	return SERVICE;
}

static const char *
host(const struct sasl *s)
{
	const char *name = s->params->host;

	return name != NULL && name[0] != '\0' ? name : NULL;
}

static const char *
realm(const struct sasl *s)
{
	return s->params->realm;
}

static const char *
exporter(const struct sasl *s)
{
	return s->binding == TLS_EXPORTER ? buf_str(&s->bound) : NULL;
}

static const char *
unique(const struct sasl *s)
{
	return s->binding == TLS_UNIQUE ? buf_str(&s->bound) : NULL;
}

static const struct fact {
	Gsasl_property	 what;
	const char	*(*of)(const struct sasl *);
} facts[] = {
	{ GSASL_AUTHID, user }, { GSASL_AUTHZID, authzid },
	{ GSASL_ANONYMOUS_TOKEN, trace }, { GSASL_SERVICE, service },
	{ GSASL_HOSTNAME, host }, { GSASL_REALM, realm },
	{ GSASL_CB_TLS_EXPORTER, exporter }, { GSASL_CB_TLS_UNIQUE, unique },
};

static int
ask(struct sasl *s, const char **text)
{
	if (s->params->ask(s->params->arg, text, &s->unasked) == -1)
		return -1;
	s->asked = 1;
	if ((s->mech->is & MECH_NTLM) && strlen(*text) > NTLM_PASSWORD_MAX)
		return err_set(&s->unasked, ERR_CONFIG, "%s: the password is "
		    "too long; %d octets is the most", s->mech->name,
		    NTLM_PASSWORD_MAX);
	return 0;
}

/* libgsasl asks for what it needs. */
static int
on_need(Gsasl *context, Gsasl_session *session, Gsasl_property what)
{
	struct sasl *s = call(callback_hook_get)(context);
	const char *text = NULL;
	size_t i;

	if (what == GSASL_PASSWORD && ask(s, &text) == -1)
		return GSASL_NO_PASSWORD;
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (facts[i].what == what)
			text = facts[i].of(s);
	return text == NULL ? GSASL_NO_CALLBACK :
	    call(property_set)(session, what, text);
}

/* ------------------------------------------------------------- failures */

static int
is_proof(const struct sasl *s, int r)
{
	return r == GSASL_AUTHENTICATION_ERROR && (s->mech->is &
	    MECH_PASSWORD) && s->steps > 0;
}

/* What libgsasl found wrong. */
static int
failed(struct sasl *s, int r, struct err *e)
{
	const char *name = s->mech->name;
	const char *to = host(s) != NULL ? host(s) : "";

	s->fault = SASL_OWN;
	if (s->unasked.kind != ERR_NONE) {
		s->fault = SASL_ALL;
		*e = s->unasked;
		return -1;
	}
	if (r == GSASL_SASLPREP_ERROR)
		return err_set(e, ERR_CONFIG, "%s: the user or the password is "
		    "not UTF-8 text, or has in it what none may (RFC 4013); is "
		    "the file in another charset?", name);
	if (is_proof(s, r)) {
		s->fault = SASL_SERVER;
		return err_set(e, ERR_PROTOCOL, "%s: the server did not prove "
		    "that it knows the password; nothing was sent", name);
	}
	if ((s->mech->is & MECH_KERBEROS) && s->steps == 0)
		return err_set(e, ERR_TEMP, "%s: no Kerberos ticket for "
		    "%s@%s; see kinit(1)", name, SERVICE, to);
	if (s->mech->is & MECH_KERBEROS) {
		s->fault = SASL_SERVER;
		return err_set(e, ERR_PROTOCOL, "%s: the server did not prove "
		    "to be %s@%s; nothing was sent", name, SERVICE, to);
	}
	return err_set(e, s->steps == 0 ? ERR_UNAVAIL : ERR_PROTOCOL, "%s: %s"
	    OTHER, name, call(strerror)(r));
}

/* Where the server was shown a proof of the password, what fails then is no
 * mere accident: it may be guessing. */
static int
blame(struct sasl *s)
{
	if (s->fault == SASL_OWN && s->steps > 1 &&
	    (s->mech->is & MECH_PASSWORD))
		s->fault = SASL_SERVER;
	return -1;
}

/* ---------------------------------------------------------------- steps */

static int
open_session(struct sasl *s, struct err *e)
{
	static void *handle;
	int r;

	if (dynlib_open(&handle, GSASL_SONAME, symbols,
	    sizeof(symbols) / sizeof(symbols[0]), e) == -1) {
		s->fault = SASL_ALL;
		return -1;
	}
	r = call(init)(&s->context);
	if (r == GSASL_OK) {
		call(callback_set)(s->context, on_need);
		call(callback_hook_set)(s->context, s);
		r = call(client_start)(s->context, s->mech->name,
		    &s->session);
	}
	if (r == GSASL_OK)
		return 0;
	s->fault = SASL_OWN;
	return err_set(e, ERR_UNAVAIL, "%s: libgsasl: %s" OTHER, s->mech->name,
	    call(strerror)(r));
}

static int
too_long(struct sasl *s, struct err *e)
{
	s->fault = SASL_ALL;
	return err_set(e, ERR_CONFIG, "%s: the user or the password is too "
	    "long", s->mech->name);
}

static int
fits_ntlm(const struct sasl *s)
{
	return strlen(user(s)) <= NTLM_USER_MAX &&
	    (realm(s) == NULL || strlen(realm(s)) <= NTLM_REALM_MAX);
}

/* The challenge has a NUL behind it, as all that is in a buf: libgsasl reads
 * some as strings, and its own decoding of base64 leaves it out. */
static int
step(struct sasl *s, const struct buf *challenge, struct buf *out,
    struct err *e)
{
	char *answer = NULL;
	size_t n = 0;
	int r, fits = 0;

	r = call(step)(s->session, challenge != NULL ? buf_str(challenge) :
	    NULL, challenge != NULL ? challenge->len : 0, &answer, &n);
	if (r != GSASL_OK && r != GSASL_NEEDS_MORE)
		return failed(s, r, e);
	s->content = r == GSASL_OK;
	if (answer != NULL) {
		fits = base64_add(out, answer, n);
		explicit_bzero(answer, n);
		call(free)(answer);
	}
	return fits == -1 ? too_long(s, e) : 0;
}

static struct bearer
bearer_of(const struct sasl *s, const char *token)
{
	return (struct bearer){
		.xoauth2 = strcmp(s->mech->name, NAME_XOAUTH2) == 0,
		.user = s->params->user, .host = s->params->host,
		.port = s->params->port, .token = token,
	};
}

static int
say_token(struct sasl *s, struct buf *out, struct err *e)
{
	struct buf clear = BUF_SECRET(SASL_RESPONSE_MAX / 4 * 3);
	struct bearer b;
	const char *token;
	int r = -1;

	s->fault = SASL_ALL;
	if (s->params->ask(s->params->arg, &token, e) == -1)
		return -1;
	s->asked = 1;
	b = bearer_of(s, token);
	if (bearer_first(&b, &clear, e) == 0)
		r = base64_add(out, buf_str(&clear), clear.len) == 0 ? 1 :
		    too_long(s, e);
	buf_free(&clear);
	s->content = r == 1;
	if (r == 1)
		s->fault = SASL_SOUND;
	return r;
}

/* From now on only a refusal makes sense. */
static int
hear_denial(struct sasl *s, const char *challenge, struct buf *out)
{
	struct buf json = BUF_MAX(SASL_RESPONSE_MAX), answer = BUF_MAX(16);
	const char *token = "";
	struct bearer b;

	/* Who has said it once has it still. */
	if (s->params->ask(s->params->arg, &token, &s->unasked) == -1)
		token = "";
	b = bearer_of(s, token);
	s->content = 0;
	base64_read(&json, challenge, strlen(challenge));
	bearer_denied(&b, buf_str(&json), json.len, &answer, &s->why);
	base64_add(out, buf_str(&answer), answer.len);
	buf_free(&json);
	buf_free(&answer);
	return 0;
}

int
sasl_first(struct sasl *s, struct buf *out, struct err *e)
{
	if (s->mech->is & MECH_BEARER)
		return say_token(s, out, e);
	if ((s->mech->is & MECH_NTLM) && !fits_ntlm(s)) {
		s->fault = SASL_OWN;
		return err_set(e, ERR_CONFIG, "%s: the user or the domain is "
		    "too long; %d and %d octets are the most", s->mech->name,
		    NTLM_USER_MAX, NTLM_REALM_MAX);
	}
	if (open_session(s, e) == -1)
		return -1;
	if (!(s->mech->is & MECH_FIRST))
		return 0;
	return step(s, NULL, out, e) == -1 ? -1 : 1;
}

/* One that libgsasl has, and is not content yet. */
static int
go_on(struct sasl *s, const char *challenge, struct buf *out, struct err *e)
{
	struct buf text = BUF_MAX(SASL_RESPONSE_MAX);
	int r = -1;

	s->fault = challenge_read(s->mech, challenge, &text, e);
	if (s->fault == SASL_SOUND)
		r = step(s, &text, out, e);
	buf_free(&text);
	return r == -1 ? blame(s) : 0;
}

int
sasl_step(struct sasl *s, const char *challenge, struct buf *out,
    struct err *e)
{
	int bearer = (s->mech->is & MECH_BEARER) != 0;

	if (++s->steps > STEPS_MAX || s->content != bearer) {
		s->fault = (s->mech->is & MECH_PASSWORD) ? SASL_ALL : SASL_OWN;
		return err_set(e, ERR_PROTOCOL, "%s: the server asks on when "
		    "all was said" OTHER, s->mech->name);
	}
	return bearer ? hear_denial(s, challenge, out) :
	    go_on(s, challenge, out, e);
}

int
sasl_has_secret(const struct sasl *s)
{
	return s->asked;
}

int
sasl_answered(const struct sasl *s)
{
	return s->steps > 0;
}

enum sasl_fault
sasl_fault(const struct sasl *s)
{
	return s->fault;
}

const char *
sasl_why(const struct sasl *s)
{
	return buf_str(&s->why);
}

int
sasl_content(const struct sasl *s)
{
	return s->content;
}

/* libgsasl's copy of the password would stay in memory that is free. */
static void
forget(Gsasl_session *session)
{
	const char *word = call(property_fast)(session, GSASL_PASSWORD);

	if (word != NULL)
		explicit_bzero((void *)(uintptr_t)word, strlen(word));
}

void
sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	if (s->session != NULL) {
		forget(s->session);
		call(finish)(s->session);
	}
	if (s->context != NULL)
		call(done)(s->context);
	buf_free(&s->bound);
	buf_free(&s->why);
	free(s);
}
