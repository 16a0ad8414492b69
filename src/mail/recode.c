#include <string.h>

#include "mail/charset.h"
#include "mail/dkim.h"
#include "mail/mime.h"
#include "mail/parts.h"
#include "mail/recode.h"

#define ENCODING	"Content-Transfer-Encoding"

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
	declare(h, ENCODING, "8bit");
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

static int
has_parts(const struct message *msg)
{
	struct mime m = MIME_INIT;
	int r;

	mime_read(&m, &msg->header);
	r = mime_is(&m, "multipart/") || mime_is(&m, "message/");
	mime_free(&m);
	return r;
}

/* Then what need not be changed is not. */
static int
is_signed(const struct message *msg)
{
	return dkim_signed(&msg->header) || msg->inline_pgp;
}

int
recode_needed(const struct message *msg, const struct recode *how)
{
	int wide = msg->body_8bit;

	if (message_binary(msg) || (wide && !how->eightbit))
		return 1;
	wide = wide && (how->any || !(how->utf8 || msg->plain_parts)) &&
	    !is_signed(msg);
	return (wide || (how->any && msg->cr_last != 0)) && has_parts(msg);
}

/* The header says what the new body is. */
static void
commit_header(struct message *msg, const struct parts *w,
    const char *charset)
{
	struct header *h = &msg->header;

	if ((w->coding != NULL || header_has(h, "Content-Type")) &&
	    !header_has(h, "MIME-Version"))
		header_insert(h, h->n, "MIME-Version", "1.0");
	if (charset != NULL)
		mime_set_charset(h, charset);
	if (w->coding != NULL)
		mime_set_encoding(h, w->coding);
}

static int
commit(struct message *msg, struct parts *w, struct err *e)
{
	const char *charset = NULL;

	if (w->same && w->coding == NULL)
		return 0;
	if (w->encoded && !header_has(&msg->header, "Content-Type")) {
		charset = charset_of_body(&msg->body, e);
		if (charset == NULL)
			return -1;
	}
	commit_header(msg, w, charset);
	if (w->same)
		return 0;
	message_set_body(msg, &w->draft.body, &w->draft.facts);
	return 0;
}

/* One walk.  Holders are those that it finds, or those to be labelled. */
static int
walk(struct message *msg, const struct recode *how, struct holders *holders,
    int label, struct err *e)
{
	int keep = is_signed(msg), r;
	struct parts w;

	parts_init(&w, &msg->header, &msg->body);
	w.eightbit = how->eightbit;
	w.binary = how->binary;
	w.utf8 = how->eightbit && (how->utf8 || keep);
	w.scan.stop = how->stop;
	if (how->any) {
		w.declare = !keep;
		w.cr_first = msg->cr_first;
		w.cr_last = msg->cr_last;
	}
	w.holders = holders;
	w.label = label;
	r = parts_walk(&w, e);
	if (r == 0)
		r = commit(msg, &w, e);
	if (r == 0 && how->any)
		msg->plain_parts = !w.raw;
	parts_free(&w);
	return r;
}

/* Unless the label is signed, or what it stands in. */
static int
label_holders(struct message *msg, const struct recode *how,
    struct holders *found, struct err *e)
{
	struct header *h = &msg->header;

	holders_rewind(found);
	declare(h, "MIME-Version", "1.0");
	if (holders_take(found, HOLDERS_TOP) && !dkim_covers(h, ENCODING))
		mime_set_encoding(h, "binary");
	if (!holders_left(found) || is_signed(msg))
		return 0;
	return walk(msg, how, found, 1, e);
}

int
recode_apply(struct message *msg, const struct recode *how, struct err *e)
{
	struct holders found = HOLDERS_INIT;
	unsigned before = msg->recoded;
	int r;

	if (!recode_needed(msg, how))
		return 0;
	r = walk(msg, how, &found, 0, e);
	if (r == 0 && !how->any && message_binary(msg)) {
		if (msg->recoded != before) {	/* they are elsewhere now */
			holders_free(&found);
			r = walk(msg, how, &found, 0, e);
		}
		if (r == 0)
			r = label_holders(msg, how, &found, e);
	}
	holders_free(&found);
	return r;
}
