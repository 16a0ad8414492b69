"""Servers that lie, echo, or never come to an end."""

import base64
import pathlib
import re
import signal
import socket
import subprocess

import pytest

from conftest import MESSAGE, PASSWORD, RCPT, until
from server import HangUp, Reply, Silence, make_key, openssl

OK, DATA, NOUSER, UNAVAILABLE = 0, 65, 67, 69
TEMPORARY, PROTOCOL, NOPERM = 75, 76, 77
ROUNDS = 3000000                # of SCRAM: some seconds, if it is done
BIG = MESSAGE + b"some more of the same, line by line\n" * 900000


# Replies to the message before there is one.

def talk_in(text, seen, then=None):
    """For a rule on DATA: text once the message has begun, then read on."""
    def act(session, _line):
        session.say("354 go ahead")
        session.receive()
        session.say(text)
        tail = b""
        while block := session.receive():
            tail = tail[-16:] + block
            if b"\r\n.\r\n" in tail:
                seen.append("dot")
                if then is not None:
                    session.say(then)
                break
        return HangUp()
    return act


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_accepted_before_the_dot(post, serve, tls):
    """A reply that was there before the dot does not answer it."""
    server, seen = serve(tls=tls), []
    server.on("DATA", talk_in("250 2.0.0 queued as EARLY", seen))
    r = post.submit(server, RCPT, stdin=BIG)
    assert r.code != OK
    assert seen == [] or "in doubt" in r.err


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_refused_before_the_dot_is_not_sent_in_full(post, serve, tls):
    """Else the caller sends again what somebody may have by then."""
    server, seen = serve(tls=tls), []
    server.on("DATA", talk_in("452 4.3.1 disk full", seen, "250 2.0.0 well"))
    r = post.submit(server, RCPT, stdin=BIG)
    assert r.code == TEMPORARY and "452 4.3.1 disk full" in r.err
    assert seen == []


def test_half_closed_before_the_dot(post, plain):
    """Where no reply can come, no dot goes out, and so nothing is in doubt."""
    seen = []

    def act(session, _line):
        session.say("354 go ahead")
        session.sock.shutdown(socket.SHUT_WR)
        tail = b""
        while block := session.receive():
            tail = tail[-16:] + block
        if b"\r\n.\r\n" in tail:
            seen.append("dot")
        return HangUp()

    plain.on("DATA", act)
    r = post.submit(plain, RCPT, stdin=BIG)
    assert r.code == TEMPORARY
    assert plain.wait_closed()
    assert seen == [] and "in doubt" not in r.err


# A login that never ends.

@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5",
                                       "SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_challenges_without_end(post, serve, mechanism):
    server, answers = serve(tls="implicit", auth=[mechanism]), []

    def act(session, _line):
        for _ in range(100):
            session.say("334 ")
            answers.append(session.line())
        return Reply("535 5.7.8 enough")

    server.on("AUTH", act)
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL
    assert len(answers) < 10


def test_rounds_behind_a_nul(post, serve):
    """What hides the number from us must not hide it from us alone."""
    server = serve(tls="implicit", auth=["SCRAM-SHA-1"])

    def act(session, line):
        first = base64.b64decode(line.split()[2]).decode()
        nonce = first.rpartition("r=")[2]
        session.say("334 " + base64.b64encode(
            f"r={nonce}x,s=c2FsdA==\0,i={ROUNDS}".encode()).decode())
        session.line()
        return Reply("535 5.7.8 took the bait")

    server.on("AUTH", act)
    r = post.submit(server, RCPT, settings={"auth": "SCRAM-SHA-1"})
    assert r.code == PROTOCOL


# A server that says what it was told.

def echo(session, line):
    return Reply(f"500 5.5.1 no such command: {line}")


def echo_password(session, _line):
    session.say("334 VXNlcm5hbWU6")
    session.line()
    session.say("334 UGFzc3dvcmQ6")
    word = base64.b64decode(session.line()).decode()
    return Reply(f"535 5.7.8 \"{word}\" is wrong")


def echo_later(session, line):
    session.server.on("MAIL", f"550 5.7.1 not after {line}")


ECHOES = {"the command": ("PLAIN", echo),
          "the password": ("LOGIN", echo_password),
          "the command, later": ("PLAIN", echo_later)}


@pytest.mark.parametrize("what", ECHOES)
@pytest.mark.parametrize("flag", ["-i", "-d"])
def test_echoed_secret(post, serve, what, flag):
    """It is shown to nobody: run() looks for it, and so do we."""
    mechanism, action = ECHOES[what]
    server, log = serve(tls="implicit", auth=[mechanism]), post.folder / "log"
    server.on("AUTH", action)
    r = post.submit(server, flag, RCPT, settings={"logfile": log})
    assert r.code != OK
    text = log.read_text()
    assert PASSWORD not in text
    for word in re.findall(r"[A-Za-z0-9+/]{16,}=*", text):
        padded = word + "=" * (-len(word) % 4)
        assert PASSWORD.encode() not in base64.b64decode(padded)


# Certificates for something else.

def test_certificate_for_clients_only(post, serve, certs):
    make_key(certs, "client")
    openssl(certs, "req", "-new", "-key", "client.key", "-out", "client.csr",
            "-subj", "/CN=a client", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext",
            "extendedKeyUsage=clientAuth")
    openssl(certs, "ca", "-config", "ca.cnf", "-batch", "-notext",
            "-rand_serial", "-cert", "ca.pem", "-keyfile", "ca.key", "-in",
            "client.csr", "-out", "client.pem", "-days", "30")
    server = serve(tls="implicit", cert="client")
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL and "certificate" in r.err
    assert server.commands == []


def test_name_only_in_the_subject(post, serve, certs):
    """RFC 6125 6.4.4, for private CAs; and the name must still be right."""
    make_key(certs, "cn-only")
    openssl(certs, "req", "-new", "-key", "cn-only.key", "-out",
            "cn-only.csr", "-subj", "/CN=localhost")
    openssl(certs, "ca", "-config", "ca.cnf", "-batch", "-notext",
            "-rand_serial", "-cert", "ca.pem", "-keyfile", "ca.key", "-in",
            "cn-only.csr", "-out", "cn-only.pem", "-days", "30")
    server = serve(tls="implicit", cert="cn-only")
    assert post.submit(server, RCPT).code == OK
    r = post.submit(server, "--tls_host_override=mx.example.org", RCPT)
    assert r.code == PROTOCOL and "is for localhost" in r.err
    assert len(server.messages) == 1


# The system's own trust: a CA among its many counts, any other does not.

BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")


def in_a_private_view(post, *lines):
    """A program that sees the machine's files with changes of its own."""
    script = post.folder / "view"
    script.write_text("\n".join(("#!/bin/sh", "set -e", *lines,
                                 f'exec {post.binary} "$@"', "")))
    script.chmod(0o755)
    probe = subprocess.run(["unshare", "-m", "true"], capture_output=True)
    if probe.returncode != 0 or not BUNDLE.exists():
        pytest.skip("wants root, unshare and a bundle of CA certificates")
    start = post.folder / "start"
    start.write_text(f'#!/bin/sh\nexec unshare -m {script} "$@"\n')
    start.chmod(0o755)
    return str(start)


def test_system_trust(post, serve, certs):
    server = serve(tls="implicit")
    settings = {"tls_trust_file": None}
    r = post.submit(server, RCPT, settings=settings)
    assert r.code == PROTOCOL and "this system does not trust" in r.err
    bundle = post.folder / "bundle"
    bundle.write_bytes(BUNDLE.read_bytes() + (certs / "ca.pem").read_bytes())
    program = in_a_private_view(post, f"mount --bind {bundle} {BUNDLE}")
    assert post.submit(server, RCPT, settings=settings,
                       program=program).code == OK
    assert len(server.messages) == 1


# What is said of it.

def test_all_are_named_where_fates_differ(post, plain):
    """Promise 6: who was not refused, and did not get it either."""
    plain.on(f"RCPT TO:<{RCPT}", "550 5.1.1 no such user")
    plain.on("DATA", HangUp("421 4.3.2 closing"))
    r = post.submit(plain, RCPT, "c@example.org", "d@example.org")
    assert r.code == NOUSER
    for line in (f"<{RCPT}>: 550", "<c@example.org>", "<d@example.org>"):
        assert line in r.err


@pytest.mark.parametrize("code,reply", [
    (UNAVAILABLE, "554 5.6.0 not today"), (UNAVAILABLE, "535 5.7.8 not you"),
    (TEMPORARY, "421 4.3.2 later")])
def test_greeting_refused(post, plain, code, reply):
    """The table: 75 for 4xx, 69 for 5xx, and no login to look at."""
    plain.on("CONNECT", reply)
    r = post.submit(plain, RCPT)
    assert r.code == code
    assert reply in r.err and "check" not in r.err


def test_noise_after_starttls_is_no_reason_to_use_starttls(post, serve):
    server = serve(tls="starttls")

    def act(session, _line):
        session.say("220 2.0.0 go ahead")
        session.receive()               # its first words in TLS
        session.say("250 2.0.0 what?")
        return Silence()

    server.on("STARTTLS", act)
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL
    assert "tls_starttls on" not in r.err


def test_interrupted_is_no_reason_to_change_a_setting(post, serve):
    server, seen = serve(tls="starttls"), []

    def act(_session, _line):
        seen.append("a connection")
        return Silence()

    server.on("CONNECT", act)
    p = post.start("-C", post.config(post.settings(server)), RCPT)
    p.stdin.write(MESSAGE)
    p.stdin.close()
    p.stdin = None
    until(lambda: seen, "a connection")
    p.send_signal(signal.SIGTERM)
    r = post.finish(p, timeout=20)
    assert r.code == TEMPORARY and "interrupted" in r.err
    assert "tls_starttls" not in r.err


def test_recipient_cannot_forge_the_log(post, plain):
    path = post.folder / "log"
    r = post.submit(plain, '"x exitcode=EX_NOPERM y"@example.org',
                    settings={"logfile": path})
    assert r.code == OK
    assert path.read_text().count(" exitcode=") == 1
