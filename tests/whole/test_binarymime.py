"""Parts labelled binary, to servers that take them as they are (RFC 3030)."""

import os

import pytest

from conftest import RCPT
from wire import OFFERED, Row, b64, crlf, submit

BINARY = OFFERED + " CHUNKING BINARYMIME"
HEAD = b"From: ann@example.org\nDate: Tue, 1 Jul 2003 10:52:37 +0200\n" \
    b"Message-ID: <1@example.org>\nMIME-Version: 1.0\n"
LABEL = b"Content-Transfer-Encoding: binary\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\n"
SIGNED = b"Content-Type: multipart/signed; micalg=pgp-sha256;\n" \
    b" protocol=\"application/pgp-signature\"; boundary=b\n"
OCTETS = bytes(c for c in range(256) if c != 13) * 9 + b".\n.." + b"x" * 2000


def part(octets, label=LABEL):
    return b"--b\nContent-Type: application/octet-stream\n" + label + b"\n" \
        + octets + b"\n"


TEXT = b"--b\nContent-Type: text/plain\n\n.stays  \n"
SIGNATURE = b"--b\nContent-Type: application/pgp-signature\n\nx\n"
CODED = b"Content-Transfer-Encoding: base64\n"

TAKEN = [
    Row("one part", HEAD + LABEL + b"Content-Type: image/png\n\n" + OCTETS
        + b"\n"),
    Row("a long line alone", HEAD + LABEL + b"Content-Type: text/html\n\n"
        + b"x" * 999 + b"\n"),
    Row("a NUL alone", HEAD + LABEL + b"Content-Type: text/x\n\n\0\n"),
    Row("a part", HEAD + LABEL + MIXED + b"\n" + TEXT + part(OCTETS)
        + b"--b--\n"),
    Row("what holds it says nothing", HEAD + MIXED + b"\n" + TEXT
        + part(OCTETS) + b"--b--\n", HEAD + MIXED + LABEL + b"\n" + TEXT
        + part(OCTETS) + b"--b--\n"),
    Row("what nobody called binary is encoded", HEAD + LABEL + MIXED + b"\n"
        + part(OCTETS) + part(b"a\0b", b"") + b"--b--\n",
        HEAD + LABEL + MIXED + b"\n" + part(OCTETS) + part(
            b64(b"a\0b"), CODED) + b"--b--\n"),
    Row("it is signed", HEAD + SIGNED + LABEL + b"\n" + part(OCTETS)
        + SIGNATURE + b"--b--\n"),
    Row("a megabyte", HEAD + LABEL + b"Content-Type: image/png\n\n"
        + OCTETS * 300 + b"\n"),
    Row("without 8BITMIME", HEAD + LABEL + b"Content-Type: image/png\n\n"
        + OCTETS + b"\n", words="CHUNKING BINARYMIME PIPELINING"),
]


@pytest.mark.parametrize("row", TAKEN, ids=lambda row: row.name)
def test_goes_as_it_is(post, serve, row):
    if row.words == OFFERED:
        row.words = BINARY
    server = submit(post, serve, row)
    m, = server.messages
    assert m.text == crlf(row.input if row.wire is None else row.wire)
    assert m.body_kind == "BDAT"
    assert [p for p in m.params if not p.startswith("SIZE=")] == \
        ["BODY=BINARYMIME"]
    assert all(int(p[5:]) == m.size for p in m.params
               if p.startswith("SIZE="))


@pytest.mark.parametrize("words", [
    OFFERED, OFFERED + " BINARYMIME", OFFERED + " CHUNKING"])
def test_is_encoded_for_others(post, serve, words):
    """Half of it is none (RFC 3030 3)."""
    octets = os.urandom(5000).replace(b"\r", b"") + b"\0"
    row = Row("", HEAD + LABEL + b"Content-Type: image/png\n\n" + octets
              + b"\n", words=words)
    m, = submit(post, serve, row).messages
    assert m.field("Content-Transfer-Encoding") == "base64"
    assert m.body == crlf(b64(crlf(octets + b"\n"))) + b"\r\n"
    assert not any(p.startswith("BODY=") for p in m.params)


def test_8bit_text_is_not_binary(post, serve):
    """Where both are offered, it is 8BITMIME."""
    row = Row("", HEAD + b"Content-Type: text/plain; charset=utf-8\n"
              b"Content-Transfer-Encoding: 8bit\n\nGr\xc3\xbc\xc3\x9fe\n",
              words=BINARY)
    m, = submit(post, serve, row).messages
    assert m.text == crlf(row.input)
    assert "BODY=8BITMIME" in m.params


def test_signed_is_refused_elsewhere(post, serve):
    row = Row("", HEAD + SIGNED + LABEL + b"\n" + part(OCTETS) + SIGNATURE
              + b"--b--\n", code=65, err=("part 1", RCPT, "signed"))
    assert submit(post, serve, row).messages == []
