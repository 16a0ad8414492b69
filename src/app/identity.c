#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/host.h"
#include "app/identity.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/expand.h"
#include "mail/addr.h"

#define VALUE_MAX	(64 * 1024)
#define DOMAIN_ROOM	512
#define NO_HOST		"mail.invalid"	/* RFC 6761 6.4: nobody's */

/* Append what stands for "x@text" behind the sign.  Returns 0, or -1. */
static int
add_domain(struct buf *out, const char *text)
{
	struct buf address = BUF_MAX(DOMAIN_ROOM);
	struct addr addr = { 0 };
	struct err ignored = ERR_INIT;
	int r = -1;

	if (buf_addf(&address, "x@%s", text) == 0 &&
	    addr_parse_one(&addr, buf_str(&address), address.len,
	    &ignored) == 0 && addr.domain != NULL)
		r = buf_adds(out, addr.domain);
	addr_free(&addr);
	buf_free(&address);
	return r;
}

static int
ends_in(const char *s, size_t n, const char *label)
{
	size_t len = strlen(label);

	return n >= len && str_same_n(s + n - len, len, label, len) &&
	    (n == len || s[n - len - 1] == '.');
}

const char *
identity_domain(struct buf *out, const char *name)
{
	size_t start = out->len, n;
	const char *s, *last;

	if (add_domain(out, name) == -1)
		return "neither a domain nor an address in brackets";
	s = buf_str(out) + start;
	n = out->len - start;
	if (s[0] == '[')
		return NULL;
	last = strrchr(s, '.');
	last = last != NULL ? last + 1 : s;
	if (strspn(last, "0123456789") == strlen(last))
		return "an address goes in brackets";
	if (memchr(s, '_', n) != NULL)
		return "no host's name has an underscore";
	if (ends_in(s, n, "localhost") || ends_in(s, n, "localdomain") ||
	    str_begins(s, n, "localhost."))
		return "every machine is called that";
	return NULL;
}

/* Append it if a server can believe in it: a domain has a dot. */
static int
add_believable(struct buf *out, const char *name)
{
	size_t start = out->len;

	if (name != NULL && identity_domain(out, name) == NULL &&
	    (out->data[start] == '[' ||
	    strchr(out->data + start, '.') != NULL))
		return 0;
	buf_cut(out, start);
	return -1;
}

static const char *
any_host(void)
{
	return host_name()[0] != '\0' ? host_name() : "localhost";
}

static const char *
any_mailname(void)
{
	return host_mailname()[0] != '\0' ? host_mailname() : any_host();
}

static const char *
any_canonical(void)
{
	return host_canonical()[0] != '\0' ? host_canonical() : any_host();
}

/* Expand a value of the account, whose maildomain is so already. */
static void
expand(struct account *a, char **slot)
{
	struct buf b = BUF_MAX(VALUE_MAX);
	const char *canonical = "", *maildomain = "";

	if (*slot == NULL || strchr(*slot, '%') == NULL)
		return;
	if (expand_waits(*slot, 'C'))
		canonical = any_canonical();
	if (expand_waits(*slot, 'M'))
		maildomain = slot != &a->maildomain && a->maildomain != NULL ?
		    a->maildomain : any_mailname();
	if (expand_late(&b, *slot, canonical, maildomain) == 0) {
		mem_wipe(*slot);
		*slot = mem_str(buf_str(&b));
	}
	buf_free(&b);
}

void
identity_expand_from(struct account *a)
{
	if (a->from != NULL && expand_waits(a->from, 'M'))
		expand(a, &a->maildomain);
	expand(a, &a->from);
}

int
identity_settle(struct account *a, struct err *e)
{
	struct buf b = BUF_MAX(DOMAIN_ROOM);
	const char *why;
	char where[512];

	expand(a, &a->maildomain);
	expand(a, &a->from);
	expand(a, &a->domain);
	if (a->domain == NULL)
		return 0;
	why = identity_domain(&b, a->domain);
	buf_free(&b);
	if (why == NULL)
		return 0;
	return err_set(e, ERR_CONFIG, "%s: domain: \"%s\": %s",
	    account_origin(a, "domain", where, sizeof(where)),
	    str_shown(a->domain, strlen(a->domain)), why);
}

/* What is wrong with a keyword's value is the configuration's fault. */
static int
blame(const struct account *a, const char *keyword, struct err *e)
{
	char where[512];

	e->kind = ERR_CONFIG;
	return err_prefix(e, "%s: %s: ", account_origin(a, keyword, where,
	    sizeof(where)), keyword);
}

/* maildomain, else the domain of from, else /etc/mailname, else the host. */
static int
mail_domain(struct buf *out, const struct account *a, struct err *e)
{
	char from[DOMAIN_ROOM];
	const char *domain = a->maildomain, *at;

	if (domain == NULL && account_from(a, from, sizeof(from)) != NULL &&
	    (at = strrchr(from, '@')) != NULL)
		domain = at + 1;
	if (domain == NULL)
		domain = account_from_domain(a, from, sizeof(from));
	if (domain == NULL)
		domain = any_mailname();
	if (add_domain(out, domain) == 0)
		return 0;
	err_set(e, ERR_DATA, "%s: not a domain",
	    str_shown(domain, strlen(domain)));
	return domain == a->maildomain ? blame(a, "maildomain", e) : -1;
}

static int
path_of(struct buf *out, const struct account *a, const char *text,
    struct err *e)
{
	struct addr addr = { 0 };
	int r = -1;

	if (addr_parse_one(&addr, text, strlen(text), e) == -1)
		goto out;
	r = addr_path(out, &addr);
	if (r == 0 && addr.domain == NULL) {
		buf_addc(out, '@');
		if (mail_domain(out, a, e) == -1) {
			r = -1;
			goto out;
		}
	}
	if (r == -1 || out->len > ADDR_PATH_MAX)
		r = err_set(e, ERR_DATA, "<%s> is too long",
		    str_shown(text, strlen(text)));
out:
	if (r == -1)
		err_prefix(e, "envelope sender: ");
	addr_free(&addr);
	return r;
}

/* The same for what the configuration says. */
static int
path_by(struct buf *out, const struct account *a, const char *keyword,
    const char *text, struct err *e)
{
	return path_of(out, a, text, e) == 0 ? 0 : blame(a, keyword, e);
}

static int
no_sender(const struct account *a, const char *given, struct err *e)
{
	err_set(e, ERR_CONFIG, "no envelope sender: write an address (without "
	    "*)%s", given != NULL && given[0] != '\0' ?
	    ", for allow_from_override is off" : ", or give -f ADDRESS");
	return blame(a, "from", e);
}

static const char *
user_name(void)
{
	struct passwd *pw = getpwuid(getuid());

	return pw != NULL ? pw->pw_name : NULL;
}

int
identity_sender(struct buf *out, const struct account *a, const char *given,
    struct err *e)
{
	const char *user = NULL, *from;
	char text[512];

	buf_clear(out);
	if (given != NULL && a->allow_from_override) {
		if (given[0] == '\0' || strcmp(given, "<>") == 0)
			return 0;
		return path_of(out, a, given, e);
	}
	from = account_from(a, text, sizeof(text));
	if (from != NULL)
		return path_by(out, a, "from", from, e);
	if (a->auto_from && (user = user_name()) == NULL) {
		err_set(e, ERR_CONFIG, "uid %u has no name; set \"from\"",
		    (unsigned)getuid());
		return blame(a, "auto_from", e);
	}
	if (a->auto_from)
		return path_by(out, a, "auto_from", user, e);
	if ((given == NULL || given[0] == '\0') && a->user != NULL &&
	    strchr(a->user, '@') != NULL)
		return path_by(out, a, "user", a->user, e);
	return no_sender(a, given, e);
}

static void
address_literal(struct buf *out, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char text[INET6_ADDRSTRLEN];

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		ss.ss_family = AF_UNSPEC;
	if (ss.ss_family == AF_INET && inet_ntop(AF_INET,
	    &((struct sockaddr_in *)&ss)->sin_addr, text, sizeof(text)) != NULL)
		buf_addf(out, "[%s]", text);
	else if (ss.ss_family == AF_INET6 && inet_ntop(AF_INET6,
	    &((struct sockaddr_in6 *)&ss)->sin6_addr, text,
	    sizeof(text)) != NULL)
		buf_addf(out, "[IPv6:%s]", text);
	else
		buf_adds(out, "[127.0.0.1]");
}

void
identity_helo(struct buf *out, const struct account *a, int fd)
{
	buf_clear(out);
	if (a->domain != NULL && identity_domain(out, a->domain) == NULL)
		return;
	buf_clear(out);
	if (a->hide_hostname || add_believable(out, host_name()) == -1)
		address_literal(out, fd);
}

void
identity_msgid_host(struct buf *out, const struct account *a,
    const char *sender)
{
	char from[DOMAIN_ROOM], host[DOMAIN_ROOM];
	const char *at = strrchr(sender, '@');
	const char *const names[] = {
		at != NULL ? at + 1 : NULL,
		account_from_domain(a, from, sizeof(from)),
		a->hide_hostname ? NULL : host_name(),
		account_host(a, host, sizeof(host)), NO_HOST,
	};
	size_t i;

	buf_clear(out);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (add_believable(out, names[i]) == 0)
			break;
}
