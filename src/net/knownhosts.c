#include <assert.h>
#include <string.h>

#include "base/base64.h"
#include "base/str.h"
#include "net/knownhosts.h"

#define KNOWN_VERSION		1
#define DIGEST_OCTETS	32		/* SHA-256 */
#define DIGEST_LETTERS	44
#define WORDS		3

static const char head[] =
    "version 1\n"
    "# Servers that posthorn trusts by their keys: place, key, first seen.\n"
    "# A line may be taken away.  See \"tls_trust tofu\" in "
    "posthorn.conf(5).\n";

struct word {
	const char	*p;
	size_t		 n;
};

/* A line, without its end, and its first words; those not there are empty. */
struct line {
	const char	*p;
	size_t		 n, whole;	/* without and with its end */
	struct word	 word[WORDS];
};

static void
split(struct line *l)
{
	size_t at = 0, i;

	for (i = 0; i < WORDS; i++) {
		while (at < l->n && str_gap(l->p[at]))
			at++;
		l->word[i].p = l->p + at;
		while (at < l->n && !str_gap(l->p[at]))
			at++;
		l->word[i].n = (size_t)(l->p + at - l->word[i].p);
	}
}

/* The line that begins there.  Returns 0 at the end. */
static int
take_line(struct line *l, const char *text, size_t n, size_t at)
{
	const char *end;

	if (at == n)
		return 0;
	*l = (struct line){ .p = text + at };
	end = memchr(l->p, '\n', n - at);
	l->n = end != NULL ? (size_t)(end - l->p) : n - at;
	l->whole = l->n + (end != NULL);
	split(l);
	return 1;
}

static int
is_word(const struct word *w, const char *s)
{
	return w->n == strlen(s) && memcmp(w->p, s, w->n) == 0;
}

/* Empty, or a comment. */
static int
says_nothing(const struct line *l)
{
	return l->word[0].n == 0 || l->word[0].p[0] == '#';
}

/* An entry: the only kind of line with a third word. */
static int
is_entry(const struct line *l)
{
	return !says_nothing(l) && !is_word(&l->word[0], "version");
}

static int
fits_name(char c)
{
	return str_alnum(c) || str_8bit(c) || strchr("-._%", c) != NULL;
}

/* name ":" port, or "[" address "]:" port */
static int
is_place(const struct word *w)
{
	size_t i = 0, bracket = w->n > 0 && w->p[0] == '[';
	long long port;

	if (w->n >= KNOWNHOSTS_PLACE_MAX)
		return 0;
	for (i = bracket; i < w->n && w->p[i] != '\0'; i++)
		if (!fits_name(w->p[i]) && (!bracket || w->p[i] != ':'))
			break;
	if (i == bracket)
		return 0;
	if (bracket && (i == w->n || w->p[i++] != ']'))
		return 0;
	return i + 1 < w->n && w->p[i] == ':' && w->p[i + 1] != '0' &&
	    str_number_n(w->p + i + 1, w->n - i - 1, 1, 65535, &port) == 0;
}

int
knownhosts_is_pin(const char *s, size_t n)
{
	const size_t skip = strlen(KNOWNHOSTS_PIN);
	struct buf digest = BUF_MAX(DIGEST_OCTETS), again = BUF_MAX(64);
	int r;

	if (n != skip + DIGEST_LETTERS || memcmp(s, KNOWNHOSTS_PIN, skip) != 0)
		return 0;
	/* Of all that stands for it, that which we compare with. */
	r = base64_read(&digest, s + skip, DIGEST_LETTERS) == 0 &&
	    digest.len == DIGEST_OCTETS &&
	    base64_add(&again, digest.data, digest.len) == 0 &&
	    memcmp(again.data, s + skip, DIGEST_LETTERS) == 0;
	buf_free(&digest);
	buf_free(&again);
	return r;
}

/* YYYY-MM-DD */
static int
is_day(const struct word *w)
{
	long long year, month, day;

	return w->n == 10 && w->p[4] == '-' && w->p[7] == '-' &&
	    str_number_n(w->p, 4, 1970, 9999, &year) == 0 &&
	    str_number_n(w->p + 5, 2, 1, 12, &month) == 0 &&
	    str_number_n(w->p + 8, 2, 1, 31, &day) == 0;
}

static int
check_version(const struct line *l, struct err *e)
{
	long long version;

	if (str_number_n(l->word[1].p, l->word[1].n, 1, 1000000,
	    &version) == -1 || l->word[2].n > 0)
		return err_set(e, ERR_CONFIG, "want \"version %d\"",
		    KNOWN_VERSION);
	if (version <= KNOWN_VERSION)
		return 0;
	return err_set(e, ERR_CONFIG, "a newer posthorn has written it "
	    "(version %lld; this one knows %d)", version, KNOWN_VERSION);
}

/* Why a line may not be used. */
static int
check_line(const struct line *l, struct err *e)
{
	const struct word *w = l->word;

	if (memchr(l->p, '\0', l->n) != NULL)
		return err_set(e, ERR_CONFIG, "a NUL is in it");
	if (says_nothing(l))
		return 0;
	if (!is_entry(l))
		return check_version(l, e);
	if (!is_place(&w[0]))
		return err_set(e, ERR_CONFIG, "\"%s\" is no HOST:PORT",
		    str_shown(w[0].p, w[0].n));
	if (!knownhosts_is_pin(w[1].p, w[1].n))
		return err_set(e, ERR_CONFIG, "\"%s\" is no key: want "
		    "pin-sha256: and 44 letters", str_shown(w[1].p, w[1].n));
	if (!is_day(&w[2]))
		return err_set(e, ERR_CONFIG, "\"%s\" is no day such as "
		    "2026-01-02", str_shown(w[2].p, w[2].n));
	return 0;
}

int
knownhosts_place(struct buf *out, const char *name, unsigned port)
{
	size_t at = out->len;
	struct word w;

	if (buf_addf(out, strchr(name, ':') != NULL ? "[" : "") == -1 ||
	    str_add_lower(out, name, strlen(name)) == -1 ||
	    buf_addf(out, strchr(name, ':') != NULL ? "]:%u" : ":%u",
	    port) == -1)
		return -1;
	w = (struct word){ out->data + at, out->len - at };
	return is_place(&w) ? 0 : -1;
}

int
knownhosts_check(const char *text, size_t n, struct err *e)
{
	struct line l;
	size_t at, number = 1;

	for (at = 0; take_line(&l, text, n, at); at += l.whole, number++)
		if (check_line(&l, e) == -1)
			return err_prefix(e, "%zu: ", number);
	return 0;
}

/* An entry of that place? */
static int
is_of(const struct line *l, const char *place)
{
	return is_entry(l) && str_same_n(l->word[0].p, l->word[0].n, place,
	    strlen(place));
}

static void
copy_word(char *to, size_t room, const struct word *w)
{
	assert(w->n < room);
	memcpy(to, w->p, w->n);
	to[w->n] = '\0';
}

int
knownhosts_find(const char *text, size_t n, const char *place, size_t i,
    struct knownhost *k)
{
	struct line l;
	size_t at;

	for (at = 0; take_line(&l, text, n, at); at += l.whole) {
		if (!is_of(&l, place) || i-- > 0)
			continue;
		copy_word(k->pin, sizeof(k->pin), &l.word[1]);
		copy_word(k->since, sizeof(k->since), &l.word[2]);
		return 1;
	}
	return 0;
}

/* Is it any of these words, a space between them? */
static int
is_among(const struct word *w, const char *words)
{
	size_t n;

	for (; *words != '\0'; words += n + strspn(words + n, " ")) {
		n = strcspn(words, " ");
		if (n == w->n && memcmp(words, w->p, n) == 0)
			return 1;
	}
	return 0;
}

/* The lines that stay.  Counts in *had those with the key that is to be known,
 * and in *gone those that do not stay.  Returns 0, or -1. */
static int
copy_lines(struct buf *out, const char *text, size_t n,
    const struct knownhosts_change *c, size_t count[2])
{
	struct line l;
	size_t at;
	int mine, same;

	for (at = 0; take_line(&l, text, n, at); at += l.whole) {
		mine = is_of(&l, c->place);
		same = mine && c->pin != NULL && is_word(&l.word[1], c->pin);
		if (mine && !same && c->keep != NULL &&
		    !is_among(&l.word[1], c->keep)) {
			count[1]++;
			continue;
		}
		count[0] += (size_t)same;
		if (buf_add(out, l.p, l.n) == -1 || buf_addc(out, '\n') == -1)
			return -1;
	}
	return 0;
}

int
knownhosts_edit(struct buf *out, const char *text, size_t n,
    const struct knownhosts_change *c)
{
	size_t count[2] = { 0, 0 };	/* had, gone */

	if ((n == 0 && buf_adds(out, head) == -1) ||
	    copy_lines(out, text, n, c, count) == -1)
		return -1;
	if (c->pin == NULL || count[0] > 0)
		return count[1] > 0;
	return buf_addf(out, "%s %s %s\n", c->place, c->pin, c->since) == -1 ?
	    -1 : 1;
}
