#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cred/source.h"

#define PATH_ROOM	4096
#define DOCKER		"/run/secrets"

/* Is it below that folder, as it is written? */
static int
is_below(const char *path, const char *folder)
{
	size_t n = folder != NULL ? strlen(folder) : 0;

	while (n > 0 && folder[n - 1] == '/')
		n--;
	return n > 0 && strncmp(path, folder, n) == 0 && path[n] == '/' &&
	    strstr(path + n, "/../") == NULL;
}

/* Split in two, the folder without the slash behind it. */
static int
folder_of(const char *path, char *folder, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path || (size_t)(slash - path) >= size)
		return -1;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	return 0;
}

/* Does the link lead into ..data, and is that a link of root's? */
static int
leads_to_data(const char *path, const char *folder)
{
	char to[PATH_ROOM], data[PATH_ROOM];
	struct stat st;
	ssize_t n = readlink(path, to, sizeof(to));

	if (n < 8 || memcmp(to, "..data/", 7) != 0 ||
	    strlen(folder) + 8 > sizeof(data))
		return 0;
	strlcpy(data, folder, sizeof(data));
	strlcat(data, "/..data", sizeof(data));
	return lstat(data, &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid == 0;
}

/* Is the folder a file system of its own, root's, that the file is on? */
static int
is_volume_of(const struct stat *file, const char *folder)
{
	char above[PATH_ROOM + 4];
	struct stat in, out;

	strlcpy(above, folder, sizeof(above));
	strlcat(above, "/..", sizeof(above));
	return stat(folder, &in) == 0 && stat(above, &out) == 0 &&
	    in.st_uid == 0 && in.st_dev != out.st_dev &&
	    in.st_dev == file->st_dev;
}

/*
 * A volume that kubelet has filled, wherever it is mounted: with links to
 * ..data, which is exchanged as a whole, of the files or of the folders that
 * they are in.  What is in it was meant for those who see the volume.
 */
static int
is_kubernetes(const char *path, const struct stat *file)
{
	char at[PATH_ROOM], folder[PATH_ROOM];

	if (file->st_uid != 0 || strlcpy(at, path, sizeof(at)) >= sizeof(at))
		return 0;
	while (folder_of(at, folder, sizeof(folder)) == 0) {
		if (leads_to_data(at, folder) && is_volume_of(file, folder))
			return 1;
		strlcpy(at, folder, sizeof(at));
	}
	return 0;
}

#if defined(STATX_ATTR_MOUNT_ROOT)
#include <linux/magic.h>
#include <sys/statfs.h>

/* Is something mounted just there? */
static int
is_mount(const char *path)
{
	struct statx st;

	return statx(AT_FDCWD, path, 0, 0, &st) == 0 &&
	    (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* One file of a Kubernetes volume (subPath) has no links around it, but is on
 * the tmpfs that kubelet keeps secrets on. */
static int
is_of_volume(const char *path, const struct stat *st)
{
	struct statfs fs;

	return st->st_uid == 0 && is_mount(path) && statfs(path, &fs) == 0 &&
	    fs.f_type == TMPFS_MAGIC;
}
#else
static int
is_mount(const char *path)
{
	(void)path;
	return 0;
}

static int
is_of_volume(const char *path, const struct stat *st)
{
	(void)path;
	(void)st;
	return 0;
}
#endif

/* Docker Compose binds a file of the host there, its owner as he is. */
static int
is_bound(const char *path, const struct stat *st)
{
	return st->st_uid != 0 && st->st_uid != geteuid() &&
	    (is_below(path, DOCKER) || is_below(path, "/var" DOCKER)) &&
	    is_mount(path);
}

static enum file_kind
kind_of(const char *path, const struct stat *st)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");

	if (file_private(st))
		return FILE_SECRET;
	if (is_bound(path, st))
		return FILE_BOUND_SECRET;
	if (credentials != NULL && credentials[0] != '/')
		credentials = NULL;
	if (is_below(path, credentials) || is_below(path, DOCKER) ||
	    is_below(path, "/var" DOCKER) || is_kubernetes(path, st) ||
	    is_of_volume(path, st))
		return FILE_MOUNTED_SECRET;
	return FILE_SECRET;
}

/* Its end of a line is an editor's; more of them are a mistake. */
static int
take_text(struct quest *q, const char *path, struct buf *text, struct err *e)
{
	const char *shown = str_shown(path, strlen(path));
	size_t n = text->len;

	if (n > 0 && text->data[n - 1] == '\n')
		n--;
	if (n > 0 && n < text->len && text->data[n - 1] == '\r')
		n--;
	if (memchr(buf_str(text), '\n', n) != NULL)
		return err_set(e, ERR_CONFIG, "password_file: %s has more than "
		    "one line; leave the password alone in it", shown);
	if (source_take(q, "password_file", buf_str(text), n, e) == -1)
		return err_suffix(e, " (%s)", shown);
	return 1;
}

/* Returns as a source does, 0 when there is no such file. */
static int
read_it(struct quest *q, const char *path, struct err *e)
{
	struct buf text = BUF_SECRET(SOURCE_MAX + 1);
	struct stat st;
	int r = -1;

	strlcpy(q->found->where, path, sizeof(q->found->where));
	if (file_read(&text, path, &st, e) == -1) {
		if (e->kind == ERR_NOINPUT)
			r = 0;
		else {
			e->kind = ERR_CONFIG;
			err_prefix(e, "password_file: ");
		}
	} else if (file_safe(path, &st, kind_of(path, &st), e) == -1)
		err_prefix(e, "password_file: ");
	else
		r = take_text(q, path, &text, e);
	buf_free(&text);
	return r;
}

/* A name alone: of systemd's credentials, else of a container's secrets. */
static int
read_by_name(struct quest *q, const char *name, struct err *e)
{
	const char *folder[2] = { getenv("CREDENTIALS_DIRECTORY"), DOCKER };
	const char *shown = str_shown(name, strlen(name));
	struct buf path = BUF_MAX(PATH_ROOM);
	int i, r = 0;

	for (i = 0; i < 2 && r == 0; i++) {
		buf_clear(&path);
		if (folder[i] != NULL && folder[i][0] == '/' &&
		    buf_addf(&path, "%s/%s", folder[i], name) == 0)
			r = read_it(q, buf_str(&path), e);
	}
	buf_free(&path);
	if (r == 0 && folder[0] == NULL)
		return err_set(e, ERR_CONFIG, "password_file: no %s in "
		    DOCKER ", and $CREDENTIALS_DIRECTORY is not set; for "
		    "another folder write the whole path", shown);
	if (r == 0)
		return err_set(e, ERR_CONFIG, "password_file: no %s in %s or "
		    DOCKER, shown, str_shown(folder[0], strlen(folder[0])));
	return r;
}

int
secretfile_get(struct quest *q, struct err *e)
{
	const char *path = q->p->password_file;
	int r;

	if (path == NULL)
		return 0;
	if (strchr(path, '/') == NULL)
		return read_by_name(q, path, e);
	r = read_it(q, path, e);
	if (r == 0)
		return err_set(e, ERR_CONFIG, "password_file: %s: no such "
		    "file", str_shown(path, strlen(path)));
	return r;
}
