"""A table of messages: what goes in, and what then is on the wire.

A row says who the message is from and for, and every octet of it.  Its octets
may leave open what a standard leaves open, and no more:

    «text»          the same text in encoded-words (RFC 2047), any of them
    ‹text›          the same text, folded anywhere at white space
    DATE, UTC       in a field that is added: a date, one that tells no zone
    MSGID           the same: a Message-ID

Fields in `added` may stand anywhere in the header; soft line breaks of a row
with soft=True may be anywhere in the body.
"""

import base64
import dataclasses
import email
import email.header
import email.policy
import re

from conftest import RCPT

SENDER = "ann@example.org"
OFFERED = "PIPELINING SIZE 8BITMIME"
SEVEN = "PIPELINING SIZE"       # a server that takes 7-bit text only

DATE = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun" \
    rb"|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
UTC = DATE.replace(rb"[+-]\d{4}", rb"\+0000")
MSGID = rb"<[^<>@ \r\n]+@[A-Za-z0-9.-]+>"
OPEN = re.compile("(«.*?»|‹.*?›)".encode(), re.DOTALL)
WORD = re.compile(rb"=\?([^?]+)\?([BbQq])\?([^? ]*)\?=")


@dataclasses.dataclass
class Row:
    """One message.  What is not said is as usual: it goes as it came."""

    name: str
    input: bytes
    wire: bytes = None          # None: the input with CRLF
    args: tuple = ("-i", RCPT)
    settings: dict = dataclasses.field(default_factory=dict)
    files: dict = dataclasses.field(default_factory=dict)
    env: dict = None
    words: str = OFFERED        # what the server offers
    sender: str = SENDER
    params: str = ""            # of MAIL FROM, but SIZE
    rcpts: tuple = (RCPT,)
    rcpt_params: str = ""       # of each RCPT TO
    added: tuple = ()
    soft: bool = False
    code: int = 0
    err: tuple = ()             # words on standard error; none: it is empty
    sent: bool = True
    meaning: bool = True        # the text is that of the input

    @property
    def expected(self):
        wire = crlf(self.input) if self.wire is None else crlf(self.wire)
        if wire.startswith(b"\r\n"):
            return b"", wire[2:]
        head, _, body = wire.partition(b"\r\n\r\n")
        return head + b"\r\n", body


def crlf(octets):
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def b64(octets):
    """Base64 of RFC 2045 6.8, with LF, and none after the last line."""
    return base64.encodebytes(octets)[:-1]


def qp(octets):
    """Quoted-printable of RFC 2045 6.7, without soft line breaks."""
    out = []
    for line in octets.split(b"\n"):
        text = b"".join(
            bytes((c,)) if 32 <= c < 127 and c != 61 or c == 9
            else b"=%02X" % c for c in line)
        if text[-1:] in (b" ", b"\t"):
            text = text[:-1] + b"=%02X" % text[-1]
        out.append(text)
    return b"\n".join(out)


# Reading it again, by other means than the program's.

def text_of(octets):
    """The text of an unstructured field, or of a phrase."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    text = re.sub(r"\r?\n(?=[ \t])", "", text)
    parts = email.header.decode_header(text)
    return " ".join(str(email.header.make_header(parts)).split())


def unfolded(octets):
    return re.sub(rb"\r\n(?=[ \t])", b"", octets)


def check_words(octets):
    """RFC 2047 2 and 5: words of 75, each of whole characters."""
    found = list(WORD.finditer(octets))
    assert found, octets
    for word in found:
        assert len(word.group()) <= 75, word.group()
        text_of(word.group()).encode("utf-8")
        chunk, charset = email.header.decode_header(word.group().decode())[0]
        chunk.decode(charset)


def check_octets(got, want):
    """Equal, but for what `want` leaves open."""
    pieces = OPEN.split(want)
    pattern = b"".join(rb"((?:[^\r\n]|\r\n[ \t])*?)" if i % 2 else
                       re.escape(p) for i, p in enumerate(pieces))
    match = re.fullmatch(pattern, got)
    if match is None:
        assert got == want          # shows where they part
    for piece, group in zip(pieces[1::2], match.groups()):
        text = piece.decode()
        assert group.isascii(), group
        if text[0] == "«":
            check_words(group)
            assert text_of(group) == text[1:-1]
        else:
            assert unfolded(group).decode() == text[1:-1]


def without_added(head, added):
    """The header without those fields, each of which is there once."""
    for field in added:
        pattern = re.escape(field.encode())
        for name, open_ in ((b"DATE", DATE), (b"UTC", UTC), (b"MSGID", MSGID)):
            pattern = pattern.replace(name, open_)
        pattern = b"(?:^|(?<=\r\n))" + pattern + b"\r\n"
        found = re.findall(pattern, head)
        assert len(found) == 1, f"{field}: {len(found)} in {head}"
        head = re.sub(pattern, b"", head)
    return head


def parsed(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def defects(message):
    found = []
    for part in message.walk():
        found += part.defects
        for _, value in part.items():
            found += getattr(value, "defects", ())
    return [type(d).__name__ for d in found]


def leaves(message):
    """What each part is called, and its octets after decoding."""
    found = []
    for part in message.walk():
        if part.is_multipart():
            continue
        octets = part.get_payload(decode=True) or b""
        octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b" ")
        found.append((part.get_content_type(), part.get_filename(),
                      octets.rstrip(b"\n")))
    return found


def subject(octets):
    head = crlf(octets).partition(b"\r\n\r\n")[0]
    found = re.search(rb"(?:^|\r\n)subject[ \t]*:((?:[^\r\n]|\r\n[ \t])*)",
                      head, re.IGNORECASE)
    return text_of(found.group(1)) if found else None


def check_meaning(before, after):
    """Parsed again it is without a fault, and says the same."""
    before = re.sub(rb"\r(?!\n)", b" ", before)
    old, new = parsed(crlf(before)), parsed(after)
    if not defects(old):
        assert defects(new) == []
    assert leaves(new) == leaves(old)
    assert subject(after) == subject(before)


def check_fit(m):
    """What every server may count on, whatever the message."""
    assert not m.bare
    assert b"\0" not in m.text
    assert max(map(len, m.text.split(b"\r\n"))) <= 998
    if max(m.head) > 0x7f:
        assert "SMTPUTF8" in m.params
    if max(m.text) > 0x7f:
        assert "BODY=8BITMIME" in m.params
    for size in [p for p in m.params if p.startswith("SIZE=")]:
        assert int(size[5:]) == m.size == len(m.text)


def check_lines(row, m):
    """RFC 2045 6.7, 6.8; RFC 2047 2: lines of 76 in what was encoded."""
    old = {line.rstrip(b"\r") for line in row.input.split(b"\n")}
    for line in m.head.split(b"\r\n"):
        assert line in old or not WORD.search(line) or len(line) <= 76, line
    for part in parsed(m.text).walk():
        how = str(part.get("Content-Transfer-Encoding", "")).lower()
        if part.is_multipart() or how not in ("base64", "quoted-printable"):
            continue
        for line in part.get_payload().encode("ascii").splitlines():
            assert line in old or len(line) <= 76, line


def submit(post, serve, row):
    """Returns the server, after a look at what the caller is told."""
    server = serve(words=row.words.split(" ") if row.words else ())
    names = {"dir": post.folder}
    for name, text in row.files.items():
        (post.folder / name).write_text(text)
    settings = {k: str(v).format(**names) for k, v in row.settings.items()}
    r = post.submit(server, *row.args, stdin=row.input, env=row.env,
                    settings=settings)
    assert r.code == row.code, r.err
    assert (r.err == "") == (not row.err), r.err
    for word in row.err:
        assert word in r.err
    return server


def run(post, serve, row):
    server = submit(post, serve, row)
    assert len(server.messages) == row.sent
    if not row.sent:
        assert not any(c.startswith("DATA") for c in server.commands)
        return
    m = server.messages[0]
    check_fit(m)
    if row.meaning:
        check_meaning(row.input, m.text)
    check_lines(row, m)
    assert m.sender == row.sender
    assert [p for p in m.params if not p.startswith("SIZE=")] == \
        row.params.split()
    assert any(p.startswith("SIZE=") for p in m.params) <= ("SIZE" in
                                                            row.words)
    assert tuple(m.to) == tuple(row.rcpts)
    assert all(p == row.rcpt_params.split() for _, p in m.rcpts)
    head, body = row.expected
    check_octets(without_added(m.head, row.added), head)
    got = m.body.replace(b"=\r\n", b"") if row.soft else m.body
    check_octets(got, body)
