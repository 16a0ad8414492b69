#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "config/show.h"

#define HIDDEN	"***"

static const char *
text_of(const struct account *a, const struct keyword *k)
{
	return *(char *const *)(const void *)((const char *)a + k->offset);
}

static int
number_of(const struct account *a, const struct keyword *k)
{
	return *(const int *)(const void *)((const char *)a + k->offset);
}

/* The word that stands for it; NULL: there is none. */
static const char *
word_for(const struct keyword *k, const char *value)
{
	const struct keyword_choice *c = k->choice;

	for (; c != NULL && c->word != NULL; c++)
		if (value == NULL ? c->value == NULL : c->value != NULL &&
		    strcmp(c->value, value) == 0)
			return c->word;
	return NULL;
}

/* Text that is not there: the word by which it was taken away, if that is more
 * than the keyword alone. */
static const char *
nothing(const struct keyword *k)
{
	if (k->kind == KEYWORD_TRUST)
		return "system";
	if (k->kind == KEYWORD_CHOICE)
		return word_for(k, NULL);
	return k->kind == KEYWORD_NOTIFY || (k->flags & KEYWORD_OFF) != 0 ?
	    "off" : NULL;
}

static int
is_plain(char c)
{
	return str_alnum(c) || str_8bit(c) || (c != '\0' &&
	    strchr("@._-+*/:,~%", c) != NULL);
}

/*
 * No character escapes another, and quotes are taken away only from both ends:
 * in them everything goes but the end of a line.
 */
static int
add_line_text(struct buf *b, const char *text)
{
	size_t start = b->len;
	int quotes = text[0] == '\0';
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if (*p == '\n' || *p == '\r')
			return 0;
		quotes |= !is_plain(*p);
	}
	if (buf_addf(b, quotes ? "\"%s\"" : "%s", text) == 0)
		return 1;
	buf_cut(b, start);
	return 0;
}

static int
add_text(struct buf *b, const struct account *a, const struct keyword *k)
{
	const char *text = text_of(a, k);
	const char *word = text != NULL ? word_for(k, text) :
	    show_is_set(a, k) ? nothing(k) : NULL;

	if (text != NULL && (k->flags & (KEYWORD_SECRET | KEYWORD_PRIVATE)))
		word = HIDDEN;
	else if (text != NULL && k->kind == KEYWORD_ALIASES && text[0] == '\0')
		word = "off";
	if (word != NULL)
		return buf_adds(b, word) == 0;
	return text != NULL && add_line_text(b, text);
}

static int
add_number(struct buf *b, const struct account *a, const struct keyword *k)
{
	char text[16];
	const char *word;

	snprintf(text, sizeof(text), "%d", number_of(a, k));
	word = word_for(k, text);
	if (word == NULL && number_of(a, k) < k->min)	/* not known yet */
		return 0;
	return buf_adds(b, word != NULL ? word : text) == 0;
}

static int
add_when(struct buf *b, const struct account *a, const struct keyword *k)
{
	static const char *const words[] = { "off", "auto", "on" };
	int v = number_of(a, k);
	char text[16];
	const char *word;

	snprintf(text, sizeof(text), "%d", v);
	word = v >= 0 && v < 3 ? words[v] : word_for(k, text);
	return word != NULL && buf_adds(b, word) == 0;
}

static int
add_flag(struct buf *b, const struct account *a, const struct keyword *k)
{
	int v = number_of(a, k);

	return v >= 0 && buf_adds(b, v ? "on" : "off") == 0;
}

int
show_value(struct buf *b, const struct account *a, const struct keyword *k)
{
	if (k->flags & KEYWORD_OLD)
		return 0;
	switch (k->kind) {
	case KEYWORD_TEXT:
	case KEYWORD_PATH:
	case KEYWORD_TRUST:
	case KEYWORD_ALIASES:
	case KEYWORD_FORM:
	case KEYWORD_PATTERNS:
	case KEYWORD_CHOICE:
	case KEYWORD_NOTIFY:
		return add_text(b, a, k);
	case KEYWORD_NUMBER:
		return add_number(b, a, k);
	case KEYWORD_FLAG:
		return add_flag(b, a, k);
	case KEYWORD_WHEN:
		return add_when(b, a, k);
	case KEYWORD_NOT:
	case KEYWORD_MISSING:
	case KEYWORD_NOTHING:
		break;
	}
	return 0;
}

const char *
show_text(const struct account *a, const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	return k != NULL ? text_of(a, k) : NULL;
}

int
show_is_set(const struct account *a, const struct keyword *k)
{
	return a->origin[keyword_index(k)].line > 0;
}

void
show_origin(struct buf *b, const struct account *a, const struct keyword *k)
{
	const struct origin *o = &a->origin[keyword_index(k)];

	if (o->line == 0)
		buf_adds(b, show_differs(a, k) ? "follows from the rest" :
		    "built in");
	else if (o->file == NULL)
		buf_adds(b, "the command line");
	else
		buf_addf(b, "%s:%u%s", str_shown(o->file, strlen(o->file)),
		    o->line, o->by_defaults ? " (defaults)" : "");
}

int
show_differs(const struct account *a, const struct keyword *k)
{
	struct account *other = account_new("");
	struct buf ours = BUF_MAX(SHOW_VALUE_MAX);
	struct buf its = BUF_MAX(SHOW_VALUE_MAX);
	int r;

	r = show_value(&ours, a, k) != show_value(&its, other, k) ||
	    strcmp(buf_str(&ours), buf_str(&its)) != 0;
	buf_free(&ours);
	buf_free(&its);
	account_free(other);
	return r;
}
