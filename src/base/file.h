/*
 * file.h - files read whole with a ceiling, lines appended, privacy judged.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Read a regular file to its end into b.  If st is not NULL it gets the
 * status of the file that was read, for file_private().  Returns 0, or -1
 * with *e set: ERR_NOINPUT when there is none (errno ENOENT or ENOTDIR),
 * ERR_CONFIG when it cannot be opened or is not a regular file, ERR_IO when
 * reading fails, ERR_DATA when it does not leave room in b.
 */
int	 file_read(struct buf *b, const char *path, struct stat *st,
	    struct err *e);
/* True when nobody but its owner (us or root) may read it. */
int	 file_private(const struct stat *);

enum file_kind {
	FILE_CONFIG,		/* may be read by others, not written */
	FILE_SECRET,		/* neither: file_private() */
	FILE_MOUNTED_SECRET,	/* as FILE_CONFIG, for that is how systemd,
				 * Docker and Kubernetes give out secrets: in
				 * folders that only their readers see */
	FILE_BOUND_SECRET	/* the same, whoever's it is: root has mounted
				 * this very file there */
};

/* The kind of a secret by where its file is: FILE_SECRET, unless others may see
 * it, and it is where one of those mounts it. */
enum file_kind file_secret_kind(const char *path, const struct stat *);
/*
 * Is it safe to do what the file of that path says?  st is its status as
 * file_read() gave it.  It has to be ours or root's, of the mode of its kind,
 * and nobody else may be able to write to a folder on the way, links followed,
 * unless that is sticky (as /tmp is).  A group that is nobody else's, as far as
 * the system's groups and /etc/passwd tell, is as good as none, where there is
 * no ACL.  The root that a user namespace leaves out is root, but for secrets.
 * Returns 0, or -1 with *e set to ERR_CONFIG: what is wrong, and what to run,
 * if it is for us to do.
 */
int	 file_safe(const char *path, const struct stat *st, enum file_kind,
	    struct err *e);
/*
 * Append text to a file with one write under a lock that is waited for no
 * longer than a second, creating it 0600.  Returns 0, or -1 with *e set.
 */
int	 file_append(const char *path, const char *text, size_t n,
	    struct err *e);
/* Write all n bytes, whatever signals say.  Returns 0, or -1 with errno. */
int	 file_write_all(int fd, const void *, size_t n);
/* "~" and "~/x" become the home folder: $HOME if that is absolute, else the one
 * in passwd, else /nonexistent.  Owned by the caller. */
char	*file_home(const char *path);

#endif
