"""Where passwords come from, each source against a server that asks for one."""

import os
import pathlib
import shlex
import stat
import subprocess
import sys

import pytest

from conftest import MESSAGE, NOBODY, PASSWORD, RCPT, USER, quiet, said
from test_hosts import RELAY

OK, TEMPORARY, NOPERM, CONFIG = 0, 75, 77, 78
WRONG = "wrong"


def script(post, name, text):
    path = post.folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def private(path, text, mode=0o600):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def login(post, server, settings=None, **more):
    """A submission by an account without a password."""
    return post.submit(server, RCPT, settings={"password": None,
                                               **(settings or {})}, **more)


def sent(server):
    m, = server.messages
    return m.user == USER


# Their order: each with what comes after it, which is wrong.

def netrc(word, name="localhost"):
    return f"machine {name} login {USER} password {word}\n"


SOURCES = ["password", "passwordeval", "password_file", "password_env",
           "netrc", "authinfo", "askpass"]


@pytest.mark.parametrize("first", SOURCES)
def test_order(post, secure, first):
    words = [PASSWORD if s == first else WRONG
             for s in SOURCES[SOURCES.index(first):]]
    have = dict(zip(SOURCES[SOURCES.index(first):], words))
    settings, env = {}, {"SSH_ASKPASS_REQUIRE": "force"}
    for key in ("password", "password_env"):
        settings[key] = have.get(key)
    if "password_env" in have:
        settings["password_env"] = "WORD"
        env["WORD"] = have["password_env"]
    if "passwordeval" in have:
        settings["passwordeval"] = f"echo {have['passwordeval']}"
    if "password_file" in have:
        settings["password_file"] = private(post.folder / "word",
                                            have["password_file"] + "\n")
    if "netrc" in have:
        private(post.home / ".netrc", netrc(have["netrc"]))
    if "authinfo" in have:
        private(post.home / ".authinfo", netrc(have["authinfo"]))
    env["SSH_ASKPASS"] = str(script(post, "ask", f"echo {have['askpass']}\n"))
    quiet(login(post, secure, settings, env=env))
    assert sent(secure)


def test_none(post, secure):
    r = login(post, secure, start_new_session=True)
    assert r.code == CONFIG
    said(r, f"no password for user {USER} (keyring: ",
         "no ~/.netrc; no ~/.authinfo; no /etc/netrc; no terminal to ask on",
         '"password_file"', '"passwordeval"')
    assert "--store-password" not in r.err      # there is no keyring
    assert secure.messages == []


def test_not_asked_without_need(post, plain):
    """A server without a login costs no look at any of it."""
    mark = post.folder / "mark"
    (post.home / ".netrc").mkdir()
    quiet(post.submit(plain, RCPT, env={
        "SSH_ASKPASS": str(script(post, "ask", f"touch {mark}\n")),
        "SSH_ASKPASS_REQUIRE": "force"}))
    assert not mark.exists()


# What is said when it is wrong.

REFUSED = {
    "password": ("", 'check "password" in '),
    "passwordeval": ("", 'check "passwordeval" in '),
    "password_file": ("the password is from {folder}/word; ",
                      'check "password_file" in '),
    "password_env": ("the password is from WORD; ",
                     'check "password_env" in '),
    "netrc": ("the password is from ~/.netrc:2; ", "correct it there"),
    "askpass": ("the password is from {folder}/ask; ",
                "it may have been mistyped"),
}


@pytest.mark.parametrize("source", REFUSED)
def test_refused(post, secure, source):
    values = {"password": WRONG, "password_env": "WORD",
              "passwordeval": f"echo${{IFS}}{WRONG}",
              "password_file": private(post.folder / "word", WRONG)}
    settings = {source: values[source]} if source in values else {}
    env = {"WORD": WRONG}
    if source == "netrc":
        private(post.home / ".netrc", "# mine\n" + netrc(WRONG))
    if source == "askpass":
        env.update(SSH_ASKPASS_REQUIRE="force", SSH_ASKPASS=str(
            script(post, "ask", f"echo {WRONG}\n")))
    r = login(post, secure, settings, env=env)
    assert r.code == NOPERM
    where, what = REFUSED[source]
    said(r, "535", where.format(folder=post.folder) + what)
    assert WRONG not in r.err.replace("535 5.7.8 wrong user or password", "")
    if what.startswith("check"):
        words = (post.folder / "config").read_text().split()[::2]
        said(r, f"{post.folder}/config:{1 + words.index(source)}")


# Files.

FILES = {
    "private": (0o600, None),
    "read only": (0o400, None),
    "all may read it": (0o644, "chmod 600"),
    "the group may": (0o640, "chmod 600"),
}


@pytest.mark.parametrize("name", FILES)
def test_file(post, secure, name):
    mode, refused = FILES[name]
    path = private(post.folder / "word", PASSWORD + "\n", mode)
    r = login(post, secure, {"password_file": path})
    if refused is None:
        quiet(r)
        return
    assert r.code == CONFIG
    said(r, f"password_file: others can read {path}", f"{refused} {path}",
         f'check "password_file" in {post.folder}/config:')
    assert secure.messages == []


def test_file_at_home(post, secure):
    private(post.home / ".word", PASSWORD)
    quiet(login(post, secure, {"password_file": "~/.word"}))


def test_file_by_a_link(post, secure):
    """As Nix and keepers of dotfiles have it; what counts is where it is."""
    (post.home / ".word").symlink_to(private(post.folder / "store/word",
                                             PASSWORD))
    quiet(login(post, secure, {"password_file": "~/.word"}))
    (post.folder / "store/word").chmod(0o644)
    r = login(post, secure, {"password_file": "~/.word"})
    assert r.code == CONFIG
    said(r, "others can read")


def test_file_is_not_there(post, secure):
    r = login(post, secure, {"password_file": post.folder / "none"})
    assert r.code == CONFIG
    said(r, f"password_file: {post.folder}/none: no such file",
         f'check "password_file" in {post.folder}/config:')


def credentials(folder, modes, owner=0):
    """A folder as systemd mounts it."""
    path = folder / "credentials"
    path.mkdir()
    private(path / "smtp", PASSWORD, modes[1])
    path.chmod(modes[0])
    for p in (path, path / "smtp"):
        os.chown(p, owner, owner)
    return path


@pytest.mark.parametrize("mode,folder,owner", [
    (0o400, 0o500, NOBODY), (0o440, 0o550, NOBODY), (0o444, 0o755, 0)],
    ids=["the user's", "the group may", "root's"])
def test_credential_of_systemd(web, secure, mode, folder, owner):
    path = credentials(web.folder, (folder, mode), owner)
    text = web.post.settings(secure, password=None, password_file="smtp")
    text = text.replace(str(secure.certs / "ca.pem"),
                        copied(secure.certs / "ca.pem", web.folder))
    r = web.run("-C", web.config(text), RCPT,
                env={"CREDENTIALS_DIRECTORY": str(path)})
    quiet(r)
    assert sent(secure)


def copied(path, folder):
    (folder / path.name).write_bytes(path.read_bytes())
    (folder / path.name).chmod(0o644)
    return str(folder / path.name)


def test_credential_with_an_acl(web, secure):
    path = credentials(web.folder, (0o500, 0o400))
    done = subprocess.run(
        ["sh", "-c", f"setfacl -m u:{NOBODY}:rx {path} && "
         f"setfacl -m u:{NOBODY}:r {path}/smtp"], capture_output=True)
    if done.returncode != 0:
        pytest.skip("setfacl is not installed, or does not work here")
    assert stat.S_IMODE((path / "smtp").stat().st_mode) == 0o440
    text = web.post.settings(secure, password=None, password_file="smtp")
    text = text.replace(str(secure.certs / "ca.pem"),
                        copied(secure.certs / "ca.pem", web.folder))
    quiet(web.run("-C", web.config(text), RCPT,
                  env={"CREDENTIALS_DIRECTORY": str(path)}))


def in_namespace(post, server, mounts, settings, user=0):
    """Submit where these shell commands have mounted something."""
    path = post.config(post.settings(server, password=None, **settings))
    return post.run("-m", "sh", "-ec", mounts + '\nexec "$@"', "sh",
                    post.binary, "-C", path, RCPT, program="unshare")


@pytest.fixture
def namespace():
    done = subprocess.run(["unshare", "-m", "true"], capture_output=True)
    if os.geteuid() != 0 or done.returncode != 0:
        pytest.skip("wants root and unshare")


MOUNT = "mount -t tmpfs -o mode={mode} tmpfs {where}\n"


@pytest.mark.parametrize("mode", ["0444", "0400"])
def test_secret_of_docker(post, secure, namespace, mode):
    """/run is laid over, for there may be no /run/secrets to mount on."""
    mounts = MOUNT.format(mode="0755", where="/run") + \
        "mkdir /run/secrets\n" + \
        f"printf %s {PASSWORD} >/run/secrets/smtp\n" \
        f"chmod {mode} /run/secrets/smtp"
    quiet(in_namespace(post, secure, mounts, {"password_file": "smtp"}))
    assert sent(secure)


@pytest.mark.parametrize("mode,bound,code", [
    ("0600", True, OK), ("0644", True, OK), ("0666", True, CONFIG),
    ("0600", False, CONFIG)], ids=[
    "of the host's user", "readable", "writable", "not bound there"])
def test_secret_of_docker_compose(post, secure, namespace, mode, bound, code):
    mounts = MOUNT.format(mode="0755", where="/run") + \
        "mkdir /run/secrets /run/host\n" + \
        f"printf %s {PASSWORD} >/run/host/smtp\n" \
        f"chmod {mode} /run/host/smtp; chown {NOBODY} /run/host/smtp\n"
    mounts += ": >/run/secrets/smtp; mount --bind /run/host/smtp " \
        "/run/secrets/smtp" if bound else "mv /run/host/smtp /run/secrets"
    r = in_namespace(post, secure, mounts, {"password_file": "smtp"})
    assert r.code == code
    assert len(secure.messages) == (code == OK)


def kubernetes(where, link="..data/smtp"):
    """As kubelet fills the volume of a secret (AtomicWriter)."""
    return MOUNT.format(mode="1777", where=where) + \
        f"cd {where}\nmkdir ..2026_01_02_03_04_05.678\n" \
        f"printf %s {PASSWORD} >..2026_01_02_03_04_05.678/smtp\n" \
        "chmod 644 ..*/smtp\nln -s ..2026_01_02_03_04_05.678 ..data\n" \
        f"ln -s {link} smtp\ncd /"


def test_secret_of_kubernetes(post, secure, namespace):
    where = post.folder / "volume"
    where.mkdir()
    quiet(in_namespace(post, secure, kubernetes(where),
                       {"password_file": where / "smtp"}))
    assert sent(secure)


def test_item_of_kubernetes_in_a_folder(post, secure, namespace):
    where = post.folder / "volume"
    where.mkdir()
    quiet(in_namespace(
        post, secure, kubernetes(where) + f"\ncd {where}; rm smtp\n"
        "mkdir ..data/dir; mv ..data/smtp ..data/dir\n"
        "ln -s ..data/dir dir; cd /",
        {"password_file": where / "dir" / "smtp"}))
    assert sent(secure)


@pytest.mark.parametrize("bound", [True, False], ids=["bound", "copied"])
def test_file_of_kubernetes_by_itself(post, secure, namespace, bound):
    where = post.folder / "volume"
    where.mkdir()
    word = post.folder / "word"
    word.touch(mode=0o644)
    how = "mount --bind" if bound else "cp"
    post.watch.own(word)
    r = in_namespace(post, secure, kubernetes(where) + "\n" +
                     f"{how} {where}/smtp {word}", {"password_file": word})
    assert r.code == (OK if bound else CONFIG)
    assert len(secure.messages) == bound


NOT_QUITE = {
    "no file system of its own": ("umount {w}; mkdir {w}/..x; printf "
                                  f"%s {PASSWORD} >{{w}}/..x/smtp; "
                                  "chmod 644 {w}/..x/smtp; ln -s ..x "
                                  "{w}/..data; ln -s ..data/smtp {w}/smtp"),
    "no link": "rm {w}/smtp; cp {w}/..data/smtp {w}/smtp; "
               "chmod 644 {w}/smtp",
    "a link elsewhere": "rm {w}/smtp; ln -s ..2026_01_02_03_04_05.678/smtp "
                        "{w}/smtp",
    "another's link": f"chown -h {NOBODY} {{w}}/..data",
    "all may write": "chmod 666 {w}/..data/smtp",
}


@pytest.mark.parametrize("name", NOT_QUITE)
def test_not_quite_kubernetes(post, secure, namespace, name):
    where = post.folder / "volume"
    where.mkdir()
    post.watch.own(where / "..x/smtp")
    r = in_namespace(post, secure, kubernetes(where) + "\n" +
                     NOT_QUITE[name].format(w=where),
                     {"password_file": where / "smtp"})
    assert r.code == CONFIG
    assert "others can" in r.err or "another user's" in r.err
    assert secure.messages == []


# A variable.

def test_variable_is_hidden(post, secure):
    """From a command, from what it sees of us in /proc, and from a relay."""
    if not os.path.isdir("/proc/self"):
        pytest.skip("no /proc here")
    relay = post.folder / "relay.py"
    relay.write_text(RELAY)
    see = script(post, "see", 'env >"$1.own"; tr "\\0" "\\n" '
                 '</proc/$PPID/environ >"$1.ours"; tr "\\0" "\\n" '
                 f'</proc/$PPID/cmdline >"$1.words"; shift\n'
                 f"exec {shlex.quote(sys.executable)} {relay} \"$@\"\n")
    quiet(login(post, secure, {
        "password_env": "WORD",
        "connect_command": f"{see} {post.folder}/seen %h %p"},
        env={"WORD": PASSWORD, "STAYS": "1"}))
    assert sent(secure)
    for name in ("own", "ours", "words"):
        seen = (post.folder / f"seen.{name}").read_text()
        assert PASSWORD not in seen
        assert ("STAYS=1" in seen) == (name != "words")
        assert "WORD=" not in seen or name == "ours"


@pytest.mark.parametrize("own", [True, False],
                         ids=["the same account", "another account"])
def test_variable_is_hidden_from_passwordeval(post, secure, own):
    seen = post.folder / "seen"
    text = post.settings(secure, password=None, passwordeval=f"env >{seen}; "
                         f"tr '\\0' '\\n' </proc/$PPID/environ >>{seen}; "
                         f"echo {PASSWORD[:4]}''{PASSWORD[4:]}")
    more = "password_env WORD\n"
    text += more if own else "account other\nhost x.example\n" + more
    quiet(post.run("-C", post.config(text), RCPT, env={"WORD": "se" "cret-x",
                                                       "STAYS": "1"}))
    assert "secret-x" not in seen.read_text()
    assert "STAYS=1" in seen.read_text()


@pytest.mark.parametrize("lines", [
    "password_env WORD\neval {look}\n",
    "eval {look}\npassword_env WORD\n",
    "eval echo password_env WORD\neval {look}\n",
    "eval {look}\naccount other : default\nhost x.example\n"
    "password_env WORD\n",
], ids=["above", "below", "named by another", "another account"])
def test_variable_is_hidden_from_eval(post, secure, lines):
    seen = post.folder / "seen"
    look = f"env >{seen}; echo timeout 20"
    text = post.settings(secure, password=None)
    post.run("-C", post.config(text + lines.format(look=look)), RCPT,
             env={"WORD": PASSWORD, "STAYS": "1"}, start_new_session=True)
    assert "STAYS=1" in seen.read_text()
    assert PASSWORD not in seen.read_text()
    assert len(secure.messages) == ("other" not in lines)


def test_variable_of_the_command_line(post, secure):
    path = post.config(post.settings(secure, password=None))
    quiet(post.run("-C", path, "--password-env=WORD", RCPT,
                   env={"WORD": PASSWORD}))
    assert sent(secure)


def test_variable_is_not_set(post, secure):
    r = login(post, secure, {"password_env": "WORD"})
    assert r.code == CONFIG
    said(r, "password_env: the variable WORD is not set",
         f'check "password_env" in {post.folder}/config:')


# Netrc.

def test_netrc_that_others_can_read(post, secure):
    path = private(post.home / ".netrc", netrc(PASSWORD), 0o644)
    r = login(post, secure)
    assert r.code == CONFIG
    said(r, "~/.netrc:1 has the password: others can read ",
         f"chmod 600 {path}")
    assert secure.messages == []


def test_netrc_of_others_that_others_can_read(post, secure):
    """It is no business of ours."""
    private(post.home / ".netrc", netrc("x", "ftp.example.org"), 0o644)
    private(post.home / ".authinfo", netrc(PASSWORD))
    quiet(login(post, secure))


def test_authinfo_by_the_port(post, secure):
    private(post.home / ".authinfo", "".join(
        f"machine localhost login {USER} port {port} password {word}\n"
        for port, word in ((1, WRONG), (secure.port, PASSWORD), (2, WRONG))))
    quiet(login(post, secure))
    assert sent(secure)


# Askpass.

def test_askpass_gets_one_word(post, secure):
    ask = script(post, "ask", f'printf "%s\\n" "$@" >{post.folder}/words; '
                 f"cat >{post.folder}/input; "
                 f"env >{post.folder}/env; echo {PASSWORD}; echo more\n")
    quiet(login(post, secure, env={"SSH_ASKPASS": str(ask), "DISPLAY": ":7"},
                start_new_session=True))
    assert sent(secure)
    assert (post.folder / "words").read_text() == \
        f"password for {USER} at localhost: \n"
    assert (post.folder / "input").read_bytes() == b""
    assert MESSAGE.decode().strip() not in (post.folder / "env").read_text()


def test_askpass_given_up(post, secure):
    ask = script(post, "ask", "exit 1\n")
    r = login(post, secure, env={"POSTHORN_ASKPASS": str(ask),
                                 "SSH_ASKPASS_REQUIRE": "force"})
    assert r.code == TEMPORARY
    said(r, f"askpass: exit status 1 ({ask})")
    assert secure.messages == []


def test_nothing_is_left_in_the_log(post, secure):
    """Of each source, in what -d shows and a log keeps."""
    log = post.folder / "log"
    private(post.home / ".netrc", netrc(PASSWORD))
    r = login(post, secure, {"logfile": log})
    assert r.code == OK
    path = post.config(post.settings(secure, password=None))
    r = post.run("-d", "-C", path, RCPT)
    assert r.code == OK and PASSWORD not in r.err
    assert PASSWORD not in pathlib.Path(log).read_text()
