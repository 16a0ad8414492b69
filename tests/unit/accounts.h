/*
 * accounts.h - accounts made of configuration text, and their values as text.
 */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include "unit.h"

#include "config/config.h"
#include "config/confparse.h"
#include "config/keyword.h"

#define SECRET	"hunter2"
#define HEX	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"

/* Parse a copy of its exact size as the file "f". */
static inline int
parse(struct config *c, const char *text, size_t n, struct err *e)
{
	char *copy = unit_copy(text, n);
	int r = confparse_text(c, "f", copy, n, CONFPARSE_EVAL_YES, e);

	free(copy);
	return r;
}

static inline void
must_parse(struct config *c, const char *text)
{
	struct err e = ERR_INIT;

	*c = (struct config){ 0 };
	if (parse(c, text, strlen(text), &e) == -1)
		fail_msg("%s", e.text);
}

/* A value as text; NULL is "-". */
static inline const char *
value(const struct account *a, const char *keyword)
{
	const struct keyword *k = keyword_find(keyword, strlen(keyword));
	const char *at;
	static char text[32];

	assert_non_null(k);
	at = (const char *)a + k->offset;
	switch (k->kind) {
	case KEYWORD_NUMBER:
	case KEYWORD_FLAG:
	case KEYWORD_NOT:
	case KEYWORD_WHEN:
	case KEYWORD_MISSING:
		snprintf(text, sizeof(text), "%d",
		    *(const int *)(const void *)at);
		return text;
	case KEYWORD_TEXT:
	case KEYWORD_PATH:
	case KEYWORD_TRUST:
	case KEYWORD_ALIASES:
	case KEYWORD_FORM:
	case KEYWORD_PATTERNS:
	case KEYWORD_CHOICE:
	case KEYWORD_NOTIFY:
		at = *(char *const *)(const void *)at;
		return at != NULL ? at : "-";
	case KEYWORD_NOTHING:
		break;
	}
	return "nothing";
}

#endif
