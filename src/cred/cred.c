#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "cred/source.h"

#define NOTES_MAX	600		/* of an error's text */

static int
configured_get(struct quest *q, struct err *e)
{
	if (q->p->password == NULL)
		return 0;
	if (buf_adds(q->out, q->p->password) == 0)
		return 1;
	return err_set(e, ERR_CONFIG, "the password is too long");
}

static int
terminal_get(struct quest *q, struct err *e)
{
	int r = q->p->ask == NULL ? 0 :
	    q->p->ask(q->p->arg, q->p, q->out, e);

	if (r == 0)
		source_note(q, "no terminal to ask on");
	return r;
}

static const struct source {
	enum cred_source id;
	int		(*get)(struct quest *, struct err *);
} sources[] = {
	{ CRED_CONFIG, configured_get }, { CRED_EVAL, eval_get },
	{ CRED_FILE, secretfile_get }, { CRED_ENV, env_get },
	{ CRED_KEYRING, keyring_get }, { CRED_NETRC, netrcfile_get },
	{ CRED_ASKPASS, askpass_get }, { CRED_TERMINAL, terminal_get },
};

void
source_note(struct quest *q, const char *fmt, ...)
{
	va_list ap;

	if (q->notes->len > 0)
		buf_adds(q->notes, "; ");
	va_start(ap, fmt);
	if (buf_vaddf(q->notes, fmt, ap) == -1)
		buf_adds(q->notes, "...");
	va_end(ap);
}

int
source_take(struct quest *q, const char *name, const char *s, size_t n,
    struct err *e)
{
	if (n == 0)
		return err_set(e, ERR_CONFIG, "%s: it is empty", name);
	if (memchr(s, '\0', n) != NULL)
		return err_set(e, ERR_CONFIG, "%s: there is a NUL byte in it, "
		    "which no password can have", name);
	if (buf_add(q->out, s, n) == 0)
		return 1;
	return err_set(e, ERR_CONFIG, "%s: the password is too long", name);
}

int
source_line(struct quest *q, const char *name, const struct buf *said,
    struct err *e)
{
	const char *nl = memchr(buf_str(said), '\n', said->len);
	size_t n = nl != NULL ? (size_t)(nl - said->data) : said->len;
	int r;

	while (n > 0 && said->data[n - 1] == '\r')
		n--;
	if (n == 0)
		return err_set(e, ERR_TEMP, "%s said nothing", name);
	r = source_take(q, name, said->data, n, e);
	if (r == -1)
		e->kind = ERR_TEMP;
	return r;
}

void
cred_prompt(const struct cred_params *p, struct buf *out)
{
	if (p->what != NULL)
		buf_addf(out, "%s: ", str_text(p->what));
	else if (p->user == NULL)
		buf_adds(out, "password: ");
	else
		buf_addf(out, "password for %s at %s: ", str_text(p->user),
		    p->host != NULL ? str_text(p->host) : "this account");
}

/* What was missing, where it was looked for, and what to write. */
static int
nowhere(const struct quest *q, struct err *e)
{
	const struct cred_params *p = q->p;
	const char *prefix = p->prefix != NULL ? p->prefix : "";

	if (p->what != NULL)
		err_set(e, ERR_CONFIG, "no %s", str_text(p->what));
	else
		err_set(e, ERR_CONFIG, "no password for user %s",
		    p->user != NULL ? str_text(p->user) : "");
	err_suffix(e, " (%s); set \"%spassword_file\" or \"%spasswordeval\" in "
	    "the account", buf_str(q->notes), prefix, prefix);
	if (q->may_store && p->account != NULL)
		err_suffix(e, ", or run: posthorn --store-password %s",
		    str_text(p->account));
	return -1;
}

int
cred_password(const struct cred_params *p, struct buf *out, struct err *e)
{
	struct buf notes = BUF_MAX(NOTES_MAX);
	struct cred_found mine;
	struct quest q = { .p = p, .out = out, .notes = &notes,
	    .found = p->found != NULL ? p->found : &mine };
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(sources) / sizeof(sources[0]) && r == 0; i++) {
		q.found->source = sources[i].id;
		q.found->where[0] = '\0';
		r = sources[i].get(&q, e);
	}
	if (r == 0) {
		q.found->source = CRED_NONE;
		r = nowhere(&q, e);
	}
	/* They begin with their keyword. */
	if (r == -1 && p->prefix != NULL && q.found->source >= CRED_EVAL &&
	    q.found->source <= CRED_ENV)
		err_prefix(e, "%s", p->prefix);
	buf_free(&notes);
	return r == 1 ? 0 : -1;
}
