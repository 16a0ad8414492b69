/*
 * err.h - a failure as a value: its kind and one line for a person.
 *
 * The kind gives the sysexits code (DESIGN.md 4).  The text says what failed,
 * on what, in whose words and what to do now, without program name, account
 * name or line end: app/ adds those.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#define ERR_TEXT_MAX	1024

enum err_kind {
	ERR_NONE,		/*  0 */
	ERR_USAGE,		/* 64 the command line */
	ERR_DATA,		/* 65 the message or an address in it */
	ERR_NOINPUT,		/* 66 standard input */
	ERR_NOUSER,		/* 67 no such recipient */
	ERR_NOHOST,		/* 68 the server's name does not exist */
	ERR_UNAVAIL,		/* 69 a service or feature is not to be had */
	ERR_SOFTWARE,		/* 70 ours */
	ERR_OS,			/* 71 the system */
	ERR_CREATE,		/* 73 an output file */
	ERR_IO,			/* 74 */
	ERR_TEMP,		/* 75 try again later */
	ERR_PROTOCOL,		/* 76 TLS or SMTP went wrong */
	ERR_NOPERM,		/* 77 login refused */
	ERR_CONFIG		/* 78 */
};

struct err {
	enum err_kind	 kind;
	char		 text[ERR_TEXT_MAX];
};

#define ERR_INIT	{ ERR_NONE, "" }

/* Sets kind and text (cut at ERR_TEXT_MAX).  Returns -1, always. */
int		 err_set(struct err *, enum err_kind, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
/* Puts text before what is there already.  Returns -1, always. */
int		 err_prefix(struct err *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* Puts text after what is there already.  Returns -1, always. */
int		 err_suffix(struct err *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* The sysexits code, and its name ("EX_TEMPFAIL"). */
int		 err_exit(enum err_kind);
const char	*err_exit_name(enum err_kind);
/* The worse of two by DESIGN.md's order 65 67 69 77 76 68 75; ERR_NONE loses
 * to all, any other kind wins over all. */
enum err_kind	 err_worse(enum err_kind, enum err_kind);

#endif
