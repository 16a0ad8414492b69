#include <string.h>

#include "base/str.h"
#include "net/priority.h"

#define STRING_MAX	(16 * 1024)
#define STRONG		"%PROFILE_MEDIUM"
#define LEAST		0x0303		/* RFC 8996 */

static const struct version {
	unsigned	 number;	/* on the wire */
	gnutls_protocol_t gnutls;
	const char	*word;		/* in the configuration */
	const char	*name;
	const char	*rest;		/* what it rules out, or brings in */
} versions[] = {
	{ 0x0301, GNUTLS_TLS1_0, "1.0", "TLS 1.0",
	    "+VERS-TLS1.1:+VERS-TLS1.0" },
	{ 0x0302, GNUTLS_TLS1_1, "1.1", "TLS 1.1",
	    "+VERS-TLS1.1:-VERS-TLS1.0" },
	{ 0x0303, GNUTLS_TLS1_2, "1.2", "TLS 1.2",
	    "-VERS-TLS1.1:-VERS-TLS1.0" },
	{ 0x0304, GNUTLS_TLS1_3, "1.3", "TLS 1.3",
	    "-VERS-TLS1.2:-VERS-TLS1.1:-VERS-TLS1.0" },
};

#define NVERSIONS	(sizeof(versions) / sizeof(versions[0]))

unsigned
tls_version(const char *word)
{
	size_t i;

	for (i = 0; i < NVERSIONS && word != NULL; i++)
		if (strcmp(word, versions[i].word) == 0)
			return versions[i].number;
	return 0;
}

static const struct version *
least(const struct tls_params *p)
{
	unsigned want = p->min_version != 0 ? p->min_version : LEAST;
	size_t i = 0;

	while (i + 1 < NVERSIONS && versions[i].number < want)
		i++;
	return &versions[i];
}

/* Do they leave out versions that the other setting would allow? */
static int
drop_versions(const char *own)
{
	return own != NULL && (strstr(own, "-VERS-") != NULL ||
	    strstr(own, "!VERS-") != NULL || str_begins(own, strlen(own),
	    "NONE"));
}

int
priority_refused(const struct tls_params *p, struct err *e)
{
	return err_set(e, ERR_PROTOCOL, "the server has no TLS that is good "
	    "enough: %s is the least, by \"tls_min_version\"%s",
	    least(p)->name, drop_versions(p->priorities) ? ", and "
	    "\"tls_priorities\" leaves out more" : "");
}

int
priority_nothing(const struct tls_params *p, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s leaves nothing that tls_min_version "
	    "allows, which is %s; change one of them", p->priorities != NULL ?
	    "tls_priorities" : "GnuTLS, as this system configures it,",
	    least(p)->name);
}

/* Does it say itself how strong a certificate's key has to be?  All levels
 * but these say less than we do, and so it is added.  %VERIFY_... says nothing
 * of keys. */
static int
has_profile(const char *own)
{
	static const char *const words[] = { "%PROFILE_", "SECURE192",
	    "SECURE256", "SUITEB", "@" };
	size_t i, n;

	for (; *own != '\0'; own++) {
		n = strlen(own);
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (str_begins(own, n, words[i]))
				return 1;
	}
	return 0;
}

/* Without the versions that are too old: so the server chooses another, where
 * it can. */
static int
set_own(gnutls_session_t s, const struct tls_params *p, struct err *e)
{
	const char *own = p->priorities, *at = "";
	struct buf all = BUF_MAX(STRING_MAX);
	int r = call(priority_set_direct)(s, own, &at);

	if (r == GNUTLS_E_NO_PRIORITIES_WERE_SET)
		return priority_nothing(p, e);
	if (r < 0)
		return err_set(e, ERR_CONFIG, "tls_priorities: GnuTLS does "
		    "not know \"%s\"", str_shown(at, strlen(at)));
	if (p->min_version < LEAST && p->min_version != 0)
		buf_addf(&all, "%s", own);
	else
		buf_addf(&all, "%s:%s", own, least(p)->rest);
	if (!has_profile(own))
		buf_adds(&all, ":" STRONG);
	r = call(priority_set_direct)(s, buf_str(&all), NULL);
	buf_free(&all);
	return r >= 0 ? 0 : priority_nothing(p, e);
}

int
priority_set(gnutls_session_t s, const struct tls_params *p, struct err *e)
{
	struct buf more = BUF_MAX(STRING_MAX);
	int r;

	if (p->priorities != NULL)
		return set_own(s, p, e);
	buf_addf(&more, "%s:%s", least(p)->rest, STRONG);
	r = call(set_default_priority_append)(s, buf_str(&more), NULL, 0);
	buf_drop(&more);
	return r >= 0 ? 0 : priority_nothing(p, e);
}

int
priority_check(gnutls_session_t s, const struct tls_params *p, struct err *e)
{
	gnutls_protocol_t v = call(protocol_get_version)(s);
	const char *name = call(protocol_get_name)(v);

	if (v >= least(p)->gnutls)
		return 0;
	return err_set(e, ERR_PROTOCOL, "the server offers %s only; %s is the "
	    "least, by \"tls_min_version\"", name != NULL ? name : "old TLS",
	    least(p)->name);
}
