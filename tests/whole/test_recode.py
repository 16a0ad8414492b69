"""Bodies made fit for the server, read back with Python's email package."""

import base64
import email
import email.policy
import pathlib
import resource

import pytest

from conftest import RCPT

OK = 0
HEAD = b"From: ann@example.org\nTo: bob@example.net\nSubject: x\n" \
    b"Date: Tue, 1 Jul 2003 10:52:37 +0200\nMessage-ID: <1@example.org>\n"
SERVERS = {"8-bit": ["PIPELINING", "SIZE", "8BITMIME"],
           "7-bit": ["PIPELINING", "SIZE"], "nothing": []}
TEXT = b"MIME-Version: 1.0\nContent-Type: text/plain; charset=%s\n" \
    b"Content-Transfer-Encoding: %s\n\n"


def part(header, body):
    return header + b"\n" + body


def multipart(boundary, *parts, kind=b"mixed", end=True, preamble=b"",
              epilogue=b""):
    text = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + \
        b'"\n\n' + preamble
    for p in parts:
        text += b"\n--" + boundary + b"\n" + p
    return text + (b"\n--" + boundary + b"--\n" + epilogue if end else b"\n")


MIME = b"MIME-Version: 1.0\n"
PLAIN = b"Content-Type: text/plain; charset=utf-8\n"
HTML = b"Content-Type: text/html; charset=utf-8\n" \
    b"Content-Transfer-Encoding: 8bit\n"
PNG = b"Content-Type: image/png; name=a.png\n" \
    b"Content-Transfer-Encoding: base64\n"
UMLAUTS = "Grüße aus Köln\n".encode()
LONG = b"<p>" + b"a word " * 400 + b"</p>\n"
BLOB = base64.b64encode(bytes(range(256)) * 40)
INNER = b"From: root@example.org\nSubject: inner\n" + MIME + PLAIN + \
    b"Content-Transfer-Encoding: 8bit\n\n" + UMLAUTS

MESSAGES = {
    "no MIME, UTF-8": b"\n" + UMLAUTS,
    "no MIME, Latin-1": b"\nGr\xfc\xdfe\n",
    "no MIME, long line": b"\n" + LONG,
    "no MIME, NUL": b"\na\0b\n",
    "charset without MIME-Version": PLAIN + b"\n" + UMLAUTS,
    "text, 8bit": TEXT % (b"utf-8", b"8bit") + UMLAUTS,
    "text, a false 7bit": TEXT % (b"utf-8", b"7bit") + UMLAUTS,
    "text, binary": TEXT % (b"utf-8", b"binary") + UMLAUTS,
    "text, an odd label": TEXT % (b"utf-8", b"8-bit") + UMLAUTS,
    "text, NUL": TEXT % (b"utf-8", b"8bit") + b"a\0b\n" + UMLAUTS,
    "HTML in one line of 20,000": MIME + HTML + b"\n" + b"<b>x</b>" * 2500 +
    b"\n",
    "base64 in one line": MIME + PNG + b"\n" + BLOB + b"\n",
    "quoted-printable with raw 8-bit": TEXT % (b"utf-8",
                                               b"quoted-printable") +
    b"a=C3=A4 and " + UMLAUTS,
    "quoted-printable with a long line": TEXT % (b"utf-8",
                                                 b"quoted-printable") +
    b"a=C3=A4 " * 300 + b"end\n",
    "alternative": MIME + multipart(
        b"b", part(PLAIN, UMLAUTS), part(HTML, LONG), kind=b"alternative"),
    "attachment stays": MIME + multipart(
        b"b", part(PLAIN, UMLAUTS), part(PNG, base64.encodebytes(
            b"\x89PNG" * 100))),
    "attachment in one line": MIME + multipart(
        b"b", part(PLAIN, b"hi\n"), part(PNG, BLOB)),
    "nested": MIME + multipart(
        b"outer", part(b"", b"text\n"),
        multipart(b"inner", part(PLAIN, UMLAUTS), part(HTML, LONG))),
    "boundaries that begin alike": MIME + multipart(
        b"abc", multipart(b"abcd", part(PLAIN, UMLAUTS)),
        part(HTML, LONG)),
    "no closing boundary": MIME + multipart(
        b"b", part(PLAIN, UMLAUTS), part(HTML, LONG), end=False),
    "inner one not closed": MIME + multipart(
        b"o", multipart(b"i", part(PLAIN, UMLAUTS), end=False),
        part(PLAIN, UMLAUTS)),
    "preamble and epilogue": MIME + multipart(
        b"b", part(PLAIN, UMLAUTS), preamble=b"This is MIME.\n",
        epilogue=b"The end.\n"),
    "message in a message": MIME + multipart(
        b"b", part(PLAIN, b"see below\n"),
        part(b"Content-Type: message/rfc822\n", INNER)),
    "digest": MIME + multipart(b"b", part(b"", INNER), part(b"", INNER),
                               kind=b"digest"),
    "a message at the top": MIME + b"Content-Type: message/rfc822\n\n" +
    INNER,
    "dots and From lines": TEXT % (b"utf-8", b"8bit") + UMLAUTS +
    b".\n..\n.x\nFrom me\n--\n-- \n",
    "trailing blanks": TEXT % (b"utf-8", b"8bit") + b"a \t\n \n\xc3\xa4 \n",
    "no final line end": TEXT % (b"utf-8", b"8bit") + b"\xc3\xa4",
    "only 8-bit": TEXT % (b"koi8-r", b"8bit") + bytes(range(128, 256)) * 20 +
    b"\n",
    "a boundary in pieces": MIME +          # as Python's EmailMessage folds
    b"Content-Type: multipart/mixed;\n boundary*0*=us-ascii''%3D_b;\n"
    b" boundary*1*=_2\n\n--=_b_2\n" + PLAIN + b"\n" + UMLAUTS +
    b"--=_b_2--\n",
    "an unquoted boundary in a folded field": MIME +
    b"Content-Type: multipart/mixed;\n\tboundary=b_1\n\n--b_1\n" + PLAIN +
    b"\n" + UMLAUTS + b"--b_1--\n",
}


def is_unfit(text, words):
    lines = text.split(b"\n")
    return b"\0" in text or any(len(line) > 998 for line in lines) or \
        ("8BITMIME" not in words and not text.isascii())


def decoded(part):
    """What a reader gets of a leaf, with line ends that all have alike."""
    return part.get_payload(decode=True).replace(b"\r\n", b"\n").rstrip(b"\n")


def tree(text):
    """Types, names and contents of a message's parts."""
    def walk(m):
        if m.is_multipart():
            return [m.get_content_type(),
                    *(walk(p) for p in m.get_payload())]
        return [m.get_content_type(), m.get_filename(), decoded(m)]

    return walk(email.message_from_bytes(text, policy=email.policy.compat32))


def check_fit(server, words):
    m = server.messages[0]
    wire = m.text
    assert not m.bare
    assert b"\0" not in wire
    assert all(len(line) <= 998 for line in wire.split(b"\r\n"))
    if "8BITMIME" not in words:
        assert wire.isascii()
        assert "BODY=8BITMIME" not in m.params
    elif not wire.isascii():
        assert "BODY=8BITMIME" in m.params
    for p in m.params:
        if p.startswith("SIZE="):
            assert int(p[5:]) == m.size
    return wire


@pytest.mark.parametrize("words", SERVERS)
@pytest.mark.parametrize("name", MESSAGES)
def test_reads_the_same(post, serve, name, words):
    server = serve(words=SERVERS[words])
    text = HEAD + MESSAGES[name]
    r = post.submit(server, "-i", RCPT, stdin=text)
    assert (r.code, r.err) == (OK, "")
    wire = check_fit(server, SERVERS[words])
    assert tree(wire) == tree(text)
    if not is_unfit(MESSAGES[name], SERVERS[words]):
        body = MESSAGES[name].partition(b"\n\n")[2].rstrip(b"\n")
        assert wire.endswith(body.replace(b"\n", b"\r\n") + b"\r\n")


def test_other_parts_stay_byte_for_byte(post, serve):
    server = serve(words=SERVERS["7-bit"])
    quiet = b"Content-Type:text/x-a ;  Name = \"b\"\nX-Odd:\tyes\n"
    text = HEAD + MIME + multipart(
        b"b", part(quiet, b"=zz not encoded=\n \n"), part(PLAIN, UMLAUTS),
        preamble=b"pre \n", epilogue=b"post \n")
    assert post.submit(server, "-i", RCPT, stdin=text).code == OK
    wire = server.messages[0].text.replace(b"\r\n", b"\n")
    before, after = text.split(PLAIN + b"\n" + UMLAUTS)
    assert wire.startswith(before)
    assert wire.endswith(after)


def test_charset_of_the_locale(post, serve):
    """Debian's containers have no such locale: then it is unknown."""
    server = serve(words=SERVERS["8-bit"])
    r = post.submit(server, "-i", RCPT, stdin=HEAD + b"\nGr\xfc\xdfe\n",
                    env={"LANG": "de_DE.ISO-8859-1", "LC_ALL": None})
    assert r.code == OK
    kind = server.messages[0].field("Content-Type").lower()
    assert kind in ("text/plain; charset=iso-8859-1",
                    "text/plain; charset=unknown-8bit")


def test_nul_in_a_field_that_is_set(post, serve):
    server = serve(words=SERVERS["8-bit"])
    r = post.submit(server, "-i", RCPT, stdin=HEAD +
                    b'Content-Type: text/plain; x="a\0b"; format=flowed\n\n' +
                    UMLAUTS)
    assert (r.code, r.err) == (OK, "")
    assert server.messages[0].field("Content-Type") == \
        'text/plain; x="a b"; format=flowed; charset=utf-8'


def test_story(post, serve):
    r = post.submit(serve(words=[]), "-v", "-i", RCPT,
                    stdin=HEAD + b"\n" + UMLAUTS)
    assert "7-bit" in r.err


# Memory does not grow with the message.

def is_sanitized(binary):
    return b"__asan_init" in pathlib.Path(binary).read_bytes()


def little_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (4 << 20, 4 << 20))


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_memory_stays(post, serve, kind):
    """20 MB in 4 MiB of memory."""
    line = "Grüße aus Köln, und noch viel mehr Text\n".encode() * 25 \
        if kind == "text" else bytes(range(128, 228)) * 9 + b"\n"
    head = HEAD + TEXT % (b"iso-8859-15", b"8bit")
    server = serve(words=SERVERS["7-bit"])
    path = post.folder / "message"
    path.write_bytes(head + line * 20000)
    limit = None if is_sanitized(post.binary) else little_memory
    with open(path, "rb") as stdin:
        r = post.submit(server, "-i", RCPT, stdin=stdin, preexec_fn=limit)
    assert (r.code, r.err) == (OK, "")
    m = server.messages[0]
    assert int(m.params[0][5:]) == m.size
    assert all(len(line) <= 76 for line in m.body[:1 << 20].split(b"\r\n"))
    assert m.size > len(head) + len(line) * 20000


def test_contents_of_a_large_one(post, serve):
    """Every octet, with all that is buffered on the way."""
    lines = b"".join(b"%d \xe4 %s.\n" % (i, b"x" * (i % 90))
                     for i in range(60000))
    server = serve(words=SERVERS["7-bit"])
    r = post.submit(server, "-i", RCPT,
                    stdin=HEAD + TEXT % (b"iso-8859-1", b"8bit") + lines)
    assert (r.code, r.err) == (OK, "")
    got = email.message_from_bytes(check_fit(server, []))
    assert got.get_payload(decode=True) == lines.replace(b"\n", b"\r\n")
