#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/account.h"
#include "config/conflex.h"
#include "config/keyword.h"
#include "config/value.h"
#include "mail/addr.h"

#define PATTERN_MAX	4096

struct account *
account_new(const char *name)
{
	struct account *a = mem_new(1, sizeof(*a));

	keyword_init(a);
	a->name = mem_str(name);
	return a;
}

struct account *
account_copy(const struct account *from)
{
	struct account *a = account_new(from->name);
	size_t i;

	a->where = from->where;
	for (i = 0; keyword_at(i) != NULL; i++)
		keyword_copy(a, from, i);
	return a;
}

void
account_free(struct account *a)
{
	if (a == NULL)
		return;
	keyword_clear(a);
	free(a->name);
	free(a);
}

static const struct origin *
origin_of(const struct account *a, const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));

	return k != NULL && a->origin[keyword_index(k)].line > 0 ?
	    &a->origin[keyword_index(k)] : &a->where;
}

const char *
account_origin(const struct account *a, const char *keyword, char *buf,
    size_t size)
{
	const struct origin *o = origin_of(a, keyword);

	if (o->file != NULL)
		snprintf(buf, size, "%s:%u", str_shown(o->file,
		    strlen(o->file)), o->line);
	else
		strlcpy(buf, "the command line", size);
	return buf;
}

const char *
account_place(const struct account *a, const char *keyword, char *buf,
    size_t size)
{
	char where[ERR_TEXT_MAX / 2];

	snprintf(buf, size, "%s %s", origin_of(a, keyword)->file != NULL ?
	    "in" : "on", account_origin(a, keyword, where, sizeof(where)));
	return buf;
}

/* Behind each host its port; what was looked up has its own. */
static void
add_servers(struct buf *b, const struct account *a)
{
	const char *p = a->host, *word, *end = p + strlen(p), *before = "";
	size_t n;

	while ((n = conflex_word(&p, end, " ", &word)) > 0) {
		if (str_begins(word, n, VALUE_SRV))
			buf_addf(b, "%s%s", before, str_shown(word, n));
		else
			buf_addf(b, memchr(word, ':', n) != NULL ?
			    "%s[%s]:%u" : "%s%s:%u", before,
			    str_shown(word, n), a->port);
		before = ", ";
	}
}

void
account_servers(const struct account *a, struct buf *b)
{
	if (a->socket != NULL)
		buf_adds(b, str_shown(a->socket, strlen(a->socket)));
	else if (a->host != NULL)
		add_servers(b, a);
	else if (a->connect_command != NULL)
		buf_adds(b, "connect_command");
}

const char *
account_host(const struct account *a, char *buf, size_t size)
{
	const char *p = a->host, *word;
	size_t n;

	if (p == NULL)
		return NULL;
	n = conflex_word(&p, p + strlen(p), " ", &word);
	if (str_begins(word, n, VALUE_SRV)) {
		word += strlen(VALUE_SRV);
		n -= strlen(VALUE_SRV);
	}
	if (n >= size)
		return NULL;
	memcpy(buf, word, n);
	buf[n] = '\0';
	return buf;
}

/* `*` is any text, all else itself in any case. */
static int
glob(const char *pat, size_t np, const char *s, size_t n)
{
	size_t p = 0, i = 0, star = np, mark = 0;

	while (i < n) {
		if (p < np && pat[p] == '*') {
			star = p++;
			mark = i;
		} else if (p < np && str_lower(pat[p]) == str_lower(s[i])) {
			p++;
			i++;
		} else if (star < np) {
			p = star + 1;
			i = ++mark;
		} else
			return 0;
	}
	while (p < np && pat[p] == '*')
		p++;
	return p == np;
}

/* Is s user+tag@domain where pat is user@domain? */
static int
is_tagged(const char *pat, size_t np, const char *s, size_t n)
{
	const char *at = memrchr(pat, '@', np), *s_at = memrchr(s, '@', n);
	size_t user;

	if (at == NULL || s_at == NULL || s[0] == '"')
		return 0;
	user = (size_t)(at - pat);
	return (size_t)(s_at - s) > user && s[user] == '+' &&
	    str_same_n(pat, user, s, user) &&
	    str_same_n(at, np - user, s_at, (size_t)(s + n - s_at));
}

/* Append the address in SMTP form; as it is when it does not parse. */
static void
normal(struct buf *b, const char *s, size_t n)
{
	struct addr addr = { 0 };
	struct err e = ERR_INIT;

	buf_clear(b);
	if (addr_parse_one(&addr, s, n, &e) == -1 ||
	    addr_path(b, &addr) == -1) {
		buf_clear(b);
		buf_add(b, s, n);
	}
	addr_free(&addr);
}

/* A pattern whose domain, if that is a whole one, is in A-labels. */
static void
normal_pattern(struct buf *b, const char *pat, size_t n)
{
	const char *at = memrchr(pat, '@', n);
	size_t local = at != NULL ? (size_t)(at + 1 - pat) : n;
	struct err ignored = ERR_INIT;

	buf_add(b, pat, local);
	if (local < n && (memchr(pat + local, '*', n - local) != NULL ||
	    addr_host(b, pat + local, n - local, &ignored) == -1)) {
		buf_cut(b, local);
		buf_add(b, pat + local, n - local);
	}
}

static int
match_one(const char *pat, size_t n, const struct buf *address)
{
	struct buf b = BUF_MAX(PATTERN_MAX);
	int r = 0;

	if (memchr(pat, '*', n) != NULL) {
		b.max += n;			/* as long as a line may be */
		normal_pattern(&b, pat, n);
		r = glob(buf_str(&b), b.len, buf_str(address), address->len);
		buf_free(&b);
		return r;
	}
	normal(&b, pat, n);
	if (str_same_n(buf_str(&b), b.len, buf_str(address), address->len))
		r = 2;
	else
		r = is_tagged(buf_str(&b), b.len, buf_str(address),
		    address->len);
	buf_free(&b);
	return r;
}

int
account_matches(const struct account *a, const char *address)
{
	struct buf b = BUF_MAX(PATTERN_MAX);
	const char *p = a->from, *word, *end;
	int best = 0, r;
	size_t n;

	if (p == NULL || address[0] == '\0')
		return 0;
	end = p + strlen(p);
	normal(&b, address, strlen(address));
	while ((n = conflex_word(&p, end, " ", &word)) > 0) {
		r = match_one(word, n, &b);
		if (r > best)
			best = r;
	}
	buf_free(&b);
	return best;
}

/* The first pattern without `*`, or what is behind the sign in one. */
static const char *
find_from(const struct account *a, char sign, char *buf, size_t size)
{
	const char *p = a->from, *word, *end, *start;
	size_t n;

	if (p == NULL)
		return NULL;
	end = p + strlen(p);
	while ((n = conflex_word(&p, end, " ", &word)) > 0) {
		start = sign != '\0' ? memrchr(word, sign, n) : word;
		if (start == NULL)
			continue;
		start += sign != '\0';
		n -= (size_t)(start - word);
		if (memchr(start, '*', n) != NULL || n >= size)
			continue;
		memcpy(buf, start, n);
		buf[n] = '\0';
		return buf;
	}
	return NULL;
}

const char *
account_from(const struct account *a, char *buf, size_t size)
{
	return find_from(a, '\0', buf, size);
}

const char *
account_from_domain(const struct account *a, char *buf, size_t size)
{
	return find_from(a, '@', buf, size);
}
