#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "cred/source.h"

#define PATH_ROOM	4096
#define DOCKER		"/run/secrets"

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
	} else if (file_safe(path, &st, file_secret_kind(path, &st), e) == -1)
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
