#include "app/fit.h"
#include "base/log.h"
#include "base/str.h"
#include "mail/dkim.h"
#include "mail/headfit.h"
#include "mail/recode.h"

/* A line that is too long as it is may be made of words that can be encoded. */
static int
fit_header(struct message *m, const struct headfit *how, struct err *e)
{
	static const struct headfit ascii = { .utf8 = 0 };

	if (headfit_apply(&m->header, how, e) == 0)
		return 0;
	if (!how->utf8 || headfit_needs_utf8(&m->header))
		return -1;
	*e = (struct err)ERR_INIT;
	return headfit_apply(&m->header, &ascii, e);
}

/* For whoever asks what became of the message. */
static const char *
reason(const struct message *m, const struct recode *how)
{
	if (how->any)
		return "mail cannot carry it as it is, or it does not say what "
		    "it is";
	if (!how->eightbit)
		return "the server takes 7-bit text only";
	return message_binary(m) ? "what holds binary parts must say so" :
	    "the server takes no binary parts, or no UTF-8 in the headers of "
	    "parts";
}

static int
fit(struct message *m, const struct recode *how, struct err *e)
{
	const struct headfit head = { .utf8 = how->utf8 };
	unsigned before = m->recoded;

	if (fit_header(m, &head, e) == -1)
		return -1;
	if (recode_apply(m, how, e) == -1)
		return -1;
	if (m->recoded != before)
		log_story("the body was re-encoded or labelled anew: %s",
		    reason(m, how));
	return message_fit(m, how->binary, e);
}

int
fit_for_any(struct message *m, const volatile sig_atomic_t *stop,
    struct err *e)
{
	const struct recode best = { .any = 1, .eightbit = 1, .binary = 1,
	    .utf8 = 1, .stop = stop };

	if (recode_declare(m, e) == -1 || fit(m, &best, e) == -1)
		return -1;
	message_keep(m);
	return 0;
}

static int
envelope_8bit(const struct envelope *env)
{
	size_t i;

	for (i = 0; i < env->nrcpt; i++)
		if (env->rcpt[i].status == RCPT_WAITING &&
		    str_has_8bit(env->rcpt[i].addr))
			return 1;
	return str_has_8bit(env->sender);
}

/* Asked for where an address needs it, or a signature would not survive. */
static int
use_utf8(const struct message *m, const struct transaction *tr, unsigned can)
{
	if (!(can & EHLO_SMTPUTF8) || !(can & EHLO_8BITMIME))
		return 0;
	return tr->utf8 || envelope_8bit(tr->env) ||
	    headfit_needs_utf8(&m->header) ||
	    (dkim_signed(&m->header) && headfit_8bit(&m->header));
}

/* What the server before this one did not take is no matter now.  BINARYMIME is
 * nothing without CHUNKING (RFC 3030 3), and all that 8BITMIME is. */
int
fit_for_server(struct message *m, unsigned can, struct transaction *tr,
    const volatile sig_atomic_t *stop, struct err *e)
{
	int binary = (can & EHLO_BINARYMIME) && (can & EHLO_CHUNKING);
	struct recode how = { .binary = binary, .stop = stop,
	    .eightbit = binary || (can & EHLO_8BITMIME) };

	message_reset(m);
	tr->utf8 = how.utf8 = use_utf8(m, tr, can);
	if (fit(m, &how, e) == -1) {
		if (e->kind == ERR_DATA)
			envelope_move(tr->env, RCPT_WAITING, RCPT_PERMFAIL,
			    e->kind, e->text);
		return -1;
	}
	tr->size = message_size(m);
	tr->eightbit = message_8bit(m);
	tr->binary = message_binary(m) ||
	    (tr->eightbit && !(can & EHLO_8BITMIME));
	return 0;
}

/* Those that there is room for. */
static void
add_name(struct buf *names, const char *name, size_t n)
{
	if (names->max - names->len <= n)
		return;
	if (names->len > 0)
		buf_addc(names, ',');
	buf_add(names, name, n);
}

void
fit_altered(const struct message *m, struct buf *names)
{
	struct buf signed_names = BUF_MAX(DKIM_NAMES_MAX);
	const struct header *h = &m->header;
	const struct field *f;
	size_t i;

	if ((m->recoded > 0 || m->cr_first != 0) &&
	    (dkim_signed(h) || m->inline_pgp))
		buf_adds(names, "body");
	else if (m->stray_cr && dkim_signed(h))
		buf_adds(names, "header");
	dkim_names(h, &signed_names);
	for (i = 0; i < h->n && signed_names.len > 0; i++) {
		f = &h->field[i];
		if ((f->gone || f->owned != NULL) &&
		    dkim_lists(&signed_names, f->text, f->name_len))
			add_name(names, f->text, f->name_len);
	}
	buf_free(&signed_names);
}
