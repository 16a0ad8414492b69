#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cred/netrc.h"
#include "cred/source.h"

#define NETRC_MAX	((size_t)1024 * 1024)

static const char *const files[] = { "~/.netrc", "~/.authinfo", "/etc/netrc" };

/* What is in it is ours, so it must be well kept. */
static int
judge(struct quest *q, const char *path, const struct stat *st, struct err *e)
{
	if (file_safe(path, st, FILE_SECRET, e) == 0)
		return 1;
	return err_prefix(e, "%s has the password: ", q->found->where);
}

/* Returns as a source does. */
static int
look_into(struct quest *q, const char *name, const char *path, struct err *e)
{
	const struct netrc_want want = { .host = q->p->host,
	    .user = q->p->user, .port = q->p->port };
	struct buf text = BUF_SECRET(NETRC_MAX + 1);
	size_t before = q->out->len;
	struct stat st;
	long line = 0;
	int r = 0;

	if (file_read(&text, path, &st, e) == 0)
		line = netrc_find(buf_str(&text), text.len, &want, q->out);
	else if (e->kind == ERR_NOINPUT)
		source_note(q, "no %s", name);
	else
		source_note(q, "%s", e->text);
	if (text.len > 0 && line == 0)
		source_note(q, "no entry in %s", name);
	buf_free(&text);
	snprintf(q->found->where, sizeof(q->found->where), "%s:%ld", name,
	    line);
	if (line == -1)
		r = err_set(e, ERR_CONFIG, "%s: the password is too long",
		    name);
	else if (line > 0)
		r = judge(q, path, &st, e);
	if (r == -1)
		buf_cut(q->out, before);
	return r;
}

int
netrcfile_get(struct quest *q, struct err *e)
{
	size_t i;
	char *path;
	int r = 0;

	if (!q->p->netrc || q->p->host == NULL)
		return 0;
	for (i = 0; i < sizeof(files) / sizeof(files[0]) && r == 0; i++) {
		path = file_home(files[i]);
		r = look_into(q, files[i], path, e);
		free(path);
	}
	return r;
}
