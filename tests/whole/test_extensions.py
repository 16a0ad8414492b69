"""What a server offers, and what is made of it."""

import re

import pytest

from conftest import MESSAGE, PASSWORD, RCPT, quiet, said, until
from server import CHUNKING, Gather, HangUp, MECHANISMS, WORDS

OK, USAGE, DATA, NOUSER, UNAVAILABLE = 0, 64, 65, 67, 69
TEMPORARY, PROTOCOL, CONFIG = 75, 76, 78
KIB = 1024

LONG = MESSAGE + b"more than goes in one flight\n" * 40000
ALL = CHUNKING + ("SMTPUTF8", "REQUIRETLS", "MT-PRIORITY",
                  "DELIVERBY", "FUTURERELEASE 999999 2099-12-31T00:00:00Z")
WAYS = {"DATA": WORDS, "BDAT": CHUNKING,
        "one by one": ("8BITMIME", "SIZE 209715200")}
ALL_WAYS = pytest.mark.parametrize("way", WAYS)
DATA_BDAT = pytest.mark.parametrize("way", ["DATA", "BDAT"])


def names(n):
    return [f"r{i}@example.org" for i in range(n)]


def delivered(server):
    """Who got it, by each message that was accepted."""
    return sorted(a for m in server.messages for a in m.delivered)


def verbs_of(server):
    return [c.split()[0] for c in server.commands if c != "QUIT"]


# Turns.

@pytest.mark.parametrize("size", [1, 100 * KIB, 255 * KIB])
@pytest.mark.parametrize("rcpts", [1, 50])
@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_one_flight(post, serve, tls, rcpts, size):
    """No reply to MAIL before QUIT is there: whoever waits, waits for ever."""
    server = serve(words=CHUNKING, tls=tls)
    server.on("MAIL", Gather(b"QUIT\r\n"))
    text = b"\n" + b"x" * 98 + b"\n"
    text += (b"y" * 62 + b"\n") * (size // 64)
    r = post.submit(server, *names(rcpts), stdin=text, timeout=20,
                    settings={"timeout": 5})
    quiet(r)
    m, = server.messages
    assert m.to == names(rcpts) and m.chunks == [m.size]
    assert m.body.count(b"y" * 62 + b"\r\n") == size // 64
    assert server.wait_closed()
    assert verbs_of(server) == ["EHLO", "MAIL"] + ["RCPT"] * rcpts + \
        ["BDAT", "DOT"]
    assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize("tls, turns", [("none", 3), ("implicit", 4),
                                        ("starttls", 6)])
@pytest.mark.parametrize("way", ["DATA", "BDAT"])
@pytest.mark.parametrize("rcpts", [1, 1000])
def test_turns(post, serve, tls, turns, way, rcpts):
    """After TCP and TLS: greeting, EHLO, a login where there is TLS, and one
    flight; DATA adds one, STARTTLS two."""
    server = serve(words=WAYS[way], tls=tls,
                   auth=() if tls == "none" else ["PLAIN"])
    log = post.folder / "log"
    r = post.submit(server, *names(rcpts), settings={"logfile": log})
    quiet(r)
    told = int(re.search(r" turns=(\d+)", log.read_text())[1])
    assert told == turns + (way == "DATA")


def test_longer_message_waits_for_a_recipient(post, serve):
    server = serve(words=CHUNKING)
    quiet(post.submit(server, RCPT, stdin=LONG))
    talk = server.sessions[0].transcript
    at = next(i for i, line in enumerate(talk) if line.startswith("C: BDAT"))
    assert "S: 250 2.1.5 ok" in talk[:at]
    m, = server.messages
    assert sum(m.chunks) == m.size == len(m.text)
    assert m.body.endswith(b"one flight\r\n")


@pytest.mark.parametrize("refusal", ["550 5.1.1 who?", "450 4.2.1 later"])
@pytest.mark.parametrize("way", WAYS)
def test_nobody_accepted_and_a_long_message(post, serve, way, refusal):
    """No gigabyte for nobody."""
    server = serve(words=WAYS[way])
    server.on("RCPT", refusal)
    r = post.submit(server, RCPT, "c@example.org", stdin=LONG)
    assert r.code == (NOUSER if refusal[0] == "5" else TEMPORARY)
    said(r, f"<{RCPT}>, <c@example.org>: {refusal}")
    assert server.wait_closed()
    assert not any(c.startswith("BDAT") for c in server.commands)
    assert "DOT" not in server.commands


def test_two_flights_with_pipelining_alone(post, serve):
    """MAIL to DATA; then the message, the dot and QUIT."""
    server = serve(words=WORDS)
    server.on("MAIL", Gather(b"DATA\r\n"))
    server.on("DOT", Gather(b"QUIT\r\n"))
    quiet(post.submit(server, *names(50), settings={"timeout": 5},
                      timeout=20))
    assert server.messages[0].to == names(50)


def test_chunking_without_pipelining(post, serve):
    """Each command waits; the chunk and its octets are one."""
    server = serve(words=("CHUNKING", "8BITMIME"))
    quiet(post.submit(server, RCPT, "c@example.org"))
    assert server.messages[0].body_kind == "BDAT"
    talk = "".join(t[0] for t in server.sessions[0].transcript
                   if not t.startswith("C: ("))
    assert "CC" not in talk.rpartition("C")[0]


@ALL_WAYS
def test_octets_as_they_are(post, serve, way):
    """Dots that begin a line, and a last line without an end."""
    server = serve(words=WAYS[way])
    text = b"Subject: x\n\n.\n..\n.x\n\nlast"
    quiet(post.submit(server, "-i", RCPT, stdin=text))
    m, = server.messages
    body = b".\r\n..\r\n.x\r\n\r\nlast"
    assert m.body in (body + b"\r\n", body)
    assert not m.bare


@pytest.mark.parametrize("tls, most", [("none", 6), ("implicit", 6)])
def test_writes_are_gathered(post, serve, tls, most):
    """EHLO, a login, and a flight: few reads find all of it."""
    server = serve(words=CHUNKING, tls=tls, auth=["PLAIN"]
                   if tls == "implicit" else ())
    quiet(post.submit(server, *names(100)))
    assert server.wait_closed()
    assert server.sessions[0].reads <= most


# Never a deadlock.

@pytest.mark.parametrize("words", [WORDS, CHUNKING], ids=["DATA", "BDAT"])
@pytest.mark.parametrize("size", [1, 200 * KIB])
def test_ten_thousand_recipients_and_small_buffers(post, serve, soon, words,
                                                   size):
    """The server writes each reply, and does not read meanwhile."""
    server = serve(words=words, buffers=4096)
    server.on("RCPT TO:<r77@", "550 5.1.1 who?")
    to = names(10000)
    (post.folder / "to").write_text("To: " + ",\n ".join(to) + "\n\n" +
                                    "y" * 70 + "\n" * (size // 70))
    with open(post.folder / "to", "rb") as f:
        r = post.submit(server, "-t", stdin=f, timeout=6 * soon)
    assert r.code == NOUSER, r.err[:500]
    assert len(server.messages) == 1, r.err[:500]
    m, = server.messages
    assert len(m.to) == 9999


def test_long_replies_and_small_buffers(post, serve):
    """More comes back than goes out."""
    server = serve(words=CHUNKING, buffers=4096)
    server.on("RCPT", "450 4.2.1 " + "z" * 480)
    r = post.submit(server, *names(2000), settings={"timeout": 20})
    assert r.code == TEMPORARY
    assert server.messages == []


# SIZE.

@pytest.mark.parametrize("way", WAYS)
def test_too_large(post, serve, way):
    """Refused before it is sent, with both numbers."""
    words = tuple(w for w in WAYS[way] if not w.startswith("SIZE"))
    server = serve(words=words + ("SIZE 10240",))
    r = post.submit(server, RCPT, stdin=b"\n" + b"x\n" * 10000)
    assert r.code == UNAVAILABLE
    said(r, "5.3.4", "10")
    assert re.search(r"\b(29|30)", r.err)
    assert verbs_of(server) == ["EHLO"]


@pytest.mark.parametrize("less", [0, 1])
def test_size_to_the_octet(post, serve, less):
    server = serve(words=("SIZE 209715200",))
    quiet(post.submit(server, RCPT, stdin=b"Date: Mon, 6 Jan 2020 10:00:00 "
                      b"+0000\nMessage-ID: <1@example.org>\n\nx\n"))
    size = server.messages[0].size
    server.words = (f"SIZE {size - less}",)
    r = post.submit(server, RCPT, stdin=b"Date: Mon, 6 Jan 2020 10:00:00 "
                    b"+0000\nMessage-ID: <1@example.org>\n\nx\n")
    assert r.code == (UNAVAILABLE if less else OK), r.err


# 8BITMIME, BINARYMIME, SMTPUTF8.

@ALL_WAYS
def test_8bitmime(post, serve, way):
    server = serve(words=WAYS[way])
    quiet(post.submit(server, RCPT, stdin=b"\nK\xc3\xa4the\n"))
    m, = server.messages
    assert "BODY=8BITMIME" in m.params and m.body == b"K\xc3\xa4the\r\n"


BINARY = b"""MIME-Version: 1.0
Content-Type: application/octet-stream
Content-Transfer-Encoding: binary

"""


@pytest.mark.parametrize("body", [b"a\0b", b"x" * 5000, b"\xff" * 2000],
                         ids=["NUL", "long line", "8-bit and long"])
@pytest.mark.parametrize("offered", ["BINARYMIME", "CHUNKING", "neither"])
def test_binarymime(post, serve, offered, body):
    """Where it is offered the octets arrive; else they are encoded."""
    words = {"BINARYMIME": CHUNKING, "CHUNKING": WORDS + ("CHUNKING",),
             "neither": WORDS}[offered]
    server = serve(words=words)
    quiet(post.submit(server, RCPT, stdin=BINARY + body + b"\n"))
    m, = server.messages
    assert ("BODY=BINARYMIME" in m.params) == (offered == "BINARYMIME")
    if offered == "BINARYMIME":
        assert m.body_kind == "BDAT" and m.body.startswith(body)
    else:
        assert b"\0" not in m.text
        assert all(len(x) <= 998 for x in m.text.split(b"\r\n"))


@pytest.mark.parametrize("offered", [True, False])
@DATA_BDAT
def test_smtputf8(post, serve, offered, way):
    server = serve(words=WAYS[way] + ("SMTPUTF8",) * offered)
    r = post.submit(server, "käthe@example.org", "a@example.org")
    m, = server.messages
    if offered:
        quiet(r)
        assert "SMTPUTF8" in m.params and len(m.to) == 2
    else:
        assert r.code == DATA and m.to == ["a@example.org"]
        assert "SMTPUTF8" in r.err


# DSN and AUTH=.

@DATA_BDAT
def test_dsn(post, serve, way):
    server = serve(words=WAYS[way])
    quiet(post.submit(server, "-N", "success,delay", "-R", "hdrs", "-V",
                      "id+1", RCPT))
    m, = server.messages
    assert {"RET=HDRS", "ENVID=id+2B1"} <= set(m.params)
    assert m.rcpts[0][1] == ["NOTIFY=SUCCESS,DELAY", f"ORCPT=rfc822;{RCPT}"]


@pytest.mark.parametrize("value, param", [
    ("ann@example.org", "AUTH=ann@example.org"), ("<>", "AUTH=<>"),
    ("a+b=c@example.org", "AUTH=a+2Bb+3Dc@example.org")])
def test_auth_parameter(post, serve, value, param):
    server = serve(tls="implicit", auth=["PLAIN"])
    quiet(post.submit(server, RCPT, settings={"mail_auth": value}))
    assert param in server.messages[0].params


def test_auth_parameter_where_no_auth_is_offered(post, plain):
    """It is left out, and nothing is wrong."""
    quiet(post.submit(plain, RCPT, settings={"mail_auth": "a@example.org"}))
    assert not any("AUTH" in p for p in plain.messages[0].params)


# LIMITS, announced or not: all get it, each once.

@pytest.mark.parametrize("n", [1, 2, 3, 7, 8])
@ALL_WAYS
def test_rcptmax(post, serve, way, n):
    """Several transactions on one connection."""
    server = serve(words=WAYS[way] + ("LIMITS RCPTMAX=3",))
    quiet(post.submit(server, *names(n)))
    assert delivered(server) == names(n)
    assert [len(m.to) for m in server.messages] == \
        [3] * (n // 3) + [n % 3] * (n % 3 > 0)
    assert len(server.sessions) == 1
    assert len({m.sha256 for m in server.messages}) == 1
    assert not any("452" in line for line in server.sessions[0].transcript)


def test_rcptmax_in_the_log(post, serve):
    """Each part has an identifier."""
    server = serve(words=CHUNKING + ("LIMITS RCPTMAX=2 MAILMAX=2",))
    log = post.folder / "log"
    quiet(post.submit(server, *names(5), settings={"logfile": log}))
    assert " queueid=TEST1,TEST2,TEST3 sent=5 " in log.read_text()


@ALL_WAYS
def test_rcptmax_and_a_long_message(post, serve, way):
    """The body is read from its beginning each time."""
    server = serve(words=WAYS[way] + ("LIMITS RCPTMAX=2",))
    quiet(post.submit(server, *names(5), stdin=LONG))
    assert delivered(server) == names(5)
    assert len({m.sha256 for m in server.messages}) == 1


@ALL_WAYS
def test_mailmax(post, serve, way):
    """A connection for each two transactions."""
    server = serve(words=WAYS[way] + ("LIMITS RCPTMAX=2 MAILMAX=2",),
                   tls="implicit", auth=["PLAIN"])
    quiet(post.submit(server, *names(7)))
    assert delivered(server) == names(7)
    assert [s.mails for s in server.sessions] == [2, 2]
    assert server.wait_closed()
    assert all(s.quit for s in server.sessions)


MAILMAX_FAILS = {"greeting 421": ("CONNECT", "421 4.3.2 busy", TEMPORARY),
                 "greeting 554": ("CONNECT", "554 5.3.2 no", UNAVAILABLE),
                 "MAIL 451": ("MAIL", "451 4.3.0 later", TEMPORARY),
                 "MAIL 550": ("MAIL", "550 5.7.1 no", UNAVAILABLE),
                 "dot 554": ("DOT", "554 5.7.1 no", UNAVAILABLE),
                 "dot hang-up": ("DOT", HangUp(), TEMPORARY)}


@ALL_WAYS
@pytest.mark.parametrize("row", MAILMAX_FAILS)
def test_second_connection_fails(post, serve, way, row):
    """Who has got it by then is told, and so is why the others have not."""
    server = serve(words=WAYS[way] + ("LIMITS RCPTMAX=2 MAILMAX=1",))
    stage, act, code = MAILMAX_FAILS[row]
    server.on(stage, lambda session, _: act
              if len(server.sessions) == 2 else None)
    r = post.submit(server, *names(5))
    assert r.code == code, r.err
    told = r.err.split("\n")
    assert any("delivered all the same" in line and "<r0@" in line and
               "<r1@" in line and "<r2@" not in line for line in told), r.err
    assert any("<r2@" in line and "<r3@" in line for line in told), r.err
    assert ("in doubt" in r.err) == (row == "dot hang-up")
    assert any("<r4@" in line for line in told), r.err


@ALL_WAYS
def test_mailmax_that_is_not_announced(post, serve, way):
    """421 to MAIL where one was taken before: another connection serves."""
    server = serve(words=WAYS[way] + ("LIMITS RCPTMAX=2",))
    server.on("MAIL", lambda session, _:
              HangUp("421 4.7.0 too many messages") if session.mails else None)
    quiet(post.submit(server, *names(4)))
    assert [m.to for m in server.messages] == [names(4)[:2], names(4)[2:]]
    assert [s.mails for s in server.sessions] == [1, 1]


@ALL_WAYS
def test_rcptdomainmax(post, serve, way):
    server = serve(words=WAYS[way] + ("LIMITS RCPTDOMAINMAX=1",))
    to = ["a@one.example", "b@two.example", "c@ONE.example",
          "d@three.example"]
    quiet(post.submit(server, *to))
    assert [a.lower() for a in delivered(server)] == \
        sorted(a.lower() for a in to)
    for m in server.messages:
        assert len({a.rpartition("@")[2].lower() for a in m.to}) == 1


@pytest.mark.parametrize("words", ["LIMITS", "LIMITS X=1", "LIMITS RCPTMAX=0",
                                   "LIMITS RCPTMAX=x MAILMAX=",
                                   "LIMITS RCPTMAX=99999999999999999999"])
def test_limits_that_are_none(post, serve, words):
    server = serve(words=CHUNKING)
    server.words += (words,)
    server.limit = lambda name: None
    quiet(post.submit(server, *names(5)))
    assert delivered(server) == names(5) and len(server.messages) == 1


@ALL_WAYS
@pytest.mark.parametrize("n", [3, 10])
def test_too_many_recipients(post, serve, way, n):
    """452 4.5.3: the rest goes in another transaction, on this connection if
    no QUIT is on its way."""
    server = serve(words=WAYS[way], rcpt_max=2)
    quiet(post.submit(server, *names(n)))
    assert delivered(server) == names(n)
    assert len(server.sessions) <= (2 if way == "BDAT" else 1)


@ALL_WAYS
def test_too_many_recipients_by_other_words(post, serve, way):
    """RFC 5321 4.5.3.1.10: 552 to be taken for 452."""
    server = serve(words=WAYS[way])

    def count(session, _line):
        full = session.mail is not None and len(session.mail.to) >= 2
        return "552 5.5.3 too many recipients" if full else None

    server.on("RCPT", count)
    r = post.submit(server, *names(5))
    assert r.code in (OK, UNAVAILABLE)
    assert len(delivered(server)) >= 2
    assert len(set(delivered(server))) == len(delivered(server))


@ALL_WAYS
def test_too_many_recipients_where_one_is_too_many(post, serve, way):
    """It cannot go on like this for ever."""
    server = serve(words=WAYS[way], rcpt_max=0)
    r = post.submit(server, *names(3))
    assert r.code == TEMPORARY
    assert "452 4.5.3 too many recipients" in r.err
    assert server.messages == [] and verbs_of(server).count("MAIL") <= 3


@ALL_WAYS
def test_limits_and_refusals(post, serve, way):
    """A refused one does not fill a place, and is not tried again."""
    server = serve(words=WAYS[way], rcpt_max=2)
    server.on("RCPT TO:<r1@", "550 5.1.1 who?")
    server.on("RCPT TO:<r3@", "450 4.2.1 later")
    r = post.submit(server, *names(7))
    assert r.code == NOUSER
    assert delivered(server) == [a for a in names(7) if a[1] not in "13"]
    for name in ("r1@", "r3@"):
        assert sum(c.startswith(f"RCPT TO:<{name}")
                   for c in server.commands) == 1
    assert "<r1@example.org>: 550 5.1.1 who?" in r.err
    assert "<r3@example.org>: 450 4.2.1 later" in r.err
    assert "delivered all the same" in r.err


@ALL_WAYS
@pytest.mark.parametrize("reply, code", [
    ("554 5.7.1 spam", UNAVAILABLE), ("451 4.3.0 later", TEMPORARY)])
def test_second_transaction_refused(post, serve, way, reply, code):
    server = serve(words=WAYS[way] + ("LIMITS RCPTMAX=2",))
    seen = []
    server.on("DOT", lambda session, _: (
        seen.append(0), reply if len(seen) == 2 else None)[1])
    r = post.submit(server, *names(5))
    assert r.code == code, r.err
    assert reply in r.err
    assert not {"r2@example.org", "r3@example.org"} & set(delivered(server))
    assert {"r0@example.org", "r1@example.org"} <= set(delivered(server))
    for name in delivered(server):
        told = [x for x in r.err.split("\n") if "delivered all" in x]
        assert f"<{name}>" in told[0]


def test_refused_chunk_and_reset(post, serve):
    """RFC 3030 2: after a BDAT that failed, a server may take RSET alone."""
    server = serve(words=CHUNKING + ("LIMITS RCPTMAX=1",))
    stuck = set()

    def refuse(session, _line):
        stuck.add(session)
        return "554 5.7.1 spam"

    def strict(session, line):
        if line in ("CHUNK", "DOT", "QUIT") or session not in stuck:
            return None
        return "503 5.5.1 RSET first"

    server.on("", strict)
    server.on("RSET", lambda session, _: stuck.discard(session))
    server.on("DOT", refuse, times=1)
    r = post.submit(server, *names(3))
    assert r.code == UNAVAILABLE
    said(r, "<r0@example.org>: 554 5.7.1 spam",
         "delivered all the same to <r1@example.org>, <r2@example.org>",
         lines=2)
    assert delivered(server) == names(3)[1:]


# REQUIRETLS, MT-PRIORITY, DELIVERBY, FUTURERELEASE.

WISHES = {      # keyword and value; flag; parameter; the word that offers it
    "requiretls": ("requiretls on", "RequireTLS=yes", "REQUIRETLS",
                   "REQUIRETLS"),
    "priority": ("priority 3", "Priority=3", "MT-PRIORITY=3", "MT-PRIORITY"),
    "low priority": ("priority -9", "Priority=-9", "MT-PRIORITY=-9",
                     "MT-PRIORITY"),
    "deliver_by": ("deliver_by 3600", "DeliverBy=3600", "BY=3600;R",
                   "DELIVERBY"),
    "deliver_by, notify": ("deliver_by 60;N", "DeliverBy=60;N", "BY=60;N",
                           "DELIVERBY"),
    "hold_for": ("hold_for 600", "HoldFor=600", "HOLDFOR=600",
                 "FUTURERELEASE"),
    "hold_until": ("hold_until 2090-12-31T08:00:00Z",
                   "HoldUntil=2090-12-31T08:00:00Z",
                   "HOLDUNTIL=2090-12-31T08:00:00Z", "FUTURERELEASE"),
}
WISH = pytest.mark.parametrize("wish", WISHES)
BY = pytest.mark.parametrize("by", ["keyword", "flag"])


def ask(post, server, wish, by):
    keyword, flag, _, _ = WISHES[wish]
    settings = dict([keyword.split(" ", 1)]) if by == "keyword" else {}
    args = ["-O", flag] if by == "flag" else []
    return post.submit(server, *args, RCPT, settings=settings)


@WISH
@BY
@DATA_BDAT
def test_wish(post, serve, wish, by, way):
    words = ALL if way == "BDAT" else tuple(
        w for w in ALL if w not in ("CHUNKING", "BINARYMIME"))
    server = serve(words=words, tls="implicit")
    quiet(ask(post, server, wish, by))
    assert WISHES[wish][2] in server.messages[0].params


@WISH
@BY
def test_wish_not_offered(post, serve, wish, by):
    """A clear error, not silence: and the message does not go."""
    word = WISHES[wish][3]
    server = serve(words=[w for w in ALL if w.split()[0] != word],
                   tls="implicit")
    r = ask(post, server, wish, by)
    assert r.code == UNAVAILABLE
    said(r, f"default: localhost:{server.port}: ", word)
    if word == "REQUIRETLS":
        said(r, "5.7.30")
    assert server.messages == [] and "MAIL" not in verbs_of(server)


def test_requiretls_without_tls(post, serve):
    """It cannot be had in the clear, whatever the server says."""
    server = serve(words=ALL)
    r = post.submit(server, RCPT, settings={"requiretls": "on"})
    assert r.code == CONFIG
    said(r, "requiretls", "tls off")
    r = post.submit(server, "-O", "RequireTLS=yes", RCPT)
    assert r.code in (CONFIG, UNAVAILABLE, USAGE)
    said(r, "tls")
    assert server.messages == []


def test_wishes_that_nobody_has(post, serve):
    server = serve(words=ALL, tls="implicit")
    quiet(post.submit(server, RCPT))
    assert [p.partition("=")[0] for p in server.messages[0].params] == ["SIZE"]


@pytest.mark.parametrize("settings, words", [
    ({"hold_for": "99999999"}, ["FUTURERELEASE"]),
    ({"hold_until": "2100-01-01T00:00:00Z"}, ["FUTURERELEASE"]),
], ids=["too long", "too late"])
def test_more_than_the_server_holds(post, serve, settings, words):
    """RFC 4865 3: it has said how long, and so we need not ask."""
    server = serve(words=ALL, tls="implicit")
    server.on("MAIL", "554 5.7.1 not so long")
    r = post.submit(server, RCPT, settings=settings)
    assert r.code == UNAVAILABLE
    said(r)
    assert server.messages == []


@pytest.mark.parametrize("by", ["10;R", "60;R", "599;R"])
def test_sooner_than_the_server_delivers(post, serve, by):
    """RFC 2852 4: the least that it takes."""
    server = serve(words=CHUNKING + ("DELIVERBY 600",))
    server.on("MAIL", "553 5.7.1 too soon")
    r = post.submit(server, "-O", "DeliverBy=" + by, RCPT)
    assert r.code == UNAVAILABLE
    said(r, "600", by.partition(";")[0])
    assert server.messages == []


@pytest.mark.parametrize("by", ["60;N", "-60;N", "600;R"])
def test_as_soon_as_the_server_delivers(post, serve, by):
    """RFC 2852 4: the least that it takes binds R alone."""
    server = serve(words=CHUNKING + ("DELIVERBY 600",))
    quiet(post.submit(server, "-O", "DeliverBy=" + by, RCPT))
    assert "BY=" + by in server.messages[0].params


# A login in one line, if it fits in one: of 512 octets, by RFC 4954 4.

@pytest.mark.parametrize("length, fits", [
    (100, True), (367, True), (368, False), (8000, False)])
def test_initial_response(post, serve, length, fits):
    word = "x" * length
    server = serve(tls="implicit", auth=["PLAIN"], users={"ann": word})
    (post.folder / "word").write_text(word + "\n")
    quiet(post.submit(server, RCPT, settings={
        "password": None, "passwordeval": f"cat {post.folder}/word"}))
    login = next(c for c in server.commands if c.startswith("AUTH"))
    assert len(login) + 2 <= 512
    assert (len(login.split()) == 3) == fits


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_login_then_chunks(post, serve, mechanism):
    server = serve(tls="implicit", auth=[mechanism], words=CHUNKING)
    quiet(post.submit(server, RCPT))
    assert server.messages[0].user == "ann"
    assert PASSWORD not in server.transcript


# Without enhanced codes.

def test_no_enhanced_codes(post, serve):
    server = serve(words=("PIPELINING", "CHUNKING"))
    server.on("RCPT TO:<a@", "550 no such user")
    r = post.submit(server, "a@example.org", RCPT)
    assert r.code == NOUSER
    said(r, "<a@example.org>: 550 no such user", f"<{RCPT}>", lines=2)


# What is offered changes with TLS, and what was used once is no promise.

def test_chunking_of_this_connection_alone(post, serve):
    server = serve(words=CHUNKING)
    for words, kind in ((CHUNKING, "BDAT"), (WORDS, "DATA")):
        server.words = words
        quiet(post.submit(server, RCPT))
        assert server.messages[-1].body_kind == kind


def test_bdat_unknown_though_offered(post, serve):
    """500 to BDAT: the octets are read as commands, so no more is said."""
    server = serve(words=CHUNKING)
    server.on("CHUNK", "500 5.5.1 what?")
    r = post.submit(server, RCPT, settings={"timeout": 5})
    assert r.code in (UNAVAILABLE, PROTOCOL)
    assert "500 5.5.1 what?" in r.err
    assert server.messages == []


def test_a_slow_server_gets_all_of_it(post, serve):
    """It reads only now and then; nothing is lost, nothing comes twice."""
    server = serve(words=CHUNKING, buffers=4096)
    r = post.submit(server, RCPT, stdin=LONG)
    quiet(r)
    until(lambda: len(server.messages) == 1, "the message")
    m, = server.messages
    assert m.body.count(b"one flight\r\n") == 40000
