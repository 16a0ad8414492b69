#include <string.h>

#include "base/str.h"
#include "cred/netrc.h"

enum fit { FIT_ANY, FIT_YES, FIT_NO };

struct entry {
	long		 line;		/* 0: none has begun */
	enum fit	 machine, login, port;	/* machine is FIT_ANY by
						 * `default` */
	struct buf	 password;
};

struct netrc {
	const char		*p, *end;
	long			 line;		/* of p */
	struct buf		 word;
	struct entry		 entry;
	const struct netrc_want	*want;
	struct buf		*out;
	size_t			 start;		/* of out, when it was given */
	int			 best;		/* of what is in out; 0: none */
	long			 best_line;
	int			 full;
};

static int
is_space(char c)
{
	return str_gap(c) || c == '\f' || c == '\v';
}

/* The quote that ends a word that begins with one, or NULL: not on this line,
 * and it is like any other character. */
static const char *
closing(const struct netrc *n)
{
	const char *p = n->p + 1;

	for (; p < n->end && *p != '\n'; p++) {
		if (*p == *n->p)
			return p;
		if (*n->p == '"' && *p == '\\' && n->end - p > 1 &&
		    (p[1] == '"' || p[1] == '\\'))
			p++;
	}
	return NULL;
}

static void
take_quoted(struct netrc *n, const char *close)
{
	const char quote = *n->p++;

	for (; n->p < close; n->p++) {
		if (quote == '"' && *n->p == '\\' &&
		    (n->p[1] == '"' || n->p[1] == '\\'))
			n->p++;
		buf_addc(&n->word, *n->p);
	}
	n->p++;
}

/* The word at p, which is no space. */
static void
take_word(struct netrc *n)
{
	const char *close = NULL, *start;

	buf_clear(&n->word);
	if (*n->p == '"' || *n->p == '\'')
		close = closing(n);
	if (close != NULL)
		take_quoted(n, close);
	for (start = n->p; n->p < n->end && !is_space(*n->p); n->p++)
		;
	buf_add(&n->word, start, (size_t)(n->p - start));
}

static void
skip_space(struct netrc *n)
{
	for (; n->p < n->end && is_space(*n->p); n->p++)
		n->line += *n->p == '\n';
}

static void
skip_line(struct netrc *n)
{
	while (n->p < n->end && *n->p != '\n')
		n->p++;
}

/* A macro ends with an empty line. */
static void
skip_macro(struct netrc *n)
{
	const char *start;

	do {
		skip_line(n);
		if (n->p == n->end)
			return;
		n->p++;
		n->line++;
		start = n->p;
		skip_line(n);
	} while (n->p > start + 1 || (n->p == start + 1 && *start != '\r'));
}

/* What the entry was worth, and is it more than those before it? */
static void
settle(struct netrc *n)
{
	const struct entry *en = &n->entry;
	int worth = 1 + (en->machine == FIT_YES ? 4 : 0) +
	    (en->login == FIT_YES ? 2 : 0) + (en->port == FIT_YES);

	if (en->line == 0 || en->password.len == 0 ||
	    en->machine == FIT_NO || en->login == FIT_NO ||
	    en->port == FIT_NO || worth <= n->best)
		return;
	buf_cut(n->out, n->start);
	n->full = buf_add(n->out, buf_str(&en->password),
	    en->password.len) == -1;
	n->best = worth;
	n->best_line = en->line;
}

static void
begin(struct netrc *n, long line, enum fit machine)
{
	settle(n);
	n->entry.line = line;
	n->entry.machine = machine;
	n->entry.login = n->entry.port = FIT_ANY;
	buf_clear(&n->entry.password);
}

static void
on_machine(struct netrc *n, long line)
{
	begin(n, line, n->want->host != NULL &&
	    str_same(buf_str(&n->word), n->want->host) ? FIT_YES : FIT_NO);
}

static void
on_login(struct netrc *n, long line)
{
	(void)line;
	if (n->want->user != NULL)
		n->entry.login = strcmp(buf_str(&n->word), n->want->user) == 0 ?
		    FIT_YES : FIT_NO;
}

static void
on_password(struct netrc *n, long line)
{
	(void)line;
	buf_clear(&n->entry.password);
	buf_add(&n->entry.password, buf_str(&n->word), n->word.len);
}

/* A number, or a service: smtp is all of them, as Emacs has it. */
static void
on_port(struct netrc *n, long line)
{
	static const struct { const char *name; unsigned port; } services[] = {
		{ "smtp", 0 }, { "submission", 587 }, { "smtps", 465 },
		{ "submissions", 465 }, { "ssmtp", 465 }, { "lmtp", 0 },
	};
	const char *word = buf_str(&n->word);
	long long number = -1;
	size_t i;

	(void)line;
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (str_same(word, services[i].name))
			number = services[i].port;
	if (number == -1 && str_number(word, 1, 65535, &number) == -1)
		number = -1;
	n->entry.port = number == 0 || (number > 0 && n->want->port == 0) ?
	    FIT_ANY : number == n->want->port ? FIT_YES : FIT_NO;
}

static void
on_account(struct netrc *n, long line)
{
	(void)n;
	(void)line;
}

static void
on_default(struct netrc *n, long line)
{
	begin(n, line, FIT_ANY);
}

static void
on_macdef(struct netrc *n, long line)
{
	(void)line;
	skip_macro(n);
}

static const struct key {
	const char	*word;
	void		(*take)(struct netrc *, long line);
	int		 alone;		/* it has no value */
} keys[] = {
	{ "default", on_default, 1 }, { "macdef", on_macdef, 1 },
	{ "machine", on_machine, 0 }, { "host", on_machine, 0 },
	{ "login", on_login, 0 }, { "user", on_login, 0 },
	{ "account", on_account, 0 },
	{ "password", on_password, 0 }, { "passwd", on_password, 0 },
	{ "port", on_port, 0 }, { "protocol", on_port, 0 },
};

static const struct key *
key_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(word, keys[i].word) == 0)
			return &keys[i];
	return NULL;
}

/* What a word that we do not know may have on its line is its value, unless it
 * is a word that we do know. */
static void
skip_value(struct netrc *n)
{
	const char *start;

	while (n->p < n->end && str_blank(*n->p))
		n->p++;
	start = n->p;
	if (start == n->end || is_space(*start))
		return;
	take_word(n);
	if (key_of(buf_str(&n->word)) != NULL)
		n->p = start;
}

/* One word and its value. */
static void
take_pair(struct netrc *n)
{
	const long line = n->line;
	const struct key *key;

	take_word(n);
	key = key_of(buf_str(&n->word));
	if (key == NULL)
		skip_value(n);
	else if (key->alone)
		key->take(n, line);
	else {
		skip_space(n);
		if (n->p == n->end)
			return;
		take_word(n);
		key->take(n, line);
	}
}

long
netrc_find(const char *text, size_t n, const struct netrc_want *want,
    struct buf *out)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct netrc r = { .p = text, .end = text + n, .line = 1,
	    .want = want, .out = out, .start = out->len,
	    .word = BUF_SECRET(n),
	    .entry = { .password = BUF_SECRET(n) } };

	if (n >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0)
		r.p += sizeof(mark) - 1;
	for (skip_space(&r); r.p < r.end; skip_space(&r)) {
		if (*r.p == '#')
			skip_line(&r);
		else
			take_pair(&r);
	}
	settle(&r);
	buf_free(&r.word);
	buf_free(&r.entry.password);
	if (!r.full)
		return r.best_line;
	buf_cut(out, r.start);
	return -1;
}
