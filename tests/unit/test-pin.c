#include "unit.h"

#include "net/pin.h"

/* SHA-256 of "cert" and of "key". */
static const struct pin pin = {
	"\x06\x29\x84\x32\xe8\x06\x6b\x29\xe2\x22\x3b\xcc\x23\xaa\x95\x04"
	"\xb5\x6a\xe5\x08\xfa\xbf\x34\x35\x50\x88\x69\xb9\xc3\x19\x0e\x22",
	"\x2c\x70\xe1\x2b\x7a\x06\x46\xf9\x22\x79\xf4\x27\xc7\xb3\x8e\x73"
	"\x34\xd8\xe5\x38\x9c\xff\x16\x7a\x1d\xc3\x0e\x73\xf8\x26\xb6\x83",
};

#define CERT	"sha256:06298432e8066b29e2223bcc23aa9504" \
	"b56ae508fabf3435508869b9c3190e22"
#define KEY	"pin-sha256:LHDhK3oGRvkiefQnx7OOczTY5Tic/xZ6HcMOc/gmtoM="

static const struct {
	const char	*name;
	const char	*words;
	int		 want;
} rows[] = {
	{ "the certificate", CERT, 1 },
	{ "the key", KEY, 1 },
	{ "both", CERT " " KEY, 1 },
	{ "the last of them", "sha256:00 pin-sha256:AA= " KEY, 1 },
	{ "the first of them", CERT " sha256:00", 1 },
	{ "blanks around", "  " CERT "  ", 1 },
	{ "none", "", 0 },
	{ "blanks alone", "  ", 0 },
	{ "another", "sha256:16298432e8066b29e2223bcc23aa9504"
	    "b56ae508fabf3435508869b9c3190e22", 0 },
	{ "the end of it is another", "sha256:06298432e8066b29e2223bcc23aa9504"
	    "b56ae508fabf3435508869b9c3190e2d", 0 },
	{ "half of it", "sha256:06298432e8066b29e2223bcc23aa9504", 0 },
	{ "more than it", CERT "00", 0 },
	{ "no word", "06298432e8066b29e2223bcc23aa9504"
	    "b56ae508fabf3435508869b9c3190e22", 0 },
	{ "the key's as a certificate's", "sha256:2c70e12b7a0646f92279f427c7b3"
	    "8e7334d8e5389cff167a1dc30e73f826b683", 0 },
	{ "the certificate's as a key's",
	    "pin-sha256:BimEMugGayniIjvMI6qVBLVq5Qj6vzQ1UIhpucMZDiI=", 0 },
	{ "base64 has case",
	    "pin-sha256:lhdhk3ogrvkiefqnx7oocztY5Tic/xZ6HcMOc/gmtoM=", 0 },
	{ "a prefix alone", "sha256: pin-sha256:", 0 },
};

static void
test_match(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	char *copy = unit_copy(r->words, strlen(r->words) + 1);

	assert_int_equal(pin_match(copy, &pin), r->want);
	free(copy);
}

static void
test_show(void **state)
{
	struct buf b = BUF_MAX(300);

	(void)state;
	buf_adds(&b, "is ");
	pin_show(&b, &pin);
	assert_string_equal(buf_str(&b), "is " CERT " " KEY);
	assert_int_equal(pin_match(buf_str(&b), &pin), 1);
	buf_free(&b);
}

int
main(void)
{
	UNIT_ROWS(rows, test_match);
	UNIT_TEST(test_show);
	return unit_run("pin");
}
