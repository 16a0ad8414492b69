"""Who a message is from, and the header that it arrives with."""

import re
import resource
import socket
import time

import pytest

from conftest import MESSAGE, RCPT

OK, USAGE, DATA, UNAVAILABLE, CONFIG = 0, 64, 65, 69, 78


def sent(post, server, *args, stdin=MESSAGE, **settings):
    """Submit; the message that the server then has."""
    r = post.submit(server, *(args or (RCPT,)), stdin=stdin,
                    settings=settings)
    assert (r.code, r.err) == (OK, "")
    assert len(server.messages) == 1
    return server.messages[0]


def names(m):
    """The names of all fields, in order."""
    return [line.partition(b":")[0].decode() for line in
            m.head.split(b"\r\n") if line and line[:1] not in b" \t"]


# The envelope sender.

@pytest.mark.parametrize("words, said", [
    ({"from": "ann@"}, ":5: from: "), ({"from": "@example.org"}, ":5: from: "),
    ({"from": "ann", "maildomain": "@x"}, ": maildomain: "),
    ({"from": "*@example.org"}, ":5: from: no envelope sender")],
    ids=["no domain", "no local part", "maildomain", "a pattern alone"])
def test_what_is_wrong_is_in_the_configuration(post, plain, words, said):
    words = {k: v for k, v in {"host": "localhost", "port": plain.port,
                               "tls": "off", **words}.items()}
    path = post.config("account default\n" + "".join(
        f"{k} {v}\n" for k, v in words.items()))
    r = post.run("-C", path, RCPT)
    assert r.code == CONFIG
    assert said in r.err and r.err.startswith(f"posthorn: {path}:")
    assert plain.sessions == []


SENDERS = {
    "from": ({}, [], "ann@example.org"),
    "-f": ({}, ["-f", "x@example.com"], "x@example.com"),
    "pinned": ({"allow_from_override": "off"}, ["-f", "x@example.com"],
               "ann@example.org"),
    "null": ({}, ["-f", ""], ""),
    "null in brackets": ({}, ["-f", "<>"], ""),
    "null pinned": ({"allow_from_override": "off"}, ["-f", "<>"],
                    "ann@example.org"),
    "%M": ({"from": "ann@%M", "maildomain": "mail.example.com"}, [],
           "ann@mail.example.com"),
    "bare, by maildomain": ({"maildomain": "mail.example.com"},
                            ["-f", "root"], "root@mail.example.com"),
    "bare, by from": ({}, ["-f", "root"], "root@example.org"),
    "bare, by a pattern": ({"from": "*@lists.example.org"}, ["-f", "root"],
                           "root@lists.example.org"),
}


@pytest.mark.parametrize("which", SENDERS)
def test_sender(post, plain, which):
    settings, args, want = SENDERS[which]
    assert sent(post, plain, *args, RCPT, **settings).sender == want


@pytest.mark.parametrize("value", ["ann@%C", "%U@%M", "%U@%H"])
def test_sender_by_what_the_machine_is_called(post, plain, value):
    m = sent(post, plain, **{"from": value})
    local, _, domain = m.sender.partition("@")
    assert local and domain and "%" not in m.sender
    assert domain != "C" and m.fields("From") == [m.sender]


def test_pinned_against_the_header(post, plain):
    m = sent(post, plain, "--read-envelope-from", RCPT,
             stdin=b"From: eve@example.com\n\nx\n",
             allow_from_override="off")
    assert m.sender == "ann@example.org"


def test_account_by_a_pattern_that_is_expanded(post, plain):
    base = f"host localhost\nport {plain.port}\ntls off\n"
    text = f"account default\n{base}from a@one.example\n" \
        f"account two\n{base}from b@%M *@%M\nmaildomain two.example\n" \
        "domain two.example\n"
    config = post.config(text)
    r = post.run("-C", config, "-f", "x@two.example", RCPT)
    assert (r.code, r.err) == (OK, "")
    assert plain.sessions[0].helo == "two.example"
    assert plain.messages[0].sender == "x@two.example"
    r = post.run("-C", config, "--maildomain=six.example",
                 "--read-envelope-from", RCPT,
                 stdin=b"From: b@six.example\n\nx\n")
    assert (r.code, r.err) == (OK, "")
    assert plain.sessions[1].helo == "two.example"
    r = post.run("-C", config, "--maildomain=a b", RCPT)
    assert r.code == USAGE and "--maildomain" in r.err


# The name in EHLO.

BAD_DOMAINS = ["localhost", "LocalHost", "localhost.localdomain", "foo_bar",
               "foo_bar.example.org", "192.0.2.1", "a..b", "[mail]"]


@pytest.mark.parametrize("domain", BAD_DOMAINS)
def test_name_that_is_none(post, plain, domain):
    r = post.submit(plain, RCPT, settings={"domain": domain})
    assert r.code == CONFIG
    assert f'domain: "{domain}"' in r.err and "config:" in r.err
    assert plain.sessions == []


def test_name_is_never_localhost(post, plain):
    sent(post, plain)
    helo = plain.sessions[0].helo
    assert re.fullmatch(r"\[[0-9A-Za-z:.]+\]|[-a-z0-9]+(\.[-a-z0-9]+)+", helo)
    assert "local" not in helo.split(".")[0]


@pytest.mark.parametrize("sender", ["x@example.com", "x@box", ""])
def test_host_name_is_hidden(post, plain, sender):
    m = sent(post, plain, "-f", sender, RCPT, hide_hostname="on")
    assert re.fullmatch(r"\[(127\.0\.0\.1|IPv6:::1)\]",
                        plain.sessions[0].helo)
    # Among the letters of an id it may be by chance.
    text = m.text.replace(m.field("Message-ID").encode(), b"")
    assert socket.gethostname().encode() not in text
    host = m.field("Message-ID").partition("@")[2]
    assert host == ("example.com>" if "com" in sender else "example.org>")


# From and Sender.

FROM = {
    "auto leaves an address": ("auto", "Bob <b@example.com>",
                               "Bob <b@example.com>"),
    "auto: cron": ("auto", "root (Cron Daemon)",
                   "Cron Daemon <ann@example.org>"),
    "auto: a bare name": ("auto", "www-data", "www-data <ann@example.org>"),
    "auto: a comma in the name": ("auto", "Smith, Bob <b@example.com>",
                                  '"Smith, Bob" <b@example.com>'),
    "auto: no address": ("auto", "a b@example.com",
                         '"a b@example.com" <ann@example.org>'),
    "auto: nothing": ("auto", "", "Ann <ann@example.org>"),
    "auto: nobody": ("auto", "undisclosed:;", "Ann <ann@example.org>"),
    "on": ("on", "Bob <b@example.com>", "Bob <ann@example.org>"),
    "on: the account's": ("on", "A  <ann@EXAMPLE.org>",
                          "A  <ann@EXAMPLE.org>"),
    "on: old style": ("on", "b@example.com (Bob)", "Bob <ann@example.org>"),
    "off": ("off", "root (Cron Daemon)", "root (Cron Daemon)"),
    "off: nothing": ("off", "", ""),
}


@pytest.mark.parametrize("which", FROM)
def test_from(post, plain, which):
    value, before, after = FROM[which]
    m = sent(post, plain, stdin=f"From: {before}\nX: y\n\nx\n".encode(),
             set_from_header=value, from_full_name="Ann")
    assert m.fields("From") == [after]
    assert m.fields("X") == ["y"]


def test_from_agrees_with_the_sender(post, plain):
    m = sent(post, plain, "-f", "c@example.com", RCPT, set_from_header="on",
             stdin=b"From: Bob <b@example.com>\nSender: s@example.com\n"
             b"Resent-From: Eve <e@example.com>\n"
             b"Resent-Sender: r@example.com\n\nx\n")
    assert m.fields("From") == ["Bob <c@example.com>"]
    assert m.fields("Sender") == ["c@example.com"]
    assert m.fields("Resent-From") == ["Eve <c@example.com>"]
    assert m.fields("Resent-Sender") == ["c@example.com"]


@pytest.mark.parametrize("null", ["", "<>"])
def test_from_with_the_null_sender(post, plain, null):
    m = sent(post, plain, "-f", null, RCPT, set_from_header="on",
             stdin=b"From: Bob <b@example.com>\n\nx\n")
    assert m.sender == ""
    assert m.fields("From") == ["Bob <ann@example.org>"]
    assert m.field("Message-ID").endswith("@example.org>")


@pytest.mark.parametrize("keep, name, reply", [
    ("off", "Bob <ann@example.org>", []),
    ("reply-to", "Bob <ann@example.org>", ["Bob <b@example.com>"]),
    ("name", '"Bob (b@example.com)" <ann@example.org>', [])])
def test_original_from_is_kept(post, plain, keep, name, reply):
    m = sent(post, plain, stdin=b"From: Bob <b@example.com>\n\nx\n",
             set_from_header="on", keep_original_from=keep)
    assert m.fields("From") == [name]
    assert m.fields("Reply-To") == reply


# The other fields.

def test_nothing_is_told_that_need_not_be(post, plain):
    m = sent(post, plain, stdin=b"Subject: hi\n\nx\n")
    assert names(m) == ["Date", "From", "Message-ID", "Subject"]
    m = m.field("Message-ID")
    assert re.fullmatch(r"<[0-9a-z]{24}@example\.org>", m)


def test_date_in_utc(post, serve):
    zone = {"env": {"TZ": "XYZ-3"}}
    for value, want in (("auto", "+0300"), ("utc", "+0000")):
        server = serve()
        r = post.submit(server, RCPT, settings={"set_date_header": value},
                        **zone)
        assert r.code == OK
        assert server.messages[0].field("Date").endswith(want)


def test_obsolete_zone_is_fine(post, plain):
    m = sent(post, plain, stdin=b"Date: 23 Nov 98 17:04 EST\n\nx\n",
             set_date_header="utc")
    assert m.fields("Date") == ["23 Nov 98 17:04 EST"]


def test_empty_fields_do_not_swallow_the_next(post, plain):
    m = sent(post, plain, stdin=b"From:\nSubject: hi\nTo:\nX-A: b\nCc: \n"
             b"Date:\nMessage-ID:\nReply-To:\nSender:\nX-C:\n\nx\n")
    assert names(m) == ["Date", "From", "Message-ID", "Subject", "X-A",
                        "X-C"]
    assert m.fields("Subject") == ["hi"] and m.fields("X-A") == ["b"]


TWICE = b"""From: a@example.org
From: b@example.org
Date: Mon, 23 Nov 2026 17:04:05 +0000
Date: Mon, 23 Nov 2026 17:04:06 +0000
Message-ID: <1@example.org>
Message-ID: <2@example.org>
Subject: one
Subject: two
Subject: three
To: a@example.org
Cc: b@example.org
To: c@example.org
Cc: d@example.org
Reply-To: e@example.org
Reply-To: f@example.org

x
"""


def test_fields_of_which_there_is_one(post, plain):
    m = sent(post, plain, stdin=TWICE)
    assert names(m) == ["From", "Date", "Message-ID", "Subject", "To", "Cc",
                        "Reply-To"]
    assert m.fields("From") == ["a@example.org"]
    assert m.fields("Subject") == ["one"]
    assert m.fields("To") == ["a@example.org, c@example.org"]
    assert m.fields("Cc") == ["b@example.org, d@example.org"]
    assert m.fields("Reply-To") == ["e@example.org, f@example.org"]


def test_what_was_removed_is_told(post, plain):
    r = post.submit(plain, "-v", RCPT, stdin=TWICE)
    assert r.code == OK
    assert "1 more From field removed" in r.err
    assert "2 more Subject fields removed" in r.err
    assert "2 To fields were made one" in r.err


def test_signed_fields_stay(post, plain):
    signed = b"DKIM-Signature: v=1; h=From:To:Subject; b=x\n" + TWICE
    m = sent(post, plain, stdin=signed)
    for name in ("From", "To"):
        assert len(m.fields(name)) == 2
    assert len(m.fields("Subject")) == 3
    assert len(m.fields("Cc")) == 1


def test_fields_that_never_leave(post, plain):
    m = sent(post, plain, stdin=b"Return-Path: <x@y>\nContent-Length: 2\n"
             b"Bcc: eve@example.org\nResent-Bcc: eve@example.org\n"
             b"From: a@example.org\n\nx\n", remove_bcc_headers="off")
    assert sorted(names(m)) == ["Date", "From", "Message-ID"]
    assert b"eve" not in m.text


@pytest.mark.parametrize("n, code", [(100, OK), (101, UNAVAILABLE)])
def test_loop(post, plain, n, code):
    r = post.submit(plain, RCPT, stdin=b"Received: x\n" * n + b"\nx\n")
    assert r.code == code
    assert ("5.4.6" in r.err) == (code != OK)
    assert len(plain.messages) == (code == OK)
    assert code == OK or plain.sessions == []


# The size of a header.

def header(octets):
    line = b"X-A: " + b"x" * 993 + b"\n"
    return line * (octets // 1000) + b"\nx\n"


def test_header_limit(post, serve):
    for limit, code in ((20000, DATA), (1 << 20, OK)):
        server = serve()
        r = post.submit(server, RCPT, stdin=header(50000),
                        settings={"header_limit": limit})
        assert r.code == code
        assert len(server.messages) == (code == OK)
        assert code == OK or f"the header is over {limit} octets" in r.err


def test_header_limit_of_the_command_line(post, plain):
    r = post.submit(plain, "--header-limit=20000", RCPT, stdin=header(50000))
    assert r.code == DATA
    r = post.submit(plain, "--header-limit=100000", RCPT,
                    stdin=header(50000), settings={"header_limit": 1024})
    assert r.code == OK


@pytest.mark.parametrize("name, code", [("wide", OK), ("narrow", DATA),
                                        (None, DATA)])
def test_header_limit_is_the_account_s(post, plain, name, code):
    """It is read by the widest, and judged by that of the account."""
    base = f"host localhost\nport {plain.port}\ntls off\n"
    text = f"account narrow\n{base}from a@one.example\nheader_limit 2000\n" \
        f"account wide\n{base}from a@two.example\n" \
        "account default : narrow\n"
    args = ["-a", name] if name else []
    r = post.run("-C", post.config(text), *args, RCPT, stdin=header(50000))
    assert r.code == code
    assert code == OK or "the header is over 2000 octets" in r.err


def test_header_of_64_mib(post, plain, tmp_path):
    big = tmp_path / "big"
    with open(big, "wb") as f:
        f.write(header(64 << 20))
    start = time.monotonic()
    with open(big, "rb") as f:
        r = post.submit(plain, RCPT, stdin=f)
    assert r.code == DATA
    assert "the header is over 33554432 octets" in r.err
    assert plain.sessions == []
    assert time.monotonic() - start < 30


def test_hundred_thousand_fields(post, plain):
    """Linear in the fields."""
    start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    m = sent(post, plain, stdin=b"To: a@example.org\nSubject: s\n" * 100000 +
             b"\nx\n")
    assert names(m) == ["Date", "From", "Message-ID", "To", "Subject"]
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start
    assert spent < 60
