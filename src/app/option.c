#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/option.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"

#define DAY		86400
#define BEGINNING_MIN	4	/* letters of a name that may be meant */

/* Yes, for what sendmail and others write so; "" is yes as well.  Returns 1, 0
 * for no, or -1. */
static int
truth(const char *value)
{
	static const struct { const char *word; int yes; } words[] = {
		{ "", 1 }, { "yes", 1 }, { "true", 1 }, { "on", 1 },
		{ "y", 1 }, { "t", 1 }, { "1", 1 },
		{ "no", 0 }, { "false", 0 }, { "off", 0 },
		{ "n", 0 }, { "f", 0 }, { "0", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_same(value, words[i].word))
			return words[i].yes;
	return -1;
}

/*
 * A time as sendmail has it: numbers with a unit, minutes without one, such as
 * 1h30m.  Returns seconds, a day at most, or -1.
 */
static long long
seconds_of(const char *s)
{
	static const char units[] = "smhdw";
	static const long long lengths[] = { 1, 60, 3600, DAY, 7 * DAY };
	long long sum = 0, n;
	const char *unit;

	if (*s == '\0')
		return -1;
	while (*s != '\0') {
		if (!str_digit(*s))
			return -1;
		for (n = 0; str_digit(*s); s++)
			n = n < DAY ? n * 10 + (*s - '0') : DAY;
		unit = *s != '\0' ? strchr(units, str_lower(*s++)) : units + 1;
		if (unit == NULL)
			return -1;
		sum += (n < DAY ? n : DAY) * lengths[unit - units];
		if (sum > DAY)
			sum = DAY;
	}
	return sum;
}

/* What a file of aliases says comes out as an address, whatever that file is:
 * no stranger who hands on flags may name one. */
static void
take_aliases(struct cli *c, const char *value)
{
	if (c->as_sendmail)
		clival_ignore(c, "-oA: not by the name of sendmail");
	else if (value[0] != '\0')
		clival_set(c, "-oA", "aliases", value);
}

static void
take_dots(struct cli *c, const char *value)
{
	int yes = truth(value);

	if (yes != -1)
		c->dot_goes_on = yes;
}

static void
take_errors(struct cli *c, const char *value)
{
	static const struct { char letter; enum cli_errors errors; }
	    letters[] = {
		{ 'q', CLI_QUIET }, { 'm', CLI_MAIL }, { 'w', CLI_MAIL },
		{ 'e', CLI_EXIT_0 },
	};
	size_t i;

	c->errors = CLI_PRINT;
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (value[0] == letters[i].letter)
			c->errors = letters[i].errors;
}

/* No time at all is no limit. */
static void
take_timeout(struct cli *c, const char *value)
{
	long long seconds = seconds_of(value);
	char text[32];

	if (seconds == -1) {
		clival_ignore(c, "-or %s: no time such as 1h30m",
		    str_shown(value, strlen(value)));
		return;
	}
	snprintf(text, sizeof(text), "%lld", seconds);
	clival_set(c, "-or", "timeout", seconds == 0 ? "off" : text);
}

static const struct option {
	char		 letter;	/* of -o */
	const char	*name;		/* of -O; NULL: none */
	void		(*take)(struct cli *, const char *value);
} options[] = {
	{ 'A', "AliasFile", take_aliases },
	{ 'e', "ErrorMode", take_errors },
	{ 'i', "IgnoreDots", take_dots },
	{ 'r', NULL, take_timeout },
};

#define NOPTIONS	(sizeof(options) / sizeof(options[0]))

/* Options that are a keyword of the configuration. */
static const struct named {
	const char	*name;
	const char	*keyword;
	int		 truth;		/* yes or no */
} names[] = {
	{ "RequireTLS", "requiretls", 1 },
	{ "Priority", "priority", 0 },
	{ "DeliverBy", "deliver_by", 0 },
	{ "HoldFor", "hold_for", 0 },
	{ "HoldUntil", "hold_until", 0 },
};

#define NNAMES		(sizeof(names) / sizeof(names[0]))

void
option_take_apart(struct cli *c, char letter, const char *value)
{
	size_t i;

	for (i = 0; i < NOPTIONS; i++)
		if (options[i].letter == letter)
			options[i].take(c, value);
}

void
option_take(struct cli *c, const char *arg)
{
	if (arg[0] != '\0')
		option_take_apart(c, arg[0], arg + 1);
}

int
option_wants(const char *arg, const char *next)
{
	if (arg[0] == '\0' || arg[1] != '\0')
		return 0;
	if (arg[0] == 'r' || arg[0] == 'T')
		return str_digit(next[0]);
	return (arg[0] == 'Q' || arg[0] == 'A') && next[0] != '-' &&
	    strchr(next, '@') == NULL;
}

/* What is wrong is said before the message is read, and in the words of the
 * command line. */
static int
set_named(struct cli *c, const struct named *o, const char *value,
    struct err *e)
{
	struct account *scratch;
	int r, yes = truth(value);
	char typed[32];

	if (o->truth && yes != -1)
		value = yes ? "on" : "off";
	if (value[0] == '\0')
		return err_set(e, ERR_USAGE, "-O %s: a value is missing",
		    o->name);
	snprintf(typed, sizeof(typed), "-O %s", o->name);
	scratch = account_new("");
	r = config_set(scratch, o->keyword, value, e);
	account_free(scratch);
	if (r == -1)
		return err_set(e, ERR_USAGE, "%s%s", typed,
		    e->text + strlen(o->keyword));
	clival_set(c, typed, o->keyword, value);
	return 0;
}

/* Is it an option of Sendmail's own that looks like one of ours? */
static int
is_theirs(const char *name)
{
	static const char *const theirs[] = { "DeliverByMin" };
	size_t i;

	for (i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		if (str_same(name, theirs[i]))
			return 1;
	return 0;
}

/* The name that was meant, also by its beginning; or NULL. */
static const char *
near_named(const char *name)
{
	const char *words[NNAMES];
	size_t i, n = strlen(name);

	if (is_theirs(name))
		return NULL;
	for (i = 0; i < NNAMES; i++) {
		words[i] = names[i].name;
		if (n >= BEGINNING_MIN && str_begins(words[i],
		    strlen(words[i]), name))
			return words[i];
	}
	return str_nearest(name, words, NNAMES);
}

/* Ignored, as sendmail's own are that mean nothing here; but who asks for TLS
 * all the way, and misspells it, must not go without. */
static int
unknown(struct cli *c, const char *arg, size_t n, struct err *e)
{
	char *name = mem_strn(arg, n);
	const char *near = near_named(name);

	free(name);
	if (near != NULL)
		return err_set(e, ERR_USAGE, "-O %s: no such option; did you "
		    "mean %s?", str_shown(arg, n), near);
	clival_ignore(c, "-O %s: no such option here", str_shown(arg, n));
	return 0;
}

int
option_named(struct cli *c, const char *arg, struct err *e)
{
	size_t i, n = strcspn(arg, "=");
	const char *value = arg[n] == '=' ? arg + n + 1 : "";

	for (i = 0; i < NNAMES; i++)
		if (str_same_n(arg, n, names[i].name, strlen(names[i].name)))
			return set_named(c, &names[i], value, e);
	for (i = 0; i < NOPTIONS; i++)
		if (options[i].name != NULL && str_same_n(arg, n,
		    options[i].name, strlen(options[i].name))) {
			options[i].take(c, value);
			return 0;
		}
	return unknown(c, arg, n, e);
}
