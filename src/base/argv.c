#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define WORD_MAX	((size_t)64 * 1024)	/* when values are in it */

/* What a backslash before it takes the meaning from, in double quotes. */
static int
is_special(char c)
{
	return c != '\0' && strchr("$`\"\\\n", c) != NULL;
}

/* Text in quotes, from behind the first to the second.  Returns what follows,
 * or NULL: there is no second. */
static const char *
take_quoted(const char *p, char quote, struct buf *word)
{
	for (; *p != quote; p++) {
		if (quote == '"' && p[0] == '\\' && is_special(p[1]))
			p++;
		if (*p == '\0')
			return NULL;
		buf_addc(word, *p);
	}
	return p + 1;
}

/* Returns what follows, or NULL with *e set.  There is room for all of it. */
static const char *
take_word(const char *p, struct buf *word, struct err *e)
{
	while (*p != '\0' && !str_gap(*p)) {
		if (*p == '\'' || *p == '"') {
			p = take_quoted(p + 1, *p, word);
			if (p == NULL) {
				err_set(e, ERR_CONFIG, "a quote is not closed");
				return NULL;
			}
			continue;
		}
		if (*p == '\\' && *++p == '\0') {
			err_set(e, ERR_CONFIG, "nothing follows the backslash "
			    "at the end");
			return NULL;
		}
		buf_addc(word, *p++);
	}
	return p;
}

int
argv_split(struct argv *a, const char *text, struct err *e)
{
	struct buf word = BUF_MAX(strlen(text));
	const char *p = text;

	argv_free(a);
	a->word = mem_new(strlen(text) / 2 + 2, sizeof(*a->word));
	for (;;) {
		while (str_gap(*p))
			p++;
		if (*p == '\0')
			break;
		buf_clear(&word);
		p = take_word(p, &word, e);
		if (p == NULL)
			break;
		a->word[a->n++] = mem_str(buf_str(&word));
	}
	buf_free(&word);
	if (p != NULL && a->n > 0)
		return 0;
	if (p != NULL)
		err_set(e, ERR_CONFIG, "there is no command");
	argv_free(a);
	return -1;
}

static const struct argv_value *
find(const struct argv_value *value, size_t n, char letter)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (value[i].letter == letter)
			return &value[i];
	return NULL;
}

static int
put(struct buf *out, const char *p, size_t n, struct err *e)
{
	return buf_add(out, p, n) == 0 ? 0 :
	    err_set(e, ERR_CONFIG, "a word is over %zu bytes", out->max);
}

/* What stands for the "%" and the letter at p. */
static int
add_value(struct buf *out, const char *p, const struct argv_value *value,
    size_t n, struct err *e)
{
	const struct argv_value *v = find(value, n, p[1]);
	size_t shown = p[1] != '\0' ? 2 : 1;

	if (v == NULL)
		return err_set(e, ERR_CONFIG, "%s means nothing here; write "
		    "%%%% for a percent sign", str_shown(p, shown));
	if (v->value == NULL)
		return err_set(e, ERR_CONFIG, "there is nothing to put in the "
		    "place of %s", str_shown(p, shown));
	if (out->len == 0 && v->value[0] == '-')
		return err_set(e, ERR_CONFIG, "%s would be taken for an "
		    "option", str_shown(v->value, strlen(v->value)));
	return put(out, v->value, strlen(v->value), e);
}

static int
expand_word(char **word, const struct argv_value *value, size_t n,
    struct err *e)
{
	struct buf out = BUF_MAX(WORD_MAX);
	const char *p;
	int r = 0;

	for (p = *word; *p != '\0' && r == 0; p++)
		if (*p != '%')
			r = put(&out, p, 1, e);
		else if (p[1] == '%')
			r = put(&out, p++, 1, e);
		else {
			r = add_value(&out, p, value, n, e);
			p += r == 0;
		}
	if (r == 0) {
		free(*word);
		*word = mem_str(buf_str(&out));
	}
	buf_free(&out);
	return r;
}

int
argv_expand(struct argv *a, const struct argv_value *value, size_t n,
    struct err *e)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strchr(a->word[i], '%') != NULL &&
		    expand_word(&a->word[i], value, n, e) == -1)
			return -1;
	return 0;
}

void
argv_free(struct argv *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		free(a->word[i]);
	free(a->word);
	a->word = NULL;
	a->n = 0;
}
