#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "base/str.h"
#include "gnu.h"

#define STEPS_MAX	16

char *
password_of(const struct options *o, const char *user)
{
	FILE *file = o->users == NULL ? NULL : fopen(o->users, "r");
	char *line = NULL, *found = NULL;
	size_t size = 0, n = strlen(user);

	if (file == NULL)
		return NULL;
	while (found == NULL && getline(&line, &size, file) != -1) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, user, n) == 0 && line[n] == ' ')
			found = mem_str(line + n + 1);
	}
	fclose(file);
	free(line);
	return found;
}

static int
give_password(struct client *c, Gsasl_session *s)
{
	const char *user = gsasl_property_fast(s, GSASL_AUTHID);
	char *password = user == NULL ? NULL : password_of(c->options, user);

	if (password == NULL)
		return GSASL_NO_PASSWORD;
	gsasl_property_set(s, GSASL_PASSWORD, password);
	free(password);
	return GSASL_OK;
}

/* For -PLUS alone: with it, libgsasl takes one that a client of the plain
 * mechanism could have used for a downgrade. */
static int
give_binding(struct client *c, Gsasl_session *s, Gsasl_property property)
{
	const char *mechanism = gsasl_mechanism_name(s), *dash;
	const char *name = property == GSASL_CB_TLS_UNIQUE ? "tls-unique" :
	    "tls-exporter";
	struct buf octets = BUF_MAX(1024);
	int r = GSASL_NO_CALLBACK;

	dash = mechanism == NULL ? NULL : strrchr(mechanism, '-');
	if (dash == NULL || strcmp(dash, "-PLUS") != 0)
		return r;
	if (tls_binding(c, name, &octets) == 0) {
		gsasl_property_set(s, property, buf_str(&octets));
		c->binding = name;
		r = GSASL_OK;
	}
	buf_free(&octets);
	return r;
}

static int
give_words(struct client *c, Gsasl_session *s, Gsasl_property property)
{
	gsasl_property_set(s, property, property == GSASL_SERVICE ?
	    c->options->service : c->options->host);
	return GSASL_OK;
}

static int
validate_external(struct client *c, Gsasl_session *s, Gsasl_property property)
{
	(void)s;
	(void)property;
	return c->certified ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
}

static int
validate_any(struct client *c, Gsasl_session *s, Gsasl_property property)
{
	(void)c;
	(void)s;
	(void)property;
	return GSASL_OK;
}

static int
answer_password(struct client *c, Gsasl_session *s, Gsasl_property property)
{
	(void)property;
	return give_password(c, s);
}

static const struct answer {
	Gsasl_property	 property;
	int		(*give)(struct client *, Gsasl_session *,
			    Gsasl_property);
} answers[] = {
	{ GSASL_PASSWORD,		answer_password },
	{ GSASL_CB_TLS_UNIQUE,		give_binding },
	{ GSASL_CB_TLS_EXPORTER,	give_binding },
	{ GSASL_SERVICE,		give_words },
	{ GSASL_HOSTNAME,		give_words },
	{ GSASL_REALM,			give_words },
	{ GSASL_VALIDATE_EXTERNAL,	validate_external },
	{ GSASL_VALIDATE_ANONYMOUS,	validate_any },
	{ GSASL_VALIDATE_GSSAPI,	validate_any },
};

static int
answer(Gsasl *context, Gsasl_session *s, Gsasl_property property)
{
	struct client *c = gsasl_callback_hook_get(context);
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].property == property)
			return answers[i].give(c, s, property);
	return GSASL_NO_CALLBACK;
}

/* Challenges and answers.  Returns GSASL_OK, what went wrong, or -1 when the
 * connection is gone. */
static int
exchange(struct client *c, Gsasl_session *s, const char *first)
{
	struct buf line = BUF_MAX(LINE_MAX_OCTETS);
	const char *in = first;
	char *out;
	unsigned n;
	int r = GSASL_NEEDS_MORE, owes = 0;

	for (n = 0; n < STEPS_MAX && r == GSASL_NEEDS_MORE; n++) {
		out = NULL;
		r = gsasl_step64(s, in, &out);
		owes = r == GSASL_OK && out != NULL && *out != '\0';
		if ((r == GSASL_NEEDS_MORE || owes) &&
		    (client_say(c, "334 %s", out) == -1 ||
		    client_line(c, &line) == -1))
			r = -1;
		gsasl_free(out);
		in = buf_str(&line);
		if (r != -1 && strcmp(in, "*") == 0)
			r = GSASL_AUTHENTICATION_ERROR;
	}
	buf_free(&line);
	return r;
}

static char *
who(const struct client *c, Gsasl_session *s)
{
	static const Gsasl_property names[] = { GSASL_AUTHID,
	    GSASL_GSSAPI_DISPLAY_NAME, GSASL_ANONYMOUS_TOKEN };
	struct buf subject = BUF_MAX(4096);
	const char *name = NULL;
	char *copy;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && name == NULL; i++)
		name = gsasl_property_fast(s, names[i]);
	if (name == NULL && c->tls != NULL) {
		tls_subject(c, &subject);
		name = buf_str(&subject);
	}
	copy = mem_str(name == NULL || *name == '\0' ? "-" : name);
	buf_free(&subject);
	return copy;
}

static const struct fault {
	const char	*name;
	const char	*reply;		/* NULL: none */
} faults[] = {
	{ "refuse",	"535 5.7.8 refused all the same" },
	{ "busy",	"454 4.7.0 not now" },
	{ "drop",	NULL },
};

/* Is there one?  Then it was done. */
static int
did_fault(struct client *c)
{
	size_t i;

	if (c->options->fault == NULL)
		return 0;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(faults[i].name, c->options->fault) != 0)
			continue;
		if (faults[i].reply == NULL)
			c->over = 1;
		else
			client_say(c, "%s", faults[i].reply);
		return 1;
	}
	errx(EX_USAGE, "unknown fault: %s", c->options->fault);
}

/* Takes ownership of name, which is that of nobody where it is NULL. */
static void
conclude(struct client *c, char *name, const char *mechanism, const char *why)
{
	if (name == NULL) {
		client_log(c, "login-failed %s %s", mechanism, why);
		client_say(c, "535 5.7.8 wrong");
		return;
	}
	client_log(c, "login %s %s %s", mechanism, name,
	    c->binding == NULL ? "-" : c->binding);
	if (did_fault(c)) {
		free(name);
		return;
	}
	c->name = name;
	client_say(c, "235 2.7.0 welcome");
}

/* Returns who it is, or NULL with why. */
static char *
by_gsasl(struct client *c, const char *mechanism, const char *first,
    const char **why)
{
	Gsasl *context;
	Gsasl_session *s;
	char *name = NULL;
	int r;

	if (gsasl_init(&context) != GSASL_OK)
		errx(EX_SOFTWARE, "libgsasl");
	gsasl_callback_hook_set(context, c);
	gsasl_callback_set(context, answer);
	r = gsasl_server_start(context, mechanism, &s);
	if (r == GSASL_OK) {
		r = exchange(c, s, first);
		if (r == GSASL_OK)
			name = who(c, s);
		gsasl_finish(s);
	}
	*why = r == -1 ? "gone" : gsasl_strerror_name(r);
	gsasl_done(context);
	return name;
}

static int
is_offered(const char *words, const char *name)
{
	size_t n = strlen(name), k;

	for (; *words != '\0'; words += k + strspn(words + k, " ")) {
		k = strcspn(words, " ");
		if (str_same_n(words, k, name, n))
			return 1;
	}
	return 0;
}

/* RFC 4954 4: MECHANISM, and after a blank the initial response, of which "="
 * is an empty one. */
void
login(struct client *c, const char *words)
{
	char *mechanism = mem_strn(words, strcspn(words, " ")), *name;
	const char *first = strchr(words, ' '), *why = "token";

	c->binding = NULL;
	if (first != NULL && strcmp(++first, "=") == 0)
		first = "";
	if (!is_offered(c->options->mechanisms, mechanism)) {
		client_log(c, "login-failed %s not offered", mechanism);
		client_say(c, "504 5.5.4 not offered");
	} else {
		name = is_bearer(mechanism) ? bearer(c, mechanism, first) :
		    by_gsasl(c, mechanism, first, &why);
		conclude(c, name, mechanism, why);
	}
	free(mechanism);
}
