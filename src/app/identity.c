#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/host.h"
#include "app/identity.h"
#include "base/str.h"
#include "mail/addr.h"

/* maildomain, else the domain of from, else /etc/mailname, else the host. */
static int
mail_domain(struct buf *out, const struct account *a, struct err *e)
{
	char from[512];
	const char *at = account_from(a, from, sizeof(from)), *domain = "";

	at = at != NULL ? strrchr(at, '@') : NULL;
	if (a->maildomain != NULL)
		domain = a->maildomain;
	else if (at != NULL)
		domain = at + 1;
	else
		domain = host_mailname();
	if (domain[0] == '\0')
		domain = host_name()[0] != '\0' ? host_name() : "localhost";
	return domain[0] == '[' ? buf_adds(out, domain) :
	    addr_host(out, domain, strlen(domain), e);
}

static int
path_of(struct buf *out, const struct account *a, const char *text,
    struct err *e)
{
	struct addr addr = { 0 };
	int r = -1;

	if (addr_parse_one(&addr, text, strlen(text), e) == -1) {
		err_prefix(e, "envelope sender: ");
		goto out;
	}
	if (addr_path(out, &addr) == -1) {
		err_set(e, ERR_DATA, "envelope sender: %s is too long",
		    str_shown(text, strlen(text)));
		goto out;
	}
	if (addr.domain == NULL) {
		buf_addc(out, '@');
		if (mail_domain(out, a, e) == -1) {
			err_prefix(e, "envelope sender: ");
			goto out;
		}
	}
	r = 0;
out:
	addr_free(&addr);
	return r;
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
	const char *user, *from;
	char text[512];

	buf_clear(out);
	if (given != NULL && a->allow_from_override) {
		if (given[0] == '\0' || strcmp(given, "<>") == 0)
			return 0;
		return path_of(out, a, given, e);
	}
	from = account_from(a, text, sizeof(text));
	if (from != NULL)
		return path_of(out, a, from, e);
	if (a->auto_from) {
		user = user_name();
		return path_of(out, a, user != NULL ? user : "nobody", e);
	}
	if (given != NULL && given[0] != '\0')
		return err_set(e, ERR_CONFIG, "allow_from_override is off and "
		    "the account has no \"from\"; set one");
	if (a->user != NULL && strchr(a->user, '@') != NULL)
		return path_of(out, a, a->user, e);
	return err_set(e, ERR_CONFIG, "no envelope sender: set \"from\" in the "
	    "account, or give -f ADDRESS");
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
	struct err ignored = ERR_INIT;
	const char *host = host_name();

	buf_clear(out);
	if (a->domain == NULL && host_is_fqdn(host))
		buf_adds(out, host);
	else if (a->domain == NULL)
		address_literal(out, fd);
	else if (addr_host(out, a->domain, strlen(a->domain), &ignored) == -1) {
		buf_clear(out);
		buf_adds(out, a->domain);		/* a literal, say */
	}
}

void
identity_msgid_host(struct buf *out, const char *sender)
{
	const char *at = strrchr(sender, '@');
	const char *host = host_name();

	if (at != NULL && host_is_fqdn(at + 1))
		buf_adds(out, at + 1);
	else
		buf_adds(out, host_is_fqdn(host) ? host : "localhost.localdomain");
}
