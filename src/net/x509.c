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
	const unsigned char	*p, *end;
};

/*
 * Tag and length at the cursor, which goes behind them (X.690 8.1, 10.1).
 * Returns 0, or -1 when they are not there or not of that tag.
 */
static int
enter(struct cursor *c, unsigned char tag, size_t *len)
{
	size_t i, n;

	if (c->end - c->p < 2 || *c->p++ != tag)
		return -1;
	*len = *c->p++;
	if (*len < 0x80)
		return 0;
	n = *len & 0x7f;
	if (n == 0 || n > LENGTH_OCTETS || (size_t)(c->end - c->p) < n)
		return -1;
	for (*len = i = 0; i < n; i++)
		*len = *len << 8 | *c->p++;
	return 0;
}

/* One element, whole.  Returns 0, or -1 when it is not there. */
static int
element(struct cursor *c, unsigned char tag, struct x509_name *whole)
{
	const unsigned char *start = c->p;
	size_t len;

	if (enter(c, tag, &len) == -1 || len > (size_t)(c->end - c->p))
		return -1;
	c->p += len;
	if (whole != NULL)
		*whole = (struct x509_name){ start, (size_t)(c->p - start) };
	return 0;
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
moment(unsigned char tag, const unsigned char *p, size_t n)
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

/* Validity ::= SEQUENCE { notBefore Time, notAfter Time } */
static int64_t
last_moment(struct cursor c)
{
	const unsigned char *time = c.p;
	unsigned char tag = 0;
	size_t i, len = 0;

	if (enter(&c, DER_SEQUENCE, &len) == -1)
		return -1;
	for (i = 0; i < 2; i++, c.p += len) {
		tag = c.p < c.end ? *c.p : 0;
		if ((tag != DER_UTC_TIME && tag != DER_GENERAL_TIME) ||
		    enter(&c, tag, &len) == -1 || len > (size_t)(c.end - c.p))
			return -1;
		time = c.p;
	}
	return moment(tag, time, len);
}

/*
 * Certificate ::= SEQUENCE { TBSCertificate ::= SEQUENCE { version [0],
 * serialNumber, signature, issuer, validity, subject ...
 */
int
x509_read(struct x509 *x, const void *der, size_t n)
{
	const unsigned char *p = der;
	struct cursor c = { p, p + n };
	struct x509_name validity;
	size_t len;

	if (enter(&c, DER_SEQUENCE, &len) == -1 ||
	    enter(&c, DER_SEQUENCE, &len) == -1)
		return -1;
	if (c.p < c.end && *c.p == DER_VERSION &&
	    element(&c, DER_VERSION, NULL) == -1)
		return -1;
	if (element(&c, DER_INTEGER, NULL) == -1 ||
	    element(&c, DER_SEQUENCE, NULL) == -1 ||
	    element(&c, DER_SEQUENCE, &x->issuer) == -1 ||
	    element(&c, DER_SEQUENCE, &validity) == -1 ||
	    element(&c, DER_SEQUENCE, &x->subject) == -1)
		return -1;
	x->not_after = last_moment((struct cursor){ validity.der,
	    validity.der + validity.len });
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
x509_same(const struct x509_name *a, const struct x509_name *b)
{
	return a->len == b->len && memcmp(a->der, b->der, a->len) == 0;
}
