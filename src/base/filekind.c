#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

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

enum file_kind
file_secret_kind(const char *path, const struct stat *st)
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
