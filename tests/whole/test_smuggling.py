"""No server, however it reads line ends, finds another end of data than ours.

The octets behind DATA are judged as they came: servers have taken LF . LF,
CR . CR and their mixtures for the end, and what follows for commands (CVE-
2023-51764 and its kin).
"""

import itertools
import re

import pytest

import server as loopback
from conftest import RCPT

HEAD = b"From: ann@example.org\nDate: Tue, 1 Jul 2003 10:52:37 +0200\n" \
    b"Message-ID: <1@example.org>\n"
COMMANDS = b"MAIL FROM:<eve@example.org>\r\nRCPT TO:<eve@example.net>\r\n" \
    b"DATA\r\nsmuggled\r\n"
# The end, as the laxest of servers reads it.
ANY_END = re.compile(rb"(?:^|(?<=[\r\n]))\.(?=[\r\n])")

ENDS = {"LF": b"\n", "CR": b"\r", "CRLF": b"\r\n"}
DOTS = {f"{a} . {b}": ENDS[a] + b"." + ENDS[b]
        for a, b in itertools.product(ENDS, ENDS)}
DOTS.update({
    "CR CRLF . CRLF": b"\r\r\n.\r\n",
    "LF CR . CRLF": b"\n\r.\r\n",
    "CRLF . CR CRLF": b"\r\n.\r\r\n",
    "CRLF . LF CR": b"\r\n.\n\r",
    "two dots": b"\r\n..\r\n",
    "LF and two dots": b"\n..\n",
    "a dot, twice": b"\r\n.\r\n.\r\n",
    "CR . CR . CR": b"\r.\r.\r",
    "a dot and a blank": b"\r\n. \r\n",
    "a blank made of a CR": b"\r\n\r.\r\n",
    "many": b"\n.\r\r\n.\n\r.\r\n.\r.\n.\r\n",
})


@pytest.fixture
def heard(monkeypatch):
    """Every octet that a server was sent, a list for each connection."""
    streams = {}
    receive = loopback.Session.receive

    def listen(session):
        data = receive(session)
        streams.setdefault(session, []).append(data)
        return data

    monkeypatch.setattr(loopback.Session, "receive", listen)
    return streams


def wire(text):
    """Line ends of mail: LF and CRLF end a line, a CR alone is a space."""
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    return text.replace(b"\n", b"\r\n")


def check_stream(stream):
    """What follows DATA has one end, and then comes QUIT or nothing."""
    _, data, rest = stream.partition(b"\r\nDATA\r\n")
    assert data
    ends = [m.start() for m in ANY_END.finditer(rest)]
    assert len(ends) == 1
    assert rest[ends[0] - 2:] in (b"\r\n.\r\n", b"\r\n.\r\nQUIT\r\n")
    assert b"\r" not in rest.replace(b"\r\n", b"")
    assert b"\n" not in rest.replace(b"\r\n", b"")


def check(post, server, heard, head, body):
    """Submit; it arrives as it was meant, and as one message."""
    before = len(server.messages)
    r = post.submit(server, "-i", RCPT, stdin=head + b"\n" + body)
    assert (r.code, r.err) == (0, "")
    assert server.wait_closed()
    assert len(server.messages) == before + 1
    m = server.messages[-1]
    assert m.to == [RCPT]
    assert m.head == wire(head)
    assert m.body == wire(body)
    check_stream(b"".join(heard[server.sessions[-1]]))


@pytest.mark.parametrize("name", DOTS)
def test_in_the_body(post, plain, heard, name):
    for before, after in ((b"x", COMMANDS), (b"", COMMANDS), (b"x", b"\n")):
        check(post, plain, heard, HEAD, before + DOTS[name] + after)


# How far a body has got where blocks may end: as it is read, as it is kept,
# and as it is sent.
MEASURES = {
    "read": lambda body: len(HEAD) + 1 + len(body),
    "kept": lambda body: len(wire(body)),
    "sent": lambda body: len(wire(HEAD)) + 2
    + len(wire(body).replace(b"\n.", b"\n..")),
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", DOTS)
def test_at_the_edges_of_buffers(post, plain, heard, name, measure):
    """Each octet of it is once the first of a block, of what size ever."""
    dots = DOTS[name] + b"QUIT\r\n"
    for shift in range(len(DOTS[name]) + 2):
        body = b""
        for edge in (4096, 16384, 65536, 131072, 262144, 262144 + 16384):
            fill = edge - shift - MEASURES[measure](body)
            body += (b"y" * 98 + b"\r\n") * (fill // 100)
            body += b"z" * (fill % 100) + dots
        check(post, plain, heard, HEAD, body)


@pytest.mark.parametrize("name", [n for n in DOTS if b"\n" not in DOTS[n]])
def test_in_the_header(post, plain, heard, name):
    """A CR ends no line of it; what follows is still the same field."""
    check(post, plain, heard, HEAD + b"Subject: x" + DOTS[name]
          + b"MAIL FROM:<eve@example.org>\n", b"x\n")


@pytest.mark.parametrize("line", [b".: x", b".X: y", b"..: x", b". : x"],
                         ids=repr)
def test_a_field_that_begins_with_a_dot(post, plain, heard, line):
    check(post, plain, heard, HEAD + line + b"\n", b"x\n")
    check(post, plain, heard, line + b"\n" + HEAD, b"x\n")


@pytest.mark.parametrize("line", [b"X-Y: a\n .\n", b"X-Y: a\r\n\t.\r\n",
                                  b"X-Y:\n .\n .\n"], ids=repr)
def test_a_folded_dot(post, plain, heard, line):
    check(post, plain, heard, HEAD + line, b"x\n")


@pytest.mark.parametrize("end", ENDS)
def test_a_dot_that_ends_the_header(post, plain, heard, end):
    """It is no field, so the body begins with it: and it is stuffed."""
    r = post.submit(plain, "-i", RCPT, stdin=HEAD + b"." + ENDS[end]
                    + COMMANDS)
    assert (r.code, r.err) == (0, "")
    assert plain.wait_closed()
    assert plain.messages[0].body.startswith(wire(b"." + ENDS[end]))
    assert [m.to for m in plain.messages] == [[RCPT]]
    check_stream(b"".join(heard[plain.sessions[0]]))


@pytest.mark.parametrize("name", DOTS)
def test_at_the_very_end(post, plain, heard, name):
    r = post.submit(plain, "-i", RCPT, stdin=HEAD + b"\nx" + DOTS[name])
    assert (r.code, r.err) == (0, "")
    assert plain.wait_closed()
    text = re.sub(rb"\r\Z|(?<!\n)\Z", b"\n", DOTS[name], count=1)
    assert plain.messages[0].body == b"x" + wire(text)
    check_stream(b"".join(heard[plain.sessions[0]]))
