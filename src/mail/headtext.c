#include <string.h>

#include "base/str.h"
#include "mail/charset.h"
#include "mail/fold.h"
#include "mail/headtext.h"
#include "mail/message.h"

/* A word with the white space before it; at the end there may be no word. */
struct token {
	const char	*gap, *word, *end;
	size_t		 blanks;	/* of the gap, line ends not counted */
};

/* Which charset a text is in: they are not mixed in an encoded-word. */
enum code { CODE_ASCII, CODE_UTF8, CODE_OTHER };

/* The words that become encoded-words together. */
struct run {
	struct buf	*out;
	const struct headtext *how;
	const char	*p, *end;	/* what is not read yet */
	struct buf	 text;
	int		 after;		/* an encoded-word was written last */
	int		 made;		/* and by us */
	int		 taken;		/* the next gap is in it */
	int		 was;		/* the last word read was one before */
};

static enum code
code_of(const char *p, size_t n)
{
	if (!str_has_8bit_n(p, n))
		return CODE_ASCII;
	return str_utf8(p, n) ? CODE_UTF8 : CODE_OTHER;
}

/* Behind the closing quote, or the end. */
static const char *
skip_quoted(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

static const char *
skip_word(enum encoded_in in, const char *p, const char *end)
{
	while (p < end && !str_gap(*p)) {
		if (in == ENCODED_PHRASE && *p == '"')
			p = skip_quoted(p, end);
		else if (in == ENCODED_COMMENT && *p == '\\' && p + 1 < end)
			p += 2;
		else
			p++;
	}
	return p;
}

/* Returns 0 at the end. */
static int
next_token(const struct run *r, struct token *t)
{
	const char *p = r->p;

	t->gap = p;
	for (t->blanks = 0; p < r->end && str_gap(*p); p++)
		t->blanks += str_blank(*p) != 0;
	t->word = p;
	t->end = skip_word(r->how->in, p, r->end);
	return t->gap < r->end;
}

static size_t
word_len(const struct token *t)
{
	return (size_t)(t->end - t->word);
}

/* No fold before it makes it fit; a fold brings a blank where there is none. */
static int
is_long(const struct token *t)
{
	size_t blanks = t->blanks > 0 ? t->blanks : 1;

	return word_len(t) > MESSAGE_LINE_MAX ||
	    blanks > MESSAGE_LINE_MAX - word_len(t);
}

static int
needs(const struct headtext *how, const struct token *t)
{
	size_t n = word_len(t);

	if (n == 0)
		return 0;
	if (how->in == ENCODED_TEXT && is_long(t))
		return 1;
	if (how->all)
		return !encoded_is(t->word, n);
	return !how->raw8 && str_has_8bit_n(t->word, n);
}

/* What a word stands for: no quotes, no backslashes of quoted pairs. */
static void
add_value(struct run *r, const char *p, const char *end)
{
	int quoted = r->how->in == ENCODED_COMMENT;

	for (; p < end; p++) {
		if (r->how->in == ENCODED_PHRASE && *p == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && *p == '\\' && p + 1 < end)
			p++;
		if (*p != '\r' && *p != '\n')
			buf_addc(&r->text, *p);
	}
}

/* An encoded-word that fits no line is made several: what it says is added.
 * Returns 0 if it is none, or says what cannot be cut. */
static int
add_decoded(struct run *r, const struct token *t)
{
	size_t had = r->text.len;

	if (r->how->in == ENCODED_TEXT && is_long(t) &&
	    encoded_read(&r->text, t->word, word_len(t)) == 0 &&
	    str_utf8(buf_str(&r->text) + had, r->text.len - had))
		return 1;
	buf_cut(&r->text, had);
	return 0;
}

/* A word of the run; with inner, the white space before it is part of the text
 * unless it is between two words that were encoded. */
static void
add_word(struct run *r, const struct token *t, int inner)
{
	size_t had = r->text.len;
	int decoded;

	if (inner)
		fold_undo(&r->text, t->gap, (size_t)(t->word - t->gap));
	decoded = add_decoded(r, t);
	if (!decoded)
		add_value(r, t->word, t->end);
	else if (inner && r->was) {
		buf_cut(&r->text, had);
		add_decoded(r, t);
	}
	r->was = decoded;
}

/* White space as it was, or folded before its first where it ends a line that
 * cannot hold it. */
static void
add_gap(struct run *r, const struct token *t)
{
	const char *p = t->gap;
	size_t n;

	while (p < t->word && str_blank(*p))
		p++;
	n = (size_t)(p - t->gap);
	if (p == t->word || n == 0 ||
	    fold_column(r->out, 0) + n <= MESSAGE_LINE_MAX) {
		buf_add(r->out, t->gap, (size_t)(t->word - t->gap));
		return;
	}
	if (t->word == t->end)
		return;
	buf_adds(r->out, "\r\n");
	fold_undo(r->out, t->gap, (size_t)(t->word - t->gap));
}

/*
 * The white space before a run, or as much as the reader keeps: between two
 * encoded-words that is nothing, and so it goes into the run.
 */
static void
begin_run(struct run *r, const struct token *t)
{
	size_t n = (size_t)(t->word - t->gap);
	const char *p = t->gap;

	if (r->after)
		buf_addc(r->out, ' ');
	else if (t->blanks > FOLD_WIDTH) {
		while (!str_blank(*p))
			p++;
		buf_addc(r->out, *p);
		fold_undo(&r->text, p + 1, (size_t)(t->word - p - 1));
	} else if (n > 0)
		add_gap(r, t);
	else if (r->how->in != ENCODED_COMMENT && r->out->len > 0 &&
	    !str_blank(r->out->data[r->out->len - 1]))
		buf_addc(r->out, ' ');
}

/* From token t on, all that become encoded-words with it. */
static void
add_run(struct run *r, struct token t)
{
	enum code code = code_of(t.word, word_len(&t)), next;

	buf_clear(&r->text);
	begin_run(r, &t);
	add_word(r, &t, r->after);
	r->p = t.end;
	while (next_token(r, &t) && needs(r->how, &t)) {
		next = code_of(t.word, word_len(&t));
		if (next != code && next != CODE_ASCII && code != CODE_ASCII)
			break;
		if (next != CODE_ASCII)
			code = next;
		add_word(r, &t, 1);
		r->p = t.end;
	}
	r->taken = r->p < r->end && !needs(r->how, &t) &&
	    encoded_is(t.word, word_len(&t));
	if (r->taken && !r->was)
		fold_undo(&r->text, t.gap, (size_t)(t.word - t.gap));
	encoded_add(r->out, 0, r->how->in, buf_str(&r->text), r->text.len);
	r->after = r->made = 1;
}

/* White space at the end that no line holds goes: nobody sees it. */
static void
add_token(struct run *r, const struct token *t)
{
	size_t n = word_len(t);

	if (r->taken)
		buf_addc(r->out, ' ');
	else if (n > 0 || !is_long(t))
		add_gap(r, t);
	buf_add(r->out, t->word, n);
	r->after = r->was = encoded_is(t->word, n);
	r->made = r->taken = 0;
	r->p = t->end;
}

int
headtext_add(struct buf *out, const struct headtext *how, const char *p,
    size_t n)
{
	struct run r = { .out = out, .how = how, .p = p, .end = p + n,
	    .text = BUF_MAX(n + FOLD_WIDTH) };
	struct token t;

	while (next_token(&r, &t)) {
		if (needs(how, &t))
			add_run(&r, t);
		else
			add_token(&r, &t);
	}
	buf_free(&r.text);
	return r.made;
}

const char *
headtext_comment(const char *p, const char *end)
{
	size_t depth = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

/* The text of a comment up to a parenthesis that counts. */
static const char *
comment_text(const char *p, const char *end)
{
	for (; p < end && *p != '(' && *p != ')'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p;
}

void
headtext_cfws(struct buf *b, const char *p, size_t n)
{
	static const struct headtext how = { .in = ENCODED_COMMENT };
	const char *end = p + n, *start;
	size_t depth = 0;

	while (p < end) {
		if (depth > 0) {
			start = p;
			p = comment_text(p, end);
			headtext_add(b, &how, start, (size_t)(p - start));
			if (p == end)
				break;
		}
		depth += (size_t)(*p == '(') - (size_t)(*p == ')' && depth > 0);
		buf_addc(b, *p++);
	}
}

void
headtext_tokens(struct buf *b, const char *p, size_t n)
{
	static const struct headtext how = { .in = ENCODED_PHRASE };
	const char *end = p + n, *start, *close;
	int made;

	while (p < end) {
		for (start = p; p < end && *p != '(';)
			p = *p == '"' ? skip_quoted(p, end) : p + 1;
		close = p < end ? headtext_comment(p, end) : NULL;
		if (close == NULL)
			p = close = end;
		made = headtext_add(b, &how, start, (size_t)(p - start));
		if (made && p < end)
			buf_addc(b, ' ');
		headtext_cfws(b, p, (size_t)(close - p));
		p = close;
	}
}
