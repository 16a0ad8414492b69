#include <string.h>
#include <time.h>

#include "base/str.h"
#include "net/verdict.h"

static const char *
who_trusts(const struct verdict_facts *f)
{
	return f->trust != NULL ? f->trust : "this system";
}

/* The first certificate that is to blame, or n: then it is a trusted one. */
static size_t
to_blame(const struct verdict_facts *f, int early, int64_t now,
    struct x509 *x)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (x509_read(x, f->chain[i].p, f->chain[i].len) == 0 &&
		    (early ? x->not_before > now : x->not_after < now))
			break;
	return i;
}

static int
wrong_time(struct err *e, int early, const struct verdict_facts *f)
{
	const int64_t now = time(NULL);
	char day[64], today[64];
	struct x509 x;
	size_t i = to_blame(f, early, now, &x);

	x509_time(today, sizeof(today), now);
	if (i == f->n)
		return err_set(e, ERR_PROTOCOL, "a CA certificate that %s "
		    "trusts %s, and it is %s here; replace it, or this clock "
		    "is wrong", who_trusts(f), early ? "is not yet valid" :
		    "has expired", today);
	x509_time(day, sizeof(day), early ? x.not_before : x.not_after);
	return err_set(e, ERR_PROTOCOL, "%s %s on %s, and it is %s here; the "
	    "server needs a new one, or this clock is wrong", i == 0 ?
	    "the certificate" : "a certificate between the server's and its "
	    "CA's", early ? "becomes valid only" : "expired", day, today);
}

int
verdict_explain(struct err *e, enum verdict v, const struct verdict_facts *f)
{
	switch (v) {
	case VERDICT_SIGNER:
		return err_set(e, ERR_PROTOCOL, "the certificate is signed by "
		    "%s, whom %s does not trust; to trust it, set "
		    "tls_trust_file to its CA certificate", f->signer,
		    who_trusts(f));
	case VERDICT_NO_CA:
		return err_set(e, ERR_PROTOCOL, "the certificate is signed by "
		    "%s, who is no CA: it may be forged, and nothing was sent",
		    f->signer);
	case VERDICT_EXPIRED:
	case VERDICT_EARLY:
		return wrong_time(e, v == VERDICT_EARLY, f);
	case VERDICT_NAME:
		return err_set(e, ERR_PROTOCOL, "the certificate is for %s, "
		    "not for %s; if that is right, see tls_host_override in "
		    "posthorn.conf(5)", f->names, str_shown(f->name,
		    strlen(f->name)));
	case VERDICT_PURPOSE:
		return err_set(e, ERR_PROTOCOL, "the certificate is not one "
		    "for servers; the server needs another");
	case VERDICT_REVOKED:
		return err_set(e, ERR_PROTOCOL, "the certificate was revoked; "
		    "the server needs a new one");
	case VERDICT_WEAK:
		return err_set(e, ERR_PROTOCOL, "the certificate is signed "
		    "with an algorithm that is broken; the server needs a new "
		    "one");
	case VERDICT_OTHER:
		break;
	}
	return err_set(e, ERR_PROTOCOL, "the certificate does not verify "
	    "(status 0x%x)", f->status);
}
