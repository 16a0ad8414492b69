#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/dynlib.h"
#include "base/mem.h"
#include "base/str.h"
#include "smtp/sasl.h"

#ifndef GSASL_SONAME
#define GSASL_SONAME	"libgsasl.so.18"
#endif

/* Strongest first. */
static const struct mechanism {
	const char	*name;
	int		 client_first;
	int		 reveals;	/* the password, to the server and to
					 * whoever listens */
	int		 rounds;	/* the server says how many */
} mechanisms[] = {
	{ "SCRAM-SHA-256", 1, 0, 1 },
	{ "SCRAM-SHA-1", 1, 0, 1 },
	{ "CRAM-MD5", 0, 0, 0 },
	{ "PLAIN", 1, 1, 0 },
	{ "LOGIN", 0, 1, 0 },
};

#define STEPS_MAX	4	/* challenges that any of them needs */
#define NMECHANISMS	(sizeof(mechanisms) / sizeof(mechanisms[0]))

struct sasl {
	const struct mechanism	*mechanism;
	const struct sasl_params *params;
	Gsasl			*context;
	Gsasl_session		*session;
	struct err		 why;	/* what ask() said */
	int			 content;
	unsigned		 steps;		/* challenges so far */
};

/* What is used of libgsasl: name, and a pointer of its type called that. */
#define FUNCTIONS(F) \
	F(gsasl_callback_set) F(gsasl_client_start) F(gsasl_done) \
	F(gsasl_finish) F(gsasl_free) F(gsasl_init) F(gsasl_property_set) \
	F(gsasl_session_hook_get) F(gsasl_session_hook_set) F(gsasl_step64) \
	F(gsasl_strerror)

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

static int
has_word(const char *list, const char *word)
{
	size_t n;

	for (; *list != '\0'; list += n) {
		list += strspn(list, " ");
		n = strcspn(list, " ");
		if (str_same_n(list, n, word, strlen(word)))
			return 1;
	}
	return 0;
}

static int
allowed(const struct sasl_params *p, const struct mechanism *m)
{
	if (p->mechanisms != NULL)
		return has_word(p->mechanisms, m->name);
	return p->protected || !m->reveals;
}

static int
nothing_in_common(const struct sasl_params *p, const char *offered,
    struct err *e)
{
	struct buf ours = BUF_MAX(256);
	size_t i;

	for (i = 0; i < NMECHANISMS; i++)
		if (allowed(p, &mechanisms[i]))
			buf_addf(&ours, " %s", mechanisms[i].name);
	err_set(e, ERR_UNAVAIL, "no login in common: the server offers%s, and "
	    "this account allows%s%s", offered[0] != '\0' ?
	    str_shown(offered, strlen(offered)) : " none", buf_str(&ours),
	    p->mechanisms == NULL && !p->protected ? " (without TLS); turn tls "
	    "on" : "; see \"auth\" in posthorn.conf(5)");
	buf_free(&ours);
	return -1;
}

/* libgsasl asks for what it needs; all but the password it has. */
static int
on_need(Gsasl *context, Gsasl_session *session, Gsasl_property what)
{
	struct sasl *s = call(session_hook_get)(session);
	const char *password;

	(void)context;
	if (what != GSASL_PASSWORD)
		return GSASL_NO_CALLBACK;
	if (s->params->ask(s->params->arg, &password, &s->why) == -1)
		return GSASL_NO_PASSWORD;
	return call(property_set)(session, GSASL_PASSWORD, password);
}

static int
failed(struct sasl *s, int r, struct err *e)
{
	if (s->why.kind != ERR_NONE) {
		*e = s->why;
		return -1;
	}
	if (r == GSASL_SASLPREP_ERROR)
		return err_set(e, ERR_CONFIG, "%s: the user or the password is "
		    "not UTF-8 text", s->mechanism->name);
	if (r == GSASL_AUTHENTICATION_ERROR && s->mechanism->rounds)
		return err_set(e, ERR_PROTOCOL, "%s: the server did not prove "
		    "that it knows the password; nothing was sent",
		    s->mechanism->name);
	return err_set(e, ERR_PROTOCOL, "%s: %s", s->mechanism->name,
	    call(strerror)(r));
}

static int
open_session(struct sasl *s, struct err *e)
{
	int r;

	r = call(init)(&s->context);
	if (r == GSASL_OK) {
		call(callback_set)(s->context, on_need);
		r = call(client_start)(s->context, s->mechanism->name,
		    &s->session);
	}
	if (r == GSASL_OK) {
		call(session_hook_set)(s->session, s);
		r = call(property_set)(s->session, GSASL_AUTHID,
		    s->params->user != NULL ? s->params->user : "");
	}
	if (r != GSASL_OK)
		return err_set(e, ERR_UNAVAIL, "%s: libgsasl: %s",
		    s->mechanism->name, call(strerror)(r));
	return 0;
}

int
sasl_start(struct sasl **result, const struct sasl_params *p,
    const char *offered, struct err *e)
{
	static void *handle;
	struct sasl *s;
	size_t i;

	*result = NULL;
	for (i = 0; i < NMECHANISMS; i++)
		if (allowed(p, &mechanisms[i]) &&
		    has_word(offered, mechanisms[i].name))
			break;
	if (i == NMECHANISMS)
		return nothing_in_common(p, offered, e);
	if (dynlib_open(&handle, GSASL_SONAME, symbols,
	    sizeof(symbols) / sizeof(symbols[0]), e) == -1)
		return -1;
	s = mem_new(1, sizeof(*s));
	s->mechanism = &mechanisms[i];
	s->params = p;
	if (open_session(s, e) == -1) {
		sasl_free(s);
		return -1;
	}
	*result = s;
	return 0;
}

const char *
sasl_name(const struct sasl *s)
{
	return s->mechanism->name;
}

static int
step(struct sasl *s, const char *challenge, struct buf *out, struct err *e)
{
	char *answer = NULL;
	int r, fits = 0;

	r = call(step64)(s->session, challenge, &answer);
	if (r != GSASL_OK && r != GSASL_NEEDS_MORE)
		return failed(s, r, e);
	s->content = r == GSASL_OK;
	if (answer != NULL) {
		fits = buf_adds(out, answer);
		explicit_bzero(answer, strlen(answer));
		call(free)(answer);
	}
	if (fits == -1)
		return err_set(e, ERR_CONFIG, "%s: the user or the password "
		    "is too long", s->mechanism->name);
	return 0;
}

int
sasl_first(struct sasl *s, struct buf *out, struct err *e)
{
	if (!s->mechanism->client_first)
		return 0;
	return step(s, NULL, out, e) == -1 ? -1 : 1;
}

/*
 * RFC 5802 5.1: i=, the number of rounds, costs us and not the server, so one
 * that is not to be believed must not keep us busy for hours.
 */
static int
check_rounds(const struct sasl *s, const char *challenge, struct err *e)
{
	struct buf text = BUF_MAX(SASL_RESPONSE_MAX);
	const char *p;
	char rounds[24];
	long long n;
	int r = 0;

	if (base64_read(&text, challenge, strlen(challenge)) == -1)
		r = err_set(e, ERR_PROTOCOL, "%s: the challenge is not base64",
		    s->mechanism->name);
	else if (memchr(buf_str(&text), '\0', text.len) != NULL)
		r = err_set(e, ERR_PROTOCOL, "%s: the challenge holds a NUL",
		    s->mechanism->name);
	else if (s->mechanism->rounds &&
	    (p = strstr(buf_str(&text), ",i=")) != NULL) {
		strlcpy(rounds, p + 3, sizeof(rounds));
		rounds[strcspn(rounds, ",")] = '\0';
		if (str_number(rounds, 1, SASL_ROUNDS_MAX, &n) == -1)
			r = err_set(e, ERR_PROTOCOL, "%s: the server asks for "
			    "%s rounds; %d is the most", s->mechanism->name,
			    str_shown(rounds, strlen(rounds)),
			    SASL_ROUNDS_MAX);
	}
	buf_free(&text);
	return r;
}

int
sasl_step(struct sasl *s, const char *challenge, struct buf *out,
    struct err *e)
{
	if (s->content || ++s->steps > STEPS_MAX)
		return err_set(e, ERR_PROTOCOL, "%s: the server asks on when "
		    "all was said", s->mechanism->name);
	if (check_rounds(s, challenge, e) == -1)
		return -1;
	return step(s, challenge, out, e);
}

int
sasl_content(const struct sasl *s)
{
	return s->content;
}

void
sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	if (s->session != NULL)
		call(finish)(s->session);
	if (s->context != NULL)
		call(done)(s->context);
	free(s);
}
