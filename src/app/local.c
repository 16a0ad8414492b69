#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/local.h"
#include "base/mem.h"
#include "base/str.h"

#define ALIASES_FILE	"/etc/aliases"
#define PATH_ROOM	4096

static int
is_loopback(const char *domain)
{
	return str_same(domain, "localhost") ||
	    str_same(domain, "localhost.localdomain");
}

/* The host's name as it is, or its first label, or all that it is called. */
static int
is_host(const char *domain, const struct local_names *names)
{
	size_t n = strcspn(names->host, ".");

	if (n == 0)
		return 0;
	if (str_same(domain, names->host) ||
	    str_same_n(domain, strlen(domain), names->host, n))
		return 1;
	return str_same_n(domain, strcspn(domain, "."), names->host, n) &&
	    str_same(domain, names->canonical());
}

/* A host named as its whole domain is no reason to catch all mail for it, so
 * the mail name comes first. */
enum local_kind
local_kind(const char *domain, const struct local_names *names)
{
	int mailname;

	if (domain == NULL)
		return LOCAL_BARE;
	if (is_loopback(domain))
		return LOCAL_LOOPBACK;
	mailname = str_same(domain, names->mailname);
	if (mailname && strchr(domain, '.') != NULL)
		return LOCAL_MAILNAME;
	if (is_host(domain, names))
		return LOCAL_HOST;
	return mailname ? LOCAL_MAILNAME : LOCAL_NOT;
}

/* The file of aliases, or NULL when there is to be none. */
static const char *
file_of(const struct local *l)
{
	const char *file = l->account->aliases;

	if (file == NULL)
		return ALIASES_FILE;
	return file[0] != '\0' ? file : NULL;
}

int
local_open(struct local *l, const struct account *a,
    const struct local_names *names, struct err *e)
{
	const char *file = a->aliases;
	char where[ERR_TEXT_MAX / 2];

	*l = (struct local){ .account = a, .names = *names };
	if (file == NULL || file[0] == '\0' || access(file, F_OK) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: aliases: %s: %s",
	    account_origin(a, "aliases", where, sizeof(where)),
	    str_shown(file, strlen(file)), strerror(errno));
}

/* What has a dot may be the domain of a whole organisation, even where a host
 * is called that, and `default:` must not catch all mail for it. */
static enum aliases_ours
ours(enum local_kind kind, const char *domain)
{
	switch (kind) {
	case LOCAL_NOT:
		return ALIASES_NOT_OURS;
	case LOCAL_BARE:
	case LOCAL_LOOPBACK:
		return ALIASES_ANY;
	case LOCAL_HOST:
	case LOCAL_MAILNAME:
		break;
	}
	return strchr(domain, '.') == NULL ? ALIASES_ANY : ALIASES_NAMED;
}

/* Of an alias's targets. */
static enum aliases_ours
is_ours(const void *names, const char *domain)
{
	return ours(local_kind(domain, names), domain);
}

/* Returns 0, or -1 when l->why says why nothing is known of any alias. */
static int
need_aliases(struct local *l)
{
	const char *file = file_of(l);

	if (l->state != LOCAL_UNREAD)
		return l->state == LOCAL_READ ? 0 : -1;
	l->state = LOCAL_READ;
	if (file == NULL || aliases_load(&l->aliases, file, &l->why) == 0) {
		l->aliases.is_ours = is_ours;
		l->aliases.ours = &l->names;
		return 0;
	}
	if (l->account->aliases == NULL && l->why.kind == ERR_NOINPUT)
		return 0;			/* the default one */
	l->why.kind = ERR_CONFIG;
	l->state = LOCAL_UNFIT;
	return -1;
}

static struct local_target *
add_target(struct local_answer *r, const char *text)
{
	size_t room = r->room > 0 ? r->room * 2 : 4;

	if (r->n == r->room) {
		r->target = mem_grow(r->target, r->room * sizeof(*r->target),
		    room * sizeof(*r->target));
		r->room = room;
	}
	r->target[r->n] = (struct local_target){
	    .text = text != NULL ? mem_str(text) : NULL };
	return &r->target[r->n++];
}

static void
refuse(struct local_answer *r, const char *text, enum err_kind kind,
    const char *why)
{
	struct local_target *t = add_target(r, text);

	t->kind = kind;
	t->why = mem_str(why);
}

/* As it has to be written in a file of aliases; nothing if it is too odd. */
static int
is_plain_name(const char *s)
{
	size_t i;

	for (i = 0; str_alnum(s[i]) || (s[i] != '\0' &&
	    strchr("._+-", s[i]) != NULL); i++)
		;
	return i > 0 && s[i] == '\0';
}

/* No alias, and no domain that a server could know. */
static void
refuse_bare(const struct local *l, struct local_answer *r, const char *text,
    const struct addr *a)
{
	struct buf why = BUF_MAX(2048);
	const char *file = file_of(l);

	if (a->domain != NULL)
		buf_addf(&why, "%s is this machine, which keeps no mail; ",
		    str_shown(a->domain, strlen(a->domain)));
	else
		buf_adds(&why, "no domain; ");
	if (file == NULL)
		buf_adds(&why, "set default_domain, for aliases are off");
	else if (is_plain_name(a->local))
		buf_addf(&why, "add \"%s: you@example.org\" to %s, or set "
		    "default_domain", a->local,
		    str_shown(file, strlen(file)));
	else
		buf_addf(&why, "add an alias for it to %s, or set "
		    "default_domain", str_shown(file, strlen(file)));
	refuse(r, text, ERR_NOUSER, buf_str(&why));
	buf_free(&why);
}

/* An address that no alias is for (any more). */
static void
keep(const struct local *l, struct local_answer *r, const char *text,
    const struct addr *a)
{
	struct buf path = BUF_MAX(PATH_ROOM);
	struct addr whole = *a;			/* borrowed from a */

	if (ours(local_kind(a->domain, &l->names), a->domain) ==
	    ALIASES_ANY)
		whole.domain = l->account->default_domain;
	if (whole.domain == NULL)
		refuse_bare(l, r, text, a);
	else if (addr_path(&path, &whole) == -1 || path.len > ADDR_PATH_MAX)
		refuse(r, text, ERR_DATA, "the address is over 254 octets");
	else
		add_target(r, text)->path = mem_str(buf_str(&path));
	buf_free(&path);
}

static void
keep_text(const struct local *l, struct local_answer *r, const char *text)
{
	struct addr a = { 0 };
	struct err e = ERR_INIT;

	if (addr_parse_one(&a, text, strlen(text), &e) == -1)
		refuse(r, text, ERR_DATA, e.text);
	else
		keep(l, r, text, &a);
	addr_free(&a);
}

static void
expand(const struct local *l, struct local_answer *r, const char *name,
    unsigned line)
{
	struct aliases_result found = { 0 };
	struct buf where = BUF_MAX(1024);
	const char *file = l->aliases.file;
	size_t i;

	buf_addf(&where, "%s:%u", str_shown(file, strlen(file)), line);
	r->alias = mem_str(buf_str(&where));
	aliases_expand(&l->aliases, name, &found);
	for (i = 0; i < found.n; i++)
		keep_text(l, r, found.addr[i]);
	for (i = 0; i < found.nrefusal; i++)
		refuse(r, found.refusal[i].target, ERR_NOUSER,
		    found.refusal[i].why);
	aliases_result_free(&found);
	buf_free(&where);
}

void
local_find(struct local *l, const struct addr *a, struct local_answer *r)
{
	const struct aliases_def *d = NULL;
	enum local_kind kind;

	local_answer_free(r);
	if (a->bad != NULL) {
		refuse(r, NULL, ERR_DATA, a->bad);
		return;
	}
	kind = local_kind(a->domain, &l->names);
	if (kind != LOCAL_NOT && need_aliases(l) == -1) {
		refuse(r, NULL, l->why.kind, l->why.text);
		return;
	}
	if (kind != LOCAL_NOT)
		d = aliases_find(&l->aliases, a->local);
	if (d == NULL && ours(kind, a->domain) == ALIASES_ANY)
		d = aliases_find(&l->aliases, "default");
	if (d != NULL)
		expand(l, r, a->local, d->line);
	else
		keep(l, r, NULL, a);
}

void
local_answer_free(struct local_answer *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		free(r->target[i].path);
		free(r->target[i].text);
		free(r->target[i].why);
	}
	free(r->target);
	free(r->alias);
	*r = (struct local_answer){ 0 };
}

void
local_free(struct local *l)
{
	aliases_free(&l->aliases);
	*l = (struct local){ 0 };
}
