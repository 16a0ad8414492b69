#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli.h"
#include "app/option.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"

#define ENVID_MAX	100

enum arg {
	ARG_NONE,
	ARG_WORD,		/* attached or separate */
	ARG_ATTACHED,		/* attached or absent */
	ARG_VALUE		/* --name=value or --name value */
};

struct flag {
	char		 letter;	/* 0 for a long option alone */
	enum arg	 arg;
	int		(*take)(struct cli *, const struct flag *, const char *,
			    struct err *);
	size_t		 offset;	/* of the member that take_*() fills */
	const char	*name;		/* long name, or NULL */
	const char	*help;		/* for --help; NULL: not shown */
};

static int
take_nothing(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	(void)c;
	(void)f;
	(void)arg;
	(void)e;
	return 0;
}

static int
take_on(struct cli *c, const struct flag *f, const char *arg, struct err *e)
{
	(void)arg;
	(void)e;
	*(int *)(void *)((char *)c + f->offset) = 1;
	return 0;
}

static int
take_text(struct cli *c, const struct flag *f, const char *arg, struct err *e)
{
	(void)e;
	*(const char **)(void *)((char *)c + f->offset) = arg;
	return 0;
}

/* For flags that choose a mode: the row's offset is that mode. */
static int
take_as(struct cli *c, const struct flag *f, const char *arg, struct err *e)
{
	(void)arg;
	(void)e;
	c->mode = (enum cli_mode)f->offset;
	return 0;
}

#define AS	"as"		/* --check=as USER */

/* The same for those that are about an account, as --check=ACCOUNT. */
static int
take_about(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	size_t n = strlen(AS);

	c->mode = (enum cli_mode)f->offset;
	if (arg == NULL)
		return 0;
	if (arg[0] == '\0')
		return err_set(e, ERR_USAGE, "--%s=: an account is missing",
		    f->name);
	if (c->mode != CLI_CHECK || strncmp(arg, AS, n) != 0 ||
	    (arg[n] != '\0' && arg[n] != '='))
		c->account = arg;
	else
		c->as_user = arg[n] == '=' ? arg + n + 1 : "";
	return 0;
}

/* What a stranger may hand to sendmail must change nothing that we keep. */
static int
not_as_sendmail(const struct cli *c, const struct flag *f, struct err *e)
{
	if (!c->as_sendmail)
		return 0;
	return err_set(e, ERR_USAGE, "--%s: not by the name of sendmail",
	    f->name);
}

static int
take_store(struct cli *c, const struct flag *f, const char *arg, struct err *e)
{
	if (not_as_sendmail(c, f, e) == -1)
		return -1;
	if (arg[0] == '\0')
		return err_set(e, ERR_USAGE, "--%s: want an account", f->name);
	c->account = arg;
	return take_as(c, f, arg, e);
}

static int
take_trust(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	if (not_as_sendmail(c, f, e) == -1)
		return -1;
	c->mode = CLI_TRUST;
	if (arg != NULL)
		c->account = arg;
	return 0;
}

static int
take_later(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	(void)c;
	(void)arg;
	return err_set(e, ERR_UNAVAIL, "%s%.*s%s: not in this version of "
	    "posthorn; no message was read", f->letter != 0 ? "-" : "--",
	    f->letter != 0, &f->letter, f->letter != 0 ? "" : f->name);
}

/* -N: "never", or a list of success, failure, delay; any case. */
static int
take_notify(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	static const char *const words[] = { "success", "failure", "delay" };
	const char *p = arg;
	size_t n, i;

	if (str_same(arg, "never") || str_same(arg, "off"))
		return take_text(c, f, arg, e);
	for (;;) {
		n = strcspn(p, ",");
		for (i = 0; i < 3; i++)
			if (str_same_n(p, n, words[i], strlen(words[i])))
				break;
		if (i == 3)
			return err_set(e, ERR_USAGE, "-N %s: want never, or a "
			    "list of success, failure and delay",
			    str_shown(arg, strlen(arg)));
		if (p[n] == '\0')
			return take_text(c, f, arg, e);
		p += n + 1;
	}
}

static int
take_ret(struct cli *c, const struct flag *f, const char *arg, struct err *e)
{
	if (str_same(arg, "headers"))		/* dsn_return's word */
		arg = "hdrs";
	if (!str_same(arg, "full") && !str_same(arg, "hdrs") &&
	    !str_same(arg, "off"))
		return err_set(e, ERR_USAGE, "-R %s: want full or hdrs",
		    str_shown(arg, strlen(arg)));
	return take_text(c, f, arg, e);
}

/* RFC 3461 4.4: printable US-ASCII, at most 100 octets. */
static int
take_envid(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	size_t i, n = strlen(arg);

	for (i = 0; i < n && arg[i] >= ' ' && arg[i] <= '~'; i++)
		;
	if (n == 0 || n > ENVID_MAX || i < n)
		return err_set(e, ERR_USAGE, "-V %s: want 1 to %d printable "
		    "ASCII characters", str_shown(arg, n), ENVID_MAX);
	return take_text(c, f, arg, e);
}

static const struct mode {
	char		 letter;
	enum err_kind	 kind;		/* ERR_NONE: it works */
	enum cli_mode	 mode;
	const char	*instead;
} modes[] = {
	{ 'm', ERR_NONE, CLI_SUBMIT, NULL },
	{ 'v', ERR_NONE, CLI_VERIFY, NULL },
	{ 'i', ERR_NONE, CLI_ALIASES, NULL },
	{ 'p', ERR_UNAVAIL, CLI_SUBMIT, "there is no queue in this version of "
	    "posthorn; no message was read" },
	{ 's', ERR_UNAVAIL, CLI_SUBMIT, "no SMTP on standard input in this "
	    "version of posthorn; no message was read" },
	{ 't', ERR_USAGE, CLI_SUBMIT, "use -bv to see what becomes of an "
	    "address" },
	{ 'd', ERR_USAGE, CLI_SUBMIT, "posthorn is no server" },
	{ 'D', ERR_USAGE, CLI_SUBMIT, "posthorn is no server" },
	{ 'h', ERR_USAGE, CLI_SUBMIT, "posthorn keeps no host status" },
	{ 'H', ERR_USAGE, CLI_SUBMIT, "posthorn keeps no host status" },
	{ 'C', ERR_USAGE, CLI_SUBMIT, "use -bv to check the configuration" },
	{ 'P', ERR_USAGE, CLI_SUBMIT, "posthorn has no queue runners" },
	{ 'a', ERR_USAGE, CLI_SUBMIT, "posthorn does not speak that protocol" },
	{ 'S', ERR_USAGE, CLI_SUBMIT, "posthorn does not speak batched SMTP" },
};

static int
take_mode(struct cli *c, const struct flag *f, const char *arg, struct err *e)
{
	size_t i;

	(void)f;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (arg[0] != modes[i].letter || arg[1] != '\0')
			continue;
		if (modes[i].kind != ERR_NONE)
			return err_set(e, modes[i].kind, "-b%s: %s", arg,
			    modes[i].instead);
		c->mode = modes[i].mode;
		return 0;
	}
	return err_set(e, ERR_USAGE, "-b%s: no such mode; see --help",
	    str_shown(arg, strlen(arg)));
}

static int
take_errors(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	(void)f;
	(void)e;
	option_take_apart(c, 'e', arg);
	return 0;
}

/* -n: no aliases. */
static int
take_no_aliases(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	(void)f;
	(void)arg;
	(void)e;
	clival_set(c, "-n", "aliases", "off");
	return 0;
}

static int
take_option(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	(void)f;
	(void)e;
	option_take(c, arg);
	return 0;
}

static int
take_named(struct cli *c, const struct flag *f, const char *arg,
    struct err *e)
{
	(void)f;
	return option_named(c, arg, e);
}

#define AT(member)	offsetof(struct cli, member)

static const struct flag flags[] = {
	{ 't', ARG_NONE, take_on, AT(read_rcpts), "read-recipients",
	    "also take recipients from To, Cc and Bcc" },
	{ 'i', ARG_NONE, take_on, AT(dot_goes_on), NULL,
	    "a lone dot does not end the message" },
	{ 'f', ARG_WORD, take_text, AT(sender), "from",
	    "envelope sender; '' or '<>' is the null sender" },
	{ 'r', ARG_WORD, take_text, AT(sender), NULL, NULL },
	{ 'F', ARG_WORD, take_text, AT(full_name), NULL,
	    "full name for a From that is added" },
	{ 'a', ARG_WORD, take_text, AT(account), "account",
	    "account of the configuration" },
	{ 'C', ARG_WORD, take_text, AT(config), "file",
	    "read this configuration file alone" },
	{ 'N', ARG_WORD, take_notify, AT(notify), "dsn-notify",
	    "delivery reports: never, or success,failure,delay" },
	{ 'R', ARG_WORD, take_ret, AT(ret), "dsn-return",
	    "what a report returns: full or hdrs" },
	{ 'V', ARG_WORD, take_envid, AT(envid), NULL,
	    "envelope identifier for reports" },
	{ 'b', ARG_WORD, take_mode, 0, NULL,
	    "m submit; v verify; i rebuild aliases (no need)" },
	{ 'v', ARG_NONE, take_on, AT(verbose), "verbose", "say what happens" },
	{ 'd', ARG_ATTACHED, take_on, AT(debug), "debug",
	    "show the whole dialogue, secrets hidden" },
	{ 'e', ARG_WORD, take_errors, 0, NULL,
	    "on failure: p print, q exit code only, m, w or e" },
	{ 'o', ARG_WORD, take_option, 0, NULL,
	    "sendmail's options: i, ex, A FILE, r TIME" },
	{ 'O', ARG_WORD, take_named, 0, NULL, "RequireTLS=yes, Priority=N, "
	    "HoldFor=SECONDS,\n                             "
	    "HoldUntil=TIME, DeliverBy=SECONDS[;R|N]" },
	{ 'L', ARG_WORD, take_text, AT(log_tag), NULL, "name for syslog" },
	{ 'U', ARG_NONE, take_on, AT(utf8), NULL,
	    "SMTPUTF8 where it is offered" },
	{ 'q', ARG_ATTACHED, take_later, 0, NULL, "not yet: flush the queue" },
	{ 'X', ARG_WORD, take_text, AT(dialogue), NULL,
	    "append the dialogue to a file that is there already" },
	{ 'A', ARG_WORD, take_nothing, 0, NULL, NULL },
	{ 'B', ARG_WORD, take_nothing, 0, NULL, NULL },
	{ 'D', ARG_WORD, take_nothing, 0, NULL, NULL },
	{ 'h', ARG_WORD, take_nothing, 0, NULL, NULL },
	{ 'M', ARG_WORD, take_nothing, 0, NULL, NULL },
	{ 'p', ARG_WORD, take_nothing, 0, NULL, NULL },
	{ 'Q', ARG_ATTACHED, take_nothing, 0, NULL, NULL },
	{ 'c', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 'E', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 'G', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 'I', ARG_NONE, take_as, CLI_ALIASES, NULL, NULL },
	{ 'J', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 'm', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 'n', ARG_NONE, take_no_aliases, 0, NULL, "no aliases" },
	{ 's', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 'S', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 'T', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 'x', ARG_NONE, take_nothing, 0, NULL, NULL },
	{ 0, ARG_NONE, take_on, AT(sender_from_header), "read-envelope-from",
	    "envelope sender from the From header" },
	{ 0, ARG_NONE, take_as, CLI_VERIFY, "pretend", "the same as -bv" },
	{ 0, ARG_ATTACHED, take_trust, 0, "trust",
	    "look at a server's key, and trust it" },
	{ 0, ARG_NONE, take_as, CLI_HELP, "help", "this text" },
	{ 0, ARG_NONE, take_as, CLI_VERSION, "version",
	    "version, libraries and configuration files" },
	{ 0, ARG_NONE, take_as, CLI_KEYWORDS, "list-keywords",
	    "the keywords of the configuration" },
	{ 0, ARG_WORD, take_store, CLI_STORE, "store-password",
	    "put an account's password into the keyring" },
	{ 0, ARG_ATTACHED, take_about, CLI_CHECK, "check",
	    "[ACCOUNT]: try all but sending; =as USER: what\n"
	    "                             that user may read" },
	{ 0, ARG_ATTACHED, take_about, CLI_SERVERINFO, "serverinfo",
	    "[ACCOUNT]: what the server says of itself" },
	{ 0, ARG_ATTACHED, take_about, CLI_PRINT_CONFIG, "print-config",
	    "[ACCOUNT]: accounts as they are understood" },
	{ 0, ARG_VALUE, take_later, 0, "configure", NULL },
	{ 0, ARG_NONE, take_later, 0, "rmqs", NULL },
};

#define NFLAGS	(sizeof(flags) / sizeof(flags[0]))

static const struct flag *
flag_of(char letter)
{
	size_t i;

	for (i = 0; i < NFLAGS; i++)
		if (flags[i].letter == letter)
			return &flags[i];
	return NULL;
}

/* The command line, as far as it has been read. */
struct words {
	int	 n, at;
	char	**word;
};

static const char *
peek_word(const struct words *w)
{
	return w->at + 1 < w->n ? w->word[w->at + 1] : NULL;
}

static const char *
next_word(struct words *w)
{
	const char *word = peek_word(w);

	w->at += word != NULL;
	return word;
}

/* One word of clustered short flags, its dash skipped. */
static int
cluster(struct cli *c, const char *p, struct words *w, struct err *e)
{
	const struct flag *f;
	const char *arg;

	for (; *p != '\0'; p++) {
		f = flag_of(*p);
		if (f == NULL)
			return err_set(e, ERR_USAGE, "-%s: no such flag; see "
			    "--help", str_shown(p, 1));
		if (f->arg == ARG_NONE) {
			if (f->take(c, f, NULL, e) == -1)
				return -1;
			continue;
		}
		arg = p + 1;
		if (f->arg == ARG_WORD && *arg == '\0')
			arg = next_word(w);
		if (arg == NULL)
			return err_set(e, ERR_USAGE, "-%c: an argument is "
			    "missing; see --help", f->letter);
		if (f->letter != 'o' || peek_word(w) == NULL ||
		    !option_wants(arg, peek_word(w)))
			return f->take(c, f, arg, e);
		option_take_apart(c, arg[0], next_word(w));
		return 0;
	}
	return 0;
}

/*
 * A program that calls sendmail may hand on flags from anybody (PHP's mail()
 * does): none of those may name what is to be run, a file to write to, nor
 * whom the account's password, or the mail, goes to.
 */
static int
may_set(const struct cli *c, const char *keyword)
{
	static const char *const begin[] = {
		"aliases", "auth", "connect_command", "host", "keyring",
		"logfile", "ntlmdomain", "password", "port", "protocol",
		"proxy_", "socket", "source_ip", "tls", "user",
	};
	size_t i, n = c->as_sendmail ? sizeof(begin) / sizeof(begin[0]) : 0;

	for (i = 0; i < n; i++)
		if (str_begins(keyword, strlen(keyword), begin[i]))
			return 0;
	return 1;
}

/* The text with one character in the place of another; to be freed. */
static char *
swapped(const char *s, size_t n, char from, char to)
{
	char *text = mem_strn(s, n), *p;

	for (p = text; *p != '\0'; p++)
		if (*p == from)
			*p = to;
	return text;
}

static const char *
near_flag(const char *name)
{
	const char *words[NFLAGS];
	size_t i, n = 0;

	for (i = 0; i < NFLAGS; i++)
		if (flags[i].name != NULL)
			words[n++] = flags[i].name;
	return str_nearest(name, words, n);
}

/* What would be refused is none. */
static const char *
near_keyword(const struct cli *c, const char *keyword)
{
	const char *words[ACCOUNT_KEYWORDS_MAX], *name;
	size_t i, n = 0;
	int in_effect;

	for (i = 0; (name = config_keyword(i, &in_effect)) != NULL; i++)
		if (in_effect && !config_keyword_private(name) &&
		    may_set(c, name))
			words[n++] = name;
	return str_nearest(keyword, words, n);
}

static int
no_option(const struct cli *c, const char *name, size_t n, struct err *e)
{
	char *flag = swapped(name, n, '_', '-');
	char *keyword = swapped(name, n, '-', '_');
	const char *near = near_flag(flag);
	char *meant = NULL;

	if (near == NULL)
		near = near_keyword(c, keyword);
	if (near != NULL)
		meant = swapped(near, strlen(near), '_', '-');
	err_set(e, ERR_USAGE, "--%s: no such option; %s%s%s",
	    str_shown(name, n), near != NULL ? "did you mean --" :
	    "see --help", near != NULL ? meant : "", near != NULL ? "?" : "");
	free(meant);
	free(keyword);
	free(flag);
	return -1;
}

/* May the command line set this keyword? */
static int
check_keyword(const struct cli *c, const char *keyword, const char *name,
    size_t n, struct err *e)
{
	if (config_keyword_private(keyword))
		return err_set(e, ERR_USAGE, "--%s: on the command line "
		    "anybody could read it; write it into the configuration%s",
		    str_shown(name, n), str_same(keyword, "password") ?
		    ", or better use passwordeval" : "");
	if (config_keyword_optional(keyword) == -1)
		return no_option(c, name, n, e);
	if (!may_set(c, keyword))
		return err_set(e, ERR_USAGE, "--%s: not by the name of "
		    "sendmail; write it into the configuration",
		    str_shown(name, n));
	return 0;
}

/* A long option that is a keyword of the configuration, as msmtp has it. */
static int
keyword_option(struct cli *c, const char *p, struct words *w, struct err *e)
{
	size_t n = strcspn(p, "=");
	const char *value = p[n] == '=' ? p + n + 1 : NULL;
	char *keyword = swapped(p, n, '-', '_');
	struct buf typed = BUF_MAX(STR_SHOW_MAX + 8);
	int r = check_keyword(c, keyword, p, n, e);

	if (r == 0 && value == NULL && config_keyword_optional(keyword) == 1)
		value = "on";
	if (r == 0 && value == NULL)
		value = next_word(w);
	buf_addf(&typed, "--%s", str_shown(p, n));
	if (r == 0 && value == NULL)
		r = err_set(e, ERR_USAGE, "%s: an argument is missing",
		    buf_str(&typed));
	if (r == 0)
		clival_set(c, buf_str(&typed), keyword, value);
	buf_free(&typed);
	free(keyword);
	return r;
}

static int
long_option(struct cli *c, const char *p, struct words *w, struct err *e)
{
	size_t k, n = strcspn(p, "=");
	const char *value = p[n] == '=' ? p + n + 1 : NULL;

	for (k = 0; k < NFLAGS; k++)
		if (flags[k].name != NULL && strlen(flags[k].name) == n &&
		    strncmp(flags[k].name, p, n) == 0)
			break;
	if (k == NFLAGS)
		return keyword_option(c, p, w, e);
	if (value != NULL && flags[k].arg == ARG_NONE)
		return err_set(e, ERR_USAGE, "--%s: takes no value",
		    flags[k].name);
	if (value == NULL && flags[k].arg == ARG_WORD)
		value = next_word(w);
	if (value == NULL && flags[k].arg == ARG_WORD)
		return err_set(e, ERR_USAGE, "--%s: an argument is missing",
		    flags[k].name);
	return flags[k].take(c, &flags[k], value, e);
}

static enum cli_mode
mode_of_name(struct cli *c, const char *argv0, int *queue)
{
	const char *p = strrchr(argv0, '/');

	p = p != NULL ? p + 1 : argv0;
	c->as_sendmail = strcmp(p, "sendmail") == 0 ||
	    strcmp(p, "send-mail") == 0;
	*queue = strcmp(p, "mailq") == 0;
	return strcmp(p, "newaliases") == 0 ? CLI_ALIASES : CLI_SUBMIT;
}

/* Where there is no message, an argument is the account that it is about, and
 * before that the user of --check=as. */
static int
take_names(struct cli *c, struct err *e)
{
	size_t i = 0;

	if (c->as_user != NULL && c->as_user[0] == '\0' && i < c->narg)
		c->as_user = c->arg[i++];
	if (c->as_user != NULL && c->as_user[0] == '\0')
		return err_set(e, ERR_USAGE, "--check=as: whom? write: "
		    "--check=as USER (an account called \"as\" is checked by "
		    "-a as)");
	if (c->mode == CLI_CHECK && c->as_user == NULL && c->narg > 1 &&
	    strcmp(c->arg[0], AS) == 0)
		return err_set(e, ERR_USAGE, "--check %s: write: --check=%s %s",
		    AS, AS, str_shown(c->arg[1], strlen(c->arg[1])));
	if (c->narg > i + 1 || (c->narg > i && c->account != NULL))
		return err_set(e, ERR_USAGE, "%s: one account at a time",
		    str_shown(c->arg[c->narg - 1],
		    strlen(c->arg[c->narg - 1])));
	if (c->narg > i)
		c->account = c->arg[i];
	c->narg = 0;
	return 0;
}

int
cli_parse(struct cli *c, int argc, char **argv, struct err *e)
{
	struct words w = { argc, 0, argv };
	int queue = 0, flags_end = 0;
	const char *p;

	*c = (struct cli){ 0 };
	c->arg = mem_new((size_t)argc + 1, sizeof(*c->arg));
	c->mode = argc > 0 ? mode_of_name(c, argv[0], &queue) : CLI_SUBMIT;
	while ((p = next_word(&w)) != NULL) {
		if (flags_end || p[0] != '-' || p[1] == '\0')
			c->arg[c->narg++] = argv[w.at];
		else if (strcmp(p, "--") == 0)
			flags_end = 1;
		else if (p[1] == '-') {
			if (long_option(c, p + 2, &w, e) == -1)
				return -1;
		} else if (cluster(c, p + 1, &w, e) == -1)
			return -1;
	}
	if (c->mode == CLI_CHECK || c->mode == CLI_SERVERINFO ||
	    c->mode == CLI_PRINT_CONFIG)
		return take_names(c, e);
	if (queue && c->mode == CLI_SUBMIT)
		return take_mode(c, flags, "p", e);
	return 0;
}

void
cli_print_flags(void)
{
	size_t i;

	for (i = 0; i < NFLAGS; i++) {
		if (flags[i].help == NULL)
			continue;
		printf("  %c%c%c%s%-*s %s\n", flags[i].letter != 0 ? '-' : ' ',
		    flags[i].letter != 0 ? flags[i].letter : ' ',
		    flags[i].letter != 0 && flags[i].name != NULL ? ',' : ' ',
		    flags[i].name != NULL ? " --" : "   ", 20,
		    flags[i].name != NULL ? flags[i].name : "",
		    flags[i].help);
	}
}

void
cli_free(struct cli *c)
{
	clival_free(c);
	free(c->arg);
	*c = (struct cli){ 0 };
}
