#include <string.h>

#include "base/str.h"
#include "config/conflex.h"

static const char bom[] = "\xef\xbb\xbf";

void
conflex_open(struct conflex *l, const char *text, size_t n)
{
	l->p = text;
	l->end = text + n;
	l->line = 0;
	if (n >= 3 && memcmp(text, bom, 3) == 0)
		l->p += 3;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && str_blank(*p))
		p++;
	return p;
}

/* line = keyword [ 1*WSP ( DQUOTE value DQUOTE / value ) ], ends trimmed */
static void
split(struct conflex_line *l, const char *p, const char *end)
{
	l->keyword = p;
	while (p < end && !str_blank(*p))
		p++;
	l->keyword_len = (size_t)(p - l->keyword);
	p = skip_blanks(p, end);
	l->quoted = end - p >= 2 && p[0] == '"' && end[-1] == '"';
	if (l->quoted) {
		p++;
		end--;
	}
	l->value = p;
	l->value_len = (size_t)(end - p);
}

enum conflex_status
conflex_next(struct conflex *l, struct conflex_line *line)
{
	const char *start, *end;

	while (l->p < l->end) {
		start = l->p;
		end = memchr(start, '\n', (size_t)(l->end - start));
		if (end == NULL)
			end = l->end;
		l->p = end < l->end ? end + 1 : end;
		l->line++;
		if ((size_t)(end - start) > CONFLEX_LINE_MAX)
			return CONFLEX_LONG;
		if (memchr(start, '\0', (size_t)(end - start)) != NULL)
			return CONFLEX_NUL;
		while (end > start && (str_blank(end[-1]) || end[-1] == '\r'))
			end--;
		start = skip_blanks(start, end);
		if (start == end || *start == '#')
			continue;
		split(line, start, end);
		return CONFLEX_LINE;
	}
	return CONFLEX_END;
}

static int
is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

size_t
conflex_word(const char **p, const char *end, const char *between,
    const char **word)
{
	int quoted = 0;

	while (*p < end && is_in(**p, between))
		++*p;
	*word = *p;
	while (*p < end && (quoted || !is_in(**p, between))) {
		if (**p == '\\' && quoted && *p + 1 < end)
			++*p;
		else if (**p == '"')
			quoted = !quoted;
		++*p;
	}
	return (size_t)(*p - *word);
}
