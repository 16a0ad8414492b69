#include "unit.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fnv.h"
#include "net/resume.h"

#define WEEK	(7 * 24 * 3600)
#define SECRET	"what GnuTLS would like to have back"

static char top[] = "/tmp/resume.XXXXXX";
static char *path, *folder, *trust, *other;

/* In the folder; $F and $D are the file and the folder that it is in. */
static void
sh(const char *command)
{
	assert_int_equal(system(command), 0);
}

static struct tls_params standard = {
	.name = "mail.example.org", .verify = 1,
};

static void
keep_text(const struct tls_params *p, const char *text, int64_t left)
{
	struct resume r;

	resume_begin(&r, p, "3.7.9");
	r.verified = time(NULL);
	r.expires = time(NULL) + left;
	resume_keep(&r, text, strlen(text));
	resume_free(&r);
}

static void
keep(const struct tls_params *p)
{
	keep_text(p, SECRET, 999);
}

/* Let some seconds go by for a file: in it stand what it is, when it was
 * verified, until when it is good, and the sum of all but that. */
static void
grow_old(int64_t ago, int64_t less)
{
	char text[4096];
	int64_t times[2];
	uint64_t sum;
	int fd = open(path, O_RDWR);
	ssize_t n = read(fd, text, sizeof(text));

	assert_true(n > 32 && n < (ssize_t)sizeof(text));
	memcpy(times, text + 8, sizeof(times));
	times[0] -= ago;
	times[1] -= less;
	memcpy(text + 8, times, sizeof(times));
	sum = fnv_add(fnv_add(FNV_START, text, 24), text + 32, (size_t)n - 32);
	memcpy(text + 24, &sum, sizeof(sum));
	assert_int_equal(pwrite(fd, text, (size_t)n, 0), n);
	close(fd);
}

static size_t
take_text(const struct tls_params *p, const char *library, char *text,
    size_t size)
{
	struct resume r;
	size_t n;

	resume_begin(&r, p, library);
	n = r.session.len;
	if (n > 0) {
		assert_true(r.verified <= time(NULL));
		assert_true(r.expires > time(NULL));
		snprintf(text, size, "%s", buf_str(&r.session));
	}
	resume_free(&r);
	return n;
}

static int
take(const struct tls_params *p, const char *library)
{
	char text[100];
	size_t n = take_text(p, library, text, sizeof(text));

	if (n > 0)
		assert_string_equal(text, SECRET);
	return n > 0;
}

static void
start_anew(void)
{
	sh("rm -rf * && echo x >trust && touch -d 2020-02-02 trust && "
	    "cp -p trust trust2 && mkdir state");
}

/* What may have changed in between. */
static const struct row {
	const char	*name;
	const char	*command;	/* in the folder, or NULL */
	struct tls_params p;		/* what is set, instead of standard's */
	int64_t		 ago, less;	/* see grow_old() */
	int		 want;
	const char	*library;
} rows[] = {
	{ "nothing", NULL, { 0 }, 0, 0, 1, NULL },
	{ "the name", NULL, { .name = "mail.example.com" }, 0, 0, 0, NULL },
	{ "priorities", NULL, { .priorities = "NORMAL" }, 0, 0, 0, NULL },
	{ "the least version", NULL, { .min_version = 0x0304 }, 0, 0, 0,
	    NULL },
	{ "ALPN", NULL, { .alpn = "smtp" }, 0, 0, 0, NULL },
	{ "a revocation list", NULL, { .crl_file = "trust" }, 0, 0, 0, NULL },
	{ "the library", NULL, { 0 }, 0, 0, 0, "3.8.0" },
	{ "trust in another file", NULL, { .trust_file = "" }, 0, 0, 0,
	    NULL },
	{ "trust is larger", "echo y >>trust", { 0 }, 0, 0, 0, NULL },
	{ "trust of the same size", "echo y >trust", { 0 }, 0, 0, 0, NULL },
	{ "trust was exchanged", "mv trust2 trust", { 0 }, 0, 0, 0, NULL },
	{ "trust is gone", "rm trust", { 0 }, 0, 0, 0, NULL },
	{ "the clock, by a week", NULL, { 0 }, WEEK, 0, 0, NULL },
	{ "the clock, by almost a week", NULL, { 0 }, WEEK - 60, 0, 1,
	    NULL },
	{ "the clock, backwards", NULL, { 0 }, -60, 0, 0, NULL },
	{ "the certificate expired", NULL, { 0 }, 0, 999, 0, NULL },
	{ "the certificate is about to", NULL, { 0 }, 0, 900, 1, NULL },
	{ "a fingerprint", NULL, { .pins = "sha256:00" }, 0, 0, 0, NULL },
	{ "a file without end", "truncate -s -1 $F", { 0 }, 0, 0, 0, NULL },
	{ "an octet more", "echo >>$F", { 0 }, 0, 0, 0, NULL },
	{ "an empty file", ": >$F", { 0 }, 0, 0, 0, NULL },
	{ "a short file", "echo posttls2 >$F", { 0 }, 0, 0, 0, NULL },
	{ "something large", "truncate -s 1G $F", { 0 }, 0, 0, 0, NULL },
	{ "no file", "rm $F", { 0 }, 0, 0, 0, NULL },
	{ "no folder", "rm -r state", { 0 }, 0, 0, 0, NULL },
	{ "the group may read", "chmod 640 $F", { 0 }, 0, 0, 0, NULL },
	{ "all may write", "chmod 602 $F", { 0 }, 0, 0, 0, NULL },
	{ "a symbolic link", "mv $F real && ln -s ../../../real $F", { 0 }, 0,
	    0, 0, NULL },
	{ "a second name", "ln $F real", { 0 }, 0, 0, 0, NULL },
	{ "a folder", "rm $F && mkdir $F", { 0 }, 0, 0, 0, NULL },
	{ "a pipe", "rm $F && mkfifo -m 600 $F", { 0 }, 0, 0, 0, NULL },
	{ "a folder that all may read", "chmod 755 $D", { 0 }, 0, 0, 1,
	    NULL },
	{ "a folder for the group", "chmod 770 $D", { 0 }, 0, 0, 0, NULL },
	{ "a folder for all", "chmod 777 $D", { 0 }, 0, 0, 0, NULL },
	{ "a linked folder", "mv $D real && ln -s ../../real $D", { 0 }, 0, 0,
	    0, NULL },
	{ "a link further up", "mv state s && ln -s s state", { 0 }, 0, 0, 1,
	    NULL },
};

static void
test_change(void **state)
{
	const struct row *r = *state;
	struct tls_params p = standard;

	start_anew();
	keep(&p);
	if (r->ago != 0 || r->less != 0)
		grow_old(r->ago, r->less);
	if (r->command != NULL)
		sh(r->command);
	if (r->p.name != NULL)
		p.name = r->p.name;
	if (r->p.priorities != NULL)
		p.priorities = r->p.priorities;
	if (r->p.trust_file != NULL)
		p.trust_file = other;
	if (r->p.pins != NULL)
		p.pins = r->p.pins;
	if (r->p.crl_file != NULL)
		p.crl_file = trust;
	p.alpn = r->p.alpn;
	p.min_version = r->p.min_version;
	assert_int_equal(take(&p, r->library != NULL ? r->library : "3.7.9"),
	    r->want);
}

/* What was good by an old list of what is revoked, by a new one may not be. */
static void
test_revoked(void **state)
{
	struct tls_params p = standard;

	(void)state;
	start_anew();
	p.crl_file = other;
	keep(&p);
	assert_true(take(&p, "3.7.9"));
	keep(&p);
	sh("echo y >>trust2");
	assert_false(take(&p, "3.7.9"));
}

/* Trust is a folder: in it a file, and links to trust and to what is not there
 * yet. */
static const struct folder {
	const char	*name;
	const char	*command;
	int		 want;
} folders[] = {
	{ "nothing", ":", 1 },
	{ "a file is read", "cat certs/a", 1 },
	{ "a file is larger", "echo y >>certs/a", 0 },
	{ "a file of the same size", "echo y >certs/a", 0 },
	{ "a file is touched", "touch certs/a", 0 },
	{ "a file beside the folder", "touch beside", 1 },
	{ "a file was exchanged", "mv trust2 certs/a", 0 },
	{ "a file was added", "cp -p trust certs/b", 0 },
	{ "a file was removed", "rm certs/a", 0 },
	{ "a file has another name", "mv certs/a certs/b", 0 },
	{ "a link's target was written to", "echo y >trust", 0 },
	{ "a link's target was exchanged", "mv trust2 trust", 0 },
	{ "a link's target is gone", "rm trust", 0 },
	{ "a link has a target now", "cp -p trust none", 0 },
	{ "a link leads elsewhere", "ln -sfn ../trust2 certs/link", 0 },
	{ "all is gone", "rm -r certs", 0 },
};

static void
test_folder(void **state)
{
	const struct folder *r = *state;
	struct tls_params p = standard;

	start_anew();
	sh("mkdir certs && cp -p trust certs/a && ln -s ../trust certs/link "
	    "&& ln -s ../none certs/gone && touch -d 2020-02-02 certs");
	p.trust_file = "certs";
	keep(&p);
	sh(r->command);
	assert_int_equal(take(&p, "3.7.9"), r->want);
}

/* A file of another user, or in another's folder. */
static const char *const foreign[][2] = {
	{ "another's file", "chown 1234 $F" },
	{ "another's folder", "chown 1234 $D" },
};

static void
test_foreign(void **state)
{
	const char *const *r = *state;

	if (geteuid() != 0)
		skip();
	start_anew();
	keep(&standard);
	sh(r[1]);
	assert_int_equal(take(&standard, "3.7.9"), 0);
}

/* Whatever octet is wrong. */
static void
test_damage(void **state)
{
	char c;
	off_t at;
	int fd;

	(void)state;
	start_anew();
	for (at = 0;; at++) {
		keep(&standard);
		fd = open(path, O_RDWR);
		assert_int_not_equal(fd, -1);
		if (pread(fd, &c, 1, at) == 0)
			break;
		c = (char)(c ^ 4);
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		close(fd);
		assert_int_equal(take(&standard, "3.7.9"), 0);
	}
	close(fd);
	assert_true(at > (off_t)sizeof(SECRET));
}

static void
test_once(void **state)
{
	struct stat st;

	(void)state;
	start_anew();
	assert_int_equal(take(&standard, "3.7.9"), 0);
	keep(&standard);
	assert_int_equal(take(&standard, "3.7.9"), 1);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(take(&standard, "3.7.9"), 0);
}

/* Who reads it has a lock on it. */
static void
test_in_hand(void **state)
{
	int fd;

	(void)state;
	start_anew();
	keep(&standard);
	fd = open(path, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(take(&standard, "3.7.9"), 0);
	close(fd);
	assert_int_equal(take(&standard, "3.7.9"), 1);
}

/* One fingerprint is not another. */
static void
test_pins(void **state)
{
	struct tls_params p = standard;

	(void)state;
	start_anew();
	p.pins = "sha256:00";
	p.verify = 0;
	p.trust_file = "/nonexistent";
	keep(&p);
	p.trust_file = other;		/* is not looked at */
	assert_int_equal(take(&p, "3.7.9"), 1);
	keep(&p);
	p.pins = "sha256:01";
	assert_int_equal(take(&p, "3.7.9"), 0);
}

/* Of many at once one has it, however often. */
static void
test_race(void **state)
{
	int round, i, status, got;

	(void)state;
	start_anew();
	for (round = 0; round < 50; round++) {
		keep(&standard);
		for (i = 0; i < 8; i++)
			if (fork() == 0)
				_exit(take(&standard, "3.7.9"));
		for (i = got = 0; i < 8; i++) {
			assert_true(wait(&status) > 0);
			assert_true(WIFEXITED(status));
			got += WEXITSTATUS(status);
		}
		/* Who was locked out left it to who had the lock. */
		assert_int_equal(got, 1);
	}
}

/* Some put it there while others take it: what is taken is whole, and nobody
 * else's. */
#define ROUNDS	300

static void
come_and_go(int who, int to)
{
	char text[100];
	size_t n;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (who % 2 == 0) {
			snprintf(text, sizeof(text), "session %d", who * 1000 +
			    i);
			keep_text(&standard, text, 999);
			continue;
		}
		n = take_text(&standard, "3.7.9", text, sizeof(text));
		if (n > 0)
			dprintf(to, "%s\n", text);
	}
}

static void
test_traffic(void **state)
{
	char seen[8 * 1000] = "", text[100];
	int i, fd[2], number, status, taken = 0;
	FILE *f;

	(void)state;
	start_anew();
	assert_int_equal(pipe(fd), 0);
	for (i = 0; i < 8; i++)
		if (fork() == 0) {
			come_and_go(i, fd[1]);
			_exit(0);
		}
	close(fd[1]);
	f = fdopen(fd[0], "r");
	while (fscanf(f, "session %d\n", &number) == 1) {
		assert_in_range(number, 0, sizeof(seen) - 1);
		assert_int_equal(seen[number]++, 0);
		taken++;
	}
	assert_true(feof(f));
	fclose(f);
	for (i = 0; i < 8; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	/* Those who take may all have come before those who put it there. */
	assert_true(taken > 0 || take_text(&standard, "3.7.9", text,
	    sizeof(text)) > 0);
	sh("test -z \"$(find state -name '.mail*')\"");
}

static void
test_modes(void **state)
{
	struct stat st;
	mode_t mask;

	(void)state;
	start_anew();
	mask = umask(0);
	keep(&standard);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	sh("test $(stat -c %a state/posthorn) = 700");
}

/* No file comes of it. */
static const struct none {
	const char	*name;
	const char	*command;
	const char	*tickets;	/* NULL: the usual */
	int64_t		 left;
	int		 verify, root;
} nones[] = {
	{ "nothing was verified", NULL, NULL, 999, 0, 0 },
	{ "the certificate has expired", NULL, NULL, 0, 1, 0 },
	{ "nobody knows when it expires", NULL, NULL, -(1LL << 40), 1, 0 },
	{ "the folder is for all", "mkdir -p $D && chmod 777 $D", NULL, 999, 1,
	    0 },
	{ "the folder is a link", "mkdir state/posthorn real && ln -s "
	    "../../real $D", NULL, 999, 1, 0 },
	{ "the folder is a file", "mkdir state/posthorn && : >$D", NULL, 999,
	    1, 0 },
	{ "another's folder is above", "chown 1234 state", NULL, 999, 1, 1 },
	{ "a folder in /", NULL, "/tls-of-nobody/posthorn", 999, 1, 0 },
	{ "no folder in it", NULL, "tls-of-nobody", 999, 1, 0 },
};

static void
test_none(void **state)
{
	const struct none *r = *state;
	struct tls_params p = standard;

	if (r->root && geteuid() != 0)
		skip();
	start_anew();
	if (r->command != NULL)
		sh(r->command);
	if (r->tickets != NULL)
		p.tickets = r->tickets;
	p.verify = r->verify;
	keep_text(&p, SECRET, r->left);
	sh("test -z \"$(find . -name '*mail*')\"");
	assert_int_equal(access("/tls-of-nobody", F_OK), -1);
	assert_int_equal(access("tls-of-nobody", F_OK), -1);
}

/* What is in the way is replaced, what a link leads to is not. */
static void
test_in_the_way(void **state)
{
	(void)state;
	start_anew();
	keep(&standard);
	sh("mv $F real && ln -s ../../../real $F && cp real copy");
	keep(&standard);
	sh("cmp real copy && rm real copy");
	assert_int_equal(take(&standard, "3.7.9"), 1);
}

/* A system's trust, too, is what it was. */
static void
test_system(void **state)
{
	struct tls_params p = standard;

	(void)state;
	start_anew();
	p.trust_file = NULL;
	keep(&p);
	assert_int_equal(take(&p, "3.7.9"), 1);
	keep(&p);
	assert_int_equal(take(&standard, "3.7.9"), 0);
}

int
main(void)
{
	int r;

	if (mkdtemp(top) == NULL || chdir(top) == -1 ||
	    asprintf(&folder, "%s/state/posthorn/tls", top) == -1 ||
	    asprintf(&path, "%s/mail-465-0123456789abcdef", folder) == -1 ||
	    asprintf(&trust, "%s/trust", top) == -1 ||
	    asprintf(&other, "%s/trust2", top) == -1)
		return 99;
	setenv("F", path, 1);
	setenv("D", folder, 1);
	standard.tickets = path;
	standard.trust_file = trust;
	UNIT_ROWS(rows, test_change);
	UNIT_TEST(test_revoked);
	UNIT_ROWS(folders, test_folder);
	UNIT_ROWS(foreign, test_foreign);
	UNIT_ROWS(nones, test_none);
	UNIT_TEST(test_damage);
	UNIT_TEST(test_once);
	UNIT_TEST(test_in_hand);
	UNIT_TEST(test_pins);
	UNIT_TEST(test_race);
	UNIT_TEST(test_traffic);
	UNIT_TEST(test_modes);
	UNIT_TEST(test_in_the_way);
	UNIT_TEST(test_system);
	r = unit_run("resume");
	sh("rm -rf \"$PWD\"");
	free(path);
	free(folder);
	free(trust);
	free(other);
	return r;
}
