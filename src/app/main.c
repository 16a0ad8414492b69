#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "app/about.h"
#include "app/check.h"
#include "app/cli.h"
#include "app/plan.h"
#include "app/printconf.h"
#include "app/report.h"
#include "app/serverinfo.h"
#include "app/store.h"
#include "app/submit.h"
#include "app/trust.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"

/* A closed descriptor 0, 1 or 2 would be taken by the next open(). */
static void
fill_descriptors(void)
{
	int fd, flags;

	for (fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		/* Reading from a closed stdin must fail, not read nothing. */
		flags = fd == 0 ? O_WRONLY : O_RDWR;
		if (open("/dev/null", flags) != fd)
			_exit(EX_OSERR);
	}
}

static void
print_line(enum log_level level, const char *line)
{
	struct buf b = BUF_MAX(80 * 1024);

	(void)level;
	buf_addf(&b, "posthorn: %s\n", line);
	file_write_all(STDERR_FILENO, buf_str(&b), b.len);
	buf_free(&b);
}

static void
listen_to(const struct cli *c)
{
	size_t i;

	if (c->errors == CLI_QUIET)
		report_quiet();
	if (c->debug)
		log_open(LOG_LEVEL_DEBUG, print_line);
	else if (c->verbose)
		log_open(LOG_LEVEL_STORY, print_line);
	for (i = 0; i < c->nignored; i++)
		log_story("%s; it is ignored", c->ignored[i]);
}

static int
run(const struct cli *c)
{
	switch (c->mode) {
	case CLI_SUBMIT:
		return submit(c);
	case CLI_VERIFY:
		return plan(c);
	case CLI_TRUST:
		return trust(c);
	case CLI_ALIASES:
		log_story("aliases need no rebuilding");
		return EX_OK;
	case CLI_HELP:
		about_help();
		return EX_OK;
	case CLI_VERSION:
		about_version();
		return EX_OK;
	case CLI_KEYWORDS:
		about_keywords();
		return EX_OK;
	case CLI_STORE:
		return store(c);
	case CLI_CHECK:
		return check(c);
	case CLI_SERVERINFO:
		return serverinfo(c);
	case CLI_PRINT_CONFIG:
		return print_config(c);
	}
	return EX_SOFTWARE;
}

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct cli c;
	int r;

	fill_descriptors();
	secret_hold();		/* libraries have copies that outlive ours */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* write(2) says EFBIG instead */
	if (cli_parse(&c, argc, argv, &e) == -1) {
		listen_to(&c);
		report_error(e.text);
		r = err_exit(e.kind);
	} else {
		listen_to(&c);
		r = run(&c);
	}
	if (secret_unlocked() != 0)
		log_debug("not all secrets were locked in memory: %s; see "
		    "RLIMIT_MEMLOCK", strerror(secret_unlocked()));
	cli_free(&c);
	if ((fflush(stdout) == EOF || ferror(stdout)) && r == EX_OK) {
		report_error("cannot write to standard output");
		r = EX_IOERR;
	}
	secret_drop();
	return r;
}
