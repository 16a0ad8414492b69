#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/alias.h"
#include "config/aliaslex.h"
#include "mail/addr.h"
#include "mail/lex822.h"

#define NONE	((size_t)-1)

enum progress { PROGRESS_NONE, PROGRESS_OPEN, PROGRESS_DONE };

struct included {
	char		*path;
	enum progress	 progress;
};

struct expansion {
	const struct aliases	*a;
	struct aliases_result	*r;
	unsigned char		*progress;	/* of each definition */
	struct included		 file[ALIAS_FILES_MAX];
	size_t			 nfile;
	int			 full;
};

/* Where a target stands. */
struct place {
	size_t		 def;		/* the alias it is of */
	unsigned	 depth;
	const char	*file;
	unsigned	 line;
	const char	*include;	/* by which; NULL: the file itself */
};

static void take_targets(struct expansion *, struct place *, const char *text,
    size_t n);

static int
name_cmp(const void *name, const void *def)
{
	return strcmp(name, ((const struct aliases_def *)def)->name);
}

static size_t
find(const struct aliases *a, const char *name)
{
	char *low = mem_str(name);
	const struct aliases_def *d = NULL;
	size_t i;

	for (i = 0; low[i] != '\0'; i++)
		low[i] = str_lower(low[i]);
	if (a->n > 0)
		d = bsearch(low, a->def, a->n, sizeof(*d), name_cmp);
	free(low);
	return d != NULL ? (size_t)(d - a->def) : NONE;
}

const struct aliases_def *
aliases_find(const struct aliases *a, const char *name)
{
	size_t i = find(a, name);

	return i != NONE ? &a->def[i] : NULL;
}

static int
has_room(struct expansion *x)
{
	x->full = x->full ||
	    x->r->n + x->r->nrefusal >= ALIAS_RESULTS_MAX;
	return !x->full;
}

static void
keep(struct expansion *x, const char *text)
{
	struct aliases_result *r = x->r;
	size_t room = r->room > 0 ? r->room * 2 : 8;

	if (!has_room(x))
		return;
	if (r->n == r->room) {
		r->addr = mem_grow(r->addr, r->room * sizeof(*r->addr),
		    room * sizeof(*r->addr));
		r->room = room;
	}
	r->addr[r->n++] = mem_str(text);
}

static void
add_refusal(struct aliases_result *r, const char *target, const char *why)
{
	size_t room = r->refusal_room > 0 ? r->refusal_room * 2 : 8;
	struct aliases_refusal *f;

	if (r->nrefusal == r->refusal_room) {
		r->refusal = mem_grow(r->refusal,
		    r->refusal_room * sizeof(*f), room * sizeof(*f));
		r->refusal_room = room;
	}
	f = &r->refusal[r->nrefusal++];
	f->target = mem_str(str_shown(target, strlen(target)));
	f->why = mem_str(why);
}

static void
refuse(struct expansion *x, const struct place *at, const char *target,
    const char *why)
{
	struct buf b = BUF_MAX(1024);

	if (!has_room(x))
		return;
	buf_addf(&b, "%s:%u: %s", str_shown(at->file, strlen(at->file)),
	    at->line, str_shown(why, strlen(why)));	/* short enough */
	add_refusal(x->r, at->include != NULL ? at->include : target,
	    buf_str(&b));
	buf_free(&b);
}

static void
follow_def(struct expansion *x, size_t i, unsigned depth)
{
	const struct aliases_def *d = &x->a->def[i];
	struct place at = { i, depth, x->a->file, d->line, NULL };

	x->progress[i] = PROGRESS_OPEN;
	take_targets(x, &at, x->a->text + d->at, d->len);
	x->progress[i] = PROGRESS_DONE;
}

/* The alias that a bare name stands for here, or NONE: a name among its own
 * targets is the plain one, and what `default` names is not looked up in it. */
static size_t
stands_for(const struct expansion *x, const struct place *at,
    const char *local, enum aliases_ours ours)
{
	size_t i = find(x->a, local);

	if (i != NONE)
		return i != at->def ? i : NONE;
	if (ours != ALIASES_ANY)
		return NONE;
	i = find(x->a, "default");
	return i != NONE && x->progress[i] != PROGRESS_OPEN ? i : NONE;
}

/* A name, or an address that can go out all the same. */
static void
take_ours(struct expansion *x, const struct place *at, const char *local,
    const char *text, enum aliases_ours ours)
{
	size_t i = stands_for(x, at, local, ours);

	if (i == NONE ||
	    (ours == ALIASES_NAMED && x->progress[i] == PROGRESS_OPEN))
		keep(x, text);
	else if (x->progress[i] == PROGRESS_OPEN)
		refuse(x, at, text, "the aliases go round in a loop");
	else if (x->progress[i] == PROGRESS_DONE)
		return;
	else if (at->depth >= ALIAS_DEPTH_MAX)
		refuse(x, at, text, "too many aliases, one behind another");
	else
		follow_def(x, i, at->depth + 1);
}

static enum aliases_ours
ours_of(const struct expansion *x, const char *domain)
{
	if (domain == NULL)
		return ALIASES_ANY;
	return x->a->is_ours != NULL ? x->a->is_ours(x->a->ours, domain) :
	    ALIASES_NOT_OURS;
}

/* addr_parse() takes what is not one mailbox for several, or for none. */
static void
take_mailbox(struct expansion *x, const struct place *at, const char *text,
    const char *written, int plain)
{
	struct addr_list list = ADDR_LIST_INIT;
	enum aliases_ours ours = ALIASES_NOT_OURS;
	const struct addr *a;

	addr_parse(&list, text, strlen(text));
	a = list.addr;
	if (list.n == 1 && a->bad == NULL && !plain)
		ours = ours_of(x, a->domain);
	if (list.n != 1)
		refuse(x, at, written, list.n == 0 ? "no address" :
		    "not one address");
	else if (a->bad != NULL)
		refuse(x, at, written, a->bad);
	else if (ours == ALIASES_NOT_OURS)
		keep(x, a->raw);
	else
		take_ours(x, at, a->local, a->raw, ours);
	addr_list_free(&list);
}

static void
take_address(struct expansion *x, const struct place *at, const char *text,
    const char *written)
{
	take_mailbox(x, at, text, written, 0);
}

/* Sendmail's \name: delivered to, and no alias any more. */
static void
take_plain(struct expansion *x, const struct place *at, const char *text,
    const char *written)
{
	take_mailbox(x, at, text, written, 1);
}

static void
take_command(struct expansion *x, const struct place *at, const char *text,
    const char *written)
{
	(void)text;
	refuse(x, at, written, "a command, and none is ever run");
}

static void
take_file(struct expansion *x, const struct place *at, const char *text,
    const char *written)
{
	(void)text;
	refuse(x, at, written, "a file, and none is ever written to");
}

static void
take_unknown(struct expansion *x, const struct place *at, const char *text,
    const char *written)
{
	(void)text;
	refuse(x, at, written, "neither an address nor \":include:/FILE\"");
}

/* How far the reading of a file is; NULL when there are too many. */
static struct included *
included(struct expansion *x, const char *path)
{
	size_t i;

	for (i = 0; i < x->nfile; i++)
		if (strcmp(x->file[i].path, path) == 0)
			return &x->file[i];
	if (x->nfile == ALIAS_FILES_MAX)
		return NULL;
	x->file[x->nfile].path = mem_str(path);
	return &x->file[x->nfile++];
}

static void
follow_file(struct expansion *x, const struct place *from,
    struct included *f, const char *written)
{
	struct buf b = BUF_MAX(ALIAS_SIZE_MAX + 1);
	struct err e = ERR_INIT;
	struct place at = { from->def, from->depth + 1, f->path, 0,
	    from->include != NULL ? from->include : written };

	f->progress = PROGRESS_OPEN;
	if (x->a->read(&b, f->path, &e) == -1)
		refuse(x, from, written, e.text);
	else if (memchr(buf_str(&b), '\0', b.len) != NULL)
		refuse(x, from, written, "a NUL byte: not a list of "
		    "addresses");
	else
		take_targets(x, &at, buf_str(&b), b.len);
	f->progress = PROGRESS_DONE;
	buf_free(&b);
}

static void
take_include(struct expansion *x, const struct place *at, const char *path,
    const char *written)
{
	struct included *f;

	while (str_blank(*path))
		path++;
	if (*path != '/')
		refuse(x, at, written, "the file's name does not begin with /");
	else if (x->a->read == NULL)
		refuse(x, at, written, "files are not read here");
	else if (at->depth >= ALIAS_DEPTH_MAX)
		refuse(x, at, written, "too many aliases, one behind another");
	else if ((f = included(x, path)) == NULL)
		refuse(x, at, written, "too many files for one alias");
	else if (f->progress == PROGRESS_OPEN)
		refuse(x, at, written, "the file includes itself");
	else if (f->progress == PROGRESS_NONE)
		follow_file(x, at, f, written);
}

static void
take_target(struct expansion *x, const struct place *at, const char *text,
    const char *written)
{
	static const struct {
		const char	*begin;
		void		(*take)(struct expansion *,
				    const struct place *, const char *,
				    const char *);
	} kinds[] = {
		{ "|", take_command },
		{ "/", take_file },
		{ ":include:", take_include },
		{ ":", take_unknown },
		{ "\\", take_plain },
		{ "", take_address },
	};
	size_t i, n = strlen(text);

	for (i = 0; !str_begins(text, n, kinds[i].begin); i++)
		;
	kinds[i].take(x, at, text + strlen(kinds[i].begin), written);
}

/*
 * Quotes around a whole target are the file's ("|command arguments",
 * "ann@example.org"), but a local name keeps them, for they may be part of it.
 */
static void
take_item(struct expansion *x, const struct place *at, const char *item)
{
	struct lex l = { item, item + strlen(item), NULL };
	struct buf b = BUF_MAX(ALIASLEX_TARGET_MAX);
	const char *s = "";

	if (lex_at(&l, '"') && lex_quoted(&l, &b) == 0 && l.p == l.end)
		s = buf_str(&b);
	if (s[0] == '|' || s[0] == '/' || s[0] == ':' ||
	    strchr(s, '@') != NULL)
		take_target(x, at, s, item);
	else
		take_target(x, at, item, item);
	buf_free(&b);
}

/* Line 0 is where an included file begins. */
static void
take_targets(struct expansion *x, struct place *at, const char *text,
    size_t n)
{
	struct aliaslex l;
	size_t count;

	if (at->line > 0)
		aliaslex_open(&l, text, n, ALIASLEX_FOLDED, at->line);
	else
		aliaslex_open(&l, text, n, ALIASLEX_LINES, ++at->line);
	for (count = 0; !x->full && aliaslex_next(&l); count++) {
		at->line = l.item_line;
		if (l.why != NULL)
			refuse(x, at, buf_str(&l.item), l.why);
		else
			take_item(x, at, buf_str(&l.item));
	}
	/* Nobody would get the mail, and nobody would hear of it. */
	if (count == 0)
		refuse(x, at, x->a->def[at->def].name, "no target");
	aliaslex_close(&l);
}

int
aliases_expand(const struct aliases *a, const char *name,
    struct aliases_result *r)
{
	struct expansion x = { .a = a, .r = r };
	size_t i = find(a, name);

	aliases_result_free(r);
	if (i == NONE)
		i = find(a, "default");
	if (i == NONE)
		return 0;
	x.progress = mem_new(a->n, 1);
	follow_def(&x, i, 1);
	if (x.full) {
		aliases_result_free(r);
		x.full = 0;
		refuse(&x, &(struct place){ i, 1, a->file, a->def[i].line,
		    NULL }, name, "stands for too many addresses");
	}
	while (x.nfile > 0)
		free(x.file[--x.nfile].path);
	free(x.progress);
	return 1;
}

void
aliases_result_free(struct aliases_result *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free(r->addr[i]);
	for (i = 0; i < r->nrefusal; i++) {
		free(r->refusal[i].target);
		free(r->refusal[i].why);
	}
	free(r->addr);
	free(r->refusal);
	*r = (struct aliases_result){ 0 };
}
