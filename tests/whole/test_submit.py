"""Submission against a server that does what the test wants.

The exit codes are those of DESIGN.md's table, in its column without a queue.
"""

import array
import fcntl
import os
import pathlib
import re
import signal
import socket
import ssl
import termios
import threading

import pytest

from conftest import MESSAGE, PASSWORD, RCPT, USER, check_output, until
from server import HangUp, Hold, MECHANISMS, Raw, Reply, Silence

OK, USAGE, DATA, NOUSER, NOHOST, UNAVAILABLE = 0, 64, 65, 67, 68, 69
TEMPORARY, PROTOCOL, NOPERM, CONFIG = 75, 76, 77, 78

LINKS = ["none", "starttls", "implicit"]
BOTH = {"pipelining": ("PIPELINING", "8BITMIME", "SIZE"),
        "one by one": ("8BITMIME", "SIZE")}


@pytest.fixture(params=BOTH)
def words(request):
    return BOTH[request.param]


def sent_nothing(server):
    return server.messages == [] and "DOT" not in server.commands


# It works.

@pytest.mark.parametrize("tls", LINKS)
def test_each_link(post, serve, words, tls):
    server = serve(tls=tls, words=words, auth=() if tls == "none"
                   else MECHANISMS)
    r = post.submit(server, RCPT, "c@example.org")
    assert (r.code, r.out, r.err) == (OK, "", "")
    m, s = server.messages[0], server.sessions[0]
    assert m.sender == "ann@example.org"
    assert m.to == [RCPT, "c@example.org"]
    assert m.body == b"hello\r\n"
    assert m.user == (None if tls == "none" else USER)
    assert (m.tls is None) == (tls == "none")
    assert not m.bare and not s.bare and not s.early
    assert len(server.sessions) == 1


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("tls", LINKS[1:])
def test_tls_version(post, serve, tls, version):
    server = serve(tls=tls, tls_max=getattr(ssl.TLSVersion, version))
    assert post.submit(server, RCPT).code == OK
    assert server.messages[0].tls == version.replace("_", ".")
    assert server.sessions[0].sni == "localhost"


def test_turns(post, serve):
    """One flight each: EHLO, AUTH, MAIL to DATA, the message with QUIT."""
    server = serve(tls="implicit", auth=["PLAIN"])
    r = post.submit(server, "-d", *[f"r{i}@example.org" for i in range(50)])
    assert r.code == OK
    assert server.wait_closed()
    assert server.sessions[0].turns <= 4
    assert server.commands[-1] == "QUIT"
    assert [c.split()[0] for c in server.commands[:4]] == \
        ["EHLO", "AUTH", "MAIL", "RCPT"]


def test_without_pipelining_each_command_waits(post, serve):
    server = serve(words=["8BITMIME"])
    assert post.submit(server, RCPT, "c@example.org").code == OK
    talk = [line[0] for line in server.sessions[0].transcript]
    before_quit = "".join(talk).rpartition("C")[0]
    assert "CC" not in before_quit


def test_quit_is_not_waited_for(post, plain):
    plain.on("QUIT", Silence())
    r = post.submit(plain, RCPT, timeout=20)
    assert (r.code, r.err) == (OK, "")


def test_ehlo_name(post, plain):
    assert post.submit(plain, RCPT, settings={"domain": "me.example"}).code \
        == OK
    assert plain.sessions[0].helo == "me.example"


def test_ehlo_name_is_an_address_or_a_domain(post, plain):
    assert post.submit(plain, RCPT).code == OK
    assert re.fullmatch(r"\[127\.0\.0\.1\]|([\w-]+\.)+[\w-]+",
                        plain.sessions[0].helo)


def test_helo_after_a_refusal(post, plain):
    plain.on("EHLO", "502 5.5.1 not implemented")
    assert post.submit(plain, RCPT).code == OK
    assert plain.messages[0].params == []


def test_source_ip(post, plain):
    r = post.submit(plain, RCPT, settings={"source_ip": "127.0.0.1"})
    assert r.code == OK
    r = post.submit(plain, RCPT, settings={"source_ip": "192.0.2.77"})
    assert r.code == TEMPORARY
    assert "source_ip" in r.err


def test_many_recipients(post, serve, words):
    server = serve(words=words)
    server.on("RCPT TO:<r7", "550 5.1.1 no such user")
    to = [f"r{i}@example.org" for i in range(1000)]
    r = post.submit(server, *to)
    refused = [t for t in to if t.startswith("r7")]
    assert r.code == NOUSER
    assert server.messages[0].to == [t for t in to if t not in refused]
    told = [line for line in r.err.split("\n") if "550 5.1.1 no such" in line]
    for t in refused:
        assert any(f"<{t}>" in line for line in told)
    assert not any("<r1@example.org>" in line for line in told)


# What is offered.

def test_size_is_told(post, plain):
    assert post.submit(plain, RCPT).code == OK
    m = plain.messages[0]
    assert m.params == [f"SIZE={m.size}"]


def test_size_exceeded(post, serve):
    server = serve(words=["SIZE 1000"])
    r = post.submit(server, RCPT, stdin=b"\n" + b"x\n" * 1000)
    assert r.code == UNAVAILABLE
    assert "1,000 octets" in r.err
    assert not any(c.startswith("MAIL") for c in server.commands)


def test_size_refused_by_the_server(post, plain):
    plain.on("MAIL", "552 5.3.4 too big")
    r = post.submit(plain, RCPT)
    assert r.code == UNAVAILABLE
    assert "552 5.3.4 too big" in r.err


def test_8bit(post, serve, words):
    server = serve(words=words)
    r = post.submit(server, RCPT, stdin=b"\nK\xe4the\n")
    assert r.code == OK
    assert "BODY=8BITMIME" in server.messages[0].params


def test_7bit_is_not_called_8bit(post, plain):
    assert post.submit(plain, RCPT).code == OK
    assert not any("BODY" in p for p in plain.messages[0].params)


@pytest.mark.parametrize("message", [b"\nK\xe4the\n",
                                     "Subject: Käthe\n\n".encode()],
                         ids=["body", "header"])
def test_8bit_where_only_7bit_goes(post, serve, message):
    """It is encoded: how is for test_recode and test_wire_fit."""
    server = serve(words=["SIZE"])
    r = post.submit(server, RCPT, stdin=message)
    assert (r.code, r.err) == (OK, "")
    assert server.messages[0].text.isascii()
    assert not any("BODY" in p for p in server.messages[0].params)


@pytest.mark.parametrize("by", ["flags", "keywords"])
def test_dsn(post, plain, by):
    if by == "flags":
        r = post.submit(plain, "-N", "failure,delay", "-R", "full", "-V",
                        "a=b", RCPT)
    else:
        r = post.submit(plain, RCPT, settings={
            "dsn_notify": "failure,delay", "dsn_return": "full"})
    assert r.code == OK
    m = plain.messages[0]
    assert "RET=FULL" in m.params
    assert ("ENVID=a+3Db" in m.params) == (by == "flags")
    assert m.rcpts[0][1] == ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{RCPT}"]


def test_smtputf8_only_where_it_is_needed(post, serve):
    for words, code in (["SMTPUTF8", "8BITMIME"], OK), (["8BITMIME"], DATA):
        server = serve(words=words)
        r = post.submit(server, "käthe@example.org", "a@example.org")
        assert r.code == code
        if code == OK:
            assert "SMTPUTF8" in server.messages[0].params
        else:
            assert server.messages[0].to == ["a@example.org"]
            assert "SMTPUTF8" in r.err
    server = serve(words=["SMTPUTF8", "8BITMIME"])
    assert post.submit(server, RCPT).code == OK
    assert "SMTPUTF8" not in server.messages[0].params


# Who said what: each stage, each kind of refusal.

GONE = object()
STAGES = {      # the rule's prefix: replies and their exit codes
    "greeting": ("CONNECT", {
        "421 4.3.2 go away": TEMPORARY, "450 4.3.2 not now": TEMPORARY,
        "554 5.3.2 never": UNAVAILABLE, GONE: TEMPORARY}),
    "EHLO": ("EHLO", {
        "421 4.3.2 go away": TEMPORARY, "451 4.3.0 not now": TEMPORARY,
        "550 5.7.1 not you": UNAVAILABLE, GONE: TEMPORARY}),
    "STARTTLS": ("STARTTLS", {
        "421 4.3.2 go away": TEMPORARY, "454 4.7.0 not now": TEMPORARY,
        "502 5.5.1 what?": PROTOCOL, GONE: TEMPORARY}),
    "AUTH": ("AUTH", {
        "421 4.3.2 go away": TEMPORARY, "454 4.7.0 not now": TEMPORARY,
        "535 5.7.8 who?": NOPERM, "534 5.7.9 too weak": NOPERM,
        "530 5.7.0 no": NOPERM, "504 5.5.4 what?": UNAVAILABLE,
        GONE: TEMPORARY}),
    "MAIL": ("MAIL", {
        "421 4.3.2 go away": TEMPORARY, "451 4.3.0 not now": TEMPORARY,
        "550 5.7.1 not you": UNAVAILABLE, "553 5.1.8 bad": UNAVAILABLE,
        "530 5.7.0 log in": NOPERM, "554 5.6.0 bad": DATA,
        GONE: TEMPORARY}),
    "RCPT": ("RCPT", {
        "421 4.3.2 go away": TEMPORARY, "450 4.2.1 not now": TEMPORARY,
        "550 5.1.1 who?": NOUSER, "551 5.1.6 moved": NOUSER,
        "553 5.1.3 what?": NOUSER, "554 5.1.1 who?": NOUSER,
        "550 who?": NOUSER, "554 5.7.1 no": UNAVAILABLE,
        "552 5.2.2 full": UNAVAILABLE, GONE: TEMPORARY}),
    "DATA": ("DATA", {
        "421 4.3.2 go away": TEMPORARY, "451 4.3.0 not now": TEMPORARY,
        "554 5.7.1 no": UNAVAILABLE, "554 5.6.0 bad": DATA,
        GONE: TEMPORARY}),
    "dot": ("DOT", {
        "421 4.3.2 go away": TEMPORARY, "451 4.3.0 not now": TEMPORARY,
        "554 5.7.1 spam": UNAVAILABLE, "550 5.7.1 no": UNAVAILABLE,
        "554 5.6.0 bad": DATA, "552 5.3.4 too big": UNAVAILABLE,
        GONE: TEMPORARY}),
}
REFUSALS = [(stage, reply) for stage in STAGES for reply in STAGES[stage][1]]


def server_for(serve, stage, words, tls=None):
    tls = tls or ("starttls" if stage == "STARTTLS" else "implicit")
    return serve(tls=tls, words=words, auth=["PLAIN"] if stage == "AUTH"
                 else ())


@pytest.mark.parametrize("stage, reply", REFUSALS, ids=[
    f"{s} {r if r is not GONE else 'hang-up'}" for s, r in REFUSALS])
def test_refusal(post, serve, words, stage, reply):
    prefix, codes = STAGES[stage]
    server = server_for(serve, stage, words)
    if stage == "EHLO":
        server.on("HELO", reply if reply is not GONE else HangUp())
    if reply is GONE:
        server.on(prefix, HangUp())
    elif reply.startswith("421"):
        server.on(prefix, HangUp(reply))
    else:
        server.on(prefix, reply)
    r = post.submit(server, RCPT)
    assert r.code == codes[reply], r.err
    if reply is not GONE and not reply.startswith("421"):
        assert reply in r.err
    assert r.err.startswith(f"posthorn: default: localhost:{server.port}: ")
    assert server.messages == []
    if reply is GONE and stage == "dot":
        assert "in doubt" in r.err
    elif stage != "dot":
        assert "DOT" not in server.commands
        assert "in doubt" not in r.err


@pytest.mark.parametrize("stage", [s for s in STAGES if s != "greeting"])
def test_421_alone(post, serve, words, stage):
    """The server says 421, and leaves hanging up to us."""
    server = server_for(serve, stage, words)
    server.on(STAGES[stage][0], "421 4.3.2 going down")
    r = post.submit(server, RCPT, timeout=20)
    assert r.code == TEMPORARY
    assert "421 4.3.2 going down" in r.err
    assert server.messages == []


BABBLE = {"no code": b"hello\r\n", "binary": b"\x80\x81\r\n\xff",
          "two codes": b"250-a\r\n550 b\r\n", "600": b"600 what\r\n",
          "endless": b"2" * 200000, "HTTP": b"HTTP/1.1 400 Bad Request\r\n"}


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "DATA", "dot"])
@pytest.mark.parametrize("babble", BABBLE)
def test_not_smtp(post, serve, words, stage, babble):
    server = serve(words=words)
    server.on(STAGES[stage][0], Raw(BABBLE[babble]))
    r = post.submit(server, RCPT, settings={"timeout": 10})
    assert r.code == PROTOCOL or (stage == "dot" and r.code == TEMPORARY)
    assert server.messages == []
    assert len(r.err) < 4000
    assert all(c.isprintable() or c == "\n" for c in r.err)
    assert ("in doubt" in r.err) == (stage == "dot")


@pytest.mark.parametrize("piece", [1, 2, 7])
@pytest.mark.parametrize("tls", LINKS)
def test_replies_in_tiny_pieces(post, serve, words, tls, piece):
    server = serve(words=words, tls=tls, piece=piece)
    assert post.submit(server, RCPT).code == OK
    assert server.messages[0].to == [RCPT]


def test_replies_with_lone_line_feeds(post, serve, words):
    server = serve(words=words, newline="\n")
    assert post.submit(server, RCPT).code == OK


def test_reply_is_escaped_and_cut(post, plain):
    plain.on("RCPT", "550 5.1.1 \x1b[31mred\x07 " + "y" * 5000)
    r = post.submit(plain, RCPT)
    assert r.code == NOUSER
    assert "\x1b" not in r.err and "\x07" not in r.err
    assert len(r.err) < 600


def test_reply_that_nobody_asked_for(post, plain):
    plain.on("EHLO", Raw(b"250 localhost\r\n250 once more\r\n"))
    r = post.submit(plain, RCPT)
    assert r.code == PROTOCOL
    assert plain.messages == []


# Some yes, some no.

MIXED = [
    ({"b": "550 5.1.1 who?"}, NOUSER, "ac"),
    ({"a": "450 4.2.1 later"}, TEMPORARY, "bc"),
    ({"a": "450 4.2.1 later", "b": "550 5.1.1 who?"}, NOUSER, "c"),
    ({"a": "554 5.7.1 no", "c": "451 4.3.0 later"}, UNAVAILABLE, "b"),
    ({"a": "554 5.7.1 no", "b": "550 5.1.1 who?"}, NOUSER, "c"),
    ({"a": "550 5.1.1 who?", "b": "550 5.1.1 who?", "c": "450 4.2.1 l"},
     NOUSER, ""),
]


@pytest.mark.parametrize("replies, code, to", MIXED,
                         ids=[" ".join(f"{k}:{v[:3]}" for k, v in m[0].items())
                              for m in MIXED])
def test_partial_refusal(post, serve, words, replies, code, to):
    server = serve(words=words)
    for name, reply in replies.items():
        server.on(f"RCPT TO:<{name}@", reply)
    r = post.submit(server, *[f"{n}@example.org" for n in "abc"])
    assert r.code == code
    for name, reply in replies.items():
        assert re.search(f"<{name}@example.org>.*: {re.escape(reply)}", r.err)
    if to:
        assert server.messages[0].to == [f"{n}@example.org" for n in to]
        told = [line for line in r.err.split("\n") if "delivered" in line]
        assert len(told) == 1
        for name in "abc":
            assert (f"<{name}@example.org>" in told[0]) == (name in to)
    else:
        assert sent_nothing(server)
        assert "delivered" not in r.err


def test_bad_address_and_refusal(post, plain):
    plain.on("RCPT TO:<a@", "550 5.1.1 who?")
    r = post.submit(plain, "a@example.org", "b c@example.org", "d@example.org")
    assert r.code == DATA
    assert plain.messages[0].to == ["d@example.org"]


def test_354_though_all_were_refused(post, plain):
    """A pipelining server that is not careful: no message goes out."""
    plain.on("RCPT", "550 5.1.1 who?")
    plain.on("DATA", lambda session, _: (setattr(session, "mail", None),
                                         "354 go on")[1])
    plain.on(".", "554 5.5.1 no valid recipients")
    r = post.submit(plain, RCPT)
    assert r.code == NOUSER
    assert plain.wait_closed()
    said = plain.sessions[0].commands
    assert not any(c.startswith(("Subject", "hello")) for c in said)


# Silence.

SILENT = ["CONNECT", "EHLO", "AUTH", "CHALLENGE", "MAIL", "RCPT", "DATA",
          "DOT"]


@pytest.mark.parametrize("tls, stage", [("starttls", "STARTTLS")] + [
    (tls, stage) for tls in LINKS[1:] for stage in ["HANDSHAKE"] + SILENT])
def test_silence_ends(post, serve, tls, stage):
    server = serve(tls=tls, tls_silent=stage == "HANDSHAKE",
                   auth=["LOGIN"])
    if stage != "HANDSHAKE":
        server.on(stage, Silence())
    r = post.submit(server, RCPT, settings={"timeout": 1}, timeout=20)
    assert r.code == TEMPORARY, r.err
    assert "silent" in r.err or "no answer" in r.err
    assert ("in doubt" in r.err) == (stage == "DOT")
    assert server.messages == []


def test_silence_between_the_lines_of_a_reply(post, plain):
    class Half(Silence):
        def act(self, session):
            session.write(b"250-2.1.0 one\r\n250-tw")
            super().act(session)

    plain.on("MAIL", Half())
    r = post.submit(plain, RCPT, settings={"timeout": 1}, timeout=20)
    assert r.code == TEMPORARY


class Stall:
    """Ask for the message, and do not read it."""

    def __init__(self):
        self.over = threading.Event()

    def act(self, session):
        session.say("354 go ahead")
        session.server.wait(self.over.is_set, 60)
        session.close()


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_silence_while_the_message_is_sent(post, serve, tls):
    server = serve(tls=tls)
    stall = Stall()
    server.on("DATA", stall)
    r = post.submit(server, RCPT, stdin=b"\n" + (b"y" * 79 + b"\n") *
                    200000, settings={"timeout": 1},
                    timeout=40)
    server.poke(stall.over)
    assert r.code == TEMPORARY
    assert "in doubt" not in r.err


def test_nobody_accepts(post):
    """The system takes the connection, and nobody ever speaks."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        r = post.run("--host=localhost", f"--port={s.getsockname()[1]}",
                     "--tls=off", "--timeout=1", "-f", "a@example.org", RCPT,
                     timeout=20)
    assert r.code == TEMPORARY


def test_connection_refused(post, serve):
    server = serve()
    server.stop()
    r = post.submit(server, RCPT)
    assert r.code == TEMPORARY
    assert "refused" in r.err


def test_no_such_host(post):
    r = post.run("--host=nowhere.invalid", "-f", "a@example.org", RCPT,
                 "--timeout=20")
    assert r.code in (NOHOST, TEMPORARY)    # 75 where no name server answers
    assert "nowhere.invalid" in r.err


# Hanging up where the message is under way.

@pytest.mark.parametrize("tls", LINKS)
def test_hang_up_in_the_message(post, serve, tls):
    class Cut(HangUp):
        def act(self, session):
            session.say("354 go ahead")
            session.receive()
            super().act(session)

    server = serve(tls=tls)
    server.on("DATA", Cut())
    r = post.submit(server, RCPT, stdin=b"\n" + (b"y" * 79 + b"\n") * 200000)
    assert r.code == TEMPORARY
    assert "in doubt" not in r.err
    assert server.messages == []


def test_last_words_in_the_message(post, plain):
    """A server that has had enough says so while we write."""
    class Enough:
        def act(self, session):
            session.say("354 go ahead")
            session.receive()
            session.say("552 5.3.4 that is too much")
            Silence().act(session)

    plain.on("DATA", Enough())
    r = post.submit(plain, RCPT, stdin=b"\n" + (b"y" * 79 + b"\n") * 200000)
    assert r.code == UNAVAILABLE
    assert "552 5.3.4 that is too much" in r.err
    assert "DOT" not in plain.commands


# Logging in.

@pytest.mark.parametrize("offered", [[m] for m in MECHANISMS],
                         ids=MECHANISMS)
@pytest.mark.parametrize("tls", LINKS[1:])
def test_each_mechanism(post, serve, tls, offered):
    server = serve(tls=tls, auth=offered)
    r = post.submit(server, "-d", RCPT)
    assert r.code == OK
    assert server.messages[0].user == USER
    assert f"C: AUTH {offered[0]}" in r.err


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_mechanism_as_configured(post, secure, mechanism):
    r = post.submit(secure, RCPT, settings={"auth": mechanism.lower()})
    assert r.code == OK
    assert [c for c in secure.commands
            if c.startswith(f"AUTH {mechanism}")]


def test_strongest_is_chosen(post, serve):
    order = ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"]
    for i, best in enumerate(order):
        server = serve(tls="implicit", auth=reversed(order[i:]))
        assert post.submit(server, RCPT).code == OK
        used = [c for c in server.commands if c.startswith("AUTH")]
        assert used[0].split()[1] == best


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-1",
                                       "SCRAM-SHA-256"])
def test_initial_response_saves_a_turn(post, serve, mechanism):
    server = serve(tls="implicit", auth=[mechanism])
    assert post.submit(server, RCPT).code == OK
    assert len([c for c in server.commands
                if c.startswith("AUTH")][0].split()) == 3


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("who", ["password", "user"])
def test_wrong_login(post, serve, mechanism, who):
    server = serve(tls="implicit", auth=[mechanism])
    r = post.submit(server, RCPT, settings={who: "wrong"})
    assert r.code == NOPERM
    assert "535 5.7.8" in r.err and "check " in r.err
    assert sent_nothing(server)


AWKWARD = ["with blank", 'with"quote', "ünïcödé", "comma,equals=",
           "x" * 400, "percent%sign %n", "trailing\\"]


@pytest.mark.parametrize("password", AWKWARD, ids=[
    "blank", "quote", "UTF-8", "comma", "long", "percent", "backslash"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_awkward_password(post, serve, mechanism, password):
    server = serve(tls="implicit", auth=[mechanism],
                   users={"a,n=n": password})
    (post.folder / "word").write_text(password + "\n")
    r = post.submit(server, "-d", RCPT, settings={
        "user": "a,n=n", "password": None,
        "passwordeval": f"cat {post.folder}/word"})
    assert r.code == OK, r.err
    assert server.messages[0].user == "a,n=n"
    assert password not in r.err


@pytest.mark.parametrize("tls", LINKS[1:])
def test_no_login_offered(post, serve, tls):
    server = serve(tls=tls, auth=["PLAIN"])
    server.auth = ()
    r = post.submit(server, RCPT, settings={"auth": "on", "user": USER,
                                            "password": PASSWORD})
    assert r.code == UNAVAILABLE
    assert "login" in r.err
    assert not any(c.startswith("MAIL") for c in server.commands)


def test_mechanism_not_offered(post, serve):
    server = serve(tls="implicit", auth=["PLAIN"])
    r = post.submit(server, RCPT, settings={"auth": "cram-md5"})
    assert r.code == UNAVAILABLE
    assert "PLAIN" in r.err and "CRAM-MD5" in r.err
    assert not any(c.startswith("AUTH") for c in server.commands)


def test_login_after_a_refused_ehlo(post, secure):
    secure.on("EHLO", "502 5.5.1 what?")
    r = post.submit(secure, RCPT)
    assert r.code == UNAVAILABLE
    assert not any(c.startswith(("AUTH", "MAIL")) for c in secure.commands)


def test_no_login_without_tls_before_starttls(post, serve):
    """AUTH is offered in the clear too, and not taken there."""
    server = serve(tls="starttls", auth=["PLAIN"], auth_in_clear=True)
    assert post.submit(server, RCPT).code == OK
    verbs = [c.split()[0] for c in server.commands]
    assert verbs.index("STARTTLS") < verbs.index("AUTH")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_no_password_in_the_clear(post, serve, mechanism):
    server = serve(auth=[mechanism], auth_in_clear=True)
    r = post.submit(server, RCPT)
    assert r.code == UNAVAILABLE
    assert "tls" in r.err
    assert not any(c.startswith("AUTH") for c in server.commands)


@pytest.mark.parametrize("fault", ["signature", "no-signature", "nonce"])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_scram_impostor(post, serve, mechanism, fault):
    server = serve(tls="implicit", auth=[mechanism], scram_fault=fault)
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL
    assert mechanism in r.err
    assert not any(c.startswith("MAIL") for c in server.commands)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
@pytest.mark.parametrize("rounds, code", [
    (1, OK), (100000, OK), (1000001, PROTOCOL), (4294967296, PROTOCOL),
    (0, PROTOCOL), (-1, PROTOCOL)])
def test_scram_rounds(post, serve, mechanism, rounds, code):
    server = serve(tls="implicit", auth=[mechanism], iterations=rounds)
    r = post.submit(server, RCPT)
    assert r.code == code, r.err
    assert (server.messages != []) == (code == OK)


@pytest.mark.parametrize("challenge", ["334 !!!not-base64", "334 ",
                                       "334 " + "QUJD" * 5000])
@pytest.mark.parametrize("mechanism", ["CRAM-MD5", "SCRAM-SHA-256"])
def test_odd_challenge(post, serve, mechanism, challenge):
    server = serve(tls="implicit", auth=[mechanism])
    server.on("AUTH", challenge)
    server.on("", "535 5.7.8 no")
    server.on("CONNECT", "220 x")
    server.on("EHLO", f"250 x\nAUTH {mechanism}")
    server.on("AUTH", challenge)
    r = post.submit(server, RCPT)
    assert r.code in (PROTOCOL, NOPERM)
    assert not any(c.startswith("MAIL") for c in server.commands)


# Trust.

BAD_CERTS = {"wrong-name": "mail.example.org", "expired": "expired",
             "unknown-ca": "sign", "self-signed": "sign"}


@pytest.mark.parametrize("tls", LINKS[1:])
@pytest.mark.parametrize("cert", BAD_CERTS)
def test_bad_certificate(post, serve, tls, cert):
    server = serve(tls=tls, cert=cert, auth=["PLAIN"])
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL
    assert "certificate" in r.err and BAD_CERTS[cert] in r.err
    assert not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


def test_certificate_of_another_ca_by_the_system(post, serve):
    """No tls_trust_file: the system's trust, which knows no CA of ours."""
    server = serve(tls="implicit")
    r = post.submit(server, RCPT, settings={"tls_trust_file": None})
    assert r.code in (PROTOCOL, CONFIG)     # 78 where the system has none
    assert server.messages == []


def test_host_name_override(post, serve):
    server = serve(tls="implicit", cert="wrong-name")
    r = post.submit(server, RCPT,
                    settings={"tls_host_override": "mail.example.org"})
    assert r.code == OK
    assert server.sessions[0].sni == "mail.example.org"


def test_host_by_address(post, serve):
    server = serve(tls="implicit")
    r = post.submit(server, RCPT, settings={"host": "127.0.0.1"})
    assert r.code == OK
    assert server.sessions[0].sni is None


@pytest.mark.parametrize("cert", BAD_CERTS)
def test_certcheck_off(post, serve, cert):
    server = serve(tls="implicit", cert=cert)
    r = post.submit(server, RCPT, settings={"tls_certcheck": "off",
                                            "tls_trust_file": None})
    assert r.code == OK


@pytest.mark.parametrize("settings, code", [
    ({"tls_trust_file": "/nonexistent"}, CONFIG),
    ({"tls_trust_file": "/dev/null"}, CONFIG),
    ({"tls_priorities": "NONSENSE"}, CONFIG)], ids=["no file", "no CA",
                                                    "priorities"])
def test_bad_tls_settings(post, secure, settings, code):
    r = post.submit(secure, RCPT, settings=settings)
    assert r.code == code
    assert secure.messages == []


@pytest.mark.parametrize("tls", LINKS[1:])
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
@pytest.mark.parametrize("priorities", [None, "NORMAL:+VERS-TLS1.1:"
                                        "+VERS-TLS1.0"],
                         ids=["default", "allowed"])
def test_old_tls(post, serve, tls, version, priorities):
    with_old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        with_old.minimum_version = getattr(ssl.TLSVersion, version)
    except (ValueError, AttributeError):
        pytest.skip(f"this OpenSSL has no {version}")
    server = serve(tls=tls, tls_max=getattr(ssl.TLSVersion, version),
                   auth=["PLAIN"])
    r = post.submit(server, RCPT, settings={"tls_priorities": priorities})
    assert r.code == PROTOCOL, r.err
    assert "TLS" in r.err
    assert not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


def test_starttls_missing(post, serve):
    server = serve(tls="starttls", auth=["PLAIN"], auth_in_clear=True)
    server.tls = "none"
    path = post.config(post.settings(
        server, tls="on", tls_starttls="on",
        tls_trust_file=server.certs / "ca.pem"))
    r = post.run("-C", path, RCPT)
    assert r.code == PROTOCOL
    assert "STARTTLS" in r.err
    assert not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


INJECTED = {"a reply": b"250 evil\r\n", "EHLO": b"250-evil\r\n250 AUTH PLAIN"
            b"\r\n", "half a line": b"250"}


@pytest.mark.parametrize("inject", INJECTED)
def test_plaintext_after_starttls(post, serve, inject):
    server = serve(tls="starttls", auth=["PLAIN"], inject=INJECTED[inject])
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL
    assert not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


def test_plain_server_for_implicit_tls(post, serve, certs):
    server = serve()
    path = post.config(post.settings(server, tls="on",
                                     tls_trust_file=certs / "ca.pem"))
    r = post.run("-C", path, RCPT)
    assert r.code == PROTOCOL
    assert "tls_starttls" in r.err


def test_tls_cut_off_without_good_bye(post, serve):
    """Truncation after the final reply is no failure; before it, it is."""
    server = serve(tls="implicit")
    server.on("QUIT", HangUp())
    assert post.submit(server, RCPT).code == OK


# Signals.

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def start(post, server, *args, stdin=MESSAGE, **settings):
    p = post.start("-C", post.config(post.settings(server, **settings)), *args)
    p.stdin.write(stdin)
    p.stdin.close()
    p.stdin = None
    return p


@pytest.mark.parametrize("stage", ["EHLO", "AUTH", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("sig", SIGNALS, ids=lambda s: s.name)
def test_signal_before_the_dot(post, serve, words, sig, stage):
    server = serve(tls="implicit", auth=["PLAIN"], words=words)
    server.on(stage, Silence())
    p = start(post, server, RCPT)
    assert server.wait_command(stage)
    p.send_signal(sig)
    r = post.finish(p, timeout=20)
    assert r.code == TEMPORARY
    assert "interrupted" in r.err and "in doubt" not in r.err
    assert server.wait_closed()
    assert sent_nothing(server)


@pytest.mark.parametrize("sig", SIGNALS, ids=lambda s: s.name)
def test_signal_while_the_message_is_sent(post, serve, sig):
    class Slow:
        """Take the first of it, and no more until the client is gone."""

        def __init__(self):
            self.begun, self.go = threading.Event(), threading.Event()
            self.got = b""

        def act(self, session):
            session.say("354 go ahead")
            self.got += session.receive()
            session.server.poke(self.begun)
            session.server.wait(self.go.is_set)
            while data := session.receive():
                self.got += data
            session.close()

    server = serve(tls="implicit")
    slow = Slow()
    server.on("DATA", slow)
    p = start(post, server, RCPT, stdin=b"\n" + (b"y" * 79 + b"\n") * 200000)
    assert server.wait(slow.begun.is_set)
    p.send_signal(sig)
    r = post.finish(p, timeout=20)
    server.poke(slow.go)
    assert r.code == TEMPORARY
    assert "interrupted" in r.err
    assert server.wait_closed()
    assert b"\r\n.\r\n" not in slow.got


@pytest.mark.parametrize("reply, code", [
    ("250 2.0.0 Ok: queued as X1", OK), ("554 5.7.1 spam", UNAVAILABLE),
    ("451 4.3.0 later", TEMPORARY)], ids=["250", "554", "451"])
@pytest.mark.parametrize("sig", SIGNALS, ids=lambda s: s.name)
def test_signal_after_the_dot(post, serve, words, sig, reply, code):
    """The reply is awaited, and believed."""
    server = serve(tls="implicit", words=words)
    event = threading.Event()
    server.on("DOT", Reply(reply, event=event))
    p = start(post, server, "-v", RCPT)
    assert server.wait_command("DOT")
    p.send_signal(sig)
    until_pending_is_gone(p, sig)
    assert p.poll() is None
    server.poke(event)
    r = post.finish(p, timeout=20)
    assert r.code == code
    assert reply in r.err


def until_pending_is_gone(p, sig):
    """Wait until the process has taken the signal, where /proc tells."""
    status = pathlib.Path(f"/proc/{p.pid}/status")

    def taken():
        try:
            text = status.read_text()
        except OSError:
            return True
        pending = [int(line.split()[1], 16) for line in text.split("\n")
                   if line.startswith(("SigPnd", "ShdPnd"))]
        return not any(mask >> (sig - 1) & 1 for mask in pending)

    until(taken, "the signal to be taken")


def test_signal_after_the_dot_and_silence(post, serve):
    server = serve(tls="implicit")
    server.on("DOT", Silence())
    p = start(post, server, RCPT)
    assert server.wait_command("DOT")
    p.terminate()
    r = post.finish(p, timeout=30)          # ten seconds, by DESIGN.md
    assert r.code == TEMPORARY
    assert "in doubt" in r.err


@pytest.mark.parametrize("when", ["waiting", "reading"])
@pytest.mark.parametrize("sig", SIGNALS, ids=lambda s: s.name)
def test_signal_while_the_message_is_read(post, plain, sig, when):
    """Whether it waits in read(2), or has yet to come back to it."""
    p = post.start("-C", post.config(post.settings(plain)), RCPT)
    p.stdin.write(b"\n" + (b"y" * 79 + b"\n") * 5000)   # over what a pipe has
    p.stdin.flush()
    if when == "waiting":
        if not os.path.isdir("/proc/self"):
            pytest.skip("no /proc here")
        until(lambda: unread(p.stdin) == 0 and asleep(p), "the reader")
    p.send_signal(sig)
    p.wait(timeout=10)
    r = post.finish(p, timeout=20)
    assert r.code == TEMPORARY
    assert "nothing was sent" in r.err
    assert plain.sessions == []


def unread(pipe):
    """Octets that are in a pipe."""
    octets = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, octets)
    return octets[0]


def asleep(p):
    stat = pathlib.Path(f"/proc/{p.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "S"


def test_ignored_signal_stays_ignored(post, plain):
    """As under nohup."""
    event = threading.Event()
    plain.on("MAIL", Hold(event))
    path = post.config(post.settings(plain))
    p = post.start("-c", 'trap "" HUP; exec "$0" "$@"', post.binary, "-C",
                   path, RCPT, program="/bin/sh")
    p.stdin.write(MESSAGE)
    p.stdin.close()
    p.stdin = None
    assert plain.wait_command("MAIL")
    p.send_signal(signal.SIGHUP)
    plain.poke(event)
    assert post.finish(p, timeout=20).code == OK
    assert len(plain.messages) == 1


# Secrets.

@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("source", ["password", "passwordeval"])
def test_debug_shows_no_secret(post, serve, mechanism, source):
    """finish() looks for the password; here also for what was sent."""
    server = serve(tls="implicit", auth=[mechanism])
    settings = {"password": None, "passwordeval": f"echo {PASSWORD}"} \
        if source == "passwordeval" else {}
    r = post.submit(server, "-v", "-d", RCPT, settings=settings)
    assert r.code == OK
    at = [i for i, c in enumerate(server.commands) if c.startswith("AUTH")][0]
    for command in server.commands[at:]:
        if command.startswith("MAIL"):
            break
        for word in command.split()[2 if command.startswith("AUTH") else 0:]:
            assert word not in r.err
    assert "***" in r.err


def test_secrets_are_not_in_proc(post, serve):
    if not os.path.isdir("/proc/self"):
        pytest.skip("no /proc here")
    server = serve(tls="implicit", auth=["PLAIN"])
    event = threading.Event()
    server.on("MAIL", Hold(event))
    p = start(post, server, RCPT)
    assert server.wait_command("MAIL")
    for name in ("cmdline", "environ"):
        check_output(pathlib.Path(f"/proc/{p.pid}/{name}").read_text())
    server.poke(event)
    assert post.finish(p).code == OK


def test_helper_does_not_get_the_password_of_another(post, secure):
    """Nothing of the configuration is in a helper's environment."""
    command = f"env >{post.folder}/env; echo {PASSWORD}"
    r = post.submit(secure, RCPT, settings={"password": None,
                                            "passwordeval": command})
    assert r.code == OK
    check_output((post.folder / "env").read_text())


# The log.

def log_of(post, server, *args, code=OK, **settings):
    path = post.folder / "log"
    r = post.submit(server, *args, settings={"logfile": path, **settings})
    assert r.code == code, r.err
    lines = path.read_text().split("\n")
    assert len(lines) == 2 and lines[1] == ""
    check_output(lines[0])
    return dict(re.findall(r"(\w+)=('[^']*'|\S*)", lines[0])), lines[0]


def test_log_line(post, secure):
    fields, line = log_of(post, secure, RCPT, "c@example.org")
    m = secure.messages[0]
    assert re.match(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d host=", line)
    assert list(fields) == [
        "host", "tls", "auth", "user", "from", "recipients", "mailsize",
        "smtpstatus", "smtpmsg", "exitcode", "messageid", "queueid", "sent",
        "turns", "ms"]
    assert fields["host"] == "localhost"
    assert (fields["tls"], fields["auth"]) == ("on", "on")
    assert (fields["user"], fields["from"]) == (USER, "ann@example.org")
    assert fields["recipients"] == f"{RCPT},c@example.org"
    assert fields["mailsize"] == str(m.size)
    assert fields["smtpstatus"] == "250"
    assert fields["smtpmsg"] == "'2.0.0 Ok: queued as TEST1'" or \
        fields["smtpmsg"] == "'250 2.0.0 Ok: queued as TEST1'"
    assert fields["exitcode"] == "EX_OK"
    assert fields["messageid"] == m.field("Message-ID")
    assert (fields["queueid"], fields["sent"]) == ("TEST1", "2")
    assert fields["turns"].isdigit() and fields["ms"].isdigit()


def test_log_line_of_a_failure(post, secure):
    secure.on("RCPT", "550 5.1.1 it's \r nobody")
    fields, line = log_of(post, secure, RCPT, code=NOUSER)
    assert fields["exitcode"] == "EX_NOUSER"
    assert "550 5.1.1" in fields["errormsg"]
    assert fields["sent"] == "0"
    assert "queueid" not in fields
    assert all(c.isprintable() for c in line)


def test_log_line_without_a_server(post, plain):
    plain.stop()
    fields, _ = log_of(post, plain, RCPT, code=TEMPORARY)
    assert fields["exitcode"] == "EX_TEMPFAIL"
    assert "refused" in fields["errormsg"]


def test_log_time_format(post, plain):
    _, line = log_of(post, plain, RCPT, logfile_time_format="%Y:%j")
    assert re.match(r"\d{4}:\d{3} host=", line)


def test_log_is_private(post, plain):
    log_of(post, plain, RCPT)
    assert (post.folder / "log").stat().st_mode & 0o077 == 0


def test_log_to_standard_output(post, plain):
    r = post.submit(plain, RCPT, settings={"logfile": "-"})
    assert r.code == OK
    assert "exitcode=EX_OK" in r.out


def test_log_cannot_be_forged(post, plain):
    path = post.folder / "log"
    r = post.submit(plain, '"a\\b c=d"@example.org', RCPT, stdin=b"Message-ID:"
                    b" <x> exitcode=EX_NOPERM\n\thost=evil\n\n",
                    settings={"logfile": path})
    assert r.code == OK
    text = path.read_text()
    assert text.count("\n") == 1
    assert " host=evil" not in text and " exitcode=EX_NOPERM" not in text


@pytest.mark.parametrize("log", ["/nonexistent/log", "/", "/dev/full"])
def test_log_that_fails_does_not_fail_the_mail(post, plain, log):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    r = post.submit(plain, RCPT, settings={"logfile": log})
    assert r.code == OK
    assert "log" in r.err
    assert len(plain.messages) == 1


def test_log_under_load(post, plain):
    """Lines of several processes do not mix."""
    path = post.config(post.settings(plain, logfile=post.folder / "log"))
    running = [post.start("-C", path, f"r{i}@example.org") for i in range(20)]
    for p in running:
        assert post.finish(p, MESSAGE).code == OK
    lines = (post.folder / "log").read_text().split("\n")
    assert len(lines) == 21
    assert all(line.count("exitcode=EX_OK") == 1 for line in lines[:-1])


def test_syslog_does_no_harm(post, plain):
    r = post.submit(plain, "-L", "tag", RCPT, settings={"syslog": "LOG_MAIL"})
    assert (r.code, r.err) == (OK, "")
