#include <arpa/inet.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "base/dynlib.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/addr.h"
#include "mail/lex822.h"

#define TEXT_MAX	4096	/* of one display name, comment or part */

#ifndef IDN2_SONAME
#define IDN2_SONAME	"libidn2.so.0"
#endif

/* The member being read. */
struct member {
	struct lex	*lex;
	const char	*text;		/* all of it */
	struct buf	 local, domain, comment;
	int		 words;		/* words and dots seen before < @ : */
	int		 last;		/* 'w' after a word, '.' after a dot */
	int		 is_local;	/* they form a local-part */
	const char	*phrase, *phrase_end;
};

/* The group being read: where it begins, and its first member. */
struct group {
	const char	*start;
	size_t		 first;
};

static const char bad_end[] = "something follows the address";

const char *
addr_library(void)
{
	return IDN2_VERSION;
}

static int
to_ascii(struct buf *out, const char *host, struct err *e)
{
	static void *lib;
	static __typeof__(idn2_lookup_u8) *lookup;
	static __typeof__(idn2_free) *release;
	static __typeof__(idn2_strerror) *words;
	static const struct dynlib_symbol symbols[] = {
		{ "idn2_lookup_u8", &lookup }, { "idn2_free", &release },
		{ "idn2_strerror", &words },
	};
	uint8_t *ascii;
	int r;

	if (dynlib_open(&lib, IDN2_SONAME, symbols, 3, e) == -1)
		return -1;
	r = lookup((const uint8_t *)host, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (r != IDN2_OK)
		return err_set(e, ERR_DATA, "%s: not a domain: %s",
		    str_shown(host, strlen(host)), words(r));
	r = buf_adds(out, (const char *)ascii);
	release(ascii);
	return r == 0 ? 0 : err_set(e, ERR_DATA, "domain is too long");
}

/* sub-domain *("." sub-domain) of RFC 5321 4.1.2, and "_" as DNS has it. */
static int
is_domain(const char *s, size_t n)
{
	size_t i, label = 0;

	for (i = 0; i <= n; i++) {
		if (i == n || s[i] == '.') {
			if (i == label || i - label > 63 ||
			    s[label] == '-' || s[i - 1] == '-')
				return 0;
			label = i + 1;
		} else if (!str_alnum(s[i]) && s[i] != '-' && s[i] != '_')
			return 0;
	}
	return n > 0 && n <= 253;
}

int
addr_host(struct buf *out, const char *host, size_t n, struct err *e)
{
	size_t i, start = out->len;
	char *copy;
	int r = 0, wide = 0;

	for (i = 0; i < n; i++)
		wide |= str_8bit(host[i]);
	copy = mem_strn(host, n);
	if (!wide)
		r = buf_add(out, host, n);
	else if (strlen(copy) != n || !str_utf8(host, n))
		r = -1;
	else if (to_ascii(out, copy, e) == -1) {
		free(copy);
		return -1;
	}
	free(copy);
	if (r == -1 || !is_domain(buf_str(out) + start, out->len - start))
		return err_set(e, ERR_DATA, "%s: not a domain",
		    str_shown(host, n));
	for (i = start; i < out->len; i++)
		out->data[i] = str_lower(out->data[i]);
	return 0;
}

/* address-literal of RFC 5321 4.1.3. */
static int
is_literal(const char *s, size_t n)
{
	char text[64];
	struct in6_addr any;

	if (n < 3 || n - 2 >= sizeof(text))
		return 0;
	memcpy(text, s + 1, n - 2);
	text[n - 2] = '\0';
	if (str_begins(text, n - 2, "IPv6:"))
		return inet_pton(AF_INET6, text + 5, &any) == 1;
	return inet_pton(AF_INET, text, &any) == 1;
}

/* domain = dot-atom / domain-literal / obs-domain.  NULL, or what is wrong. */
static const char *
domain(struct member *m)
{
	if (lex_cfws(m->lex, &m->comment) == -1)
		return m->lex->why;
	if (lex_at(m->lex, '[')) {
		if (lex_literal(m->lex, &m->domain) == -1 ||
		    !is_literal(buf_str(&m->domain), m->domain.len))
			return "not an address literal";
		return lex_cfws(m->lex, &m->comment) == -1 ?
		    m->lex->why : NULL;
	}
	for (;;) {
		if (lex_atom(m->lex, &m->domain) == -1)
			return m->lex->why != NULL ? m->lex->why :
			    m->domain.len == 0 ? "no domain after the @" :
			    "not a domain";
		if (lex_cfws(m->lex, &m->comment) == -1)
			return m->lex->why;
		if (!lex_at(m->lex, '.'))
			return NULL;
		m->lex->p++;
		if (buf_addc(&m->domain, '.') == -1 ||
		    lex_cfws(m->lex, &m->comment) == -1)
			return "not a domain";
	}
}

/* Words and dots, which may turn out to be a phrase or a local-part. */
static const char *
words(struct member *m)
{
	struct lex *l = m->lex;

	m->words = m->last = 0;
	m->is_local = 1;
	buf_clear(&m->local);
	if (lex_cfws(l, &m->comment) == -1)
		return l->why;
	m->phrase = m->phrase_end = l->p;
	while (l->p < l->end) {
		if (*l->p == '.') {
			if (m->last != 'w')
				m->is_local = 0;
			buf_addc(&m->local, '.');
			m->last = '.';
			l->p++;
		} else if (*l->p == '"' || lex_atext(*l->p)) {
			if (m->last == 'w')
				m->is_local = 0;
			if ((*l->p == '"' ? lex_quoted(l, &m->local) :
			    lex_atom(l, &m->local)) == -1)
				return l->why;
			m->last = 'w';
		} else
			break;
		m->words++;
		m->phrase_end = l->p;
		if (lex_cfws(l, &m->comment) == -1)
			return l->why;
	}
	if (m->last == '.')
		m->is_local = 0;
	return NULL;
}

/* addr-spec, or a bare local name, after words(). */
static const char *
spec(struct member *m)
{
	if (m->words == 0)
		return "no address";
	if (!m->is_local)
		return lex_at(m->lex, '@') ? "not a local part before the @" :
		    "a name without an address";
	if (!lex_at(m->lex, '@'))
		return NULL;
	m->lex->p++;
	return domain(m);
}

/*
 * obs-route = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":", which
 * is dropped.
 */
static const char *
route(struct member *m)
{
	struct lex *l = m->lex;
	const char *why;
	int domains = 0, comma = 1;

	while (lex_at(l, ',') || (comma && lex_at(l, '@'))) {
		comma = *l->p++ == ',';
		domains += !comma;
		if (!comma && (why = domain(m)) != NULL)
			return why;
		buf_clear(&m->domain);
		if (lex_cfws(l, &m->comment) == -1)
			return l->why;
	}
	if (domains == 0 || !lex_at(l, ':'))
		return "not a route";
	l->p++;
	return NULL;
}

static const char *
angle(struct member *m)
{
	const char *why;

	m->lex->p++;
	if (lex_cfws(m->lex, &m->comment) == -1)
		return m->lex->why;
	if ((lex_at(m->lex, '@') || lex_at(m->lex, ',')) &&
	    (why = route(m)) != NULL)
		return why;
	if ((why = words(m)) != NULL || (why = spec(m)) != NULL)
		return why;
	if (!lex_at(m->lex, '>'))
		return "no > after the address";
	m->lex->p++;
	return lex_cfws(m->lex, &m->comment) == -1 ?
	    m->lex->why : NULL;
}

static const char *
too_long(const struct addr *a)
{
	struct buf path = BUF_MAX(TEXT_MAX);
	const char *why = NULL;

	if (strlen(a->local) > ADDR_LOCAL_MAX)
		why = "the local part is over 64 octets";
	else if (addr_path(&path, a) == -1 || path.len > ADDR_PATH_MAX)
		why = "the address is over 254 octets";
	buf_free(&path);
	return why;
}

/* Put what was read into a; NULL, or what is wrong with it. */
static const char *
keep(struct member *m, struct addr *a)
{
	struct buf host = BUF_MAX(TEXT_MAX);
	struct err e = ERR_INIT;
	const char *why = NULL;

	if (!str_utf8(buf_str(&m->local), m->local.len))
		return "not UTF-8";
	if (strchr(buf_str(&m->local), '\t') != NULL)
		return "a tab in the local part";	/* RFC 5321 4.1.2 */
	if (m->domain.len > 0 && m->domain.data[0] != '[' &&
	    addr_host(&host, m->domain.data, m->domain.len, &e) == -1)
		why = "not a domain";
	else {
		a->local = mem_strn(buf_str(&m->local), m->local.len);
		if (m->domain.len > 0)
			a->domain = mem_str(host.len > 0 ? buf_str(&host) :
			    buf_str(&m->domain));
		why = too_long(a);
	}
	buf_free(&host);
	return why;
}

/* One mailbox up to its delimiter; group is set at "phrase:". */
static const char *
mailbox(struct member *m, struct addr *a, int *group)
{
	const char *why = words(m), *phrase = m->phrase;
	size_t n = (size_t)(m->phrase_end - m->phrase);
	int had = m->words;

	*group = 0;
	if (why != NULL)
		return why;
	if (lex_at(m->lex, ':') && m->words > 0) {
		*group = 1;
		return NULL;
	}
	if (lex_at(m->lex, '<')) {
		why = angle(m);
		if (why == NULL && had > 0)
			a->display = mem_strn(phrase, n);
	} else
		why = spec(m);
	if (why == NULL && m->comment.len > 0)
		a->comment = mem_strn(m->comment.data, m->comment.len);
	return why != NULL ? why : keep(m, a);
}

/*
 * The next comma (or, in a group, semicolon) that separates members.  Angle
 * brackets may hold quotes, comments and literals, and these hold no others.
 */
static const char *
next_member(const char *p, const char *end, int in_group)
{
	size_t depth = 0;
	char close = '\0';
	int angle = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end && (depth > 0 || close != '\0'))
			p++;
		else if (depth > 0)
			depth += (size_t)(*p == '(') - (size_t)(*p == ')');
		else if (close != '\0')
			close = *p == close ? '\0' : close;
		else if (*p == '(')
			depth = 1;
		else if (*p == '"' || *p == '[')
			close = *p == '"' ? '"' : ']';
		else if (*p == '<' || *p == '>')
			angle = *p == '<';
		else if (!angle && (*p == ',' || (in_group && *p == ';')))
			return p;
	}
	return end;
}

static struct addr *
list_add(struct addr_list *list)
{
	size_t room;

	if (list->n == list->room) {
		room = list->room > 0 ? list->room * 2 : 8;
		list->addr = mem_grow(list->addr,
		    list->room * sizeof(*list->addr),
		    room * sizeof(*list->addr));
		list->room = room;
	}
	return &list->addr[list->n++];
}

static const char *
after_blanks(const char *p, const char *end)
{
	while (p < end && (str_blank(*p) || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

static char *
trimmed(const char *p, const char *end)
{
	p = after_blanks(p, end);
	while (end > p && (str_blank(end[-1]) || end[-1] == '\r' ||
	    end[-1] == '\n'))
		end--;
	return mem_strn(p, (size_t)(end - p));
}

static void
forget(struct addr *a)
{
	free(a->display);
	free(a->comment);
	free(a->local);
	free(a->domain);
	a->display = a->comment = a->local = a->domain = NULL;
}

static void
clear(struct member *m)
{
	buf_clear(&m->local);
	buf_clear(&m->domain);
	buf_clear(&m->comment);
}

static int
at_end(const struct lex *l, int in_group)
{
	return l->p == l->end || *l->p == ',' || (in_group && *l->p == ';');
}

/* One member of the list; a bad one is kept with its reason. */
static size_t
member(struct member *m, struct addr_list *list, int *in_group)
{
	const char *start = m->lex->p, *why;
	struct addr a = { 0 };
	int group;

	clear(m);
	why = mailbox(m, &a, &group);
	if (why == NULL && group) {
		if (!*in_group) {
			m->lex->p++;
			*in_group = 1;
			return 0;
		}
		why = "a group in a group";
	}
	if (why == NULL && !at_end(m->lex, *in_group))
		why = bad_end;
	if (why != NULL) {
		m->lex->p = next_member(start, m->lex->end, *in_group);
		forget(&a);
		a.bad = mem_str(why);
	}
	a.raw = trimmed(start, m->lex->p);
	a.grouped = *in_group;
	a.at = (size_t)(after_blanks(start, m->lex->p) - m->text);
	*list_add(list) = a;
	return why != NULL;
}

static size_t
add_bad(struct addr_list *list, const char *p, const char *end,
    const char *why)
{
	struct addr *a = list_add(list);

	a->raw = trimmed(p, end);
	a->bad = mem_str(why);
	return 1;
}

/* What ends a group: the list goes on after a comma only. */
static size_t
group_end(struct member *m, struct addr_list *list, int *in_group)
{
	const char *start = ++m->lex->p;

	*in_group = 0;
	if (lex_cfws(m->lex, NULL) == 0 && at_end(m->lex, 0))
		return 0;
	m->lex->p = next_member(start, m->lex->end, 0);
	return add_bad(list, start, m->lex->p, "something follows the group");
}

/*
 * A group without its semicolon: "http://a@x" and "team: a@x" look alike, so
 * its members are nobody's.  Returns by how many the bad ones grow.
 */
static size_t
open_group(struct addr_list *list, const struct group *g, const struct lex *l)
{
	size_t bad = 0;

	while (list->n > g->first) {
		bad -= list->addr[--list->n].bad != NULL;
		addr_free(&list->addr[list->n]);
	}
	return bad + add_bad(list, g->start, l->end, "a group is not closed");
}

size_t
addr_parse(struct addr_list *list, const char *text, size_t n)
{
	struct lex lex = { .p = text, .end = text + n };
	struct member m = { .lex = &lex, .text = text,
	    .local = BUF_MAX(TEXT_MAX), .domain = BUF_MAX(TEXT_MAX),
	    .comment = BUF_MAX(TEXT_MAX) };
	struct group group = { text, 0 };
	const char *start;
	size_t bad = 0;
	int in_group = 0, was;

	for (;;) {
		start = lex.p;
		if (lex_cfws(&lex, NULL) == -1) {
			lex.p = next_member(start, lex.end, in_group);
			bad += add_bad(list, start, lex.p, lex.why);
		}
		if (lex.p == lex.end)
			break;
		if (*lex.p == ',')
			lex.p++;
		else if (*lex.p == ';' && in_group)
			bad += group_end(&m, list, &in_group);
		else {
			was = in_group;
			lex.p = start;
			bad += member(&m, list, &in_group);
			if (in_group && !was)
				group = (struct group){ start, list->n };
		}
	}
	if (in_group)
		bad += open_group(list, &group, &lex);
	buf_free(&m.local);
	buf_free(&m.domain);
	buf_free(&m.comment);
	return bad;
}

int
addr_parse_one(struct addr *a, const char *text, size_t n, struct err *e)
{
	struct addr_list list = ADDR_LIST_INIT;
	int r = -1;

	addr_parse(&list, text, n);
	if (list.n != 1)
		err_set(e, ERR_DATA, "<%s>: %s", str_shown(text, n),
		    list.n == 0 ? "no address" : "not one address");
	else if (list.addr[0].bad != NULL)
		err_set(e, ERR_DATA, "<%s>: %s", str_shown(text, n),
		    list.addr[0].bad);
	else {
		*a = list.addr[0];
		list.addr[0] = (struct addr){ 0 };
		r = 0;
	}
	addr_list_free(&list);
	return r;
}

/* dot-atom of RFC 5321 4.1.2? */
static int
is_dot_atom(const char *s)
{
	size_t i;

	if (s[0] == '\0' || s[0] == '.')
		return 0;
	for (i = 0; s[i] != '\0'; i++)
		if (!lex_atext(s[i]) && (s[i] != '.' || s[i + 1] == '.' ||
		    s[i + 1] == '\0'))
			return 0;
	return 1;
}

static int
quoted(struct buf *b, const char *s)
{
	if (buf_addc(b, '"') == -1)
		return -1;
	for (; *s != '\0'; s++) {
		if ((*s == '"' || *s == '\\') && buf_addc(b, '\\') == -1)
			return -1;
		if (buf_addc(b, *s == '\t' ? ' ' : *s) == -1)
			return -1;
	}
	return buf_addc(b, '"');
}

int
addr_path(struct buf *b, const struct addr *a)
{
	if ((is_dot_atom(a->local) ? buf_adds(b, a->local) :
	    quoted(b, a->local)) == -1)
		return -1;
	if (a->domain == NULL)
		return 0;
	return buf_addc(b, '@') == -1 ? -1 : buf_adds(b, a->domain);
}

int
addr_needs_utf8(const struct addr *a)
{
	const char *p;

	for (p = a->local; *p != '\0'; p++)
		if (str_8bit(*p))
			return 1;
	return 0;
}

int
addr_phrase(struct buf *b, const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if (!lex_atext(*p) && *p != ' ')
			return quoted(b, name);
	return name[0] == '\0' ? quoted(b, name) : buf_adds(b, name);
}

void
addr_free(struct addr *a)
{
	forget(a);
	free(a->raw);
	free(a->bad);
	*a = (struct addr){ 0 };
}

void
addr_list_free(struct addr_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		addr_free(&list->addr[i]);
	free(list->addr);
	*list = (struct addr_list)ADDR_LIST_INIT;
}
