#include <string.h>

#include "base/str.h"
#include "mail/addr.h"
#include "mail/addrfit.h"
#include "mail/headtext.h"
#include "mail/lex822.h"

/* The list on its way. */
struct walk {
	struct buf	*out;
	const struct addrfit *how;
	struct buf	 scratch;
	struct err	*e, bad;	/* bad: of a domain */
	int		 in_group;
	const char	*why;		/* a mailbox cannot be written */
};

/* What a mailbox begins with: a phrase, or its local part. */
struct words {
	const char	*start, *end;	/* without CFWS around them */
	int		 local;		/* they form a local-part */
};

static const char needs_utf8[] =
    "the address needs SMTPUTF8, which the server does not offer";
static const char no_address[] = "not an address";

static int
wide(const char *p, const char *end)
{
	return str_has_8bit_n(p, (size_t)(end - p));
}

static void
copy(struct walk *w, const char *p, const char *end)
{
	buf_add(w->out, p, (size_t)(end - p));
}

/* Where c closes what opens at p, or NULL. */
static const char *
closing(const char *p, const char *end, char c)
{
	for (p++; p < end && *p != c; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
	}
	return p < end ? p : NULL;
}

/* The last character of what opens at p and may hold delimiters: of a comment,
 * quoted-string, literal, or angle brackets with these in them.  NULL when it
 * stays open. */
static const char *
enclosed(const char *p, const char *end)
{
	const char *close;

	if (*p == '"' || *p == '[')
		return closing(p, end, *p == '"' ? '"' : ']');
	if (*p == '(') {
		close = headtext_comment(p, end);
		return close != NULL ? close - 1 : NULL;
	}
	if (*p != '<')
		return p;
	for (p++; p < end && *p != '>'; p++) {
		if (*p != '<')
			p = enclosed(p, end);
		if (p == NULL)
			return NULL;
	}
	return p < end ? p : NULL;
}

/* The comma, semicolon or (of a group's name) colon that ends a member, or the
 * end; NULL when something stays open. */
static const char *
member_end(const char *p, const char *end, int in_group)
{
	for (; p < end; p++) {
		if (*p == ',' || *p == ';' || (*p == ':' && !in_group))
			break;
		p = enclosed(p, end);
		if (p == NULL)
			return NULL;
	}
	return p;
}

/* [CFWS] at the cursor, copied fit to go. */
static int
add_cfws(struct walk *w, struct lex *l)
{
	const char *start = l->p;

	if (lex_cfws(l, NULL) == -1)
		return -1;
	headtext_cfws(w->out, start, (size_t)(l->p - start));
	return 0;
}

/* Over words and dots, and the CFWS after them, which is not theirs. */
static int
skip_words(struct walk *w, struct lex *l, struct words *got)
{
	char last = '.';
	int r = 0;

	*got = (struct words){ l->p, l->p, 1 };
	while (l->p < l->end && (*l->p == '.' || *l->p == '"' ||
	    lex_atext(*l->p))) {
		got->local &= (*l->p == '.') != (last == '.');
		last = *l->p;
		buf_clear(&w->scratch);
		if (last == '.')
			l->p++;
		else if (last == '"')
			r = lex_quoted(l, &w->scratch);
		else
			r = lex_atom(l, &w->scratch);
		got->end = l->p;
		if (r == -1 || lex_cfws(l, NULL) == -1)
			return -1;
	}
	got->local &= last != '.';
	return 0;
}

/* An encoded-word has white space around it (RFC 2047 5). */
static void
divide(struct walk *w, int made, const char *next, const char *end)
{
	if (made && (next == end || !str_gap(*next)))
		buf_addc(w->out, ' ');
}

/* A phrase as encoded-words, comments in it as comments, and the CFWS that
 * follows up to end. */
static void
add_phrase(struct walk *w, const struct words *phrase, const char *end)
{
	static const struct headtext how = { .in = ENCODED_PHRASE, .all = 1 };
	const char *p = phrase->start, *start, *close;
	int made;

	while (p < phrase->end) {
		for (start = p; p < phrase->end && *p != '('; p++)
			if (*p == '"')
				p = enclosed(p, end);
		close = p < phrase->end ? headtext_comment(p, end) : p;
		made = wide(start, p) && headtext_add(w->out, &how, start,
		    (size_t)(p - start));
		if (!wide(start, p))
			copy(w, start, p);
		divide(w, made, p, end);
		headtext_cfws(w->out, p, (size_t)(close - p));
		p = close;
	}
	headtext_cfws(w->out, p, (size_t)(end - p));
}

/* Words of a local-part as they are, if they may be. */
static int
add_local(struct walk *w, const struct words *words)
{
	size_t n = (size_t)(words->end - words->start);

	if (str_has_8bit_n(words->start, n)) {
		w->why = str_utf8(words->start, n) ? needs_utf8 : no_address;
		if (!w->how->utf8 || w->why != needs_utf8)
			return -1;
	}
	buf_add(w->out, words->start, n);
	return 0;
}

/* domain and the CFWS around it, at the cursor. */
static int
add_domain(struct walk *w, struct lex *l)
{
	const char *start, *end;

	if (add_cfws(w, l) == -1)
		return -1;
	start = end = l->p;
	buf_clear(&w->scratch);
	if (lex_at(l, '[')) {
		if (lex_literal(l, &w->scratch) == -1)
			return -1;
		end = l->p;
		copy(w, start, end);
		return add_cfws(w, l);
	}
	for (;;) {
		if (lex_atom(l, &w->scratch) == -1)
			return -1;
		end = l->p;
		if (lex_cfws(l, NULL) == -1)
			return -1;
		if (!lex_at(l, '.'))
			break;
		buf_addc(&w->scratch, *l->p++);
		if (lex_cfws(l, NULL) == -1)
			return -1;
	}
	if (!wide(start, end))
		copy(w, start, end);
	else if (addr_host(w->out, w->scratch.data, w->scratch.len,
	    &w->bad) == -1) {
		w->why = w->bad.text;
		return -1;
	}
	headtext_cfws(w->out, end, (size_t)(l->p - end));
	return 0;
}

/* local-part "@" domain, its words read already. */
static int
add_spec(struct walk *w, struct lex *l, const struct words *words,
    const char *cfws)
{
	if (!words->local || !lex_at(l, '@') || add_local(w, words) == -1)
		return -1;
	headtext_cfws(w->out, cfws, (size_t)(l->p - cfws));
	buf_addc(w->out, *l->p++);
	return add_domain(w, l);
}

/* "<" addr-spec ">"; routes are not written any more. */
static int
add_angle(struct walk *w, struct lex *l)
{
	const char *close = enclosed(l->p, l->end);
	struct words words;

	if (close == NULL)
		return -1;
	if (!wide(l->p, close)) {
		copy(w, l->p, close + 1);
		l->p = close + 1;
		return add_cfws(w, l);
	}
	buf_addc(w->out, *l->p++);
	if (add_cfws(w, l) == -1 || skip_words(w, l, &words) == -1 ||
	    add_spec(w, l, &words, words.end) == -1 || !lex_at(l, '>'))
		return -1;
	buf_addc(w->out, *l->p++);
	return add_cfws(w, l);
}

/* A mailbox up to end, or what stands in its place.  -1: it cannot be
 * written, and a part of it has been. */
static int
add_mailbox(struct walk *w, const char *p, const char *end)
{
	struct lex l = { .p = p, .end = end };
	struct words words;
	int r;

	w->why = no_address;
	if (add_cfws(w, &l) == -1 || skip_words(w, &l, &words) == -1)
		return -1;
	if (lex_at(&l, '<')) {
		add_phrase(w, &words, l.p);
		r = add_angle(w, &l);
	} else if (l.p < end)
		r = add_spec(w, &l, &words, words.end);
	else {
		r = words.start == words.end || words.local ?
		    add_local(w, &words) : -1;
		headtext_cfws(w->out, words.end, (size_t)(l.p - words.end));
	}
	return r == -1 || l.p < end ? -1 : 0;
}

/* Its text between the white space around it, as an encoded phrase. */
static void
add_shown(struct walk *w, const char *p, const char *end)
{
	struct buf text = BUF_MAX((size_t)(end - p));
	const char *start = p;

	while (p < end && str_gap(*p))
		p++;
	copy(w, start, p);
	while (end > p && str_gap(end[-1]))
		end--;
	if (p == start && w->out->len > 0)
		buf_addc(w->out, ' ');
	for (; p < end; p++)
		if (*p != '\r' && *p != '\n')
			buf_addc(&text, *p);
	encoded_add(w->out, 0, ENCODED_PHRASE, buf_str(&text), text.len);
	buf_addc(w->out, ' ');
	buf_free(&text);
}

/* Returns 1 when it was left out. */
static int
add_unwritten(struct walk *w, const char *p, const char *end)
{
	if (w->how->strict) {
		while (p < end && str_gap(*p))
			p++;
		while (end > p && str_gap(end[-1]))
			end--;
		return err_set(w->e, ERR_DATA, "%s%s: %s: %s",
		    w->why == needs_utf8 ? "5.6.7 " : "", w->how->name,
		    str_shown(p, (size_t)(end - p)), w->why);
	}
	if (w->in_group)
		return 1;
	add_shown(w, p, end);
	buf_adds(w->out, ":;");
	return 0;
}

/* The name of a group: whatever it is, it is a phrase. */
static void
add_group(struct walk *w, const char *p, const char *end)
{
	struct lex l = { .p = p, .end = end };
	struct words words;
	size_t mark = w->out->len;

	if (add_cfws(w, &l) == 0 && skip_words(w, &l, &words) == 0 &&
	    l.p == end) {
		add_phrase(w, &words, end);
		return;
	}
	buf_cut(w->out, mark);
	add_shown(w, p, end);
}

/* Up to its delimiter.  Returns 1 when it was left out, or -1. */
static int
add_member(struct walk *w, const char *p, const char *stop, int named)
{
	size_t mark = w->out->len;

	if (!wide(p, stop)) {
		copy(w, p, stop);
		return 0;
	}
	if (named) {
		add_group(w, p, stop);
		return 0;
	}
	if (add_mailbox(w, p, stop) == 0)
		return 0;
	buf_cut(w->out, mark);
	return add_unwritten(w, p, stop);
}

/* What ends a member that was left out goes with it, or the comma before. */
static void
add_delimiter(struct walk *w, char c, int left_out)
{
	char *last = w->out->len > 0 ? &w->out->data[w->out->len - 1] : NULL;

	if (left_out && c == ',')
		return;
	if (left_out && last != NULL && *last == ',')
		buf_cut(w->out, w->out->len - 1);
	buf_addc(w->out, c);
	w->in_group = c == ':' || (w->in_group && c != ';');
}

static int
walk(struct walk *w, const char *p, const char *end)
{
	const char *stop;
	int r;

	for (;;) {
		stop = member_end(p, end, w->in_group);
		if (stop == NULL)
			return 1;
		r = add_member(w, p, stop, stop < end && *stop == ':');
		if (r == -1)
			return -1;
		if (stop == end)
			return 0;
		add_delimiter(w, *stop, r);
		p = stop + 1;
	}
}

/* What is no list is shown, and the address in brackets at its end kept. */
static void
add_broken(struct walk *w, const char *p, const char *end)
{
	struct buf path = BUF_MAX(ADDR_PATH_MAX + 2);
	struct err ignored = ERR_INIT;
	struct addr a = { 0 };
	const char *open;

	while (end > p && str_gap(end[-1]))
		end--;
	open = end > p && end[-1] == '>' ? memrchr(p, '<',
	    (size_t)(end - p)) : NULL;
	if (open > p && addr_parse_one(&a, open, (size_t)(end - open),
	    &ignored) == 0 && a.domain != NULL && !addr_needs_utf8(&a) &&
	    addr_path(&path, &a) == 0) {
		add_shown(w, p, open);
		buf_addf(w->out, "<%s>", buf_str(&path));
	} else {
		add_shown(w, p, end);
		buf_adds(w->out, ":;");
	}
	addr_free(&a);
	buf_free(&path);
}

int
addrfit_add(struct buf *b, const struct addrfit *how, const char *p, size_t n,
    struct err *e)
{
	struct walk w = { .out = b, .how = how, .e = e,
	    .scratch = BUF_MAX(n + 2) };
	size_t mark = b->len;
	int r = walk(&w, p, p + n);

	if (r != 0)
		buf_cut(b, mark);
	if (r == 1)
		add_broken(&w, p, p + n);
	buf_free(&w.scratch);
	return r == -1 ? -1 : 0;
}
