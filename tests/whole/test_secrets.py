"""No secret is left anywhere: not in what is written, not in /proc, not in a
core file; and the search for one finds those that are put there."""

import base64
import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading

import pytest

import leaks
from conftest import (MESSAGE, NOBODY, PASSWORD, PATIENCE, RCPT, SEARCH, USER,
                      check_output, family_of, until)
from server import Hold

OK, NOPERM = 0, 77
FORMS = leaks.forms(PASSWORD)
PROC = pathlib.Path("/proc")

needs_proc = pytest.mark.skipif(not (PROC / "self/status").exists(),
                                reason="no /proc here")


# The search itself.

@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("around", [b"", b"x" * (leaks.CHUNK - 5)],
                         ids=["alone", "between two chunks"])
def test_search_finds(tmp_path, form, around):
    search = leaks.Search(PASSWORD)
    (tmp_path / "log").write_bytes(around + FORMS[form] + b"\n")
    (tmp_path / "clean").write_bytes(around + FORMS[form][:-1] + b"\n")
    assert search.folder(tmp_path) == [tmp_path / "log"]
    assert search.found == [str(tmp_path / "log")] and search.files == 2
    assert search.shown(b"a" + FORMS[form])
    assert not search.shown(b"a" + FORMS[form][:-1])


@pytest.mark.parametrize("text", [f"\0{USER}\0", f"a\0{USER}\0", f"{USER} ",
                                  "", "x", "xy"])
@pytest.mark.parametrize("behind", ["", "\n", "\1\1"])
def test_search_finds_base64_around_it(text, behind):
    whole = base64.b64encode(f"{text}{PASSWORD}{behind}".encode())
    assert leaks.Search(PASSWORD).shown(whole)


def test_search_finds_what_a_run_has_left(post, secure):
    """But not what the test itself had put there."""
    (post.folder / "netrc").write_text(PASSWORD)
    planted = post.folder / "planted"
    r = post.submit(secure, RCPT, settings={
        "password": None, "passwordeval": f"echo {PASSWORD} | tee {planted}"})
    assert r.code == OK
    assert post.submit(secure, RCPT).code == OK     # which does not own it
    assert post.watch.leaked == [planted]
    post.watch.leaked.clear()
    SEARCH.found.remove(str(planted))
    mine = leaks.Watch(leaks.Search(PASSWORD), post.folder)
    mine.owned = {s for s in post.watch.owned if s[0] != str(planted)}
    assert mine.after() == [planted]
    with open(post.folder / "netrc", "a", encoding="ascii") as f:
        f.write("more\n")
    assert set(mine.after()) == {planted, post.folder / "netrc"}
    mine.own(post.folder / "netrc")
    assert mine.after() == [planted]
    planted.unlink()
    post.watch.own(post.folder / "netrc")


# Where the program stands still.

PHASES = {"greeting": "CONNECT", "capabilities": "EHLO", "login": "AUTH",
          "its answer": "CHALLENGE", "logged in": "MAIL",
          "message": "DATA", "dot": "DOT"}


def readable(web, server, **words):
    """A configuration and a trust file, for the user called nobody."""
    ca = web.folder / "ca.pem"
    ca.write_bytes((server.certs / "ca.pem").read_bytes())
    ca.chmod(0o644)
    config = web.config(web.post.settings(server, tls_trust_file=ca, **words),
                        mode=0o600)
    os.chown(config, NOBODY, -1)
    return web.post.watch.own(config)


class Halt:
    """The program as nobody, in front of a server that does not go on."""

    def __init__(self, web, server, phase, *flags, mechanism=None, **words):
        self.event = threading.Event()
        self.post, self.server = web.post, server
        reached = threading.Event()

        class Stop(Hold):
            def act(self, session):
                session.server.poke(reached)
                return super().act(session)

        server.on(PHASES[phase], Stop(self.event))
        config = readable(web, server, **words)
        self.p = web.start(*flags, RCPT, env={"POSTHORN_CONFIG": str(config)})
        self.p.stdin.write(MESSAGE)
        self.p.stdin.close()
        self.p.stdin = None
        assert server.wait(reached.is_set), phase

    def go_on(self):
        self.server.poke(self.event)
        return self.post.finish(self.p)


def locked(pid):
    for line in (PROC / f"{pid}/status").read_text().splitlines():
        if line.startswith("VmLck:"):
            return int(line.split()[1])
    return None


def core_limit(pid):
    return next(line.split()[4] for line in (PROC / f"{pid}/limits")
                .read_text().splitlines()
                if line.startswith("Max core file size"))


READER = """
import ctypes, sys
pid = int(sys.argv[1])
for name in "mem", "environ", "maps", "auxv":
    try:
        open(f"/proc/{pid}/{name}", "rb").close()
        sys.exit(f"{name} can be read")
    except PermissionError:
        pass
ATTACH = 16
if ctypes.CDLL(None, use_errno=True).ptrace(ATTACH, pid, 0, 0) == 0:
    sys.exit("it can be traced")
"""


def read_by_its_user(pid):
    """What another process of the same user can see of it."""
    return subprocess.run([sys.executable, "-c", READER, str(pid)],
                          user=NOBODY, group=NOBODY, extra_groups=[],
                          capture_output=True, text=True, timeout=PATIENCE)


@needs_proc
@pytest.mark.parametrize("phase", PHASES)
def test_process_shows_no_secret(web, serve, sanitized, phase):
    """Nor can anybody but root look into it, or get a core file of it."""
    server = serve(tls="implicit", auth=["LOGIN" if phase == "its answer"
                                         else "PLAIN"])
    log = web.own / "log"
    halt = Halt(web, server, phase, "-v", "-d", logfile=log)
    pid = halt.p.pid
    for name in "cmdline", "environ", "status", "limits", "maps":
        check_output((PROC / f"{pid}/{name}").read_bytes())
    if not sanitized:               # there, nothing is ever locked
        assert locked(pid) > 0
    assert core_limit(pid) == "0"
    r = read_by_its_user(pid)
    assert (r.returncode, r.stderr) == (0, "")
    assert halt.go_on().code == OK
    check_output(log.read_text())


@needs_proc
def test_reader_can_fail(web):
    """The same of a process that has no secret."""
    p = subprocess.Popen(["cat"], user=NOBODY, group=NOBODY, extra_groups=[],
                         stdin=subprocess.PIPE)
    try:
        until(lambda: (PROC / f"{p.pid}/comm").read_text() == "cat\n", "cat")
        assert read_by_its_user(p.pid).stderr == "mem can be read\n"
    finally:
        p.kill()
        p.communicate()


@needs_proc
def test_helper_shows_no_secret(web, serve, sanitized):
    """A helper runs as it would without us: it may even leave a core file, for
    it knows nothing of ours."""
    server = serve(tls="implicit", auth=["PLAIN"])
    word = web.own / "word"
    os.mkfifo(word)
    os.chown(word, NOBODY, -1)
    config = readable(web, server, password=None, passwordeval=f"cat {word}")
    p = web.start(RCPT, env={"POSTHORN_CONFIG": str(config)},
                  preexec_fn=allow_core)
    p.stdin.write(MESSAGE)
    p.stdin.close()
    p.stdin = None
    helpers = until(lambda: [h for h in family_of(p.pid)[1:]
                             if b"cat" in (PROC / f"{h}/cmdline")
                             .read_bytes()], "the helper")
    for pid in helpers:
        for name in "cmdline", "environ":
            check_output((PROC / f"{pid}/{name}").read_bytes())
        if not sanitized:           # which allow none from the start
            assert core_limit(pid) == "unlimited"
    assert core_limit(p.pid) == "0"
    word.write_text(PASSWORD + "\n")
    assert web.post.finish(p).code == OK


# Core files.

def allow_core():
    """Also where a shell has us in the background: it ignores SIGQUIT then."""
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)


def end_by(p, sig):
    """Returns whether it has left a core file, or made one for a pipe."""
    os.kill(p.pid, sig)
    _, status = until(lambda: (done := os.waitpid(p.pid, os.WNOHANG))[0]
                      and done, f"the end by {sig.name}")
    p.returncode = -os.WTERMSIG(status)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == sig
    return os.WCOREDUMP(status)


@pytest.mark.parametrize("phase", ["login", "logged in", "dot"])
@pytest.mark.parametrize("sig", [signal.SIGSEGV, signal.SIGABRT,
                                 signal.SIGQUIT], ids=lambda s: s.name)
def test_no_core_file(post, serve, sanitized, sig, phase):
    if sanitized:
        pytest.skip("sanitizers catch these signals")
    pattern = (PROC / "sys/kernel/core_pattern").read_text().strip() \
        if PROC.is_dir() else "unknown"
    cat = subprocess.Popen(["cat"], cwd=post.folder, stdin=subprocess.PIPE,
                           preexec_fn=allow_core)
    dumps = end_by(cat, sig)
    cat.stdin.close()
    if not dumps:
        pytest.skip(f"no core files on this machine (to {pattern})")
    for core in post.folder.glob("*core*"):
        core.unlink()
    server = serve(tls="implicit", auth=["PLAIN"])
    event, reached = threading.Event(), threading.Event()

    class Stop(Hold):
        def act(self, session):
            session.server.poke(reached)
            return super().act(session)

    server.on(PHASES[phase], Stop(event))
    p = post.start("-C", post.config(post.settings(server)), RCPT,
                   preexec_fn=allow_core)
    p.stdin.write(MESSAGE)
    p.stdin.close()
    assert server.wait(reached.is_set)
    assert not end_by(p, sig)
    server.poke(event)
    assert list(post.folder.glob("*core*")) == []


# A server that says it in its own way.

@pytest.mark.parametrize("stage", ["AUTH", "MAIL", "RCPT", "DOT"])
@pytest.mark.parametrize("form", ["plain", "base64, 0 before it", "hex",
                                  "HEX"])
def test_echo_is_hidden(post, serve, form, stage):
    """From standard error, -X, and the log; teardown searches the files."""
    server = serve(tls="implicit", auth=["PLAIN"])
    server.on(stage, f"535 5.7.8 no, {FORMS[form].decode()} is not right")
    (post.folder / "x").touch(0o600)
    r = post.submit(server, "-v", "-d", "-X", post.folder / "x", RCPT,
                    settings={"logfile": post.folder / "log"})
    assert r.code != OK and "is not right" in r.err
    assert "is not right" in (post.folder / "log").read_text()
    assert "is not right" in (post.folder / "x").read_text()


# All that was run: conftest.py puts this last.

def test_nothing_was_found(request):
    tap = request.config.pluginmanager.get_plugin("tap")
    text = f"searched for secrets: {SEARCH.files} files and " \
        f"{SEARCH.texts} outputs, {SEARCH.octets} octets; " \
        f"found {len(SEARCH.found)}"
    if tap is not None:
        tap.say(f"# {text}")
    print(text)
    assert SEARCH.found == []
