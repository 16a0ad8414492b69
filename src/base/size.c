#include <inttypes.h>
#include <stdio.h>

#include "base/size.h"

/*
 * humanize_number(3) has no decimal from 10 units on, and ends at INT64_MAX.
 */
static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB",
    "EiB" };
#define LAST	(sizeof(units) / sizeof(units[0]) - 1)

/* 12,345,678 */
static void
add_grouped(struct buf *b, uint64_t n)
{
	char text[24];
	int i, len = snprintf(text, sizeof(text), "%" PRIu64, n);

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_addc(b, ',');
		buf_addc(b, text[i]);
	}
}

/* 1.5 MiB, of at least 1 KiB */
static void
add_rounded(struct buf *b, uint64_t n)
{
	uint64_t unit = 1024, whole, rest, tenths;
	size_t i = 0;

	while (i < LAST && n / 1024 >= unit) {
		unit *= 1024;
		i++;
	}
	whole = n / unit;
	rest = n % unit;
	tenths = (rest * 10 + unit / 2) / unit;
	if (tenths == 10) {
		tenths = 0;
		whole++;
	}
	if (whole == 1024 && i < LAST) {
		whole = 1;
		i++;
	}
	buf_addf(b, "%" PRIu64, whole);
	if (rest > 0)
		buf_addf(b, ".%" PRIu64, tenths);
	buf_addf(b, " %s", units[i]);
}

int
size_add(struct buf *b, uint64_t octets)
{
	struct buf words = BUF_MAX(SIZE_WORDS_MAX);
	int r;

	if (octets >= 1024) {
		add_rounded(&words, octets);
		buf_adds(&words, " (");
	}
	add_grouped(&words, octets);
	buf_adds(&words, octets == 1 ? " octet" : " octets");
	if (octets >= 1024)
		buf_addc(&words, ')');
	r = buf_add(b, words.data, words.len);
	buf_free(&words);
	return r;
}
