#include "unit.h"

#include "smtp/ehlo.h"

static void
read_lines(struct ehlo *e, const char *lines)
{
	struct reply r = REPLY_INIT;
	struct buf b = BUF_MAX(1 << 17);
	size_t n;

	for (;; lines += n + 1) {
		n = strcspn(lines, "|");
		buf_clear(&b);
		buf_addf(&b, "250%c%.*s", lines[n] == '|' ? '-' : ' ', (int)n,
		    lines);
		reply_feed(&r, b.data, b.len);
		if (lines[n] == '\0')
			break;
	}
	ehlo_read(e, &r);
	buf_free(&b);
	reply_free(&r);
}

static const struct {
	const char	*name;
	const char	*lines;
	unsigned	 can;
	uint64_t	 size;
	const char	*auth;
} rows[] = {
	{ "nothing", "mx.example", 0, 0, "" },
	{ "HELO's answer", "mx.example hello there", 0, 0, "" },
	{ "the greeting is no word", "PIPELINING|8BITMIME", EHLO_8BITMIME, 0,
	    "" },
	{ "Postfix", "mx.example|PIPELINING|SIZE 10240000|VRFY|ETRN|STARTTLS|"
	    "AUTH PLAIN LOGIN|ENHANCEDSTATUSCODES|8BITMIME|DSN|SMTPUTF8|"
	    "CHUNKING", EHLO_PIPELINING | EHLO_SIZE | EHLO_STARTTLS |
	    EHLO_AUTH | EHLO_8BITMIME | EHLO_DSN | EHLO_SMTPUTF8 |
	    EHLO_CHUNKING | EHLO_ENHANCED, 10240000, " PLAIN LOGIN" },
	{ "any case", "x|pipelining|Size 5|aUTH plain", EHLO_PIPELINING |
	    EHLO_SIZE | EHLO_AUTH, 5, " plain" },
	{ "old AUTH=", "x|AUTH=LOGIN PLAIN", EHLO_AUTH, 0, " LOGIN PLAIN" },
	{ "both AUTH forms", "x|AUTH PLAIN|AUTH=LOGIN", EHLO_AUTH, 0,
	    " PLAIN LOGIN" },
	{ "AUTH without mechanisms", "x|AUTH", EHLO_AUTH, 0, "" },
	{ "AUTH and a space", "x|AUTH ", EHLO_AUTH, 0, "" },
	{ "SIZE without a number", "x|SIZE", EHLO_SIZE, 0, "" },
	{ "SIZE 0 is no limit", "x|SIZE 0", EHLO_SIZE, 0, "" },
	{ "SIZE, the greatest", "x|SIZE 9223372036854775807", EHLO_SIZE,
	    INT64_MAX, "" },
	{ "SIZE, too great", "x|SIZE 9223372036854775808", EHLO_SIZE, 0, "" },
	{ "SIZE, far too long", "x|SIZE 00000000000000000000000000000005",
	    EHLO_SIZE, 0, "" },
	{ "SIZE below zero", "x|SIZE -5", EHLO_SIZE, 0, "" },
	{ "SIZE, no number", "x|SIZE big", EHLO_SIZE, 0, "" },
	{ "SIZE, a sign", "x|SIZE +5", EHLO_SIZE, 0, "" },
	{ "a longer word", "x|PIPELININGS|SIZES 5|AUTHX PLAIN|XDSN", 0, 0,
	    "" },
	{ "a shorter word", "x|PIPE|8BIT", 0, 0, "" },
	{ "a word with parameters", "x|DSN yes|STARTTLS REQUIRED",
	    EHLO_DSN | EHLO_STARTTLS, 0, "" },
	{ "unknown words", "x|XCLIENT NAME|BURL", 0, 0, "" },
	{ "an empty line", "x||DSN", EHLO_DSN, 0, "" },
	{ "leading space", "x| DSN|  size  7 ", EHLO_DSN | EHLO_SIZE, 7, "" },
	{ "a tab", "x|SIZE\t7\t|AUTH \tPLAIN  LOGIN ", EHLO_SIZE | EHLO_AUTH,
	    7, " PLAIN LOGIN" },
	{ "two numbers", "x|SIZE 7 8", EHLO_SIZE, 7, "" },
	{ "more of them", "x|BINARYMIME|enhancedstatuscodes|REQUIRETLS|"
	    "MT-PRIORITY MIXER|DELIVERBY|FUTURERELEASE", EHLO_BINARYMIME |
	    EHLO_ENHANCED | EHLO_REQUIRETLS | EHLO_PRIORITY | EHLO_DELIVERBY |
	    EHLO_HOLD, 0, "" },
};

static void
test_read(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct ehlo e = EHLO_INIT;

	read_lines(&e, r->lines);
	assert_int_equal(e.can, r->can);
	assert_int_equal(e.size, r->size);
	assert_string_equal(buf_str(&e.auth), r->auth);
	ehlo_free(&e);
}

static const struct limit_row {
	const char	*name;
	const char	*lines;
	size_t		 rcpt, domain, mail;
	unsigned	 by;
	uint64_t	 hold;
	const char	*until;
} limits[] = {
	{ "none", "x|LIMITS|DELIVERBY|FUTURERELEASE", 0, 0, 0, 0, 0, "" },
	{ "RFC 9422's example", "x|LIMITS RCPTMAX=20 MAILMAX=5", 20, 0, 5, 0,
	    0, "" },
	{ "all, in any case", "x|limits mailMAX=1  RCPTDOMAINMAX=2 "
	    "rcptmax=3 XMAX=4", 3, 2, 1, 0, 0, "" },
	{ "no numbers", "x|LIMITS RCPTMAX=-1 MAILMAX=x RCPTDOMAINMAX=", 0, 0,
	    0, 0, 0, "" },
	{ "far too great", "x|LIMITS RCPTMAX=9999999999 MAILMAX=999999999",
	    0, 0, 999999999, 0, 0, "" },
	{ "DELIVERBY", "x|DELIVERBY 240", 0, 0, 0, 240, 0, "" },
	{ "DELIVERBY and more", "x|DELIVERBY 240,x", 0, 0, 0, 0, 0, "" },
	{ "FUTURERELEASE", "x|FUTURERELEASE 3600 2027-01-01T00:00:00Z", 0, 0,
	    0, 0, 3600, "2027-01-01T00:00:00Z" },
	{ "FUTURERELEASE, a long word", "x|FUTURERELEASE 1 "
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0, 0, 0, 0, 1, "" },
};

static void
test_limits(void **state)
{
	const struct limit_row *r = *state;
	struct ehlo e = EHLO_INIT;

	read_lines(&e, r->lines);
	assert_int_equal(e.rcpt_max, r->rcpt);
	assert_int_equal(e.domain_max, r->domain);
	assert_int_equal(e.mail_max, r->mail);
	assert_int_equal(e.by_min, r->by);
	assert_int_equal(e.hold_max, r->hold);
	assert_string_equal(e.hold_until, r->until);
	read_lines(&e, "x");
	assert_int_equal(e.rcpt_max + e.domain_max + e.mail_max + e.by_min +
	    e.hold_max, 0);
	ehlo_free(&e);
}

/* After STARTTLS, what was said before counts no more. */
static void
test_forgotten(void **state)
{
	struct ehlo e = EHLO_INIT;

	(void)state;
	read_lines(&e, "x|AUTH PLAIN|SIZE 5|STARTTLS");
	read_lines(&e, "x|AUTH LOGIN");
	assert_int_equal(e.can, EHLO_AUTH);
	assert_int_equal(e.size, 0);
	assert_string_equal(buf_str(&e.auth), " LOGIN");
	ehlo_clear(&e);
	assert_int_equal(e.can, 0);
	assert_string_equal(buf_str(&e.auth), "");
	ehlo_free(&e);
}

static void
test_auth_limit(void **state)
{
	struct ehlo e = EHLO_INIT;
	struct buf b = BUF_MAX(1 << 16);
	char *fill = unit_fill('M', 3000);

	(void)state;
	buf_addf(&b, "x|AUTH %s|AUTH %s|AUTH PLAIN", fill, fill);
	read_lines(&e, b.data);
	assert_int_equal(e.can, EHLO_AUTH);
	assert_true(e.auth.len <= EHLO_AUTH_MAX);
	assert_non_null(strstr(buf_str(&e.auth), " PLAIN"));
	ehlo_free(&e);
	buf_free(&b);
	free(fill);
}

int
main(void)
{
	UNIT_ROWS(rows, test_read);
	UNIT_ROWS(limits, test_limits);
	UNIT_TEST(test_forgotten);
	UNIT_TEST(test_auth_limit);
	return unit_run("ehlo");
}
