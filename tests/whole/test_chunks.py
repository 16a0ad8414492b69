"""Postfix by chunks and without, and with a limit of recipients."""

import re

import pytest

from conftest import quiet, said, until

OK, NOUSER = 0, 67
BOB = "bob@example.org"

pytestmark = pytest.mark.usefixtures("postfix")


def submit(post, postfix, kind, *args, **more):
    path = post.config(postfix.settings(kind))
    return post.run("-C", path, *args, **more)


@pytest.mark.parametrize("kind, command", [
    ("starttls", "BDAT"), ("implicit", "BDAT"), ("data", "DATA")])
@pytest.mark.parametrize("size", [100, 250 * 1024, 20 * 1024 * 1024])
def test_message(post, postfix, kind, command, size):
    """It arrives as it was, dots and all."""
    line = b".and here is a line that begins with a dot\n"
    body = b".\n" + line * (size // len(line)) + b"..\n"
    r = submit(post, postfix, kind, "-d", "-i", BOB, stdin=b"\n" + body)
    assert r.code == OK and f"C: {command}" in r.err
    mail, = postfix.mail("bob")
    assert mail.endswith(b"\n\n" + body)


@pytest.mark.parametrize("kind", ["implicit", "data"])
def test_refused_and_accepted(post, postfix, kind):
    r = submit(post, postfix, kind, "nobody@example.org", BOB)
    assert r.code == NOUSER
    said(r, "<nobody@example.org>: 550 5.1.1", f"to <{BOB}>", lines=2)
    assert len(postfix.mail("bob")) == 1


@pytest.mark.parametrize("kind", ["implicit", "data"])
@pytest.mark.parametrize("size", [10, 1000000])
def test_all_refused(post, postfix, kind, size):
    r = submit(post, postfix, kind, "nobody@example.org",
               stdin=b"\n" + b"x\n" * size)
    assert r.code == NOUSER
    said(r, "550 5.1.1")


def test_too_many_recipients(post, postfix):
    """452 4.5.3: all get it all the same, each once."""
    quiet(submit(post, postfix, "few", "ann@example.org", BOB,
                 "eve@example.org"))
    for user in ("ann", "bob", "eve"):
        assert len(postfix.mail(user)) == 1


@pytest.mark.parametrize("kind", ["implicit", "data"])
@pytest.mark.parametrize("n", [2500, 10000])
def test_thousands_of_recipients(post, postfix, kind, n):
    """It takes a thousand at a time, and hangs up on who says two thousand:
    all get it all the same, each once, over one connection."""
    maillog = postfix.dir / "maillog"
    before = maillog.stat().st_size

    def log(pattern):
        with open(maillog, encoding="utf-8") as f:
            f.seek(before)
            return re.findall(pattern, f.read())

    quiet(submit(post, postfix, kind, *[f"r{i}@list.example"
                                        for i in range(n)]))
    sent = r": to=<r(\d+)@list\.example>.* status=sent "
    got = until(lambda: len(found := log(sent)) >= n and found,
                f"{n} recipients in the log")
    assert sorted(map(int, got)) == list(range(n))
    mails = r": disconnect from .* mail=(\d+) rcpt=\d{4,}"
    assert until(lambda: log(mails), "the end") == [str((n + 999) // 1000)]
