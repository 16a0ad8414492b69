/* What is asked for when a token wants a PIN, and when no more. */
#include "unit.h"

#include "net/own.h"

#define ROOM	32
#define SO_LONG	"0123456789abcdef0123456789abcdef"

/* Whoever has the PIN. */
struct keeper {
	const char	*says;		/* NULL: nothing, and that is said */
	char		 what[300];
	unsigned	 how;
	int		 calls;
};

static int
keep(void *arg, const char *what, unsigned how, struct buf *out,
    struct err *e)
{
	struct keeper *k = arg;

	k->calls++;
	k->how = how;
	snprintf(k->what, sizeof(k->what), "%s", what);
	if (k->says == NULL)
		return err_set(e, ERR_TEMP, "asleep");
	return buf_adds(out, k->says);
}

static const struct row {
	const char	*name;
	int		 attempt;
	unsigned	 flags;		/* GnuTLS's */
	const char	*before;	/* tried last; NULL: none was */
	const char	*says;
	int		 calls;
	unsigned	 how;
	const char	*pin;		/* handed over; NULL: refused */
	enum err_kind	 kind;
	const char	*why;
} rows[] = {
	{ "first", 0, GNUTLS_PIN_USER, NULL, "1234", 1, 0, "1234", ERR_NONE,
	    NULL },
	{ "few are left", 0, GNUTLS_PIN_COUNT_LOW, NULL, "1234", 1, 0, "1234",
	    ERR_NONE, NULL },
	{ "the last", 0, GNUTLS_PIN_FINAL_TRY, NULL, "1234", 1, TLS_PIN_LAST,
	    "1234", ERR_NONE, NULL },
	{ "wrong", 1, GNUTLS_PIN_WRONG, "1", "1234", 1, TLS_PIN_AGAIN, "1234",
	    ERR_NONE, NULL },
	{ "wrong, and not said so", 1, 0, "1", "1234", 1, TLS_PIN_AGAIN,
	    "1234", ERR_NONE, NULL },
	{ "wrong, at the first call", 0, GNUTLS_PIN_WRONG, "1", "1234", 1,
	    TLS_PIN_AGAIN, "1234", ERR_NONE, NULL },
	{ "wrong, and now the last", 1, GNUTLS_PIN_WRONG |
	    GNUTLS_PIN_FINAL_TRY, "1", "1234", 1, TLS_PIN_AGAIN |
	    TLS_PIN_LAST, "1234", ERR_NONE, NULL },
	{ "the same for another use", 0, GNUTLS_PIN_CONTEXT_SPECIFIC, "1234",
	    "1234", 1, 0, "1234", ERR_NONE, NULL },
	{ "the same again", 1, GNUTLS_PIN_WRONG, "1234", "1234", 1,
	    TLS_PIN_AGAIN, NULL, ERR_CONFIG, "the same was given again" },
	{ "the same and more", 1, GNUTLS_PIN_WRONG, "1234", "12345", 1,
	    TLS_PIN_AGAIN, "12345", ERR_NONE, NULL },
	{ "the third", 2, GNUTLS_PIN_WRONG, "1", "1234", 1, TLS_PIN_AGAIN,
	    "1234", ERR_NONE, NULL },
	{ "no fourth", 3, GNUTLS_PIN_WRONG, "1", "1234", 0, 0, NULL,
	    ERR_CONFIG, "3 wrong answers are enough" },
	{ "nobody knows it", 0, 0, NULL, NULL, 1, 0, NULL, ERR_TEMP,
	    "asleep" },
	{ "as long as may be", 0, 0, NULL, &SO_LONG[1], 1, 0, &SO_LONG[1],
	    ERR_NONE, NULL },
	{ "too long", 0, 0, NULL, SO_LONG, 1, 0, NULL, ERR_CONFIG,
	    "no PIN has so many characters" },
};

static void
test_pin(void **state)
{
	const struct row *r = *state;
	struct keeper k = { .says = r->says };
	struct tls_params p = { .pin = keep, .pin_arg = &k };
	struct own o = { .params = &p, .tried = BUF_SECRET(64) };
	char *pin = unit_fill('x', ROOM - 1);
	int want = r->pin != NULL ? 0 : -1;

	if (r->before != NULL)
		buf_adds(&o.tried, r->before);
	assert_int_equal(own_pin(&o, r->attempt, "pkcs11:token=a", "a\nb",
	    r->flags, pin, ROOM), want);
	assert_int_equal(k.calls, r->calls);
	assert_int_equal(k.how, r->how);
	if (r->calls > 0)
		assert_non_null(strstr(k.what, "the token a"));
	assert_null(strchr(k.what, '\n'));
	if (r->pin != NULL)
		assert_string_equal(pin, r->pin);
	assert_int_equal(o.why.kind, r->kind);
	if (r->why != NULL)
		assert_non_null(strstr(o.why.text, r->why));
	buf_free(&o.tried);
	free(pin);
}

static void
test_nobody(void **state)
{
	struct tls_params p = { .pin = NULL };
	struct own o = { .params = &p, .tried = BUF_SECRET(64) };
	char pin[ROOM];

	(void)state;
	assert_int_equal(own_pin(&o, 0, "", NULL, 0, pin, sizeof(pin)), -1);
	assert_int_equal(o.why.kind, ERR_CONFIG);
	assert_non_null(strstr(o.why.text, "nobody to ask"));
}

int
main(void)
{
	UNIT_ROWS(rows, test_pin);
	UNIT_TEST(test_nobody);
	return unit_run("own");
}
