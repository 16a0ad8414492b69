#include <string.h>

#include "mail/charset.h"
#include "mail/dkim.h"
#include "mail/mime.h"
#include "mail/parts.h"
#include "mail/recode.h"

/* Append a field that is missing, unless a signature says that it is. */
static void
declare(struct header *h, const char *name, const char *body)
{
	if (!header_has(h, name) && !dkim_covers(h, name))
		header_insert(h, h->n, name, body);
}

static int
declare_text(struct message *msg, const struct mime *m, struct err *e)
{
	struct header *h = &msg->header;
	const char *charset;

	if (mime_lacks_charset(m) && !dkim_covers(h, "Content-Type")) {
		charset = charset_of_body(&msg->body, e);
		if (charset == NULL)
			return -1;
		declare(h, "MIME-Version", "1.0");
		mime_set_charset(h, charset);
	}
	declare(h, "Content-Transfer-Encoding", "8bit");
	return 0;
}

int
recode_declare(struct message *msg, struct err *e)
{
	struct mime m = MIME_INIT;
	int r = 0;

	if (!msg->body_8bit)
		return 0;
	mime_read(&m, &msg->header);
	if (!m.typed || mime_is(&m, "text/"))
		r = declare_text(msg, &m, e);
	if (r == 0 && (m.typed || header_has(&msg->header, "Content-Type")))
		declare(&msg->header, "MIME-Version", "1.0");
	mime_free(&m);
	return r;
}

/* A signed message of which a CR has been changed already. */
static int
is_broken(const struct message *msg)
{
	struct mime m = MIME_INIT;
	int r;

	if (!msg->body_cr)
		return 0;
	mime_read(&m, &msg->header);
	r = mime_is(&m, "multipart/signed");
	mime_free(&m);
	return r;
}

int
recode_needed(const struct message *msg, const struct recode *how)
{
	return msg->longest > MESSAGE_LINE_MAX || msg->body_nul ||
	    (msg->body_8bit && !how->eightbit) || is_broken(msg);
}

/* The header says what the new body is. */
static void
commit_header(struct message *msg, const struct parts *w,
    const char *charset)
{
	struct header *h = &msg->header;

	if ((w->label != NULL || header_has(h, "Content-Type")) &&
	    !header_has(h, "MIME-Version"))
		header_insert(h, h->n, "MIME-Version", "1.0");
	if (charset != NULL)
		mime_set_charset(h, charset);
	if (w->label != NULL)
		mime_set_encoding(h, w->label);
}

static int
commit(struct message *msg, struct parts *w, struct err *e)
{
	const char *charset = NULL;

	if (w->encoded && !header_has(&msg->header, "Content-Type")) {
		charset = charset_of_body(&msg->body, e);
		if (charset == NULL)
			return -1;
	}
	commit_header(msg, w, charset);
	message_facts(msg, &w->draft.facts);
	spill_free(&msg->body);
	msg->body = w->draft.body;
	spill_init(&w->draft.body);
	return 0;
}

int
recode_apply(struct message *msg, const struct recode *how, struct err *e)
{
	struct parts w;
	int r;

	if (!recode_needed(msg, how))
		return 0;
	if (is_broken(msg))
		return err_set(e, ERR_DATA, "the body is signed "
		    "(multipart/signed) and has a CR that ends no line; mail "
		    "cannot carry one, and without it the signature is "
		    "broken: encode it before signing");
	parts_init(&w, &msg->header, &msg->body);
	w.eightbit = how->eightbit;
	w.utf8 = how->utf8;
	w.scan.stop = how->stop;
	r = parts_walk(&w, e);
	if (r == 0)
		r = commit(msg, &w, e);
	parts_free(&w);
	return r;
}
