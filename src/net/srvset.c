#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "net/srvset.h"

#define HEADER		12	/* octets (RFC 1035 4.1.1) */
#define NAME_ERROR	3
#define TYPE_SRV	33
#define CLASS_IN	1
#define RR_HEADER	10	/* TYPE CLASS TTL RDLENGTH */
#define SRV_HEADER	6	/* PRIORITY WEIGHT PORT */

static unsigned
number(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/*
 * Letters, digits, hyphens and, since some do, underscores; nothing that could
 * pass for an option, or is shown as something else.
 */
static int
is_host(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if (!str_alnum(*p) && strchr("-._", *p) == NULL)
			return 0;
	return name[0] != '-' && name[0] != '.' && name[0] != '\0';
}

/* Where to put one of that priority, or NULL: others come before it. */
static struct srv_record *
room_for(struct srv_set *set, int tls_at_once, unsigned priority)
{
	struct srv_record *worst = NULL, *r;
	size_t i, n = 0;

	for (i = 0; i < set->n; i++) {
		r = &set->record[i];
		if (r->target.tls_at_once != tls_at_once)
			continue;
		n++;
		if (worst == NULL || r->priority > worst->priority)
			worst = r;
	}
	if (n < SRV_MAX)
		return &set->record[set->n++];
	return worst->priority > priority ? worst : NULL;
}

/* RFC 2782: PRIORITY WEIGHT PORT TARGET */
static void
take_record(struct srv_set *set, int tls_at_once, const unsigned char *message,
    const unsigned char *end, const unsigned char *data, size_t len)
{
	struct srv_record *r, new = { .target.tls_at_once = tls_at_once };
	int n;

	if (len <= SRV_HEADER)
		return;
	n = dn_expand(message, end, data + SRV_HEADER, new.target.host,
	    sizeof(new.target.host));
	if (n < 0 || (size_t)n > len - SRV_HEADER)
		return;
	new.priority = number(data);
	new.weight = number(data + 2);
	new.target.port = number(data + 4);
	if (new.target.host[0] == '\0' || strcmp(new.target.host, ".") == 0) {
		set->refused = 1;
		return;
	}
	log_debug("SRV %u %u %u %s", new.priority, new.weight,
	    new.target.port, str_shown(new.target.host,
	    strlen(new.target.host)));
	if (new.target.port == 0 || !is_host(new.target.host))
		return;
	r = room_for(set, tls_at_once, new.priority);
	if (r != NULL)
		*r = new;
}

/* Behind a name and what follows it, or NULL: that is not all there. */
static const unsigned char *
behind_name(const unsigned char *p, const unsigned char *end, size_t more)
{
	int n = dn_skipname(p, end);

	return n < 0 || (size_t)(end - p) - (size_t)n < more ? NULL :
	    p + n + more;
}

int
srvset_parse(struct srv_set *set, int tls_at_once,
    const unsigned char *message, size_t len)
{
	const unsigned char *p, *end = message + len;
	unsigned questions, answers;
	size_t n;

	if (len < HEADER || (message[2] & 0x80) == 0)	/* QR */
		return -1;
	if ((message[3] & 0x0f) != 0)			/* RCODE */
		return (message[3] & 0x0f) == NAME_ERROR ? 0 : -1;
	p = message + HEADER;
	questions = number(message + 4);
	answers = number(message + 6);
	for (; questions > 0; questions--) {
		p = behind_name(p, end, 4);	/* QTYPE QCLASS */
		if (p == NULL)
			return -1;
	}
	for (; answers > 0; answers--) {
		p = behind_name(p, end, RR_HEADER);
		if (p == NULL)
			return -1;
		n = number(p - 2);
		if (n > (size_t)(end - p))
			return -1;
		if (number(p - 10) == TYPE_SRV && number(p - 8) == CLASS_IN)
			take_record(set, tls_at_once, message, end, p, n);
		p += n;
	}
	return 0;
}

/* Does a come before b?  Those of weight 0 come first, so that they have a
 * small chance at all (RFC 2782). */
static int
is_before(const struct srv_record *a, const struct srv_record *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	if (a->target.tls_at_once != b->target.tls_at_once)
		return a->target.tls_at_once;
	return a->weight == 0 && b->weight != 0;
}

static int
is_rival(const struct srv_record *a, const struct srv_record *b)
{
	return a->priority == b->priority &&
	    a->target.tls_at_once == b->target.tls_at_once;
}

/* Move one up to the front of some, which keep their order. */
static void
move_up(struct srv_record *first, struct srv_record *chosen)
{
	struct srv_record one = *chosen;

	memmove(first + 1, first, (size_t)(chosen - first) * sizeof(*first));
	*first = one;
}

/* RFC 2782, "Weight": the first whose running sum is not below the number. */
static void
draw(struct srv_record *first, size_t n, uint32_t (*pick)(uint32_t))
{
	uint32_t sum = 0, chosen;
	size_t i;

	for (i = 0; i < n; i++)
		sum += first[i].weight;
	chosen = pick(sum + 1);
	sum = 0;
	for (i = 0; i < n - 1; i++) {
		sum += first[i].weight;
		if (sum >= chosen)
			break;
	}
	move_up(first, first + i);
}

void
srvset_order(struct srv_set *set, uint32_t (*pick)(uint32_t))
{
	struct srv_record *r = set->record;
	size_t i, j, end;

	for (i = 1; i < set->n; i++) {
		for (j = i; j > 0 && is_before(&r[i], &r[j - 1]); j--)
			;
		move_up(&r[j], &r[i]);
	}
	for (i = 0; i < set->n; i++) {
		for (end = i + 1; end < set->n && is_rival(&r[i], &r[end]);)
			end++;
		if (end - i > 1)
			draw(&r[i], end - i, pick);
	}
}
