"""Trust on first use: keys of servers, known_hosts, questions, --trust."""

import base64
import hashlib
import os
import select
import shutil
import signal
import ssl
import stat
import subprocess
import threading
import time

import pytest

from conftest import (MESSAGE, NO_ENTRY, PATIENCE, RCPT, check_output, quiet,
                      said)
from server import HangUp, openssl

OK, USAGE, NOT_MADE, NOT_WRITTEN, TEMPORARY = 0, 64, 73, 74, 75
PROTOCOL, CONFIG = 76, 78
LINKS = ["starttls", "implicit"]
OTHER = "pin-sha256:" + base64.b64encode(bytes(32)).decode()


def pin_of(certs, name):
    key = subprocess.run(
        ["openssl", "pkey", "-in", f"{name}.key", "-pubout", "-outform",
         "der"], cwd=certs, capture_output=True, check=True).stdout
    return "pin-sha256:" + base64.b64encode(
        hashlib.sha256(key).digest()).decode()


@pytest.fixture(scope="session")
def pin(certs):
    return pin_of(certs, "server")


@pytest.fixture(params=LINKS)
def server(serve, request):
    return serve(tls=request.param)


@pytest.fixture
def implicit(serve):
    return serve(tls="implicit")


def known(post):
    return post.home / ".local/state/posthorn/known_hosts"


def lines(post):
    """The entries, as lists of words."""
    if not known(post).exists():
        return []
    return [line.split() for line in known(post).read_text().splitlines()
            if line and not line.startswith(("#", "version"))]


def write(post, text, mode=0o600):
    known(post).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    known(post).write_text(text)
    known(post).chmod(mode)


def entry(server, key, day="2026-01-02", name="localhost"):
    return f"{name}:{server.port} {key} {day}\n"


def account(post, server, **more):
    return post.config(post.settings(server, **{
        "tls_trust_file": None, "tls_trust": "tofu", **more}))


def submit(post, server, *args, **more):
    """Without a terminal."""
    return post.run("-C", account(post, server, **more), *args, RCPT,
                    start_new_session=True)


def untouched(server):
    """Nobody was named, and nothing was sent."""
    assert server.messages == []
    assert not any(c.startswith(("MAIL", "RCPT", "AUTH"))
                   for c in server.commands)


class Terminal:
    """The program with a terminal of its own, and a message for standard
    input, or another file."""

    def __init__(self, post, *args, stdin=None, env=None, program=None):
        pty = pytest.importorskip("pty")
        (post.folder / "message").write_bytes(MESSAGE)
        words = [program or post.binary, *map(str, args)]
        stdin = stdin or post.folder / "message"
        self.shown, self.status = "", None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.dup2(os.open(stdin, os.O_RDONLY), 0)
                os.execve(words[0], words, post.environment(env))
            finally:
                os._exit(127)

    def read(self):
        """Returns whether there was something to read."""
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        assert ready, f"silence after {self.shown!r}"
        try:
            data = os.read(self.fd, 4096)
        except OSError:                 # Linux says so when it is closed
            data = b""
        self.shown += data.decode()
        return bool(data)

    def expect(self, words, times=1):
        while self.shown.count(words) < times:
            assert self.read(), f"the end, after {self.shown!r}"

    def type(self, text):
        os.write(self.fd, text.encode())

    def answer(self, *texts):
        """At the question, and at each repetition."""
        for i, text in enumerate(texts):
            self.expect("? ", i + 1)
            self.type(text)

    def end(self):
        """The exit code."""
        while self.read():
            pass
        return self.over()

    def over(self):
        if self.status is None:
            self.status = os.waitpid(self.pid, 0)[1]
            os.close(self.fd)
        check_output(self.shown)
        return os.waitstatus_to_exitcode(self.status)


@pytest.fixture
def terminal(post):
    running = []

    def start(*args, **more):
        running.append(Terminal(post, *args, **more))
        return running[-1]

    yield start
    for t in running:
        if t.status is None:
            os.kill(t.pid, signal.SIGKILL)
            os.waitpid(t.pid, 0)
            os.close(t.fd)


# The first contact, where somebody can answer.

def test_yes(post, terminal, server, pin):
    config = account(post, server)
    t = terminal("-C", config, RCPT)
    t.answer("yes\n")
    assert t.end() == OK, t.shown
    assert len(server.messages) == 1
    assert lines(post) == [[f"localhost:{server.port}", pin,
                            time.strftime("%Y-%m-%d", time.gmtime())]]
    assert stat.S_IMODE(known(post).stat().st_mode) == 0o600
    assert stat.S_IMODE(known(post).parent.stat().st_mode) == 0o700
    quiet(post.run("-C", config, RCPT, start_new_session=True))
    assert len(server.messages) == 2


def test_older_tls(post, terminal, serve, pin):
    """A certificate is shown in the clear, and who shows it has to prove that
    it has the key."""
    server = serve(tls="implicit", tls_max=ssl.TLSVersion.TLSv1_2)
    t = terminal("-C", account(post, server), RCPT)
    t.answer("yes\n")
    assert t.end() == OK, t.shown
    assert lines(post)[0][1] == pin
    assert server.sessions[-1].tls == "TLSv1.2"


def test_what_is_shown(post, terminal, implicit, pin):
    t = terminal("-C", account(post, implicit), RCPT)
    t.answer("no\n")
    t.end()
    for words in (f"localhost:{implicit.port} (", "127.0.0.1", pin,
                  "EC/ECDSA, 256 bits", "sha256:", "for          localhost",
                  "CN=posthorn test server", "CN=posthorn throw-away CA",
                  time.strftime("%Y-", time.gmtime()), " UTC to "):
        assert words in t.shown
    assert "EXPIRED" not in t.shown


NO = {
    "no": (["no\n"], PROTOCOL, "was not trusted"),
    "no, in capitals": (["  NO \n"], PROTOCOL, "was not trusted"),
    "at last": (["\n", "y\n", "n\n", "what\n", "no\n"], PROTOCOL,
                "was not trusted"),
    "never an answer": (["y\n"] * 5, PROTOCOL, "nobody has said yes"),
    "a longer one": (["yes" + "s" * 1000 + "\n"] + ["no\n"], PROTOCOL,
                     "was not trusted"),
    "another key": ([OTHER + "\n", "no\n"], PROTOCOL,
                    "NOT what the server has shown"),
    "the end": (["\x04"], PROTOCOL, "nobody has said yes"),
    "an interrupt": (["\x03"], TEMPORARY, "interrupted"),
}


@pytest.mark.parametrize("how", NO)
def test_no(post, terminal, server, how):
    answers, code, words = NO[how]
    t = terminal("-C", account(post, server), RCPT)
    t.answer(*answers)
    assert t.end() == code, t.shown
    assert words in t.shown and "nothing was sent" in t.shown
    assert t.shown.count("? ") == len(answers)
    untouched(server)
    assert not known(post).exists()


def test_hang_up(post, terminal, implicit):
    """The terminal goes away."""
    t = terminal("-C", account(post, implicit), RCPT)
    t.expect("? ")
    os.close(t.fd)
    t.status = os.waitpid(t.pid, 0)[1]
    t.fd = os.open("/dev/null", os.O_RDONLY)
    assert os.waitstatus_to_exitcode(t.status) in (TEMPORARY, PROTOCOL)
    untouched(implicit)
    assert not known(post).exists()


def test_key_is_typed(post, terminal, implicit, pin):
    t = terminal("-C", account(post, implicit), RCPT)
    t.answer(pin.swapcase() + "\n", pin + "\n")
    assert t.end() == OK, t.shown
    assert len(implicit.messages) == 1 and lines(post)[0][1] == pin


def test_yes_after_all(post, terminal, implicit):
    t = terminal("-C", account(post, implicit), RCPT)
    t.answer("perhaps\n", "Yes\n")
    assert t.end() == OK, t.shown


def test_typed_ahead(post, terminal, implicit):
    """What was typed before the question is no answer to it."""
    go = hold(implicit)
    t = terminal("-C", account(post, implicit, tls_starttls="off"), RCPT)
    t.type("yes\n")
    assert implicit.wait(lambda: len(implicit.sessions) == 1)
    t.expect("yes")                     # its echo
    go()
    t.answer("no\n")
    assert t.end() == PROTOCOL
    untouched(implicit)


def hold(server):
    """No handshake begins before what is returned is called."""
    event = threading.Event()
    old = server.context

    def context():
        assert event.wait(PATIENCE)
        return old()

    server.context = context
    return event.set


def test_nobody_waits(post, terminal, server):
    """The connection is over while a person thinks."""
    t = terminal("-C", account(post, server), RCPT)
    t.expect("? ")
    assert server.wait_closed()
    t.answer("yes\n")
    assert t.end() == OK, t.shown
    assert len(server.sessions) == 2 and len(server.messages) == 1


def test_time_to_think(post, terminal, implicit, pin):
    """What a person takes is none of total_timeout's."""
    t = terminal("-C", account(post, implicit, total_timeout=1), RCPT)
    t.expect("? ")
    time.sleep(1.2)             # the time itself is what this is about
    t.type("yes\n")
    assert t.end() == OK, t.shown
    assert len(implicit.messages) == 1


def test_server_has_gone(post, terminal, implicit, pin):
    """What was said stays said."""
    t = terminal("-C", account(post, implicit), RCPT)
    t.expect("? ")
    implicit.stop()
    t.answer("yes\n")
    assert t.end() == TEMPORARY, t.shown
    assert lines(post)[0][1] == pin


def test_message_from_the_terminal(post, terminal, implicit):
    """It is read first, and the question comes then."""
    t = terminal("-C", account(post, implicit), RCPT, stdin="/dev/tty")
    t.type("Subject: hi\n\nhello\n\x04")
    t.answer("yes\n")
    assert t.end() == OK, t.shown
    assert b"hello" in implicit.messages[0].text


BAD = ["wrong-name", "expired", "unknown-ca", "self-signed"]


@pytest.mark.parametrize("cert", BAD)
def test_certificate_is_no_matter(post, terminal, serve, certs, cert):
    server = serve(tls="implicit", cert=cert)
    config = account(post, server)
    t = terminal("-C", config, RCPT)
    t.answer("yes\n")
    assert t.end() == OK, t.shown
    assert ("(EXPIRED)" in t.shown) == (cert == "expired")
    assert ("issuer       itself" in t.shown) == (cert == "self-signed")
    assert lines(post)[0][1] == pin_of(certs, cert)
    quiet(post.run("-C", config, RCPT))


# Where nobody can.

def test_no_terminal(post, server, pin):
    r = submit(post, server)
    assert r.code == PROTOCOL
    said(r, "its key is not known yet", pin, "nothing was sent",
         f"run: posthorn -C {post.folder}/", " --trust default")
    untouched(server)
    assert not (post.home / ".local").exists()


def test_in_the_background(post, terminal, implicit):
    """A job that is not in the foreground asks nothing."""
    script = post.folder / "script"
    script.write_text(f"set -m\n{post.binary} -C {account(post, implicit)} "
                      f"{RCPT} < {post.folder}/message &\nwait $!\n"
                      "echo code $?\n")
    t = terminal(script, program="/bin/sh")
    t.expect("code ")
    t.end()
    assert f"code {PROTOCOL}" in t.shown and "? " not in t.shown
    untouched(implicit)


# Known keys.

def test_known(post, server, pin):
    write(post, "# my servers\n\n" + entry(server, pin) + "\n")
    r = submit(post, server, "-v")
    assert r.code == OK
    assert f"known key {pin} since 2026-01-02" in r.err
    assert "certificate of localhost known by its key" in r.err


def test_one_of_several(post, implicit, pin):
    write(post, entry(implicit, OTHER) + entry(implicit, pin))
    quiet(submit(post, implicit))


def test_in_capitals(post, implicit, pin):
    write(post, entry(implicit, pin, name="LOCALHOST"))
    quiet(submit(post, implicit))


def test_of_the_name_that_is_said(post, implicit, pin):
    write(post, entry(implicit, pin, name="nas.example"))
    quiet(submit(post, implicit, tls_host_override="nas.example"))
    r = submit(post, implicit)
    assert r.code == PROTOCOL
    said(r, "not known yet")


def test_of_another_port(post, implicit, pin):
    write(post, f"localhost:{implicit.port + 1} {pin} 2026-01-02\n")
    assert submit(post, implicit).code == PROTOCOL


def test_by_a_socket(post, serve, pin):
    server = serve(tls="implicit", path=post.folder / "socket")
    more = {"socket": post.folder / "socket", "port": 465,
            "tls_starttls": "off"}
    r = submit(post, server, **more)
    assert r.code == PROTOCOL
    write(post, f"localhost:465 {pin} 2026-01-02\n")
    quiet(submit(post, server, **more))


def test_by_a_command(post, implicit, pin):
    if shutil.which("nc") is None:
        pytest.skip("nc is not installed")
    write(post, f"nas.example:465 {pin} 2026-01-02\n")
    quiet(submit(post, implicit, host="nas.example", port=465,
                 connect_command=f"nc 127.0.0.1 {implicit.port}"))


def test_renewed(post, serve, certs, pin):
    """Another certificate, the same key."""
    if not (certs / "renewed.pem").exists():
        shutil.copy(certs / "server.key", certs / "renewed.key")
        openssl(certs, "req", "-x509", "-new", "-key", "renewed.key", "-out",
                "renewed.pem", "-days", "30", "-subj", "/CN=another name")
    server = serve(tls="implicit")
    write(post, entry(server, pin))
    quiet(submit(post, server))
    server.cert = "renewed"
    quiet(submit(post, server))


@pytest.mark.parametrize("where", ["terminal", "no terminal"])
def test_changed(post, terminal, server, certs, pin, where):
    """An alarm, and no question."""
    write(post, entry(server, pin) + entry(server, OTHER, "2026-03-04"))
    server.cert = "wrong-name"
    if where == "terminal":
        t = terminal("-C", account(post, server), RCPT)
        code, text = t.end(), t.shown
        assert "? " not in text
    else:
        r = submit(post, server)
        said(r)
        code, text = r.code, r.err
    assert code == PROTOCOL
    for words in ("HAS CHANGED", pin, "since 2026-01-02", OTHER,
                  "since 2026-03-04", pin_of(certs, "wrong-name"),
                  "nothing was sent", " --trust default"):
        assert words in text
    untouched(server)
    assert len(lines(post)) == 2


def test_alarm_is_the_end(post, serve, pin):
    """No other host gets the message, whatever came before."""
    first = serve(tls="implicit", cert="wrong-name")
    second = serve(tls="implicit", address="127.0.0.2", port=first.port)
    write(post, entry(first, pin, name="127.0.0.1") +
          entry(first, pin, name="127.0.0.2"))
    r = submit(post, first, host="127.0.0.1 127.0.0.2")
    assert r.code == PROTOCOL
    untouched(first)
    assert second.sessions == []
    r = submit(post, first, host="127.0.0.3 127.0.0.1 127.0.0.2")
    assert r.code == PROTOCOL           # 127.0.0.3 may be back later
    assert second.sessions == []


# Sessions are resumed as long as the key is known.

def resumed(server):
    return [s.resumed for s in server.sessions]


def test_resumed(post, server, pin):
    write(post, entry(server, pin))
    for _ in range(3):
        quiet(submit(post, server))
    assert resumed(server) == [False, True, True]


def test_not_when_it_is_taken_away(post, implicit, pin):
    write(post, entry(implicit, pin) + entry(implicit, OTHER))
    quiet(submit(post, implicit))
    write(post, entry(implicit, OTHER))
    assert submit(post, implicit).code == PROTOCOL
    write(post, "")
    assert submit(post, implicit).code == PROTOCOL
    write(post, entry(implicit, pin))
    quiet(submit(post, implicit))
    assert resumed(implicit)[-1] is False


def test_not_across_kinds_of_trust(post, implicit, certs, pin):
    write(post, entry(implicit, pin))
    quiet(submit(post, implicit))
    quiet(submit(post, implicit, tls_trust=None,
                 tls_trust_file=certs / "ca.pem"))
    quiet(submit(post, implicit))
    assert resumed(implicit) == [False] * 3


# A file that cannot be trusted.

SPOILT = {
    "damaged": ("localhost\n", "known_hosts:2: \"localhost\" is no "
                "HOST:PORT"),
    "newer": ("version 2\n", "known_hosts:2: a newer posthorn"),
    "a key cut off": ("x:1 pin-sha256:AAA", "known_hosts:2: \"pin-sha256"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_spoilt(post, terminal, server, pin, what):
    """The line may be the one that would have given an alarm."""
    text, words = SPOILT[what]
    write(post, entry(server, pin) + text)
    r = submit(post, server)
    assert r.code == CONFIG
    said(r, words, "no key in it is trusted")
    t = terminal("-C", account(post, server), RCPT)
    assert t.end() == CONFIG and "? " not in t.shown
    untouched(server)


def test_others_may_write_to_it(post, implicit, pin):
    write(post, entry(implicit, pin), 0o620)
    r = submit(post, implicit)
    assert r.code == CONFIG
    said(r, str(known(post)), "not ours alone")
    known(post).chmod(0o600)
    known(post).parent.chmod(0o770)
    r = submit(post, implicit)
    assert r.code == CONFIG
    said(r, str(known(post)), "its folder is not ours alone")
    untouched(implicit)


def test_of_somebody_else(post, implicit, pin):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    write(post, entry(implicit, pin))
    os.chown(known(post), NO_ENTRY, -1)
    assert submit(post, implicit).code == CONFIG
    untouched(implicit)


# A key that cannot be kept.

def unwritten(post, t, server, code):
    t.answer("yes\n")
    assert t.end() == code, t.shown
    assert "tls_fingerprint pin-sha256:" in t.shown
    untouched(server)
    assert lines(post) == []


def test_folder_in_the_way(post, terminal, implicit):
    (post.home / ".local").write_text("in the way")
    r = submit(post, implicit)
    assert r.code == CONFIG             # what is known cannot be said


def test_no_folder_to_write_to(post, terminal, implicit):
    t = terminal("-C", account(post, implicit), RCPT,
                 env={"XDG_STATE_HOME": "/proc/none"})
    unwritten(post, t, implicit, NOT_MADE)


def test_disk_is_full(post, terminal, implicit):
    """/dev/full is no folder, so a limit on the size of files has to do."""
    config = account(post, implicit)
    script = post.folder / "script"
    script.write_text("ulimit -f 0\n"
                      f"exec {post.binary} -C {config} {RCPT}\n")
    t = terminal(script, program="/bin/sh")
    unwritten(post, t, implicit, NOT_WRITTEN)
    assert [p.name for p in known(post).parent.iterdir()] == [
        "known_hosts.lock"]


# What does not go together.

CLASHES = {
    "tls off": ({"tls": "off"}, "with \"tls off\" there is no certificate"),
    "tls_certcheck off": ({"tls_certcheck": "off"}, "anybody would be"),
    "a fingerprint": ({"tls_fingerprint": OTHER}, "exclude each other"),
}


@pytest.mark.parametrize("what", CLASHES)
def test_clash(post, implicit, what):
    settings, words = CLASHES[what]
    r = submit(post, implicit, **settings)
    assert r.code == CONFIG
    said(r, words)


def test_trust_file_is_not_looked_at(post, implicit, pin):
    write(post, entry(implicit, pin))
    quiet(submit(post, implicit, tls_trust_file="/nowhere/ca.pem"))


# --trust

def test_trust(post, terminal, server, pin):
    config = account(post, server)
    t = terminal("-C", config, "--trust", "default")
    t.answer("yes\n")
    assert t.end() == OK, t.shown
    assert f"{pin} is trusted from now on" in t.shown
    assert "tls_trust" not in t.shown
    untouched(server)
    assert lines(post)[0][:2] == [f"localhost:{server.port}", pin]
    quiet(post.run("-C", config, RCPT))
    r = post.run("-C", config, "--trust")
    assert (r.code, r.err) == (OK, "")
    assert f"{pin} is known since" in r.out


@pytest.mark.parametrize("answer, code", [
    ("no\n", PROTOCOL), ("\x04", PROTOCOL), ("\x03", TEMPORARY)])
def test_trust_no(post, terminal, server, answer, code):
    t = terminal("-C", account(post, server), "--trust")
    t.answer(answer)
    assert t.end() == code, t.shown
    assert "nothing is kept" in t.shown
    untouched(server)
    assert lines(post) == []


def test_trust_without_a_terminal(post, implicit, pin):
    r = post.run("-C", account(post, implicit), "--trust",
                 start_new_session=True)
    assert r.code == PROTOCOL
    said(r, f"run: posthorn -C {post.folder}/", f" --trust default {pin}")
    assert lines(post) == []


def test_trust_a_key(post, implicit, pin):
    config = account(post, implicit)
    r = post.run("-C", config, "--trust", "default", pin,
                 start_new_session=True)
    assert (r.code, r.err) == (OK, "")
    quiet(post.run("-C", config, RCPT))


def test_trust_another_key(post, implicit, pin):
    write(post, entry(implicit, OTHER))
    r = post.run("-C", account(post, implicit), "--trust", OTHER)
    assert r.code == PROTOCOL
    said(r, pin, "that was not given", "nothing is kept")
    assert lines(post)[0][1] == OTHER


def test_trust_several_keys(post, implicit, pin):
    """Those that are given stay, others go."""
    third = OTHER.replace("AAAA", "BBBB", 1)
    write(post, entry(implicit, OTHER) + entry(implicit, third))
    r = post.run("-C", account(post, implicit), "--trust", pin, OTHER)
    assert r.code == OK
    assert [e[1] for e in lines(post)] == [OTHER, pin]


@pytest.mark.parametrize("answer, stay", [
    ("yes\n", False), ("add\n", True), ("no\n", None)])
def test_trust_a_changed_key(post, terminal, implicit, pin, answer, stay):
    write(post, "# mine\n" + entry(implicit, OTHER) + "x:1 " + OTHER +
          " 2026-01-01 stays\n")
    config = account(post, implicit)
    t = terminal("-C", config, "--trust")
    t.answer(answer)
    assert t.end() == (PROTOCOL if stay is None else OK), t.shown
    assert "NOT THE KEY" in t.shown and "since 2026-01-02" in t.shown
    place = f"localhost:{implicit.port}"
    keys = [e[1] for e in lines(post) if e[0] == place]
    assert keys == {True: [OTHER, pin], False: [pin], None: [OTHER]}[stay]
    assert "x:1 " + OTHER + " 2026-01-01 stays\n" in known(post).read_text()
    assert known(post).read_text().startswith("# mine\n")


@pytest.mark.parametrize("settings, words", [
    ({"tls_trust": None}, "write \"tls_trust tofu\" in "),
    ({"tls_trust": None, "tls_certcheck": "off"},
     "in the place of \"tls_certcheck off\" in "),
    ({"tls_trust": None, "tls_fingerprint": OTHER},
     "in the place of tls_fingerprint in ")])
def test_trust_says_what_to_write(post, implicit, pin, settings, words):
    r = post.run("-C", account(post, implicit, **settings), "--trust", pin)
    assert r.code == OK
    assert words in r.out


def test_trust_every_server(post, serve, certs):
    first = serve(tls="implicit")
    serve(tls="implicit", address="127.0.0.2", port=first.port,
          cert="self-signed")
    keys = [pin_of(certs, c) for c in ("server", "self-signed")]
    config = account(post, first, host="127.0.0.1 127.0.0.3 127.0.0.2")
    r = post.run("-C", config, "--trust", *keys)
    assert r.code == TEMPORARY          # nobody is at 127.0.0.3
    said(r, "127.0.0.3")
    assert [e[:2] for e in lines(post)] == [
        [f"127.0.0.{n}:{first.port}", key] for n, key in zip((1, 2), keys)]


@pytest.mark.parametrize("before", [False, True])
def test_trust_every_server_of_a_name(post, terminal, serve, certs, before):
    """What was agreed to a moment ago is not what it takes the place of."""
    first = serve(tls="implicit")
    second = serve(tls="implicit", address="127.0.0.2", port=first.port,
                   cert="self-signed")
    keys = [pin_of(certs, c) for c in ("server", "self-signed")]
    if before:
        write(post, entry(first, OTHER))
    config = account(post, first, host="127.0.0.1 127.0.0.2",
                     tls_host_override="localhost")
    t = terminal("-C", config, "--trust")
    t.answer("yes\n", "yes\n")
    assert t.end() == OK, t.shown
    assert t.shown.count("NOT THE KEY") == before
    assert t.shown.count("Trust this key too") == 1
    assert [e[:2] for e in lines(post)] == [
        [f"localhost:{first.port}", key] for key in keys]
    quiet(post.run("-C", config, RCPT, start_new_session=True))
    first.stop()
    quiet(post.run("-C", config, RCPT, start_new_session=True))
    assert len(first.messages) == len(second.messages) == 1


@pytest.mark.parametrize("tls", LINKS)
def test_trust_postfix(post, postfix, pin, tls):
    config = post.config(postfix.settings(tls, tls_trust_file=None,
                                          tls_trust="tofu"))
    assert post.run("-C", config, "bob@example.org",
                    start_new_session=True).code == PROTOCOL
    assert post.run("-C", config, "--trust", pin).code == OK
    quiet(post.run("-C", config, "bob@example.org"))
    assert b"hello" in postfix.mail("bob")[0]


def test_trust_does_not_log_in(post, secure, pin):
    """A server that wants that gets nothing but a good-bye."""
    r = post.run("-C", account(post, secure), "--trust", pin)
    assert r.code == OK
    assert [c.split()[0] for c in secure.commands] == ["EHLO", "QUIT"]


@pytest.mark.parametrize("act", [HangUp(), "421 4.3.2 busy\r\n"])
def test_trust_a_rude_server(post, implicit, pin, act):
    """A certificate was shown, and that is all that counts."""
    implicit.on("CONNECT", act)
    r = post.run("-C", account(post, implicit), "--trust", pin)
    assert r.code == OK
    assert lines(post)[0][1] == pin


@pytest.mark.parametrize("args, code, words", [
    (["a", "b"], USAGE, "want one account"),
    (["-a", "default", "default"], USAGE, "want one account"),
    (["nobody"], CONFIG, "nobody"),
    (["pin-sha256:AAAA"], USAGE, "is no key"),
    (["--tls=off", "--tls-trust=ca"], CONFIG, "tls off"),
    (["--socket=/none", "--host="], USAGE, "no name to check")])
def test_trust_usage(post, implicit, args, code, words):
    r = post.run("-C", account(post, implicit), "--trust", *args)
    assert r.code == code
    said(r, words)
    assert implicit.sessions == []


def test_trust_not_by_the_name_of_sendmail(post, implicit, pin):
    """What PHP hands on may be a stranger's."""
    r = post.run("-C", account(post, implicit), "--trust", pin,
                 program=post.link("sendmail"))
    assert r.code == USAGE
    said(r, "not by the name of sendmail")
    assert lines(post) == []


def test_all_at_once(post, serve, certs, pin):
    """A hundred of them, each with a place of its own: no line is lost."""
    server = serve(tls="implicit")
    config = account(post, server)
    started = [post.start("-C", config, "--trust", pin,
                          f"--tls-host-override=h{i}.example")
               for i in range(100)]
    for p in started:
        assert post.finish(p).code == OK
    assert sorted(e[0] for e in lines(post)) == sorted(
        f"h{i}.example:{server.port}" for i in range(100))


def test_two_are_asked_at_once(post, terminal, implicit, pin):
    config = account(post, implicit)
    both = [terminal("-C", config, RCPT) for _ in range(2)]
    for t in both:
        t.expect("? ")
    for t in both:
        t.type("yes\n")
    for t in both:
        assert t.end() == OK, t.shown
    assert [e[1] for e in lines(post)] == [pin]
    assert len(implicit.messages) == 2
