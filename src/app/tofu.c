#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/ask.h"
#include "app/state.h"
#include "app/tofu.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "net/knownfile.h"
#include "net/x509.h"

#define SHOW_MAX	(8 * 1024)
#define SHOWN_KEYS	3		/* in an alarm */

static const struct cli *called;

void
tofu_called(const struct cli *c)
{
	called = c;
}

/* A word for a shell, in quotes if it takes them. */
static void
add_word(struct buf *b, const char *word)
{
	const char *text = str_shown(word, strlen(word)), *p = text;

	while (str_alnum(*p) || (*p != '\0' && strchr("/._-+@%,:", *p) != NULL))
		p++;
	buf_addf(b, *p == '\0' ? "%s" : "'%s'", text);
}

/* Under a configuration of its own, or one made up of options only, another
 * call has to have the same. */
void
tofu_command(struct buf *b, const char *account)
{
	buf_adds(b, "posthorn");
	if (called != NULL && called->config != NULL) {
		buf_adds(b, " -C ");
		add_word(b, called->config);
	} else if (called != NULL && called->nset > 0 &&
	    called->account == NULL)
		buf_adds(b, " (the options of this call)");
	buf_adds(b, " --trust ");
	add_word(b, account);
}

static int
advise(const struct tofu *t, struct err *e)
{
	struct buf command = BUF_MAX(8192);

	tofu_command(&command, t->account);
	err_suffix(e, "run: %s", buf_str(&command));
	buf_free(&command);
	return -1;
}

/* The key is another one now.  What it was is said: of several, some. */
static int
raise_alarm(struct tofu *t, const char *pin, struct err *e)
{
	struct knownhost k;
	size_t i;

	err_set(e, ERR_PROTOCOL, "THE SERVER'S KEY HAS CHANGED: somebody may "
	    "be in its place, to read your mail and password, and nothing was "
	    "sent; it is %s now", pin);
	for (i = 0; knownhosts_find(buf_str(&t->text), t->text.len, t->place,
	    i, &k); i++)
		if (i < SHOWN_KEYS)
			err_suffix(e, ", and %s is known since %s", k.pin,
			    k.since);
	if (i > SHOWN_KEYS)
		err_suffix(e, ", and %zu more", i - SHOWN_KEYS);
	err_suffix(e, "; if the server has a new key, and you know it from "
	    "there, ");
	return advise(t, e);
}

/* Is it known?  Fits tls_params.judge. */
static int
judge(void *arg, const struct tls_cert *cert, struct err *e)
{
	struct tofu *t = arg;
	struct knownhost k;
	size_t i;

	for (i = 0; knownhosts_find(buf_str(&t->text), t->text.len, t->place,
	    i, &k); i++) {
		if (strcmp(k.pin, cert->pin) != 0)
			continue;
		log_story("known key %s since %s", k.pin, k.since);
		return 0;
	}
	t->refused = 1;
	if (!knownhosts_is_pin(cert->pin, strlen(cert->pin)))
		return err_set(e, ERR_PROTOCOL, "the server's key cannot be "
		    "read");
	if (i > 0)
		return raise_alarm(t, cert->pin, e);
	t->stranger = 1;
	t->met = *cert;
	err_set(e, ERR_PROTOCOL, "its key is not known yet, and nothing was "
	    "sent; it is %s; if you know that from the server, ", cert->pin);
	return advise(t, e);
}

/* A session that was kept is as good as the keys that were known then. */
static void
name_judge(struct tofu *t)
{
	struct knownhost k;
	size_t i;

	buf_adds(&t->id, "tofu");
	for (i = 0; knownhosts_find(buf_str(&t->text), t->text.len, t->place,
	    i, &k); i++)
		buf_addf(&t->id, " %s", k.pin);
}

static int
set_place(struct tofu *t, const struct place *p, struct err *e)
{
	struct buf b = BUF_MAX(sizeof(t->place) - 1);
	int r = knownhosts_place(&b, p->name, p->port);

	strlcpy(t->place, buf_str(&b), sizeof(t->place));
	buf_free(&b);
	return r == 0 ? 0 : err_set(e, ERR_CONFIG, "tls_trust tofu: \"%s\" "
	    "is no name that a key can be kept for", str_shown(p->name,
	    strlen(p->name)));
}

int
tofu_begin(struct tofu *t, const struct account *a, const struct place *p,
    struct tls_params *tls, struct err *e)
{
	char *path;
	int r;

	t->refused = t->stranger = 0;
	t->account = a->name;
	t->text = (struct buf)BUF_MAX(KNOWNHOSTS_MAX);
	t->id = (struct buf)BUF_MAX(KNOWNHOSTS_MAX);
	if (a->tls_trust == NULL || strcmp(a->tls_trust, "tofu") != 0)
		return 0;
	if (set_place(t, p, e) == -1)
		return -1;
	path = state_path(TOFU_FILE);
	r = knownfile_read(path, &t->text, e);
	free(path);
	if (r == -1)
		return -1;
	name_judge(t);
	tls->judge = judge;
	tls->judge_arg = t;
	tls->judge_id = buf_str(&t->id);
	return 0;
}

void
tofu_end(struct tofu *t)
{
	buf_free(&t->text);
	buf_free(&t->id);
}

/* Dates count for nothing, but who is asked should know. */
static const char *
age(const struct tls_cert *c)
{
	int64_t now = time(NULL);

	if (c->not_after != -1 && now > c->not_after)
		return " (EXPIRED)";
	return c->not_before != -1 && now < c->not_before ? " (NOT YET)" : "";
}

void
tofu_show(struct buf *b, const struct tls_cert *c, const char *where,
    const char *peer)
{
	char from[64], to[64];

	x509_time(from, sizeof(from), c->not_before);
	x509_time(to, sizeof(to), c->not_after);
	buf_addf(b, "server       %s (%s)\n"
	    "key          %s\n"
	    "kind of key  %s\n"
	    "certificate  %s\n"
	    "for          %s\n"
	    "subject      %s\n"
	    "issuer       %s\n"
	    "valid        %s to %s%s\n", where, peer, c->pin, c->key,
	    c->sha256, c->names[0] != '\0' ? c->names : "nobody",
	    c->subject[0] != '\0' ? c->subject : "none", strcmp(c->subject,
	    c->issuer) == 0 ? "itself" : c->issuer, from, to, age(c));
}

int
tofu_keep(const char *place, const char *pin, const char *others,
    struct err *e)
{
	char *path = state_path(TOFU_FILE), day[64];
	struct knownhosts_change c = { .place = place, .pin = pin,
	    .keep = others, .since = day };
	int r;

	x509_time(day, sizeof(day), time(NULL));
	day[strlen("2026-01-02")] = '\0';
	r = knownfile_change(path, &c, e);
	free(path);
	if (r == -1)
		err_suffix(e, "; where no key can be kept, write "
		    "\"tls_fingerprint %s\" into the account", pin);
	return r;
}

int
tofu_ask(struct tofu *t, const struct place *p,
    const volatile sig_atomic_t *stop, struct err *e)
{
	struct buf text = BUF_MAX(SHOW_MAX);
	struct ask q = { .stop = stop, .exact = t->met.pin, .question =
	    "Trust this key from now on (yes, no, or the key itself)? " };
	enum ask_answer answer;
	int64_t start;

	buf_adds(&text, "The key of this server is not known yet:\n\n");
	tofu_show(&text, &t->met, p->where, t->peer);
	buf_adds(&text, "\nIf it is the server's, and not of somebody between, "
	    "the server's own\ndisplay or console shows the same key.\n");
	q.text = buf_str(&text);
	start = clock_ms();
	answer = ask(&q);
	t->spent += clock_ms() - start;
	buf_free(&text);
	switch (answer) {
	case ASK_YES:
		if (tofu_keep(t->place, t->met.pin, NULL, e) == -1)
			return -1;
		t->stranger = t->refused = 0;
		return 0;
	case ASK_NO:
	case ASK_OTHER:
		return err_set(e, ERR_PROTOCOL, "its key was not trusted; "
		    "nothing was sent");
	case ASK_NOTHING:
		return err_set(e, ERR_PROTOCOL, "nobody has said yes to its "
		    "key; nothing was sent");
	case ASK_STOPPED:
		return err_set(e, ERR_TEMP, "interrupted; nothing was sent");
	case ASK_NOBODY:
		break;
	}
	return -1;
}
