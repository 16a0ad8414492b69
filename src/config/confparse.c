#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/secret.h"
#include "base/secretenv.h"
#include "base/str.h"
#include "config/conflex.h"
#include "config/confparse.h"
#include "config/keyword.h"

#define EVAL_MS		10000
#define SHOWN_MAX	32		/* of an unknown keyword */
#define NAME_MAX_LEN	128		/* of an account */

struct parse {
	struct config		*c;
	const char		*file;		/* c's copy */
	const char		*text;		/* all of it; borrowed */
	size_t			 n;
	unsigned		 line;
	size_t			 first;		/* this file's first account */
	struct account		*defaults;	/* owned */
	struct account		*current;	/* defaults, or an account;
						 * NULL: none yet */
	enum confparse_eval	 eval;
	int			 evaluated;	/* the line comes of `eval` */
};

static int take_line(struct parse *, const struct conflex_line *,
    struct err *);

/* A name as written in `account`: no list, no quotes, nothing unprintable. */
static int
is_name(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] <= 0x20 || s[i] == 0x7f ||
		    s[i] == '"')
			return 0;
	return n > 0 && n <= NAME_MAX_LEN;
}

/* The account of that name among those from..to, the last one first. */
static struct account *
find(const struct config *c, size_t from, size_t to, const char *name,
    size_t n)
{
	struct account *a;

	while (to-- > from) {
		a = c->account[to];
		if (strlen(a->name) == n && memcmp(a->name, name, n) == 0)
			return a;
	}
	return NULL;
}

static int
no_parent(struct parse *p, const struct account *a, const char *name,
    size_t n, struct err *e)
{
	const char **words = mem_new(p->c->n + 1, sizeof(*words));
	char *wanted = mem_strn(name, n);
	const char *near;
	size_t i;

	for (i = 0; i < p->c->n; i++)
		words[i] = p->c->account[i]->name;
	near = str_nearest(wanted, words, p->c->n);
	err_set(e, ERR_CONFIG, "account %s: no account %s before it",
	    str_shown(a->name, strlen(a->name)), str_shown(name, n));
	if (near != NULL)
		err_suffix(e, "; did you mean \"%s\"?",
		    str_shown(near, strlen(near)));
	free(wanted);
	free(words);
	return -1;
}

/* What the parent has from `defaults` (of other files than this one, or NULL),
 * or what it was given itself. */
static void
inherit(struct account *a, const struct account *parent, int by_defaults,
    const char *not_of)
{
	const struct origin *o = parent->origin;
	size_t i;

	for (i = 0; keyword_at(i) != NULL; i++)
		if (o[i].line > 0 && o[i].by_defaults == by_defaults &&
		    (not_of == NULL || o[i].file != not_of))
			keyword_copy(a, parent, i);
}

/*
 * The values of an account, the later winning: the `defaults` of a file read
 * earlier, by way of a parent (or its parent) there; the `defaults` of this
 * file; what was written in the parents, in their order.
 */
static int
take_parents(struct parse *p, struct account *a, const char *list,
    const char *end, struct err *e)
{
	struct account **parent = mem_new(CONFIG_ACCOUNTS_MAX,
	    sizeof(*parent));
	const char *word;
	size_t n, i, np = 0;
	int r = 0;

	while ((n = conflex_word(&list, end, ", \t", &word)) > 0 && r == 0) {
		if (np < CONFIG_ACCOUNTS_MAX && (parent[np] = find(p->c, 0,
		    p->c->n, word, n)) != NULL)
			np++;
		else
			r = no_parent(p, a, word, n, e);
	}
	for (i = 0; i < np; i++)
		inherit(a, parent[i], 1, p->file);
	inherit(a, p->defaults, 1, NULL);
	for (i = 0; i < np; i++)
		inherit(a, parent[i], 0, NULL);
	free(parent);
	return r;
}

static int
check_name(const struct parse *p, const char *name, size_t n, struct err *e)
{
	const struct account *other;
	const struct config *c = p->c;

	if (!is_name(name, n))
		return err_set(e, ERR_CONFIG, "account: want a name: one "
		    "word, without quotes");
	other = find(c, p->first, c->n, name, n);
	if (other != NULL)
		return err_set(e, ERR_CONFIG, "account %s: there is one of "
		    "that name in line %u already", str_shown(name, n),
		    other->where.line);
	if (c->n == CONFIG_ACCOUNTS_MAX)
		return err_set(e, ERR_CONFIG, "over %d accounts",
		    CONFIG_ACCOUNTS_MAX);
	return 0;
}

static void
add_account(struct config *c, struct account *a)
{
	c->account = mem_grow(c->account, c->n * sizeof(*c->account),
	    (c->n + 1) * sizeof(*c->account));
	c->account[c->n++] = a;
}

/* account = "account" name [ ":" parent *( "," parent ) ] */
static int
take_account(struct parse *p, const struct conflex_line *l, struct err *e)
{
	const char *s = l->value, *end = s + l->value_len;
	struct account *a;
	char *name;
	size_t n = 0;

	while (s + n < end && !str_blank(s[n]) && s[n] != ':' && s[n] != ',')
		n++;
	if (check_name(p, s, n, e) == -1)
		return -1;
	name = mem_strn(s, n);
	for (s += n; s < end && str_blank(*s); s++)
		;
	if (s < end && (*s != ':' || s + 1 == end)) {
		free(name);
		return err_set(e, ERR_CONFIG, "account: want one name, or "
		    "NAME : PARENT, PARENT");
	}
	a = account_new(name);
	free(name);
	a->where = (struct origin){ p->file, p->line, 0 };
	if (take_parents(p, a, s < end ? s + 1 : s, end, e) == -1) {
		account_free(a);
		return -1;
	}
	add_account(p->c, a);
	p->current = a;
	return 0;
}

static int
take_defaults(struct parse *p, const struct conflex_line *l, struct err *e)
{
	if (l->value_len > 0)
		return err_set(e, ERR_CONFIG, "defaults: takes no value");
	account_free(p->defaults);
	p->current = p->defaults = account_new("defaults");
	return 0;
}

static void
hide_of(const struct account *a)
{
	if (a != NULL && a->password_env != NULL)
		secretenv_take(a->password_env);
}

/* A command inherits no variable that a line names, be it further down, nor one
 * that was named by the output of another. */
static void
hide_variables(const struct parse *p)
{
	static const char keyword[] = "password_env";
	struct conflex_line line;
	struct conflex lex;
	enum conflex_status st;
	char *name;
	size_t i;

	hide_of(p->defaults);
	for (i = 0; i < p->c->n; i++)
		hide_of(p->c->account[i]);
	conflex_open(&lex, p->text, p->n);
	while ((st = conflex_next(&lex, &line)) != CONFLEX_END) {
		if (st != CONFLEX_LINE || line.value_len == 0 ||
		    line.keyword_len != strlen(keyword) ||
		    memcmp(line.keyword, keyword, strlen(keyword)) != 0)
			continue;
		name = mem_strn(line.value, line.value_len);
		secretenv_take(name);
		free(name);
	}
}

static int
parse_output(struct parse *p, const struct buf *out, struct err *e)
{
	struct conflex_line line;
	struct conflex lex;
	const char *nl = memchr(buf_str(out), '\n', out->len);

	conflex_open(&lex, buf_str(out), nl != NULL ?
	    (size_t)(nl - out->data) : out->len);
	switch (conflex_next(&lex, &line)) {
	case CONFLEX_END:
		return 0;
	case CONFLEX_LINE:
		return take_line(p, &line, e);
	case CONFLEX_NUL:
	case CONFLEX_LONG:
		break;
	}
	return err_set(e, ERR_CONFIG, "its output is not a line of text");
}

/* The first line of a command's output instead of this one. */
static int
take_eval(struct parse *p, const struct conflex_line *l, struct err *e)
{
	struct buf out = BUF_SECRET(CONFLEX_LINE_MAX);
	char *command;
	int r;

	if (p->evaluated)
		return err_set(e, ERR_CONFIG, "its output is eval again");
	if (p->eval == CONFPARSE_EVAL_NO)
		return err_set(e, ERR_CONFIG, "eval: not allowed here");
	if (l->value_len == 0)
		return err_set(e, ERR_CONFIG, "eval: a command is missing");
	command = secret_strn(l->value, l->value_len);
	hide_variables(p);
	p->evaluated = 1;
	r = proc_run(command, &out, clock_in(EVAL_MS), NULL, e);
	if (r == 0)
		r = parse_output(p, &out, e);
	if (r == -1) {
		err_prefix(e, "eval: ");
		e->kind = ERR_CONFIG;
	}
	p->evaluated = 0;
	secret_free(command);
	buf_free(&out);
	return r;
}

/* All small letters and "_", as keywords are and few secrets. */
static int
like_keyword(const char *s)
{
	while (*s == '_' || (*s >= 'a' && *s <= 'z'))
		s++;
	return *s == '\0';
}

/* The keyword that is meant by one with dashes, as the command line has it;
 * NULL: there is none.  What is only nearly one may be a password's. */
static const struct keyword *
dashed(const struct conflex_line *l)
{
	char word[SHOWN_MAX];
	size_t i;

	for (i = 0; i < l->keyword_len && i < sizeof(word); i++)
		word[i] = l->keyword[i] == '-' ? '_' : l->keyword[i];
	return i == l->keyword_len ? keyword_find(word, i) : NULL;
}

/* Show no more of a line that is none of ours than a keyword may have; nothing
 * of what a command said, nor of a lone word that does not look like one:
 * either may be a password. */
static int
unknown(const struct parse *p, const struct conflex_line *l, struct err *e)
{
	char lead[SHOWN_MAX + 1];
	const struct keyword *k = dashed(l);
	const char *near;
	size_t n = 0;
	char c;

	if (k != NULL && !p->evaluated)
		return err_set(e, ERR_CONFIG, "%.*s: unknown keyword; did you "
		    "mean \"%s\"?", (int)l->keyword_len, l->keyword, k->name);
	for (; n < l->keyword_len && n < SHOWN_MAX; n++) {
		c = l->keyword[n];
		if (!str_alnum(c) && c != '_')
			break;
		lead[n] = c;
	}
	lead[n] = '\0';
	if (n == 0 || p->evaluated)
		return err_set(e, ERR_CONFIG, "not a configuration line; "
		    "write: KEYWORD VALUE");
	if (n < l->keyword_len && keyword_find(lead, n) != NULL)
		return err_set(e, ERR_CONFIG, "%s: write a blank%s after it",
		    lead, l->keyword[n] == '=' ? ", not \"=\"," : "");
	near = keyword_nearest(lead);
	if (near == NULL && l->value_len == 0 && !like_keyword(lead))
		return err_set(e, ERR_CONFIG, "not a configuration line; "
		    "write: KEYWORD VALUE");
	err_set(e, ERR_CONFIG, "%s: unknown keyword", lead);
	if (near != NULL)
		err_suffix(e, "; did you mean \"%s\"?", near);
	return -1;
}

/* `host = x` would otherwise name a server "= x". */
static int
has_equals(const struct conflex_line *l)
{
	return !l->quoted && l->value_len > 1 && l->value[0] == '=' &&
	    str_blank(l->value[1]);
}

static int
take_keyword(struct parse *p, const struct conflex_line *l, struct err *e)
{
	const struct keyword *k = keyword_find(l->keyword, l->keyword_len);
	char *value;
	int r;

	if (k == NULL)
		return unknown(p, l, e);
	if (p->current == NULL)
		return err_set(e, ERR_CONFIG, "%s: write \"account NAME\" or "
		    "\"defaults\" before it", k->name);
	if (has_equals(l))
		return err_set(e, ERR_CONFIG, "%s: write a blank, not \"=\", "
		    "after it", k->name);
	value = secret_strn(l->value, l->value_len);
	r = keyword_set(p->current, k, value, e);
	secret_free(value);
	if (r == -1)
		return -1;
	p->current->origin[keyword_index(k)] = (struct origin){ p->file,
	    p->line, p->current == p->defaults };
	if (k->flags & KEYWORD_IDLE)
		log_debug("%s:%u: %s is not in effect in this version",
		    p->file, p->line, k->name);
	if ((k->flags & KEYWORD_PRIVATE) && l->value_len > 0 &&
	    !p->evaluated && p->c->secret_line == 0)
		p->c->secret_line = p->line;
	return 0;
}

static int
take_line(struct parse *p, const struct conflex_line *l, struct err *e)
{
	static const struct {
		const char	*word;
		int		(*take)(struct parse *,
				    const struct conflex_line *, struct err *);
	} commands[] = {
		{ "account", take_account },
		{ "defaults", take_defaults },
		{ "eval", take_eval },
	};
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strlen(commands[i].word) == l->keyword_len &&
		    memcmp(commands[i].word, l->keyword, l->keyword_len) == 0)
			return commands[i].take(p, l, e);
	return take_keyword(p, l, e);
}

static int
take_lines(struct parse *p, struct conflex *lex, struct err *e)
{
	enum conflex_status st;
	struct conflex_line line;
	int r = 0;

	while (r == 0 && (st = conflex_next(lex, &line)) != CONFLEX_END) {
		p->line = lex->line;
		if (st == CONFLEX_LINE)
			r = take_line(p, &line, e);
		else
			r = err_set(e, ERR_CONFIG, st == CONFLEX_NUL ?
			    "a NUL byte: not a configuration file" :
			    "a line of over 65536 bytes");
	}
	return r;
}

int
confparse_text(struct config *c, const char *file, const char *text, size_t n,
    enum confparse_eval eval, struct err *e)
{
	struct parse p = { .c = c, .text = text, .n = n, .first = c->n,
	    .eval = eval };
	struct conflex lex;
	int r;

	c->file = mem_grow(c->file, c->nfile * sizeof(*c->file),
	    (c->nfile + 1) * sizeof(*c->file));
	p.file = c->file[c->nfile++] = mem_str(file);
	p.defaults = account_new("defaults");
	c->secret_line = 0;
	conflex_open(&lex, text, n);
	r = take_lines(&p, &lex, e);
	if (r == -1)
		err_prefix(e, "%s:%u: ", str_shown(file, strlen(file)),
		    p.line);
	account_free(p.defaults);
	return r;
}
