#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fnv.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/resume.h"
#include "net/trust.h"

#define FILE_MAX	(256 * 1024)
#define SETTINGS_MAX	(64 * 1024)
#define WEEK		(7 * 24 * 3600)

#ifdef __APPLE__
#define st_mtim	st_mtimespec
#define st_ctim	st_ctimespec
#endif

/* A file is this, the settings with a NUL behind them, and the session.  It
 * stays on one machine, so numbers are as they are in memory. */
struct head {
	char		 magic[8];
	int64_t		 verified, expires;
	uint64_t	 sum;		/* of all else */
};

static const char magic[8] = "posttls2";

static uint64_t
fnv_stat(uint64_t hash, const struct stat *st)
{
	const long long facts[] = { (long long)st->st_ino,
	    (long long)st->st_size, (long long)st->st_mtim.tv_sec,
	    (long long)st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec,
	    (long long)st->st_ctim.tv_nsec };

	return fnv_add(hash, facts, sizeof(facts));
}

/* What changes when any file in a folder does, in whatever order they are. */
static uint64_t
sum_of_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	uint64_t sum = 0;
	struct stat st;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    fstatat(dirfd(dir), entry->d_name, &st, 0) == 0)
			sum += fnv_stat(fnv_add(FNV_START, entry->d_name,
			    strlen(entry->d_name)), &st);
	if (dir != NULL)
		closedir(dir);
	return sum;
}

/* A file or folder: its path, and what changes when its content does. */
static void
add_path(struct buf *b, const char *what, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		buf_addf(b, "%s %s: %d\n", what, path, errno);
	else
		buf_addf(b, "%s %s: %016" PRIx64 "\n", what, path,
		    fnv_stat(S_ISDIR(st.st_mode) ? sum_of_folder(path) :
		    FNV_START, &st));
}

/* Whom to trust, and whom not any more. */
static void
add_trust(struct buf *b, const struct tls_params *p)
{
	const char *path = p->trust_file != NULL ? p->trust_file :
	    trust_system();

	if (path == NULL)
		buf_adds(b, "trust of GnuTLS\n");
	else
		add_path(b, "trust", path);
	if (p->crl_file != NULL)
		add_path(b, "revoked", p->crl_file);
}

static const char *
file_name(const struct resume *r)
{
	return strrchr(r->path, '/') + 1;
}

/* The file's name stands for the host and the account. */
static void
add_settings(struct resume *r, const struct tls_params *p,
    const char *library)
{
	struct buf *b = &r->settings;

	buf_addf(b, "file %s\nname %s\nlibrary %s\n", file_name(r),
	    p->name != NULL ? p->name : "", library);
	if (p->priorities != NULL)
		buf_addf(b, "priorities %s\n", p->priorities);
	if (p->min_version != 0)
		buf_addf(b, "least %04x\n", p->min_version);
	if (p->alpn != NULL)
		buf_addf(b, "alpn %s\n", p->alpn);
	if (p->cert_file != NULL)
		add_path(b, "certificate", p->cert_file);
	if (p->key_file != NULL)
		add_path(b, "key", p->key_file);
	if (p->pins != NULL)
		buf_addf(b, "pins %s\n", p->pins);
	else if (p->judge != NULL)
		buf_addf(b, "judge %s\n", p->judge_id);
	else
		add_trust(b, p);
}

/* The folder that the file is in, or -1 with errno. */
static int
open_folder(const struct resume *r)
{
	int fd = folder_open(r->path, O_NOFOLLOW);

	if (fd == -1 && errno == EPERM)
		log_debug("%s is not used: its folder is not ours alone",
		    r->path);
	return fd;
}

/*
 * Read the file and remove it.  Of two who come at once one has the lock, and
 * who has it later sees that the file has no name any more.
 */
static int
take(struct buf *b, int dir, const char *name)
{
	int r = -1, fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t n;

	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1 || fstat(fd, &st) == -1 ||
	    st.st_nlink == 0)
		log_debug("the TLS session is taken by another process");
	else if (!S_ISREG(st.st_mode) || st.st_nlink > 1 ||
	    !folder_ours(&st, S_IRWXG | S_IRWXO) || st.st_size >= FILE_MAX)
		log_debug("%s is not used: it is not ours alone", name);
	else if ((n = read(fd, buf_room(b, (size_t)st.st_size),
	    (size_t)st.st_size)) > 0 && unlinkat(dir, name, 0) == 0) {
		buf_took(b, (size_t)n);
		r = 0;
	}
	close(fd);
	return r;
}

static uint64_t
sum_of(const struct head *h, const char *rest, size_t n)
{
	return fnv_add(fnv_add(FNV_START, h, offsetof(struct head, sum)),
	    rest, n);
}

/* Why the session in a file may not be used, or NULL when it may. */
static const char *
fault(const struct head *h, const char *rest, size_t n,
    const struct resume *r)
{
	int64_t now = time(NULL);
	size_t settings = r->settings.len + 1;

	if (memcmp(h->magic, magic, sizeof(magic)) != 0 ||
	    h->sum != sum_of(h, rest, n))
		return "it is damaged";
	if (n <= settings || memcmp(rest, buf_str(&r->settings), settings) != 0)
		return "settings have changed";
	if (now >= h->expires)
		return "the certificate has expired";
	if (now < h->verified || now - h->verified >= WEEK)
		return "the certificate was verified too long ago";
	return NULL;
}

static void
accept_file(struct resume *r, const struct buf *file)
{
	const size_t skip = r->settings.len + 1;
	struct head h = { .sum = 0 };
	const char *rest = "", *why;
	size_t n = 0;

	if (file->len >= sizeof(h)) {
		memcpy(&h, file->data, sizeof(h));
		rest = file->data + sizeof(h);
		n = file->len - sizeof(h);
	}
	why = fault(&h, rest, n, r);
	if (why != NULL) {
		log_debug("the TLS session kept is not used: %s", why);
		return;
	}
	buf_add(&r->session, rest + skip, n - skip);
	r->verified = h.verified;
	r->expires = h.expires;
}

void
resume_begin(struct resume *r, const struct tls_params *p,
    const char *library)
{
	struct buf file = BUF_SECRET(FILE_MAX);
	int dir;

	*r = (struct resume){ .settings = BUF_MAX(SETTINGS_MAX),
	    .session = BUF_SECRET(FILE_MAX) };
	/* What the DNS says may be another thing the next time. */
	if (p->tickets == NULL || strchr(p->tickets, '/') == NULL || p->dane ||
	    (!p->verify && p->pins == NULL))
		return;
	r->path = mem_str(p->tickets);
	add_settings(r, p, library);
	dir = open_folder(r);
	if (dir == -1)
		return;
	if (take(&file, dir, file_name(r)) == 0)
		accept_file(r, &file);
	close(dir);
	buf_free(&file);
}

void
resume_keep(const struct resume *r, const void *session, size_t n)
{
	struct head h = { .verified = r->verified, .expires = r->expires };
	struct buf file = BUF_SECRET(FILE_MAX);
	int dir;

	if (r->path == NULL || r->expires <= time(NULL))
		return;
	memcpy(h.magic, magic, sizeof(magic));
	buf_add(&file, &h, sizeof(h));
	buf_add(&file, buf_str(&r->settings), r->settings.len + 1);
	if (buf_add(&file, session, n) == -1)
		goto out;
	h.sum = sum_of(&h, file.data + sizeof(h), file.len - sizeof(h));
	memcpy(file.data, &h, sizeof(h));
	dir = open_folder(r);
	if (dir == -1 && errno == ENOENT) {
		folder_make(r->path);
		dir = open_folder(r);
	}
	if (dir == -1 || folder_put(dir, file_name(r), &file, 0) == -1)
		log_debug("the TLS session is not kept in %s: %s", r->path,
		    strerror(errno));
	if (dir != -1)
		close(dir);
out:
	buf_free(&file);
}

void
resume_free(struct resume *r)
{
	free(r->path);
	r->path = NULL;
	buf_free(&r->settings);
	buf_free(&r->session);
}
