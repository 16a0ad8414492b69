#include <string.h>

#include "base/str.h"
#include "smtp/reply.h"

#define DIGITS	"0123456789"

/* The code of  3digit [ ( SP / "-" ) text ],  or -1. */
static int
code_of(const char *line, size_t len)
{
	if (len < 3 || line[0] < '2' || line[0] > '5' ||
	    !str_digit(line[1]) || !str_digit(line[2]))
		return -1;
	if (len > 3 && line[3] != ' ' && line[3] != '-')
		return -1;
	if (memchr(line, '\0', len) != NULL)
		return -1;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

/* Length of  class "." 1*3digit "." 1*3digit  (RFC 2034 4), or 0. */
static size_t
dsn_span(const char *s, char class)
{
	size_t i = 2, n, part;

	if (s[0] != class || s[1] != '.')
		return 0;
	for (part = 0; part < 2; part++) {
		n = strspn(s + i, DIGITS);
		if (n < 1 || n > 3 || (part == 0 && s[i + n] != '.'))
			return 0;
		i += n + (part == 0);
	}
	return s[i] == '\0' || s[i] == ' ' ? i : 0;
}

static int
first_line(struct reply *r, int code, char class, const char *text)
{
	size_t n = dsn_span(text, class);

	r->code = code;
	memcpy(r->dsn, text, n);
	r->dsn[n] = '\0';
	return buf_adds(&r->text, text);
}

/* The enhanced code is repeated in each line; once is enough. */
static int
next_line(struct reply *r, int code, const char *text)
{
	size_t n = strlen(r->dsn);

	if (code != r->code || buf_addc(&r->text, '\n') == -1)
		return -1;
	if (n > 0 && strncmp(text, r->dsn, n) == 0 && text[n] == ' ')
		text += n + 1;
	return buf_adds(&r->text, text);
}

enum reply_status
reply_feed(struct reply *r, const char *line, size_t len)
{
	const char *text = len > 4 ? line + 4 : "";
	int code = code_of(line, len);

	if (code == -1)
		return REPLY_BAD;
	if ((r->code == 0 ? first_line(r, code, line[0], text) :
	    next_line(r, code, text)) == -1)
		return REPLY_BAD;
	return len > 3 && line[3] == '-' ? REPLY_MORE : REPLY_DONE;
}

void
reply_clear(struct reply *r)
{
	r->code = 0;
	r->dsn[0] = '\0';
	buf_clear(&r->text);
}

void
reply_free(struct reply *r)
{
	buf_free(&r->text);
	reply_clear(r);
}

static int
is_one_of(int code, const int *codes)
{
	while (*codes != 0 && *codes != code)
		codes++;
	return *codes != 0;
}

enum err_kind
reply_kind(const struct reply *r, enum reply_stage stage)
{
	static const int no_user[] = { 550, 551, 553, 0 };
	static const int no_feature[] = { 500, 502, 503, 504, 0 };

	if (reply_class(r) == 4)
		return ERR_TEMP;
	if (reply_class(r) != 5)
		return ERR_PROTOCOL;
	if (stage == STAGE_SESSION)
		return ERR_UNAVAIL;
	if (stage == STAGE_LOGIN)
		return is_one_of(r->code, no_feature) ? ERR_UNAVAIL :
		    ERR_NOPERM;
	if (strncmp(r->dsn, "5.6.", 4) == 0)
		return ERR_DATA;
	if (r->code == 530 || r->code == 534 || r->code == 535)
		return ERR_NOPERM;
	if (stage == STAGE_RCPT && (is_one_of(r->code, no_user) ||
	    strncmp(r->dsn, "5.1.", 4) == 0))
		return ERR_NOUSER;
	return ERR_UNAVAIL;
}

const char *
reply_words(const struct reply *r)
{
	struct buf line = BUF_MAX(REPLY_TEXT_MAX + 16);
	const char *shown;

	buf_addf(&line, "%d %s", r->code, buf_str(&r->text));
	shown = str_shown(line.data, line.len);
	buf_free(&line);
	return shown;
}

/* What servers write before or after it: Exchange, Postfix, Exim, Sendmail,
 * others.  Exchange's "Queued mail for delivery" has none behind it. */
static const struct mark {
	const char	*text;
	int		 before;	/* the id follows; else it precedes */
} marks[] = {
	{ "[InternalId=", 1 }, { "queued as ", 1 }, { "OK id=", 1 },
	{ "queued with id ", 1 }, { "queue id ", 1 }, { "<queue ", 1 },
	{ " qp ", 1 },
	{ " Message accepted for delivery", 0 }, { " - gsmtp", 0 },
};

static size_t
word_span(const char *s)
{
	size_t n = 0;

	while (str_alnum(s[n]) || (s[n] != '\0' &&
	    strchr("-_.+/=@", s[n]) != NULL))
		n++;
	while (n > 0 && s[n - 1] == '.')
		n--;
	return n;
}

void
reply_queue_id(const struct reply *r, char *id, size_t size)
{
	const char *text = buf_str(&r->text), *p = NULL, *word;
	size_t i, n;

	id[0] = '\0';
	for (i = 0; p == NULL && i < sizeof(marks) / sizeof(marks[0]); i++)
		p = strcasestr(text, marks[i].text);
	if (p == NULL)
		return;
	if (marks[i - 1].before)
		word = p + strlen(marks[i - 1].text);
	else
		for (word = p; word > text && word[-1] != ' ' &&
		    word[-1] != '\n'; word--)
			;
	n = word_span(word);
	if (n >= size)
		n = size - 1;
	memcpy(id, word, n);
	id[n] = '\0';
}
