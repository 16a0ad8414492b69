#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "net/x509.h"

#define DER_INTEGER		0x02
#define DER_UTC_TIME		0x17
#define DER_GENERAL_TIME	0x18
#define DER_SEQUENCE		0x30
#define DER_VERSION		0xa0	/* [0] EXPLICIT */
#define LENGTH_OCTETS		3	/* of a certificate's parts */

struct cursor {
	x509_octet	*octet;
	const void	*arg;
	size_t		 at;
};

/*
 * Tag and length at the cursor, which goes behind them (X.690 8.1, 10.1).
 * Returns 0, or -1 when they are not there or not of that tag.
 */
static int
enter(struct cursor *c, int tag, size_t *len)
{
	int n, next;

	if (c->octet(c->arg, c->at++) != tag)
		return -1;
	n = c->octet(c->arg, c->at++);
	if (n < 0x80) {
		*len = (size_t)n;
		return n < 0 ? -1 : 0;
	}
	n &= 0x7f;
	if (n == 0 || n > LENGTH_OCTETS)
		return -1;
	for (*len = 0; n > 0; n--) {
		next = c->octet(c->arg, c->at++);
		if (next == -1)
			return -1;
		*len = *len << 8 | (size_t)next;
	}
	return 0;
}

/* Past one element, which need not be there as a whole. */
static int
element(struct cursor *c, int tag, struct x509_span *whole)
{
	size_t start = c->at, len;

	if (enter(c, tag, &len) == -1)
		return -1;
	c->at += len;
	if (whole != NULL)
		*whole = (struct x509_span){ start, c->at - start };
	return 0;
}

/*
 * Certificate ::= SEQUENCE { TBSCertificate ::= SEQUENCE { version [0],
 * serialNumber, signature, issuer, validity, subject ...
 */
int
x509_find(struct x509_map *map, x509_octet *octet, const void *arg)
{
	struct cursor c = { octet, arg, 0 };
	size_t len;

	if (enter(&c, DER_SEQUENCE, &len) == -1 ||
	    enter(&c, DER_SEQUENCE, &len) == -1)
		return -1;
	if (octet(arg, c.at) == DER_VERSION &&
	    element(&c, DER_VERSION, NULL) == -1)
		return -1;
	if (element(&c, DER_INTEGER, NULL) == -1 ||
	    element(&c, DER_SEQUENCE, NULL) == -1 ||
	    element(&c, DER_SEQUENCE, &map->issuer) == -1 ||
	    element(&c, DER_SEQUENCE, &map->validity) == -1 ||
	    element(&c, DER_SEQUENCE, &map->subject) == -1)
		return -1;
	return octet(arg, c.at - 1) != -1 ? 0 : -1;
}

/* Of the Gregorian calendar, since 1970-01-01; a year begins in March. */
static int64_t
days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 +
	    day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

/* Two digits, or -1. */
static int
pair(const unsigned char *p)
{
	return str_digit((char)p[0]) && str_digit((char)p[1]) ?
	    (p[0] - '0') * 10 + p[1] - '0' : -1;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ (RFC 5280 4.1.2.5), or -1. */
static int64_t
moment(int tag, const unsigned char *p, size_t n)
{
	int v[6], i, century;

	if (n != (tag == DER_GENERAL_TIME ? 15 : 13) || p[n - 1] != 'Z')
		return -1;
	century = tag == DER_GENERAL_TIME ? pair(p) : pair(p) < 50 ? 20 : 19;
	if (tag == DER_GENERAL_TIME)
		p += 2;
	for (i = 0; i < 6; i++)
		if ((v[i] = pair(p + 2 * i)) == -1)
			return -1;
	if (century == -1 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > 31)
		return -1;
	return days(century * 100 + v[0], v[1], v[2]) * 86400 + v[3] * 3600 +
	    v[4] * 60 + v[5];
}

static int
octet_of(const void *arg, size_t at)
{
	const struct x509_der *n = arg;

	return at < n->len ? n->p[at] : -1;
}

/* Validity ::= SEQUENCE { notBefore Time, notAfter Time } */
static void
read_validity(struct x509 *x, const struct x509_der *validity)
{
	struct cursor c = { octet_of, validity, 0 };
	int64_t *const times[] = { &x->not_before, &x->not_after };
	size_t i, len;
	int tag;

	x->not_before = x->not_after = -1;
	if (enter(&c, DER_SEQUENCE, &len) == -1)
		return;
	for (i = 0; i < 2; i++) {
		tag = octet_of(validity, c.at);
		if ((tag != DER_UTC_TIME && tag != DER_GENERAL_TIME) ||
		    enter(&c, tag, &len) == -1 || len > validity->len - c.at)
			return;
		*times[i] = moment(tag, validity->p + c.at, len);
		c.at += len;
	}
}

static struct x509_der
part(const unsigned char *der, struct x509_span s)
{
	return (struct x509_der){ der + s.at, s.len };
}

int
x509_read(struct x509 *x, const void *der, size_t n)
{
	struct x509_der all = { der, n }, validity;
	struct x509_map map;

	if (x509_find(&map, octet_of, &all) == -1)
		return -1;
	x->issuer = part(der, map.issuer);
	x->subject = part(der, map.subject);
	validity = part(der, map.validity);
	read_validity(x, &validity);
	return 0;
}

void
x509_time(char *text, size_t size, int64_t when)
{
	int64_t day = when / 86400, second = when % 86400;
	int year, month;

	if (second < 0) {
		day--;
		second += 86400;
	}
	/* Not too late a year, then on from there. */
	year = 1970 + (int)(day < 0 ? day / 365 - 1 : day / 366);
	while (days(year + 1, 1, 1) <= day)
		year++;
	for (month = 12; days(year, month, 1) > day; )
		month--;
	snprintf(text, size, "%04d-%02d-%02d %02d:%02d UTC", year, month,
	    (int)(day - days(year, month, 1)) + 1, (int)(second / 3600),
	    (int)(second / 60 % 60));
}

int
x509_same(const struct x509_der *a, const struct x509_der *b)
{
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}
