#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"

static const struct {
	int		 code;
	const char	*name;
	int		 weight;	/* the greater is the worse */
} kinds[] = {
	[ERR_NONE]	= { EX_OK, "EX_OK", 0 },
	[ERR_USAGE]	= { EX_USAGE, "EX_USAGE", 9 },
	[ERR_DATA]	= { EX_DATAERR, "EX_DATAERR", 7 },
	[ERR_NOINPUT]	= { EX_NOINPUT, "EX_NOINPUT", 9 },
	[ERR_NOUSER]	= { EX_NOUSER, "EX_NOUSER", 6 },
	[ERR_NOHOST]	= { EX_NOHOST, "EX_NOHOST", 2 },
	[ERR_UNAVAIL]	= { EX_UNAVAILABLE, "EX_UNAVAILABLE", 5 },
	[ERR_SOFTWARE]	= { EX_SOFTWARE, "EX_SOFTWARE", 9 },
	[ERR_OS]	= { EX_OSERR, "EX_OSERR", 9 },
	[ERR_CREATE]	= { EX_CANTCREAT, "EX_CANTCREAT", 9 },
	[ERR_IO]	= { EX_IOERR, "EX_IOERR", 9 },
	[ERR_TEMP]	= { EX_TEMPFAIL, "EX_TEMPFAIL", 1 },
	[ERR_PROTOCOL]	= { EX_PROTOCOL, "EX_PROTOCOL", 3 },
	[ERR_NOPERM]	= { EX_NOPERM, "EX_NOPERM", 4 },
	[ERR_CONFIG]	= { EX_CONFIG, "EX_CONFIG", 9 },
};

int
err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];	/* an argument may be e->text */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	e->kind = kind;
	strlcpy(e->text, text, sizeof(e->text));
	return -1;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strlcat(text, e->text, sizeof(text));
	strlcpy(e->text, text, sizeof(e->text));
	return -1;
}

int
err_suffix(struct err *e, const char *fmt, ...)
{
	size_t n = strlen(e->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text + n, sizeof(e->text) - n, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_exit(enum err_kind kind)
{
	return kinds[kind].code;
}

const char *
err_exit_name(enum err_kind kind)
{
	return kinds[kind].name;
}

enum err_kind
err_worse(enum err_kind a, enum err_kind b)
{
	return kinds[b].weight > kinds[a].weight ? b : a;
}
