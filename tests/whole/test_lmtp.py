"""LMTP (RFC 2033): one reply a recipient, over TCP and over a unix socket."""

import socket

import pytest

from conftest import MESSAGE, RCPT, patience, quiet, said
from server import CHUNKING, Gather, HangUp, Raw, Silence, WORDS

OK, DATA, NOUSER, UNAVAILABLE = 0, 65, 67, 69
TEMPORARY, PROTOCOL, CONFIG = 75, 76, 78

LONG = MESSAGE + b"more than goes in one flight\n" * 40000
WAYS = {"DATA": WORDS, "BDAT": CHUNKING,
        "one by one": ("8BITMIME", "SIZE 209715200")}
ABC = ["a@example.org", "b@example.org", "c@example.org"]


@pytest.fixture(params=["tcp", "unix"])
def link(request, tmp_path):
    """What a server needs for it, and what a configuration does."""
    if request.param == "tcp":
        return {}, {}
    path = tmp_path / "lmtp"
    return {"path": path}, {"host": None, "port": None, "socket": path}


@pytest.fixture(params=WAYS)
def lmtp(request, serve, link):
    server = serve(protocol="lmtp", words=WAYS[request.param], **link[0])
    server.way = request.param
    server.settings = {"protocol": "lmtp", **link[1]}
    return server


def submit(post, server, *args, settings=None, **more):
    return post.submit(server, *args, settings={
        **server.settings, **(settings or {})}, **more)


def test_delivered(post, lmtp):
    quiet(submit(post, lmtp, *ABC))
    m, = lmtp.messages
    assert (m.to, m.delivered, m.body) == (ABC, ABC, b"hello\r\n")
    assert m.body_kind == ("BDAT" if lmtp.way == "BDAT" else "DATA")
    verbs = [c.split()[0] for c in lmtp.commands]
    assert verbs[0] == "LHLO" and not {"EHLO", "HELO"} & set(verbs)


def test_long_message(post, lmtp):
    quiet(submit(post, lmtp, *ABC, stdin=LONG))
    assert lmtp.messages[0].delivered == ABC


MIXED = {       # replies after the message, the exit code, who has it
    "none has it, for good": ({"": "550 5.2.2 full"}, NOUSER, ""),
    "none has it, not now": ({"": "452 4.2.2 full"}, TEMPORARY, ""),
    "first refused": ({"a": "550 5.2.2 full"}, NOUSER, "bc"),
    "middle put off": ({"b": "452 4.2.2 full"}, TEMPORARY, "ac"),
    "last refused": ({"c": "552 5.2.2 full"}, UNAVAILABLE, "ab"),
    "one of each": ({"a": "554 5.6.0 bad", "b": "452 4.2.2 full"}, DATA, "c"),
    "no such user, after all": ({"b": "550 5.1.1 who?"}, NOUSER, "ac"),
}


@pytest.mark.parametrize("row", MIXED)
def test_one_reply_a_recipient(post, lmtp, row):
    replies, code, has = MIXED[row]
    for name, reply in replies.items():
        lmtp.on(f"DOT <{name}", reply)
    r = submit(post, lmtp, *ABC)
    assert r.code == code or (row == "none has it, for good" and
                              r.code == UNAVAILABLE), r.err
    for name, reply in replies.items():
        assert reply in r.err
        assert f"<{name}" in r.err
    kept = [a for m in lmtp.messages for a in m.delivered]
    assert kept == [a for a in ABC if a[0] in has]
    if has:
        told = [x for x in r.err.split("\n") if "delivered all the same" in x]
        assert len(told) == 1
        for name in ABC:
            assert (f"<{name}>" in told[0]) == (name[0] in has)


def test_refused_at_rcpt_gets_no_reply(post, lmtp):
    """Replies go to those who were accepted, in their order."""
    lmtp.on("RCPT TO:<a@", "550 5.1.1 who?")
    lmtp.on("DOT <c@", "452 4.2.2 full")
    r = submit(post, lmtp, *ABC)
    assert r.code == NOUSER
    said(r, "<a@example.org>: 550 5.1.1 who?",
         "<c@example.org>: 452 4.2.2 full",
         "delivered all the same to <b@example.org>", lines=3)
    assert lmtp.messages[0].delivered == ["b@example.org"]


def test_all_refused(post, lmtp):
    lmtp.on("RCPT", "550 5.1.1 who?")
    r = submit(post, lmtp, *ABC)
    assert r.code == NOUSER
    said(r, "550 5.1.1 who?")
    assert lmtp.messages == []


@pytest.mark.parametrize("act", [HangUp(), Silence(), Raw(b"hello\r\n")],
                         ids=["hang-up", "silence", "garbage"])
@pytest.mark.parametrize("nth", "abc")
def test_between_the_replies(post, lmtp, nth, act):
    """Those whose reply came know; the others are in doubt."""
    lmtp.on(f"DOT <{nth}@", act)
    r = submit(post, lmtp, *ABC, settings={"timeout": patience(act)})
    assert r.code in (TEMPORARY, PROTOCOL), r.err
    sure = [a for a in ABC if a[0] < nth]
    for line in r.err.splitlines():
        for name in ABC:
            if "delivered" in line:
                assert (f"<{name}>" in line) == (name in sure)
            elif f"<{name}>" in line:
                assert "in doubt" in line and name not in sure
    assert "in doubt" in r.err
    assert ("delivered" in r.err) == (sure != [])


def test_reply_too_many(post, lmtp):
    """One for the message, as in SMTP, and then one for each."""
    lmtp.on("DOT <c@", Raw(b"250 2.1.5 ok\r\n250 2.1.5 ok\r\n"))
    r = submit(post, lmtp, *ABC)
    assert r.code in (OK, PROTOCOL)
    assert "in doubt" not in r.err


def test_the_message_refused(post, lmtp):
    lmtp.on("BDAT" if lmtp.way == "BDAT" else "DATA", "452 4.3.1 disk full")
    r = submit(post, lmtp, *ABC)
    assert r.code == TEMPORARY
    assert "452 4.3.1 disk full" in r.err and lmtp.messages == []


def test_lhlo_refused_is_not_followed_by_helo(post, lmtp):
    lmtp.on("LHLO", "500 5.5.1 what?")
    r = submit(post, lmtp, RCPT)
    assert r.code in (UNAVAILABLE, PROTOCOL)
    said(r, "500 5.5.1 what?")
    assert not any(c.startswith(("HELO", "EHLO", "MAIL"))
                   for c in lmtp.commands)


def test_one_flight(post, serve, link):
    server = serve(protocol="lmtp", words=CHUNKING, **link[0])
    server.settings = {"protocol": "lmtp", "timeout": 5, **link[1]}
    server.on("MAIL", Gather(b"QUIT\r\n"))
    quiet(submit(post, server, *ABC, timeout=20))
    assert server.messages[0].delivered == ABC


def test_limits(post, serve, link):
    server = serve(protocol="lmtp", words=CHUNKING +
                   ("LIMITS RCPTMAX=2",), **link[0])
    server.settings = {"protocol": "lmtp", **link[1]}
    server.on("DOT <b@", "550 5.2.2 full")
    r = submit(post, server, *ABC)
    assert r.code == NOUSER or r.code == UNAVAILABLE
    said(r, "<b@example.org>: 550 5.2.2 full", "<a@example.org>, "
         "<c@example.org>", lines=2)
    assert [m.delivered for m in server.messages] == \
        [["a@example.org"], ["c@example.org"]]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_and_login(post, serve, tls):
    server = serve(protocol="lmtp", tls=tls, auth=["PLAIN"])
    quiet(post.submit(server, *ABC, settings={"protocol": "lmtp"}))
    m, = server.messages
    assert m.user == "ann" and m.tls is not None and m.delivered == ABC


def test_thousand_recipients(post, lmtp):
    to = [f"r{i}@example.org" for i in range(1000)]
    lmtp.on("DOT <r77@", "550 5.2.2 full")
    r = submit(post, lmtp, *to)
    assert r.code in (NOUSER, UNAVAILABLE)
    assert "<r77@example.org>: 550 5.2.2 full" in r.err
    assert len(lmtp.messages[0].delivered) == 999


@pytest.mark.parametrize("server_is, we_say", [("smtp", "lmtp"),
                                               ("lmtp", "smtp")])
def test_the_other_protocol(post, serve, server_is, we_say):
    server = serve(protocol=server_is)
    r = post.submit(server, RCPT, settings={"protocol": we_say})
    assert r.code in (UNAVAILABLE, PROTOCOL)
    said(r)
    assert server.messages == []


def test_port_25_is_refused(post):
    """RFC 2033 5."""
    r = post.run("-C", post.config(
        "account default\nhost localhost\nport 25\nprotocol lmtp\n"
        "tls off\nfrom a@example.org\n"), RCPT)
    assert r.code == CONFIG
    said(r, "25")


@pytest.mark.parametrize("what", ["nothing", "a file", "nobody listens"])
def test_no_socket(post, what):
    path = post.folder / "socket"
    if what == "a file":
        path.write_text("")
    elif what == "nobody listens":
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(path))
    r = post.run("-C", post.config(
        f"account default\nsocket {path}\nprotocol lmtp\ntls off\n"
        "from a@example.org\n"), RCPT)
    assert r.code == TEMPORARY
    said(r, str(path))


def test_log_names_the_socket(post, serve, tmp_path):
    path = tmp_path / "lmtp"
    serve(protocol="lmtp", path=path)
    log = tmp_path / "log"
    r = post.run("-C", post.config(
        f"account default\nsocket {path}\nprotocol lmtp\ntls off\n"
        f"from a@example.org\nlogfile {log}\n"), RCPT)
    quiet(r)
    assert "exitcode=EX_OK" in log.read_text()
