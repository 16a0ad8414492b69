"""INT, TERM and HUP at each phase.

Before the message is whole at the server nothing is sent and the exit code is
75; after it the reply is awaited for ten seconds, and the truth is told.  The
server says when a phase is reached; nothing here guesses.  test_submit.py has
signals while the message is read, and those that were ignored from the start.
"""

import pathlib
import signal
import socket
import threading
import time

import pytest

from conftest import MESSAGE, RCPT, said, until
from server import CHUNKING, Gather, HangUp, Silence, WORDS, listen

OK, UNAVAILABLE, TEMPORARY = 0, 69, 75
SIGNALS = pytest.mark.parametrize(
    "sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
    ids=lambda s: s.name)
WAYS = {"DATA": WORDS, "BDAT": CHUNKING, "one by one": ("8BITMIME",)}
DATA_BDAT = pytest.mark.parametrize("way", ["DATA", "BDAT"])
LONG = MESSAGE + b"more than goes in one flight\n" * 40000


def start(post, server, *args, stdin=MESSAGE, **settings):
    """Started, and with all of its input."""
    p = post.start("-C", post.config(post.settings(server, **settings)),
                   *(args or (RCPT,)))
    p.stdin.write(stdin)
    p.stdin.close()
    p.stdin = None
    return p


def taken(p, sig):
    """Wait until the process has taken the signal, where /proc tells."""
    status = pathlib.Path(f"/proc/{p.pid}/status")

    def gone():
        try:
            text = status.read_text()
        except OSError:
            return True
        return not any(int(line.split()[1], 16) >> (sig - 1) & 1
                       for line in text.split("\n")
                       if line.startswith(("SigPnd", "ShdPnd")))

    until(gone, "the signal to be taken")


class Reached(Silence):
    """Tell that the phase is reached, and never answer."""

    def __init__(self):
        self.event = threading.Event()

    def act(self, session):
        session.server.poke(self.event)
        super().act(session)


def interrupted(post, p, sig, server_spoke=True):
    """It ends at once, and knows that nothing was sent."""
    begin = time.monotonic()
    p.send_signal(sig)
    r = post.finish(p, timeout=20)
    assert time.monotonic() - begin < 5
    assert r.code == TEMPORARY
    said(r, "interrupted")
    assert "in doubt" not in r.err
    if server_spoke:
        assert "nothing was sent" in r.err


# Before there is a session.

@SIGNALS
@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_connected_and_nobody_speaks(post, serve, sig, tls):
    """Waiting for the greeting, or with TLS at once for a ServerHello."""
    server = serve(tls=tls, tls_silent=True)
    if tls != "implicit":
        server.on("CONNECT", Silence())
    p = start(post, server)
    assert server.wait(lambda: server.sessions)
    interrupted(post, p, sig, server_spoke=False)
    assert server.wait_closed() and server.commands == []


@SIGNALS
def test_connecting(post, sig):
    """To a listener whose queue is full: the system does not answer."""
    with listen("127.0.0.1") as full:
        full.listen(0)
        port = full.getsockname()[1]
        held = []
        try:
            while connects_at_once(port, held):
                pass
            p = post.start("--host=127.0.0.1", f"--port={port}", "--tls=off",
                           "-f", "a@example.org", RCPT)
            p.stdin.write(MESSAGE)
            p.stdin.close()
            p.stdin = None
            until(lambda: connecting(port) > 1, "an attempt to connect")
            interrupted(post, p, sig, server_spoke=False)
        finally:
            for s in held:
                s.close()


def connects_at_once(port, held):
    s = socket.socket()
    held.append(s)
    s.setblocking(False)
    s.connect_ex(("127.0.0.1", port))
    s.settimeout(0.2)
    try:
        return s.getpeername() is not None
    except OSError:
        return False


def connecting(port):
    """Sockets in SYN_SENT to that port, where /proc tells."""
    table = pathlib.Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("no /proc/net/tcp here")
    rows = [line.split() for line in table.read_text().split("\n")[1:-1]]
    return sum(row[2].endswith(f":{port:04X}") and row[3] == "02"
               for row in rows)


@SIGNALS
def test_in_the_handshake_after_starttls(post, serve, sig):
    server = serve(tls="starttls", tls_silent=True)
    p = start(post, server)
    assert server.wait_command("STARTTLS")
    interrupted(post, p, sig, server_spoke=False)
    assert server.wait_closed()
    assert [c.split()[0] for c in server.commands] == ["EHLO", "STARTTLS"]


# In the session.

STAGES = {"EHLO": "none", "STARTTLS": "starttls", "AUTH": "implicit",
          "CHALLENGE": "implicit", "MAIL": "none", "RCPT": "none",
          "DATA": "none"}


@SIGNALS
@pytest.mark.parametrize("way", ["DATA", "one by one"])
@pytest.mark.parametrize("stage", STAGES)
def test_before_the_message(post, serve, sig, way, stage):
    server = serve(words=WAYS[way], tls=STAGES[stage], auth=["LOGIN"]
                   if stage in ("AUTH", "CHALLENGE") else ())
    reached = Reached()
    server.on(stage, reached)
    p = start(post, server)
    assert server.wait(reached.event.is_set)
    interrupted(post, p, sig)
    assert server.wait_closed()
    assert server.messages == server.unanswered == []


@SIGNALS
@pytest.mark.parametrize("stage", ["EHLO", "MAIL", "RCPT"])
def test_before_a_long_message_in_chunks(post, serve, sig, stage):
    """No recipient is accepted yet, and so nothing of it is out."""
    server = serve(words=CHUNKING)
    reached = Reached()
    server.on(stage, reached)
    p = start(post, server, stdin=LONG)
    assert server.wait(reached.event.is_set)
    interrupted(post, p, sig)
    assert server.wait_closed()
    assert not any(c.startswith("BDAT") for c in server.commands)


class Slow:
    """Take the beginning of the message, and no more until we are told."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()
        self.got = b""

    def __call__(self, session, line):
        if line == "DATA":
            session.say("354 go ahead")
        session.server.poke(self.begun)
        session.server.wait(self.go.is_set)
        self.got = session.buf
        while data := session.receive():
            self.got += data
        return HangUp()


@SIGNALS
@DATA_BDAT
@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_in_the_message(post, serve, sig, way, tls):
    """It is not sent to its end, and so no server can take it for whole."""
    server = serve(words=WAYS[way], tls=tls, buffers=4096)
    slow = Slow()
    server.on("DATA" if way == "DATA" else "CHUNK", slow)
    text = LONG * 4
    p = start(post, server, stdin=text)
    assert server.wait(slow.begun.is_set)
    interrupted(post, p, sig)
    server.poke(slow.go)
    assert server.wait_closed()
    assert b"\r\n.\r\n" not in slow.got and len(slow.got) < len(text)
    assert "DOT" not in server.commands


# After the message: the reply is awaited, and believed.

REPLIES = {"250 2.0.0 Ok: queued as X1": OK, "554 5.7.1 spam": UNAVAILABLE,
           "451 4.3.0 later": TEMPORARY}


class Later:
    """Tell that the message is there, and answer when we are told to."""

    def __init__(self, reply):
        self.there, self.go = threading.Event(), threading.Event()
        self.reply = reply

    def act(self, session):
        session.server.poke(self.there)
        session.server.wait(self.go.is_set)
        if self.reply is None:
            return HangUp().act(session)
        return session.say(self.reply)


@SIGNALS
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reply", REPLIES)
def test_after_the_message(post, serve, sig, way, reply):
    server = serve(words=WAYS[way], tls="implicit")
    later = Later(reply)
    server.on("DOT", later)
    p = start(post, server, "-v", RCPT)
    assert server.wait(later.there.is_set)
    p.send_signal(sig)
    taken(p, sig)
    assert p.poll() is None
    server.poke(later.go)
    r = post.finish(p, timeout=5)
    assert r.code == REPLIES[reply]
    assert reply in r.err and "in doubt" not in r.err


@SIGNALS
@DATA_BDAT
def test_after_the_message_and_a_hang_up(post, serve, sig, way):
    server = serve(words=WAYS[way])
    later = Later(None)
    server.on("DOT", later)
    p = start(post, server)
    assert server.wait(later.there.is_set)
    p.send_signal(sig)
    taken(p, sig)
    server.poke(later.go)
    r = post.finish(p, timeout=5)
    assert r.code == TEMPORARY
    said(r, f"<{RCPT}>: in doubt", "may have it already")


@DATA_BDAT
def test_after_the_message_and_silence(post, serve, way):
    """Ten seconds, and not longer; this one does take its time."""
    server = serve(words=WAYS[way])
    reached = Reached()
    server.on("DOT", reached)
    p = start(post, server)
    assert server.wait(reached.event.is_set)
    begin = time.monotonic()
    p.terminate()
    r = post.finish(p, timeout=30)
    assert 8 < time.monotonic() - begin < 14
    assert r.code == TEMPORARY
    said(r, f"<{RCPT}>: in doubt")


@DATA_BDAT
def test_a_second_signal_changes_nothing(post, serve, way):
    server = serve(words=WAYS[way])
    later = Later("250 2.0.0 Ok: queued as X1")
    server.on("DOT", later)
    p = start(post, server)
    assert server.wait(later.there.is_set)
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        p.send_signal(sig)
        taken(p, sig)
    server.poke(later.go)
    assert post.finish(p, timeout=5).code == OK


@SIGNALS
@DATA_BDAT
@pytest.mark.parametrize("limits", ["RCPTMAX=1", "RCPTMAX=1 MAILMAX=1"])
def test_after_the_first_of_several_messages(post, serve, sig, way, limits):
    """Who has got it is told; the others are left alone."""
    server = serve(words=WAYS[way] + ("LIMITS " + limits,))
    later = Later("250 2.0.0 Ok: queued as X1")
    server.on("DOT", later)
    p = start(post, server, "a@example.org", "b@example.org", "c@example.org")
    assert server.wait(later.there.is_set)
    p.send_signal(sig)
    taken(p, sig)
    assert p.poll() is None
    server.poke(later.go)
    r = post.finish(p, timeout=5)
    assert r.code == TEMPORARY
    said(r, "delivered all the same to <a@example.org>;",
         "<b@example.org>, <c@example.org>: interrupted", lines=2)
    assert "in doubt" not in r.err
    assert server.wait_closed()
    assert [m.to for m in server.unanswered] == [["a@example.org"]]
    assert sum(c.startswith("MAIL") for c in server.commands) == 1


# One flight: all of it may be out before the first reply.

@SIGNALS
@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_in_one_flight(post, serve, sig, stage):
    """The server has it all, and has not said a word: it is in doubt, and
    what it says within ten seconds is the truth."""
    server = serve(words=CHUNKING)
    later = Later("250 2.1.0 ok")
    gather = Gather(b"QUIT\r\n")

    def hold(session, line):
        gather.act(session)
        session.server.poke(later.there)
        session.server.wait(later.go.is_set)

    server.on(stage, hold)
    p = start(post, server)
    assert server.wait(later.there.is_set)
    p.send_signal(sig)
    taken(p, sig)
    server.poke(later.go)
    r = post.finish(p, timeout=5)
    assert (r.code, r.err) == (OK, "")
    assert len(server.messages) == 1
