#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/pem.h"
#include "net/trust.h"

#define BUNDLE_MAX	(16 * 1024 * 1024)
#define ONE_MAX		(256 * 1024)
#define PATH_ROOM	8192

struct search {
	struct x509_der		*name;		/* subjects to look for */
	size_t			 n;
	trust_take		*take;
	void			*arg;
	struct buf		 der;
	int			 seen, taken;
};

/* Where FreeBSD and NetBSD keep them: whose name is no hash is not trusted,
 * and may be anybody's. */
static const char system_folder[] = "/etc/ssl/certs";

const char *
trust_system(void)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Alpine */
		"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora, once */
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/ssl/ca-bundle.pem",		/* openSUSE */
		"/etc/ssl/cert.pem",			/* BSD, macOS */
		"/usr/local/share/certs/ca-root-nss.crt",
		system_folder,
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

static int
is_wanted(const struct search *s, const struct x509_der *subject)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (x509_same(subject, &s->name[i]))
			return 1;
	return 0;
}

/* Does a look at it suffice to see that it is not wanted? */
static int
is_other(const struct search *s, const struct pem *block)
{
	struct x509_map map;
	size_t i;

	if (!pem_regular(block) || x509_find(&map, pem_octet, block) == -1)
		return 0;
	for (i = 0; i < s->n; i++)
		if (s->name[i].len == map.subject.len)
			return 0;
	return 1;
}

static void
look_at(struct search *s, const struct pem *block)
{
	struct x509 x;

	s->seen++;
	if (is_other(s, block))
		return;
	buf_clear(&s->der);
	if (pem_decode(&s->der, block) == -1)
		return;
	if (x509_read(&x, buf_str(&s->der), s->der.len) == 0 &&
	    !is_wanted(s, &x.subject))
		return;
	s->take(s->arg, buf_str(&s->der), s->der.len);
	s->taken++;
}

static void
search_text(struct search *s, const struct buf *text)
{
	const char *p = buf_str(text), *end = p + text->len;
	struct pem block;

	while ((p = pem_next(&block, p, end)) != NULL)
		look_at(s, &block);
}

static int
search_file(struct search *s, const char *path, struct err *e)
{
	struct buf text = BUF_MAX(BUNDLE_MAX);
	int r = file_read(&text, path, NULL, e);

	if (r == 0)
		search_text(s, &text);
	buf_drop(&text);
	return r;
}

/* "3f2a9c0e.0" */
static int
is_hash(const char *name)
{
	size_t i;

	for (i = 0; i < 8; i++)
		if (str_hex(name[i]) == -1)
			return 0;
	return name[8] == '.' && str_digit(name[9]);
}

/* A link to a file beside it that is read by its own name. */
static int
is_rehash(int dir, const char *name)
{
	char target[256];
	ssize_t n;

	if (!is_hash(name))
		return 0;
	n = readlinkat(dir, name, target, sizeof(target));
	return n > 0 && n < (ssize_t)sizeof(target) && target[0] != '.' &&
	    memchr(target, '/', (size_t)n) == NULL;
}

/* What cannot be read there, or is no certificate, is passed over. */
static int
search_folder(struct search *s, const char *path, struct err *e)
{
	struct buf name = BUF_MAX(PATH_ROOM);
	int hashes = strcmp(path, system_folder) == 0;
	struct err ignored = ERR_INIT;
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return err_set(e, ERR_CONFIG, "%s: %s",
		    str_shown(path, strlen(path)), strerror(errno));
	while ((entry = readdir(dir)) != NULL) {
		buf_clear(&name);
		if (entry->d_name[0] != '.' &&
		    (hashes ? is_hash(entry->d_name) :
		    !is_rehash(dirfd(dir), entry->d_name)) &&
		    buf_addf(&name, "%s/%s", path, entry->d_name) == 0)
			search_file(s, buf_str(&name), &ignored);
	}
	closedir(dir);
	buf_free(&name);
	return 0;
}

/* Who issued each, and whom it is for: an authority may be trusted by another
 * certificate than the one that was sent (cross-signing). */
static void
add_names(struct search *s, const struct x509_der *chain, size_t n)
{
	struct x509 x;
	size_t i;

	s->name = mem_new(n + 1, 2 * sizeof(*s->name));
	for (i = 0; i < n; i++) {
		if (x509_read(&x, chain[i].p, chain[i].len) == -1)
			continue;
		s->name[s->n++] = x.issuer;
		s->name[s->n++] = x.subject;
	}
}

int
trust_select(const char *path, const struct x509_der *chain, size_t n,
    trust_take *take, void *arg, struct err *e)
{
	struct search s = { .take = take, .arg = arg,
	    .der = BUF_MAX(ONE_MAX) };
	struct stat st;
	int r;

	add_names(&s, chain, n);

	r = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ?
	    search_folder(&s, path, e) : search_file(&s, path, e);
	buf_drop(&s.der);
	free(s.name);
	if (r == -1) {
		e->kind = ERR_CONFIG;
		return err_suffix(e, "; check \"tls_trust_file\"");
	}
	if (s.seen == 0)
		return err_set(e, ERR_CONFIG, "%s: no certificate in it; "
		    "\"tls_trust_file\" wants CA certificates in PEM", path);
	return s.taken;
}
