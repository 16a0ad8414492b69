"""The message, from standard input to the wire."""

import hashlib
import os
import re
import resource
import subprocess

import pytest

from conftest import PATIENCE, RCPT

OK, DATA, NOINPUT, TEMPORARY = 0, 65, 66, 75


def sent(post, server, message, *args, **more):
    """Submit; the message that the server then has."""
    args = args or ("-i", RCPT)
    r = post.submit(server, *args, stdin=message, **more)
    assert (r.code, r.err) == (OK, "")
    assert len(server.messages) == 1
    m = server.messages[0]
    assert not m.bare
    return m


HEAD = b"From: ann@example.org\nDate: Tue, 1 Jul 2003 10:52:37 +0200\n" \
    b"Message-ID: <1@example.org>\n"
WIRE = HEAD.replace(b"\n", b"\r\n")

LATIN9 = b"MIME-Version: 1.0\nContent-Type: text/plain; " \
    b"charset=iso-8859-15\nContent-Transfer-Encoding: 8bit\n"

# What comes in, after HEAD, and what goes out, after WIRE.
FORMS = {
    "LF": (b"Subject: hi\n\nhello\nworld\n",
           b"Subject: hi\r\n\r\nhello\r\nworld\r\n"),
    "CRLF": (b"Subject: hi\r\n\r\nhello\r\nworld\r\n",
             b"Subject: hi\r\n\r\nhello\r\nworld\r\n"),
    "mixed": (b"Subject: hi\r\nTo: a@example.org\n\r\none\ntwo\r\nthree\n",
              b"Subject: hi\r\nTo: a@example.org\r\n\r\none\r\ntwo\r\n"
              b"three\r\n"),
    "stray CR": (b"\na\rb\n\rc\nd\r\r\n", b"\r\na b\r\n c\r\nd \r\n"),
    "CR at the end": (b"\nab\r", b"\r\nab\r\n"),
    "no final newline": (b"\nhello", b"\r\nhello\r\n"),
    "header only": (b"Subject: hi\n", b"Subject: hi\r\n\r\n"),
    "header, no newline": (b"Subject: hi", b"Subject: hi\r\n\r\n"),
    "empty body": (b"Subject: hi\n\n", b"Subject: hi\r\n\r\n"),
    "empty lines": (b"\n\n\nx\n\n\n", b"\r\n\r\n\r\nx\r\n\r\n\r\n"),
    "folded": (b"Subject: a\n b\n\tc\n\nx\n",
               b"Subject: a\r\n b\r\n\tc\r\n\r\nx\r\n"),
    "no blank after the colon": (b"Subject:hi\n\nx\n",
                                 b"Subject:hi\r\n\r\nx\r\n"),
    "blank before the colon": (b"Subject : hi\n\nx\n",
                               b"Subject : hi\r\n\r\nx\r\n"),
    "no field begins the body": (b"this is text\nmore\n",
                                 b"\r\nthis is text\r\nmore\r\n"),
    "8-bit": (LATIN9 + b"\nK\xe4the \xa4\n",
              LATIN9.replace(b"\n", b"\r\n") + b"\r\nK\xe4the \xa4\r\n"),
    "dots": (b"\n.\n..\n...\n.a\n..b\na.\n",
             b"\r\n.\r\n..\r\n...\r\n.a\r\n..b\r\na.\r\n"),
    "dot at the very end": (b"\nx\n.", b"\r\nx\r\n.\r\n"),
    "dot first": (b"\n.x\n", b"\r\n.x\r\n"),
    "QUIT in the body": (b"\nQUIT\nMAIL FROM:<x@example.org>\n",
                         b"\r\nQUIT\r\nMAIL FROM:<x@example.org>\r\n"),
    "line of 998": (b"\n" + b"x" * 998 + b"\n",
                    b"\r\n" + b"x" * 998 + b"\r\n"),
    "blanks at line ends": (b"\na \nb\t\n \n", b"\r\na \r\nb\t\r\n \r\n"),
    "From in the body": (b"\nFrom me\n", b"\r\nFrom me\r\n"),
}


@pytest.mark.parametrize("words", ["PIPELINING 8BITMIME", "8BITMIME"],
                         ids=["pipelining", "one by one"])
@pytest.mark.parametrize("form", FORMS)
def test_form(post, serve, form, words):
    before, after = FORMS[form]
    m = sent(post, serve(words=words.split()), HEAD + before)
    assert m.text == WIRE + after


def test_empty(post, plain):
    m = sent(post, plain, b"")
    assert sorted(m.head.lower().split(b"\r\n")[i].split(b":")[0]
                  for i in range(3)) == [b"date", b"from", b"message-id"]
    assert m.body == b""


@pytest.mark.parametrize("line", [b"From ann Tue Jul  1 10:52:37 2003\n",
                                  b">From ann Tue Jul  1 10:52:37 2003\n",
                                  b"From ann Tue Jul  1 10:52:37 2003\r\n"],
                         ids=["From", ">From", "CRLF"])
def test_mbox_line_goes(post, plain, line):
    m = sent(post, plain, line + HEAD + b"\nx\n")
    assert m.text == WIRE + b"\r\nx\r\n"


# What is added, and what is taken away.

def test_missing_fields_are_added(post, plain):
    m = sent(post, plain, b"Subject: hi\n\nx\n")
    assert m.fields("From") == ["ann@example.org"]
    assert re.fullmatch(r"<[^<>@ ]+@example\.org>", m.field("Message-ID"))
    assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} (Jan|Feb|Mar|"
                        r"Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
                        r"\d\d:\d\d:\d\d [+-]\d{4}", m.field("Date"))
    assert m.head.endswith(b"Subject: hi\r\n")


def test_message_ids_differ(post, serve):
    a, b = (sent(post, serve(), b"\nx\n") for _ in range(2))
    assert a.field("Message-ID") != b.field("Message-ID")


KEPT = b"fRoM :  Ann\n <ann@example.org>\nDATE:whenever\nmessage-id:<x>\n" \
    b"X-Odd:\n\ty\n"


def test_fields_that_are_there_stay_byte_for_byte(post, plain):
    m = sent(post, plain, KEPT + b"\nx\n")
    assert m.head == KEPT.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("keyword, field", [
    ("set_from_header", "From"), ("set_date_header", "Date"),
    ("set_msgid_header", "Message-ID")])
@pytest.mark.parametrize("value", ["off", "on"])
def test_fields_as_configured(post, serve, keyword, field, value):
    old = HEAD + b"\nx\n" if value == "on" else b"Subject: hi\n\nx\n"
    m = sent(post, serve(), old, settings={keyword: value})
    if value == "off":
        assert m.fields(field) == []
    else:
        assert len(m.fields(field)) == 1
        assert m.field(field) not in ("<1@example.org>",
                                      "Tue, 1 Jul 2003 10:52:37 +0200")


HIDDEN = [b"Bcc: eve@example.org\n", b"bcc :eve@example.org\n",
          b"BCC:\n eve@example.org,\n\tmallory@example.org\n",
          b"Resent-Bcc: eve@example.org\n", b"Bcc:\n"]


@pytest.mark.parametrize("field", HIDDEN, ids=lambda f: f.decode().strip())
def test_bcc_never_leaves(post, plain, field):
    m = sent(post, plain, HEAD + field + b"To: x@example.org\n\nBcc: x\n")
    assert b"eve" not in m.text and b"mallory" not in m.text
    assert m.fields("Bcc") == m.fields("Resent-Bcc") == []
    assert m.body == b"Bcc: x\r\n"
    assert m.to == [RCPT]


def test_return_path_goes(post, plain):
    m = sent(post, plain, b"Return-Path: <x@example.org>\n" + HEAD + b"\n")
    assert m.text == WIRE + b"\r\n"


def test_undisclosed_recipients(post, plain):
    m = sent(post, plain, HEAD + b"To: x@example.org\nCc: y@example.org\n\n",
             settings={"undisclosed_recipients": "on"})
    assert m.fields("To") == ["undisclosed-recipients:;"]
    assert m.fields("Cc") == []


# Recipients from the message.

def all_of(*names):
    return [f"{n}@example.org" for n in names]


LISTS = {
    "To": (b"To: a@example.org\n", "a"),
    "To, Cc, Bcc": (b"To: a@example.org\nCc: b@example.org\n"
                    b"Bcc: c@example.org\n", "abc"),
    "names": (b'To: Ann <a@example.org>, "B, b" <b@example.org>\n', "ab"),
    "folded": (b"To: a@example.org,\n b@example.org,\n\tc@example.org\n",
               "abc"),
    "comments": (b"To: (x, y@example.org) a@example.org (c (d))\n", "a"),
    "group": (b"To: us: a@example.org, b@example.org;, c@example.org\n",
              "abc"),
    "empty group": (b"To: undisclosed-recipients:;\nBcc: a@example.org\n",
                    "a"),
    "twice": (b"To: a@example.org, a@example.org\nCc: a@EXAMPLE.org\n", "a"),
    "two fields": (b"To: a@example.org\nTo: b@example.org\n", "ab"),
    "route": (b"To: <@x.example,@y.example:a@example.org>\n", "a"),
    "encoded word": (b"To: =?UTF-8?Q?K=C3=A4the?= <a@example.org>\n", "a"),
    "raw UTF-8": ("To: Käthe <a@example.org>\n".encode(), "a"),
    "CRLF": (b"To: a@example.org\r\nCc: b@example.org\r\n", "ab"),
    "Resent": (b"Resent-To: b@example.org\nTo: a@example.org\n", "b"),
    "two Resent blocks": (
        b"Resent-From: x@example.org\nResent-To: b@example.org\n"
        b"Resent-Cc: c@example.org\nResent-Bcc: d@example.org\n"
        b"Received: by x; Tue, 1 Jul 2003 10:52:37 +0200\n"
        b"Resent-From: y@example.org\nResent-To: e@example.org\n"
        b"To: a@example.org\n", "bcd"),
    "Resent-From alone": (b"Resent-From: x@example.org\nTo: a@example.org\n",
                          "a"),
}


@pytest.mark.parametrize("name", LISTS)
def test_t(post, plain, name):
    head, to = LISTS[name]
    m = sent(post, plain, head + b"\nx\n", "-t")
    assert m.to == all_of(*to)


def test_t_adds_to_the_arguments(post, plain):
    m = sent(post, plain, b"To: b@example.org, a@example.org\n\n", "-t",
             "a@example.org", "c@example.org")
    assert sorted(m.to) == all_of(*"abc")


def test_without_t_the_message_names_nobody(post, plain):
    m = sent(post, plain, b"To: b@example.org\nCc: c@example.org\n\n", RCPT)
    assert m.to == [RCPT]


LOCALS = {"quoted": (b'"a b"@example.org', '"a b"@example.org'),
          "needless quotes": (b'"ab"@example.org', "ab@example.org"),
          "quoted pair": (b'"a\\"b"@example.org', '"a\\"b"@example.org'),
          "at sign": (b'"a@b"@example.org', '"a@b"@example.org'),
          "literal": (b"a@[192.0.2.1]", "a@[192.0.2.1]"),
          "plus": (b"a+b=c@example.org", "a+b=c@example.org"),
          "IDN": ("a@bücher.example".encode(), "a@xn--bcher-kva.example"),
          "upper case": (b"A@EXAMPLE.ORG", "A@example.org")}


@pytest.mark.parametrize("name", LOCALS)
@pytest.mark.parametrize("by", ["-t", "argument"])
def test_address_on_the_wire(post, plain, name, by):
    text, path = LOCALS[name]
    if by == "-t":
        m = sent(post, plain, b"To: " + text + b"\n\n", "-t")
    else:
        m = sent(post, plain, b"\n", text.decode())
    assert m.to == [path]


BAD = [b"a b@example.org", b"a@", b"@example.org", b"a@b@example.org",
       b"<a@example.org", b"a@example..org", b"a..b@example.org",
       b'"a@example.org', b"a@exa mple.org", b"a@[192.0.2.1",
       b"a@example.org b@example.org", b"http://a@example.org",
       b"mailto:a@example.org", b"us: a@example.org, b@example.org"]


@pytest.mark.parametrize("text", BAD, ids=lambda b: b.decode())
def test_bad_address_is_never_guessed_at(post, plain, text):
    r = post.submit(plain, "-t", RCPT, stdin=b"To: " + text + b"\n\nx\n")
    assert r.code == DATA
    assert r.err.startswith("posthorn: ")
    assert plain.messages[0].to == [RCPT]


def test_smuggled_command_in_an_address(post, plain):
    for address in ("a@example.org>\r\nRCPT TO:<eve@example.org",
                    "<a@example.org\nDATA\n>", "a\r@example.org"):
        r = post.submit(plain, address, RCPT)
        assert r.code == DATA
    assert all(m.to == [RCPT] for m in plain.messages)
    assert not any("eve" in c for c in plain.commands)


# The end of the input.

def test_lone_dot_ends_it(post, plain):
    r = post.submit(plain, RCPT, stdin=HEAD + b"\na\n.\n")
    assert (r.code, r.err) == (OK, "")
    assert plain.messages[0].body == b"a\r\n"


def test_input_after_the_dot_is_reported(post, plain):
    r = post.submit(plain, RCPT, stdin=HEAD + b"\na\n.\nb\n")
    assert r.code == OK
    assert "-i" in r.err
    assert plain.messages[0].body == b"a\r\n"


@pytest.mark.parametrize("dot", [b".", b".\n", b".\r\n"],
                         ids=["no newline", "LF", "CRLF"])
def test_lone_dot_in_its_forms(post, plain, dot):
    assert sent(post, plain, HEAD + b"\na\n" + dot, RCPT).body == b"a\r\n"


@pytest.mark.parametrize("flag", ["-i", "-oi"])
def test_lone_dot_with_i(post, plain, flag):
    m = sent(post, plain, HEAD + b"\na\n.\nb\n", flag, RCPT)
    assert m.body == b"a\r\n.\r\nb\r\n"


def test_lone_dot_in_the_header(post, plain):
    m = sent(post, plain, HEAD + b".\n", RCPT)
    assert m.text == WIRE + b"\r\n"


# Input that cannot be read sends nothing.

def test_closed_input(post, plain):
    path = post.config(post.settings(plain))
    done = subprocess.run(["sh", "-c", '"$0" "$@" <&-', post.binary, "-C",
                           path, RCPT], env=post.environment(),
                          capture_output=True, timeout=PATIENCE, text=True)
    assert done.returncode == NOINPUT
    assert "cannot read" in done.stderr
    assert plain.sessions == []


def test_folder_as_input(post, plain):
    fd = os.open(post.folder, os.O_RDONLY)
    try:
        r = post.submit(plain, RCPT, stdin=fd)
    finally:
        os.close(fd)
    assert r.code == NOINPUT
    assert plain.sessions == []


def test_closed_outputs(post, plain):
    """No descriptor of ours may end up where standard error was."""
    path = post.config(post.settings(plain))
    done = subprocess.run(
        ["sh", "-c", 'printf "\\nx\\n" | "$0" "$@" >&- 2>&-', post.binary,
         "-d", "-C", path, RCPT], env=post.environment(), timeout=PATIENCE)
    assert done.returncode == OK
    assert plain.messages[0].body == b"x\r\n"
    assert not any("posthorn:" in c for c in plain.commands)


def test_input_from_a_file_and_its_end(post, plain):
    (post.folder / "m").write_bytes(HEAD + b"\nx\n")
    with open(post.folder / "m", "rb") as f:
        r = post.submit(plain, RCPT, stdin=f)
    assert r.code == OK
    assert plain.messages[0].text == WIRE + b"\r\nx\r\n"


def test_slow_producer(post, plain):
    """Nothing is sent before the input has ended."""
    path = post.config(post.settings(plain))
    p = post.start("-C", path, RCPT)
    for part in (b"Sub", b"ject: hi\r", b"\n\r\n", b"x" * 70000, b"\n"):
        p.stdin.write(part.replace(b"x" * 900, b"x" * 899 + b"\n"))
        p.stdin.flush()
    assert plain.sessions == []
    assert post.finish(p).code == OK
    assert plain.messages[0].fields("Subject") == ["hi"]


# What cannot go, whatever is done to it.

UNFIT = {
    "a long id": b"References: <" + b"x" * 999 + b"@x.example>\n\n",
    "an author's address": "From: jörg@example.org\n\n".encode(),
    "signed, and a line too long": b"MIME-Version: 1.0\nContent-Type: "
    b"multipart/signed; boundary=b\n\n--b\n\n" + b"x" * 999 +
    b"\n--b--\n",
}


@pytest.mark.parametrize("name", UNFIT)
def test_unfit(post, plain, name):
    text = UNFIT[name]
    r = post.submit(plain, "-i", RCPT, stdin=text)
    assert r.code == DATA
    assert r.err.count("\n") == 1
    assert plain.messages == []


def no_large_file():
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))


def test_message_over_the_limit_of_files(post, plain):
    """write(2) fails where RLIMIT_FSIZE ends: not the program, by a signal."""
    r = post.submit(plain, RCPT, stdin=HEAD + b"\n" + b"x" * 70 * 9999,
                    preexec_fn=no_large_file)
    assert r.code == 74
    assert plain.sessions == []


def test_log_over_the_limit_of_files(post, plain):
    (post.folder / "log").write_bytes(b"x" * 65536)
    r = post.submit(plain, RCPT, preexec_fn=no_large_file,
                    settings={"logfile": post.folder / "log"})
    assert r.code == OK
    assert "log" in r.err
    assert len(plain.messages) == 1


# Big ones.

def blocks(n):
    """n lines; some begin with a dot, some are one."""
    for i in range(n):
        yield b".\n" if i % 97 == 0 else b".dot %d\n" % i if i % 8 == 0 \
            else b"%d " % i + b"x" * 60 + b"\n"


@pytest.mark.parametrize("lines", [3000, 60000], ids=["200 KB", "4 MB"])
@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_large_body(post, serve, lines, tls):
    body = b"".join(blocks(lines))
    m = sent(post, serve(tls=tls), HEAD + b"\n" + body)
    wire = body.replace(b"\n", b"\r\n")
    assert m.body_sha256 == hashlib.sha256(wire).hexdigest()
    assert m.head == WIRE


def test_header_of_many_fields(post, plain):
    head = HEAD + b"".join(b"X-%d: y\n" % i for i in range(5000))
    assert sent(post, plain, head + b"\nx\n").head == \
        head.replace(b"\n", b"\r\n")


def test_header_of_many_resent_fields(post, plain):
    head = HEAD + b"".join(b"Resent-%d: y\n" % i for i in range(100000))
    assert sent(post, plain, head + b"\nx\n").fields("Resent-9") == ["y"]


@pytest.mark.parametrize("cut", [65534, 65535, 65536, 65537, 131072])
def test_line_ends_at_a_buffer_s_edge(post, serve, cut):
    """CRLF, a dot and a lone CR where a read of 64 KiB may end."""
    for tail in (b"\r\n.x\r\n", b"\n.\n", b"\r\rx\n"):
        fill = cut - len(HEAD) - 1
        body = (b"x" * 99 + b"\n") * (fill // 100)
        body += b"y" * (fill - len(body)) + tail
        m = sent(post, serve(), HEAD + b"\n" + body)
        lines = body.replace(b"\r\n", b"\n").replace(b"\r", b" ")
        assert m.body == lines.replace(b"\n", b"\r\n")
