"""DESIGN.md's table of failures, row by row, in its column without a queue.

A test's id is the row in the table's words.
"""

import itertools
import socket
import time

import pytest

from conftest import (MESSAGE, PASSWORD, RCPT, USER, patience, said,
                      verbs)
from server import CHUNKING, HangUp, Silence, WORDS

OK, USAGE, DATA, NOUSER, NOHOST, UNAVAILABLE = 0, 64, 65, 67, 68, 69
TEMPORARY, PROTOCOL, NOPERM, CONFIG = 75, 76, 77, 78

BOTH = pytest.mark.parametrize("words", [WORDS, CHUNKING],
                               ids=["DATA", "BDAT"])


def rows(table):
    """For parametrize: the words of the table are a test's id."""
    return [pytest.param(*row[1:], id=row[0]) for row in table]


# Before there is a connection.

def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


@pytest.mark.parametrize("settings, codes, words", rows([
    ("name not found", {"host": "nowhere.invalid"}, (NOHOST, TEMPORARY),
     ["nowhere.invalid"]),
    ("no route", {"host": "192.0.2.1", "source_ip": "127.0.0.1",
                  "timeout": 2}, (TEMPORARY,), ["192.0.2.1"]),
    ("connect refused", {}, (TEMPORARY,), ["refused"]),
    ("proxy", {"host": "mail.example.org", "proxy_host": "127.0.0.1",
               "proxy_port": "@"}, (TEMPORARY,), ["127.0.0.1", "refused"]),
    ("unix socket", {"socket": "/nonexistent/socket"}, (TEMPORARY,),
     ["/nonexistent/socket"]),
    ("connect command", {"connect_command": "/nonexistent/command"},
     (TEMPORARY, CONFIG), ["/nonexistent/command"]),
]))
def test_no_connection(post, plain, settings, codes, words):
    """75 for a name, too, where no name server answers."""
    port = closed_port()
    settings = {"port": port, "timeout": 20, **{
        k: port if v == "@" else v for k, v in settings.items()}}
    r = post.submit(plain, RCPT, settings=settings)
    assert r.code in codes, r.err
    said(r, "default: ", *words)
    assert plain.sessions == []


def test_name_not_found_is_68_where_a_name_server_says_so(post, plain):
    """localhost's names are known without one; .invalid never is there."""
    r = post.submit(plain, RCPT, settings={"host": "nowhere.invalid"})
    if "try again" in r.err or "temporar" in r.err.lower():
        pytest.skip("no name server answers here")
    assert r.code == NOHOST


# What the server, or somebody before it, does.

@pytest.mark.parametrize("stage, act, words", rows([
    ("silence", "CONNECT", Silence(), ["silent", "greeting"]),
    ("silence at EHLO", "EHLO", Silence(), ["silent", "EHLO"]),
    ("hang-up before the greeting", "CONNECT", HangUp(), ["hung up"]),
    ("hang-up before the final dot", "DATA", HangUp(), ["hung up"]),
    ("greeting 4xx", "CONNECT", "450 4.3.2 not now", ["450 4.3.2 not now"]),
    ("greeting 421", "CONNECT", HangUp("421 4.3.2 go away"),
     ["421 4.3.2 go away"]),
    ("EHLO 4xx", "EHLO", "451 4.3.0 not now", ["451 4.3.0 not now"]),
    ("421 at MAIL", "MAIL", HangUp("421 4.3.2 bye"), ["421 4.3.2 bye"]),
    ("421 at RCPT", "RCPT", HangUp("421 4.3.2 bye"), ["421 4.3.2 bye"]),
    ("MAIL 4xx", "MAIL", "451 4.3.0 not now", ["451 4.3.0 not now"]),
    ("RCPT 4xx", "RCPT", "450 4.2.1 not now", ["450 4.2.1 not now", RCPT]),
    ("DATA 4xx", "DATA", "451 4.3.0 not now", ["451 4.3.0 not now"]),
    ("final dot 4xx", "DOT", "451 4.3.0 not now", ["451 4.3.0 not now"]),
]))
def test_temporary(post, plain, stage, act, words):
    plain.on(stage, act)
    r = post.submit(plain, RCPT, settings={"timeout": patience(act)})
    assert r.code == TEMPORARY
    said(r, f"default: localhost:{plain.port}: ", *words)
    assert plain.messages == [] and "in doubt" not in r.err


@BOTH
def test_hang_up_after_the_final_dot(post, serve, words):
    """In doubt: 75, and said."""
    server = serve(words=words)
    server.on("DOT", HangUp())
    r = post.submit(server, RCPT)
    assert r.code == TEMPORARY
    said(r, f"<{RCPT}>: in doubt", "the server may have it already")


@pytest.mark.parametrize("stage, reply, code", rows([
    ("greeting 5xx", "CONNECT", "554 5.3.2 never", UNAVAILABLE),
    ("EHLO 5xx", "EHLO", "550 5.7.1 not you", UNAVAILABLE),
    ("MAIL 5xx", "MAIL", "550 5.7.1 not you", UNAVAILABLE),
    ("RCPT 5xx", "RCPT", "554 5.7.1 no", UNAVAILABLE),
    ("DATA 5xx", "DATA", "554 5.7.1 no", UNAVAILABLE),
    ("final dot 5xx", "DOT", "554 5.7.1 spam", UNAVAILABLE),
    ("RCPT 550", "RCPT", "550 5.1.1 who?", NOUSER),
    ("RCPT 551", "RCPT", "551 5.7.1 moved", NOUSER),
    ("RCPT 553", "RCPT", "553 5.7.1 bad", NOUSER),
    ("RCPT 5.1.x", "RCPT", "554 5.1.6 moved", NOUSER),
    ("RCPT 5.1.10", "RCPT", "556 5.1.10 null MX", NOUSER),
    ("DATA 5.6.x", "DATA", "554 5.6.0 bad", DATA),
    ("final dot 5.6.x", "DOT", "550 5.6.1 what kind?", DATA),
    ("final dot 554 5.6", "DOT", "554 5.6.0 bad", DATA),
    ("final dot 550, no recipient", "DOT", "550 5.7.1 no",
     UNAVAILABLE),
]))
@BOTH
def test_final(post, serve, words, stage, reply, code):
    server = serve(words=words)
    if stage == "EHLO":
        server.on("HELO", reply)
    if stage == "DATA" and words == CHUNKING:
        stage = "BDAT"
    server.on(stage, reply)
    r = post.submit(server, RCPT)
    assert r.code == code, r.err
    said(r, f"default: localhost:{server.port}: ", reply)
    assert server.messages == []


# Certificates and TLS: each has words of its own, and says what to do.

@pytest.mark.parametrize("cert, words", rows([
    ("certificate expired", "expired", ["expired"]),
    ("certificate for another host", "wrong-name",
     ["is for mail.example.org", "tls_host_override"]),
    ("certificate of an unknown issuer", "unknown-ca",
     ["is signed by", "does not trust", "tls_trust_file"]),
    ("certificate signed by itself", "self-signed",
     ["sign", "tls_trust_file"]),
]))
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_certificate(post, serve, tls, cert, words):
    server = serve(tls=tls, cert=cert, auth=["PLAIN"])
    r = post.submit(server, RCPT)
    assert r.code == PROTOCOL, r.err
    said(r, f"default: localhost:{server.port}: ", "certificate", *words)
    assert not any(c.startswith(("AUTH", "MAIL")) for c in server.commands)


def test_certificates_have_messages_of_their_own(post, serve):
    texts = [post.submit(serve(tls="implicit", cert=cert), RCPT).err
             for cert in ("expired", "wrong-name", "unknown-ca")]
    texts = [t.partition("certificate")[2] for t in texts]
    assert len(set(texts)) == 3


@pytest.mark.parametrize("what", ["STARTTLS missing", "TLS"])
def test_tls(post, serve, what):
    server = serve()
    r = post.submit(server, RCPT, settings={
        "tls": "on", "tls_trust_file": server.certs / "ca.pem",
        "tls_starttls": "on" if what == "STARTTLS missing" else "off"})
    assert r.code == PROTOCOL
    said(r, what.split(" ")[0])
    assert not any(c.startswith("MAIL") for c in server.commands)


# Logging in.

def test_auth_not_offered(post, serve):
    server = serve(tls="implicit")
    r = post.submit(server, RCPT, settings={
        "auth": "on", "user": USER, "password": PASSWORD})
    assert r.code == UNAVAILABLE
    said(r, "offers no login")
    assert verbs(server) == ["EHLO"]


@pytest.mark.parametrize("reply, code", rows([
    ("login refused, 535", "535 5.7.8 bad password", NOPERM),
    ("login refused, 534", "534 5.7.9 too weak", NOPERM),
    ("login refused, 530", "530 5.7.0 no", NOPERM),
    ("login refused, 454", "454 4.7.0 not now", TEMPORARY),
]))
def test_login(post, serve, reply, code):
    server = serve(tls="implicit", auth=["PLAIN"])
    server.on("AUTH", reply)
    r = post.submit(server, RCPT)
    assert r.code == code
    said(r, f"default: localhost:{server.port}: ", reply)
    assert ('check "password" in ' in r.err) == (code == NOPERM)
    assert not any(c.startswith("MAIL") for c in server.commands)


@pytest.mark.parametrize("command", rows([
    ("password command failed", "exit 3"),
    ("password command not found", "/nonexistent/command"),
    ("password command without output", "true"),
    ("password command killed", "kill -9 $$"),
]))
def test_password_command(post, secure, command):
    r = post.submit(secure, RCPT, settings={"password": None,
                                            "passwordeval": command})
    assert r.code == TEMPORARY, r.err
    said(r, "passwordeval")
    assert not any(c.startswith("MAIL") for c in secure.commands)


def test_password_command_within_total_timeout(post, secure):
    """It is part of the attempt."""
    start = time.monotonic()
    r = post.submit(secure, RCPT, settings={
        "password": None, "passwordeval": "sleep 20; echo word",
        "total_timeout": 2})
    assert time.monotonic() - start < 10
    assert r.code == TEMPORARY
    said(r, "default: ")


# Of our own making.

@pytest.mark.parametrize("address", ["b c@example.org", "b@", "@example.org",
                                     "b@exa mple.org", "<b@example.org",
                                     "b@example.org>x", "b\"c@example.org"])
def test_an_address_that_does_not_parse(post, plain, address):
    r = post.submit(plain, "--", address)
    assert r.code == DATA
    said(r, f"<{address}>: ", "nothing was sent", lines=2)
    assert plain.messages == []


def test_a_message_that_cannot_go_as_it_is(post, serve):
    """An address in a header field that only SMTPUTF8 could carry."""
    server = serve(words=["8BITMIME"])
    r = post.submit(server, "käthe@example.org")
    assert r.code == DATA
    said(r, "SMTPUTF8")
    assert server.messages == []


@pytest.mark.parametrize("text", rows([
    ("configuration: unknown keyword", "account default\nhsot localhost\n"),
    ("configuration: no host", "account default\nfrom a@example.org\n"),
    ("configuration: bad value", "account default\nport many\n"),
    ("configuration: no account", "account other\nhost localhost\n"),
]))
def test_configuration(post, text):
    r = post.run("-C", post.config(text), RCPT)
    assert r.code == CONFIG
    said(r)


@pytest.mark.parametrize("args", rows([
    ("usage: unknown flag", ["--no-such-flag", RCPT]),
    ("usage: missing argument", ["-f"]),
    ("usage: bad number", ["--port=many", RCPT]),
    ("usage: nobody to send to", []),
]))
def test_usage(post, config, args):
    r = post.run("-C", config, *args)
    assert r.code == USAGE, r.err
    assert r.err.startswith("posthorn: ")


# Mixed outcomes: the worst of the rest, in the order of the table.

ORDER = [DATA, NOUSER, UNAVAILABLE, NOPERM, TEMPORARY]
FATES = {DATA: "554 5.6.0 bad", NOUSER: "550 5.1.1 who?",
         UNAVAILABLE: "554 5.7.1 no", NOPERM: "530 5.7.0 log in",
         TEMPORARY: "450 4.2.1 later"}


@pytest.mark.parametrize("codes", [
    c for n in (2, 3, 5) for c in itertools.combinations(ORDER, n)],
    ids=lambda codes: " ".join(map(str, codes)))
@BOTH
def test_order_of_exit_codes(post, serve, words, codes):
    """Whoever is the first to be refused, and though one gets it."""
    server = serve(words=words)
    for code in codes:
        server.on(f"RCPT TO:<r{code}@", FATES[code])
    to = [f"r{code}@example.org" for code in reversed(codes)]
    r = post.submit(server, *to, RCPT)
    assert r.code == codes[0], r.err
    said(r, *[f"<r{code}@example.org>: {FATES[code]}" for code in codes],
         f"delivered all the same to <{RCPT}>", lines=len(codes) + 1)
    assert server.messages[0].to == [RCPT]


@pytest.mark.parametrize("reply, code", [
    ("550 5.1.1 who?", NOUSER), ("450 4.2.1 later", TEMPORARY)])
@BOTH
def test_a_refusal_and_then_doubt(post, serve, words, reply, code):
    """All are named: one is refused, and two may have it."""
    server = serve(words=words)
    server.on("RCPT TO:<a@", reply)
    server.on("DOT", HangUp())
    r = post.submit(server, "a@example.org", "b@example.org", "c@example.org")
    assert r.code == code
    said(r, f"<a@example.org>: {reply}",
         "<b@example.org>, <c@example.org>: in doubt", lines=2)


@BOTH
def test_bad_address_refusal_and_success(post, serve, words):
    server = serve(words=words)
    server.on("RCPT TO:<a@", "550 5.1.1 who?")
    r = post.submit(server, "b c@example.org", "a@example.org", RCPT)
    assert r.code == DATA
    said(r, "b c@example.org", "<a@example.org>: 550 5.1.1 who?",
         f"delivered all the same to <{RCPT}>", lines=3)
    assert server.messages[0].to == [RCPT]


def test_nothing_is_told_where_all_is_well(post, plain):
    r = post.submit(plain, RCPT, "c@example.org", stdin=MESSAGE)
    assert (r.code, r.out, r.err) == (OK, "", "")
