#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"

#if defined(__linux__)
#include <sys/xattr.h>

/* With an ACL the bits of the group are what anybody named in it may have at
 * most: without them nobody named there can write. */
static int
has_acl(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) >= 0 ||
	    (errno != ENODATA && errno != ENOTSUP);
}
#else
static int
has_acl(const char *path)
{
	(void)path;
	return 1;		/* who knows */
}
#endif

/*
 * A path is judged from the root on, step by step: as long as nobody else can
 * change the folders that are behind us, what we have seen there stays so.
 * The end has to be the very file that was opened before.
 */
#define LINKS_MAX	40		/* as Linux has it */
#define WAY_MAX		65536

struct way {
	const char	*path;		/* as it was given, for errors */
	struct buf	 done;		/* judged, free of links; "" is root */
	struct buf	 todo;		/* what comes then */
	unsigned	 links;		/* followed */
	int		 crowded;	/* a sticky folder of all is behind us:
					 * who has put there what comes? */
	struct stat	 st;		/* of done */
};

/*
 * A user namespace may leave out the root of the system (unshare -r, bwrap,
 * rootless containers): what is his is shown as of the one who stands for all
 * that are left out.  Anybody else who is left out is shown so too: that is for
 * the mode and the folders around it to tell.
 */
static int
is_root_left_out(uid_t uid)
{
	FILE *f = fopen("/proc/sys/kernel/overflowuid", "re");
	uintmax_t one = 0, in, out, n;
	int r;

	r = f != NULL && fscanf(f, "%ju", &one) == 1 && uid == one;
	if (f != NULL)
		fclose(f);
	if (!r || (f = fopen("/proc/self/uid_map", "re")) == NULL)
		return 0;
	while (r && fscanf(f, "%ju %ju %ju", &in, &out, &n) == 3)
		r = out != 0 && (one < in || one - in >= n);
	fclose(f);
	return r;
}

static int
is_ours(const struct way *w)
{
	return w->st.st_uid == 0 || w->st.st_uid == geteuid();
}

static int
is_trusted(const struct way *w)
{
	return is_ours(w) || (!w->crowded && is_root_left_out(w->st.st_uid));
}

#if defined(__linux__)
/* Of all who are in the file itself: a directory service is not asked for all
 * that it has. */
static int
is_primary_of_another(gid_t gid, uid_t uid)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw;
	int found = 0;

	if (f == NULL)
		return 0;
	while (!found && (pw = fgetpwent(f)) != NULL)
		found = pw->pw_gid == gid && pw->pw_uid != uid;
	fclose(f);
	return found;
}
#else
static int
is_primary_of_another(gid_t gid, uid_t uid)
{
	(void)gid;
	(void)uid;
	return 0;
}
#endif

/*
 * A group that is nobody else's, as many systems give one to each user: of the
 * user's name, for in a directory service one of another may be the primary
 * group of many.
 */
static int
is_private_group(gid_t gid)
{
	const struct passwd *pw;
	const struct group *gr;
	char **member;

	if ((pw = getpwuid(geteuid())) == NULL || pw->pw_gid != gid ||
	    (gr = getgrgid(gid)) == NULL || strcmp(gr->gr_name, pw->pw_name))
		return 0;
	for (member = gr->gr_mem; *member != NULL; member++)
		if (strcmp(*member, pw->pw_name) != 0)
			return 0;
	return !is_primary_of_another(gid, geteuid());
}

/* Of what is at the end of done. */
static int
others_write(const struct way *w)
{
	if (w->st.st_mode & S_IWOTH)
		return 1;
	return (w->st.st_mode & S_IWGRP) &&
	    (!is_private_group(w->st.st_gid) ||
	    has_acl(w->done.len == 0 ? "/" : buf_str(&w->done)));
}

/* Has sudo(8) made us root, and left us $HOME? */
static int
is_home_of_sudo(uid_t uid)
{
	const char *before = getenv("SUDO_UID");
	char text[32];

	snprintf(text, sizeof(text), "%ju", (uintmax_t)uid);
	return geteuid() == 0 && before != NULL && strcmp(before, text) == 0;
}

static const char *
place(const struct way *w)
{
	return w->done.len == 0 ? "/" :
	    str_shown(buf_str(&w->done), w->done.len);
}

/* Whose it is; `what` is it, where it is not the file itself. */
static int
not_ours(const struct way *w, const char *at, const char *what, struct err *e)
{
	const struct passwd *pw = getpwuid(w->st.st_uid);

	return err_set(e, ERR_CONFIG, "%s%s is another user's (%s, uid %ju)",
	    at, what, pw != NULL ? pw->pw_name : "unknown",
	    (uintmax_t)w->st.st_uid);
}

/* It is not for us to take it: more than our file may be there. */
static int
not_our_way(const struct way *w, const char *what, struct err *e)
{
	not_ours(w, place(w), what, e);
	if (is_home_of_sudo(w->st.st_uid))
		err_suffix(e, "; if it is by $HOME, use sudo -H, else -C FILE");
	return -1;
}

static int
not_our_file(const struct way *w, const char *at, struct err *e)
{
	const struct passwd *pw;

	not_ours(w, at, "", e);
	pw = getpwuid(geteuid());
	return err_suffix(e, "; run: chown %s %s", pw != NULL ? pw->pw_name :
	    "root", at);
}

static int
judge_folder(struct way *w, struct err *e)
{
	const char *at = place(w);

	if (!is_trusted(w))
		return not_our_way(w, ", a folder on the way,", e);
	/* Where it is sticky each may rename and remove only what is his. */
	if ((w->st.st_mode & S_ISVTX) && (w->st.st_mode & S_IWOTH))
		w->crowded = 1;
	if ((w->st.st_mode & S_ISVTX) || !others_write(w))
		return 0;
	return err_set(e, ERR_CONFIG, "others can write to %s, a folder on the "
	    "way to %s (mode %04o); run: chmod go-w %s", at,
	    str_shown(w->path, strlen(w->path)), w->st.st_mode & 07777U, at);
}

static int
judge_file(const struct way *w, enum file_kind kind, struct err *e)
{
	const char *at = str_shown(w->path, strlen(w->path));
	unsigned mode = w->st.st_mode & 07777U;

	if (kind != FILE_BOUND_SECRET &&
	    (kind == FILE_CONFIG ? !is_trusted(w) : !is_ours(w)))
		return not_our_file(w, at, e);
	if (kind == FILE_SECRET && !file_private(&w->st))
		return err_set(e, ERR_CONFIG, "others can read %s (mode "
		    "%04o); run: chmod 600 %s", at, mode, at);
	if (others_write(w))
		return err_set(e, ERR_CONFIG, "others can write to %s (mode "
		    "%04o); run: chmod go-w %s", at, mode, at);
	return 0;
}

static int
lost(const struct way *w, int why, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s: %s", str_shown(w->path,
	    strlen(w->path)), why != 0 ? strerror(why) :
	    "changed while it was read");
}

/* Back to the folder that done is in. */
static void
go_up(struct way *w)
{
	const char *slash = memrchr(buf_str(&w->done), '/', w->done.len);

	buf_cut(&w->done, slash != NULL ? (size_t)(slash - w->done.data) : 0);
}

/* The next name of the way, or "" when there is no more. */
static size_t
next_name(struct way *w, char *name, size_t size)
{
	const char *s = buf_str(&w->todo);
	size_t skip = strspn(s, "/"), n = strcspn(s + skip, "/");

	if (n >= size)
		return size;
	memcpy(name, s + skip, n);
	name[n] = '\0';
	if (w->todo.len > 0)
		buf_eat(&w->todo, skip + n);
	return n;
}

/* Linux shows descriptors as links; how what was opened got there is no matter
 * of paths.  That of a folder is one name of a way like any other. */
static int
is_descriptor(const struct way *w)
{
	const char *s = buf_str(&w->done), *end = strrchr(s, '/');

	if (w->todo.len > 0)
		return 0;
	return strncmp(s, "/proc/", 6) == 0 && end - s > 3 &&
	    memcmp(end - 3, "/fd", 3) == 0;
}

/* Where it leads comes before what is left of the way. */
static int
follow(struct way *w, struct err *e)
{
	char to[PATH_MAX];
	struct buf todo = BUF_MAX(WAY_MAX);
	ssize_t n;

	if (!is_trusted(w))
		return not_our_way(w, ", a link on the way,", e);
	if (++w->links > LINKS_MAX)
		return lost(w, ELOOP, e);
	n = readlink(buf_str(&w->done), to, sizeof(to));
	if (n <= 0 || n == (ssize_t)sizeof(to))
		return lost(w, n == -1 ? errno : ENAMETOOLONG, e);
	if (to[0] == '/') {
		buf_cut(&w->done, 0);
		w->crowded = 0;
	} else
		go_up(w);
	buf_add(&todo, to, (size_t)n);
	if (buf_add(&todo, buf_str(&w->todo), w->todo.len) == -1) {
		buf_free(&todo);
		return lost(w, ENAMETOOLONG, e);
	}
	buf_free(&w->todo);
	w->todo = todo;
	return 0;
}

/* One name further, to a folder or over a link.  Returns 1 at the end of the
 * way, 0 before, -1 with *e set. */
static int
step(struct way *w, struct err *e)
{
	char name[NAME_MAX + 1];
	size_t n = next_name(w, name, sizeof(name));

	if (n == 0)
		return 1;
	if (n == sizeof(name))
		return lost(w, ENAMETOOLONG, e);
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		go_up(w);
		return 0;
	}
	if (buf_addf(&w->done, "/%s", name) == -1)
		return lost(w, ENAMETOOLONG, e);
	if (lstat(buf_str(&w->done), &w->st) == -1)
		return lost(w, errno == ENOENT ? 0 : errno, e);
	if (S_ISLNK(w->st.st_mode))
		return is_descriptor(w) ? 1 : follow(w, e);
	return S_ISDIR(w->st.st_mode) ? judge_folder(w, e) : 1;
}

static int
walk(struct way *w, const struct stat *opened, struct err *e)
{
	char here[PATH_MAX];
	int r;

	if (w->path[0] != '/') {
		if (getcwd(here, sizeof(here)) == NULL)
			return lost(w, errno, e);
		buf_addf(&w->todo, "%s/", here);
	}
	if (buf_adds(&w->todo, w->path) == -1)
		return lost(w, ENAMETOOLONG, e);
	if (lstat("/", &w->st) == -1)
		return lost(w, errno, e);
	if (judge_folder(w, e) == -1)
		return -1;
	while ((r = step(w, e)) == 0)
		;
	if (r == -1)
		return -1;
	if (S_ISLNK(w->st.st_mode))
		w->st = *opened;
	if (w->st.st_dev != opened->st_dev || w->st.st_ino != opened->st_ino)
		return lost(w, 0, e);
	return 0;
}

int
file_safe(const char *path, const struct stat *opened, enum file_kind kind,
    struct err *e)
{
	struct way w = { .path = path, .done = BUF_MAX(WAY_MAX),
	    .todo = BUF_MAX(WAY_MAX) };
	int r = walk(&w, opened, e);

	if (r == 0) {
		w.st = *opened;
		r = judge_file(&w, kind, e);
	}
	buf_free(&w.done);
	buf_free(&w.todo);
	return r;
}
