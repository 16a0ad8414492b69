#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "mail/charset.h"

#define BLOCK	(32 * 1024)

static const char ascii[] = "us-ascii";
static const char utf8[] = "utf-8";

/* token of RFC 2047 2, of what may stand in a parameter too. */
static int
is_token(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (!str_alnum(s[i]) && strchr("-_.:+", s[i]) == NULL)
			return 0;
	return i > 0 && i <= CHARSET_MAX;
}

void
charset_label(struct buf *b, const char *codeset, size_t width)
{
	/* ASCII by the names that systems have for it: no 8-bit text. */
	static const char *const no[] = { "UTF-8", "UTF8", "US-ASCII",
	    "ANSI_X3.4-1968", "ASCII", "646" };
	size_t i;

	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (str_same(codeset, no[i]))
			width = 0;
	if (width != 1 || !is_token(codeset)) {
		buf_adds(b, CHARSET_UNKNOWN);
		return;
	}
	if (strlen(codeset) == 6 && str_begins(codeset, 6, "CP125")) {
		buf_addf(b, "windows-%s", codeset + 2);
		return;
	}
	for (; *codeset != '\0'; codeset++)
		buf_addc(b, str_lower(*codeset));
}

const char *
charset_fallback(void)
{
	static char name[CHARSET_MAX + 1];
	struct buf label = BUF_MAX(CHARSET_MAX);
	locale_t mine, before;

	if (name[0] != '\0')
		return name;
	mine = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	if (mine == (locale_t)0)
		buf_adds(&label, CHARSET_UNKNOWN);
	else {
		before = uselocale(mine);
		charset_label(&label, nl_langinfo_l(CODESET, mine),
		    MB_CUR_MAX);
		uselocale(before);
		freelocale(mine);
	}
	memcpy(name, buf_str(&label), label.len + 1);
	buf_free(&label);
	return name;
}

const char *
charset_of(const char *p, size_t n)
{
	if (!str_has_8bit_n(p, n))
		return ascii;
	return str_utf8(p, n) ? utf8 : charset_fallback();
}

/* Octets at the end that begin a character whose rest is not there. */
static size_t
cut_character(const char *p, size_t n)
{
	size_t k, want;
	unsigned char c;

	for (k = 1; k <= 3 && k <= n; k++) {
		c = (unsigned char)p[n - k];
		if ((c & 0xc0) == 0x80)
			continue;
		want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
		return want > k ? k : 0;
	}
	return 0;
}

const char *
charset_of_part(struct spill *body, off_t from, off_t to, struct err *e)
{
	struct buf block = BUF_MAX(BLOCK);
	const char *found = NULL;
	size_t room, rest;
	ssize_t got;
	int wide = 0;

	do {
		room = BLOCK - block.len;
		if (to - from < (off_t)room)
			room = (size_t)(to - from);
		got = room == 0 ? 0 : spill_read(body, from,
		    buf_room(&block, room), room, e);
		if (got == -1)
			goto out;
		if (got > 0)
			buf_took(&block, (size_t)got);
		from += got;
		wide |= str_has_8bit_n(buf_str(&block), block.len);
		rest = got > 0 ? cut_character(block.data, block.len) : 0;
		if (!str_utf8(buf_str(&block), block.len - rest)) {
			found = charset_fallback();
			goto out;
		}
		buf_eat(&block, block.len - rest);
	} while (got > 0);
	found = wide ? utf8 : ascii;
out:
	buf_free(&block);
	return found;
}

const char *
charset_of_body(struct spill *body, struct err *e)
{
	return charset_of_part(body, 0, body->size, e);
}
