#include "mail/dkim.h"
#include "unit.h"

static const struct {
	const char	*name;
	const char	*header;
	const char	*field;
	int		 want;
} rows[] = {
	{ "named", "DKIM-Signature: v=1; h=from:to:subject; b=x\r\n", "To",
	    1 },
	{ "the first", "DKIM-Signature: v=1; h=From:to; b=x\r\n", "from", 1 },
	{ "the last", "DKIM-Signature: v=1; b=x; h=from:To\r\n", "to", 1 },
	{ "not named", "DKIM-Signature: v=1; h=from:to; b=x\r\n", "Cc", 0 },
	{ "part of a name", "DKIM-Signature: h=resent-to:tos\r\n", "to", 0 },
	{ "folded", "DKIM-Signature: v=1;\r\n\th = from :\r\n\t to :cc;"
	    "\r\n\tb=to\r\n", "To", 1 },
	{ "another tag", "DKIM-Signature: bh=to:cc; h=from; b=to\r\n", "to",
	    0 },
	{ "a tag that begins like it", "DKIM-Signature: hx=to; h=from\r\n",
	    "to", 0 },
	{ "a capital tag is another (RFC 6376 3.2)",
	    "DKIM-Signature: H=to; h=from\r\n", "to", 0 },
	{ "another field", "X-Sig: h=to\r\n", "to", 0 },
	{ "the second signature", "DKIM-Signature: h=from\r\n"
	    "DKIM-Signature: h=to\r\n", "to", 1 },
	{ "no list", "DKIM-Signature: v=1\r\n", "to", 0 },
	{ "an empty list", "DKIM-Signature: h=\r\n", "to", 0 },
	{ "colons alone", "DKIM-Signature: h=::\r\n", "to", 0 },
	{ "no name", "DKIM-Signature: h=to\r\n", "", 0 },
	{ "nothing in it", "DKIM-Signature:\r\n", "to", 0 },
};

static void
test_row(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct header h = { .raw = BUF_MAX(4096) };

	buf_adds(&h.raw, r->header);
	header_index(&h);
	assert_int_equal(dkim_covers(&h, r->field), r->want);
	assert_int_equal(dkim_signed(&h), r->header[0] == 'D');
	header_free(&h);
}

int
main(void)
{
	UNIT_ROWS(rows, test_row);
	return unit_run("dkim");
}
