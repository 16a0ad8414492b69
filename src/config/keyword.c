#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "config/conflex.h"
#include "config/expand.h"
#include "config/keyword.h"
#include "config/value.h"
#include "mail/message.h"

#define VALUE_MAX	CONFLEX_LINE_MAX
#define DAY		86400

static const struct keyword_choice protocols[] = {
	{ "smtp", "smtp" }, { "lmtp", "lmtp" }, { NULL, NULL },
};

static const struct keyword_choice mechanisms[] = {
	{ "on", "on" }, { "off", NULL },
	{ "plain", "PLAIN" }, { "login", "LOGIN" },
	{ "cram-md5", "CRAM-MD5" },
	{ "scram-sha-1", "SCRAM-SHA-1" },
	{ "scram-sha-256", "SCRAM-SHA-256" },
	{ "scram-sha-1-plus", "SCRAM-SHA-1-PLUS" },
	{ "scram-sha-256-plus", "SCRAM-SHA-256-PLUS" },
	{ "gssapi", "GSSAPI" }, { "gs2-krb5", "GS2-KRB5" },
	{ "external", "EXTERNAL" }, { "anonymous", "ANONYMOUS" },
	{ "digest-md5", "DIGEST-MD5" }, { "ntlm", "NTLM" },
	{ "oauthbearer", "OAUTHBEARER" }, { "xoauth2", "XOAUTH2" },
	{ NULL, NULL },
};

static const struct keyword_choice versions[] = {
	{ "1.0", "1.0" }, { "1.1", "1.1" }, { "1.2", "1.2" },
	{ "1.3", "1.3" }, { NULL, NULL },
};

static const struct keyword_choice facilities[] = {
	{ "on", "LOG_USER" }, { "off", NULL },
	{ "LOG_MAIL", "LOG_MAIL" }, { "LOG_USER", "LOG_USER" },
	{ "LOG_LOCAL0", "LOG_LOCAL0" }, { "LOG_LOCAL1", "LOG_LOCAL1" },
	{ "LOG_LOCAL2", "LOG_LOCAL2" }, { "LOG_LOCAL3", "LOG_LOCAL3" },
	{ "LOG_LOCAL4", "LOG_LOCAL4" }, { "LOG_LOCAL5", "LOG_LOCAL5" },
	{ "LOG_LOCAL6", "LOG_LOCAL6" }, { "LOG_LOCAL7", "LOG_LOCAL7" },
	{ NULL, NULL },
};

static const struct keyword_choice returns[] = {
	{ "off", NULL }, { "full", "full" }, { "headers", "hdrs" },
	{ "hdrs", "hdrs" }, { NULL, NULL },
};

static const struct keyword_choice utc[] = {
	{ "utc", "3" }, { NULL, NULL },
};

static const struct keyword_choice originals[] = {
	{ "off", NULL }, { "reply-to", "reply-to" }, { "name", "name" },
	{ NULL, NULL },
};

static const struct keyword_choice seconds[] = {
	{ "off", "0" }, { NULL, NULL },
};

static const struct keyword_choice trusts[] = {
	{ "ca", NULL }, { "tofu", "tofu" }, { "dane", "dane" }, { NULL, NULL },
};

#define AT(member)	.offset = offsetof(struct account, member)
#define TEXT(m, f)	KEYWORD_TEXT, (f), AT(m)
#define RANGE(m, lo, hi) KEYWORD_NUMBER, 0, AT(m), .min = (lo), .max = (hi)
#define FORM(m, f, fl)	KEYWORD_FORM, (fl), AT(m), .form = (f)
#define FLAG(m, f)	KEYWORD_FLAG, (f), AT(m)
#define WHEN(m, f)	KEYWORD_WHEN, (f), AT(m)
#define CHOICE(m, c)	KEYWORD_CHOICE, 0, AT(m), .choice = (c)
#define OLD(k, m, to)	(k), KEYWORD_OLD, AT(m), .instead = (to)
#define NOTHING		KEYWORD_NOTHING, KEYWORD_IDLE, .offset = 0

/*
 * A host is not shown with all behind it: who forgets a line end goes on with
 * the password.
 */
static const struct keyword table[] = {
	{ "host", FORM(host, value_hosts, KEYWORD_QUIET) },
	{ "port", RANGE(port, 1, 65535) },
	{ "timeout", RANGE(timeout, 1, DAY), .choice = seconds },
	{ "total_timeout", RANGE(total_timeout, 1, DAY), .choice = seconds },
	{ "protocol", CHOICE(protocol, protocols) },
	{ "domain", TEXT(domain, KEYWORD_ONE | KEYWORD_EXPAND) },
	{ "hide_hostname", FLAG(hide_hostname, 0) },

	{ "source_ip", FORM(source_ip, value_addresses, 0) },
	{ "proxy_host", FORM(proxy_host, value_host, KEYWORD_QUIET) },
	{ "proxy_port", RANGE(proxy_port, 1, 65535) },
	{ "proxy_user", TEXT(proxy_user, 0) },
	{ "proxy_password", TEXT(proxy_password,
	    KEYWORD_SECRET | KEYWORD_PRIVATE) },
	{ "socket", KEYWORD_PATH, 0, AT(socket) },
	{ "connect_command", FORM(connect_command, value_command,
	    KEYWORD_SECRET) },

	{ "auth", CHOICE(auth, mechanisms) },
	{ "user", TEXT(user, 0) },
	{ "ntlmdomain", TEXT(ntlmdomain, 0) },
	{ "password", TEXT(password, KEYWORD_SECRET | KEYWORD_PRIVATE) },
	{ "passwordeval", TEXT(passwordeval, KEYWORD_SECRET) },
	{ "password_file", FORM(password_file, value_secret_file, 0) },
	{ "password_env", FORM(password_env, value_variable,
	    KEYWORD_QUIET) },
	{ "keyring", WHEN(keyring, 0) },

	{ "tls", FLAG(tls, 0) },
	{ "tls_starttls", FLAG(tls_starttls, 0) },
	{ "tls_trust", CHOICE(tls_trust, trusts) },
	{ "tls_trust_file", KEYWORD_TRUST, 0, AT(tls_trust_file) },
	{ "tls_crl_file", KEYWORD_PATH, 0, AT(tls_crl_file) },
	{ "tls_certcheck", FLAG(tls_certcheck, 0) },
	{ "tls_priorities", TEXT(tls_priorities, 0) },
	{ "tls_min_version", CHOICE(tls_min_version, versions) },
	{ "tls_host_override", FORM(tls_host_override, value_host, 0) },
	{ "tls_fingerprint", FORM(tls_fingerprint, value_fingerprints, 0) },
	{ "tls_cert_file", FORM(tls_cert_file, value_key_place,
	    KEYWORD_QUIET) },
	{ "tls_key_file", FORM(tls_key_file, value_key_place,
	    KEYWORD_QUIET) },
	{ "tls_key_password", TEXT(tls_key_password,
	    KEYWORD_SECRET | KEYWORD_PRIVATE) },
	{ "tls_key_passwordeval", TEXT(tls_key_passwordeval,
	    KEYWORD_SECRET) },
	{ "tls_key_password_file", FORM(tls_key_password_file,
	    value_secret_file, 0) },

	{ "from", KEYWORD_PATTERNS, KEYWORD_EXPAND, AT(from) },
	{ "from_full_name", TEXT(from_full_name, 0) },
	{ "allow_from_override", FLAG(allow_from_override, 0) },
	{ "auto_from", FLAG(auto_from, 0) },
	{ "maildomain", TEXT(maildomain, KEYWORD_ONE | KEYWORD_EXPAND) },

	{ "aliases", KEYWORD_ALIASES, 0, AT(aliases) },
	{ "default_domain", FORM(default_domain, value_domain, 0) },

	{ "set_from_header", WHEN(set_from_header, 0) },
	{ "set_to_header", WHEN(set_to_header, 0) },
	{ "keep_original_from", CHOICE(keep_original_from, originals) },
	{ "set_date_header", WHEN(set_date_header, 0), .choice = utc },
	{ "set_msgid_header", WHEN(set_msgid_header, 0) },
	{ "undisclosed_recipients", FLAG(undisclosed_recipients, 0) },
	{ "header_limit", RANGE(header_limit, 1024, 1 << 30) },

	{ "dsn_notify", KEYWORD_NOTIFY, 0, AT(dsn_notify) },
	{ "dsn_return", CHOICE(dsn_return, returns) },

	{ "mail_auth", FORM(mail_auth, value_mailbox,
	    KEYWORD_OFF | KEYWORD_QUIET) },
	{ "requiretls", FLAG(requiretls, 0) },
	{ "priority", FORM(priority, value_priority, KEYWORD_OFF) },
	{ "deliver_by", FORM(deliver_by, value_deliver_by, KEYWORD_OFF) },
	{ "hold_for", FORM(hold_for, value_hold_for, KEYWORD_OFF) },
	{ "hold_until", FORM(hold_until, value_hold_until, KEYWORD_OFF) },

	{ "logfile", KEYWORD_PATH, 0, AT(logfile) },
	{ "logfile_time_format", TEXT(logfile_time_format, 0) },
	{ "syslog", CHOICE(syslog, facilities) },

	{ "remove_bcc_headers", FLAG(remove_bcc_headers, KEYWORD_IDLE) },
	{ "queue", TEXT(queue, KEYWORD_IDLE) },
	{ "queue_lifetime", NOTHING },
	{ "queue_warn", NOTHING },
	{ "queue_flusher", NOTHING },
	{ "tls_min_dh_prime_bits", NOTHING },
	{ "tls_force_sslv3", NOTHING },
	{ "keepbcc", NOTHING },

	{ "connect_timeout", OLD(KEYWORD_NUMBER, timeout, "timeout"),
	    .min = 1, .max = DAY, .choice = seconds },
	{ "tls_nocertcheck", OLD(KEYWORD_NOT, tls_certcheck,
	    "tls_certcheck") },
	{ "tls_nostarttls", OLD(KEYWORD_NOT, tls_starttls, "tls_starttls") },
	{ "add_missing_from_header", OLD(KEYWORD_MISSING, set_from_header,
	    "set_from_header") },
	{ "add_missing_date_header", OLD(KEYWORD_MISSING, set_date_header,
	    "set_date_header") },
};

#define NTABLE	(sizeof(table) / sizeof(table[0]))

_Static_assert(NTABLE <= ACCOUNT_KEYWORDS_MAX, "origins for every keyword");

static const struct account defaults = {
	.tls = 1, .tls_starttls = -1, .tls_certcheck = 1,
	.allow_from_override = 1, .set_from_header = 1, .set_date_header = 1,
	.set_to_header = 1, .set_msgid_header = 1, .remove_bcc_headers = 1,
	.header_limit = MESSAGE_HEADER_MAX, .proxy_port = 1080,
	.keyring = 1,
};

const struct keyword *
keyword_at(size_t i)
{
	return i < NTABLE ? &table[i] : NULL;
}

const struct keyword *
keyword_find(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < NTABLE; i++)
		if (strlen(table[i].name) == n &&
		    memcmp(table[i].name, name, n) == 0)
			return &table[i];
	return NULL;
}

const char *
keyword_nearest(const char *name)
{
	const char *words[NTABLE + 3] = { "account", "defaults", "eval" };
	size_t i, n = 3;

	for (i = 0; i < NTABLE; i++)
		if ((table[i].flags & KEYWORD_OLD) == 0)
			words[n++] = table[i].name;
	return str_nearest(name, words, n);
}

size_t
keyword_index(const struct keyword *k)
{
	if (k->instead != NULL)
		k = keyword_find(k->instead, strlen(k->instead));
	assert(k != NULL);
	return (size_t)(k - table);
}

static char **
text_at(struct account *a, const struct keyword *k)
{
	return (char **)(void *)((char *)a + k->offset);
}

static int *
int_at(struct account *a, const struct keyword *k)
{
	return (int *)(void *)((char *)a + k->offset);
}

static void
put_text(struct account *a, const struct keyword *k, const char *value)
{
	char **slot = text_at(a, k);

	mem_wipe(*slot);
	*slot = value == NULL ? NULL : k->flags & KEYWORD_SECRET ?
	    secret_str(value) : mem_str(value);
}

static int
set_text(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	struct buf b = BUF_SECRET(VALUE_MAX);
	const char *p;
	int r;

	for (p = value; *p != '\0'; p++) {
		if ((k->flags & KEYWORD_ONE) && str_blank(*p))
			return err_set(e, ERR_CONFIG, "there is a blank in it");
		if (!(k->flags & KEYWORD_SECRET) && *p != '\t' &&
		    ((unsigned char)*p < 0x20 || *p == 0x7f))
			return err_set(e, ERR_CONFIG,
			    "there is a control character in it");
	}
	if (k->flags & KEYWORD_EXPAND)
		r = expand_add(&b, value, e);
	else if ((r = buf_adds(&b, value)) == -1)
		err_set(e, ERR_CONFIG, "too long");
	if (r == 0)
		put_text(a, k, buf_str(&b));
	buf_free(&b);
	return r;
}

static int
set_path(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	char *path = file_home(value);
	int r = set_text(a, k, path, e);

	mem_wipe(path);
	return r;
}

static int
set_trust(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	if (strcmp(value, "system") != 0)
		return set_path(a, k, value, e);
	put_text(a, k, NULL);
	return 0;
}

/* None at all is another thing than the default one. */
static int
set_aliases(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	if (!str_same(value, "off"))
		return set_path(a, k, value, e);
	put_text(a, k, "");
	return 0;
}

/* A value with a form of its own, which the row's function knows. */
static int
set_form(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	struct buf b = BUF_MAX(VALUE_MAX);
	int r = 0;

	if ((k->flags & KEYWORD_OFF) && str_same(value, "off"))
		put_text(a, k, NULL);
	else if ((r = k->form(&b, value, e)) == 0)
		put_text(a, k, buf_str(&b));
	buf_free(&b);
	return r;
}

/* Of `from`: addresses, in which `*` may stand for any text. */
static int
set_patterns(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	struct buf b = BUF_MAX(VALUE_MAX);
	const char *p = value, *word, *end = value + strlen(value);
	size_t n, words = 0, bare = 0;
	int r = -1;

	while ((n = conflex_word(&p, end, ", \t", &word)) > 0) {
		if (memchr(word, '<', n) != NULL)
			bare = 2;
		else if (memchr(word, '@', n) == NULL &&
		    memchr(word, '*', n) == NULL)
			bare++;
		buf_addf(&b, words++ > 0 ? " %.*s" : "%.*s", (int)n, word);
	}
	if (bare > 1 || (bare == 1 && words > 1))
		err_set(e, ERR_CONFIG, "want addresses, user@domain; a "
		    "person's name goes into from_full_name");
	else
		r = set_text(a, k, buf_str(&b), e);
	buf_free(&b);
	return r;
}

static const struct keyword_choice *
choice_of(const struct keyword *k, const char *value)
{
	const struct keyword_choice *c = k->choice;

	for (; c != NULL && c->word != NULL; c++)
		if (str_same(value, c->word))
			return c;
	return NULL;
}

static int
set_number(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	const struct keyword_choice *c = choice_of(k, value);
	long long v = 0;

	if (c == NULL && str_number(value, k->min, k->max, &v) == -1)
		return err_set(e, ERR_CONFIG, "want %sa number from %lld to "
		    "%lld", k->choice != NULL ? "off, or " : "", k->min,
		    k->max);
	*int_at(a, k) = (int)v;
	return 0;
}

/* "off" 0, "auto" 1, "on" 2; -1 for anything else. */
static int
when_of(const char *value)
{
	static const char *const words[] = { "off", "auto", "on" };
	int i;

	for (i = 0; i < 3; i++)
		if (str_same(value, words[i]))
			return i;
	return -1;
}

static int
set_when(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	const struct keyword_choice *c = choice_of(k, value);
	int v = c != NULL ? c->value[0] - '0' : when_of(value);

	if (v == -1)
		return err_set(e, ERR_CONFIG, "want %sauto, on or off",
		    k->choice != NULL ? "utc, " : "");
	*int_at(a, k) = v;
	return 0;
}

/* on and off as two numbers. */
static int
set_either(int *slot, const char *value, int on, int off, struct err *e)
{
	int v = when_of(value);

	if (v != 0 && v != 2)
		return err_set(e, ERR_CONFIG, "want on or off");
	*slot = v == 2 ? on : off;
	return 0;
}

static int
set_flag(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	return set_either(int_at(a, k), value, 1, 0, e);
}

static int
set_not(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	return set_either(int_at(a, k), value, 0, 1, e);
}

/* add_missing_*_header: on is "auto" of the keyword that came after it. */
static int
set_missing(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	return set_either(int_at(a, k), value, 1, 0, e);
}

static int
set_choice(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	const struct keyword_choice *c = choice_of(k, value);

	if (c != NULL) {
		put_text(a, k, c->value);
		return 0;
	}
	err_set(e, ERR_CONFIG, "want one of");
	for (c = k->choice; c->word != NULL; c++)
		err_suffix(e, " %s", c->word);
	return -1;
}

/* off, never, or a list of the three conditions. */
static int
set_notify(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	static const char *const words[] = { "success", "failure", "delay" };
	const char *p = value, *word, *end = value + strlen(value);
	struct buf b = BUF_MAX(64);
	unsigned seen = 0;
	size_t n, i;

	if (str_same(value, "off") || str_same(value, "never")) {
		put_text(a, k, str_same(value, "off") ? NULL : "never");
		return 0;
	}
	while ((n = conflex_word(&p, end, ", \t", &word)) > 0) {
		for (i = 0; i < 3; i++)
			if (str_same_n(word, n, words[i], strlen(words[i])))
				break;
		if (i == 3)
			return err_set(e, ERR_CONFIG, "want off, never, or a "
			    "list of success, failure and delay");
		seen |= 1U << i;
	}
	for (i = 0; i < 3; i++)
		if (seen & 1U << i)
			buf_addf(&b, b.len > 0 ? ",%s" : "%s", words[i]);
	put_text(a, k, b.len > 0 ? buf_str(&b) : NULL);
	buf_free(&b);
	return 0;
}

static int
set_nothing(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	(void)a;
	(void)k;
	(void)value;
	(void)e;
	return 0;
}

enum store { STORE_TEXT, STORE_INT, STORE_NONE };

static const struct {
	int		(*set)(struct account *, const struct keyword *,
			    const char *, struct err *);
	enum store	 store;
	int		 shown;		/* in an error, with the value */
	int		 optional;	/* no value is "on" */
} kinds[] = {
	[KEYWORD_TEXT] = { set_text, STORE_TEXT, 0, 0 },
	[KEYWORD_PATH] = { set_path, STORE_TEXT, 0, 0 },
	[KEYWORD_TRUST] = { set_trust, STORE_TEXT, 0, 0 },
	[KEYWORD_ALIASES] = { set_aliases, STORE_TEXT, 0, 0 },
	[KEYWORD_FORM] = { set_form, STORE_TEXT, 1, 0 },
	[KEYWORD_PATTERNS] = { set_patterns, STORE_TEXT, 1, 0 },
	[KEYWORD_NUMBER] = { set_number, STORE_INT, 1, 0 },
	[KEYWORD_FLAG] = { set_flag, STORE_INT, 1, 1 },
	[KEYWORD_NOT] = { set_not, STORE_INT, 1, 1 },
	[KEYWORD_WHEN] = { set_when, STORE_INT, 1, 1 },
	[KEYWORD_MISSING] = { set_missing, STORE_INT, 1, 1 },
	[KEYWORD_CHOICE] = { set_choice, STORE_TEXT, 1, 1 },
	[KEYWORD_NOTIFY] = { set_notify, STORE_TEXT, 1, 0 },
	[KEYWORD_NOTHING] = { set_nothing, STORE_NONE, 0, 0 },
};

/* A choice that has no "on" needs its value. */
int
keyword_optional(const struct keyword *k)
{
	return kinds[k->kind].optional &&
	    (k->kind != KEYWORD_CHOICE || choice_of(k, "on") != NULL);
}

/* The value alone, as it is in another account. */
static void
copy_value(struct account *to, const struct account *from,
    const struct keyword *k)
{
	const char *src = (const char *)from + k->offset;

	if (kinds[k->kind].store == STORE_TEXT)
		put_text(to, k, *(char *const *)(const void *)src);
	else if (kinds[k->kind].store == STORE_INT)
		memcpy(int_at(to, k), src, sizeof(int));
}

/* A value that goes on as if the line of a secret had begun. */
static int
check_end(const struct keyword *k, const char *value, struct err *e)
{
	const char *p = value, *word, *end = value + strlen(value);
	const struct keyword *other = NULL;
	size_t n;

	if (k->flags & KEYWORD_SECRET)
		return 0;
	while ((n = conflex_word(&p, end, " \t", &word)) > 0) {
		if (other != NULL && (other->flags & KEYWORD_SECRET))
			return err_set(e, ERR_CONFIG, "\"%s\" goes on a line "
			    "of its own", other->name);
		other = keyword_find(word, n);
	}
	return 0;
}

/* Not all of it: what stands behind may belong to a line that did not end. */
static int
blame(const struct keyword *k, const char *value, struct err *e)
{
	size_t n = strcspn(value, " \t");

	if (kinds[k->kind].shown &&
	    !(k->flags & (KEYWORD_SECRET | KEYWORD_QUIET)))
		err_prefix(e, "\"%s%s\": ", str_shown(value, n),
		    value[n] != '\0' ? " ..." : "");
	return err_prefix(e, "%s: ", k->name);
}

int
keyword_set(struct account *a, const struct keyword *k, const char *value,
    struct err *e)
{
	if (value[0] == '\0') {
		if (!keyword_optional(k)) {
			copy_value(a, &defaults, k);
			return 0;
		}
		value = "on";
	}
	if (check_end(k, value, e) == -1)
		return err_prefix(e, "%s: ", k->name);
	if (kinds[k->kind].set(a, k, value, e) == 0)
		return 0;
	return blame(k, value, e);
}

void
keyword_copy(struct account *to, const struct account *from, size_t i)
{
	copy_value(to, from, &table[i]);
	to->origin[i] = from->origin[i];
}

void
keyword_init(struct account *a)
{
	*a = defaults;
}

void
keyword_clear(struct account *a)
{
	size_t i;

	for (i = 0; i < NTABLE; i++)
		if (kinds[table[i].kind].store == STORE_TEXT)
			put_text(a, &table[i], NULL);
}
