#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/alias.h"
#include "mail/lex822.h"

#define NAME_MAX_LEN	256

static const char bom[] = "\xef\xbb\xbf";

struct parse {
	struct aliases	*a;
	const char	*p, *end;	/* of the line that is read */
	unsigned	 line;
};

static void
add_def(struct parse *p, const struct buf *name, const char *value)
{
	struct aliases *a = p->a;
	struct aliases_def *d;
	size_t room = a->room > 0 ? a->room * 2 : 16, i;

	if (a->n == a->room) {
		a->def = mem_grow(a->def, a->room * sizeof(*a->def),
		    room * sizeof(*a->def));
		a->room = room;
	}
	d = &a->def[a->n++];
	d->name = mem_strn(buf_str(name), name->len);
	for (i = 0; i < name->len; i++)
		d->name[i] = str_lower(d->name[i]);
	d->at = (size_t)(value - a->text);
	d->len = (size_t)(p->end - value);
	d->line = p->line;
}

/* name = quoted-string / 1*(atext / "."); *after is what follows it. */
static int
read_name(const struct parse *p, struct buf *name, const char **after)
{
	struct lex l = { p->p, p->end, NULL };

	if (lex_at(&l, '"')) {
		if (lex_quoted(&l, name) == -1)
			return -1;
	} else
		for (; l.p < l.end && (lex_atext(*l.p) || *l.p == '.'); l.p++)
			if (buf_addc(name, *l.p) == -1)
				return -1;
	while (l.p < l.end && str_blank(*l.p))
		l.p++;
	*after = l.p;
	return name->len > 0 && l.p < l.end && *l.p == ':' ? 0 : -1;
}

/* What is wrong with a line is said without showing it: it may be of a file
 * that is no such file at all. */
static int
bad_name(const struct parse *p, struct err *e)
{
	size_t n = (size_t)(p->end - p->p);
	const char *colon = memchr(p->p, ':', n);

	if (colon == NULL)
		return err_set(e, ERR_CONFIG, "want NAME: TARGET, TARGET");
	if (p->p[0] != '"' && memchr(p->p, '@',
	    (size_t)(colon - p->p)) != NULL)
		return err_set(e, ERR_CONFIG, "an alias is a local name, "
		    "without @ and domain");
	return err_set(e, ERR_CONFIG, "want NAME: before the targets, a name "
	    "of other than letters and digits in double quotes");
}

/* definition = name *WSP ":" targets */
static int
take_def(struct parse *p, struct err *e)
{
	struct buf name = BUF_MAX(NAME_MAX_LEN);
	const char *after;
	int r = -1;

	if (read_name(p, &name, &after) == -1)
		bad_name(p, e);
	else {
		add_def(p, &name, after + 1);
		r = 0;
	}
	buf_free(&name);
	return r;
}

/* A line that begins with a blank goes on with the one before it, whatever
 * comments and empty lines are between them. */
static int
take_line(struct parse *p, struct err *e)
{
	const char *s = p->p;
	struct aliases_def *d;

	if (memchr(s, '\0', (size_t)(p->end - s)) != NULL)
		return err_set(e, ERR_CONFIG, "a NUL byte: not a file of "
		    "aliases");
	while (s < p->end && (str_blank(*s) || *s == '\r'))
		s++;
	if (s == p->end || *s == '#')
		return 0;
	if (s == p->p)
		return take_def(p, e);
	if (p->a->n == 0)
		return err_set(e, ERR_CONFIG, "begins with a blank, and there "
		    "is no alias before it to go on with");
	d = &p->a->def[p->a->n - 1];
	d->len = (size_t)(p->end - p->a->text) - d->at;
	return 0;
}

static int
take_lines(struct parse *p, const char *end, struct err *e)
{
	for (; p->p < end; p->p = p->end < end ? p->end + 1 : end) {
		p->end = memchr(p->p, '\n', (size_t)(end - p->p));
		if (p->end == NULL)
			p->end = end;
		p->line++;
		if (take_line(p, e) == -1)
			return -1;
	}
	return 0;
}

static int
by_name(const void *one, const void *other)
{
	const struct aliases_def *a = one, *b = other;
	int r = strcmp(a->name, b->name);

	return r != 0 ? r : (a->line > b->line) - (a->line < b->line);
}

/* The first definition counts, as in Postfix, which warns of the others. */
static void
sort(struct aliases *a)
{
	struct aliases_def *d = a->def;
	size_t i, kept = 0;

	if (a->n > 0)
		qsort(d, a->n, sizeof(*d), by_name);
	for (i = 0; i < a->n; i++)
		if (kept > 0 && strcmp(d[kept - 1].name, d[i].name) == 0) {
			log_story("%s:%u: alias %s is in line %u already, "
			    "which counts", str_shown(a->file,
			    strlen(a->file)), d[i].line, str_shown(d[i].name,
			    strlen(d[i].name)), d[kept - 1].line);
			free(d[i].name);
		} else
			d[kept++] = d[i];
	a->n = kept;
}

int
aliases_parse(struct aliases *a, const char *file, const char *text, size_t n,
    struct err *e)
{
	struct parse p = { .a = a };
	int r;

	*a = (struct aliases){ .file = mem_str(file) };
	if (n > ALIAS_SIZE_MAX)
		return err_set(e, ERR_CONFIG, "%s: over %zu bytes",
		    str_shown(file, strlen(file)), ALIAS_SIZE_MAX);
	a->text = mem_new(n + 1, 1);
	memcpy(a->text, text, n);
	p.p = a->text;
	if (n >= 3 && memcmp(text, bom, 3) == 0)
		p.p += 3;
	r = take_lines(&p, a->text + n, e);
	if (r == -1)
		err_prefix(e, "%s:%u: ", str_shown(file, strlen(file)),
		    p.line);
	sort(a);
	return r;
}

static int
read_file(struct buf *b, const char *path, struct err *e)
{
	return file_read(b, path, NULL, e);
}

int
aliases_load(struct aliases *a, const char *path, struct err *e)
{
	struct buf text = BUF_MAX(ALIAS_SIZE_MAX + 1);
	int r;

	*a = (struct aliases){ 0 };
	r = file_read(&text, path, NULL, e);
	if (r == 0)
		r = aliases_parse(a, path, buf_str(&text), text.len, e);
	else if (e->kind == ERR_DATA)
		e->kind = ERR_CONFIG;		/* too long */
	a->read = read_file;
	buf_free(&text);
	return r;
}

void
aliases_free(struct aliases *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		free(a->def[i].name);
	free(a->def);
	free(a->text);
	free(a->file);
	*a = (struct aliases){ 0 };
}
