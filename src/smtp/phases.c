#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "smtp/command.h"
#include "smtp/phases.h"

void
phase_say_word(struct session *s, enum verb verb, const char *word)
{
	int r = command_add(&s->out, "%s", word);

	assert(r == 0);
	(void)r;
	lane_push(&s->lane, verb, 0);
}

/* Of those whose fate hung on what will not come, say what is known. */
static void
settle(struct session *s)
{
	struct envelope *env = s->tr.env;

	if (env == NULL)
		return;
	if (s->all_out && (!s->mail_refused || s->accepted > 0))
		envelope_mark_now(env, RCPT_IN_DOUBT, ERR_TEMP, s->err.text);
	else if (!s->mail_refused)
		envelope_mark_now(env, RCPT_WAITING, ERR_NONE, NULL);
	envelope_end(env);
	s->all_out = 0;
}

enum phase
phase_hang_up(struct session *s)
{
	settle(s);
	buf_clear(&s->out);
	s->dot_end = 0;
	s->hung_up = 1;
	return PH_CLOSED;
}

/* Would the server take a QUIT for one? */
static int
can_part(const struct session *s)
{
	return s->lane.owed == 0 && s->out.len == 0 && s->phase != PH_BODY &&
	    s->phase != PH_LOGIN;
}

enum phase
phase_fail(struct session *s, enum err_kind kind, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (s->err.kind == ERR_NONE)
		err_set(&s->err, kind, "%s", text);
	if (!can_part(s))
		return phase_hang_up(s);
	settle(s);
	return PH_QUIT;
}

enum phase
phase_refused(struct session *s, enum reply_stage stage, const char *what)
{
	return phase_fail(s, reply_kind(&s->reply, stage), "%s%s",
	    what, reply_words(&s->reply));
}

/* As it travels, and the password in it (the last part of PLAIN's). */
void
phase_told(struct session *s, const char *response)
{
	struct buf clear = BUF_SECRET(SASL_RESPONSE_MAX);
	const char *p;

	told_response(&s->told, response);
	if (base64_read(&clear, response, strlen(response)) == 0) {
		p = memrchr(buf_str(&clear), '\0', clear.len);
		phase_knows(s, p != NULL ? p + 1 : buf_str(&clear));
	}
	buf_free(&clear);
}

void
phase_knows(struct session *s, const char *password)
{
	const char *user = s->params.auth->user;

	if (user == NULL || strcmp(password, user) != 0)
		told_secret(&s->told, password, strlen(password));
}
