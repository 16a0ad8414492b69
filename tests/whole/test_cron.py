"""The cron of Debian, in a mount namespace where posthorn is its sendmail.

Its jobs are those to run "@reboot": at once, for there is no crond.reboot in
a /run of its own.
"""

import pwd
import shutil
import subprocess

import pytest

from conftest import RCPT, alive, check_message, family_of, until


class Cron:
    def __init__(self, there, post, server):
        self.there, self.post, self.server = there, post, server
        self.tabs = post.folder / "spool/crontabs"
        self.tabs.mkdir(parents=True)
        self.tabs.parent.chmod(0o755)
        self.tabs.chmod(0o711)
        (post.folder / "cron.d").mkdir()
        there.mounts.append("mount -t tmpfs none /run")
        there.bind(post.folder / "spool", "/var/spool/cron")
        there.bind(post.folder / "cron.d", "/etc/cron.d")
        there.bind("/dev/null", "/etc/crontab")
        self.settings(set_from_header="on")

    def settings(self, **more):
        self.there.config(self.post.settings(self.server, **more))

    def run(self, user, *lines, n=1, env=None):
        """Start it with that crontab; the n messages that come of it."""
        tab = self.tabs / user
        tab.write_text("".join(line + "\n" for line in lines))
        tab.chmod(0o600)
        shutil.chown(tab, user)
        env = self.post.environment({"HOME": None, "TMPDIR": None,
                                     **(env or {})})
        said = self.post.folder / "said"
        with open(said, "wb") as out:
            p = subprocess.Popen(
                self.there.command("cron", "-f"), env=env, cwd="/",
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            came = self.server.wait(lambda: p.poll() is not None or
                                    len(self.server.messages) >= n, 30)
            jobs = family_of(p.pid)[1:]
            until(lambda: not alive(jobs), "the end of cron's jobs")
        finally:
            p.terminate()
            p.wait()
        assert came and said.read_text() == ""
        assert len(self.server.messages) == n
        return self.server.messages


@pytest.fixture
def cron(elsewhere, post, plain):
    if shutil.which("cron") is None:
        pytest.skip("cron is not installed")
    return Cron(elsewhere, post, plain)


# A user, a command without '%', and what is mailed.

JOBS = {
    "succeeds": ("root", "echo done", "done\n"),
    "fails": ("root", "echo failed; exit 3", "failed\n"),
    "fails, to standard error": ("root", "ls /nowhere/at/all",
                                 "ls: cannot access '/nowhere/at/all': "
                                 "No such file or directory\n"),
    "is not there": ("root", "nosuchprogram-7",
                     "/bin/sh: 1: nosuchprogram-7: not found\n"),
    "UTF-8": ("root", r"printf 'K\303\244the \342\202\254\n'", "Käthe €\n"),
    "dots": ("root", r"printf '.\n..\n.x\n'", ".\n..\n.x\n"),
    "looks like a header": ("root", "echo 'Bcc: eve@example.net'",
                            "Bcc: eve@example.net\n"),
    "of an unprivileged user": ("nobody", "id -u",
                                f"{pwd.getpwnam('nobody').pw_uid}\n"),
}


@pytest.mark.parametrize("name", JOBS)
def test_job(cron, name):
    user, command, output = JOBS[name]
    m = cron.run(user, f"MAILTO={RCPT}", f"@reboot {command}")[0]
    mail = check_message(m)
    assert mail["To"] == RCPT
    assert mail["From"].addresses[0].addr_spec == "ann@example.org"
    assert mail["Subject"].startswith(f"Cron <{user}@")
    assert mail["Subject"].endswith(command)
    assert f"<LOGNAME={user}>" in mail.get_all("X-Cron-Env")
    assert mail.get_content() == output.replace("\n", "\r\n")


def test_several_people(cron):
    m = cron.run("root", f"MAILTO={RCPT},eve@example.net",
                 "@reboot echo done")[0]
    mail = check_message(m, to=[RCPT, "eve@example.net"])
    assert mail["To"] == f"{RCPT}, eve@example.net"


@pytest.mark.parametrize("user", ["root", "nobody"])
def test_from_is_completed(cron, user):
    """Cron's From is "root (Cron Daemon)", whoever the user is."""
    cron.settings()
    m = cron.run(user, f"MAILTO={RCPT}", "@reboot echo done")[0]
    who, = check_message(m)["From"].addresses
    assert (who.display_name, who.domain) == ("Cron Daemon", "example.org")


def test_from_of_the_crontab(cron):
    cron.settings()
    m = cron.run("root", f"MAILTO={RCPT}", "MAILFROM=cron@example.org",
                 "@reboot echo done")[0]
    mail = check_message(m)
    assert mail["From"].addresses[0].addr_spec == "cron@example.org"


def test_no_output_no_mail(cron):
    m = cron.run("root", f"MAILTO={RCPT}", "@reboot true",
                 "@reboot echo done")[0]
    assert m.body == b"done\r\n"


def test_large_output(cron):
    """More than is kept in memory, by a user whose home is not there."""
    m = cron.run("nobody", f"MAILTO={RCPT}", "@reboot seq 200000")[0]
    check_message(m)
    assert m.body.startswith(b"1\r\n") and m.body.endswith(b"\r\n200000\r\n")


def test_crontab_does_not_configure_posthorn(cron):
    """Debian's cron gives its own environment to sendmail, not the job's."""
    m = cron.run("root", f"MAILTO={RCPT}", "POSTHORN_CONFIG=/nowhere",
                 "@reboot echo done")[0]
    check_message(m)


# Mail for local people, which is what cron sends if nobody says more.

PEOPLE = {
    "root": ("root: bob@example.net\n", "root", [RCPT]),
    "two": ("root: bob@example.net,\n\teve@example.net\n", "root",
            [RCPT, "eve@example.net"]),
    "by way of another": ("nobody: root\nroot: bob@example.net\n", "nobody",
                          [RCPT]),
    "default": ("root: eve@example.net\ndefault: bob@example.net\n",
                "nobody", [RCPT]),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_aliases(cron, name):
    """/etc/aliases is read unless the configuration says else."""
    aliases, user, to = PEOPLE[name]
    cron.there.place("/etc/aliases").write_text(aliases)
    mail = check_message(cron.run(user, "@reboot echo done")[0], to=to)
    assert mail["To"] == ", ".join(to)
    assert mail.get_content() == "done\r\n"


def test_mailto_that_is_an_alias(cron):
    cron.there.place("/etc/aliases").write_text("admin: bob@example.net\n")
    mail = check_message(cron.run("root", "MAILTO=admin",
                                  "@reboot echo done")[0])
    assert mail["To"] == RCPT


def test_default_domain(cron):
    cron.settings(set_from_header="on", aliases="off",
                  default_domain="example.net")
    mail = check_message(cron.run("nobody", "@reboot echo done")[0],
                         to=["nobody@example.net"])
    assert mail["To"] == "nobody@example.net"


# Output that does not go as it is.

UNFIT = {
    "8-bit": (("PIPELINING",), r"printf 'K\303\244the\n'", "Käthe\n"),
    "a long line": (("8BITMIME",), "yes no | head -n 999 | paste -s -d ' '",
                    " ".join(["no"] * 999) + "\n"),
    "NUL": (("8BITMIME",), r"printf 'a\0b\n'", "a\0b\n"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_unfit_output(cron, name):
    words, command, output = UNFIT[name]
    cron.server.words = words
    m = cron.run("root", f"MAILTO={RCPT}", f"@reboot {command}")[0]
    mail = check_message(m)
    assert mail.get_content().replace("\r\n", "\n") == output
    assert m.text.isascii() and b"\0" not in m.text


def test_command_in_utf_8(cron):
    """It is the subject, and cron encodes nothing."""
    m = cron.run("root", f"MAILTO={RCPT}", "@reboot echo Käthe")[0]
    mail = check_message(m)
    assert m.head.isascii()
    assert mail["Subject"].endswith("echo Käthe")
    assert mail.get_content() == "Käthe\r\n"
