"""A real server: Postfix, which asks a real Dovecot about each login."""

import concurrent.futures
import hashlib
import os
import re
import subprocess

import pytest

from conftest import MESSAGE, PATIENCE, RCPT
from server import MECHANISMS

OK, NOUSER, UNAVAILABLE, TEMPORARY, PROTOCOL, NOPERM = 0, 67, 69, 75, 76, 77
BOB = "bob@example.org"
MIB = 1024 * 1024

pytestmark = pytest.mark.usefixtures("postfix")


@pytest.fixture(params=["starttls", "implicit"])
def tls(request):
    return request.param


def submit(post, postfix, tls, *args, settings=None, **more):
    path = post.config(postfix.settings(tls, **(settings or {})))
    return post.run("-C", path, *args, **more)


def parts(mail):
    """The header that Postfix did not add, and the body."""
    head, _, body = mail.partition(b"\n\n")
    fields = re.split(rb"\n(?![ \t])", head)
    added = (b"return-path:", b"x-original-to:", b"delivered-to:",
             b"received:")
    return [f for f in fields if not f.lower().startswith(added)], body


def test_one_liner(post, postfix, tls):
    path = post.config(postfix.settings(tls))
    done = subprocess.run(
        ["sh", "-c", "printf 'Subject: hi\\n\\nhello\\n' | \"$0\" " + BOB,
         post.binary], env=post.environment({"POSTHORN_CONFIG": path}),
        capture_output=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    mail, = postfix.mail("bob")
    fields, body = parts(mail)
    assert body == b"hello\n"
    assert fields[-1] == b"Subject: hi"
    assert mail.startswith(b"Return-Path: <ann@example.org>\n")
    assert re.search(rb"with ESMTPS?A", mail)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_mechanism(post, postfix, tls, mechanism):
    r = submit(post, postfix, tls, "-d", BOB,
               settings={"auth": mechanism.lower()})
    assert r.code == OK, r.err
    assert f"C: AUTH {mechanism}" in r.err
    assert len(postfix.mail("bob")) == 1


def test_strongest_by_itself(post, postfix, tls):
    r = submit(post, postfix, tls, "-d", BOB)
    assert r.code == OK
    assert "C: AUTH SCRAM-SHA-256" in r.err
    assert len(postfix.mail("bob")) == 1


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_wrong_password(post, postfix, mechanism):
    r = submit(post, postfix, "implicit", BOB,
               settings={"auth": mechanism.lower(), "password": "wrong"},
               timeout=60)
    assert r.code == NOPERM
    assert "535 5.7.8" in r.err
    assert postfix.empty("bob")


def test_no_login(post, postfix):
    r = submit(post, postfix, "implicit", BOB, settings={
        "auth": "off", "user": None, "password": None})
    assert r.code != OK
    assert "554 5.7.1" in r.err
    assert postfix.empty("bob")


INTACT = b"""From: Ann <ann@example.org>
To: Bob <bob@example.org>
Subject: =?UTF-8?Q?K=C3=A4the?=
 and a second line
Date: Tue, 1 Jul 2003 10:52:37 +0200
Message-ID: <1@example.org>
X-Odd:no blank
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

.
..
.dot
From here
K\xc3\xa4the \t
\n""" + b"x" * 990 + b"\n\nend\n"


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_message_arrives_intact(post, postfix, tls, ends):
    r = submit(post, postfix, tls, "-i", "-t",
               stdin=INTACT.replace(b"\n", ends))
    assert (r.code, r.err) == (OK, "")
    mail, = postfix.mail("bob")
    head, _, body = INTACT.partition(b"\n\n")
    fields, arrived = parts(mail)
    assert fields == re.split(rb"\n(?![ \t])", head)
    assert arrived == body


def test_partial_refusal(post, postfix, tls):
    r = submit(post, postfix, tls, BOB, "nobody@example.org",
               "eve@example.org")
    assert r.code == NOUSER
    assert "<nobody@example.org>: 550 5.1.1" in r.err
    assert "<bob@example.org>, <eve@example.org>" in r.err
    assert len(postfix.mail("bob")) == len(postfix.mail("eve")) == 1


def test_all_refused(post, postfix, tls):
    r = submit(post, postfix, tls, "nobody@example.org", "none@example.org")
    assert r.code == NOUSER
    assert r.err.count("550 5.1.1") >= 1
    assert "none@example.org" in r.err and "nobody@example.org" in r.err


def test_bcc_arrives_and_does_not_show(post, postfix):
    r = submit(post, postfix, "implicit", "-t",
               stdin=b"To: bob@example.org\nBcc: eve@example.org\n\nx\n")
    assert r.code == OK
    for user in ("bob", "eve"):
        mail, = postfix.mail(user)
        assert b"\nBcc:" not in mail
        assert b"\nTo: bob@example.org\n" in mail


def test_queue_id_in_the_log(post, postfix):
    log = post.folder / "log"
    r = submit(post, postfix, "implicit", BOB, settings={"logfile": log})
    assert r.code == OK
    number = re.search(r"queueid=(\w+)", log.read_text()).group(1)
    mail, = postfix.mail("bob")
    assert b"id " + number.encode() in mail


def test_null_sender(post, postfix):
    r = submit(post, postfix, "implicit", "-f", "<>", BOB)
    assert r.code == OK
    assert postfix.mail("bob")[0].startswith(b"Return-Path: <>\n")


def test_dsn_parameters_are_taken(post, postfix, tls):
    r = submit(post, postfix, tls, "-N", "success,failure", "-R", "hdrs",
               "-V", "id 1", BOB)
    assert (r.code, r.err) == (OK, "")
    assert len(postfix.mail("bob")) == 1
    report, = postfix.mail("ann")           # for success, as was asked for
    assert b"Original-Envelope-Id: id 1" in report
    assert b"Original-Recipient: rfc822;bob@example.org" in report


def test_too_big_is_told_before_it_is_sent(post, postfix):
    with open(post.folder / "big", "wb") as f:
        f.write(b"Subject: big\n\n")
        for _ in range(201):
            f.write((b"z" * 63 + b"\n") * (MIB // 64))
    with open(post.folder / "big", "rb") as f:
        r = submit(post, postfix, "implicit", "-d", BOB, stdin=f)
    os.unlink(post.folder / "big")
    assert r.code == UNAVAILABLE
    assert "209715200" in r.err
    assert "C: DATA" not in r.err


def test_100_mib(post, postfix, tls):
    """One line in eight starts with a dot, a few are a lone one."""
    block = b"".join(b".\n" if i % 512 == 0 else b".dot %d\n" % i
                     if i % 8 == 0 else b"%06d " % i + b"x" * 64 + b"\n"
                     for i in range(MIB // 64))
    digest, size = hashlib.sha256(), 0
    path = post.folder / "big"
    with open(path, "wb") as f:
        f.write(b"Subject: big\n\n")
        while size < 100 * MIB:
            f.write(block)
            digest.update(block)
            size += len(block)
    with open(path, "rb") as f:
        r = submit(post, postfix, tls, "-i", BOB, stdin=f, timeout=120)
    path.unlink()
    assert (r.code, r.err) == (OK, "")
    mail, = postfix.mail("bob")
    _, body = parts(mail)
    assert len(body) == size
    assert hashlib.sha256(body).hexdigest() == digest.hexdigest()


def test_many_at_once(post, postfix):
    path = post.config(postfix.settings("implicit"))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(
            lambda i: post.run("-C", path, BOB, stdin=b"Subject: %d\n\n" % i),
            range(24)))
    assert [r.code for r in results] == [OK] * 24
    subjects = {re.search(rb"\nSubject: (\d+)\n", m).group(1)
                for m in postfix.mail("bob", 24)}
    assert len(subjects) == 24


def test_foreign_certificate(post, postfix, tls):
    """Without its CA, the server is not believed, and learns nothing."""
    r = submit(post, postfix, tls, "-d", BOB,
               settings={"tls_trust_file": None})
    assert r.code in (PROTOCOL, 78)
    assert "C: AUTH" not in r.err
    assert postfix.empty("bob")


def test_wrong_kind_of_tls(post, postfix):
    """The port of one kind, spoken to in the other."""
    r = submit(post, postfix, "starttls", BOB,
               settings={"tls_starttls": "off"})
    assert r.code == PROTOCOL
    r = submit(post, postfix, "implicit", BOB,
               settings={"tls_starttls": "on", "timeout": 1})
    assert r.code == TEMPORARY
    assert postfix.empty("bob")


def test_as_sendmail(post, postfix):
    """As a mail reader would find it: by name, with a file of its own."""
    (post.home / ".config" / "posthorn").mkdir(parents=True)
    config = post.home / ".config" / "posthorn" / "config"
    config.write_text(postfix.settings("starttls"))
    config.chmod(0o600)
    r = post.run("-oem", "-oi", "-f", "ann@example.org", "--", BOB,
                 program=post.link("sendmail"), stdin=MESSAGE)
    assert (r.code, r.err) == (OK, "")
    assert len(postfix.mail("bob")) == 1
    assert RCPT not in r.out
