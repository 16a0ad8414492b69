#include "unit.h"

#include <fcntl.h>

#include "base/base64.h"
#include "base/file.h"
#include "net/pem.h"
#include "net/trust.h"

#define BEGIN	"-----BEGIN CERTIFICATE-----"
#define END	"-----END CERTIFICATE-----"

static char top[] = "/tmp/trust.XXXXXX";
static char *path;

/* Tag and length before what is there from at on. */
static void
wrap(struct buf *b, size_t at, int tag)
{
	struct buf inner = BUF_MAX(1 << 16);
	size_t n = b->len - at;

	buf_add(&inner, b->data + at, n);
	buf_cut(b, at);
	buf_addc(b, (char)tag);
	if (n < 0x80)
		buf_addc(b, (char)n);
	else {
		buf_addc(b, (char)0x82);
		buf_addc(b, (char)(n >> 8));
		buf_addc(b, (char)n);
	}
	buf_add(b, inner.data, n);
	buf_free(&inner);
}

static void
add(struct buf *b, int tag, const char *text)
{
	size_t at = b->len;

	buf_adds(b, text);
	wrap(b, at, tag);
}

/* As far as it goes, a certificate: with names, and a key of some size. */
static void
add_der(struct buf *b, const char *issuer, const char *subject)
{
	const size_t at = b->len;
	size_t i;

	add(b, 0xa0, "\2\1\2");
	add(b, 0x02, "12345678");
	add(b, 0x30, "an algorithm");
	add(b, 0x30, issuer);
	add(b, 0x30, "a validity");
	add(b, 0x30, subject);
	for (i = 0; i < 30; i++)
		add(b, 0x04, "key key key");
	wrap(b, at, 0x30);
	wrap(b, at, 0x30);
}

static void
add_pem(struct buf *b, const struct buf *der, size_t line)
{
	struct buf text = BUF_MAX(1 << 20);
	size_t at;

	base64_add(&text, der->data, der->len);
	buf_adds(b, BEGIN "\n");
	for (at = 0; at < text.len; at += line)
		buf_addf(b, "%.*s\n", (int)line, text.data + at);
	buf_adds(b, END "\n");
	buf_free(&text);
}

static void
write_file(const char *name, const struct buf *b)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, buf_str(b), b->len), b->len);
	close(fd);
}

static const char *const subjects[] = { "Alpha", "Beta", "Alpha", "Gamma",
    "Betas", "Delta" };

/* Among what real bundles have between them; the subject of the last is an
 * issuer of the first. */
static void
make_bundle(const char *name, size_t line)
{
	struct buf b = BUF_MAX(1 << 20), der = BUF_MAX(1 << 16);
	size_t i;

	buf_adds(&b, "# a comment - of nobody\n");
	for (i = 0; i < COUNT(subjects); i++) {
		buf_clear(&der);
		add_der(&der, i == 0 ? "Delta" : subjects[i], subjects[i]);
		buf_addf(&b, "\nSubject: %s\n", subjects[i]);
		add_pem(&b, &der, line);
	}
	write_file(name, &b);
	buf_free(&b);
	buf_free(&der);
}

/* Collects the subjects. */
static void
note(void *arg, const void *der, size_t n)
{
	struct buf *b = arg;
	struct x509 x;
	char *copy = unit_copy(der, n);

	if (x509_read(&x, copy, n) == -1)
		buf_adds(b, "[?]");
	else
		buf_addf(b, "[%.*s]", (int)x.subject.len - 2,
		    x.subject.p + 2);
	free(copy);
}

static struct buf ders = BUF_MAX(1 << 16);

/* Chains of words: each is the subject of a certificate, and its issuer. */
static size_t
make_chain(struct x509_der *chain, const char *const *word, size_t max)
{
	size_t i, n, at[8];

	buf_clear(&ders);
	for (n = 0; n < max && word[n] != NULL; n++) {
		at[n] = ders.len;
		add_der(&ders, word[n], word[n]);
		chain[n].len = ders.len - at[n];
	}
	for (i = 0; i < n; i++)
		chain[i].p = (const unsigned char *)ders.data + at[i];
	return n;
}

static const struct row {
	const char	*name;
	const char	*names[4];
	const char	*want;
} rows[] = {
	{ "one", { "Gamma" }, "[Gamma]" },
	{ "the last", { "Delta" }, "[Delta]" },
	{ "one name, two certificates", { "Alpha" }, "[Alpha][Alpha]" },
	{ "two names", { "Delta", "Beta" }, "[Beta][Delta]" },
	{ "of the same length", { "Gamm!" }, "" },
	{ "the beginning of another", { "Bet" }, "" },
	{ "not there", { "Omega" }, "" },
	{ "one of two there", { "Omega", "Beta" }, "[Beta]" },
	{ "twice the same", { "Beta", "Beta" }, "[Beta]" },
	{ "names have case", { "beta" }, "" },
	{ "no names", { NULL }, "" },
	{ "all", { "Alpha", "Beta", "Gamma", "Delta" },
	    "[Alpha][Beta][Alpha][Gamma][Delta]" },
};

static int
count(const char *s, char c)
{
	int n = 0;

	while (*s != '\0')
		n += *s++ == c;
	return n;
}

static void
test_select(void **state)
{
	static const size_t lines[] = { 64, 76, 65, 3000 };
	const struct row *r = *state;
	struct x509_der chain[4];
	struct buf got = BUF_MAX(4096);
	struct err e = ERR_INIT;
	size_t i, n = make_chain(chain, r->names, 4);

	for (i = 0; i < COUNT(lines); i++) {
		make_bundle(path, lines[i]);
		buf_clear(&got);
		assert_int_equal(trust_select(path, chain, n, note, &got, &e),
		    count(r->want, '['));
		assert_string_equal(buf_str(&got), r->want);
	}
	buf_free(&got);
}

#define ODD	"AAAAQ049QWxwaGE="	/* no certificate in DER */

/* Of each certificate in the chain, who issued it and who it is for. */
static void
test_names(void **state)
{
	struct buf der = BUF_MAX(1 << 16), got = BUF_MAX(4096);
	struct x509_der chain[2];
	struct err e = ERR_INIT;
	size_t n;

	(void)state;
	add_der(&der, "Beta", "Omega");
	n = der.len;
	add_der(&der, "Delta", "Gamma");
	chain[0] = (struct x509_der){ (unsigned char *)der.data, n };
	chain[1] = (struct x509_der){ (unsigned char *)der.data + n,
	    der.len - n };
	make_bundle(path, 64);
	assert_int_equal(trust_select(path, chain, 2, note, &got, &e), 3);
	assert_string_equal(buf_str(&got), "[Beta][Gamma][Delta]");
	buf_clear(&got);
	chain[0].len = 5;		/* what is none has no names */
	assert_int_equal(trust_select(path, chain, 1, note, &got, &e), 0);
	buf_free(&der);
	buf_free(&got);
}

static const struct {
	const char	*name;
	const char	*text;
	int		 want;		/* how many, -1 an error */
} files[] = {
	{ "what cannot be made out is left to GnuTLS", BEGIN "\n" ODD "\n" END
	    "\n", 1 },
	{ "not base64", BEGIN "\nAAAA*Q049QWxwaGE=\n" END "\n", 0 },
	{ "a bad one, then another", BEGIN "\n****\n" END "\n" BEGIN "\n"
	    ODD "\n" END "\n", 1 },
	{ "one that is empty", BEGIN "\n" END "\n", 1 },
	{ "not closed", BEGIN "\n" ODD "\n", -1 },
	{ "another kind", "-----BEGIN PRIVATE KEY-----\n" ODD
	    "\n-----END PRIVATE KEY-----\n", -1 },
	{ "with trust settings", "-----BEGIN TRUSTED CERTIFICATE-----\n" ODD
	    "\n-----END TRUSTED CERTIFICATE-----\n", -1 },
	{ "empty", "", -1 },
	{ "some text", "hello\n", -1 },
	{ "a certificate that is not PEM", "\x30\x82\x01\x02" "CN=Alpha", -1 },
};

static void
test_file(void **state)
{
	const __typeof__(files[0]) *r = *state;
	struct x509_der chain[1];
	size_t n = make_chain(chain, (const char *[]){ "Alpha" }, 1);
	struct buf b = BUF_MAX(4096), got = BUF_MAX(4096);
	struct err e = ERR_INIT;

	buf_adds(&b, r->text);
	write_file(path, &b);
	assert_int_equal(trust_select(path, chain, n, note, &got, &e), r->want);
	if (r->want == -1) {
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.text, path));
		assert_non_null(strstr(e.text, "tls_trust_file"));
	}
	assert_int_equal(got.len > 0, r->want > 0);
	buf_free(&b);
	buf_free(&got);
}

static const char *const unreadable[][2] = {
	{ "not there", "/nonexistent/bundle" },
	{ "an empty folder", "empty" },
	{ "a folder of other things", "others" },
	{ "endless", "/dev/zero" },
};

static void
test_unreadable(void **state)
{
	const char *const *r = *state;
	struct buf got = BUF_MAX(100);
	struct err e = ERR_INIT;

	assert_int_equal(trust_select(r[1], NULL, 0, note, &got, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "tls_trust_file"));
	assert_int_equal(got.len, 0);
}

/* A folder with bundles, and what else may be in one. */
static const struct folder {
	const char	*name;
	const char	*command;	/* in it; $B is a bundle */
	int		 want;		/* how many times the bundle is there */
} folders[] = {
	{ "a file", "cp $B a.pem", 1 },
	{ "by any name", "cp $B a; cp $B b.crt; cp $B c.0", 3 },
	{ "a link", "ln -s $B a.pem", 1 },
	{ "hashed, with its files", "cp $B a.pem; ln -s a.pem 3f2a9c0e.0; "
	    "ln -s a.pem 3f2a9c0e.12", 1 },
	{ "hashed, the files elsewhere", "ln -s $B 3f2a9c0e.0", 1 },
	{ "hashed, the files up the tree", "mkdir d; ln -s ../x 3f2a9c0e.0; "
	    "cp $B ../x", 1 },
	{ "hashed, without links", "cp $B 3f2a9c0e.0", 1 },
	{ "a link to a hidden file", "cp $B .a; ln -s .a 3f2a9c0e.0", 1 },
	{ "not quite a hash", "cp $B a; ln -s a 3f2a9c0.0; ln -s a 3f2a9c0e.r",
	    3 },
	{ "hidden files", "cp $B .a; cp $B a", 1 },
	{ "folders in it", "mkdir d; cp $B d/a; cp $B a", 1 },
	{ "broken ones", "cp $B a; echo x >b; ln -s b c; ln -s n d; mkfifo e",
	    1 },
};

static void
test_folder(void **state)
{
	const struct folder *r = *state;
	struct x509_der chain[1];
	size_t n = make_chain(chain, (const char *[]){ "Gamma" }, 1);
	struct buf got = BUF_MAX(4096);
	struct err e = ERR_INIT;
	char command[512];

	make_bundle(path, 64);
	snprintf(command, sizeof(command), "rm -rf folder && mkdir folder && "
	    "cd folder && { %s; }", r->command);
	assert_int_equal(system(command), 0);
	assert_int_equal(trust_select("folder", chain, n, note, &got, &e),
	    r->want);
	assert_int_equal(got.len, (size_t)r->want * strlen("[Gamma]"));
	buf_free(&got);
}

/* Each certificate of this system is found by its own name, alone or with
 * those that share it. */
static void
same(void *arg, const void *der, size_t n)
{
	struct buf *b = arg;

	if (n == b->len && memcmp(b->data, der, n) == 0)
		b->max++;		/* a place to count in */
}

static void
test_system(void **state)
{
	const char *where = trust_system(), *p;
	struct buf text = BUF_MAX(1 << 24), der = BUF_MAX(1 << 16);
	struct err e = ERR_INIT;
	struct pem block;
	int total = 0, taken = 0;

	(void)state;
	if (where == NULL || file_read(&text, where, NULL, &e) == -1)
		skip();
	assert_int_equal(trust_select(where, NULL, 0, same, NULL, &e), 0);
	for (p = text.data; (p = pem_next(&block, p, text.data +
	    text.len)) != NULL; total++) {
		buf_clear(&der);
		der.max = 1 << 16;
		assert_int_equal(pem_decode(&der, &block), 0);
		taken += trust_select(where, &(struct x509_der){
		    (unsigned char *)der.data, der.len }, 1, same, &der, &e);
		assert_int_equal(der.max, (1 << 16) + 1);
	}
	assert_true(total > 10);
	assert_true(taken < total * 2);
	buf_free(&text);
	buf_free(&der);
}

int
main(void)
{
	int r;

	if (mkdtemp(top) == NULL || chdir(top) == -1 ||
	    asprintf(&path, "%s/bundle", top) == -1 ||
	    system("mkdir empty others && cd others && ln -s nowhere gone && "
	    "ln -s /etc/passwd . && mkfifo pipe") != 0)
		return 99;
	setenv("B", path, 1);
	UNIT_ROWS(rows, test_select);
	UNIT_TEST(test_names);
	UNIT_ROWS(files, test_file);
	UNIT_ROWS(unreadable, test_unreadable);
	UNIT_ROWS(folders, test_folder);
	UNIT_TEST(test_system);
	r = unit_run("trust");
	if (system("rm -rf \"$PWD\"") != 0)
		r = 1;
	free(path);
	buf_free(&ders);
	return r;
}
