"""The scripted server itself: a test is no better than what it looks at."""

import socket

import pytest

from server import CHUNKING, Gather, HangUp, WORDS, one_port
from socks import Socks

HELLO = b"EHLO me\r\nMAIL FROM:<ann@example.org>\r\n"
TO = b"RCPT TO:<bob@example.net>\r\n"
TEXT = b"Subject: x\r\n\r\n.y\r\n"


class Client:
    """A connection, and the replies on it."""

    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")
        self.reply()

    def send(self, octets):
        self.sock.sendall(octets)

    def reply(self):
        while (line := self.file.readline())[3:4] == b"-":
            pass
        return line.decode().strip()

    def ask(self, octets, replies=1):
        self.send(octets)
        return [self.reply()[:3] for _ in range(replies)]


def dial(server):
    family = socket.AF_UNIX if server.path else \
        socket.AF_INET6 if ":" in server.address else socket.AF_INET
    sock = socket.socket(family)
    sock.settimeout(10)
    sock.connect(str(server.path) if server.path else
                 (server.address, server.port))
    return Client(sock)


BDAT = {        # what is sent: the replies, and the chunks of the message
    "one chunk": (HELLO + TO + b"BDAT 18 LAST\r\n" + TEXT,
                  ["250"] * 4, [18]),
    "two chunks": (HELLO + TO + b"BDAT 10\r\n" + TEXT[:10] + b"BDAT 8 LAST"
                   b"\r\n" + TEXT[10:], ["250"] * 5, [10, 8]),
    "an empty last one": (HELLO + TO + b"BDAT 18\r\n" + TEXT + b"BDAT 0 LAST"
                          b"\r\n", ["250"] * 5, [18, 0]),
    "no recipient": (HELLO + b"BDAT 6 LAST\r\nQUIT\r\n" + b"NOOP\r\n",
                     ["250", "250", "554", "250"], None),
    "no sender": (b"EHLO me\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
                  ["250", "503", "250"], None),
    "DATA behind it": (HELLO + TO + b"BDAT 18\r\n" + TEXT + b"DATA\r\n",
                       ["250"] * 4 + ["503"], None),
}


@pytest.mark.parametrize("row", BDAT)
def test_bdat(serve, row):
    sent, replies, chunks = BDAT[row]
    server = serve(words=CHUNKING)
    assert dial(server).ask(sent, len(replies)) == replies
    if chunks is None:
        assert server.messages == []
    else:
        m, = server.messages
        assert (m.chunks, m.text, m.body_kind) == (chunks, TEXT, "BDAT")


def test_binarymime_wants_bdat(serve):
    client = dial(serve(words=CHUNKING))
    assert client.ask(HELLO[:-2] + b" BODY=BINARYMIME\r\n" + TO + b"DATA\r\n",
                      4)[-1] == "503"


def test_rules_on_chunks(serve):
    server = serve(words=CHUNKING)
    server.on("BDAT 18 LAST", "554 5.6.0 no")
    client = dial(server)
    assert client.ask(HELLO + TO + b"BDAT 18 LAST\r\n" + TEXT,
                      4)[-1] == "554"
    server.on("CHUNK", HangUp("421 4.3.2 bye"))
    assert client.ask(HELLO[9:] + TO + b"BDAT 18 LAST\r\n", 3)[-1] == "421"
    assert server.messages == []


def test_lmtp(serve, tmp_path):
    server = serve(protocol="lmtp", path=tmp_path / "lmtp", words=CHUNKING)
    server.on("DOT <b@", "550 5.2.2 full")
    to = b"".join(b"RCPT TO:<%c@x>\r\n" % n for n in b"abc")
    for body, m in ((b"BDAT 18 LAST\r\n" + TEXT, 0),
                    (b"DATA\r\n." + TEXT + b".\r\n", 1)):
        client = dial(server)
        assert client.ask(b"EHLO me\r\n") == ["500"]
        assert client.ask(b"LHLO" + HELLO[4:] + to, 5) == ["250"] * 5
        replies = client.ask(body, 3 + m)
        assert replies[-3:] == ["250", "550", "250"]
        assert server.messages[m].delivered == ["a@x", "c@x"]


@pytest.mark.parametrize("limit", ["announced", "not announced"])
def test_limits(serve, limit):
    server = serve(words=WORDS + ("LIMITS RCPTMAX=1 MAILMAX=1",)
                   if limit == "announced" else WORDS, rcpt_max=1)
    client = dial(server)
    assert client.ask(HELLO + TO + TO, 4)[-1] == "452"
    assert client.ask(b"RSET\r\n" + HELLO[9:], 2)[-1] == \
        ("451" if limit == "announced" else "250")


def test_flights(serve):
    server = serve()
    server.on("MAIL", Gather(b"QUIT\r\n"))
    client = dial(server)
    client.ask(b"EHLO me\r\n")
    client.send(HELLO[9:])
    client.send(TO)
    assert client.ask(b"QUIT\r\n", 3) == ["250", "250", "221"]
    s, = server.sessions
    assert [[c[:4] for c in f] for f in s.flights] in (
        [["EHLO"], ["MAIL", "RCPT", "QUIT"]],
        [["EHLO"], ["MAIL"], ["RCPT", "QUIT"]])


def test_one_port(serve):
    port = one_port("127.0.0.1", "127.0.0.2")
    for address in ("127.0.0.1", "127.0.0.2"):
        server = serve(address=address, port=port)
        assert dial(server).ask(b"NOOP\r\n") == ["250"]


def exactly(sock, n):
    """And not an octet of the greeting that follows."""
    got = b""
    while len(got) < n:
        got += sock.recv(n - len(got))
    return got


@pytest.mark.parametrize("users", [None, {"ann": "word"}])
def test_proxy(serve, users):
    server = serve()
    with Socks(users=users, port_of={"mail.example": server.port}) as proxy:
        sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
        if users:
            sock.sendall(b"\5\1\2\1\3ann\4word")
            assert exactly(sock, 4) == b"\5\2\1\0"
        else:
            sock.sendall(b"\5\1\0")
            assert exactly(sock, 2) == b"\5\0"
        sock.sendall(b"\5\1\0\3\x0cmail.example\0\x19")
        assert exactly(sock, 10)[:2] == b"\5\0"
        assert Client(sock).ask(b"NOOP\r\n") == ["250"]
        sock.close()
        assert proxy.requests[0][1:] == (
            "mail.example", 25, "ann" if users else None,
            "word" if users else None)
