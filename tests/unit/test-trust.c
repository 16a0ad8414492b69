#include "unit.h"

#include <fcntl.h>

#include "base/base64.h"
#include "net/trust.h"

#define BEGIN	"-----BEGIN CERTIFICATE-----"
#define END	"-----END CERTIFICATE-----"

static char path[] = "/tmp/trust.XXXXXX";

/* What looks like a certificate: octets that hold some names. */
static void
add_block(struct buf *b, const char *der, size_t n)
{
	struct buf text = BUF_MAX(1 << 20);
	size_t at;

	base64_add(&text, der, n);
	buf_adds(b, BEGIN "\n");
	for (at = 0; at < text.len; at += 64)
		buf_addf(b, "%.64s\n", text.data + at);
	buf_adds(b, END "\n");
	buf_free(&text);
}

static void
write_bundle(const struct buf *b)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, buf_str(b), b->len), b->len);
	close(fd);
}

/* Five blocks, among what real bundles have between them. */
static const char *const ders[] = { "0\202CN=Alpha", "xCN=Betax",
    "CN=Gamma, CN=Alpha 2", "y", "CN=Delta" };

static void
make_bundle(struct buf *b)
{
	size_t i;

	buf_clear(b);
	buf_adds(b, "# a comment\n");
	for (i = 0; i < COUNT(ders); i++) {
		buf_addf(b, "\nSubject: number %zu\n", i);
		add_block(b, ders[i], strlen(ders[i]));
	}
	write_bundle(b);
}

static const struct {
	const char	*name;
	const char	*names[3];
	const char	*want;		/* numbers of the blocks taken */
} rows[] = {
	{ "one", { "CN=Beta" }, "1" },
	{ "the last", { "CN=Delta" }, "4" },
	{ "one name, two certificates", { "CN=Alpha" }, "02" },
	{ "two names", { "CN=Delta", "CN=Beta" }, "14" },
	{ "two names in one", { "CN=Gamma", "CN=Alpha 2" }, "2" },
	{ "not there", { "CN=Omega" }, "" },
	{ "one of two there", { "CN=Omega", "CN=Beta" }, "1" },
	{ "names have case", { "cn=beta" }, "" },
	{ "in the text between them", { "number" }, "" },
	{ "no names", { NULL }, "" },
};

static void
test_select(void **state)
{
	const __typeof__(rows[0]) *r = *state;
	struct trust_name names[3];
	struct buf b = BUF_MAX(1 << 16), out = BUF_MAX(1 << 16);
	struct buf want = BUF_MAX(1 << 16);
	struct err e = ERR_INIT;
	const char *p;
	size_t n;

	make_bundle(&b);
	for (n = 0; n < 3 && r->names[n] != NULL; n++)
		names[n] = (struct trust_name){ r->names[n],
		    strlen(r->names[n]) };
	for (p = r->want; *p != '\0'; p++)
		add_block(&want, ders[*p - '0'], strlen(ders[*p - '0']));
	assert_int_equal(trust_select(&out, path, names, n, &e),
	    strlen(r->want));
	assert_string_equal(buf_str(&out), buf_str(&want));
	buf_free(&b);
	buf_free(&out);
	buf_free(&want);
}

#define ALPHA	"AAAAQ049QWxwaGE="	/* CN=Alpha in it */

static const struct {
	const char	*name;
	const char	*text;
	int		 want;		/* how many, -1 an error */
} files[] = {
	{ "LF", BEGIN "\n" ALPHA "\n" END "\n", 1 },
	{ "CRLF", BEGIN "\r\n" ALPHA "\r\n" END "\r\n", 1 },
	{ "no final line end", BEGIN "\n" ALPHA "\n" END, 1 },
	{ "two against each other", BEGIN ALPHA END BEGIN ALPHA END, 2 },
	{ "not base64", BEGIN "\nAAAA*Q049QWxwaGE=\n" END "\n", 0 },
	{ "a bad one, then a good one", BEGIN "\n****\n" END "\n" BEGIN "\n"
	    ALPHA "\n" END "\n", 1 },
	{ "one that is empty", BEGIN "\n" END "\n", 0 },
	{ "not closed", BEGIN "\n" ALPHA "\n", -1 },
	{ "another kind", "-----BEGIN PRIVATE KEY-----\n" ALPHA
	    "\n-----END PRIVATE KEY-----\n", -1 },
	{ "with trust settings", "-----BEGIN TRUSTED CERTIFICATE-----\n" ALPHA
	    "\n-----END TRUSTED CERTIFICATE-----\n", -1 },
	{ "empty", "", -1 },
	{ "some text", "hello\n", -1 },
	{ "a certificate that is not PEM", "\x30\x82\x01\x02" "CN=Alpha", -1 },
};

static void
test_file(void **state)
{
	const __typeof__(files[0]) *r = *state;
	struct trust_name name = { LIT("CN=Alpha") };
	struct buf b = BUF_MAX(4096), out = BUF_MAX(4096);
	struct err e = ERR_INIT;

	buf_adds(&b, r->text);
	write_bundle(&b);
	assert_int_equal(trust_select(&out, path, &name, 1, &e), r->want);
	if (r->want == -1) {
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.text, path));
		assert_non_null(strstr(e.text, "tls_trust_file"));
	}
	assert_int_equal(out.len > 0, r->want > 0);
	buf_free(&b);
	buf_free(&out);
}

static const char *const unreadable[][2] = {
	{ "not there", "/nonexistent/bundle" },
	{ "a folder", "/" },
	{ "endless", "/dev/zero" },
};

static void
test_unreadable(void **state)
{
	const char *const *r = *state;
	struct buf out = BUF_MAX(100);
	struct err e = ERR_INIT;

	assert_int_equal(trust_select(&out, r[1], NULL, 0, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "tls_trust_file"));
	buf_free(&out);
}

/* What is already there stays in front. */
static void
test_appended(void **state)
{
	struct trust_name name = { LIT("CN=Beta") };
	struct buf b = BUF_MAX(1 << 16), out = BUF_MAX(1 << 16);
	struct err e = ERR_INIT;

	(void)state;
	make_bundle(&b);
	assert_int_equal(trust_select(&out, path, &name, 1, &e), 1);
	assert_int_equal(trust_select(&out, path, &name, 1, &e), 1);
	assert_int_equal(out.len % 2, 0);
	assert_memory_equal(out.data, out.data + out.len / 2, out.len / 2);
	buf_free(&b);
	buf_free(&out);
}

/* Made by the openssl command: its name is a DER UTF8String. */
static void
test_real(void **state)
{
	struct trust_name name = { LIT("\x0c\x0dposthorn test") };
	struct trust_name other = { LIT("\x0c\x0dposthorn tesu") };
	struct buf out = BUF_MAX(1 << 16);
	struct err e = ERR_INIT;
	char command[512];

	(void)state;
	snprintf(command, sizeof(command), "openssl req -x509 -newkey "
	    "ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null "
	    "-subj '/CN=posthorn test' -out %s 2>/dev/null", path);
	if (system(command) != 0)
		skip();
	assert_int_equal(trust_select(&out, path, &name, 1, &e), 1);
	assert_int_equal(memcmp(out.data, BEGIN, strlen(BEGIN)), 0);
	assert_int_equal(trust_select(&out, path, &other, 1, &e), 0);
	buf_free(&out);
}

static void
test_system(void **state)
{
	struct buf out = BUF_MAX(1 << 22);
	struct err e = ERR_INIT;
	struct trust_name all = { LIT("\x55\x04") };	/* in any name */
	const char *where = trust_system();

	(void)state;
	if (where == NULL)
		skip();
	assert_int_equal(access(where, R_OK), 0);
	assert_true(trust_select(&out, where, &all, 1, &e) > 0);
	buf_free(&out);
}

int
main(void)
{
	int r, fd = mkstemp(path);

	if (fd == -1)
		return 99;
	close(fd);
	UNIT_ROWS(rows, test_select);
	UNIT_ROWS(files, test_file);
	UNIT_ROWS(unreadable, test_unreadable);
	UNIT_TEST(test_appended);
	UNIT_TEST(test_real);
	UNIT_TEST(test_system);
	r = unit_run("trust");
	unlink(path);
	return r;
}
