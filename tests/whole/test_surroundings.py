"""Surroundings in which little is as it should be.

No descriptors, homes, names, memory: the exit code tells the truth, standard
error says so in lines of "posthorn: ...", and the server gets the whole
message or none.
"""

import os
import pathlib
import pty
import resource
import signal
import socket
import subprocess
import sys

import pytest

from conftest import (LARGE, MESSAGE, NOBODY, NO_ENTRY, PATIENCE, RCPT,
                      one_message, quiet, said)
from server import HangUp

OK, USAGE, DATA, NOINPUT, NOUSER, UNAVAILABLE = 0, 64, 65, 66, 67, 69
TEMPORARY, NOPERM, CONFIG = 75, 77, 78
LONG = "x" * 100000


# Descriptors that are not there.

@pytest.mark.parametrize("closed", ["0", "1", "2", "01", "02", "12", "012"])
@pytest.mark.parametrize("refused", [False, True], ids=["sent", "refused"])
@pytest.mark.parametrize("message", [MESSAGE, LARGE], ids=["small", "large"])
def test_closed_descriptors(post, plain, closed, refused, message):
    """No file of ours may come to stand where one of the three was."""
    if refused:
        plain.on("RCPT", "550 5.1.1 no such user")
    log = post.folder / "log"
    path = post.config(post.settings(plain, logfile=log))
    shut = " ".join(f"{n}{'<' if n == '0' else '>'}&-" for n in closed)
    r = post.run("-c", f'exec "$@" {shut}', "sh", post.binary, "-C", path,
                 "-i", RCPT, program="/bin/sh", stdin=message)
    code = NOINPUT if "0" in closed else NOUSER if refused else OK
    assert (r.code, r.out) == (code, "")
    if code == OK or "2" in closed:
        assert r.err == ""
    else:
        said(r, "cannot read" if code == NOINPUT else "550 5.1.1")
    if code == OK:
        assert one_message(plain).body == \
            message.partition(b"\n\n")[2].replace(b"\n", b"\r\n")
    else:
        assert plain.messages == []
    assert "posthorn:" not in "".join(plain.commands)
    if code != NOINPUT:
        line, = log.read_text().splitlines()
        assert f"exitcode={'EX_OK' if code == OK else 'EX_NOUSER'}" in line


@pytest.mark.parametrize("flags, refused, code", [
    ([], True, NOUSER), (["-v"], False, OK), (["-d"], False, OK)],
    ids=["refused", "-v", "-d"])
def test_nobody_reads_standard_error(post, plain, config, flags, refused,
                                     code):
    """What is said into a broken pipe ends nothing."""
    if refused:
        plain.on("RCPT", "550 5.1.1 no such user")
    read, write = os.pipe()
    os.close(read)
    try:
        r = post.run("-C", config, *flags, RCPT, stderr=write, stdout=write)
    finally:
        os.close(write)
    assert r.code == code
    assert len(plain.messages) == (0 if refused else 1)


def test_full_standard_error(post, plain, config):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "wb") as full:
        r = post.run("-C", config, "-d", RCPT, stderr=full)
    assert r.code == OK
    one_message(plain)


@pytest.mark.parametrize("action", [signal.SIG_IGN, signal.SIG_DFL],
                         ids=["ignored", "default"])
def test_sigpipe(post, plain, config, action):
    """A server that goes away is told by write(2), whatever the caller set."""
    plain.on("DATA", HangUp("354 go ahead"))
    r = post.run("-C", config, RCPT, stdin=MESSAGE + b"more\n" * 400000,
                 preexec_fn=lambda: signal.signal(signal.SIGPIPE, action))
    assert r.code == TEMPORARY
    said(r)
    assert plain.messages == []


# Standard input of other kinds.

def test_socket_as_input(post, plain, config):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(MESSAGE)
        ours.shutdown(socket.SHUT_WR)
        r = post.run("-C", config, RCPT, stdin=theirs)
    quiet(r)
    assert one_message(plain).body == b"hello\r\n"


def test_socket_that_is_reset(post, plain, config):
    """A producer that did not come to its end has sent no message."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with theirs:
        theirs.sendall(b"unread")
        ours.sendall(MESSAGE)
        ours.close()            # with octets unread: RST, and no end of file
        r = post.run("-C", config, RCPT, stdin=theirs)
    assert r.code in (NOINPUT, 74)
    said(r, "cannot read")
    assert plain.sessions == []


def test_terminal_as_input(post, plain, config):
    ours, theirs = pty.openpty()
    try:
        os.write(ours, MESSAGE + b"\x04")
        r = post.run("-C", config, RCPT, stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert r.code == OK
    assert one_message(plain).body == b"hello\r\n"


@pytest.mark.parametrize("text, args, code", [
    (b"Subject: hi\n\nhel", [RCPT], OK), (b"", ["-t"], DATA)],
    ids=["half-way", "at once"])
def test_writer_that_dies(post, plain, config, text, args, code):
    """A pipe tells no death from an end; but nothing waits for the dead."""
    fifo = post.folder / "fifo"
    os.mkfifo(fifo)
    writer = subprocess.Popen(
        [sys.executable, "-c", "import os, sys\nf = os.open(sys.argv[1], "
         "os.O_WRONLY)\nos.write(f, sys.stdin.buffer.read())\nos.abort()",
         str(fifo)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
    post.started.append(writer)
    p = post.start("-c", f'exec "$@" <{fifo}', "sh", post.binary, "-C",
                   config, *args, program="/bin/sh")
    writer.communicate(text, PATIENCE)
    assert writer.returncode == -signal.SIGABRT
    r = post.finish(p)
    assert r.code == code
    if code == OK:
        assert one_message(plain).body == b"hel\r\n"
    else:
        said(r)
        assert plain.sessions == []


# Users and homes.

@pytest.mark.parametrize("home", [None, "", "/nonexistent", "relative", ".",
                                  "/dev/null", LONG])
def test_home(post, plain, config, home):
    quiet(post.run("-C", config, RCPT, env={"HOME": home}))
    one_message(plain)


@pytest.mark.parametrize("home", ["/nonexistent", "/dev/null"])
def test_home_without_a_configuration(post, plain, home):
    r = post.run(RCPT, env={"HOME": home})
    assert r.code == CONFIG
    assert r.err.startswith(f"posthorn: no configuration in {home}/")
    assert plain.sessions == []


def test_relative_home(post, plain):
    """It would be another one in every folder, and anybody's file in it."""
    folder = post.folder / "home" / ".config" / "posthorn"
    folder.mkdir(parents=True)
    path = folder / "config"
    path.write_text(f"eval touch {post.folder}/ran\n" + post.settings(plain))
    path.chmod(0o600)
    assert post.run(RCPT).code in (OK, CONFIG)      # "eval" says nothing
    assert (post.folder / "ran").exists()
    (post.folder / "ran").unlink()
    r = post.run(RCPT, env={"HOME": "home"})
    assert r.code == CONFIG
    assert not (post.folder / "ran").exists()


@pytest.mark.parametrize("words", [{"from": "%U@example.org"},
                                   {"from": None, "auto_from": "on"}],
                         ids=["%U", "auto_from"])
def test_user_without_a_name(web, post, plain, words):
    """Not nobody's, either, who may be somebody else."""
    path = web.config(post.settings(plain, **words))
    r = web.run("-C", path, RCPT, user=NO_ENTRY)
    assert r.code == CONFIG
    said(r, "has no name")
    assert plain.messages == []


def test_user_without_a_passwd_entry(web, shared, plain):
    quiet(web.run("-C", shared, RCPT, user=NO_ENTRY))
    one_message(plain)


def test_user_without_a_passwd_entry_and_no_configuration(web, plain):
    r = web.run(RCPT, user=NO_ENTRY)
    assert r.code == CONFIG
    assert r.err.startswith("posthorn: no configuration in ")


@pytest.mark.parametrize("user", [NOBODY, NO_ENTRY])
def test_log_that_may_not_be_written(web, post, plain, user):
    """It is not worth a message."""
    path = web.config(post.settings(plain, logfile=web.folder / "log"))
    r = web.run("-C", path, RCPT, user=user)
    assert r.code == OK
    said(r, "log", "Permission denied")
    one_message(plain)


def test_umask_of_0(post, plain):
    """What is written is for the user alone."""
    log = post.folder / "log"
    before = set(post.folder.rglob("*"))
    path = pathlib.Path(post.config(post.settings(plain, logfile=log)))
    r = post.run("-C", path, RCPT, stdin=LARGE, umask=0)
    quiet(r)
    assert log.stat().st_mode & 0o777 == 0o600
    for new in set(post.folder.rglob("*")) - before - {path}:
        assert new.stat().st_mode & 0o077 == 0, new


def test_no_terminal(post, plain, config):
    quiet(post.run("-C", config, RCPT, start_new_session=True))
    one_message(plain)


def test_no_terminal_to_ask_for_a_password(post, serve):
    server = serve(auth=["PLAIN"], tls="implicit")
    r = post.submit(server, RCPT, settings={"password": None},
                    start_new_session=True, env={"HOME": None})
    assert r.code in (NOPERM, CONFIG)
    said(r, "password")
    assert server.messages == []


# The program's own name and surroundings.

NAMELESS = """
import ctypes, sys
args = [a.encode() for a in sys.argv[3:]]
argv = (ctypes.c_char_p * (len(args) + 1))(*args, None)
envp = (ctypes.c_char_p * 2)(b"POSTHORN_CONFIG=" + sys.argv[2].encode(), None)
libc = ctypes.CDLL(None, use_errno=True)
libc.execve(sys.argv[1].encode(), argv, envp)
sys.exit("execve: errno %d" % ctypes.get_errno())
"""


@pytest.mark.parametrize("argv, code", [
    ([], USAGE), ([""], USAGE), (["", RCPT], OK), (["/", RCPT], OK),
    (["sendmail/", RCPT], OK), (["-bash", RCPT], OK), ([LONG, RCPT], OK)],
    ids=["no argv[0]", "empty", "empty, a recipient", "/", "sendmail/",
         "-bash", "long"])
def test_name(post, plain, config, argv, code, sanitized):
    if sanitized and argv == []:
        pytest.skip("sanitizers look for argv[0]")
    r = post.run("-c", NAMELESS, post.binary, config, *argv,
                 program=sys.executable)
    assert r.code == code
    if code == OK:
        assert r.err == ""
        one_message(plain)
    else:
        said(r)
        assert plain.sessions == []


ODD = {
    "empty": {},
    "long": {name: LONG for name in ("LANG", "USER", "LOGNAME", "TERM",
                                     "XDG_CONFIG_HOME", "XDG_STATE_HOME")},
    "no such language": {"LANG": "xx_YY.NOSUCH"},
    "language with a path": {"LC_ALL": "../../../../etc/passwd"},
    "language with a line end": {"LC_ALL": "C\nRCPT", "LANGUAGE": "\n"},
    "not UTF-8": {"LANG": "\udcff\udcfe", "USER": "\udcff"},
    "time zone with a path": {"TZ": ":../../../../etc/passwd"},
    "time zone that is odd": {"TZ": "\n\n\n"},
    "many": {f"N{i}": "x" * 100 for i in range(10000)},
}


@pytest.mark.parametrize("name", ODD)
def test_environment(post, plain, config, name):
    clear = dict.fromkeys(("HOME", "LANG", "TMPDIR", "PATH"))
    quiet(post.run("-C", config, RCPT, env={**clear, **ODD[name]}))
    one_message(plain)


@pytest.mark.parametrize("folder", [None, "", "/nonexistent", "relative",
                                    "/dev/null", "/proc", LONG])
def test_temporary_folder(post, plain, config, folder):
    quiet(post.run("-C", config, RCPT, stdin=LARGE, env={"TMPDIR": folder}))
    assert one_message(plain).body == \
        LARGE.partition(b"\n\n")[2].replace(b"\n", b"\r\n")


def test_temporary_folder_that_may_not_be_written(web, shared, plain):
    quiet(web.run("-C", shared, RCPT, env={"TMPDIR": str(web.folder)}))
    one_message(plain)


@pytest.mark.parametrize("message", [MESSAGE, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("n", range(4, 9))
@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_few_descriptors(post, serve, n, message, tls):
    """With fewer than four, the program is not even loaded."""
    server = serve(tls=tls)
    r = post.submit(
        server, RCPT, stdin=message, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (n, n)))
    if r.code == OK:
        assert r.err == ""
        one_message(server)
    else:
        assert r.code == TEMPORARY
        assert "install" not in r.err
        said(r)
        assert server.messages == []
    assert r.code == OK or n < 8


def little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (16 << 20, 16 << 20))


@pytest.fixture
def narrow(post, sanitized):
    """Skip where the program does not even start in so little."""
    if sanitized:
        pytest.skip("sanitizers need more memory than that")
    if post.run("--version", preexec_fn=little_memory).code != OK:
        pytest.skip("the libraries need more memory than that")


def test_little_memory(post, plain, config, narrow):
    r = post.run("-C", config, RCPT, preexec_fn=little_memory,
                 stdin=b"X-A: " + b"y\n " * (8 << 20) + b"\n\nx\n")
    assert r.code == TEMPORARY
    assert r.err == "posthorn: out of memory\n"
    assert plain.sessions == []


def test_large_message_in_little_memory(post, plain, config, narrow):
    body = b"some text of a line or so\n" * 1000000
    quiet(post.run("-C", config, RCPT, stdin=MESSAGE + body,
                   preexec_fn=little_memory))
    assert one_message(plain).size > len(body)
