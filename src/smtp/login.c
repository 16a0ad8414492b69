#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "smtp/login.h"

#define EARLIER_MAX	800
#define BINDING_MAX	512

struct login {
	const struct sasl_params *params;
	const char	*offered;
	struct sasl	*sasl;
	const struct mech *mech;	/* at hand; NULL: none yet */
	struct buf	 first;
	int		 has_first;
	unsigned	 tried;		/* a bit each, by mech_at()'s index */
	unsigned	 tries;		/* that the server has heard of */
	struct buf	 earlier;	/* what failed, and why */
	enum tls_binding binding;
	struct buf	 bound;
	int		 asked;		/* for the binding */
	int		 shown;		/* the password, or a proof of it, by
					 * the mechanism at hand */
	int		 ever_shown;
	int		 proved;	/* to a server that did not say yes */
};

struct login *
login_new(const struct sasl_params *p, const char *offered)
{
	struct login *l = mem_new(1, sizeof(*l));

	l->params = p;
	l->offered = offered;
	l->first = (struct buf)BUF_SECRET(SASL_RESPONSE_MAX);
	l->earlier = (struct buf)BUF_MAX(EARLIER_MAX);
	l->bound = (struct buf)BUF_MAX(BINDING_MAX);
	return l;
}

/* --------------------------------------------------------------- choice */

/* Does the account let it, and have what it needs, the binding apart? */
static int
allowed(const struct login *l, const struct mech *m)
{
	const struct sasl_params *p = l->params;

	if (p->mechanisms != NULL)
		return mech_among(p->mechanisms, m);
	if (m->is & MECH_NAMED)
		return 0;
	if ((m->is & MECH_REVEALS) && !p->protected)
		return 0;
	if ((m->is & MECH_BINDING) && !p->protected)
		return 0;
	if ((m->is & MECH_CERTIFICATE) && !p->certificate)
		return 0;
	return !(m->is & MECH_USER) || p->user != NULL;
}

static int
is_bound(struct login *l, const struct mech *m)
{
	if (!(m->is & MECH_BINDING))
		return 1;
	if (!l->asked && l->params->binding != NULL)
		l->binding = l->params->binding(l->params->arg, &l->bound);
	l->asked = 1;
	return l->binding != TLS_NO_BINDING;
}

/* The first that is left, of those only that want no password, or of all. */
static const struct mech *
pick(struct login *l, unsigned without)
{
	const struct mech *m;
	size_t i;

	for (i = 0; (m = mech_at(i)) != NULL; i++) {
		if ((l->tried & 1U << i) || (m->is & without) ||
		    (l->proved && (m->is & MECH_REVEALS)) ||
		    !mech_among(l->offered, m) || !allowed(l, m))
			continue;
		if (l->params->mechanisms == NULL && !is_bound(l, m))
			continue;
		l->tried |= 1U << i;
		return m;
	}
	return NULL;
}

/* Nobody is asked for a password while there is another way. */
static const struct mech *
next(struct login *l)
{
	const struct mech *m = NULL;

	if (l->params->no_password)
		m = pick(l, MECH_PASSWORD);
	return m != NULL ? m : pick(l, 0);
}

/* A token in the password's place is nothing to be guessed at: say so. */
static const char *
hint(const struct login *l)
{
	const struct mech *m;
	size_t i;

	if (l->params->mechanisms != NULL)
		return "; see \"auth\" in posthorn.conf(5)";
	if (!l->params->protected)
		return " (without TLS); turn tls on";
	for (i = 0; (m = mech_at(i)) != NULL; i++)
		if ((m->is & MECH_BEARER) && mech_among(l->offered, m))
			return "; a login by token has to be named: see "
			    "\"auth\" in posthorn.conf(5)";
	return "; see \"auth\" in posthorn.conf(5)";
}

static int
nothing_in_common(const struct login *l, struct err *e)
{
	struct buf ours = BUF_MAX(256);
	const struct mech *m;
	size_t i;

	for (i = 0; (m = mech_at(i)) != NULL; i++)
		if (allowed(l, m))
			buf_addf(&ours, " %s", m->name);
	err_set(e, ERR_UNAVAIL, "no login in common: the server offers%s, and "
	    "this account allows%s%s", l->offered[0] != '\0' ?
	    str_shown(l->offered, strlen(l->offered)) : " none",
	    buf_str(&ours), hint(l));
	buf_free(&ours);
	return -1;
}

/* -------------------------------------------------------------- attempts */

/* Several failed: tell of those before the last. */
static int
conclude(struct login *l, struct err *e)
{
	if (l->earlier.len > 0)
		err_suffix(e, "; before that, %s", buf_str(&l->earlier));
	return -1;
}

static void
note(struct login *l, const char *why)
{
	log_story("%s; trying another mechanism", why);
	if (buf_addf(&l->earlier, "%s%s", l->earlier.len > 0 ? "; " : "",
	    why) == -1)
		log_debug("no room for that");
}

/* Begin by this one, and have its initial response ready. */
static int
begin(struct login *l, const struct mech *m, struct err *e)
{
	int r, bound = is_bound(l, m);

	l->mech = m;
	sasl_free(l->sasl);
	l->sasl = sasl_new(m, l->params, l->binding, &l->bound);
	buf_clear(&l->first);
	l->has_first = l->shown = 0;
	if (!bound)
		return err_set(e, ERR_UNAVAIL, "%s: there is nothing to bind "
		    "it to; that takes TLS 1.3, or 1.2 with the extended "
		    "master secret", m->name);
	r = sasl_first(l->sasl, &l->first, e);
	l->has_first = r == 1;
	if (r != -1)
		l->tries++;
	return r == -1 ? -1 : 0;
}

/* May another mechanism be tried, now that this one has failed? */
static int
may_go_on(const struct login *l)
{
	enum sasl_fault fault = sasl_fault(l->sasl);

	return l->tries < LOGIN_TRIES_MAX &&
	    (fault == SASL_OWN || fault == SASL_SOUND);
}

/*
 * Go on from a failure, which *e tells: its place is taken by that of the last
 * one, if all that are left fail too.
 */
static int
go_on(struct login *l, struct err *e)
{
	const struct mech *m;

	for (;;) {
		m = may_go_on(l) ? next(l) : NULL;
		if (m == NULL)
			return conclude(l, e);
		note(l, e->text);
		*e = (struct err)ERR_INIT;
		if (begin(l, m, e) == 0)
			return 0;
	}
}

int
login_begin(struct login *l, struct err *e)
{
	const struct mech *m = next(l);

	if (m == NULL)
		return nothing_in_common(l, e);
	return begin(l, m, e) == 0 ? 0 : go_on(l, e);
}

const char *
login_name(const struct login *l)
{
	return l->mech->name;
}

void
login_said(struct login *l)
{
	if (!sasl_has_secret(l->sasl))
		return;
	l->shown = l->ever_shown = 1;
	l->proved |= !(l->mech->is & MECH_REVEALS);
}

const struct buf *
login_first(const struct login *l)
{
	return l->has_first ? &l->first : NULL;
}

int
login_answer(struct login *l, const char *challenge, struct buf *out,
    struct err *e)
{
	return sasl_step(l->sasl, challenge, out, e);
}

int
login_failed(struct login *l, struct err *e)
{
	return go_on(l, e);
}

/*
 * Is it the mechanism that does not suit the server (RFC 4954 4 and 6)?  There
 * is none such, the line is too long or cannot be read, which it says at once;
 * or it is too weak for this user, which may come later.  A 534 with another
 * code than 5.7.9 has another reason; and once the password was in it, so may a
 * line that is said not to be understood.
 */
static int
is_of_mechanism(const struct login *l, const struct reply *r)
{
	int vague = r->dsn[0] == '\0' && !l->shown;

	if (r->code == 534)
		return vague || strcmp(r->dsn, "5.7.9") == 0;
	if (sasl_answered(l->sasl) || strcmp(r->dsn, "5.7.8") == 0)
		return 0;
	return r->code == 504 ||
	    (!l->shown && (r->code == 500 || r->code == 501));
}

/* Whoever shows no password has none that could be wrong. */
static int
is_harmless(const struct login *l, const struct reply *r)
{
	return reply_class(r) >= 4 && (!(l->mech->is & MECH_PASSWORD) ||
	    is_of_mechanism(l, r));
}

int
login_refused(struct login *l, const struct reply *r, struct err *e)
{
	const char *why = sasl_why(l->sasl);
	int harmless = may_go_on(l) && is_harmless(l, r);

	err_set(e, reply_kind(r, STAGE_LOGIN), "login by %s refused: %s%s%s",
	    l->mech->name, reply_words(r), why[0] != '\0' ? "; " : "", why);
	return harmless ? go_on(l, e) : conclude(l, e);
}

int
login_has_shown(const struct login *l)
{
	return l->ever_shown;
}

int
login_is_final(const struct login *l, const struct reply *last)
{
	if (l->ever_shown)
		return last->code != 454;
	return l->sasl != NULL && sasl_fault(l->sasl) == SASL_ALL;
}

int
login_content(const struct login *l)
{
	return sasl_content(l->sasl);
}

void
login_free(struct login *l)
{
	if (l == NULL)
		return;
	sasl_free(l->sasl);
	buf_free(&l->first);
	buf_free(&l->earlier);
	buf_free(&l->bound);
	free(l);
}
