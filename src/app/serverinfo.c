#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/deliver.h"
#include "app/job.h"
#include "app/report.h"
#include "app/serverinfo.h"
#include "app/watch.h"
#include "base/mem.h"
#include "base/size.h"
#include "base/str.h"
#include "net/x509.h"

#define WORDS_MAX	(16 * 1024)

struct info {
	const struct account	*account;
	struct place		 place;
	char			 peer[256];
	char			 greeting[256];
	struct buf		 words;		/* of EHLO, a line each */
	uint64_t		 size;
	int			 secured;
	struct tls_facts	 facts;
};

static const struct {
	const char	*word;
	const char	*about;
} capabilities[] = {
	{ "PIPELINING", "Commands may follow each other without waiting" },
	{ "8BITMIME", "8-bit text need not be encoded" },
	{ "BINARYMIME", "Binary parts need not be encoded" },
	{ "CHUNKING", "Messages may come in chunks (BDAT)" },
	{ "SMTPUTF8", "Addresses and header fields may be UTF-8" },
	{ "DSN", "Delivery reports can be asked for" },
	{ "ENHANCEDSTATUSCODES", "Replies say in detail what is wrong" },
	{ "ETRN", "A queue can be started from afar (RMQS)" },
	{ "STARTTLS", "TLS can be turned on by the STARTTLS command" },
	{ "LIMITS", "Recipients and messages at a time are limited" },
	{ "REQUIRETLS", "TLS can be asked for on all of the way" },
	{ "MT-PRIORITY", "Messages may have a priority" },
	{ "DELIVERBY", "Messages may have a time to be delivered by" },
	{ "FUTURERELEASE", "Messages can be held back for later" },
};

/* -------------------------------------------------------------- to learn */

static void
on_place(void *arg, const struct place *p)
{
	struct info *f = arg;

	f->place = *p;
	f->peer[0] = f->greeting[0] = '\0';
	f->size = 0;
	f->secured = 0;
	buf_clear(&f->words);
	buf_clear(&f->facts.chain);
	f->facts = (struct tls_facts){ .chain = f->facts.chain };
}

static void
take_hello(struct info *f, const struct session *s)
{
	const char *p = strchr(buf_str(&s->reply.text), '\n');

	buf_clear(&f->words);
	if (p != NULL)
		buf_adds(&f->words, p + 1);
	f->size = s->ehlo.size;
}

static void
on_step(void *arg, enum watch_step step, const char *about,
    const struct session *s)
{
	struct info *f = arg;

	switch (step) {
	case WATCH_CONNECT:
		strlcpy(f->peer, about, sizeof(f->peer));
		break;
	case WATCH_TLS:
		f->secured = 1;
		break;
	case WATCH_GREETING:
		strlcpy(f->greeting, str_shown(buf_str(&s->reply.text),
		    s->reply.text.len), sizeof(f->greeting));
		break;
	case WATCH_HELLO:
		take_hello(f, s);
		break;
	case WATCH_NAME:
	case WATCH_LOGIN:
		break;
	}
}

/* ---------------------------------------------------------------- to tell */

/* "SMTP server at HOST (ADDRESS), port N:", or what else it is reached by. */
static void
print_server(const struct info *f)
{
	const char *port = strrchr(f->peer, ':');
	const struct account *a = f->account;
	const char *what = a->protocol != NULL &&
	    str_same(a->protocol, "lmtp") ? "LMTP" : "SMTP";
	const struct place *p = &f->place;

	if (a->socket != NULL || a->connect_command != NULL || port == NULL ||
	    a->proxy_host != NULL)
		printf("%s server at %s:\n", what, p->where);
	else
		printf("%s server at %s (%.*s), port %u:\n", what,
		    str_shown(p->host, strlen(p->host)),
		    (int)(port - f->peer), f->peer, p->port);
	if (f->greeting[0] != '\0')
		printf("    %s\n", f->greeting);
}

/* A distinguished name (RFC 4514): the end of its first part; a comma behind a
 * backslash does not end one. */
static size_t
part_len(const char *p)
{
	size_t n;

	for (n = 0; p[n] != '\0' && p[n] != ','; n++)
		if (p[n] == '\\' && p[n + 1] != '\0')
			n++;
	return n;
}

static void
print_name(const char *what, const char *dn)
{
	static const struct { const char *key, *name; } parts[] = {
		{ "CN=", "Common Name" }, { "O=", "Organization" },
		{ "OU=", "Organizational unit" }, { "L=", "Locality" },
		{ "ST=", "State or Province" }, { "C=", "Country" },
	};
	const char *p = dn;
	size_t i, n, key;

	printf("    %s:\n", what);
	for (; *p != '\0'; p += n + (p[n] == ',')) {
		n = part_len(p);
		for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (str_begins(p, n, parts[i].key))
				break;
		if (i == sizeof(parts) / sizeof(parts[0])) {
			printf("        %.*s\n", (int)n, p);
			continue;
		}
		key = strlen(parts[i].key);
		printf("        %s: %.*s\n", parts[i].name, (int)(n - key),
		    p + key);
	}
}

static void
print_time(const char *what, int64_t when)
{
	char text[64];

	if (when == -1)
		return;
	x509_time(text, sizeof(text), when);
	printf("        %s time: %s\n", what, text);
}

static void
print_certificate(const struct info *f, const struct err *why)
{
	const struct tls_cert *c = &f->facts.cert;

	if (c->sha256[0] == '\0')
		return;
	if (f->secured)
		printf("TLS session parameters:\n    %s, %s\n",
		    f->facts.protocol, f->facts.cipher);
	printf("TLS certificate information:\n");
	print_name("Owner", c->subject);
	printf("    Names:\n        %s\n", c->names);
	print_name("Issuer", c->issuer);
	printf("    Validity:\n");
	print_time("Activation", c->not_before);
	print_time("Expiration", c->not_after);
	printf("    Public key:\n        %s\n    Fingerprints:\n"
	    "        %s\n        %s\n", c->key, c->sha256, c->pin);
	if (f->secured && f->facts.verified != 0)
		return;
	printf("    Not verified:\n        %s\n        If you know that this "
	    "is the server, trust it by:\n        tls_fingerprint %s\n",
	    why->kind != ERR_NONE ? why->text : "tls_certcheck is off",
	    c->sha256);
}

static const char *
about_word(const char *word, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		if (str_same_n(word, n, capabilities[i].word,
		    strlen(capabilities[i].word)))
			return capabilities[i].about;
	return NULL;
}

static void
print_size(uint64_t size)
{
	struct buf b = BUF_MAX(SIZE_WORDS_MAX);
	const char *octets;

	size_add(&b, size);
	octets = strstr(buf_str(&b), " (");
	if (octets != NULL)
		buf_cut(&b, (size_t)(octets - buf_str(&b)));
	if (size == 0)
		printf("        No maximum message size is told\n");
	else
		printf("        Maximum message size is %" PRIu64 " bytes = "
		    "%s\n", size, buf_str(&b));
	buf_free(&b);
}

static void
print_capability(const struct info *f, const char *line, size_t n)
{
	size_t len = 0;
	const char *about;

	while (len < n && !str_blank(line[len]) && line[len] != '=')
		len++;
	about = about_word(line, len);
	if (str_same_n(line, len, "AUTH", 4)) {
		printf("    AUTH:\n        Login methods:\n        %s\n",
		    len < n ? str_shown(line + len + 1, n - len - 1) : "");
		return;
	}
	printf("    %s%s\n", str_shown(line, n), about != NULL ||
	    str_same_n(line, len, "SIZE", 4) ? ":" : "");
	if (str_same_n(line, len, "SIZE", 4))
		print_size(f->size);
	else if (about != NULL)
		printf("        %s\n", about);
}

static void
print_capabilities(const struct info *f)
{
	const char *p = buf_str(&f->words);
	size_t n;

	if (f->words.len == 0)
		return;
	printf("Capabilities:\n");
	for (; *p != '\0'; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		print_capability(f, p, n);
	}
	if (f->place.tls == SESSION_PLAIN)
		printf("With TLS there may be others.\n");
}

static void
on_left(void *arg, const struct delivery *d)
{
	const struct info *f = arg;

	if (f->greeting[0] != '\0' || f->facts.cert.sha256[0] != '\0') {
		print_server(f);
		print_certificate(f, &d->err);
		print_capabilities(f);
		fflush(stdout);
	}
	if (d->err.kind != ERR_NONE)
		report_about(d, d->err.text);
}

static enum err_kind
ask(struct account *a)
{
	struct info f = { .account = a, .words = BUF_MAX(WORDS_MAX),
	    .facts = TLS_FACTS_INIT };
	struct watch w = { .place = on_place, .step = on_step,
	    .left = on_left, .arg = &f, .facts = &f.facts };
	struct delivery d = { .account = a, .watch = &w };

	mem_wipe(a->auth);		/* nobody logs in */
	a->auth = NULL;
	deliver(&d, NULL, NULL);
	buf_free(&f.words);
	buf_free(&f.facts.chain);
	return d.err.kind;
}

/* A copy, owned by the caller; NULL with *e set. */
static struct account *
choose(const struct cli *c, struct config *config, struct err *e)
{
	const struct account *a;
	struct account *mine;

	if (job_load(config, c, e) == -1)
		return NULL;
	a = c->account != NULL ? config_account(config, c->account) :
	    config_choose(config, c->sender, NULL, e);
	if (a == NULL && c->account != NULL)
		config_no_account(config, c->account, e);
	if (a == NULL)
		return NULL;
	mine = account_copy(a);
	if (job_settle(mine, c, e) == 0)
		return mine;
	account_free(mine);
	return NULL;
}

int
serverinfo(const struct cli *c)
{
	struct config config = { 0 };
	struct err e = ERR_INIT;
	struct account *a = choose(c, &config, &e);
	enum err_kind kind;

	if (a == NULL) {
		report_error(e.text);
		kind = e.kind;
	} else
		kind = ask(a);
	account_free(a);
	config_free(&config);
	return err_exit(kind);
}
