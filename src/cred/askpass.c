#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/secret.h"
#include "base/str.h"
#include "cred/source.h"

#define PROMPT_MAX	1024

static int
is_there(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] != '\0';
}

/* As ssh(1) has it: at a terminal only on demand, and without a display only
 * when forced. */
static int
is_wanted(const struct cred_params *p)
{
	const char *require = getenv("SSH_ASKPASS_REQUIRE");
	int display = is_there("DISPLAY") || is_there("WAYLAND_DISPLAY");

	if (require != NULL && str_same(require, "never"))
		return 0;
	if (require != NULL && str_same(require, "force"))
		return 1;
	if (require != NULL && str_same(require, "prefer"))
		return display;
	return display && (p->at_terminal == NULL || !p->at_terminal(p->arg));
}

static int
run(void *arg)
{
	char *const *argv = arg;
	const char *why;

	secret_in_child();
	execvp(argv[0], argv);
	why = strerror(errno);
	return file_write_all(STDERR_FILENO, why, strlen(why)) == -1 ? 126 :
	    127;
}

static int
ask(struct quest *q, const char *program, struct err *e)
{
	struct buf said = BUF_SECRET(SOURCE_MAX), prompt = BUF_MAX(PROMPT_MAX);
	char *argv[3] = { (char *)(uintptr_t)program, NULL, NULL };
	const struct proc_call call = { .run = run, .arg = argv,
	    .deadline = q->p->deadline, .stop = q->p->stop };
	int r;

	cred_prompt(q->p, &prompt);
	argv[1] = prompt.data;
	if (proc_call(&call, &said, e) == 0)
		r = source_line(q, "askpass", &said, e);
	else {
		e->kind = ERR_TEMP;
		r = err_prefix(e, "askpass: ");
	}
	if (r == -1)
		err_suffix(e, " (%s)", str_shown(program, strlen(program)));
	buf_free(&prompt);
	buf_free(&said);
	return r;
}

int
askpass_get(struct quest *q, struct err *e)
{
	const char *program = is_there("POSTHORN_ASKPASS") ?
	    getenv("POSTHORN_ASKPASS") : getenv("SSH_ASKPASS");

	if (q->p->ask == NULL || program == NULL || program[0] == '\0' ||
	    !is_wanted(q->p))
		return 0;
	strlcpy(q->found->where, program, sizeof(q->found->where));
	return ask(q, program, e);
}
