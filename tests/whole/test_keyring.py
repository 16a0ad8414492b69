"""Passwords in a real keyring: GNOME's, on a session bus of our own."""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

from conftest import PASSWORD, RCPT, USER, quiet, said, until

OK, UNAVAILABLE, TEMPORARY, NOPERM, CONFIG = 0, 69, 75, 77, 78
WRONG = "wrong"
OURS = {"xdg:schema": "posthorn.Password", "host": "localhost",
        "service": "smtp", "user": USER}

# No service may be started by the bus: what is there was put there.
BUS = """<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={dir}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Keyring:
    """A bus, and a keyring on it; no display."""

    def __init__(self, post):
        self.dir = post.folder / "session"
        self.dir.mkdir(mode=0o700)
        self.env = post.environment({
            "XDG_RUNTIME_DIR": str(self.dir), "DBUS_SESSION_BUS_ADDRESS":
            f"unix:path={self.dir}/bus", "GIO_USE_VFS": "local",
            "XDG_DATA_HOME": str(self.dir / "data")})
        self.running = []

    def start(self, *command, stdin=None):
        p = subprocess.Popen(command, env=self.env, stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        self.running.append(p)
        if stdin is not None:
            p.stdin.write(stdin)
        p.stdin.close()
        return p

    def start_bus(self):
        conf = self.dir / "bus.conf"
        conf.write_text(BUS.format(dir=self.dir))
        self.start("dbus-daemon", f"--config-file={conf}", "--nofork")
        until((self.dir / "bus").exists, "the bus")

    def has_owner(self):
        done = self.call("dbus-send", "--session", "--print-reply",
                         "--dest=org.freedesktop.DBus", "/",
                         "org.freedesktop.DBus.NameHasOwner",
                         "string:org.freedesktop.secrets", check=False)
        return "true" in done.stdout

    def start_keyring(self):
        self.start("gnome-keyring-daemon", "--foreground", "--unlock",
                   "--components=secrets", stdin=b"of the keyring")
        until(self.has_owner, "the keyring")

    def call(self, *command, stdin="", check=True):
        return subprocess.run(command, env=self.env, input=stdin, text=True,
                              capture_output=True, check=check, timeout=60)

    def put(self, word, **attributes):
        words = [w for pair in attributes.items() for w in pair]
        self.call("secret-tool", "store", "--label=x", *words, stdin=word)

    def get(self, **attributes):
        words = [w for pair in attributes.items() for w in pair]
        return self.call("secret-tool", "lookup", *words, check=False).stdout

    def lock(self):
        """secret-tool 0.20 dies of it."""
        self.call("dbus-send", "--session", "--print-reply",
                  "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
                  "org.freedesktop.Secret.Service.Lock", "array:objpath:"
                  "/org/freedesktop/secrets/collection/login")

    def stop(self):
        for p in reversed(self.running):
            p.terminate()
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


def usable(post):
    missing = [p for p in ("dbus-daemon", "gnome-keyring-daemon",
                           "secret-tool") if shutil.which(p) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    r = post.run("--store-password=x", "-C", post.config(
        "account x\nhost h\nuser u\n"), stdin=b"x\n")
    if "keyring: this build knows none" in r.err:
        pytest.skip("posthorn was built without libsecret")


@pytest.fixture
def keyring(post):
    usable(post)
    k = Keyring(post)
    try:
        k.start_bus()
        k.start_keyring()
        yield k
    finally:
        k.stop()


def login(post, server, keyring, *args, settings=None, env=None, **more):
    """A submission by an account without a password, within the session."""
    path = post.config(post.settings(server, **{"password": None,
                                                **(settings or {})}))
    return post.run("-C", path, *args, RCPT, start_new_session=True,
                    env={**keyring.env, **(env or {})}, **more)


def store(post, server, keyring, word, account="default", settings=None):
    path = post.config(post.settings(server, **{"password": None,
                                                **(settings or {})}))
    return post.run("-C", path, "--store-password", account,
                    stdin=word.encode() + b"\n", env=keyring.env)


def test_store(post, secure, keyring):
    r = store(post, secure, keyring, PASSWORD)
    assert (r.code, r.err) == (OK, "")
    assert r.out == f"the keyring has the password of {USER} at localhost\n"
    assert keyring.get(**OURS) == PASSWORD
    quiet(login(post, secure, keyring))
    assert secure.messages[0].user == USER


def test_store_at_the_terminal(post, secure, keyring):
    pty = pytest.importorskip("pty")
    path = post.config(post.settings(secure, password=None))
    pid, fd = pty.fork()
    if pid == 0:
        try:
            os.execve(post.binary, [post.binary, "-C", path,
                                    "--store-password", "default"],
                      keyring.env)
        finally:
            os._exit(127)
    shown = b""
    try:
        while b": " not in shown:
            shown += os.read(fd, 1000)
        os.write(fd, PASSWORD.encode() + b"\n")
        try:
            while data := os.read(fd, 1000):
                shown += data
        except OSError:
            pass
    finally:
        status = os.waitpid(pid, 0)[1]
        os.close(fd)
    assert os.waitstatus_to_exitcode(status) == OK, shown
    assert b"password for ann at localhost: " in shown
    assert PASSWORD.encode() not in shown
    assert keyring.get(**OURS) == PASSWORD


def test_store_replaces(post, secure, keyring):
    """A wrong one is told of at the next login."""
    assert store(post, secure, keyring, WRONG).code == OK
    r = login(post, secure, keyring)
    assert r.code == NOPERM
    said(r, "535", "if the password in the keyring is wrong, this replaces "
         "it: posthorn --store-password default")
    assert store(post, secure, keyring, PASSWORD).code == OK
    quiet(login(post, secure, keyring))


# What others have put there.

OTHERS = {
    "msmtp's": {"xdg:schema": "de.marlam.msmtp.password",
                "host": "localhost", "service": "smtp", "user": USER},
    "secret-tool's": {"host": "localhost", "service": "smtp", "user": USER},
    "GNOME's": {"server": "localhost", "protocol": "smtp", "user": USER},
    "with more": {"host": "localhost", "service": "smtp", "user": USER,
                  "port": "587"},
}


@pytest.mark.parametrize("name", OTHERS)
def test_found(post, secure, keyring, name):
    keyring.put(PASSWORD, **OTHERS[name])
    quiet(login(post, secure, keyring))
    assert secure.messages[0].user == USER


@pytest.mark.parametrize("name", OTHERS)
def test_ours_goes_first(post, secure, keyring, name):
    keyring.put(WRONG, **OTHERS[name])
    assert store(post, secure, keyring, PASSWORD).code == OK
    quiet(login(post, secure, keyring))


STRANGERS = {
    "another user": {"host": "localhost", "service": "smtp", "user": "bob"},
    "another host": {"host": "example.org", "service": "smtp", "user": USER},
    "another service": {"host": "localhost", "service": "imap",
                        "user": USER},
}


@pytest.mark.parametrize("name", STRANGERS)
def test_not_found(post, secure, keyring, name):
    keyring.put(PASSWORD, **STRANGERS[name])
    r = login(post, secure, keyring)
    assert r.code == CONFIG
    said(r, "no entry in the keyring", "posthorn --store-password default")
    assert secure.messages == []


# Its place among the others.

def test_configured_goes_first(post, secure, keyring):
    keyring.put(WRONG, **OURS)
    quiet(login(post, secure, keyring, settings={"password": PASSWORD}))


def test_netrc_comes_after(post, secure, keyring):
    keyring.put(PASSWORD, **OURS)
    (post.home / ".netrc").write_text(
        f"machine localhost login {USER} password {WRONG}\n")
    (post.home / ".netrc").chmod(0o600)
    quiet(login(post, secure, keyring))


def test_off(post, secure, keyring):
    keyring.put(PASSWORD, **OURS)
    r = login(post, secure, keyring, settings={"keyring": "off"})
    assert r.code == CONFIG
    assert "keyring" not in r.err and "--store-password" not in r.err
    r = store(post, secure, keyring, "x", settings={"keyring": "off"})
    assert r.code == CONFIG
    said(r, '"keyring off" in ')


def test_glib_talks(post, secure, keyring):
    """A password with a line end, too, as "echo" gives it."""
    keyring.put(PASSWORD + "\n", **OURS)
    quiet(login(post, secure, keyring, env={"G_MESSAGES_DEBUG": "all"}))


def test_by_the_bus_in_the_folder(post, secure, keyring):
    keyring.put(PASSWORD, **OURS)
    quiet(login(post, secure, keyring,
                env={"DBUS_SESSION_BUS_ADDRESS": None}))


def test_store_warns_of_what_goes_first(post, secure, keyring):
    r = store(post, secure, keyring, "x", settings={"passwordeval": "echo y"})
    assert r.code == OK
    assert 'not in use yet: take away "passwordeval" in ' in r.out


# Locked, silent, or not there.

def test_locked(post, secure, keyring):
    """Without a display nobody is asked, and nothing hangs."""
    keyring.put(PASSWORD, **OURS)
    keyring.lock()
    r = login(post, secure, keyring)
    assert r.code == CONFIG
    said(r, "keyring: it is locked, and without a display nobody can be "
         "asked to unlock it", "no ~/.netrc")
    r = login(post, secure, keyring, settings={"keyring": "on"})
    assert r.code == TEMPORARY
    said(r, "keyring: it is locked", 'check "keyring" in ')
    r = store(post, secure, keyring, "x")
    assert r.code == TEMPORARY
    said(r, "keyring: it is locked")
    assert secure.messages == []


def test_locked_with_a_display(post, secure, keyring):
    """Nobody answers the question: the attempt ends with its time."""
    keyring.put(PASSWORD, **OURS)
    keyring.lock()
    r = login(post, secure, keyring, settings={"keyring": "on",
                                               "total_timeout": 20},
              env={"DISPLAY": ":77"})
    assert r.code == TEMPORARY
    said(r, "keyring: ")


@pytest.fixture
def silent(post):
    """A bus that takes connections and says nothing."""
    usable(post)
    k = Keyring(post)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(k.dir / "bus"))
        s.listen()
        k.heard = s
        yield k


@pytest.mark.parametrize("keyword", ["auto", "on"])
def test_silent(post, secure, silent, keyword):
    start = time.monotonic()
    r = login(post, secure, silent, settings={"keyring": keyword,
                                              "total_timeout": 1})
    assert r.code == (CONFIG if keyword == "auto" else TEMPORARY)
    said(r, "keyring: took too long")
    assert time.monotonic() - start < 30


def test_silent_but_netrc(post, secure, silent):
    """What comes after it has its time, too."""
    (post.home / ".netrc").write_text(
        f"machine localhost login {USER} password {PASSWORD}\n")
    (post.home / ".netrc").chmod(0o600)
    start = time.monotonic()
    r = login(post, secure, silent, "-v")
    assert r.code == OK
    assert 2 < time.monotonic() - start < 9
    assert "asking the keyring" in r.err
    assert secure.messages[0].user == USER


def test_silent_says_so(post, secure, silent):
    r = login(post, secure, silent)
    assert r.code == CONFIG
    said(r, "keyring: the session bus does not answer", "no ~/.netrc")


def test_signal_while_it_is_silent(post, secure, silent):
    path = post.config(post.settings(secure, password=None))
    p = post.start("-C", path, RCPT, env=silent.env, start_new_session=True)
    p.stdin.close()
    p.stdin = None
    silent.heard.settimeout(60)
    silent.heard.accept()[0].recv(1)
    p.send_signal(signal.SIGTERM)
    r = post.finish(p, timeout=20)
    assert r.code == TEMPORARY
    said(r, "keyring: interrupted; nothing was sent")
    assert secure.messages == []


@pytest.mark.parametrize("keyword,code", [("auto", CONFIG),
                                          ("on", UNAVAILABLE)])
def test_no_bus(post, secure, keyword, code):
    r = post.submit(secure, RCPT, start_new_session=True,
                    settings={"password": None, "keyring": keyword})
    assert r.code == code
    said(r, "keyring: ")
    assert secure.messages == []


def test_bus_without_a_keyring(post, secure):
    usable(post)
    k = Keyring(post)
    try:
        k.start_bus()
        r = login(post, secure, k)
        assert r.code == CONFIG
        said(r, "keyring: ", "org.freedesktop.secrets")
        r = store(post, secure, k, "x")
        assert r.code == TEMPORARY
        said(r, "keyring: ", "org.freedesktop.secrets")
    finally:
        k.stop()


# --store-password, asked for what it cannot do.

NOT_STORED = {
    "no such account": ("work", b"x\n", {}, CONFIG, 'no account "work"'),
    "no user": ("default", b"x\n", {"user": None, "auth": None}, CONFIG,
                "has no user"),
    "no host": ("default", b"x\n", {"host": None, "connect_command": "x",
                                    "tls": "off"}, CONFIG, "has no host"),
    "nothing": ("default", b"", {}, 65, "no password on standard input"),
    "an empty line": ("default", b"\nx\n", {}, 65, "no password"),
    "a NUL": ("default", b"a\0b\n", {}, 65, "no password"),
    "too much": ("default", b"x" * 100000, {}, 74, "standard input"),
    "no bus": ("default", b"x\n", {}, UNAVAILABLE, "keyring: "),
}


@pytest.mark.parametrize("name", NOT_STORED)
def test_not_stored(post, secure, name):
    account, word, settings, code, text = NOT_STORED[name]
    path = post.config(post.settings(secure, password=None, **settings))
    r = post.run("-C", path, "--store-password", account, stdin=word)
    assert (r.code, r.out) == (code, "")
    said(r, text)
