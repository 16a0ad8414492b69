#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/become.h"
#include "base/str.h"

static const struct passwd *
find_user(const char *user)
{
	const struct passwd *pw = getpwnam(user);
	long long uid;

	if (pw == NULL && str_number(user, 0, UINT32_MAX, &uid) == 0)
		pw = getpwuid((uid_t)uid);
	return pw;
}

/* Whoever gives one up must not be able to get it back. */
static int
change_user(const struct passwd *pw)
{
	if (initgroups(pw->pw_name, pw->pw_gid) == -1 ||
	    setgid(pw->pw_gid) == -1 || setuid(pw->pw_uid) == -1)
		return -1;
	if (pw->pw_uid != 0 && setuid(0) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* As cron and a web server have it: of the user little more than the name. */
static void
change_environment(const struct passwd *pw)
{
	static const char *const gone[] = {
		"POSTHORN_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME",
		"XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME",
		"CREDENTIALS_DIRECTORY", "DBUS_SESSION_BUS_ADDRESS",
		"SSH_ASKPASS", "SSH_AUTH_SOCK", "GNUPGHOME", "DISPLAY",
		"WAYLAND_DISPLAY", "SUDO_USER",
	};
	size_t i;

	for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		unsetenv(gone[i]);
	setenv("HOME", pw->pw_dir, 1);
	setenv("USER", pw->pw_name, 1);
	setenv("LOGNAME", pw->pw_name, 1);
}

int
become(const char *user, struct err *e)
{
	const char *shown = str_shown(user, strlen(user));
	const struct passwd *pw = find_user(user);

	if (pw == NULL)
		return err_set(e, ERR_USAGE, "--check=as %s: there is no such "
		    "user", shown);
	if (geteuid() != 0 && (geteuid() != pw->pw_uid ||
	    getuid() != pw->pw_uid))
		return err_set(e, ERR_NOPERM, "--check=as %s: only root can "
		    "look with the eyes of another user; run it by sudo, or as "
		    "%s without \"=as\"", shown, shown);
	if (geteuid() == 0 && change_user(pw) == -1)
		return err_set(e, ERR_OS, "--check=as %s: %s", shown,
		    strerror(errno));
	change_environment(pw);
	return 0;
}
