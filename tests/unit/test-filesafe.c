#include "unit.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "base/file.h"
#include "base/str.h"

/*
 * What lies in a new folder "@", one thing after the other: "d" a folder, "f"
 * a file, each with its mode ("D" and "F" with an ACL, by which eve has what
 * the group has), or "l" a link, with where it leads to; and whose it is:
 * "root", "us" or "eve".  Then the group, where that is not the owner's.
 * We are "daemon", whose group has nobody else; "mail" is another's.
 */
static const struct row {
	const char	*name;
	const char	*things;
	const char	*path;
	enum file_kind	 kind;
	const char	*want;		/* the error, or NULL */
} rows[] = {
	{ "ours", "d a 755 us, f a/c 644 us", "@/a/c", FILE_CONFIG, NULL },
	{ "ours alone", "d a 700 us, f a/c 600 us", "@/a/c", FILE_SECRET,
	    NULL },
	{ "root's", "d a 755 root, f a/c 644 root", "@/a/c", FILE_CONFIG,
	    NULL },
	{ "one letter a name", "d a 755 us, d a/b 755 us, d a/b/d 755 us, "
	    "f a/b/d/c 600 us", "@/a/b/d/c", FILE_SECRET, NULL },
	{ "slashes and dots", "d a 755 us, f c 644 us", "@//a/.///../c",
	    FILE_CONFIG, NULL },
	{ "above the root", "f c 644 us", "/../..@/c", FILE_CONFIG, NULL },

	{ "others read a secret", "f c 644 us", "@/c", FILE_SECRET,
	    "others can read @/c (mode 0644); run: chmod 600 @/c" },
	{ "a secret of Nix's store", "d store 1775 root eve, f store/c 444 "
	    "root, l c store/c us", "@/c", FILE_SECRET, "others can read @/c "
	    "(mode 0444); run: chmod 600 @/c" },
	{ "Nix's store, without a secret", "d store 1775 root eve, f store/c "
	    "444 root, l c store/c us", "@/c", FILE_CONFIG, NULL },
	{ "others read a mounted secret", "f c 444 root", "@/c",
	    FILE_MOUNTED_SECRET, NULL },
	{ "the group reads a mounted secret", "f c 440 root us", "@/c",
	    FILE_MOUNTED_SECRET, NULL },
	{ "others write a mounted secret", "f c 646 root", "@/c",
	    FILE_MOUNTED_SECRET, "others can write to @/c (mode 0646); run: "
	    "chmod go-w @/c" },
	{ "a mounted secret of another", "f c 444 eve", "@/c",
	    FILE_MOUNTED_SECRET, "@/c is another user's (nobody, uid 65534); "
	    "run: chown daemon @/c" },
	{ "others write the configuration", "f c 666 us", "@/c", FILE_CONFIG,
	    "others can write to @/c (mode 0666); run: chmod go-w @/c" },
	{ "a group writes the configuration", "f c 664 us mail", "@/c",
	    FILE_CONFIG, "others can write to @/c (mode 0664); run: chmod "
	    "go-w @/c" },
	{ "our group writes the configuration", "f c 664 us", "@/c",
	    FILE_CONFIG, NULL },
	{ "an ACL lets another write", "F c 664 us", "@/c", FILE_CONFIG,
	    "others can write to @/c (mode 0664); run: chmod go-w @/c" },
	{ "an ACL lets another read", "F c 640 us", "@/c", FILE_CONFIG, NULL },
	{ "an ACL lets another read a secret", "F c 640 us", "@/c",
	    FILE_SECRET, "others can read @/c (mode 0640); run: chmod 600 "
	    "@/c" },
	{ "another's configuration", "f c 644 eve", "@/c", FILE_CONFIG,
	    "@/c is another user's (nobody, uid 65534); run: chown daemon "
	    "@/c" },

	{ "others write to the folder", "d a 757 us, f a/c 644 us", "@/a/c",
	    FILE_CONFIG, "others can write to @/a, a folder on the way to "
	    "@/a/c (mode 0757); run: chmod go-w @/a" },
	{ "others write to a folder above", "d a 777 root, d a/b 755 us, f "
	    "a/b/c 644 us", "@/a/b/c", FILE_CONFIG, "others can write to @/a, "
	    "a folder on the way to @/a/b/c (mode 0777); run: chmod go-w "
	    "@/a" },
	{ "a group writes to the folder", "d a 775 us mail, f a/c 644 us",
	    "@/a/c", FILE_CONFIG, "others can write to @/a, a folder on the "
	    "way to @/a/c (mode 0775); run: chmod go-w @/a" },
	{ "our group writes to the folder", "d a 2775 us, f a/c 644 us",
	    "@/a/c", FILE_CONFIG, NULL },
	{ "an ACL lets another write to the folder", "D a 775 us, f a/c 644 "
	    "us", "@/a/c", FILE_CONFIG, "others can write to @/a, a folder on "
	    "the way to @/a/c (mode 0775); run: chmod go-w @/a" },
	{ "an ACL lets another look into the folder", "D a 755 us, f a/c 644 "
	    "us", "@/a/c", FILE_CONFIG, NULL },
	{ "our group writes to a folder of root", "d a 775 root us, f a/c 644 "
	    "us", "@/a/c", FILE_CONFIG, NULL },
	{ "root's group writes to the folder", "d a 775 root, f a/c 644 us",
	    "@/a/c", FILE_CONFIG, "others can write to @/a, a folder on the "
	    "way to @/a/c (mode 0775); run: chmod go-w @/a" },
	{ "a sticky folder", "d a 1777 root, f a/c 600 us", "@/a/c",
	    FILE_SECRET, NULL },
	{ "our folder in a sticky folder", "d a 1777 root, d a/b 755 us, f "
	    "a/b/c 600 us", "@/a/b/c", FILE_SECRET, NULL },
	{ "another's folder in a sticky folder", "d a 1777 root, d a/b 755 "
	    "eve, f a/b/c 600 us", "@/a/b/c", FILE_SECRET, "@/a/b, a folder "
	    "on the way, is another user's (nobody, uid 65534)" },
	{ "another's sticky folder", "d a 1777 eve, f a/c 600 us", "@/a/c",
	    FILE_SECRET, "@/a, a folder on the way, is another user's "
	    "(nobody, uid 65534)" },
	{ "a folder that is passed and left", "d a 777 us, f c 644 us",
	    "@/a/../c", FILE_CONFIG, "others can write to @/a, a folder on "
	    "the way to @/a/../c (mode 0777); run: chmod go-w @/a" },

	{ "a link", "f d 600 us, l c d us", "@/c", FILE_SECRET, NULL },
	{ "an absolute link", "f d 600 us, l c @/d us", "@/c", FILE_SECRET,
	    NULL },
	{ "a link that goes up", "d a 755 us, f d 600 us, l a/c ../d us",
	    "@/a/c", FILE_SECRET, NULL },
	{ "a link to a folder", "d a 755 us, f a/c 600 us, l b a/ us",
	    "@/b/c", FILE_SECRET, NULL },
	{ "up from where a link leads to", "d a 755 us, d a/b 755 us, f a/c "
	    "600 us, l l a/b us", "@/l/../c", FILE_SECRET, NULL },
	{ "what Kubernetes mounts", "d v 3777 root us, d v/..1 2755 root us, "
	    "f v/..1/key 440 root us, l v/..data ..1 root, l v/key ..data/key "
	    "root", "@/v/key", FILE_MOUNTED_SECRET, NULL },
	{ "a link to what others read", "f d 644 us, l c d us", "@/c",
	    FILE_SECRET, "others can read @/c (mode 0644); run: chmod 600 "
	    "@/c" },
	{ "a link to another's", "f d 644 eve, l c d us", "@/c", FILE_CONFIG,
	    "@/c is another user's (nobody, uid 65534); run: chown daemon "
	    "@/c" },
	{ "a link through a folder of others", "d a 777 us, f a/c 644 us, l c "
	    "a/c us", "@/c", FILE_CONFIG, "others can write to @/a, a folder "
	    "on the way to @/c (mode 0777); run: chmod go-w @/a" },
	{ "a link of another", "d a 1777 root, f d 644 us, l a/c ../d eve",
	    "@/a/c", FILE_CONFIG, "@/a/c, a link on the way, is another "
	    "user's (nobody, uid 65534)" },
	{ "root's link", "d a 1777 root, f d 644 us, l a/c ../d root",
	    "@/a/c", FILE_CONFIG, NULL },
	{ "ten links", "f d 600 us, l c0 d us, l c1 c0 us, l c2 c1 us, l c3 "
	    "c2 us, l c4 c3 us, l c5 c4 us, l c6 c5 us, l c7 c6 us, l c8 c7 "
	    "us, l c9 c8 us", "@/c9", FILE_SECRET, NULL },
};

static char top[64];

/* "@" is the folder of the row. */
static void
expand(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == '@')
			n += (size_t)snprintf(out + n, size - n, "%s/row", top);
		else
			out[n++] = *text;
		assert_true(n < size);
	}
	out[n] = '\0';
}

static uid_t
user(const char *name)
{
	const struct passwd *pw;

	if (strcmp(name, "eve") == 0)
		name = "nobody";
	else if (strcmp(name, "us") == 0)
		name = "daemon";
	pw = getpwnam(name);
	assert_non_null(pw);
	return pw->pw_uid;
}

/* As linux/posix_acl_xattr.h has it, in an order that is the kernel's too. */
static void
give_acl(const char *path)
{
	const struct { uint32_t version; struct { uint16_t tag, perm;
	    uint32_t id; } entry[5]; } acl = { 2, {
		{ 0x01, 6, UINT32_MAX }, { 0x02, 7, user("eve") },
		{ 0x04, 7, UINT32_MAX }, { 0x10, 7, UINT32_MAX },
		{ 0x20, 0, UINT32_MAX } } };

	if (setxattr(path, "system.posix_acl_access", &acl, sizeof(acl),
	    0) == -1)
		skip();
}

static void
make(const char *thing)
{
	char name[32], what[64], owner[16], group[16], path[128], to[128];
	mode_t mode;
	int n, fd;
	char c;

	n = sscanf(thing, " %c %31s %63s %15s %15s", &c, name, what, owner,
	    group);
	assert_true(n >= 4);
	snprintf(path, sizeof(path), "%s/row/%s", top, name);
	expand(to, sizeof(to), what);
	mode = (mode_t)strtoul(what, NULL, 8);
	if (c == 'l')
		assert_int_equal(symlink(to, path), 0);
	else if (c == 'd' || c == 'D')
		assert_int_equal(mkdir(path, 0700), 0);
	else {
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
		assert_int_not_equal(fd, -1);
		close(fd);
	}
	assert_int_equal(lchown(path, user(owner), user(n > 4 ? group :
	    owner)), 0);
	if (c == 'D' || c == 'F')
		give_acl(path);
	if (c != 'l')
		assert_int_equal(chmod(path, mode), 0);
}

static void
clear(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s/row", top);
	assert_int_equal(system(command), 0);
}

static void
prepare(const char *things)
{
	char all[512], path[96], *thing, *rest = all;

	if (geteuid() != 0)
		skip();
	clear();
	snprintf(path, sizeof(path), "%s/row", top);
	assert_int_equal(mkdir(path, 0755), 0);
	strlcpy(all, things, sizeof(all));
	while ((thing = strsep(&rest, ",")) != NULL)
		make(thing);
}

static void
become(const char *name)
{
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid((gid_t)user(name)), 0);
	assert_int_equal(seteuid(user(name)), 0);
}

/* As the configuration is read, by us. */
static int
judge(const char *path, enum file_kind kind, struct err *e)
{
	struct buf b = BUF_MAX(1000);
	struct stat st;
	int r;

	become("us");
	r = file_read(&b, path, &st, e);
	if (r == 0)
		r = file_safe(path, &st, kind, e);
	become("root");
	buf_free(&b);
	return r;
}

static void
test_row(void **state)
{
	const struct row *r = *state;
	struct err e = ERR_INIT;
	char path[128], want[512];
	int got;

	prepare(r->things);
	expand(path, sizeof(path), r->path);
	got = judge(path, r->kind, &e);
	expand(want, sizeof(want), r->want != NULL ? r->want : "");
	assert_string_equal(e.text, want);
	assert_int_equal(got, r->want == NULL ? 0 : -1);
	assert_int_equal(e.kind, r->want == NULL ? ERR_NONE : ERR_CONFIG);
}

/* The way of a name without "/" is that of the folder where we are. */
static void
test_relative(void **state)
{
	struct err good = ERR_INIT, bad = ERR_INIT;
	char path[128];
	int here, r[2];

	(void)state;
	prepare("d a 777 us, d a/b 755 us, f a/b/c 644 us, d d 755 us, "
	    "f d/c 644 us");
	here = open(".", O_RDONLY | O_CLOEXEC);
	expand(path, sizeof(path), "@/a/b");
	assert_int_equal(chdir(path), 0);
	r[0] = judge("c", FILE_CONFIG, &bad);
	assert_int_equal(chdir("../../d"), 0);
	r[1] = judge("../d/c", FILE_CONFIG, &good);
	assert_int_equal(fchdir(here), 0);
	close(here);
	assert_int_equal(r[0], -1);
	assert_non_null(strstr(bad.text, "/a, a folder on the way to c "));
	assert_string_equal(good.text, "");
	assert_int_equal(r[1], 0);
}

/* What was opened and what is there now are two files. */
static void
test_exchanged(void **state)
{
	struct err e = ERR_INIT;
	char path[128], other[128];
	struct stat st;

	(void)state;
	prepare("f c 600 us, f d 600 us");
	expand(path, sizeof(path), "@/c");
	expand(other, sizeof(other), "@/d");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(file_safe(path, &st, FILE_CONFIG, &e), -1);
	assert_non_null(strstr(e.text, "is another user's"));
	become("us");
	assert_int_equal(file_safe(path, &st, FILE_CONFIG, &e), 0);
	become("root");
	assert_int_equal(rename(other, path), 0);
	become("us");
	assert_int_equal(file_safe(path, &st, FILE_CONFIG, &e), -1);
	assert_non_null(strstr(e.text, "/c: changed while it was read"));
	become("root");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_safe(path, &st, FILE_CONFIG, &e), -1);
	assert_non_null(strstr(e.text, "/c: changed while it was read"));
	assert_int_equal(symlink("c", path), 0);
	assert_int_equal(file_safe(path, &st, FILE_CONFIG, &e), -1);
	assert_non_null(strstr(e.text, "oo many"));
}

/* Root with another's $HOME is not told to take that. */
static void
test_sudo(void **state)
{
	struct err e = ERR_INIT;
	char path[128], uid[32];
	struct stat st;

	(void)state;
	prepare("d h 755 eve, f h/c 644 eve");
	expand(path, sizeof(path), "@/h/c");
	assert_int_equal(stat(path, &st), 0);
	snprintf(uid, sizeof(uid), "%u", (unsigned)st.st_uid);
	assert_int_equal(setenv("SUDO_UID", uid, 1), 0);
	assert_int_equal(file_safe(path, &st, FILE_CONFIG, &e), -1);
	assert_int_equal(unsetenv("SUDO_UID"), 0);
	assert_non_null(strstr(e.text, "/row/h, a folder on the way, is "
	    "another user's (nobody, uid 65534); if it is by $HOME, use sudo "
	    "-H, else -C FILE"));
	assert_int_equal(file_safe(path, &st, FILE_CONFIG, &e), -1);
	assert_null(strstr(e.text, "sudo"));
}

/* A descriptor's name stands for what the caller has opened, even if that has
 * no name any more; the file itself is judged all the same. */
static void
test_descriptor(void **state)
{
	struct err e = ERR_INIT;
	char path[128], name[32];
	struct stat st;
	int fd, r;

	(void)state;
	prepare("d a 777 root, f a/c 644 root");
	expand(path, sizeof(path), "@/a/c");
	fd = open(path, O_RDONLY);
	assert_int_not_equal(fd, -1);
	assert_int_equal(unlink(path), 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	if (stat(name, &st) == -1)
		skip();
	r = file_safe(name, &st, FILE_CONFIG, &e);
	assert_string_equal(e.text, "");
	assert_int_equal(r, 0);
	assert_int_equal(file_safe(name, &st, FILE_SECRET, &e), -1);
	close(fd);
}

/* After newgrp(1) ours is still the one of passwd. */
static void
test_newgrp(void **state)
{
	struct err e = ERR_INIT;
	char path[128];
	struct stat st;
	int r;

	(void)state;
	prepare("f c 664 us");
	expand(path, sizeof(path), "@/c");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(setegid((gid_t)user("mail")), 0);
	assert_int_equal(seteuid(user("us")), 0);
	r = file_safe(path, &st, FILE_CONFIG, &e);
	become("root");
	assert_string_equal(e.text, "");
	assert_int_equal(r, 0);
}

/* In a user namespace of our own, where nobody but us is mapped. */
static int
judge_alone(const char *path, enum file_kind kind)
{
	char map[32];
	struct err e = ERR_INIT;
	struct stat st;
	int fd, n;

	n = snprintf(map, sizeof(map), "%u %u 1", (unsigned)user("us"),
	    (unsigned)user("us"));
	if (setuid(user("us")) == -1 || unshare(CLONE_NEWUSER) == -1 ||
	    prctl(PR_SET_DUMPABLE, 1) == -1 ||
	    (fd = open("/proc/self/uid_map", O_WRONLY)) == -1 ||
	    write(fd, map, (size_t)n) != n || stat(path, &st) == -1)
		return 99;
	return file_safe(path, &st, kind, &e) == 0 ? 0 : 1;
}

static void
test_namespace(void **state)
{
	const struct { const char *path; enum file_kind kind; int want; }
	    files[] = { { "/etc/passwd", FILE_CONFIG, 0 },
	    { "/etc/passwd", FILE_MOUNTED_SECRET, 1 },
	    { "@/c", FILE_CONFIG, 1 } };	/* in /tmp: whose is it? */
	char path[128];
	int status;
	size_t i;
	pid_t pid;

	(void)state;
	prepare("f c 644 root");
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		expand(path, sizeof(path), files[i].path);
		pid = fork();
		if (pid == 0)
			_exit(judge_alone(path, files[i].kind));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WEXITSTATUS(status) == 99)
			skip();
		assert_int_equal(status, files[i].want << 8);
	}
}

/* A folder's is one step of the way, which goes on from there. */
static void
test_descriptor_of_a_folder(void **state)
{
	const struct { const char *folder; int want; } ways[] = {
	    { "@/a/b", -1 }, { "@/d", 0 } };
	struct err e = ERR_INIT;
	char path[128], name[32];
	struct stat st;
	size_t i;
	int fd, r;

	(void)state;
	prepare("d a 777 root, d a/b 755 root, f a/b/c 644 root, d d 755 "
	    "root, f d/c 644 root");
	for (i = 0; i < 2; i++) {
		expand(path, sizeof(path), ways[i].folder);
		fd = open(path, O_RDONLY | O_DIRECTORY);
		assert_int_not_equal(fd, -1);
		snprintf(name, sizeof(name), "/proc/self/fd/%d/c", fd);
		if (stat(name, &st) == -1)
			skip();
		r = file_safe(name, &st, FILE_CONFIG, &e);
		close(fd);
		assert_int_equal(r, ways[i].want);
	}
	assert_non_null(strstr(e.text, "/a, a folder on the way to /proc/"));
}

int
main(void)
{
	int r;

	strlcpy(top, "/tmp/filesafe.XXXXXX", sizeof(top));
	if (mkdtemp(top) == NULL || chmod(top, 0755) == -1)
		return 99;
	umask(022);
	UNIT_ROWS(rows, test_row);
	UNIT_TEST(test_relative);
	UNIT_TEST(test_exchanged);
	UNIT_TEST(test_descriptor);
	UNIT_TEST(test_descriptor_of_a_folder);
	UNIT_TEST(test_newgrp);
	UNIT_TEST(test_namespace);
	UNIT_TEST(test_sudo);
	r = unit_run("filesafe");
	clear();
	rmdir(top);
	return r;
}
