"""Servers that misbehave, at each stage, whether by DATA or by BDAT.

Each row says what the server does, and what a caller is told: the exit code
of DESIGN.md's table in its column without a queue, and one line with the
account, the host and the server's own words.  test_submit.py has the plainer
rows, and test_hostile.py servers that mean harm.
"""

import re
import time

import pytest

from conftest import MESSAGE, RCPT, quiet, said
from server import (CHUNKING, Drip, Endless, HangUp, Hold, Raw, Reply, Silence,
                    WORDS)

OK, DATA, NOUSER, UNAVAILABLE = 0, 65, 67, 69
TEMPORARY, PROTOCOL, NOPERM = 75, 76, 77

LARGE = MESSAGE + b"more than goes in one flight\n" * 40000
WAYS = {"DATA": WORDS, "BDAT": CHUNKING,
        "one by one": ("8BITMIME", "SIZE", "ENHANCEDSTATUSCODES")}
DATA_BDAT = pytest.mark.parametrize("way", ["DATA", "BDAT"])
ALL_WAYS = pytest.mark.parametrize("way", WAYS)

GONE, SILENT = object(), object()


def name(value):
    return {GONE: "hang-up", SILENT: "silence"}.get(value, str(value))


def action(reply):
    """What a rule does: "421 ..." hangs up as well."""
    if reply is GONE:
        return HangUp()
    if reply is SILENT:
        return Silence()
    return HangUp(reply) if reply.startswith("421") else Reply(reply)


def told(r, server, reply, stage=""):
    """One line, that has the server's words, or says what it did."""
    said(r, f"default: localhost:{server.port}: ")
    if reply is GONE:
        assert "hung up" in r.err or "connection lost" in r.err, r.err
    elif reply is SILENT:
        assert "silent" in r.err, r.err
    else:
        assert reply in r.err
    if reply in (GONE, SILENT):
        assert stage in r.err, r.err


# Stages that test_submit.py does not have.

def second_ehlo(reply):
    """Only within TLS."""
    act = action(reply)
    return lambda session, _: act if session.tls else None


def second_answer(reply):
    """To the password; the name is taken."""
    act, seen = action(reply), []

    def choose(session, _line):
        seen.append(session)
        return act if len(seen) > 1 else None
    return choose


def in_the_message(reply):
    """Where it has begun, and more is on its way."""
    act = action(reply)

    def begin(session, line):
        if line == "DATA":
            session.say("354 go ahead")
            session.receive()
        act.act(session)
        return Silence()
    return begin


EHLO_TLS = {"421 4.3.2 go away": TEMPORARY, "451 4.3.0 not now": TEMPORARY,
            "550 5.7.1 not you": UNAVAILABLE, "502 5.5.1 what?": UNAVAILABLE,
            "500 5.5.2 what?": UNAVAILABLE, GONE: TEMPORARY,
            SILENT: TEMPORARY}
LOGIN = {"421 4.3.2 go away": TEMPORARY, "454 4.7.0 not now": TEMPORARY,
         "432 4.7.12 change it": TEMPORARY, "535 5.7.8 who?": NOPERM,
         "534 5.7.9 too weak": NOPERM, "530 5.7.0 no": NOPERM,
         "538 5.7.11 not here": NOPERM, "501 5.5.2 what?": NOPERM,
         GONE: TEMPORARY, SILENT: TEMPORARY}
BODY = {"421 4.3.2 going down": TEMPORARY, "452 4.3.1 disk full": TEMPORARY,
        "552 5.3.4 too much": UNAVAILABLE, "554 5.6.0 bad": DATA,
        GONE: TEMPORARY}
EARLY = [("EHLO after TLS", r, c) for r, c in EHLO_TLS.items()] + \
    [("first answer", r, c) for r, c in LOGIN.items()] + \
    [("second answer", r, c) for r, c in LOGIN.items()]


@pytest.mark.parametrize("stage, reply, code", EARLY, ids=[
    f"{s} {name(r)}" for s, r, _ in EARLY])
def test_before_the_envelope(post, serve, stage, reply, code):
    server = serve(tls="starttls", auth=["LOGIN"])
    if stage == "EHLO after TLS":
        server.on("EHLO", second_ehlo(reply))
    elif stage == "first answer":
        server.on("CHALLENGE", action(reply))
    else:
        server.on("CHALLENGE", second_answer(reply))
    start = time.monotonic()
    r = post.submit(server, RCPT, settings={
        "timeout": 1 if reply is SILENT else 20}, timeout=20)
    assert time.monotonic() - start < 15
    assert r.code == code, r.err
    told(r, server, reply, "EHLO" if "EHLO" in stage else "AUTH")
    assert not any(c.startswith(("HELO", "MAIL")) for c in server.commands)


@pytest.mark.parametrize("tls", ["none", "implicit"])
@DATA_BDAT
@pytest.mark.parametrize("reply", BODY, ids=name)
def test_in_the_message(post, serve, tls, way, reply):
    """It is far from its end, and so nothing can be in doubt."""
    server = serve(tls=tls, words=WAYS[way])
    server.on("DATA" if way == "DATA" else "CHUNK", in_the_message(reply))
    r = post.submit(server, RCPT, stdin=LARGE * 8)
    assert r.code == BODY[reply], r.err
    told(r, server, reply)
    assert "in doubt" not in r.err
    assert server.messages == [] and "DOT" not in server.commands


@pytest.mark.parametrize("tls", ["none", "implicit"])
@DATA_BDAT
def test_silence_in_the_message(post, serve, tls, way):
    """It takes no more of it: not the reply is late, but we are stuck."""
    server = serve(tls=tls, words=WAYS[way], buffers=4096)

    def stuck(session, line):
        if line == "DATA":
            session.say("354 go ahead")
        session.server.wait(lambda: False, 30)

    server.on("DATA" if way == "DATA" else "CHUNK", stuck)
    start = time.monotonic()
    r = post.submit(server, RCPT, stdin=LARGE * 8, settings={"timeout": 1},
                    timeout=30)
    assert time.monotonic() - start < 15
    assert r.code == TEMPORARY
    told(r, server, SILENT)
    assert "in doubt" not in r.err


# BDAT: the envelope and the message are one flight, all of it out before the
# first reply is in.  What is refused is known; what stays unanswered may be
# anywhere.

FLIGHT = {
    "MAIL": {"421 4.3.2 go away": TEMPORARY, "451 4.3.0 not now": TEMPORARY,
             "550 5.7.1 not you": UNAVAILABLE, "530 5.7.0 log in": NOPERM,
             "554 5.6.0 bad": DATA, GONE: TEMPORARY, SILENT: TEMPORARY},
    "RCPT": {"421 4.3.2 go away": TEMPORARY, "450 4.2.1 not now": TEMPORARY,
             "550 5.1.1 who?": NOUSER, "554 5.7.1 no": UNAVAILABLE,
             GONE: TEMPORARY, SILENT: TEMPORARY},
    "BDAT": {"421 4.3.2 go away": TEMPORARY, "452 4.3.1 full": TEMPORARY,
             "554 5.7.1 no": UNAVAILABLE, "554 5.6.0 bad": DATA,
             "552 5.3.4 too big": UNAVAILABLE, "503 5.5.1 now?": UNAVAILABLE,
             GONE: TEMPORARY, SILENT: TEMPORARY},
    "DOT": {"421 4.3.2 go away": TEMPORARY, "451 4.3.0 not now": TEMPORARY,
            "554 5.7.1 spam": UNAVAILABLE, "550 5.7.1 no": UNAVAILABLE,
            "554 5.6.0 bad": DATA, GONE: TEMPORARY, SILENT: TEMPORARY},
}
FLIGHTS = [(s, r, c) for s in FLIGHT for r, c in FLIGHT[s].items()]


@pytest.mark.parametrize("stage, reply, code", FLIGHTS, ids=[
    f"{s} {name(r)}" for s, r, _ in FLIGHTS])
def test_in_one_flight(post, serve, stage, reply, code):
    server = serve(tls="implicit", words=CHUNKING)
    server.on(stage, action(reply))
    r = post.submit(server, RCPT, settings={
        "timeout": 1 if reply is SILENT else 20}, timeout=20)
    assert r.code == code, r.err
    told(r, server, reply)
    assert server.messages == []
    assert ("in doubt" in r.err) == (reply in (GONE, SILENT)), r.err


@pytest.mark.parametrize("reply", [GONE, SILENT, "421 4.3.2 go away"],
                         ids=name)
@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_before_a_long_message(post, serve, stage, reply):
    """It waits for a recipient, and so nothing of it is out."""
    server = serve(words=CHUNKING)
    server.on(stage, action(reply))
    r = post.submit(server, RCPT, stdin=LARGE, timeout=20,
                    settings={"timeout": 1 if reply is SILENT else 20})
    assert r.code == TEMPORARY
    told(r, server, reply)
    assert "in doubt" not in r.err
    assert not any(c.startswith("BDAT") for c in server.commands)


# QUIT: whatever comes, the message is delivered.

QUITS = {"421": HangUp("421 4.3.2 bye"), "500": Reply("500 5.5.2 what?"),
         "451": Reply("451 4.3.0 not now"), "hang-up": HangUp(),
         "silence": Silence(), "garbage": Raw(b"\0\xff\r\n"),
         "two replies": Reply("221 2.0.0 a\r\n221 2.0.0 b"),
         "without end": Endless(b"221-2.0.0 bye\r\n" * 1000)}


@ALL_WAYS
@pytest.mark.parametrize("quits", QUITS)
def test_quit(post, serve, way, quits):
    server = serve(tls="implicit", words=WAYS[way])
    server.on("QUIT", QUITS[quits])
    quiet(post.submit(server, RCPT, timeout=10))
    assert len(server.messages) == 1


# The end of the message, and replies that do not belong there.

@ALL_WAYS
@pytest.mark.parametrize("reply", ["221 2.0.0 bye", "354 more", "334 "])
def test_odd_reply_to_the_message(post, serve, way, reply):
    """It is neither a yes nor a no."""
    server = serve(words=WAYS[way])
    server.on("DOT", reply)
    r = post.submit(server, RCPT)
    assert r.code in (TEMPORARY, PROTOCOL) and "in doubt" in r.err, r.err
    said(r, reply.strip())


@ALL_WAYS
@pytest.mark.parametrize("nth", [1, 2])
def test_closing_at_the_message(post, serve, way, nth):
    """421 for one of several: it is the reason for those behind it too."""
    server = serve(words=WAYS[way] + ("LIMITS RCPTMAX=1",))
    server.on("DOT", lambda session, _: HangUp("421 4.3.2 going down")
              if session.mails == nth else None)
    to = [f"r{i}@example.org" for i in range(4)]
    r = post.submit(server, *to)
    assert r.code == TEMPORARY
    why = "".join(line for line in r.err.split("\n")
                  if line.endswith(": 421 4.3.2 going down"))
    assert re.findall(r"<(.*?)>", why) == to[nth - 1:], r.err
    assert ("delivered all the same to <r0@" in r.err) == (nth == 2)
    assert [m.to for m in server.messages] == [[to[0]]] * (nth - 1)
    assert len(server.sessions) == 1


@ALL_WAYS
@pytest.mark.parametrize("reply", ["200 ok", "251 2.1.5 will forward", "299 x"])
def test_a_yes_of_any_kind(post, serve, way, reply):
    """RFC 5321 4.2: the first digit counts."""
    server = serve(words=WAYS[way])
    server.on("DOT", reply)
    quiet(post.submit(server, RCPT))


@DATA_BDAT
def test_hang_up_before_the_reply(post, serve, way):
    """In doubt, and said so: the server has it all."""
    server = serve(words=WAYS[way])
    server.on("DOT", HangUp())
    r = post.submit(server, RCPT, "c@example.org")
    assert r.code == TEMPORARY
    said(r, f"<{RCPT}>, <c@example.org>: in doubt", "may have it already",
         "hung up")
    assert len(server.unanswered) == 1 and "DOT" in server.commands


@pytest.mark.parametrize("reply, code", [
    ("250 2.0.0 go on", PROTOCOL), ("220 go on", PROTOCOL),
    ("235 2.7.0 welcome", PROTOCOL), ("334 ", PROTOCOL)])
@pytest.mark.parametrize("way", ["DATA", "one by one"])
def test_odd_reply_to_data(post, serve, way, reply, code):
    """250 to DATA: no message follows, for it would be read as commands."""
    server = serve(words=WAYS[way])
    server.on("DATA", reply)
    r = post.submit(server, RCPT)
    assert r.code == code
    said(r, reply.strip())
    assert server.wait_closed()
    assert [c for c in server.commands if c != "QUIT"][-1] == "DATA"


def test_all_refused_and_yet_a_yes_to_the_message(post, serve):
    server = serve(words=CHUNKING)
    server.on("RCPT", "550 5.1.1 who?")
    server.on("BDAT", "250 2.0.0 thanks")
    r = post.submit(server, RCPT)
    assert r.code == NOUSER
    said(r, f"<{RCPT}>: 550 5.1.1 who?")


def test_sender_refused_and_yet_a_yes_to_the_message(post, serve):
    server = serve(words=CHUNKING)
    server.on("MAIL", "553 5.7.1 not you")
    server.on("RCPT", "250 2.1.5 ok")
    server.on("BDAT", "250 2.0.0 thanks")
    r = post.submit(server, RCPT)
    assert r.code == TEMPORARY
    said(r, "in doubt", "refused the sender")


# Replies that are none.

def lines(n, octets):
    """A reply of n lines, each with so many octets of text."""
    text = b"2.0.0 " + b"x" * (octets - 6) + b"\r\n"
    return (b"250-" + text) * (n - 1) + b"250 " + text


KIB = 1024
NO_REPLY = {
    "code 000": b"000 hello\r\n", "code 199": b"199 hello\r\n",
    "code 600": b"600 hello\r\n", "code 999": b"999 hello\r\n",
    "code 2x0": b"2x0 hello\r\n", "code 25": b"25 hello\r\n",
    "code 2500": b"2500 hello\r\n", "code -250": b"-250 hello\r\n",
    "code +250": b"+250 hello\r\n", "blank before": b" 250 hello\r\n",
    "letters": b"two five oh\r\n", "full-width digits":
    "２５０ hello\r\n".encode(), "tab behind the code": b"250\thello\r\n",
    "colon behind the code": b"250:hello\r\n",
    "empty line": b"\r\n", "empty lines": b"\r\n\r\n250 hello\r\n",
    "NUL in the text": b"250 he\0llo\r\n", "NUL first": b"\0" b"250 hello\r\n",
    "NUL in the code": b"25\0 hello\r\n",
    "another code in the last line": b"250-hello\r\n550 there\r\n",
    "another code in the middle": b"250-a\r\n251-b\r\n250 c\r\n",
    "an empty line within": b"250-hello\r\n\r\n250 there\r\n",
    "text in the last line": b"250-hello\r\nthere\r\n",
    "one line of 64 KiB": lines(1, 64 * KIB),
    "one line of 1 MiB": lines(1, KIB * KIB),
    "many lines, 70 KiB": lines(70, KIB),
    "many lines, 1 MiB": lines(KIB, KIB),
    "very many empty lines": b"250-\r\n" * 100000 + b"250 x\r\n",
    "continuation without end": Endless(b"250-hello\r\n" * 1000),
    "a line without end": Endless(b"2" * 16 * KIB),
    "text without end": Endless(b"250 " + b"x" * 16 * KIB),
}
STAGES = {"greeting": "CONNECT", "EHLO": "EHLO", "STARTTLS": "STARTTLS",
          "login": "AUTH", "answer": "CHALLENGE", "MAIL": "MAIL",
          "RCPT": "RCPT", "DATA": "DATA", "dot": "DOT"}


def server_for(serve, stage, words):
    """With all that goes before the stage, and no more."""
    login = ["LOGIN"] if stage in ("login", "answer") else ()
    tls = "starttls" if stage == "STARTTLS" else \
        "implicit" if login else "none"
    return serve(words=words, tls=tls, auth=login)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("octets", NO_REPLY)
def test_no_reply(post, serve, stage, octets):
    act = NO_REPLY[octets]
    server = server_for(serve, stage, WORDS)
    server.on(STAGES[stage], Raw(act) if isinstance(act, bytes) else act)
    start = time.monotonic()
    r = post.submit(server, RCPT, timeout=20)
    assert time.monotonic() - start < 10
    assert r.code == (TEMPORARY if stage == "dot" else PROTOCOL), r.err
    said(r, f"default: localhost:{server.port}: ")
    assert len(r.err) < 1000
    assert ("in doubt" in r.err) == (stage == "dot")
    assert server.messages == []


@pytest.mark.parametrize("octets", NO_REPLY)
def test_no_reply_to_the_last_chunk(post, serve, octets):
    server, act = serve(words=CHUNKING), NO_REPLY[octets]
    server.on("DOT", Raw(act) if isinstance(act, bytes) else act)
    r = post.submit(server, RCPT, timeout=20)
    assert r.code == TEMPORARY, r.err
    assert "in doubt" in r.err and len(r.err) < 1000
    assert server.messages == []


# Odd, but replies.

ODD = {
    "no text": b"250\r\n", "no text, but a blank": b"250 \r\n",
    "lone line feed": b"250 ok\n", "lone line feeds": b"250-ok\n250 ok\n",
    "only a code in lines": b"250-\r\n250-\r\n250\r\n",
    "a CR in the text": b"250 o\rk\r\n", "two CRs at the end":
    b"250 ok\r\r\n", "8-bit text": b"250 \xe4\xff\x80\r\n",
    "controls": b"250 \x1b[2J\x07\r\n", "another enhanced code":
    b"250-2.0.0 ok\r\n250 2.1.5 ok\r\n",
    "an enhanced code of no sense": b"250 5.7.1 ok\r\n",
    "100 lines": lines(100, 70), "long line": lines(1, 4000),
}


@ALL_WAYS
@pytest.mark.parametrize("stage", ["EHLO", "MAIL", "RCPT", "DOT"])
@pytest.mark.parametrize("octets", ODD)
def test_odd_but_a_reply(post, serve, way, stage, octets):
    """What those octets stand for is done as well."""
    server = serve(words=WAYS[way])

    def act(session, line):
        usual = {"EHLO": session.on_ehlo, "MAIL": session.on_mail,
                 "RCPT": session.on_rcpt}.get(stage)
        if usual is not None:
            session.say = lambda text: None
            usual(line)
            del session.say
        return Raw(ODD[octets])

    server.on(stage, act)
    r = post.submit(server, RCPT)
    quiet(r)
    assert "DOT" in server.commands


@pytest.mark.parametrize("octets, shown", [
    (b"550 5.1.1 a\rb\r\n", "550 5.1.1 a"), (b"550\r\n", "550"),
    (b"550-5.1.1 one\r\n550 5.1.1 two\r\n", "550 5.1.1 one"),
    (b"550 5.1.1 \xe4\x1b[2J\r\n", "550 5.1.1 ")],
    ids=["CR", "no text", "two lines", "controls"])
def test_refused_in_an_odd_way(post, plain, octets, shown):
    plain.on("RCPT", Raw(octets))
    r = post.submit(plain, RCPT)
    assert r.code == NOUSER
    said(r, shown)


# A reply that nobody asked for.

def and_more(session, line):
    """The usual reply and one more, in one piece."""
    told_so = []
    session.say = told_so.append
    verb = line.split(" ")[0].lower()
    if line == "CONNECT":
        session.say("220 localhost ESMTP")
    else:
        getattr(session, "on_" + verb)(line)
    del session.say
    code, _, rest = told_so[0].partition(" ")
    out = rest.split("\n")
    octets = "".join(f"{code}{' ' if i == len(out) - 1 else '-'}{t}\r\n"
                     for i, t in enumerate(out))
    return Raw((octets + "250 2.0.0 and more\r\n").encode())


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT"])
def test_reply_too_many(post, serve, stage):
    """Where each command waits for its reply, it is plain to see."""
    server = serve(words=WAYS["one by one"], tls="implicit", auth=["PLAIN"])
    server.on(stage, and_more)
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL, r.err
    said(r)
    assert server.messages == []


def test_reply_before_the_message(post, serve):
    """A 354 and a 250 at once: the dot is not out, and has no reply yet."""
    server = serve(words=WAYS["one by one"])
    server.on("DATA", lambda session, _: (
        session.write(b"354 go on\r\n250 2.0.0 queued as EARLY\r\n"),
        Silence())[1])
    r = post.submit(server, RCPT, settings={"timeout": 2}, timeout=20)
    assert r.code in (PROTOCOL, TEMPORARY)
    assert "EARLY" not in r.err or "in doubt" not in r.err


def test_pipelined_reply_too_many(post, serve):
    """Each reply then answers the command behind its own: 250 to DATA."""
    server = serve(words=WORDS)
    server.on("MAIL", and_more)
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL, r.err
    assert server.messages == [] or "in doubt" in r.err


def test_reply_too_many_in_a_flight(post, serve):
    """What then answers BDAT is the yes to RCPT, and the refusal of the
    message stands where QUIT's 221 should: that is no delivery."""
    server = serve(words=CHUNKING)

    def act(session, _line):
        while b"QUIT\r\n" not in session.buf:
            session.more()
        session.write(b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.0.0 more\r\n"
                      b"554 5.7.1 spam\r\n221 2.0.0 bye\r\n")
        return HangUp()

    server.on("MAIL", act)
    r = post.submit(server, RCPT)
    assert r.code in (TEMPORARY, PROTOCOL)
    assert "in doubt" in r.err


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_replies_at_once(post, serve, tls):
    """All that a flight is owed, in one piece: that is as it should be."""
    server = serve(words=WORDS, tls=tls)

    def all_at_once(session, line):
        while b"DATA\r\n" not in session.buf:
            session.more()
        session.buf = b""
        session.helo = "x"
        session.say = lambda text: None
        session.on_mail(line)
        for to in (RCPT, "c@example.org"):
            session.on_rcpt(f"RCPT TO:<{to}>")
        del session.say
        session.write(b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n250 2.1.5 ok\r\n"
                      b"354 go ahead\r\n")
        session.data()
        return Hold(session.server.nothing)

    server.nothing = None
    server.on("MAIL", lambda s, line: (all_at_once(s, line), Raw(b""))[1])
    quiet(post.submit(server, RCPT, "c@example.org"))
    assert server.messages[0].to == [RCPT, "c@example.org"]


# EHLO, and what servers make of it.

def offer(server, *lines_of_it):
    """EHLO is answered with these lines as they are."""
    text = "".join(f"250-{line}\r\n" for line in
                   ("localhost",) + lines_of_it[:-1])
    octets = (text + f"250 {lines_of_it[-1]}\r\n").encode(
        "utf-8", "surrogateescape")

    def act(session, line):
        session.helo = line[5:]
        return Raw(octets)

    server.on("EHLO", act)
    return server


SIZES = {"plain": "SIZE 1000", "lower case": "size 1000",
         "odd case": "SiZe 1000", "two blanks": "SIZE  1000",
         "a tab": "SIZE\t1000", "blank behind": "SIZE 1000 ",
         "tab behind": "SIZE 1000\t", "blank before": " SIZE 1000",
         "leading zeros": "SIZE 0001000"}


@pytest.mark.parametrize("spelling", SIZES)
def test_size_however_spelled(post, plain, spelling):
    offer(plain, "PIPELINING", SIZES[spelling], "8BITMIME")
    r = post.submit(plain, RCPT, stdin=b"\n" + b"x\n" * 1000)
    assert r.code == UNAVAILABLE, r.err
    said(r, "1,000 octets" if "1,000" in r.err else "1000")
    assert not any(c.startswith("MAIL") for c in plain.commands)


NO_SIZES = {"none": "SIZE", "zero": "SIZE 0", "not a number": "SIZE big",
            "negative": "SIZE -1", "another word": "SIZES 10",
            "2^63": "SIZE 9223372036854775808",
            "huge": "SIZE " + "9" * 300, "with a unit": "SIZE 1M"}


@pytest.mark.parametrize("spelling", NO_SIZES)
def test_size_that_is_no_limit(post, plain, spelling):
    offer(plain, "PIPELINING", NO_SIZES[spelling], "8BITMIME")
    quiet(post.submit(plain, RCPT, stdin=b"\n" + b"x\n" * 1000))


WORD = {"plain": "{}", "lower case": "{}", "blank behind": "{} ",
        "tab behind": "{}\t", "blank before": " {}", "with a word behind":
        "{} whatever"}


@pytest.mark.parametrize("spelling", WORD)
def test_words_however_spelled(post, plain, spelling):
    """PIPELINING and 8BITMIME are used if they are understood."""
    def spell(word):
        word = WORD[spelling].format(word)
        return word.lower() if "lower" in spelling else word

    offer(plain, spell("PIPELINING"), spell("8BITMIME"), spell("DSN"))
    r = post.submit(plain, "-N", "never", RCPT, stdin=b"\nK\xe4the\n")
    quiet(r)
    m, = plain.messages
    assert "BODY=8BITMIME" in m.params and m.rcpts[0][1][0] == "NOTIFY=NEVER"
    assert any("MAIL" in str(f) and "DATA" in str(f)
               for f in plain.sessions[0].flights)


@pytest.mark.parametrize("spelling", WORD)
def test_starttls_however_spelled(post, serve, spelling):
    server = serve(tls="starttls")
    word = WORD[spelling].format("STARTTLS")
    offer(server, "8BITMIME", word.lower() if "lower" in spelling else word)
    quiet(post.submit(server, RCPT))
    assert server.messages[0].tls is not None


AUTHS = {"plain": ["AUTH PLAIN LOGIN"], "lower case": ["auth plain login"],
         "odd case": ["Auth pLaIn"], "the old form": ["AUTH=PLAIN LOGIN"],
         "both forms": ["AUTH=PLAIN LOGIN", "AUTH PLAIN LOGIN"],
         "two lines": ["AUTH LOGIN", "AUTH PLAIN"],
         "blanks": ["AUTH   LOGIN    PLAIN  "], "tabs": ["AUTH\tLOGIN\tPLAIN"],
         "unknown ones": ["AUTH NTLMX X-OLD GSSAPIX PLAIN XYZZY"],
         "twice": ["AUTH PLAIN PLAIN", "AUTH PLAIN"],
         "a long list": ["AUTH " + "XYZZY " * 400 + "PLAIN"],
         "the old form with a blank": ["AUTH= PLAIN LOGIN"]}


@pytest.mark.parametrize("spelling", AUTHS)
def test_auth_however_spelled(post, serve, spelling):
    server = serve(tls="implicit", auth=["PLAIN"])
    offer(server, "8BITMIME", *AUTHS[spelling])
    quiet(post.submit(server, RCPT))
    assert server.messages[0].user == "ann"


NO_AUTH = {"empty": "AUTH", "empty, a blank": "AUTH ", "a longer word":
           "AUTHENTICATE PLAIN", "in another word": "XAUTH PLAIN",
           "a part": "AUTH PLAINTEXT"}


@pytest.mark.parametrize("spelling", NO_AUTH)
def test_auth_not_offered(post, serve, spelling):
    server = serve(tls="implicit", auth=["PLAIN"])
    offer(server, "8BITMIME", NO_AUTH[spelling])
    r = post.submit(server, RCPT)
    assert r.code == UNAVAILABLE
    said(r, "login")
    assert not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_auth_only_after_tls(post, serve, tls):
    """Offered in the clear alone, or not at all: no password leaves."""
    server = serve(tls=tls, auth=["PLAIN"], auth_in_clear=True)
    if tls == "implicit":
        server.auth_in_clear = False
        quiet(post.submit(server, RCPT))
        return
    r = post.submit(server, RCPT)
    assert r.code == UNAVAILABLE
    assert not any(c.startswith("AUTH") for c in server.commands)


ODD_WORDS = {"unknown": ["X-YZZY 1 2 3", "XCLIENT NAME ADDR", "CHUNKING2"],
             "nothing": [""], "blanks": ["   ", "\t"],
             "not letters": ["!\"#$", "= =", "-", "250 OK"],
             "8-bit": ["K\udce4the", "日本語"],
             "very long": ["X" * 4000 + " " + "y" * 4000],
             "very many": [f"X{i}" for i in range(2000)],
             "twice": ["PIPELINING", "PIPELINING", "SIZE 1000000",
                       "SIZE 1000000", "8BITMIME", "8BITMIME"]}


@pytest.mark.parametrize("odd", ODD_WORDS)
def test_odd_words(post, plain, odd):
    offer(plain, *ODD_WORDS[odd], "8BITMIME")
    quiet(post.submit(plain, RCPT, stdin=b"\nK\xe4the\n"))
    assert "BODY=8BITMIME" in plain.messages[0].params


def test_offers_before_tls_count_no_more(post, serve):
    """What was offered in the clear anybody may have written."""
    server = serve(tls="starttls", words=())

    def act(session, line):
        if session.tls:
            return None
        session.helo = line[5:]
        return Reply("250 localhost\n8BITMIME\nCHUNKING\nPIPELINING\nSIZE 9"
                     "\nDSN\nSTARTTLS")

    server.on("EHLO", act)
    quiet(post.submit(server, "-N", "never", RCPT, stdin=b"\nK\xe4the\n"))
    m, = server.messages
    assert m.params == [] and m.rcpts == [(RCPT, [])]
    assert m.body_kind == "DATA"


# EHLO refused.

@pytest.mark.parametrize("code", ["500", "501", "502", "504", "550"])
def test_helo_instead(post, plain, code):
    """Nothing is wanted that HELO does not give; 550 is a refusal of us."""
    plain.on("EHLO", f"{code} 5.5.1 what?")
    r = post.submit(plain, RCPT)
    if code == "550":
        assert r.code in (OK, UNAVAILABLE)
        return
    quiet(r)
    assert plain.messages[0].params == []
    assert [c.split()[0] for c in plain.commands[:2]] == ["EHLO", "HELO"]


@pytest.mark.parametrize("what", ["tls", "login"])
def test_no_helo_instead(post, serve, what):
    server = serve(tls="starttls" if what == "tls" else "implicit",
                   auth=["PLAIN"])
    server.on("EHLO", "502 5.5.1 what?")
    r = post.submit(server, RCPT)
    assert r.code == UNAVAILABLE if what == "login" else \
        r.code in (UNAVAILABLE, PROTOCOL)
    said(r, "502 5.5.1 what?")
    assert not any(c.startswith(("HELO", "AUTH", "MAIL"))
                   for c in server.commands)


def test_hang_up_at_ehlo_and_helo_is_not_tried(post, plain):
    plain.on("EHLO", HangUp())
    r = post.submit(plain, RCPT)
    assert r.code == TEMPORARY
    told(r, plain, GONE, "EHLO")
    assert len(plain.sessions) == 1


# STARTTLS.

STARTTLS = {"250 ok": PROTOCOL, "334 ": PROTOCOL, "221 2.0.0 bye": PROTOCOL,
            "501 5.5.4 no parameters": PROTOCOL, "503 5.5.1 now?": PROTOCOL,
            "550 5.7.1 no": PROTOCOL, "454 4.7.0 not available": TEMPORARY}


@pytest.mark.parametrize("reply", STARTTLS)
def test_starttls_refused(post, serve, reply):
    server = serve(tls="starttls", auth=["PLAIN"], auth_in_clear=True)
    server.on("STARTTLS", reply)
    r = post.submit(server, RCPT)
    assert r.code == STARTTLS[reply], r.err
    said(r, reply.strip())
    assert not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


def test_starttls_then_garbage(post, serve):
    server = serve(tls="starttls", auth=["PLAIN"])
    server.on("STARTTLS", lambda session, _: (
        session.say("220 2.0.0 go ahead"), session.receive(),
        session.write(b"this is no TLS\r\n" * 10), Silence())[-1])
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL
    said(r, "TLS")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_hang_up_in_the_handshake(post, serve, tls):
    server = serve(tls="none" if tls == "implicit" else tls)
    if tls == "implicit":
        server.on("CONNECT", lambda session, _: (session.receive(),
                                                 HangUp())[1])
    else:
        server.on("STARTTLS", lambda session, _: (
            session.say("220 2.0.0 go ahead"), session.receive(),
            HangUp())[-1])
    r = post.submit(server, RCPT, settings={
        "tls": "on", "tls_trust_file": server.certs / "ca.pem",
        "tls_starttls": "on" if tls == "starttls" else "off"})
    assert r.code in (TEMPORARY, PROTOCOL)
    said(r)
    assert not any(c.startswith("MAIL") for c in server.commands)


# One octet a second.

DRIPS = {"CONNECT": b"220 " + b"x" * 600, "EHLO": b"250-localhost\r\n250-" +
         b"x" * 600, "MAIL": b"250 2.1.0 " + b"x" * 600,
         "DOT": b"250-2.0.0 one\r\n" + b"250-2.0.0 x\r\n" * 60}


@pytest.mark.parametrize("stage", DRIPS)
def test_an_octet_a_second(post, plain, stage):
    """timeout sees something come; total_timeout ends it all the same."""
    drip = Drip(DRIPS[stage])
    plain.on(stage, drip)
    start = time.monotonic()
    r = post.submit(plain, RCPT, timeout=30, settings={
        "timeout": 20, "total_timeout": 3})
    assert 2 < time.monotonic() - start < 8
    assert r.code == TEMPORARY, r.err
    said(r, "time")
    assert ("in doubt" in r.err) == (stage == "DOT")
    assert drip.sent >= 1


@pytest.mark.parametrize("stage", ["CONNECT", "MAIL", "DOT"])
def test_an_octet_a_second_is_no_answer(post, plain, stage):
    """timeout is for a whole reply (RFC 5321 4.5.3.2), not for an octet."""
    plain.on(stage, Drip(DRIPS[stage]))
    start = time.monotonic()
    r = post.submit(plain, RCPT, timeout=30, settings={"timeout": 2})
    assert time.monotonic() - start < 10
    assert r.code == TEMPORARY, r.err
    assert ("in doubt" in r.err) == (stage == "DOT")


@ALL_WAYS
def test_octets_one_by_one(post, serve, way):
    """The same, but as fast as it goes: every cut of every reply."""
    server = serve(words=WAYS[way], piece=1)
    quiet(post.submit(server, RCPT))
    assert server.messages[0].body == b"hello\r\n"
