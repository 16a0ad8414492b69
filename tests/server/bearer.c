#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/str.h"
#include "gnu.h"

#define REFUSAL	"eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0="	/* invalid_token */

/* Where the user's name begins and what ends it (RFC 7628 3.1, and Google's
 * description of XOAUTH2). */
static const struct form {
	const char	*mechanism;
	const char	*before;
	char		 after;
} forms[] = {
	{ "OAUTHBEARER",	"n,a=",		',' },
	{ "XOAUTH2",		"user=",	'\001' },
};

#define NFORMS	(sizeof(forms) / sizeof(forms[0]))

static const struct form *
form_of(const char *mechanism)
{
	size_t i;

	for (i = 0; i < NFORMS; i++)
		if (str_same(forms[i].mechanism, mechanism))
			return &forms[i];
	return NULL;
}

int
is_bearer(const char *mechanism)
{
	return form_of(mechanism) != NULL;
}

/* The user, owned by the caller, of a response with the right token. */
static char *
judge(const struct client *c, const struct form *form, const char *response)
{
	static const char mark[] = "\001auth=Bearer ";
	size_t n = strlen(form->before), len;
	const char *token = strstr(response, mark), *end;
	char *user, *password;
	int right = 0;

	end = strncmp(response, form->before, n) != 0 ? NULL :
	    strchr(response + n, form->after);
	if (token == NULL || end == NULL)
		return NULL;
	token += sizeof(mark) - 1;
	user = mem_strn(response + n, (size_t)(end - response) - n);
	password = password_of(c->options, user);
	if (password != NULL) {
		len = strlen(password);
		right = strncmp(token, password, len) == 0 &&
		    strcmp(token + len, "\001\001") == 0;
	}
	free(password);
	if (!right) {
		free(user);
		return NULL;
	}
	return user;
}

char *
bearer(struct client *c, const char *mechanism, const char *first)
{
	struct buf line = BUF_MAX(LINE_MAX_OCTETS);
	struct buf response = BUF_MAX(LINE_MAX_OCTETS);
	char *user = NULL;

	if (first != NULL)
		buf_adds(&line, first);
	else if (client_say(c, "334 ") == -1 || client_line(c, &line) == -1)
		goto out;
	if (base64_read(&response, buf_str(&line), line.len) == 0)
		user = judge(c, form_of(mechanism), buf_str(&response));
	if (user == NULL && client_say(c, "334 " REFUSAL) == 0)
		client_line(c, &line);
out:
	buf_free(&line);
	buf_free(&response);
	return user;
}
