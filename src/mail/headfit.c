#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "mail/addr.h"
#include "mail/addrfit.h"
#include "mail/fold.h"
#include "mail/headfit.h"
#include "mail/headtext.h"
#include "mail/message.h"
#include "mail/param.h"

#define GROWTH	64		/* no octet becomes more */

enum kind { KIND_TEXT, KIND_TOKENS, KIND_ADDRESSES, KIND_AUTHOR, KIND_PARAMS };

/* What is in no table is unstructured, or nobody knows. */
static const struct {
	const char	*name;
	enum kind	 kind;
} kinds[] = {
	{ "From", KIND_AUTHOR }, { "Sender", KIND_AUTHOR },
	{ "Resent-From", KIND_AUTHOR }, { "Resent-Sender", KIND_AUTHOR },
	{ "Reply-To", KIND_ADDRESSES }, { "To", KIND_ADDRESSES },
	{ "Cc", KIND_ADDRESSES }, { "Bcc", KIND_ADDRESSES },
	{ "Resent-Reply-To", KIND_ADDRESSES }, { "Resent-To", KIND_ADDRESSES },
	{ "Resent-Cc", KIND_ADDRESSES }, { "Resent-Bcc", KIND_ADDRESSES },
	{ "Apparently-To", KIND_ADDRESSES }, { "Delivered-To", KIND_ADDRESSES },
	{ "Disposition-Notification-To", KIND_ADDRESSES },
	{ "Envelope-To", KIND_ADDRESSES }, { "Errors-To", KIND_ADDRESSES },
	{ "Mail-Followup-To", KIND_ADDRESSES },
	{ "Mail-Reply-To", KIND_ADDRESSES },
	{ "Original-From", KIND_ADDRESSES }, { "Return-Path", KIND_ADDRESSES },
	{ "Return-Receipt-To", KIND_ADDRESSES },
	{ "Content-Type", KIND_PARAMS }, { "Content-Disposition", KIND_PARAMS },
	{ "ARC-Authentication-Results", KIND_TOKENS },
	{ "ARC-Message-Signature", KIND_TOKENS }, { "ARC-Seal", KIND_TOKENS },
	{ "Archived-At", KIND_TOKENS },
	{ "Authentication-Results", KIND_TOKENS },
	{ "Autocrypt", KIND_TOKENS }, { "Auto-Submitted", KIND_TOKENS },
	{ "Content-ID", KIND_TOKENS }, { "Content-Language", KIND_TOKENS },
	{ "Content-Length", KIND_TOKENS }, { "Content-Location", KIND_TOKENS },
	{ "Content-MD5", KIND_TOKENS },
	{ "Content-Transfer-Encoding", KIND_TOKENS },
	{ "Date", KIND_TOKENS }, { "Delivery-Date", KIND_TOKENS },
	{ "DKIM-Signature", KIND_TOKENS },
	{ "DomainKey-Signature", KIND_TOKENS }, { "Expires", KIND_TOKENS },
	{ "Importance", KIND_TOKENS }, { "In-Reply-To", KIND_TOKENS },
	{ "Keywords", KIND_TOKENS }, { "Lines", KIND_TOKENS },
	{ "List-Archive", KIND_TOKENS }, { "List-Help", KIND_TOKENS },
	{ "List-ID", KIND_TOKENS }, { "List-Owner", KIND_TOKENS },
	{ "List-Post", KIND_TOKENS }, { "List-Subscribe", KIND_TOKENS },
	{ "List-Unsubscribe", KIND_TOKENS },
	{ "List-Unsubscribe-Post", KIND_TOKENS },
	{ "Message-ID", KIND_TOKENS }, { "MIME-Version", KIND_TOKENS },
	{ "Newsgroups", KIND_TOKENS }, { "Original-Message-ID", KIND_TOKENS },
	{ "Precedence", KIND_TOKENS }, { "Priority", KIND_TOKENS },
	{ "Received", KIND_TOKENS }, { "Received-SPF", KIND_TOKENS },
	{ "References", KIND_TOKENS }, { "Resent-Date", KIND_TOKENS },
	{ "Resent-Message-ID", KIND_TOKENS }, { "Sensitivity", KIND_TOKENS },
	{ "Supersedes", KIND_TOKENS },
};

/* A field that is made anew. */
struct work {
	const struct headfit *how;
	struct header	*h;
	enum kind	 kind;
	int		 encode;	/* 8-bit text is to be encoded */
	struct buf	 text;
};

static enum kind
kind_of(const struct field *f)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (field_is(f, kinds[i].name))
			return kinds[i].kind;
	return KIND_TEXT;
}

static int
is_wide(const struct field *f)
{
	return !f->gone && str_has_8bit_n(f->text, f->len);
}

int
headfit_8bit(const struct header *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (is_wide(&h->field[i]))
			return 1;
	return 0;
}

int
headfit_needs_utf8(const struct header *h)
{
	struct addr_list list = ADDR_LIST_INIT;
	const char *body;
	size_t i, k, n;
	enum kind kind;
	int found = 0;

	for (i = 0; i < h->n; i++) {
		kind = kind_of(&h->field[i]);
		if (!is_wide(&h->field[i]) ||
		    (kind != KIND_AUTHOR && kind != KIND_ADDRESSES))
			continue;
		body = field_body(&h->field[i], &n);
		addr_parse(&list, body, n);
	}
	for (k = 0; k < list.n; k++)
		found |= list.addr[k].bad == NULL &&
		    addr_needs_utf8(&list.addr[k]);
	addr_list_free(&list);
	return found;
}

static int
has_long_line(const char *p, size_t n)
{
	const char *end = p + n, *eol;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			return end - p > MESSAGE_LINE_MAX;
		if (eol - p - (eol > p && eol[-1] == '\r') > MESSAGE_LINE_MAX)
			return 1;
	}
	return 0;
}

static void
add_text(struct work *w, const char *p, size_t n)
{
	struct headtext how = { .in = ENCODED_TEXT, .raw8 = !w->encode };
	size_t lead = 0;

	/* Nobody sees white space in front. */
	while (lead < n && strchr(" \t\r\n", p[lead]) != NULL)
		lead++;
	if (lead > FOLD_WIDTH) {
		buf_addc(&w->text, ' ');
		p += lead;
		n -= lead;
	}
	w->kind = KIND_TEXT;
	headtext_add(&w->text, &how, p, n);
}

/* The body of the field without 8-bit text. */
static int
encode(struct work *w, const struct field *f, const char *p, size_t n,
    struct err *e)
{
	struct buf name = BUF_MAX(STR_SHOW_MAX * 4);
	struct addrfit how = { .utf8 = w->how->utf8,
	    .strict = w->kind == KIND_AUTHOR && !w->how->nested };
	int r = 0;

	if (w->kind == KIND_TEXT)
		add_text(w, p, n);
	else if (!w->encode)
		buf_add(&w->text, p, n);
	else if (w->kind == KIND_PARAMS)
		param_fit(&w->text, p, n);
	else if (w->kind == KIND_TOKENS)
		headtext_tokens(&w->text, p, n);
	else {
		str_show(&name, f->text, f->name_len);
		how.name = buf_str(&name);
		r = addrfit_add(&w->text, &how, p, n, e);
		buf_free(&name);
	}
	return r;
}

static int
too_long(const struct field *f, size_t octets, struct err *e)
{
	return err_set(e, ERR_DATA, "the header field %s has a line of %zu "
	    "octets; mail allows %d: fold it", str_shown(f->text, f->name_len),
	    octets, MESSAGE_LINE_MAX);
}

/* Put the text that was made, its lines folded, into the field. */
static int
put(struct work *w, struct field *f, struct err *e)
{
	static const enum fold_of of[] = { [KIND_TEXT] = FOLD_TEXT,
	    [KIND_TOKENS] = FOLD_TOKENS, [KIND_ADDRESSES] = FOLD_LIST,
	    [KIND_AUTHOR] = FOLD_LIST, [KIND_PARAMS] = FOLD_PARAMS };
	struct fold how = { .of = of[w->kind], .encoded = w->encode,
	    .cut = w->how->nested };
	struct buf folded = BUF_MAX(w->text.max);
	size_t over = fold_field(&folded, &how, w->text.data, w->text.len);

	if (over == 0) {
		header_touch(w->h);
		free(f->owned);
		f->owned = mem_strn(buf_str(&folded), folded.len);
		f->text = f->owned;
		f->len = folded.len;
		f->body = f->name_len + 1;
	}
	buf_free(&folded);
	return over == 0 ? 0 : too_long(f, over, e);
}

/* Mail cannot carry a NUL; as white space it divides what it divided. */
static char *
without_nul(const char *p, size_t n)
{
	char *copy = mem_strn(p, n);
	size_t i;

	for (i = 0; i < n; i++)
		if (copy[i] == '\0')
			copy[i] = ' ';
	return copy;
}

static int
remake(struct work *w, struct field *f, struct err *e)
{
	const char *body;
	char *copy;
	size_t n;
	int r;

	body = field_body(f, &n);
	copy = without_nul(body, n);
	w->text.max = n < SIZE_MAX / GROWTH - f->len ?
	    (n + f->len) * GROWTH : SIZE_MAX / 2;
	w->kind = kind_of(f);
	buf_add(&w->text, f->text, f->name_len);
	buf_addc(&w->text, ':');
	r = encode(w, f, copy, n, e);
	free(copy);
	buf_adds(&w->text, "\r\n");
	return r == -1 ? -1 : put(w, f, e);
}

static int
fit(struct header *h, struct field *f, const struct headfit *how,
    struct err *e)
{
	struct work w = { .how = how, .h = h };
	int r, is_long = has_long_line(f->text, f->len);

	w.encode = str_has_8bit_n(f->text, f->len) &&
	    !(how->utf8 && str_utf8(f->text, f->len));
	if (!is_long && !w.encode && memchr(f->text, '\0', f->len) == NULL)
		return 0;
	if (f->name_len >= MESSAGE_LINE_MAX) {	/* no fold helps a name */
		if (!how->nested)
			return too_long(f, f->name_len + 1, e);
		header_touch(h);
		f->gone = 1;
		return 0;
	}
	r = remake(&w, f, e);
	buf_free(&w.text);
	return r;
}

int
headfit_apply(struct header *h, const struct headfit *how, struct err *e)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!h->field[i].gone && fit(h, &h->field[i], how, e) == -1)
			return -1;
	return 0;
}
