"""A message that one host gets in another form than the next."""

import pytest

from conftest import RCPT, quiet
from server import WORDS

HOSTS = ("127.0.0.1", "127.0.0.2")
SEVEN = tuple(w for w in WORDS if w != "8BITMIME")
CHUNKING = ("CHUNKING",)
BINARY = ("CHUNKING", "BINARYMIME")
LATER = "451 4.3.0 later"
HEAD = b"Date: Tue, 1 Jul 2003 10:52:37 +0200\r\n" \
    b"Message-ID: <1@example.org>\r\n"
MIME = b"MIME-Version: 1.0\r\nContent-Type: %s\r\n" \
    b"Content-Transfer-Encoding: %s\r\n"
FROM = b"From: ann@example.org\r\n" + HEAD
DKIM = b"DKIM-Signature: v=1; h=from:subject:to; b=x\r\n"
KAESE = b"Subject: K\xc3\xa4se\r\n"
TEXT = MIME % (b"text/plain; charset=utf-8", b"8bit") + \
    b"\r\nGr\xc3\xbc\xc3\x9fe\r\n.\r\n"
LARGE = TEXT + b"Gr\xc3\xbc\xc3\x9fe und mehr\r\n" * 40000
PARTS = MIME % (b"multipart/mixed; boundary=b", b"binary") + \
    b"\r\n--b\r\nContent-Transfer-Encoding: binary\r\n\r\n" + b"x" * 2000 + \
    b"\r\n--b--\r\n"


@pytest.fixture
def two(serve):
    """The first takes no message now; the words that each has."""
    def start(first, second, refuses="DOT"):
        a = serve(words=first, address=HOSTS[0])
        b = serve(words=second, address=HOSTS[1], port=a.port)
        a.on(refuses, LATER)
        return a, b
    return start


def submit(post, servers, text, *args):
    """The log line of it."""
    log = post.folder / "log"
    quiet(post.submit(servers[0], "-i", *args, RCPT, stdin=text, settings={
        "host": " ".join(HOSTS), "logfile": log}))
    line, = log.read_text().splitlines()
    return line


def refused(server):
    m, = server.unanswered
    return m


def taken(server):
    m, = server.messages
    return m


ROWS = {    # text, the first host's words and the second's, its parameters
    "8-bit text": (DKIM + FROM + TEXT, SEVEN, WORDS, {"BODY=8BITMIME"}),
    "a large one": (DKIM + FROM + LARGE, SEVEN, WORDS, {"BODY=8BITMIME"}),
    "a large one by BDAT": (DKIM + FROM + LARGE, SEVEN + CHUNKING,
                            WORDS + CHUNKING, {"BODY=8BITMIME"}),
    "UTF-8 in the header": (DKIM + FROM + KAESE + TEXT, WORDS,
                            WORDS + ("SMTPUTF8",),
                            {"BODY=8BITMIME", "SMTPUTF8"}),
    "binary": (FROM + PARTS, WORDS, WORDS + BINARY, {"BODY=BINARYMIME"}),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_next_gets_what_was_read(post, two, row):
    text, first, second, params = ROWS[row]
    servers = two(first, second)
    line = submit(post, servers, text)
    assert refused(servers[0]).text != text
    m = taken(servers[1])
    assert m.text == text
    assert params <= set(m.params)
    assert "altered=" not in line
    assert f"size={len(text)}" in line


def test_and_the_other_way_round(post, two):
    text = DKIM + FROM + TEXT
    servers = two(WORDS, SEVEN)
    line = submit(post, servers, text)
    assert refused(servers[0]).text == text
    m = taken(servers[1])
    assert m.text.isascii() and not any("BODY" in p for p in m.params)
    assert "altered=body" in line


def test_an_address_in_to_is_seen_again(post, two):
    """Without SMTPUTF8 it is shown as a group's name."""
    text = FROM + "To: jörg@example.net\r\n".encode() + TEXT
    servers = two(WORDS, WORDS + ("SMTPUTF8",))
    submit(post, servers, text, "-U")
    assert b"jorg" not in refused(servers[0]).text
    assert refused(servers[0]).fields("To")[0].endswith(":;")
    assert taken(servers[1]).text == text


def test_one_host_that_is_several(post, serve):
    """A recipient a connection, and not each is to the same machine."""
    text = DKIM + FROM + TEXT
    limits = ("LIMITS RCPTMAX=1 MAILMAX=1",)
    server = serve(words=SEVEN + limits)

    def other_machine(session, _command):
        if session is not server.sessions[0]:
            server.words = WORDS + limits

    server.on("EHLO", other_machine)
    log = post.folder / "log"
    quiet(post.submit(server, "-i", RCPT, "eve@example.net", stdin=text,
                      settings={"logfile": log}))
    first, second = server.messages
    assert first.text.isascii()
    assert second.text == text
    assert "altered=" not in log.read_text()
